"""Which pixels of a picture are to be covered: the body or the head of every person, grown, failing closed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anonlab import masks
from anonlab.models.contracts import Persons

REGIONS: Final = ("body", "face")

Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]


class Window(NamedTuple):
    """Rows y0 to y1 and columns x0 to x1 of a picture; the ends are exclusive."""

    y0: int
    y1: int
    x0: int
    x1: int

    @property
    def at(self) -> tuple[slice, slice]:
        """The index of this window in its picture."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def inside(self, outer: Window) -> tuple[slice, slice]:
        """The index of this window in the part of the picture that `outer` cuts out."""
        rows = slice(self.y0 - outer.y0, self.y1 - outer.y0)
        return rows, slice(self.x0 - outer.x0, self.x1 - outer.x0)

    def joined(self, other: Window) -> Window:
        """The smallest window that holds this and another."""
        starts, ends = map(min, self, other), map(max, self, other)
        (y0, _, x0, _), (_, y1, _, x1) = starts, ends
        return Window(y0, y1, x0, x1)

    def grown(self, px: int, height: int, width: int) -> Window:
        """This window with `px` more on every side, as far as the picture reaches."""
        return _clipped(self.y0 - px, self.y1 + px, self.x0 - px, self.x1 + px, height, width)


@dataclass(frozen=True)
class Area:
    """The pixels of one person that are to be covered; never empty.

    Attributes:
        window: the smallest window of the picture that holds them.
        mask: (window height, window width) bool.
        box_xyxy: the person's box, x0 < x1 and y0 < y1; it may reach beyond the picture.
    """

    window: Window
    mask: Mask
    box_xyxy: Box

    @property
    def long_side_px(self) -> float:
        """Long side of the person's box, to which relative strengths refer; at least 1."""
        x0, y0, x1, y1 = self.box_xyxy
        return max(x1 - x0, y1 - y0, 1.0)


def find(persons: Persons, region: str, grow_frac: float) -> list[Area]:
    """The area of every person that shows in the picture, the person with the shortest long side first.

    - `body` is the person's mask; a mask without a pixel is replaced by the person's box.
    - `face` is the ellipse in the person's face box; a face that was not located, or whose ellipse holds no
      pixel of the picture, is replaced by the body.
    - A box that is not finite counts as the whole picture.

    Every area is grown by `grow_frac` of the person's long side, at least 1 px where that is above 0: by a
    disc, so that each pixel at most that far from the region belongs to the area.

    The order depends on the persons alone and not on the order in which they come: who paints them one over
    the other ends with the strongest relative strength wherever two persons overlap.
    """
    areas = (_area(persons, row, region, grow_frac) for row in range(len(persons)))
    return sorted(
        (area for area in areas if area is not None),
        key=lambda area: (area.long_side_px, area.box_xyxy, area.window),
    )


def covered(persons: Persons, region: str, grow_frac: float) -> Mask:
    """Union of the areas of all persons: (H, W) bool."""
    union = np.zeros(persons.masks.shape[1:], bool)
    for area in find(persons, region, grow_frac):
        union[area.window.at] |= area.mask
    return union


def bounds(mask: Mask) -> Window | None:
    """The smallest window that holds every True of a mask; None where there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return Window(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def _area(persons: Persons, row: int, region: str, grow_frac: float) -> Area | None:
    _, height, width = persons.masks.shape
    box = _box(persons.boxes_xyxy[row], height, width)
    found = _face(persons.faces_xyxy[row], height, width) if region == "face" else None
    found = found or _body(persons.masks[row], box)
    if found is None:
        return None
    ungrown = Area(*found, box)
    radius = math.ceil(min(grow_frac * ungrown.long_side_px, height + width))
    return Area(*_grown(*found, radius, height, width), box) if radius else ungrown


def _body(mask: Mask, box: Box) -> tuple[Window, Mask] | None:
    """Mask of a person, or the person's box where the mask is empty; None if that is outside the picture."""
    window = bounds(mask)
    if window is not None:
        return window, mask[window.at]
    window = _pixels_of(box, *mask.shape)
    shape = window.y1 - window.y0, window.x1 - window.x0
    return (window, np.ones(shape, bool)) if min(shape) > 0 else None


def _face(face_xyxy: NDArray[np.float32], height: int, width: int) -> tuple[Window, Mask] | None:
    """Ellipse in a face box; None where there is no such box, or none of its pixels is in the picture."""
    x0, y0, x1, y1 = (float(edge) for edge in face_xyxy)
    if not (np.isfinite(face_xyxy).all() and x0 < x1 and y0 < y1):
        return None
    around = _pixels_of((x0, y0, x1, y1), height, width)
    y, x = np.ogrid[around.at]
    across, down = (2 * x + 1 - x0 - x1) / (x1 - x0), (2 * y + 1 - y0 - y1) / (y1 - y0)
    ellipse = across**2 + down**2 <= 1
    inner = bounds(ellipse)
    if inner is None:
        return None
    window = Window(*(edge + start for edge, start in zip(inner, np.repeat(around[::2], 2), strict=True)))
    return window, ellipse[inner.at]


def _grown(window: Window, mask: Mask, radius: int, height: int, width: int) -> tuple[Window, Mask]:
    """Every pixel of the picture at most `radius` px from the mask, between pixel centres."""
    wider = window.grown(radius, height, width)
    padded = np.zeros((wider.y1 - wider.y0, wider.x1 - wider.x0), bool)
    padded[window.inside(wider)] = mask
    return wider, masks.grow(padded, radius)


def _box(box_xyxy: NDArray[np.float32], height: int, width: int) -> Box:
    if not np.isfinite(box_xyxy).all():
        return 0.0, 0.0, float(width), float(height)
    x0, y0, x1, y1 = (float(edge) for edge in box_xyxy)
    x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def _pixels_of(box: Box, height: int, width: int) -> Window:
    """All pixels that a box touches."""
    x0, y0, x1, y1 = box
    return _clipped(math.floor(y0), math.ceil(y1), math.floor(x0), math.ceil(x1), height, width)


def _clipped(y0: int, y1: int, x0: int, x1: int, height: int, width: int) -> Window:
    return Window(*(min(max(y, 0), height) for y in (y0, y1)), *(min(max(x, 0), width) for x in (x0, x1)))
