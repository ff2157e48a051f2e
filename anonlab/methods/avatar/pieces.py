"""Pieces of a picture compared and averaged: the compiled loops of `patches`, which says what they are for.

A framed picture has the rows (H + 2 HALF, 3 (W + 2 HALF)) of `patches`: around it are zeros, so that every piece is
whole. Origins (H, W, 2) say from which row and column the piece around each pixel comes.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

HALF: Final = 2
"""A piece is (2 HALF + 1) pixels wide."""
NEARER: Final = np.float32(10)
"""Of pieces that are alike the nearer one is taken: squared levels per squared pixel between them."""


@numba.njit(cache=True, nogil=True)
def inherited(origin: Any, height: Any, width: Any) -> Any:
    """Origins (H, W, 2) at twice the resolution: what is next to each other comes from next to each other."""
    finer = np.empty((height, width, 2), np.int32)
    for y in range(height):
        for x in range(width):
            finer[y, x, 0] = min(2 * origin[y // 2, x // 2, 0] + y % 2, height - 1)
            finer[y, x, 1] = min(2 * origin[y // 2, x // 2, 1] + x % 2, width - 1)
    return finer


@numba.njit(cache=True, nogil=True, fastmath=True)
def peel(image: Any, seen: Any, hidden: Any, usable: Any, reach: Any, origin: Any) -> None:
    """Fill a hole from its border inwards, in place: each pixel from the piece most like what is known around it.

    Args:
        image: framed.
        seen: framed; 1 where the picture is known, 0 elsewhere, changed along with it.
        hidden, usable, origin: (H, W) and (H, W, 2).
        reach: how far away a piece may be.
    """
    height, width = hidden.shape
    known, layer = ~hidden, np.zeros_like(hidden)
    while True:
        n = 0
        for y in range(height):
            for x in range(width):
                layer[y, x] = not known[y, x] and _beside(known, y, x)
                n += layer[y, x]
        if n == 0:
            return
        for y in range(height):
            for x in range(width):
                if not layer[y, x]:
                    continue
                # every other piece, unless that leaves none: the rounds that follow come by the rest
                if not _find(image, seen, usable, y, x, reach, 2, origin):
                    _find(image, seen, usable, y, x, reach, 1, origin)
        for y in range(height):
            for x in range(width):
                if layer[y, x]:
                    known[y, x] = True
                    row, column = y + HALF, 3 * (x + HALF)
                    v, u = origin[y, x, 0] + HALF, 3 * (origin[y, x, 1] + HALF)
                    for c in range(3):
                        image[row, column + c], seen[row, column + c] = image[v, u + c], 1


@numba.njit(cache=True, nogil=True, fastmath=True)
def _find(image: Any, seen: Any, usable: Any, y: Any, x: Any, reach: Any, every: Any, origin: Any) -> Any:
    """Note where the piece is that is most like what is known around a pixel; False if none within reach is usable."""
    height, width = usable.shape
    limit = np.float32(1e30)
    best = limit
    for v in range(max(0, y - reach), min(height, y + reach + 1)):
        for u in range(max(0, x - reach) + v % every, min(width, x + reach + 1), every):
            if usable[v, u]:
                far = np.float32((v - y) ** 2 + (u - x) ** 2) * NEARER
                d = far + _distance(image, seen, y, x, v, u, best - far)
                if d < best:
                    best, origin[y, x, 0], origin[y, x, 1] = d, v, u
    return best < limit


@numba.njit(cache=True, nogil=True)
def _beside(known: Any, y: Any, x: Any) -> Any:
    """Whether a pixel next to this one is known."""
    height, width = known.shape
    return (
        (y > 0 and known[y - 1, x])
        or (y < height - 1 and known[y + 1, x])
        or (x > 0 and known[y, x - 1])
        or (x < width - 1 and known[y, x + 1])
    )


@numba.njit(cache=True, nogil=True, fastmath=True)
def _distance(image: Any, seen: Any, y: Any, x: Any, v: Any, u: Any, limit: Any) -> Any:
    """Sum of squared differences of two pieces (framed) where the first is seen; stops where it exceeds `limit`."""
    total = np.float32(0)
    # unsigned places: an array is then not asked whether they count from its end
    column, other = np.uintp(3 * x), np.uintp(3 * u)
    for row in range(2 * HALF + 1):
        above, below = np.uintp(y + row), np.uintp(v + row)
        for k in range(np.uintp(3 * (2 * HALF + 1))):
            d = image[above, column + k] - image[below, other + k]
            total += seen[above, column + k] * d * d
        if total > limit:
            return total
    return total


@numba.njit(cache=True, nogil=True)
def repair(origin: Any, targets: Any, usable: Any, sources: Any) -> None:
    """Origins outside the usable part become usable ones picked by a fixed rule; elsewhere a pixel is its own."""
    for y in range(usable.shape[0]):
        for x in range(usable.shape[1]):
            if usable[y, x]:
                origin[y, x, 0], origin[y, x, 1] = y, x
    state = np.uint32(12345)
    for i in range(len(targets)):
        y, x = divmod(targets[i], usable.shape[1])
        if not usable[origin[y, x, 0], origin[y, x, 1]]:
            state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
            pick = sources[int(state >> np.uint32(8)) % len(sources)]
            origin[y, x, 0], origin[y, x, 1] = divmod(pick, usable.shape[1])


@numba.njit(cache=True, nogil=True, fastmath=True)
def match(image: Any, seen: Any, origin: Any, targets: Any, usable: Any, reach: Any, turn: Any) -> None:
    """One round of PatchMatch on a framed picture: neighbours' origins, then random ones ever nearer to the best."""
    height, width = usable.shape
    state = np.uint32(97 + turn)
    step = 1 if turn % 2 == 0 else -1
    n = len(targets)
    for k in range(n):
        i = k if step > 0 else n - 1 - k
        y, x = divmod(targets[i], width)
        bv, bu = origin[y, x, 0], origin[y, x, 1]
        best = _distance(image, seen, y, x, bv, bu, np.float32(1e30))
        for side in range(2):
            ny, nx = (y - step, x) if side == 0 else (y, x - step)
            if ny < 0 or nx < 0 or ny >= height or nx >= width:
                continue
            v, u = origin[ny, nx, 0] + (y - ny), origin[ny, nx, 1] + (x - nx)
            if v < 0 or u < 0 or v >= height or u >= width or not usable[v, u]:
                continue
            d = _distance(image, seen, y, x, v, u, best)
            if d < best:
                best, bv, bu = d, v, u
        radius = reach
        while radius >= 1.0:
            state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
            dv = (float(state >> np.uint32(8)) / 8388608.0 - 1.0) * radius
            state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
            du = (float(state >> np.uint32(8)) / 8388608.0 - 1.0) * radius
            v, u = int(bv + dv), int(bu + du)
            radius *= 0.5
            if v < 0 or u < 0 or v >= height or u >= width or not usable[v, u]:
                continue
            if abs(v - y) > reach or abs(u - x) > reach:
                continue
            d = _distance(image, seen, y, x, v, u, best)
            if d < best:
                best, bv, bu = d, v, u
        origin[y, x, 0], origin[y, x, 1] = bv, bu


@numba.njit(cache=True, nogil=True, fastmath=True)
def voted(image: Any, origin: Any, hidden: Any, trust: Any) -> Any:
    """Every hidden pixel as the mean of what the pieces around it say; nearer pieces count more."""
    height, width = hidden.shape
    near = np.empty((HALF + 1, HALF + 1), np.float32)
    for dy in range(HALF + 1):
        for dx in range(HALF + 1):
            near[dy, dx] = 1 / (1 + dy * dy + dx * dx)
    out = image.copy()
    for y in range(height):
        for x in range(width):
            if not hidden[y, x]:
                continue
            red, green, blue, total = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for row in range(max(0, y - HALF), min(height, y + HALF + 1)):
                for column in range(max(0, x - HALF), min(width, x + HALF + 1)):
                    place = np.uintp(row), np.uintp(column)
                    v = np.uintp(origin[place[0], place[1], 0] + y - row)
                    u = np.uintp(origin[place[0], place[1], 1] + x - column)
                    w = trust[place] * near[abs(y - row), abs(x - column)]
                    red += w * image[v, u, 0]
                    green += w * image[v, u, 1]
                    blue += w * image[v, u, 2]
                    total += w
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red / total, green / total, blue / total
    return out
