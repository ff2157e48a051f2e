"""The engine: every item once, side by side, and nothing finished is lost."""

import multiprocessing
import os
import shutil
import time
from pathlib import Path

import joblib
import pytest

from anonlab import engine
from anonlab.errors import InputError, ParameterError
from anonlab.leases import Lease
from anonlab.pool import Pool
from tests import slow


def write_value(folder: Path, value: int) -> None:
    (folder / "value").write_text(str(value))


def write_process(folder: Path, value: int) -> None:
    (folder / "value").write_text(str(os.getpid()))


def write_threads(folder: Path, value: int) -> None:
    (folder / "value").write_text(os.environ.get("OMP_NUM_THREADS", ""))


def linger(folder: Path, value: int) -> None:
    if value:
        time.sleep(20)
        (folder.parent / "waited").touch()


def fail_on_odd(folder: Path, value: int) -> None:
    (folder / "half").write_text("written")
    if value % 2:
        raise InputError(f"{value} is odd; use an even number")
    (folder / "value").write_text(str(value))


def fail_unexpectedly(folder: Path, value: int) -> None:
    {}["missing"]


def die(folder: Path, value: int) -> None:
    if value == 1:
        os._exit(9)
    (folder / "value").write_text(str(value))


def fail_on_613(folder: Path, value: int) -> None:
    if value == 613:
        raise InputError("613 cannot be used; remove it")
    (folder / "value").write_text(str(value))


def write_into_a_store_that_is_cleared_away(folder: Path, value: int) -> None:
    (folder / "first").write_text("")
    shutil.rmtree(folder.parent)
    folder.mkdir(parents=True)
    (folder / "second").write_text("")


def tasks(*values: int) -> list[engine.Task]:
    return [engine.Task(f"item-{v}", {"value": v}, {"value": v}) for v in values]


def values(folders: list[Path]) -> list[str]:
    return [(folder / "value").read_text() for folder in folders]


def test_no_items_give_no_results(tmp_path: Path) -> None:
    assert engine.run("pose", write_value, [], store=tmp_path) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks(tmp_path: Path, workers: int) -> None:
    folders = engine.run("pose", write_value, tasks(3, 1, 2), workers=workers, store=tmp_path)
    assert values(folders) == ["3", "1", "2"]


def test_items_run_in_processes_of_their_own(tmp_path: Path) -> None:
    folders = engine.run("pose", write_process, tasks(1, 2, 3, 4), workers=2, store=tmp_path)
    assert str(os.getpid()) not in values(folders)


def test_processes_share_the_cores_unless_the_user_says_how_many_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    share = str(max(joblib.cpu_count() // 2, 1))
    assert values(engine.run("pose", write_threads, tasks(1, 2), workers=2, store=tmp_path)) == [share] * 2
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert values(engine.run("pose", write_threads, tasks(3, 4), workers=2, store=tmp_path)) == ["7"] * 2


def test_who_interrupts_a_stage_does_not_wait_for_its_items(tmp_path: Path) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    lease = Lease(tmp_path, set())
    todo = [(task, tmp_path / task.item) for task in tasks(0, 1)]
    with lease.temporary() as counters, pytest.raises(KeyboardInterrupt):
        Pool(linger, 2, lease, counters, "pose", interrupt).problems_of(todo)
    assert not (tmp_path / "waited").exists()


def test_one_worker_is_this_process(tmp_path: Path) -> None:
    assert values(engine.run("pose", write_process, tasks(1), workers=1, store=tmp_path)) == [
        str(os.getpid())
    ]


def test_finished_items_are_not_done_again(tmp_path: Path) -> None:
    first = engine.run("pose", write_value, tasks(1), workers=1, store=tmp_path)
    before = (first[0] / "value").stat().st_mtime_ns
    again = engine.run("pose", write_value, tasks(1, 2), workers=1, store=tmp_path)
    assert again[0] == first[0]
    assert (again[0] / "value").stat().st_mtime_ns == before


@pytest.mark.parametrize("workers", [1, 2])
def test_one_bad_item_is_named_and_the_others_are_kept(tmp_path: Path, workers: int) -> None:
    with pytest.raises(engine.ItemErrors, match="item-1: 1 is odd; use an even number") as caught:
        engine.run("pose", fail_on_odd, tasks(0, 1, 2), workers=workers, store=tmp_path)
    assert "1 of 3 items failed" in str(caught.value)
    kept = sorted(path.parent.name for path in tmp_path.rglob("value"))
    assert len(kept) == 2
    assert not list(tmp_path.rglob("half")) or all(
        (p.parent / "value").exists() for p in tmp_path.rglob("half")
    )


def test_an_unexpected_error_names_item_type_and_place(tmp_path: Path) -> None:
    with pytest.raises(engine.ItemErrors, match=r"item-5: unexpected KeyError at test_engine.py:\d+"):
        engine.run("pose", fail_unexpectedly, tasks(5), workers=1, store=tmp_path)


def test_a_worker_that_dies_leaves_the_finished_items_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(engine.ItemErrors, match="worker"):
        engine.run("pose", die, tasks(0, 1), workers=2, store=tmp_path)
    folders = engine.run("pose", write_value, tasks(0, 1), workers=1, store=tmp_path)
    assert values(folders) == ["0", "1"]


@pytest.mark.parametrize("workers", [1, 2])
def test_of_a_thousand_items_with_a_bad_one_all_others_are_done(tmp_path: Path, workers: int) -> None:
    with pytest.raises(engine.ItemErrors) as caught:
        engine.run("pose", fail_on_613, tasks(*range(1000)), workers=workers, store=tmp_path)
    assert str(caught.value).splitlines() == [
        "pose: 1 of 1000 items failed; the other 999 are done and kept:",
        "  item-613: 613 cannot be used; remove it",
    ]
    assert len(list(tmp_path.glob("pose/*/value"))) == 999


def test_an_item_that_kills_its_process_costs_no_other_item(tmp_path: Path) -> None:
    with pytest.raises(engine.ItemErrors, match="item-1: the worker process died over it") as caught:
        engine.run("pose", die, tasks(*range(20)), workers=2, store=tmp_path)
    assert set(caught.value.problems) == {"item-1"}
    assert len(list(tmp_path.glob("pose/*/value"))) == 19


def test_two_runs_at_once_give_the_same(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    homes = [tmp_path, tmp_path]
    runs = [context.Process(target=slow.stage, args=(home, 12, 1)) for home in homes]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
        assert run.exitcode == 0
    slow.stage(tmp_path / "alone", 12, 1)
    both = {path.parent.name: path.read_bytes() for path in (tmp_path / "items").glob("pose/*/0.bin")}
    alone = {path.parent.name: path.read_bytes() for path in (tmp_path / "alone/items").glob("pose/*/0.bin")}
    assert both == alone
    assert (tmp_path / "data/all.bin").read_bytes() == (tmp_path / "alone/data/all.bin").read_bytes()


def test_what_another_run_uses_is_not_removed(tmp_path: Path) -> None:
    def run(values: tuple[int, ...]) -> engine.Results:
        return engine.run("pose", write_value, tasks(*values), workers=1, store=tmp_path)

    first = run((1, 2))
    second = run((2, 3))
    assert values(first) == ["1", "2"]
    one = first[0]
    del first
    assert values(run((3,))) == ["3"]
    assert values(second) == ["2", "3"]
    assert not one.exists()


def test_runs_with_other_settings_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=slow.look_again_and_again, args=(tmp_path, n)) for n in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
        assert run.exitcode == 0


def test_a_store_that_is_cleared_away_meanwhile_gets_no_half_of_an_item(tmp_path: Path) -> None:
    with pytest.raises(engine.ItemErrors, match="removed while the stage ran"):
        engine.run("pose", write_into_a_store_that_is_cleared_away, tasks(1), workers=1, store=tmp_path)
    assert not list(tmp_path.rglob("second"))


def test_results_no_longer_used_are_forgotten_after_success(tmp_path: Path) -> None:
    (old,) = engine.run("pose", write_value, tasks(1), workers=1, store=tmp_path)
    engine.run("pose", write_value, tasks(2), workers=1, store=tmp_path)
    assert not old.exists()


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    left = tmp_path / "pose" / ".999999999-abc"
    left.mkdir(parents=True)
    engine.run("pose", write_value, tasks(1), workers=1, store=tmp_path)
    assert not left.exists()


def test_branches_do_not_share_results(tmp_path: Path) -> None:
    (blur,) = engine.run("pose", write_value, tasks(1), workers=1, branch="blur", store=tmp_path)
    (pixelate,) = engine.run("pose", write_value, tasks(1), workers=1, branch="pixelate", store=tmp_path)
    assert blur.exists()
    assert pixelate.exists()
    assert blur != pixelate


@pytest.mark.parametrize("workers", [-1, 1.5, "all", True])
def test_wrong_workers_are_refused(workers: object) -> None:
    with pytest.raises(ParameterError, match=r"engine\.workers"):
        engine.n_workers(workers)  # type: ignore[arg-type]


def test_code_of_a_stage_is_part_of_the_key() -> None:
    assert engine.code_version("pose") != engine.code_version("anonymize")
