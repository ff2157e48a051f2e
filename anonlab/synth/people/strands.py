"""Hair as many thin ribbons: roots on the scalp, growth that follows a style and stays off the skin, ribbons.

Everything happens on the base body (see `fitting.worn`, which moves the result to a person's head).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from anonlab.synth import body
from anonlab.synth.people import parts
from anonlab.synth.people.parts import smoothstep

Array = NDArray[Any]
HEAD = np.array([0.0, 1.571, 0.052])
WHORL = np.array([0.012, 1.655, 0.005])

# where hair begins: least elevation (degrees) seen from the middle of the head, by azimuth (0 front, 180 behind)
_AZIMUTH = (0, 18, 36, 48, 57, 64, 70, 78, 83, 88, 104, 117, 132, 155, 180)
_ELEVATION = (26, 26.5, 30, 26, 14, -2, -16, -19, -6, 9, 11, -4, -34, -50, -52)


@dataclass(frozen=True)
class Growth:
    """How strands grow.

    Attributes:
        top, sides, back: lengths in metres; lift: 0 lies on the skin, 1 stands up; gravity: how soon it hangs;
            hold: how strongly it is kept from standing off further than its layer.
        flow: "whorl", "side", "back", "middle", "fringe", "radial" or "gather".
        volume: metres between skin and the outermost layer; curl: radius of curls, metres; turns: per metre.
        clump: how far strands join in tufts, 0 to 1; width: of a ribbon, metres; count: of ribbons.
        cut: lowest place of hair on the base body, metres; recede, thin: degrees of hairline lost at the temples;
            whether only a wreath is left. taper: degrees over which lengths grow from the hairline on.
    """

    top: float = 0.04
    sides: float = 0.02
    back: float = 0.02
    lift: float = 0.35
    gravity: float = 0.15
    flow: str = "whorl"
    volume: float = 0.010
    curl: float = 0.0
    turns: float = 0.0
    clump: float = 0.4
    width: float = 0.0035
    count: int = 2600
    cut: float = 0.0
    recede: float = 0.0
    thin: bool = False
    taper: float = 14.0
    hold: float = 0.5
    segments: int = 3


def directions(points: Array) -> tuple[Array, Array]:
    """Azimuth (0 front, 180 behind, unsigned) and elevation of points as seen from the middle of the head, degrees."""
    off = np.asarray(points, float) - HEAD
    flat = np.hypot(off[:, 0], off[:, 2])
    return np.degrees(np.arctan2(np.abs(off[:, 0]), off[:, 2])), np.degrees(np.arctan2(off[:, 1], flat))


def hairiness(points: Array, growth: Growth) -> Array:
    """How far inside the hairline points are (N,), degrees; below 0 no hair grows."""
    azimuth, elevation = directions(points)
    temples = np.exp(-(((azimuth - 36) / 18) ** 2)) + 0.5 * np.exp(-((azimuth / 20) ** 2))
    lowest = np.array(_ELEVATION)
    if growth.taper == 0:  # long hair has no sideburns
        lowest = np.where(np.array(_AZIMUTH) < 84, np.maximum(lowest, 2), lowest)
    inside = elevation - np.interp(azimuth, _AZIMUTH, lowest) - growth.recede * temples
    if growth.thin:
        inside = np.minimum(inside, np.interp(azimuth, (58, 80, 110, 180), (-6, 12, 28, 34)) - elevation)
    return inside


@lru_cache(maxsize=1)
def scalp() -> parts.Refined:
    """The skin of the head above the neck, refined."""
    return parts.refined("scalp")


@lru_cache(maxsize=1)
def _surface() -> tuple[cKDTree, Array, Array]:
    """Points and normals of the base body's skin from the chest up."""
    data = body.load()
    out = parts.normals(data.canonical.astype(float), parts.halves(data.quads("body")))
    used = data.skin_vertices[data.canonical[data.skin_vertices, 1] > 1.15]
    return cKDTree(data.canonical[used]), data.canonical[used].astype(float), out[used]


def off_skin(points: Array) -> tuple[Array, Array]:
    """Signed distance (N,) of points to the skin, and the skin's normals there (N, 3)."""
    tree, vertices, out = _surface()
    _, near = tree.query(points, k=3)
    normal = out[near].mean(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return ((points - vertices[near].mean(1)) * normal).sum(1), normal


def roots(growth: Growth, rng: np.random.Generator) -> Array:
    """Points (N, 3) on the scalp, even, thinned out over the last degrees before the hairline."""
    head = scalp()
    a, b, c = (head.canonical[head.triangles[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    area = area * (hairiness((a + b + c) / 3, growth) > -4)
    chosen = rng.choice(len(area), growth.count, p=area / area.sum())
    u, v = rng.random((2, growth.count, 1))
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    points = a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]
    return points[hairiness(points, growth) > rng.uniform(-2.0, 3.0, len(points))]


def _flow(points: Array, normal: Array, growth: Growth) -> Array:
    """Unit directions (N, 3) along the skin in which a style combs hair."""
    x = points[:, 0]
    azimuth, elevation = directions(points)
    top = smoothstep(20, 50, elevation)[:, None]
    down = np.array([0.0, -1.0, 0.0]) + np.array([0, 0, -0.35]) * smoothstep(40, 100, azimuth)[:, None]
    away = points - WHORL
    if growth.flow in {"side", "middle"}:
        parting = 0.032 if growth.flow == "side" else 0.0
        sideways = np.where(x > parting, 1.0, -1.0)[:, None] * [1.0, 0, 0] + [
            0,
            0,
            0.25 if growth.flow == "side" else -0.1,
        ]
        away = top * sideways + (1 - top) * down
    elif growth.flow == "back":
        away = top * np.array([0, 0.05, -1.0]) + (1 - top) * (down + np.array([0, 0, -0.6]))
    elif growth.flow == "fringe":
        ahead = smoothstep(75, 35, azimuth)[:, None]
        away = ahead * np.array([0.25, 0, 1.0]) + (1 - ahead) * (
            top * (points - WHORL) * 20 + (1 - top) * down
        )
    elif growth.flow == "gather":
        away = gather_point(growth) - points
    elif growth.flow == "radial":
        away = normal + 0
    along = away - (away * normal).sum(1, keepdims=True) * normal * (growth.flow != "radial")
    return along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)


def gather_point(growth: Growth) -> Array:
    """Where a ponytail or a bun is tied."""
    return np.array([0.0, 1.605, -0.052]) if growth.cut > 1.5 else np.array([0.0, 1.575, -0.058])


def lengths(points: Array, growth: Growth, rng: np.random.Generator) -> Array:
    """How long the strand of every root is (N,), metres."""
    azimuth, elevation = directions(points)
    top = smoothstep(18, 50, elevation)
    behind = smoothstep(95, 140, azimuth)
    length = top * growth.top + (1 - top) * ((1 - behind) * growth.sides + behind * growth.back)
    edge = np.clip(hairiness(points, growth) / growth.taper, 0, 1) if growth.taper else 1.0
    return length * (0.35 + 0.65 * edge) * rng.uniform(0.75, 1.15, len(points))


def grow(points: Array, growth: Growth, rng: np.random.Generator) -> tuple[Array, Array]:
    """Paths (N, S + 1, 3) of strands from their roots, and the skin's normals along them."""
    _, normal = off_skin(points)
    n, steps = len(points), growth.segments
    length = lengths(points, growth, rng)
    heading = growth.lift * normal + (1 - growth.lift) * _flow(points, normal, growth)
    heading += rng.normal(0, 0.10, (n, 3))
    above = smoothstep(0, 45, directions(points)[1])
    layer = growth.volume * rng.uniform(0.35, 1.0, n) * (0.5 + 0.7 * above)
    path, outs = [points - 0.001 * normal], [normal]
    for k in range(steps):
        heading = heading / np.linalg.norm(heading, axis=1, keepdims=True)
        place = path[-1] + heading * (length / steps)[:, None]
        place, normal = _kept_off(place, layer * min(1.0, (k + 1) / 2), growth)
        heading = place - path[-1]
        heading /= np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-6)
        heading = heading + growth.gravity * np.array([0, -1.0, 0]) + rng.normal(0, 0.05, (n, 3))
        if growth.flow == "gather":
            heading = heading + 0.8 * _flow(place, normal, growth)
        path.append(place)
        outs.append(normal)
    paths = _curled(_clumped(np.stack(path, axis=1), growth, rng), length, growth, rng)
    free = ~_before_face(paths)
    return paths[free], np.stack(outs, axis=1)[free]


def _before_face(paths: Array) -> Array:
    """Which strands (N,) hang over eyes, nose or mouth."""
    x, y, z = np.moveaxis(paths, -1, 0)
    return ((np.abs(x) < 0.068) & (y < 1.590) & (z > 0.078)).any(axis=1)


def _kept_off(place: Array, layer: Array, growth: Growth) -> tuple[Array, Array]:
    """Points pushed out of the skin to their layer; long hair also off the face and over the shoulders' cloth."""
    if growth.cut and growth.flow != "fringe":
        face = (place[:, 2] > 0.085) & (np.abs(place[:, 0]) < 0.082) & (place[:, 1] < 1.615)
        aside = np.where(place[:, 0] > 0, 1, -1) * np.where(face, 0.4 * (0.082 - np.abs(place[:, 0])), 0)
        place = place + np.stack([aside, 0 * aside, 0 * aside], axis=1)
    distance, normal = off_skin(place)
    layer = layer + 0.034 * smoothstep(1.43, 1.38, place[:, 1])
    held = growth.hold * smoothstep(1.47, 1.52, place[:, 1])
    moved = np.maximum(layer - distance, 0) - held * np.maximum(distance - layer, 0)
    return place + normal * moved[:, None], normal


def _clumped(paths: Array, growth: Growth, rng: np.random.Generator) -> Array:
    """Tips drawn to those of a leading strand near by, so that the hair falls in tufts."""
    n = len(paths)
    if growth.clump <= 0 or n < 20:
        return paths
    leaders = rng.choice(n, n // 9, replace=False)
    _, near = cKDTree(paths[leaders, 0]).query(paths[:, 0])
    along = np.linspace(0, 1, paths.shape[1])[None, :, None] ** 1.5
    own = rng.uniform(0.5, 1.0, (n, 1, 1))
    return paths + growth.clump * own * along * (paths[leaders[near]] - paths)


def _curled(paths: Array, length: Array, growth: Growth, rng: np.random.Generator) -> Array:
    if growth.curl <= 0:
        return paths
    n, rows = paths.shape[:2]
    along = np.linspace(0, 1, rows)[None] * length[:, None]
    phase = rng.uniform(0, 2 * np.pi, (n, 1)) + 2 * np.pi * growth.turns * along
    ahead = paths[:, -1] - paths[:, 0]
    one = np.cross(ahead, rng.normal(0, 1, (n, 3)))
    one /= np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-9)
    two = np.cross(ahead, one)
    two /= np.maximum(np.linalg.norm(two, axis=1, keepdims=True), 1e-9)
    size = growth.curl * smoothstep(0, 0.25, np.linspace(0, 1, rows))[None]
    turn = (size * np.cos(phase))[..., None] * one[:, None] + (size * np.sin(phase))[..., None] * two[:, None]
    return paths + turn


def ribbons(paths: Array, outs: Array, width: float, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Vertices (V, 3), triangles (T, 3) and extras (V, 3) of ribbons along paths (N, S, 3), flat on the skin."""
    n, rows = paths.shape[:2]
    ahead = np.gradient(paths, axis=1)
    across = np.cross(ahead, outs)
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    along = np.linspace(0, 1, rows)
    size = 0.5 * width * rng.uniform(0.6, 1.3, (n, 1)) * (1 - 0.8 * along**2.2)[None]
    shift = across * size[..., None]
    vertices = np.stack([paths - shift, paths + shift], axis=2).reshape(-1, 3)
    first = 2 * rows * np.arange(n)[:, None] + 2 * np.arange(rows - 1)[None]
    quads = np.stack([first, first + 1, first + 3, first + 2], axis=-1).reshape(-1, 4)
    tuft = np.broadcast_to(rng.random((n, 1, 1)), (n, rows, 2))
    cells = rng.integers(0, 31, (n, 1, 1)) + np.broadcast_to(np.array([0.0, 3.0]), (n, rows, 2))
    place = np.broadcast_to(along[None, :, None], (n, rows, 2))
    return vertices, parts.halves(quads), np.stack([cells, place, tuft], axis=-1).reshape(-1, 3)
