"""A full disk: one error that says so and where, nothing half, and nothing lost once there is room again."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anonlab import anonymize, dataset, engine, files, media, run, tables
from anonlab.errors import DiskFullError
from tests.files import noise

SIZE = 400_000  # bytes of the disk
WRITTEN = 60_000  # by an item


def write_much(folder: Path, value: int) -> None:
    with files.replacing(folder / "value") as temporary:
        temporary.write_bytes(bytes([value]) * WRITTEN)


def run_out(folder: Path, value: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def tasks(n: int) -> list[engine.Task]:
    return [engine.Task(f"item-{value}", {"value": value}, {"value": value}) for value in range(n)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk, empty."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there is no `mount` here to make a small disk with")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], capture_output=True)
    if done.returncode:
        pytest.skip("mounting a small disk is not permitted here; as root it is")
    yield place
    subprocess.run([umount, "--lazy", place], check=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stage_ends_with_one_error_and_goes_on_when_there_is_room(disk: Path, workers: int) -> None:
    n_fitting = SIZE // WRITTEN
    with pytest.raises(DiskFullError, match=r"pose: .*/disk/pose: the disk is full .*make space") as caught:
        engine.run("pose", write_much, tasks(30), workers=workers, store=disk)
    assert "\n" not in str(caught.value)
    done = {path: path.stat().st_ino for path in disk.glob("pose/*/value")}
    assert n_fitting - 2 <= len(done) <= n_fitting
    assert all(path.stat().st_size == WRITTEN for path in done)
    subprocess.run(["mount", "-o", "remount,size=4M", disk], check=True)
    folders = engine.run("pose", write_much, tasks(30), workers=workers, store=disk)
    assert [(folder / "value").read_bytes()[0] for folder in folders] == list(range(30))
    assert done.items() <= {path: path.stat().st_ino for path in disk.glob("pose/*/value")}.items()


def test_no_item_is_begun_once_the_disk_is_full(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match="the disk is full"):
        engine.run("pose", run_out, tasks(1000), workers=1, store=tmp_path)


@pytest.mark.parametrize("name", ["picture", "clip", "table", "copy"])
def test_every_writer_says_that_the_disk_is_full_and_leaves_nothing(disk: Path, name: str) -> None:
    source = disk.parent / "source"
    source.write_bytes(bytes(2 * SIZE))

    def clip(path: Path) -> None:
        with media.VideoWriter(path, Fraction(25), (200, 200)) as writer:
            for index in range(20):
                writer.write(noise(200, 200, index))

    numbers = np.random.default_rng(0).integers(0, 2**60, (40_000, 2)).tolist()
    rows = [{"item": "", "frame": n, "person": m, "anonymizes": True} for n, m in numbers]
    counts = dict.fromkeys(("n_true", "n_masked", "n_leaked"), 0)
    writers = {
        "picture": lambda path: media.write_image(path, noise(500, 500)),
        "clip": clip,
        "table": lambda path: tables.write(path, tables.LEAKS, [row | counts for row in rows]),
        "copy": lambda path: files.publish(source, path),
    }
    path = disk / "in" / f"a{media.VIDEO_SUFFIX}"
    with pytest.raises(DiskFullError, match=r"/disk/in/a\.mp4: the disk is full \(\d+\.\d MB free\)"):
        writers[name](path)
    assert list(path.parent.iterdir()) == []


def test_the_real_stages_go_on_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(8):
        media.write_image(folder / f"images/{number}.png", noise(150, 150, number))
    places = {"data": disk / "data", "store": disk / "items", "workers": 1}
    dataset.run(str(folder), **places)
    for name in ("persons", "truth"):
        tables.write(disk / f"data/{name}.parquet", tables.SCHEMAS[name], [])
    with pytest.raises(
        DiskFullError, match=r"anonymize@blur: .*/disk/items/anonymize@blur: the disk is full"
    ):
        anonymize.run(str(folder), "blur", {"sigma_frac": 0.03}, **places)
    assert not (disk / "data/anonymized").exists()
    subprocess.run(["mount", "-o", "remount,size=8M", disk], check=True)
    frames = anonymize.run(str(folder), "blur", {"sigma_frac": 0.03}, **places)
    assert len(frames) == 8
    assert all(
        files.sha256(path) in set(frames["sha256"]) for path in disk.glob("data/anonymized/blur/images/*")
    )


def test_the_command_line_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def execute(stage: str, overrides: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run, "execute", execute)
    assert run.main(["pose"]) == 1
    assert "the disk is full" in capsys.readouterr().err
