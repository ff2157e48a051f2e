"""What changes about the light of a room when something moves in it."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from anonlab.synth.render.lights import TILE, dither, lit, texel
from anonlab.synth.render.occlusion import between, smooth

CONTACT = 0.45


@numba.njit(cache=True, nogil=True, fastmath=True)
def reshade(
    positions: Any,
    normals: Any,
    parts: Any,
    lamps: Any,
    before: Any,
    after: Any,
    tiles: Any,
    places: Any,
    alone: Any,
    nearness: Any,
    out: Any,
) -> None:
    """What moving things leave of the light on things that stand still: a factor per pixel and channel.

    Every other pixel of every other row is looked at; one in between takes the mean of its neighbours on the same
    surface, if it has any.

    Args:
        positions, normals: (H, W, 3) of the pixels without moving things.
        parts: (1 + L, H, W, 3) their light, as from `shine`.
        before, after: (L, res, res) shadow maps without and with moving things; tiles: where they differ.
        places: from `tiles_of`.
        alone: like `places`, float64: share of each lamp that the room alone leaves; below 0 where nobody asked yet,
            which this changes.
        nearness: (H, W) share of ambient light left.
        out: (H, W, 3) float32.
    """
    height, width = nearness.shape
    coarse = np.ones(places.shape, np.float32)
    for k in range(len(lamps)):
        top, bottom, left, right = coarse.shape[1], 0, coarse.shape[2], 0
        for y in range(coarse.shape[1]):
            for x in range(coarse.shape[2]):
                place = places[k, y, x]
                if place < 0 or not tiles[k, place // tiles.shape[2], place % tiles.shape[2]]:
                    continue
                at, facing = positions[2 * y, 2 * x], normals[2 * y, 2 * x]
                if alone[k, y, x] < 0.0:
                    alone[k, y, x] = _open(at, facing, lamps[k], before[k], dither(x, y))
                now = _open(at, facing, lamps[k], after[k], dither(x, y))
                coarse[k, y, x] = min(1.0, now / max(alone[k, y, x], 0.02))
                top, bottom, left, right = min(top, y), max(bottom, y + 1), min(left, x), max(right, x + 1)
        smooth(coarse[k], positions, normals, top - 1, bottom + 1, left - 1, right + 1)
    stirred = _stirred(coarse)
    for y in range(height):
        for x in range(width):
            around = nearness[y, x]
            if around >= 1.0 and not stirred[y // 2, x // 2]:
                out[y, x] = 1.0
                continue
            was0, was1, was2 = parts[0, y, x, 0], parts[0, y, x, 1], parts[0, y, x, 2]
            now0, now1, now2 = was0 * around, was1 * around, was2 * around
            for k in range(len(lamps)):
                share = between(coarse[k], positions, normals, y, x)
                if share < 0.0:
                    share = _left(
                        positions[y, x], normals[y, x], lamps[k], before[k], after[k], tiles[k], dither(x, y)
                    )
                share *= (
                    CONTACT + (1.0 - CONTACT) * around
                )  # lamps are wide: close to a shoe they are half hidden
                part = parts[k + 1, y, x]
                was0, was1, was2 = was0 + part[0], was1 + part[1], was2 + part[2]
                now0, now1, now2 = now0 + part[0] * share, now1 + part[1] * share, now2 + part[2] * share
            out[y, x, 0] = now0 / was0 if now0 < was0 else 1.0
            out[y, x, 1] = now1 / was1 if now1 < was1 else 1.0
            out[y, x, 2] = now2 / was2 if now2 < was2 else 1.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def tiles_of(positions: Any, normals: Any, lamps: Any, side: Any) -> Any:
    """The tile of each lamp's shadow map (side, side) that decides about every other pixel of every other row.

    (L, H / 2, W / 2) int32, counted row by row; -1 where the lamp does not shine, or does not look.
    """
    height, width = (positions.shape[0] + 1) // 2, (positions.shape[1] + 1) // 2
    out = np.full((len(lamps), height, width), -1, np.int32)
    for k in range(len(lamps)):
        for y in range(height):
            for x in range(width):
                column, row, depth, _ = _seen(positions[2 * y, 2 * x], normals[2 * y, 2 * x], lamps[k])
                if depth > 0.0 and column >= 0.0 and row >= 0.0 and column < side and row < side:
                    out[k, y, x] = int(row) // TILE * (side // TILE) + int(column) // TILE
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _stirred(coarse: Any) -> Any:
    """Where any lamp's share (L, h, w) is below 1, here or at the next place to the right or below."""
    n, height, width = coarse.shape
    out = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            for k in range(4 * n):
                row, column = min(y + k % 2, height - 1), min(x + k // 2 % 2, width - 1)
                if coarse[k // 4, row, column] < 1.0:
                    out[y, x] = True
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _seen(position: Any, normal: Any, lamp: Any) -> Any:
    """Where a lamp sees a point of a surface: x and y in its map, depth, slope; depth 0 if it does not shine there."""
    lx, ly, lz = lamp[0] - position[0], lamp[1] - position[1], lamp[2] - position[2]
    cosine = (lx * normal[0] + ly * normal[1] + lz * normal[2]) / np.sqrt(lx * lx + ly * ly + lz * lz + 1e-9)
    if cosine <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    slope = min(3.0, np.sqrt(max(0.0, 1.0 - cosine * cosine)) / max(cosine, 0.1))
    lift = 0.006 + 0.010 * min(slope, 1.0)
    x, y, depth = texel(
        lamp, position[0] + lift * normal[0], position[1] + lift * normal[1], position[2] + lift * normal[2]
    )
    return x, y, depth, slope


@numba.njit(cache=True, nogil=True, fastmath=True)
def _open(position: Any, normal: Any, lamp: Any, depths: Any, jitter: Any) -> Any:
    """Share of a lamp that is seen from a point of a surface, 0 to 1."""
    x, y, depth, slope = _seen(position, normal, lamp)
    return lit(depths, lamp, x, y, depth, slope, jitter, 4)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _left(position: Any, normal: Any, lamp: Any, before: Any, after: Any, tiles: Any, jitter: Any) -> Any:
    """Share of the lamp's light that is left at a point; 1 where no shadow changed."""
    x, y, depth, _ = _seen(position, normal, lamp)
    side = len(before)
    inside = depth > 0.0 and x >= 0.0 and y >= 0.0 and x < side and y < side
    if not inside or not tiles[int(y) // TILE, int(x) // TILE]:
        return 1.0
    alone = _open(position, normal, lamp, before, jitter)
    return min(1.0, _open(position, normal, lamp, after, jitter) / max(alone, 0.02))
