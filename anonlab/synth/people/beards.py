"""Brows and beards: short hairs on the face."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.body import Rest
from anonlab.synth.people import parts, strands
from anonlab.synth.people.fitting import worn
from anonlab.synth.people.parts import Part, smoothstep

Array = NDArray[Any]
Colour = tuple[float, float, float]


def brow_part(
    rest: Rest, thickness: float, arch: float, height: float, colour: Colour, seed: int, surface: int
) -> Part:
    """Both brows as short hairs."""
    rng = np.random.default_rng(seed)
    n = 170
    along = rng.random(n) ** 0.9
    middle = height + arch * np.sin(along * 2.5)
    wide = thickness * (1 - 0.55 * along)
    x, y = 0.0125 + 0.041 * along, middle + wide * rng.uniform(-0.9, 0.9, n)
    side = np.repeat([1, -1], n)
    start = np.stack([side * np.tile(x, 2), np.tile(y, 2), np.full(2 * n, 0.15)], axis=1)
    start = _onto_face(start)
    _, normal = strands.off_skin(start)
    ahead = np.stack([side * 0.9, np.tile(0.75 - 1.35 * along, 2), np.zeros(2 * n)], axis=1)
    ahead -= (ahead * normal).sum(1, keepdims=True) * normal
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    steps = np.linspace(0, 1, 3)[None, :, None] * 0.0075 * rng.uniform(0.7, 1.2, (2 * n, 1, 1))
    paths = start[:, None] + ahead[:, None] * steps + normal[:, None] * (0.0007 + 0.12 * steps)
    return _short(rest, paths, normal, 0.0009, colour, rng, surface)


def _short(
    rest: Rest,
    paths: Array,
    normal: Array,
    width: float,
    colour: Colour,
    rng: np.random.Generator,
    surface: int,
) -> Part:
    outs = np.broadcast_to(normal[:, None], paths.shape)
    vertices, triangles, extra = strands.ribbons(paths, outs, width, rng)
    moved, weights = worn(vertices, rest)
    return parts.part(moved, triangles, weights, surface, colour, vertices, extra)


def _onto_face(points: Array) -> Array:
    """Points moved along z until they lie on the skin of the face."""
    out = points.copy()
    for _ in range(4):
        distance, normal = strands.off_skin(out)
        out[:, 2] -= distance / np.maximum(normal[:, 2], 0.3)
    return out


def beard_density(points: Array, kind: str) -> Array:
    """How dense a beard is (N,) at points of the base body, 0 to 1."""
    x, y, z = np.asarray(points, float).T
    x = np.abs(x)
    upper = 1.497 + 0.45 * np.clip(x - 0.026, 0, 1) - 0.3 * np.clip(0.026 - x, 0, 1)
    jaw = smoothstep(0.004, -0.006, y - upper) * smoothstep(1.412, 1.432, y + 0.25 * np.clip(z - 0.06, -1, 1))
    ear = smoothstep(0.050, 0.066, z + 0.2 * (y - 1.50))
    lip = np.exp(-(((y - 1.4985) / 0.0055) ** 2)) * (x < 0.030) * (z > 0.08)
    chin = np.exp(-((x / 0.026) ** 4) - (((y - 1.455) / 0.022) ** 4)) * (z > 0.08)
    mouth = smoothstep(0.028, 0.022, x) * np.exp(-(((y - 1.484) / 0.010) ** 4)) * (z > 0.08)
    full = np.clip(jaw * ear + lip, 0, 1) * (1 - 0.92 * mouth * (lip < 0.5))
    kinds = {
        "none": 0 * x,
        "stubble": full,
        "full": full,
        "goatee": np.clip(chin + lip, 0, 1),
        "moustache": lip,
    }
    return kinds[kind] * (y > 1.40)


def beard_part(
    rest: Rest, kind: str, length: float, colour: Colour, rng: np.random.Generator, surface: int
) -> Part:
    """A beard of short hairs."""
    head = strands.scalp()
    a, b, c = (head.canonical[head.triangles[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) * beard_density((a + b + c) / 3, kind) ** 1.5
    full = kind == "full"
    n = 2600 if full else 900
    length = length if full else 0.6 * length
    chosen = rng.choice(len(area), n, p=area / area.sum())
    u, v = np.sort(rng.random((2, n, 1)), axis=0)
    start = u * a[chosen] + (v - u) * b[chosen] + (1 - v) * c[chosen]
    _, normal = strands.off_skin(start)
    ahead = 0.32 * normal + np.array([0, -0.9, 0.1]) + rng.normal(0, 0.16, (n, 3))
    ahead += 0.5 * np.sign(start[:, :1]) * [1, 0, 0] * (start[:, 1:2] > 1.487)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    steps = np.linspace(0, 1, 4)[None, :, None] * length * rng.uniform(0.6, 1.2, (n, 1, 1))
    paths = start[:, None] + ahead[:, None] * steps - normal[:, None] * (18 * steps**2)
    return _short(rest, paths, normal, 0.0017 if full else 0.0014, colour, rng, surface)
