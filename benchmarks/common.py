"""What every bench needs: rows of the printed table, and two callables timed side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

COLUMNS = ("what", "ours", "peer", "ratio", "goal", "met")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: the job, in a few words.
        ours: what the package measured, with its unit.
        peer: the same for what it is compared with.
        ratio: the one number that the goal is about.
        goal: what `ratio` has to reach; None where the row only informs.
        at_most: the ratio has to stay below the goal instead.
    """

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal, or where nothing was measured."""
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `COLUMNS`."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        goal = "" if self.goal is None else f"{'<=' if self.at_most else '>='} {self.goal:g}"
        met = {None: "", True: "met", False: "NOT MET"}[self.met]
        return self.what, self.ours, self.peer, ratio, goal, met


class Times(NamedTuple):
    """Seconds per call of the two sides, and how many times as fast ours is."""

    ours: float
    peer: float
    ratio: float


def side_by_side(ours: Callable[[], Any], peer: Callable[[], Any], rounds: int = 7) -> Times:
    """Medians over rounds of one call each, in turns, after one call each to warm up.

    The ratio is the median of the rounds' own ratios: what slows the machine down for a while slows both.
    """
    seconds(ours), seconds(peer)
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    ratio = statistics.median(theirs / own for own, theirs in pairs)
    return Times(*(statistics.median(column) for column in zip(*pairs, strict=True)), ratio)


def seconds(call: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def as_text(rows: Sequence[Row]) -> str:
    """The table, columns aligned."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)
