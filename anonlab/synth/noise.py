"""Smooth noise: what wood, plaster and cloth have in common.

Value noise on a repeating lattice of random numbers, period 32 cells. The `value` and `fbm` kernels are for other
compiled loops, which hand `LATTICE` down to them; `noise` is for arrays.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

LATTICE: NDArray[np.float32] = np.random.default_rng(20).random((32, 32, 32), dtype=np.float32)
"""Random numbers 0 to 1 at the corners of the cells."""


def noise(points: ArrayLike, scale: ArrayLike = 1.0, octaves: int = 3) -> NDArray[np.float32]:
    """Smooth noise (N,), about -0.5 to 0.5, at points (N, 3).

    Args:
        points: (N, 3).
        scale: cells per unit of length; one number, or one per axis.
        octaves: how many sizes of detail are summed, each half as large and half as strong as the one before.
    """
    scaled = np.asarray(points, np.float32) * np.asarray(scale, np.float32)
    return _noise(np.ascontiguousarray(scaled, np.float32), octaves, LATTICE)


@numba.njit(cache=True, nogil=True, fastmath=True)
def value(lattice: Any, x: Any, y: Any, z: Any) -> Any:
    """One octave of noise, 0 to 1."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    i, j, k = int(fx) & 31, int(fy) & 31, int(fz) & 31
    x, y, z = x - fx, y - fy, z - fz
    x, y, z = x * x * (3 - 2 * x), y * y * (3 - 2 * y), z * z * (3 - 2 * z)
    p, q, r = (i + 1) & 31, (j + 1) & 31, (k + 1) & 31
    a = lattice[i, j, k] + (lattice[p, j, k] - lattice[i, j, k]) * x
    b = lattice[i, q, k] + (lattice[p, q, k] - lattice[i, q, k]) * x
    c = lattice[i, j, r] + (lattice[p, j, r] - lattice[i, j, r]) * x
    d = lattice[i, q, r] + (lattice[p, q, r] - lattice[i, q, r]) * x
    a += (b - a) * y
    c += (d - c) * y
    return a + (c - a) * z


@numba.njit(cache=True, nogil=True, fastmath=True)
def fbm(lattice: Any, x: Any, y: Any, z: Any, octaves: Any) -> Any:
    """Octaves of noise summed, about -0.5 to 0.5."""
    total, size, weight = 0.0, 1.0, 0.0
    for k in range(octaves):
        shift = 11.84 * k
        total += size * value(lattice, x + shift, y + shift, z + shift)
        weight += size
        size *= 0.5
        x, y, z = 2.03 * x, 2.03 * y, 2.03 * z
    return total / weight - 0.5


@numba.njit(cache=True, nogil=True, fastmath=True)
def _noise(points: Any, octaves: Any, lattice: Any) -> Any:
    out = np.empty(len(points), np.float32)
    for i in range(len(points)):
        out[i] = fbm(lattice, points[i, 0], points[i, 1], points[i, 2], octaves)
    return out
