"""One progress bar for both homes: text on the terminal under the pipeline, a widget in JupyterLab.

Items are worked on by other processes, and a long clip is one item. So each process writes a byte for every frame that
it has done to a file of its own, and the bar looks at the sizes of these files: nothing to lock, nothing to lose.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")

LOOK_S: Final = 0.5
"""Seconds between two looks at how far the running items are."""

TEXT_VARIABLE = "ANONLAB_PROGRESS_TEXT"
"""Set by the notebook runner: under papermill a widget would never reach the terminal."""


def bar(total: float, description: str, unit: str) -> Any:
    """A tqdm bar that counts up to `total` of `unit`, with rate and time left; use it in a `with`."""
    if os.environ.get(TEXT_VARIABLE):
        from tqdm import tqdm

        look: dict[str, Any] = {"mininterval": 0.5, "ncols": 78, "leave": False}
        return tqdm(total=round(total), desc=description, unit=unit, unit_scale=unit == "byte", **look)
    from tqdm.auto import tqdm as tqdm_auto

    return tqdm_auto(total=round(total), desc=description, unit=unit, unit_scale=unit == "byte", leave=False)


def shown(everything: Collection[T], description: str, unit: str) -> Iterator[T]:
    """The elements of `everything`, under a bar that counts them."""
    with bar(len(everything), description, unit) as progress:
        for element in everything:
            yield element
            progress.update(1)


@dataclass
class _Counter:
    """The open file of the item that this process works on, and how much of the item is done."""

    file: int
    done: float = 0.0
    written: int = 0

    def add(self, units: float) -> None:
        self.done += units
        with suppress(OSError):  # on a full disk the bar stands still
            self.written += os.write(self.file, b"." * (int(self.done) - self.written))


_counter: _Counter | None = None


def counted(stream: Iterable[T], units: float = 1) -> Iterator[T]:
    """`stream`, with every element counted as `units` of the item's cost, once the next one is asked for."""
    for element in stream:
        yield element
        if _counter is not None:
            _counter.add(units)


@contextmanager
def counting(path: Path) -> Iterator[None]:
    """Let `counted` write to `path`, which is removed in the end."""
    global _counter
    _counter = _Counter(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    try:
        yield
    finally:
        os.close(_counter.file)
        _counter = None
        path.unlink(missing_ok=True)


@contextmanager
def followed(progress: Any, counters: Path) -> Iterator[Callable[[float], None]]:
    """Move a bar on as the running items count in the folder `counters`; the bar never goes back.

    Yields what is to be called with the cost of each item that is finished.
    """
    finished = 0.0
    over = threading.Event()

    def add(cost: float) -> None:
        nonlocal finished
        finished += cost

    def look() -> None:
        while not over.wait(LOOK_S):
            _move(progress, finished + sum(_size(each) for each in counters.iterdir()))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield add
    finally:
        over.set()
        watcher.join()
        _move(progress, finished)


def _move(progress: Any, place: float) -> None:
    step = min(round(place), progress.total) - progress.n
    if step > 0:
        progress.update(step)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # finished just now
        return 0
