"""A stage that is killed at any moment goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from anonlab import anonymize, dataset, items, media, persons
from anonlab.media import images
from anonlab.models import REGISTRY
from anonlab.models.contracts import Image, Persons
from tests import slow
from tests.files import smooth

N_KILLS = 10
PATIENCE_S = 120

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes here")


class Middle:
    """A slow detector that finds somebody in the middle of every picture."""

    def detect(self, image: Image) -> Persons:
        time.sleep(0.02)
        height, width = image.shape[:2]
        mask = np.zeros((1, height, width), bool)
        mask[:, height // 4 : height // 2, width // 4 : width // 2] = True
        box = np.array([[width // 4, height // 4, width // 2, height // 2]], np.float32)
        return Persons(box, np.ones(1, np.float32), mask, faces_xyxy=np.full((1, 4), np.nan, np.float32))


def footage(folder: Path) -> None:
    for number in range(3):
        images.write_image(folder / f"images/room/{number}.png", smooth(60, 80, shift=9 * number))
    (folder / "videos").mkdir()
    with media.VideoWriter(folder / "videos/a.mp4", media.Fraction(25), (80, 60)) as clip:
        for index in range(8):
            clip.write(smooth(60, 80, shift=index))


def real_stages(home: Path) -> None:
    """The stages up to the anonymized media, as their notebooks call them, in this process."""
    REGISTRY["persons"]["middle"] = "tests.test_kill:Middle"
    folder = str(home / "in")
    places = {"data": home / "data", "store": home / "items", "workers": 1}
    dataset.run(folder, **places)
    persons.run(folder, model="middle", every=1, **places)
    anonymize.run(folder, "blur", {"sigma_frac": 0.03}, **places)


def in_two_processes(home: Path) -> None:
    slow.stage(home, n=16, workers=2)


def group(stage: Callable[[Path], None], home: Path) -> None:
    """Do the stage as the first of a group of processes."""
    os.setsid()
    stage(home)


def started(stage: Callable[[Path], None], home: Path) -> BaseProcess:
    """The stage in a process that has imported already what it needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_kill"])
    run = context.Process(target=group, args=(stage, home))
    run.start()
    return run


def ended(run: BaseProcess) -> bool:
    run.join(PATIENCE_S)
    return run.exitcode == 0


def kill(run: BaseProcess, everybody: bool) -> None:
    """End a run, or its whole group, as a machine does that is out of memory."""
    if everybody:
        with suppress(ProcessLookupError):
            os.killpg(run.pid or 0, signal.SIGKILL)
    run.kill()
    run.join()


def content(folder: Path) -> dict[str, bytes]:
    found = [each for each in folder.rglob("*") if each.is_file() and not each.name.startswith(".")]
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


def finished(store: Path) -> dict[str, int]:
    """Each finished item, and the number of its folder, which is another when it is made again."""
    found = [each for each in store.glob("*/*") if not each.name.startswith(".")]
    return {str(each.relative_to(store)): each.stat().st_ino for each in found}


def nothing(home: Path) -> None:
    home.mkdir()


@pytest.mark.parametrize(
    ("stage", "prepare"), [(real_stages, lambda home: footage(home / "in")), (in_two_processes, nothing)]
)
def test_a_stage_killed_ten_times_ends_as_one_that_was_left_alone(
    tmp_path: Path, stage: Callable[[Path], None], prepare: Callable[[Path], None]
) -> None:
    rng = random.Random(0)
    alone = tmp_path / "alone"
    prepare(alone)
    assert ended(started(Path.exists, alone)), "from here on, no time goes to imports"
    begin = time.monotonic()
    assert ended(started(stage, alone))
    whole_s = time.monotonic() - begin
    n_kills = n_rounds = 0
    while n_kills < N_KILLS:
        home = tmp_path / f"round-{n_rounds}"
        prepare(home)
        n_kills += kill_until_finished(stage, home, whole_s, rng)
        n_rounds += 1
        assert content(home / "data") == content(alone / "data")
        left = {each.name for each in (home / "items").glob("*/.*")} - {".lock"}
        assert not left, "the run that ends clears away what the killed ones left"


def kill_until_finished(stage: Callable[[Path], None], home: Path, whole_s: float, rng: random.Random) -> int:
    """Start a stage and kill it, again and again, until it is faster; returns how often it was killed."""
    done: dict[str, int] = {}
    for n_kills in range(100):
        run = started(stage, home)
        run.join(rng.uniform(0.1, 0.7) * whole_s)
        is_over = run.exitcode is not None
        if not is_over:
            kill(run, everybody=n_kills % 2 == 0)
        now = finished(home / "items")
        assert done.items() <= now.items(), "a finished item was lost or done again"
        done = now
        if is_over:
            assert run.exitcode == 0
            return n_kills
    raise AssertionError("it never ends")


def test_workers_end_with_their_run(tmp_path: Path) -> None:
    run = started(in_two_processes, tmp_path)
    end = time.monotonic() + PATIENCE_S
    while not finished(tmp_path / "items") and time.monotonic() < end:
        time.sleep(0.05)
    kill(run, everybody=False)
    end = time.monotonic() + 10
    while lives(run.pid or 0) and time.monotonic() < end:
        time.sleep(0.1)
    assert not lives(run.pid or 0)


def lives(group: int) -> bool:
    """Whether a process of this group is there, and not just waiting to be buried."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    states = [status(each) for each in Path("/proc").glob("[0-9]*")]
    return any(pgrp == group and state != "Z" for state, pgrp in states) if states else True


def status(process: Path) -> tuple[str, int]:
    """State and group of a process, from its line in /proc (proc_pid_stat(5))."""
    try:
        state, _, pgrp, *_ = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "Z", 0
    return state, int(pgrp)


def anonymize_again_and_again(home: Path) -> None:
    REGISTRY["persons"]["middle"] = "tests.test_kill:Middle"
    for _ in range(20):
        anonymize.run(
            str(home / "in"),
            "blur",
            {"sigma_frac": 0.03},
            data=home / "data",
            store=home / "items",
            workers=1,
        )


def read_again_and_again(home: Path) -> None:
    """As the next stage does."""
    for _ in range(40):
        for source in items.sources(str(home / "in"), home / "data", "blur"):
            assert list(media.read_frames(source.path, source.row["media"]))


def test_two_runs_that_publish_the_same_copies_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    """As when only `dvc` was killed, and is started anew while its stage still runs; a later stage may read, too."""
    footage(tmp_path / "in")
    real_stages(tmp_path)
    copies = tmp_path / "data/anonymized/blur"
    before = {path: path.read_bytes() for path in copies.rglob("*") if path.is_file()}
    (copies / "images/room/of an item that is gone.png").touch()
    runs = [
        started(stage, tmp_path) for stage in (anonymize_again_and_again,) * 3 + (read_again_and_again,) * 2
    ]
    for run in runs:
        run.join(PATIENCE_S)
        assert run.exitcode == 0
    assert {path: path.read_bytes() for path in copies.rglob("*") if path.is_file()} == before
