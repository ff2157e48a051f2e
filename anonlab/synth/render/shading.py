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


@numba.njit(cache=True, nogil=True, fastmath=True)
def shine(
    places: Any,
    step: Any,
    positions: Any,
    normals: Any,
    albedo: Any,
    specular: Any,
    skin: Any,
    eye: Any,
    lamps: Any,
    maps: Any,
    ambient: Any,
    grid: Any,
    origin: Any,
    cell: Any,
    nearness: Any,
    taps: Any,
    out: Any,
) -> None:
    """Light that samples send to the eye, (n, 1 + L, 3): from all around and emitted, then from each lamp.

    Diffuse light plus a highlight (Blinn-Phong) plus a faint mirror image of the surroundings at grazing angles.
    Samples of one pixel on one surface share their lamps and shadows, each keeps its own albedo. What shines by itself
    has a negative albedo: that light is emitted, none is reflected.

    Args:
        places: (n, 2) row and column; step: samples per pixel along a side.
        positions, normals: (n, 3); albedo, specular, skin: as in `meshes.Surface`.
        lamps, maps, ambient: as from `lights`.
        grid, origin, cell: free space of the room.
        nearness: (H, W) share of ambient light that moving things leave, or (0, 0).
        taps: of the shadows.
        out: (n, 1 + L, 3) float32.
    """  # fmt: skip
    n_lamps = len(lamps)
    diffuse, glint = np.zeros((1 + n_lamps, 3)), np.zeros((1 + n_lamps, 3))
    for i in range(len(positions)):
        if i == 0 or not _alike(places, step, positions, normals, skin, i):
            y, x = places[i, 0] // step, places[i, 1] // step
            around = openness(
                grid, origin, cell, positions[i, 0], positions[i, 1], positions[i, 2],
                normals[i, 0], normals[i, 1], normals[i, 2],
            )  # fmt: skip
            if len(nearness) > 0:
                around *= nearness[y, x]
            _surroundings(positions[i], normals[i], eye, ambient, around, diffuse[0], glint[0])
            for k in range(n_lamps):
                _lamp(
                    positions[i], normals[i], specular[i], skin[i], eye, lamps[k], maps[k], dither(x, y), taps,
                    diffuse[k + 1], glint[k + 1],
                )  # fmt: skip
        for c in range(3):
            colour = max(0.0, min(albedo[i, c], 1.0))
            for k in range(n_lamps + 1):
                out[i, k, c] = colour * diffuse[k, c] + specular[i] * glint[k, c]
            out[i, 0, c] += max(0.0, -albedo[i, c])


@numba.njit(cache=True, nogil=True, fastmath=True)
def _alike(places: Any, step: Any, positions: Any, normals: Any, skin: Any, i: Any) -> Any:
    """Whether a sample is of the same pixel and surface as the one before."""
    same = (
        places[i, 0] // step == places[i - 1, 0] // step and places[i, 1] // step == places[i - 1, 1] // step
    )
    if not same or abs(skin[i] - skin[i - 1]) > 0.1:
        return False
    turn, square = 0.0, 0.0
    for k in range(3):
        turn += normals[i, k] * normals[i - 1, k]
        square += (positions[i, k] - positions[i - 1, k]) ** 2
    return turn > 0.985 and square < _SAME_PLACE


@numba.njit(cache=True, nogil=True, fastmath=True)
def _surroundings(
    position: Any, normal: Any, eye: Any, ambient: Any, around: Any, diffuse: Any, glint: Any
) -> None:
    """Ambient light, brighter from above, and its mirror image, stronger at grazing angles."""
    vx, vy, vz = eye[0] - position[0], eye[1] - position[1], eye[2] - position[2]
    length = np.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
    cosine = max(0.0, (vx * normal[0] + vy * normal[1] + vz * normal[2]) / length)
    up = 0.5 + 0.5 * normal[1]
    mirrored = min(1.0, max(0.0, 0.5 + 0.8 * (2.0 * cosine * normal[1] - vy / length)))
    grazing = 0.06 + 0.94 * (1.0 - cosine) ** 5
    for c in range(3):
        diffuse[c] = (ambient[1, c] + (ambient[0, c] - ambient[1, c]) * up) * around
        glint[c] = (ambient[1, c] + (ambient[0, c] - ambient[1, c]) * mirrored) * grazing * around * 1.5


@numba.njit(cache=True, nogil=True, fastmath=True)
def _lamp(
    position: Any, normal: Any, specular: Any, skin: Any, eye: Any, lamp: Any, depths: Any, jitter: Any, taps: Any,
    diffuse: Any, glint: Any,
) -> None:  # fmt: skip
    """Diffuse light and highlight of one lamp."""
    lx, ly, lz = lamp[0] - position[0], lamp[1] - position[1], lamp[2] - position[2]
    far = np.sqrt(lx * lx + ly * ly + lz * lz) + 1e-9
    lx, ly, lz = lx / far, ly / far, lz / far
    cosine = lx * normal[0] + ly * normal[1] + lz * normal[2]
    diffuse[:] = 0.0
    glint[:] = 0.0
    if cosine <= -SCATTER[0] * skin:
        return
    slope = min(3.0, np.sqrt(max(0.0, 1.0 - cosine * cosine)) / max(cosine, 0.1))
    lift = 0.006 + 0.010 * min(slope, 1.0)
    x, y, depth = texel(
        lamp, position[0] + lift * normal[0], position[1] + lift * normal[1], position[2] + lift * normal[2]
    )
    seen = lit(depths, lamp, x, y, depth, slope, jitter, taps) * lamp[REACH] / far
    vx, vy, vz = eye[0] - position[0], eye[1] - position[1], eye[2] - position[2]
    length = np.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
    hx, hy, hz = lx + vx / length, ly + vy / length, lz + vz / length
    half = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
    mirror = max(0.0, (hx * normal[0] + hy * normal[1] + hz * normal[2]) / half)
    hard = 14.0 + 110.0 * specular * specular
    bright = mirror**hard * (0.5 + hard / 40.0) * seen * max(0.0, min(1.0, 4.0 * cosine))
    for c in range(3):
        wrap = SCATTER[c] * skin
        diffuse[c] = max(0.0, (cosine + wrap) / (1.0 + wrap)) * seen * lamp[COLOUR + c]
        glint[c] = bright * lamp[COLOUR + c]
