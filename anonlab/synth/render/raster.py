"""Which triangle is seen where: a z-buffer, filled triangle by triangle.

Buffers hold *inverse* depth (0 = nothing there, larger = nearer), because that is linear across the picture.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from anonlab.synth.render.camera import NEAR

EDGE = -1e-7  # a sample exactly on the edge of two triangles belongs to both: no cracks
FEW = 6.0  # in triangles at most so many samples wide each one is tested; in wider ones each row's ends are found


@numba.njit(cache=True, nogil=True, fastmath=True)
def fill(
    view: Any, triangles: Any, lens: Any, clip: Any, base: Any, depth: Any, index: Any, shares: Any
) -> None:
    """Draw triangles into the buffers, in place.

    Args:
        view: (V, 3) float32, vertices in the camera's axes.
        triangles: (T, 3) int32.
        lens: (3,) focal length and middle of the picture.
        clip: (V,) float32, nothing is drawn where its interpolated value is below 0; (0,) = draw all.
        base: number of the first triangle, as written to `index`.
        depth: (H, W) float32, inverse depth.
        index: (H, W) int32, number of the triangle seen; (0, 0) = only depth is wanted.
        shares: (H, W, 2) float32, shares of the triangle's second and third vertex, right in perspective.
    """
    corners, spots = np.empty((4, 5)), _spots(view, lens)
    height, width = depth.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if spots[a, 2] > 0.0 and spots[b, 2] > 0.0 and spots[c, 2] > 0.0:
            if _misses(spots, a, b, c, height, width):
                continue
            for k in range(3):
                v = triangles[t, k]
                corners[k, 0], corners[k, 1], corners[k, 2] = spots[v, 0], spots[v, 1], spots[v, 2]
                corners[k, 3], corners[k, 4] = (k == 1) * spots[v, 2], (k == 2) * spots[v, 2]
            n = 3
        else:
            n = _corners(view, triangles[t], lens, corners)
        for k in range(1, n - 1):
            _draw(corners, k, a, b, c, clip, base + t, depth, index, shares)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _spots(view: Any, lens: Any) -> Any:
    """Where vertices are in the picture (V, 3): x px, y px, 1/z, which is 0 if they are too near, or behind."""
    out = np.zeros((len(view), 3))
    for v in range(len(view)):
        if view[v, 2] >= NEAR:
            inverse = 1.0 / view[v, 2]
            out[v, 0] = lens[1] + lens[0] * view[v, 0] * inverse
            out[v, 1] = lens[2] + lens[0] * view[v, 1] * inverse
            out[v, 2] = inverse
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _misses(spots: Any, a: Any, b: Any, c: Any, height: Any, width: Any) -> Any:
    """Whether no sample is in the box around three spots: seen by a lamp, most triangles lie between samples."""
    for axis, side in ((0, width), (1, height)):
        low = min(spots[a, axis], spots[b, axis], spots[c, axis]) - 0.5
        high = max(spots[a, axis], spots[b, axis], spots[c, axis]) - 0.5
        if high < 0.0 or low > side - 1 or np.ceil(low) > high:
            return True
    return False


@numba.njit(cache=True, nogil=True, fastmath=True)
def _corners(view: Any, triangle: Any, lens: Any, out: Any) -> Any:
    """The corners of a triangle in front of the camera, 0, 3 or 4 rows: x px, y px, 1/z, second/z, third/z."""
    n = 0
    for k in range(3):
        a, b = triangle[k], triangle[(k + 1) % 3]
        za, zb = view[a, 2], view[b, 2]
        if za >= NEAR:
            _corner(view, a, b, 0.0, k, lens, out[n])
            n += 1
        if (za >= NEAR) != (zb >= NEAR):
            _corner(view, a, b, (NEAR - za) / (zb - za), k, lens, out[n])
            n += 1
    return n


@numba.njit(cache=True, nogil=True, fastmath=True)
def _corner(view: Any, a: Any, b: Any, share: Any, k: Any, lens: Any, out: Any) -> None:
    """The point that lies a share of the way from vertex a (the triangle's k-th) to vertex b."""
    x = view[a, 0] + (view[b, 0] - view[a, 0]) * share
    y = view[a, 1] + (view[b, 1] - view[a, 1]) * share
    inverse = 1.0 / (view[a, 2] + (view[b, 2] - view[a, 2]) * share)
    out[0] = lens[1] + lens[0] * x * inverse
    out[1] = lens[2] + lens[0] * y * inverse
    out[2] = inverse
    out[3] = ((1.0 - share) * (k == 1) + share * (k == 0)) * inverse
    out[4] = ((1.0 - share) * (k == 2) + share * (k == 1)) * inverse


@numba.njit(cache=True, nogil=True, fastmath=True)
def _draw(
    corners: Any,
    k: Any,
    v0: Any,
    v1: Any,
    v2: Any,
    clip: Any,
    number: Any,
    depth: Any,
    index: Any,
    shares: Any,
) -> None:
    """Fill the screen triangle of corners 0, k and k + 1, row by row; it is part of the one between three vertices."""
    ax, ay = corners[0, 0], corners[0, 1]
    bx, by = corners[k, 0] - ax, corners[k, 1] - ay
    cx, cy = corners[k + 1, 0] - ax, corners[k + 1, 1] - ay
    area = bx * cy - by * cx
    height, width = depth.shape
    first = max(0.0, np.ceil(ay + min(0.0, by, cy) - 0.5))
    last = min(height - 1.0, np.floor(ay + max(0.0, by, cy) - 0.5))
    left = max(0.0, np.ceil(ax + min(0.0, bx, cx) - 0.5))
    right = min(width - 1.0, np.floor(ax + max(0.0, bx, cx) - 0.5))
    if abs(area) < 1e-12 or first > last or left > right:
        return
    cut = len(clip) > 0 and min(clip[v0], clip[v1], clip[v2]) < 0.0
    per_area = 1.0 / area
    db, dc = cy * per_area, -by * per_area  # change of the shares of b and c per pixel to the right
    px, few = left + 0.5 - ax, right - left <= FEW
    for y in range(int(first), int(last) + 1):
        py = y + 0.5 - ay
        wb, wc = (px * cy - py * cx) * per_area, (bx * py - by * px) * per_area
        low, high = 0.0, right - left
        if not few:
            low, high = _span(wb, db, low, high)
            low, high = _span(wc, dc, low, high)
            low, high = _span(1.0 - wb - wc, -db - dc, low, high)
        for step in range(int(low), int(high) + 1):
            b, c = wb + db * step, wc + dc * step
            a = 1.0 - b - c
            if few and min(a, b, c) < EDGE:
                continue
            inverse = a * corners[0, 2] + b * corners[k, 2] + c * corners[k + 1, 2]
            x = int(left) + step
            if inverse <= depth[y, x]:
                continue
            if cut or len(index) > 0:
                u = (a * corners[0, 3] + b * corners[k, 3] + c * corners[k + 1, 3]) / inverse
                v = (a * corners[0, 4] + b * corners[k, 4] + c * corners[k + 1, 4]) / inverse
                if cut and (1 - u - v) * clip[v0] + u * clip[v1] + v * clip[v2] < 0.0:
                    continue
                if len(index) > 0:
                    index[y, x] = number
                    shares[y, x, 0] = u
                    shares[y, x, 1] = v
            depth[y, x] = inverse


@numba.njit(cache=True, nogil=True, fastmath=True)
def _span(start: Any, slope: Any, low: Any, high: Any) -> Any:
    """The part of low..high (whole steps) where start + slope * step is not below 0."""
    if slope > 0.0:
        low = max(low, np.ceil(min((EDGE - start) / slope, 1e6)))
    elif slope < 0.0:
        high = min(high, np.floor(max((EDGE - start) / slope, -1e6)))
    elif start < EDGE:
        high = low - 1.0
    return low, high


@numba.njit(cache=True, nogil=True)
def extent(points: Any) -> Any:
    """The least and the greatest coordinates of points (V, 3): (2, 3) float64."""
    out = np.empty((2, 3))
    for k in range(3):
        low, high = points[0, k], points[0, k]
        for v in range(len(points)):
            low, high = min(low, points[v, k]), max(high, points[v, k])
        out[0, k], out[1, k] = low, high
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def vertex_normals(vertices: Any, triangles: Any) -> Any:
    """Normals (V, 3) float32, each triangle weighing as much as its area."""
    out = np.zeros((len(vertices), 3), np.float32)
    for t in range(len(triangles)):
        x, y, z = triangle_normal(vertices, triangles[t])
        for k in range(3):
            v = triangles[t, k]
            out[v, 0] += x
            out[v, 1] += y
            out[v, 2] += z
    for v in range(len(out)):
        length = np.sqrt(out[v, 0] ** 2 + out[v, 1] ** 2 + out[v, 2] ** 2) + 1e-20
        for k in range(3):
            out[v, k] /= length
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def triangle_normal(vertices: Any, triangle: Any) -> Any:
    """The normal of one triangle, as long as twice its area."""
    a, b, c = triangle[0], triangle[1], triangle[2]
    ux, uy, uz = (
        vertices[b, 0] - vertices[a, 0],
        vertices[b, 1] - vertices[a, 1],
        vertices[b, 2] - vertices[a, 2],
    )
    vx, vy, vz = (
        vertices[c, 0] - vertices[a, 0],
        vertices[c, 1] - vertices[a, 1],
        vertices[c, 2] - vertices[a, 2],
    )
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@numba.njit(cache=True, nogil=True, fastmath=True)
def gather(index: Any, first: Any, last: Any, window: Any, step: Any, out: Any) -> Any:
    """List the samples that see triangles first to last - 1; a pixel's samples follow each other.

    Args:
        index: (H, W) int32, from `fill`.
        first, last: the wanted triangles.
        window: rows and columns to search, (y0, y1, x0, x1) in pixels.
        step: samples per pixel along each side.
        out: (n, 2) int32 with room for all; filled with y, x of each sample.

    Returns:
        How many there are.
    """
    n = 0
    for y in range(window[0], window[1]):
        for x in range(window[2], window[3]):
            for k in range(step * step):
                row, column = y * step + k // step, x * step + k % step
                if first <= index[row, column] < last:
                    out[n, 0] = row
                    out[n, 1] = column
                    n += 1
    return n
