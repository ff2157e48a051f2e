"""Masks: grown, and stored as COCO run lengths (column by column, the first run is background).

Source: the `counts` of the COCO annotation format (Lin et al., *Microsoft COCO*, ECCV 2014); for compressed ones, its
reference code (`maskApi.c`, `rleToString`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from anonlab.errors import InputError

_SMALL_PX: Final = 8
_ROUNDING_PX: Final = 1e-6  # what a radius may lack: rather a pixel too many
_SHIFT: Final = 4  # OpenCV's fixed point: sixteenths of a pixel
_MOST_GROUPS: Final = 7  # of five bits: enough for any picture


def encode(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Run lengths of `mask` (H, W) bool: (R,) int32, background and person in turn, adding up to H * W.

    >>> encode(np.array([[False, True], [True, True]])).tolist()
    [1, 3]
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise InputError(f"a mask is an (H, W) array of bool, not {mask.dtype} of shape {mask.shape}")
    pixels = mask.ravel(order="F")
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    runs = np.diff(changes, prepend=0, append=pixels.size)
    starts_in_person = bool(pixels[:1].any())
    return np.concatenate(([0] if starts_in_person else [], runs)).astype(np.int32)


def decode(rle: ArrayLike, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) bool whose run lengths are `rle`.

    Raises:
        InputError: the runs are negative or do not add up to height * width.
    """
    runs = np.asarray(rle, dtype=np.int64)
    if runs.ndim != 1 or (runs < 0).any() or runs.sum() != height * width:
        raise InputError(
            f"run lengths of a {width} x {height} mask are at least 0 and add up to {height * width}; "
            f"these add up to {runs.sum()}"
        )
    is_person = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(is_person, runs).reshape(width, height).T)


def grow(mask: NDArray[np.bool_], radius_px: float) -> NDArray[np.bool_]:
    """Every pixel at most `radius_px`, 0 or more, from `mask` (H, W) bool, between pixel centres."""
    if not radius_px >= 0:
        raise ValueError(f"a mask grows by 0 pixels or more, not by {radius_px}")
    if not mask.any():
        return mask.copy()
    mask = np.ascontiguousarray(mask)
    reach_px = min(radius_px, sum(mask.shape)) + _ROUNDING_PX
    steps = np.arange(int(reach_px) + 1)
    sides = np.sqrt(reach_px**2 - steps**2).astype(np.int64)
    if radius_px > _SMALL_PX:  # what a dilation costs grows with its disc; what the sweeps cost does not
        return np.asarray(_swept()(mask, sides), np.bool_)
    rows = np.concatenate((steps[:0:-1], steps))
    disc = (rows <= sides[rows][:, None]).view(np.uint8)
    return np.asarray(cv2.dilate(mask.view(np.uint8), disc)).view(np.bool_)


@cache
def _swept() -> Any:
    """`_sweep`, compiled; numba is slow to import, and only large radii need it."""
    import numba

    return numba.njit(cache=True, nogil=True)(_sweep)


def _sweep(mask: Any, sides: Any) -> Any:
    """Every pixel in a disc around one of `mask` (H, W); k rows away, a disc reaches `sides[k]` pixels to either side.

    A pixel with the mask's nearest one k rows above or below reaches `sides[k]` columns: two sweeps through the columns
    find k, two through each row what is reached.
    """
    height, width = mask.shape
    far = len(sides)
    apart = np.full((height, width), far, np.int64)
    grown = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            if mask[y, x]:
                apart[y, x] = 0
            elif y > 0:
                apart[y, x] = min(apart[y - 1, x] + 1, far)
    for y in range(height - 2, -1, -1):
        for x in range(width):
            apart[y, x] = min(apart[y + 1, x] + 1, apart[y, x])
    for y in range(height):
        end = -1
        for x in range(width):
            if apart[y, x] < far:
                end = max(end, x + sides[apart[y, x]])
            grown[y, x] = x <= end
        end = width
        for x in range(width - 1, -1, -1):
            if apart[y, x] < far:
                end = min(end, x - sides[apart[y, x]])
            grown[y, x] |= x >= end
    return grown


def polygons(outlines: Iterable[ArrayLike], height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) bool that the outlines enclose together, each x0, y0, x1, y1 ... in pixels.

    Coordinates run from 0 at the picture's left and upper edge, so a pixel's centre lies at .5.
    """
    filled = np.zeros((height, width), np.uint8)
    for outline in outlines:
        corners = np.asarray(outline, np.float64).reshape(-1, 2) - 0.5  # OpenCV's pixels have whole centres
        fixed = np.round(corners * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(filled, [fixed], 1, shift=_SHIFT)
    return filled.view(np.bool_)


def to_text(rle: ArrayLike) -> str:
    """Run lengths as the text of COCO's compressed `counts`.

    From the fourth on, a run is stored as its difference to the run two places before. A number is cut into groups of
    five bits, lowest first, as few as hold it with its sign; bit 6 says that another group follows. Each is a letter.

    >>> to_text([1, 3])
    '13'
    """
    runs = np.asarray(rle, np.int64)
    values = runs.copy()
    values[3:] -= runs[1:-2]
    group = np.arange(_MOST_GROUPS)
    limits = np.int64(1) << (5 * group + 4)
    n_groups = 1 + ((values[:, None] >= limits) | (values[:, None] < -limits)).sum(axis=1)
    letters = 48 + ((values[:, None] >> 5 * group) & 31) + 32 * (group < n_groups[:, None] - 1)
    return bytes(letters[group < n_groups[:, None]].tolist()).decode("ascii")


def from_text(text: str) -> NDArray[np.int64]:
    """The run lengths (R,) int64 in a text of COCO's compressed `counts`; the reverse of `to_text`.

    Raises:
        InputError: this is no such text.
    """
    bits = np.frombuffer(text.encode("ascii", "replace"), np.uint8).astype(np.int64) - 48
    if not len(bits) or (bits < 0).any() or (bits > 63).any() or bits[-1] & 32:
        raise InputError("the counts of a mask are no compressed run lengths")
    last = np.flatnonzero(bits & 32 == 0)
    first = np.concatenate(([0], last[:-1] + 1))
    place = np.arange(len(bits)) - np.repeat(first, last - first + 1)
    values = np.add.reduceat((bits & 31) << 5 * place, first)
    values -= np.where(bits[last] & 16, np.int64(1) << 5 * (place[last] + 1), 0)
    for start in (1, 2):
        values[start::2] = values[start::2].cumsum()
    return values
