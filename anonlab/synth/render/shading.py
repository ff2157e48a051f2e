"""From samples of a mesh to light: what is there, how it is turned, how much of each lamp it sends to the eye."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from anonlab.synth.noise import value
from anonlab.synth.render.lights import COLOUR, REACH, dither, lit, texel
from anonlab.synth.render.occlusion import openness
from anonlab.synth.render.raster import triangle_normal

FOLD_DEPTH = 0.010
FOLD_CELLS = (16.0, 9.0, 16.0)  # per metre at rest: folds run more up and down than around
SCATTER = (0.40, 0.16, 0.09)  # how far light of each colour wraps around skin
_SAME_PLACE = 0.05**2


@numba.njit(cache=True, nogil=True, fastmath=True)
def interpolate(
    places: Any,
    n: Any,
    base: Any,
    index: Any,
    shares: Any,
    triangles: Any,
    vertices: Any,
    normals: Any,
    attributes: Any,
    eye: Any,
) -> Any:
    """What n samples see: triangles (n,), positions (n, 3), normals towards the eye (n, 3), attributes (n, A).

    Args:
        places: (>= n, 2) int32, row and column.
        base: number of the mesh's first triangle in `index`.
        index, shares: the buffers from `fill`.
        triangles, vertices, attributes: of the mesh.
        normals: (V, 3) of vertices, or (0, 3) for a mesh with flat triangles.
        eye: (3,) where the camera is.
    """  # fmt: skip
    width = attributes.shape[1]
    seen = np.empty(n, np.int32)
    where, facing = np.empty((n, 3), np.float32), np.empty((n, 3), np.float32)
    carried = np.empty((n, width), np.float32)
    for i in range(n):
        y, x = places[i, 0], places[i, 1]
        t = index[y, x] - base
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        v, w = shares[y, x, 0], shares[y, x, 1]
        u = np.float32(1.0) - v - w
        seen[i] = t
        for k in range(3):
            where[i, k] = u * vertices[a, k] + v * vertices[b, k] + w * vertices[c, k]
        for k in range(width):
            carried[i, k] = u * attributes[a, k] + v * attributes[b, k] + w * attributes[c, k]
        if len(normals) > 0:
            for k in range(3):
                facing[i, k] = u * normals[a, k] + v * normals[b, k] + w * normals[c, k]
        else:
            facing[i, 0], facing[i, 1], facing[i, 2] = triangle_normal(vertices, triangles[t])
        _face(facing[i], where[i], eye)
    return seen, where, facing, carried


@numba.njit(cache=True, nogil=True, fastmath=True)
def _face(normal: Any, position: Any, eye: Any) -> None:
    """Length 1, and turned to the side that is seen."""
    towards, square = 0.0, 1e-30
    for k in range(3):
        towards += normal[k] * (eye[k] - position[k])
        square += normal[k] * normal[k]
    length = np.sqrt(square) if towards >= 0.0 else -np.sqrt(square)
    for k in range(3):
        normal[k] /= length


@numba.njit(cache=True, nogil=True, fastmath=True)
def fold(
    places: Any, step: Any, seen: Any, normals: Any, attributes: Any, depth: Any, triangles: Any, vertices: Any,
    rest: Any, lattice: Any,
) -> None:  # fmt: skip
    """Bend the normals (n, 3) of samples, in place, as folds of cloth do.

    The folds are a height over the thing at rest (the first three attributes). How the height grows along two edges
    of the triangle at rest says how it grows along the same edges in the world. Samples of a pixel that lie close
    together on the thing share one bend.
    """
    bend, last = np.zeros(3), -1
    for i in range(len(seen)):
        if depth[i] <= 0.0:
            continue
        if last < 0 or not _beside(places, step, attributes, last, i):
            _bend(seen[i], attributes[i], triangles, vertices, rest, lattice, bend)
            last = i
        square = 0.0
        for k in range(3):
            normals[i, k] -= min(max(depth[i] * FOLD_DEPTH * bend[k], -0.5), 0.5)
            square += normals[i, k] ** 2
        for k in range(3):
            normals[i, k] /= np.sqrt(square)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _beside(places: Any, step: Any, attributes: Any, i: Any, j: Any) -> Any:
    """Whether two samples are of one pixel and less than a centimetre apart on the thing."""
    if places[i, 0] // step != places[j, 0] // step or places[i, 1] // step != places[j, 1] // step:
        return False
    square = 0.0
    for k in range(3):
        square += (attributes[i, k] - attributes[j, k]) ** 2
    return square < 1e-4


@numba.njit(cache=True, nogil=True, fastmath=True)
def _bend(t: Any, at: Any, triangles: Any, vertices: Any, rest: Any, lattice: Any, out: Any) -> None:
    """The gradient of the folds' height in the world, at a place on a triangle."""
    x, y, z, eps = at[0], at[1], at[2], 0.004
    here = _height(lattice, x, y, z)
    gx = (_height(lattice, x + eps, y, z) - here) / eps
    gy = (_height(lattice, x, y + eps, z) - here) / eps
    gz = (_height(lattice, x, y, z + eps) - here) / eps
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    along, across, uu, uv, vv = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(3):
        slope = gx if k == 0 else (gy if k == 1 else gz)
        along += slope * (rest[b, k] - rest[a, k])
        across += slope * (rest[c, k] - rest[a, k])
        u, v = vertices[b, k] - vertices[a, k], vertices[c, k] - vertices[a, k]
        uu, uv, vv = uu + u * u, uv + u * v, vv + v * v
    size = uu * vv - uv * uv
    p, q = 0.0, 0.0
    if size > 1e-16:
        p, q = (along * vv - across * uv) / size, (across * uu - along * uv) / size
    for k in range(3):
        out[k] = p * (vertices[b, k] - vertices[a, k]) + q * (vertices[c, k] - vertices[a, k])


@numba.njit(cache=True, nogil=True, fastmath=True)
def _height(lattice: Any, x: Any, y: Any, z: Any) -> Any:
    """How high cloth stands at a point at rest: rounded ridges, bent by wider noise."""
    x, y, z = x * FOLD_CELLS[0], y * FOLD_CELLS[1], z * FOLD_CELLS[2]
    bent = value(lattice, 0.5 * x + 7.3, 0.5 * y, 0.5 * z)
    ridge = value(lattice, x + 2.0 * bent, y + 2.0 * bent, z)
    return 1.2 * ridge * ridge * (3.0 - 2.0 * ridge) + 0.35 * value(lattice, 2.7 * x, 2.7 * y + bent, 2.7 * z)


# Rows that are cut out of arrays for every sample cost more than what is done with them: `reach` and `shine` hand on
# numbers instead, to code that is inlined. Nor does a compiled loop assign a whole row: numba would compile the texts
# of its error messages as well, for seconds.
_inlined = numba.njit(cache=True, nogil=True, fastmath=True, inline="always")


@_inlined
def _row(array: Any, i: Any) -> Any:
    """The i-th row of three."""
    return array[i, 0], array[i, 1], array[i, 2]


@_inlined
def _unit(x: Any, y: Any, z: Any) -> Any:
    """A vector at length 1, and its length."""
    length = np.sqrt(x * x + y * y + z * z) + 1e-9
    return x / length, y / length, z / length, length


@_inlined
def _dot(a: Any, b: Any) -> Any:
    """The scalar product of two vectors of three."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@numba.njit(cache=True, nogil=True, fastmath=True)
def reach(
    places: Any, step: Any, positions: Any, normals: Any, skin: Any, lamps: Any, maps: Any, grid: Any, origin: Any,
    cell: Any, nearness: Any, taps: Any, out: Any,
) -> None:  # fmt: skip
    """How much of the light from all around, and of each lamp's, reaches samples, 0 to 1: (n, 1 + L).

    Samples that are alike share what the first of them gets.

    Args:
        places: (n, 2) row and column; step: samples per pixel along a side.
        positions, normals: (n, 3); skin: as in `meshes.Surface`.
        lamps, maps: as from `lights`; the last lamps, if there are fewer maps, throw no shadows.
        grid, origin, cell: free space of the room, or (0, 0, 0) of no room.
        nearness: (H, W) share of ambient light that moving things leave, or (0, 0).
        taps: of the shadows.
        out: (n, 1 + L) float32.
    """
    for i in range(len(positions)):
        if _like_before(places, step, positions, normals, skin, i):
            for k in range(out.shape[1]):
                out[i, k] = out[i - 1, k]
            continue
        y, x = places[i, 0] // step, places[i, 1] // step
        at, normal = _row(positions, i), _row(normals, i)
        out[i, 0] = openness(grid, origin, cell, *at, *normal) if len(grid) > 0 else 1.0
        if len(nearness) > 0:
            out[i, 0] *= nearness[y, x]
        for k in range(len(lamps)):
            out[i, 1 + k] = 1.0
        for k in range(len(maps)):
            cosine = _dot(_unit(lamps[k, 0] - at[0], lamps[k, 1] - at[1], lamps[k, 2] - at[2]), normal)
            if cosine > -SCATTER[0] * skin[i]:
                out[i, 1 + k] = _unshadowed(at, normal, cosine, lamps[k], maps[k], dither(x, y), taps)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _like_before(places: Any, step: Any, positions: Any, normals: Any, skin: Any, i: Any) -> Any:
    """Whether a sample is of the same pixel and surface as the one before."""
    if i == 0 or places[i, 0] // step != places[i - 1, 0] // step:
        return False
    if places[i, 1] // step != places[i - 1, 1] // step or abs(skin[i] - skin[i - 1]) > 0.1:
        return False
    turn, square = 0.0, 0.0
    for k in range(3):
        turn += normals[i, k] * normals[i - 1, k]
        square += (positions[i, k] - positions[i - 1, k]) ** 2
    return turn > 0.985 and square < _SAME_PLACE


@numba.njit(cache=True, nogil=True, fastmath=True)
def _unshadowed(
    position: Any, normal: Any, cosine: Any, lamp: Any, depths: Any, jitter: Any, taps: Any
) -> Any:
    """Share of a lamp that nothing hides from a place, 0 to 1; `cosine` of the angle at which its light comes in."""
    slope = min(3.0, np.sqrt(max(0.0, 1.0 - cosine * cosine)) / max(cosine, 0.1))
    lift = 0.006 + 0.010 * min(slope, 1.0)
    x, y, depth = texel(
        lamp, position[0] + lift * normal[0], position[1] + lift * normal[1], position[2] + lift * normal[2]
    )
    return lit(depths, lamp, x, y, depth, slope, jitter, taps)


@numba.njit(cache=True, nogil=True, fastmath=True)
def shine(
    places: Any, step: Any, positions: Any, normals: Any, albedo: Any, specular: Any, skin: Any, eye: Any,
    lamps: Any, ambient: Any, reached: Any, out: Any,
) -> None:  # fmt: skip
    """Light that samples send to the eye, (n, 1 + L, 3): from all around and emitted, then from each lamp.

    Diffuse light plus a highlight (Blinn-Phong) plus a faint mirror image of the surroundings at grazing angles.
    Samples of one pixel on one surface share their light, each keeps its own albedo. What shines by itself has a
    negative albedo: that light is emitted, none is reflected.

    Args:
        places: (n, 2) row and column; step: samples per pixel along a side.
        positions, normals: (n, 3); albedo, specular, skin: as in `meshes.Surface`.
        lamps, ambient: as from `lights`.
        reached: (n, 1 + L) as from `reach`.
        out: (n, 1 + L, 3) float32.
    """
    n_lamps = len(lamps)
    diffuse, glint = np.zeros((1 + n_lamps, 3)), np.zeros((1 + n_lamps, 3))
    for i in range(len(positions)):
        if not _like_before(places, step, positions, normals, skin, i):
            at, normal = _row(positions, i), _row(normals, i)
            view = _unit(eye[0] - at[0], eye[1] - at[1], eye[2] - at[2])
            _surroundings(normal, view, ambient, reached[i, 0], diffuse, glint)
            for k in range(n_lamps):
                _lamp(at, normal, specular[i], skin[i], view, lamps, k, reached[i, 1 + k], diffuse, glint)
        for c in range(3):
            colour = max(0.0, min(albedo[i, c], 1.0))
            for k in range(n_lamps + 1):
                out[i, k, c] = colour * diffuse[k, c] + specular[i] * glint[k, c]
            out[i, 0, c] += max(0.0, -albedo[i, c])


@_inlined
def _surroundings(normal: Any, view: Any, ambient: Any, reached: Any, diffuse: Any, glint: Any) -> None:
    """Ambient light, brighter from above, and its mirror image, stronger at grazing angles."""
    cosine = max(0.0, _dot(view, normal))
    up = 0.5 + 0.5 * normal[1]
    mirrored = min(1.0, max(0.0, 0.5 + 0.8 * (2.0 * cosine * normal[1] - view[1])))
    grazing = 0.06 + 0.94 * (1.0 - cosine) ** 5
    for c in range(3):
        span = ambient[0, c] - ambient[1, c]
        diffuse[0, c] = (ambient[1, c] + span * up) * reached
        glint[0, c] = (ambient[1, c] + span * mirrored) * grazing * reached * 1.5


@_inlined
def _lamp(
    at: Any, normal: Any, specular: Any, skin: Any, view: Any, lamps: Any, k: Any, reached: Any, diffuse: Any,
    glint: Any,
) -> None:  # fmt: skip
    """Diffuse light and highlight of one lamp."""
    way = _unit(lamps[k, 0] - at[0], lamps[k, 1] - at[1], lamps[k, 2] - at[2])
    cosine, seen = _dot(way, normal), reached * lamps[k, REACH] / way[3]
    half = _unit(way[0] + view[0], way[1] + view[1], way[2] + view[2])
    hard = 14.0 + 110.0 * specular * specular
    bright = (
        max(0.0, _dot(half, normal)) ** hard * (0.5 + hard / 40.0) * seen * max(0.0, min(1.0, 4.0 * cosine))
    )
    for c in range(3):
        wrap = SCATTER[c] * skin
        diffuse[1 + k, c] = max(0.0, (cosine + wrap) / (1.0 + wrap)) * seen * lamps[k, COLOUR + c]
        glint[1 + k, c] = bright * lamps[k, COLOUR + c]
