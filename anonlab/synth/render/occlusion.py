"""Where light from all around does not get to: corners, below tables, between legs, under shoes.

Two measures. For what stands still, distances to the nearest surface on a coarse grid of the room: a point is
darkened as far as the space in front of it is narrower than it would be on an open floor. For what moves, the
neighbourhood in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anonlab.synth.meshes import Mesh
from anonlab.synth.render.lights import dither

Floats = NDArray[np.float32]
CELL = 0.07
MARGIN = 0.2
LARGEST = 14.0
REACH = 0.30
"""Metres around a point in which moving things darken it."""
TAPS = 14
THINNEST = 0.02
"""Metres; narrower triangles, such as those of wires, do not close a space."""


@dataclass(frozen=True)
class Space:
    """Distances to the nearest surface.

    Attributes:
        distances: (X, Y, Z) float32, metres, at the middles of the cells.
        origin: (3,) the middle of the first cell.
        cell: metres.
    """

    distances: Floats
    origin: NDArray[np.float64]
    cell: float = CELL


def space(mesh: Mesh) -> Space:
    """The free space between the triangles of a mesh."""
    if not len(mesh.triangles):
        return Space(np.full((2, 2, 2), 10.0, np.float32), np.zeros(3))
    points = mesh.vertices[np.unique(mesh.triangles)]
    low = np.maximum(points.min(0), -LARGEST / 2) - MARGIN
    high = np.minimum(points.max(0), LARGEST / 2) + MARGIN
    free = np.ones(np.ceil((high - low) / CELL).astype(int) + 1, np.uint8)
    _occupy(mesh.vertices, mesh.triangles[_wide(mesh)], low.astype(np.float64), CELL, free)
    distances = ndimage.distance_transform_edt(free).astype(np.float32) * np.float32(CELL)
    return Space(distances, low.astype(np.float64))


def _wide(mesh: Mesh) -> NDArray[np.bool_]:
    """Which triangles are no slivers (T,)."""
    a, b, c = mesh.vertices[mesh.triangles].transpose(1, 0, 2)
    longest = np.linalg.norm([b - a, c - b, a - c], axis=2).max(0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) > THINNEST * longest


@numba.njit(cache=True, nogil=True)
def _occupy(vertices: Any, triangles: Any, origin: Any, cell: Any, free: Any) -> None:
    """Set the cells that triangles pass through to 0."""
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        longest = np.sqrt(max(((b - a) ** 2).sum(), ((c - a) ** 2).sum(), ((c - b) ** 2).sum()))
        n = int(longest / (0.6 * cell)) + 1
        for i in range(n + 1):
            for j in range(n + 1 - i):
                u, v = i / n, j / n
                x = int(np.rint((a[0] + (b[0] - a[0]) * u + (c[0] - a[0]) * v - origin[0]) / cell))
                y = int(np.rint((a[1] + (b[1] - a[1]) * u + (c[1] - a[1]) * v - origin[1]) / cell))
                z = int(np.rint((a[2] + (b[2] - a[2]) * u + (c[2] - a[2]) * v - origin[2]) / cell))
                inside = 0 <= x < free.shape[0] and 0 <= y < free.shape[1] and 0 <= z < free.shape[2]
                if inside:
                    free[x, y, z] = 0


@numba.njit(cache=True, nogil=True, fastmath=True)
def openness(grid: Any, origin: Any, cell: Any, x: Any, y: Any, z: Any, nx: Any, ny: Any, nz: Any) -> Any:
    """Share of the light from all around that reaches a point with a normal, 0 to 1."""
    blocked, far = 0.0, 0.10
    for _ in range(4):
        there = _distance(grid, origin, cell, x + nx * far, y + ny * far, z + nz * far)
        blocked += 0.30 * max(0.0, far - there - 0.6 * cell) / far
        far *= 1.8
    return max(0.15, 1.0 - blocked)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _distance(grid: Any, origin: Any, cell: Any, x: Any, y: Any, z: Any) -> Any:
    """The grid at a point, linear between the middles of cells; held at its borders."""
    x = min(max((x - origin[0]) / cell, 0.0), grid.shape[0] - 1.001)
    y = min(max((y - origin[1]) / cell, 0.0), grid.shape[1] - 1.001)
    z = min(max((z - origin[2]) / cell, 0.0), grid.shape[2] - 1.001)
    i, j, k = int(x), int(y), int(z)
    x, y, z = x - i, y - j, z - k
    a = grid[i, j, k] * (1 - x) + grid[i + 1, j, k] * x
    b = grid[i, j + 1, k] * (1 - x) + grid[i + 1, j + 1, k] * x
    c = grid[i, j, k + 1] * (1 - x) + grid[i + 1, j, k + 1] * x
    d = grid[i, j + 1, k + 1] * (1 - x) + grid[i + 1, j + 1, k + 1] * x
    return (a * (1 - y) + b * y) * (1 - z) + (c * (1 - y) + d * y) * z


@numba.njit(cache=True, nogil=True, fastmath=True)
def between(coarse: Any, positions: Any, normals: Any, y: Any, x: Any) -> Any:
    """A pixel's value (from every other pixel's): the mean of those around it on the same surface; -1 if none is."""
    if y % 2 == 0 and x % 2 == 0:
        return coarse[y // 2, x // 2]
    total, n = 0.0, 0
    for k in range(4):
        row, column = y - y % 2 + 2 * (k // 2) * (y % 2), x - x % 2 + 2 * (k % 2) * (x % 2)
        if row >= positions.shape[0] or column >= positions.shape[1]:
            continue
        if _flush(positions, normals, y, x, row, column):
            total += coarse[row // 2, column // 2]
            n += 1
    return total / n if n > 0 else -1.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def smooth(coarse: Any, positions: Any, normals: Any, top: Any, bottom: Any, left: Any, right: Any) -> None:
    """Average every other pixel's value, in place, with those of the eight around it on the same surface: less grain.

    Only in rows `top` to `bottom` and columns `left` to `right`, both exclusive, as far as they have eight neighbours.
    """
    height, width = coarse.shape
    grainy = coarse.copy()
    for y in range(max(1, top), min(height - 1, bottom)):
        for x in range(max(1, left), min(width - 1, right)):
            total, n = 0.0, 0
            for k in range(9):
                row, column = y + k // 3 - 1, x + k % 3 - 1
                if grainy[row, column] == grainy[y, x] or _flush(
                    positions, normals, 2 * y, 2 * x, 2 * row, 2 * column
                ):
                    total += grainy[row, column]
                    n += 1
            coarse[y, x] = total / n


@numba.njit(cache=True, nogil=True, fastmath=True)
def _flush(positions: Any, normals: Any, y: Any, x: Any, row: Any, column: Any) -> Any:
    """Whether two pixels show the same surface: turned alike, and neither in front of the other."""
    turn, off = 0.0, 0.0
    for c in range(3):
        turn += normals[y, x, c] * normals[row, column, c]
        off += normals[y, x, c] * (positions[y, x, c] - positions[row, column, c])
    return turn > 0.9 and abs(off) < 0.02


@numba.njit(cache=True, nogil=True, fastmath=True)
def nearness(
    depth: Any, index: Any, window: Any, step: Any, lens: Any, rotation: Any, positions: Any, normals: Any,
    covered: Any, out: Any,
) -> None:  # fmt: skip
    """Write the share of ambient light (H, W) that moving things leave to each pixel of a window.

    Every other pixel of every other row is looked at, as in `reshading.reshade`.

    Args:
        depth, index: the buffers at `step` samples per pixel; index is below 0 where nothing moving is seen.
        window: (y0, y1, x0, x1) in pixels.
        lens: focal length and middle of the buffers.
        rotation: (3, 3) of the camera.
        positions, normals: (H, W, 3) float32 in the world, of what each pixel mostly shows.
        covered: (H, W) int32, the sample that stands for the pixel, 0 to step * step - 1.
        out: (H, W) float32.
    """
    height, width = out.shape
    y0, y1, x0, x1 = window[0] // 2 * 2, window[1], window[2] // 2 * 2, window[3]
    spiral = np.empty((TAPS, 2))
    for k in range(TAPS):
        spiral[k, 0] = (k + 0.5) / TAPS * np.sin(2.3999632 * k)
        spiral[k, 1] = (k + 0.5) / TAPS * np.cos(2.3999632 * k)
    busy = _busy(index, step, window)
    coarse = np.ones(((height + 1) // 2, (width + 1) // 2), np.float32)
    for y in range(y0, y1, 2):
        for x in range(x0, x1, 2):
            coarse[y // 2, x // 2] = _near(
                depth, index, busy, y, x, step, covered[y, x], lens, rotation, normals, spiral
            )
    smooth(coarse, positions, normals, y0 // 2 - 1, (y1 + 1) // 2 + 1, x0 // 2 - 1, (x1 + 1) // 2 + 1)
    for y in range(y0, y1):
        for x in range(x0, x1):
            share = between(coarse, positions, normals, y, x)
            if share < 0.0:
                share = _near(depth, index, busy, y, x, step, covered[y, x], lens, rotation, normals, spiral)
            out[y, x] = share


@numba.njit(cache=True, nogil=True, fastmath=True)
def _busy(index: Any, step: Any, window: Any) -> Any:
    """Which blocks of 16 x 16 samples show something that moves."""
    out = np.zeros((index.shape[0] // 16 + 1, index.shape[1] // 16 + 1), np.bool_)
    for row in range(window[0] * step, window[1] * step):
        for column in range(window[2] * step, window[3] * step):
            if index[row, column] >= 0:
                out[row // 16, column // 16] = True
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _any_near(busy: Any, row: Any, column: Any, spread: Any) -> Any:
    """Whether something that moves may be within `spread` samples."""
    top, left = max(0, int(row - spread) // 16), max(0, int(column - spread) // 16)
    bottom, right = (
        min(len(busy) - 1, int(row + spread) // 16),
        min(busy.shape[1] - 1, int(column + spread) // 16),
    )
    for r in range(top, bottom + 1):
        for c in range(left, right + 1):
            if busy[r, c]:
                return True
    return False


@numba.njit(cache=True, nogil=True, fastmath=True)
def _near(
    depth: Any, index: Any, busy: Any, y: Any, x: Any, step: Any, covered: Any, lens: Any, rotation: Any, normals: Any,
    spiral: Any,
) -> Any:  # fmt: skip
    """Share of ambient light that is left at one pixel, from what the samples around it show."""
    row, column = y * step + covered // step, x * step + covered % step
    if depth[row, column] <= 0.0:
        return 1.0
    moving, far = index[row, column] >= 0, 1.0 / depth[row, column]
    spread = REACH * lens[0] / far
    if not moving and not _any_near(busy, row, column, spread):
        return 1.0
    fx, fy, fz = normals[y, x, 0], normals[y, x, 1], normals[y, x, 2]
    nx = rotation[0, 0] * fx + rotation[0, 1] * fy + rotation[0, 2] * fz
    ny = rotation[1, 0] * fx + rotation[1, 1] * fy + rotation[1, 2] * fz
    nz = rotation[2, 0] * fx + rotation[2, 1] * fy + rotation[2, 2] * fz
    px, py = (column + 0.5 - lens[1]) / lens[0] * far, (row + 0.5 - lens[2]) / lens[0] * far
    angle = 6.2831853 * dither(x // 2, y // 2)
    sine, cosine, total = spread * np.sin(angle), spread * np.cos(angle), 0.0
    for k in range(TAPS):
        r = int(row + spiral[k, 0] * cosine + spiral[k, 1] * sine)
        c = int(column - spiral[k, 0] * sine + spiral[k, 1] * cosine)
        if r < 0 or c < 0 or r >= depth.shape[0] or c >= depth.shape[1] or depth[r, c] <= 0.0:
            continue
        if index[r, c] < 0 and not moving:
            continue
        there = 1.0 / depth[r, c]
        ox, oy = (c + 0.5 - lens[1]) / lens[0] * there - px, (r + 0.5 - lens[2]) / lens[0] * there - py
        oz = there - far
        square = ox * ox + oy * oy + oz * oz
        if square < REACH * REACH:
            towards = (nx * ox + ny * oy + nz * oz) / np.sqrt(square + 1e-9)
            total += max(0.0, towards - 0.15) * (1.0 - square / (REACH * REACH))
    return max(0.2, 1.0 - (2.5 if moving else 5.0) * total / TAPS)
