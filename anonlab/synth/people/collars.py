"""What is sewn to the neckline of a top: knitted rims, collars, hoods; shaped on the cloth of the person."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.people import clothes, parts, sweep
from anonlab.synth.people.parts import Part, smoothstep

Array = NDArray[Any]
Colour = tuple[float, float, float]
COLUMNS = 72
UP = np.array([0.0, 1.0, 0.0])
# radians from the nape (0) to the middle of the front (-pi over the right side, pi over the left)
ANGLES = -np.pi + 2 * np.pi * (np.arange(COLUMNS) + 0.5) / COLUMNS


class Ring:
    """A closed line on the cloth of a top, round the neck: points, canonical (COLUMNS, 3), bones and weights."""

    def __init__(self, cloth: Array, level: Array) -> None:
        """Where `level` (V,) changes its sign on the vertices `cloth` (V, 3) of the refined tights."""
        tights = parts.refined("helper-tights")
        edges = np.concatenate([tights.quads[:, [i, (i + 1) % 4]] for i in range(4)])
        near = (tights.canonical[:, 1] > 1.15) & (np.abs(tights.canonical[:, 0]) < 0.16)
        edges = edges[near[edges].all(1) & ((level[edges[:, 0]] < 0) != (level[edges[:, 1]] < 0))]
        a, b = edges.T
        share = (level[a] / (level[a] - level[b]))[:, None]
        canonical = tights.canonical[a] + share * (tights.canonical[b] - tights.canonical[a])
        points = cloth[a] + share * (cloth[b] - cloth[a])
        angle = np.arctan2(canonical[:, 0], -(canonical[:, 2] - 0.015))
        off = np.abs((angle[None] - ANGLES[:, None] + np.pi) % (2 * np.pi) - np.pi)
        weight = np.exp(-((off / (1.3 * np.pi / COLUMNS)) ** 2)) + 1e-6 * np.exp(-((off / 0.25) ** 2))
        weight /= weight.sum(1, keepdims=True)
        self.points, self.canonical = weight @ points, weight @ canonical
        nearest = a[off.argmin(1)]
        self.weights = tights.weights[0][nearest], tights.weights[1][nearest]

    def outward(self) -> Array:
        """Level unit directions away from the neck (COLUMNS, 3)."""
        away = (self.points - self.points.mean(0)) * [1, 0, 1]
        return away / np.linalg.norm(away, axis=1, keepdims=True)


def _ring(cloth: Array, kind: str, below: float = 0.0) -> Ring:
    """The edge of a neckline, or the line that lies `below` it on the cloth, metres."""
    return Ring(cloth, clothes.neckline(parts.refined("helper-tights").canonical, kind) - below)


def rib_part(cloth: Array, neck: str, colour: Colour, surface: int) -> Part:
    """The knitted or sewn edge of a neckline."""
    ring = _ring(cloth, neck)
    closed = np.concatenate([ring.points, ring.points[:1]]) + 0.001 * UP
    points, triangles = sweep.tube(closed, 0.0085, 8, 0.42)
    columns = np.repeat(np.arange(COLUMNS + 1) % COLUMNS, 8)
    return _sewn(points, triangles, ring, columns, colour, surface)


def hood_part(cloth: Array, colour: Colour, surface: int) -> Part:
    """A hood that lies on the back and round the neck."""
    ring = _ring(cloth, "crew")
    behind = smoothstep(2.2, 0.6, np.abs(ANGLES))[:, None]
    path = ring.points + ring.outward() * (0.006 + 0.022 * behind) + UP * (0.006 - 0.012 * behind)
    closed = np.concatenate([path, path[:1]])
    size = 0.012 + 0.030 * np.concatenate([behind, behind[:1]])[:, 0]
    points, triangles = sweep.tube(closed, size, 12, 0.95)
    columns = np.repeat(np.arange(COLUMNS + 1) % COLUMNS, 12)
    return _sewn(points, triangles, ring, columns, colour, surface)


def collar_part(cloth: Array, kind: str, colour: Colour, surface: int) -> Part:
    """A shirt's or polo's turned-down collar, or a jacket's stand-up one; open in front."""
    foot = _ring(cloth, "foot")
    rows, gaps, shades = (
        _stand(foot) if kind == "stand" else _leaf(foot, cloth, 0.028 if kind == "polo" else 0.034)
    )
    points = np.concatenate([_parted(row, gap) for row, gap in zip(rows, gaps, strict=True)])
    tones = np.repeat(np.asarray(shades), COLUMNS)[:, None] * np.asarray(colour)
    columns = np.tile(np.arange(COLUMNS), len(rows))
    return _sewn(points, sweep.sheet(len(rows), COLUMNS), foot, columns, tones, surface)


def _stand(foot: Ring) -> tuple[list[Array], list[float], list[float]]:
    """Rows of points of a stand-up collar, how far their ends part in front (radians), and their shades."""
    away = foot.outward()
    tall = 0.046 - 0.012 * _front()
    rows = [foot.points - 0.006 * UP, foot.points + 0.004 * away + 0.5 * tall * UP]
    rows += [foot.points + 0.003 * away + tall * UP, foot.points - 0.004 * away + (tall + 0.002) * UP]
    rows += [foot.points - 0.007 * away + (tall - 0.004) * UP, foot.points - 0.006 * away]
    return rows, [0.10, 0.12, 0.14, 0.16, 0.18, 0.20], [0.9, 1.0, 1.08, 0.9, 0.7, 0.6]


def _leaf(foot: Ring, cloth: Array, depth: float) -> tuple[list[Array], list[float], list[float]]:
    """The same for a turned-down collar, whose leaf lies on the cloth."""
    away, front = foot.outward(), _front()
    low = _ring(cloth, "foot", depth).points
    low = low + (low - foot.points) * 0.35 * front
    lift = 0.007 * _at(low, cloth, parts.normals(cloth, parts.refined("helper-tights").triangles))
    top = foot.points - 0.007 * away + (0.028 - 0.010 * front) * UP
    rows = [foot.points - 0.004 * UP, 0.5 * (foot.points + top) - 0.002 * away, top]
    rows += [top + 0.007 * away + 0.002 * UP, 0.55 * foot.points + 0.45 * low + 0.013 * away + 0.010 * UP]
    rows += [low + lift + 0.002 * UP, low + 0.3 * lift]
    return rows, [0.10, 0.10, 0.11, 0.13, 0.26, 0.38, 0.38], [0.6, 0.7, 1.0, 1.06, 1.06, 1.0, 0.6]


def _front() -> Array:
    return smoothstep(1.7, np.pi, np.abs(ANGLES))[:, None]


def _at(points: Array, vertices: Array, values: Array) -> Array:
    """The values (V, 3) of the nearest vertices."""
    off = ((points[:, None] - vertices[None]) ** 2).sum(-1)
    return values[off.argmin(1)]


def _parted(ring: Array, gap: float) -> Array:
    """A ring of points whose ends in front move apart, by `gap` radians each."""
    place = (ANGLES * (1 - gap / np.pi) + np.pi) / (2 * np.pi) * COLUMNS - 0.5
    low = np.floor(place).astype(int)
    share = (place - low)[:, None]
    return (1 - share) * ring[low % COLUMNS] + share * ring[(low + 1) % COLUMNS]


def _sewn(points: Array, triangles: Array, ring: Ring, columns: Array, colour: Any, surface: int) -> Part:
    """A part whose vertices follow the bones of columns of the ring; no seam or pocket is drawn on it."""
    weights = ring.weights[0][columns], ring.weights[1][columns]
    canonical = ring.canonical[columns] * [1, 0, 1] + [0, 3.0, 0] + 0.3 * points * [0, 1, 0]
    return parts.part(points, triangles, weights, surface, colour, canonical)
