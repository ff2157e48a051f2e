"""The bar follows what is being done, also inside of one long item."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from anonlab import engine, progress


class Bar:
    """A bar that keeps the places it was at."""

    def __init__(self, total: float) -> None:
        self.total, self.n = total, 0
        self.places: list[int] = []

    def update(self, step: int) -> None:
        self.n += step
        self.places.append(self.n)


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOK_S", 0.01)


def work_slowly(folder: Path, n: int) -> None:
    for _ in progress.counted(range(n)):
        time.sleep(0.02)
    (folder / "done").touch()


def test_nothing_is_counted_where_nobody_looks() -> None:
    assert list(progress.counted(range(3))) == [0, 1, 2]


@pytest.mark.parametrize(("units", "size"), [(1, 3), (8, 24), (0.5, 1), (1.4, 4)])
def test_a_file_grows_with_what_is_done(tmp_path: Path, units: float, size: int) -> None:
    with progress.counting(tmp_path / "item"):
        list(progress.counted("abc", units))
        assert (tmp_path / "item").stat().st_size == size
    assert not (tmp_path / "item").exists()


def test_the_bar_moves_within_an_item_and_never_back(tmp_path: Path) -> None:
    bar = Bar(total=20)
    with progress.followed(bar, tmp_path) as add:
        with progress.counting(tmp_path / "item"):
            for _ in progress.counted(range(12)):
                time.sleep(0.02)
        time.sleep(0.05)  # the item is done, but not yet announced
        add(12)
        time.sleep(0.05)
    assert any(0 < place < 12 for place in bar.places)
    assert bar.places == sorted(bar.places)
    assert bar.n == 12


def test_an_item_that_counts_more_than_it_costs_stays_within_the_bar(tmp_path: Path) -> None:
    bar = Bar(total=4)
    with progress.followed(bar, tmp_path), progress.counting(tmp_path / "item"):
        list(progress.counted(range(100)))
        time.sleep(0.05)
    assert bar.n == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_the_engine_shows_frames_of_running_items(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[Bar] = []

    class Shown(Bar):
        def __enter__(self) -> Bar:
            bars.append(self)
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(engine, "bar", lambda total, *_: Shown(total))
    tasks = [engine.Task(f"item-{n}", {"n": n}, {"n": n}, cost=n) for n in (40, 30)]
    engine.run("pose", work_slowly, tasks, workers=workers, store=tmp_path)
    assert bars[0].n == 70
    assert len(bars[0].places) > 2
