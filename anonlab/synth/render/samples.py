"""The points of a picture that are lit, and how they become pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Samples:
    """What the samples of one mesh see; places (n, 2) row and column, the rest as in `shading.interpolate`."""

    places: Ints
    triangles: Ints
    positions: Floats
    normals: Floats
    attributes: Floats


@numba.njit(cache=True, nogil=True, fastmath=True)
def keep(
    places: Any,
    positions: Any,
    normals: Any,
    light: Any,
    step: Any,
    lit: Any,
    parts: Any,
    where: Any,
    facing: Any,
) -> None:
    """Keep the room's light: whole per sample, in parts per pixel; a pixel's first sample stands for it."""
    for i in range(len(places)):
        y, x = places[i, 0] // step, places[i, 1] // step
        first = i == 0 or places[i - 1, 0] // step != y or places[i - 1, 1] // step != x
        for c in range(3):
            total = 0.0
            for k in range(light.shape[1]):
                total += light[i, k, c]
                parts[k, y, x, c] += light[i, k, c] / (step * step)
            lit[places[i, 0], places[i, 1], c] = total
            if first:
                where[y, x, c] = positions[i, c]
                facing[y, x, c] = normals[i, c]


@numba.njit(cache=True, nogil=True, fastmath=True)
def stand_for(
    places: Any, positions: Any, normals: Any, step: Any, where: Any, facing: Any, covered: Any
) -> None:
    """Let a sample of something that moves stand for its pixel."""
    for i in range(len(places)):
        y, x = places[i, 0] // step, places[i, 1] // step
        covered[y, x] = (places[i, 0] - y * step) * step + places[i, 1] - x * step
        for c in range(3):
            where[y, x, c] = positions[i, c]
            facing[y, x, c] = normals[i, c]


@numba.njit(cache=True, nogil=True, fastmath=True)
def scatter(places: Any, light: Any, out: Any) -> None:
    """Write samples' light (n, 1 + L, 3), summed over the lamps, to their places."""
    for i in range(len(places)):
        for c in range(3):
            total = 0.0
            for k in range(light.shape[1]):
                total += light[i, k, c]
            out[places[i, 0], places[i, 1], c] = total


@numba.njit(cache=True, nogil=True, fastmath=True)
def compose(
    index: Any, bases: Any, still: Any, pixels: Any, moving: Any, step: Any, out: Any, shares: Any
) -> None:
    """Average each pixel's samples.

    Args:
        index: (H s, W s) triangle seen, below 0 = the room; bases: (M + 1,) first triangle of each thing.
        still, moving: (H s, W s, 3) light of the room and of things; pixels: (H, W, 3) the mean of the room's.
        out: (H, W, 3), holds the factor of the room's light, gets the light.
        shares: (M, H, W), zeros; gets the share of each thing.
    """
    part = 1.0 / (step * step)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            nearest = -1
            for k in range(step * step):
                nearest = max(nearest, index[y * step + k // step, x * step + k % step])
            if nearest < 0:  # only the room
                for c in range(3):
                    out[y, x, c] *= pixels[y, x, c]
                continue
            red, green, blue = 0.0, 0.0, 0.0
            for k in range(step * step):
                r, c = y * step + k // step, x * step + k % step
                t = index[r, c]
                if t < 0:
                    red += still[r, c, 0] * out[y, x, 0]
                    green += still[r, c, 1] * out[y, x, 1]
                    blue += still[r, c, 2] * out[y, x, 2]
                    continue
                red, green, blue = red + moving[r, c, 0], green + moving[r, c, 1], blue + moving[r, c, 2]
                thing = 0
                while t >= bases[thing + 1]:
                    thing += 1
                shares[thing, y, x] += part
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red * part, green * part, blue * part
