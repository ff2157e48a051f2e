"""Holes in a picture, filled with pieces of what is around them: edges go on where a smooth fill smears.

At the coarsest level the hole is filled from its border inwards, each pixel from the piece most like what is known
around it (Criminisi et al. 2004). From there to fine, every piece of the hole looks for the piece of the clear picture
most like it (PatchMatch: Barnes et al. 2009), and every pixel becomes the mean of what the pieces over it say, those
near the border most (Wexler et al. 2007). The finest levels only refine where the pieces come from, so texture is
copied at full resolution.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods import filters
from anonlab.methods.avatar import pieces
from anonlab.methods.avatar.pieces import HALF
from anonlab.models.contracts import Image

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

COARSEST: Final = 40
SEARCHED: Final = 320
"""Long side in pixels up to which pieces are looked for; above, they are only copied."""
ROUNDS: Final = 3
SMOOTH_RADIUS: Final = 4
FADING: Final = 1.5
"""A piece says so many times less with every pixel that its middle lies farther inside the hole."""
LEAST_TRUST: Final = 1e-6
"""However far: deep inside a large hole it would become 0."""
REACH: Final = 0.35
"""A piece comes from at most this share of the picture's long side away."""


def complete(image: Image, hole: Mask) -> Image:
    """The picture (H, W, 3) with its hole (H, W) filled from the rest; what is in the hole does not matter."""
    if not hole.any():
        return image.copy()
    if hole.all():
        return np.full_like(image, 128)
    levels = _pyramid(image, hole)
    small, hidden = levels[-1]
    small = np.where(hidden[..., None], np.float32(128), small)  # OpenCV reads some of what it overwrites
    smooth = cv2.inpaint(small.astype(np.uint8), hidden.astype(np.uint8), SMOOTH_RADIUS, cv2.INPAINT_TELEA)
    now, origin = smooth.astype(np.float32), None
    for small, hidden in reversed(levels):
        now, origin = _refined(now, origin, small, hidden)
    return np.asarray(cv2.copyTo(filters.rounded(now), hole.view(np.uint8), image.copy()), np.uint8)


def _pyramid(image: Image, hole: Mask) -> list[tuple[Floats, Mask]]:
    """Picture and hole, and their halvings; only clear pixels weigh in a smaller one."""
    levels = [(image.astype(np.float32), hole)]
    while max(levels[-1][1].shape) > 2 * COARSEST and min(levels[-1][1].shape) > 8 * HALF:
        last, hidden = levels[-1]
        size = ((hidden.shape[1] + 1) // 2, (hidden.shape[0] + 1) // 2)
        clear = (~hidden).astype(np.uint8)
        share = cv2.resize(clear.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        total = cv2.resize(cv2.copyTo(last, clear), size, interpolation=cv2.INTER_AREA)
        if (share < 0.5).all():
            break
        levels.append((np.asarray(total / np.maximum(share, 1e-3)[..., None], np.float32), share < 0.5))
    return levels


def _refined(
    now: Floats, origin: NDArray[np.int32] | None, image: Floats, hidden: Mask
) -> tuple[Floats, NDArray[np.int32]]:
    """The hole of a level filled, and where the pieces come from (H, W, 2): a few rounds of looking and of their mean.

    Args:
        now: the level before it, filled; of the coarsest itself, smoothly.
        origin: where the pieces of the level before it come from; None for the coarsest.
        image, hidden: this level.
    """
    height, width = hidden.shape
    kernel = np.ones((2 * HALF + 1, 2 * HALF + 1), np.uint8)
    wanted = cv2.dilate(hidden.astype(np.uint8), kernel).astype(bool)
    usable = ~wanted
    usable[:HALF], usable[-HALF:], usable[:, :HALF], usable[:, -HALF:] = False, False, False, False
    sources, targets = np.flatnonzero(usable), np.flatnonzero(wanted)
    search = max(height, width) <= SEARCHED
    if origin is None:
        now, origin = _begun(now, hidden, usable)
    else:
        origin = pieces.inherited(origin, height, width)
        now = (
            _enlarged(now, image, hidden) if search or not len(sources) else image
        )  # whose hole nothing reads
    if not len(sources):
        return now, origin
    pieces.repair(origin, targets, usable, sources)
    trust, everywhere = _trust(hidden), _framed(np.ones_like(now)) if search else None
    for turn in range(ROUNDS if search else 1):
        if search:
            pieces.match(_framed(now), everywhere, origin, targets, usable, REACH * max(height, width), turn)
        now = pieces.voted(now, origin, hidden, trust)
    return now, origin


def _begun(smooth: Floats, hidden: Mask, usable: Mask) -> tuple[Floats, NDArray[np.int32]]:
    """The coarsest level filled from the border of the hole inwards."""
    origin = np.ascontiguousarray(_own_places(*hidden.shape))
    if not usable.any():
        return smooth, origin
    picture, seen = _framed(smooth), _framed(np.repeat(~hidden[..., None], 3, axis=2).astype(np.float32))
    pieces.peel(picture, seen, hidden, usable, int(REACH * min(max(hidden.shape), 2 * COARSEST)), origin)
    return _unframed(picture), origin


def _enlarged(coarse: Floats, image: Floats, hidden: Mask) -> Floats:
    """A level whose hole is filled from the level before it."""
    larger = cv2.resize(coarse, hidden.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.copyTo(larger, hidden.view(np.uint8), image.copy()), np.float32)


def _framed(levels: Floats) -> Floats:
    """Levels (H, W, 3) as rows (H + 2 HALF, 3 (W + 2 HALF)) with zeros around them: every piece is whole."""
    framed = np.pad(levels, ((HALF, HALF), (HALF, HALF), (0, 0)))
    return np.asarray(framed.reshape(len(framed), -1))


def _unframed(framed: Floats) -> Floats:
    """The reverse of `_framed`."""
    return np.ascontiguousarray(framed.reshape(len(framed), -1, 3)[HALF:-HALF, HALF:-HALF])


def _trust(hidden: Mask) -> Floats:
    """How much a piece says (H, W): less the farther its middle lies from what is seen."""
    inside = cv2.distanceTransform(np.pad(hidden, 1, mode="edge").view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    trust = np.ones(hidden.shape, np.float32)
    trust[hidden] = np.maximum(FADING ** -inside[hidden], LEAST_TRUST)
    return trust


def _own_places(height: int, width: int) -> NDArray[np.int32]:
    """Row and column of every pixel (H, W, 2)."""
    return np.moveaxis(np.indices((height, width), np.int32), 0, -1)
