"""How a picture is shown to the networks that search it: whole, several times, larger and larger.

Only the largest view is cut, for the search for bodies, into bands as high as the network's own input. Where a band
ends, somebody looks cut off by the border of a picture, and so the networks know people who are half hidden, behind a
desk say. Compared on synthetic scenes of other seeds than the default's, with 350 people, and on photographs: squares
that overlap, at all sizes, find as many people in half as much time again; without any cuts, people at desks are lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.contracts import Image
from anonlab.models.litert import GridNetwork

Floats = NDArray[np.floating[Any]]

STEP: Final = 32
"""Pixels of the tensor between cells of the networks' coarsest grid."""
SQUARE: Final = 7
"""Side of the search's own input, in steps."""
LENGTHS: Final = (10, 15, 26, 42)
"""Long sides of the larger views in steps. Each fits the grid, so that none of it is spent on a black surround."""
LENGTHS_OF_SMALL: Final = (10, 21)
SMALL_PICTURE: Final = 500
"""Long side in pixels up to which a picture is searched enlarged: people are small in it, and it takes little time."""
ENLARGED: Final = 1.5
PADDED: Final = 1.5
"""Side of the padded view over the picture's long side."""
OVERLAP: Final = 0.38
"""Smallest share of a band's height that it shares with the next: people up to that size lie whole in a band."""


@dataclass(frozen=True)
class View:
    """A part of a picture as a network sees it: a square, continued above and below or left and right.

    Attributes:
        roi: (4,) the square, which fills the input that the network was made for.
        down, across: height and width of the view over the square's side, at least 1.
    """

    roi: Floats
    down: float
    across: float

    def seen(self, levels: list[Image], network: GridNetwork) -> tuple[list[Floats], tuple[int, int]]:
        """What a network says about a picture (its pyramid), and the height and width of the tensor that it got."""
        height, width = (
            STEP * math.ceil(each * network.size / STEP - 1e-3) for each in (self.down, self.across)
        )
        tensor = roi_rules.oblong(levels, self.roi, network.size, (height, width), cv2.BORDER_CONSTANT)
        return network(tensor * np.float32(2 / 255) - np.float32(1)), (height, width)

    def to_image(self, points: Floats) -> Floats:
        """Points (N, K, 2), in sides of the square from its top left corner, as pixels of the picture."""
        return roi_rules.to_image(points, np.repeat(self.roi[None], len(points), axis=0))


def whole(height: int, width: int) -> list[View]:
    """All of the picture at every size, smallest first.

    The first shows it in a black surround: people whom its border cuts off, or who fill it, look more like the whole
    people whom the networks know. The second fills a square.
    """
    long_side = max(height, width)
    sides = (PADDED, 1.0, *(SQUARE / length for length in lengths_for(long_side)))
    return [_view(width / 2, height / 2, side * long_side, height, width) for side in sides]


def banded(height: int, width: int) -> list[View]:
    """The same, with the largest view cut into bands."""
    *smaller, largest = whole(height, width)
    side = float(largest.roi[2])
    return smaller + [_view(width / 2, y, side, 0, width) for y in centres(height, side)]


def _view(x: float, y: float, side: float, height: float, width: float) -> View:
    return View(np.array([x, y, side, 0], np.float32), max(1.0, height / side), max(1.0, width / side))


def lengths_for(long_side: int) -> list[int]:
    """Long sides of the views that are worth searching: as long as the picture, or somewhat longer than a small one."""
    lengths, limit = (LENGTHS_OF_SMALL, ENLARGED) if long_side <= SMALL_PICTURE else (LENGTHS, 1.0)
    return [length for length in lengths if length * STEP <= limit * long_side]


def centres(length: float, side: float) -> list[float]:
    """Centres of the fewest spans of `side` that cover 0 to `length` and overlap by OVERLAP."""
    if length <= side:
        return [length / 2]
    n = math.ceil((length - side) / (side * (1 - OVERLAP)) - 1e-3) + 1
    return [float(each) for each in np.linspace(side / 2, length - side / 2, n)]


def cells(shape: tuple[int, int], size: int, step: int, per_cell: int = 1) -> Floats:
    """Middles (N, 2) of the cells of a grid over a tensor (height, width), row by row, each `per_cell` times.

    In sides of the square, `size` pixels of the tensor, from its top left corner, as `View.to_image` wants them.
    """
    height, width = shape
    y, x = np.mgrid[0 : height // step, 0 : width // step]
    corner = np.array([width - size, height - size]) / 2
    middles = ((np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) * step - corner) / size
    return np.repeat(middles, per_cell, axis=0).astype(np.float32)
