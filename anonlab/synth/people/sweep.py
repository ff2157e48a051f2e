"""Surfaces swept along curves on the base body: rims of collars, shoes, helmets, frames of glasses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.people import parts

Array = NDArray[Any]


def sheet(rows: int, columns: int, closed: bool = False) -> Array:
    """Triangles of a grid of vertices, rows x columns, whose columns may close to a ring."""
    around = columns if closed else columns - 1
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    return parts.halves(np.stack([a, b, b + columns, a + columns], axis=-1).reshape(-1, 4))


def tube(path: Array, radius: Array | float, sides: int = 8, flat: float = 1.0) -> tuple[Array, Array]:
    """A round rim along a path (N, 3): vertices and triangles; `flat` squeezes it across its upward axis."""
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    across = np.cross(ahead, [0.0, 1.0, 0.0])
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    up = np.cross(across, ahead)
    angle = 2 * np.pi * np.arange(sides) / sides
    spread = np.broadcast_to(np.asarray(radius, float), (len(path),))[:, None, None]
    ring = flat * across[:, None] * np.cos(angle)[None, :, None] + up[:, None] * np.sin(angle)[None, :, None]
    vertices = path[:, None] + spread * ring
    return vertices.reshape(-1, 3), sheet(len(path), sides, closed=True)
