"""Simple solids that furniture and machines are put together from.

Sizes are metres, (x, y, z). Every solid is made around the origin and moved from there; a piece of furniture stands
on y = 0. Edges are bevelled: it is their thin highlights that make a thing look made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anonlab.synth.meshes import Floats, Ints, Mesh
from anonlab.synth.rooms.patterns import Paint, PatternMaterial

Profile = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Piece:
    """Triangles with paint.

    Attributes:
        vertices: (V, 3) where it is; local: (V, 3) where it is on its own solid, for patterns.
        triangles: (T, 3); paint_of: (T,) row of `paints`.
        paints: (P, n) numbers of each solid's paint.
    """

    vertices: Floats
    local: Floats
    triangles: Ints
    paint_of: Ints
    paints: Floats

    def at(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Piece:
        """Moved."""
        return self._with(self.vertices + np.array([x, y, z], np.float32))

    def yaw(self, degrees: float) -> Piece:
        """Turned about the y axis; 90 takes +z to +x."""
        return self._turned(0, 2, degrees)

    def pitch(self, degrees: float) -> Piece:
        """Turned about the x axis; 90 takes +y to +z."""
        return self._turned(2, 1, degrees)

    def roll(self, degrees: float) -> Piece:
        """Turned about the z axis; 90 takes +x to +y."""
        return self._turned(1, 0, degrees)

    def mesh(self) -> Mesh:
        """For the renderer."""
        material = PatternMaterial(self.paint_of, self.paints)
        return Mesh(self.vertices, self.triangles, self.local, material, smooth=True)

    def bounds(self, margin: float = 0.0) -> tuple[float, float, float, float, float, float]:
        """Corners of the box around it, x0, y0, z0, x1, y1, z1."""
        low, high = self.vertices.min(0) - margin, self.vertices.max(0) + margin
        x0, y0, z0, x1, y1, z1 = (float(value) for value in (*low, *high))
        return x0, y0, z0, x1, y1, z1

    def _turned(self, to: int, of: int, degrees: float) -> Piece:
        """The axis `of` turns towards the axis `to`."""
        angle = np.radians(degrees)
        turn = np.eye(3)
        turn[of, of] = turn[to, to] = np.cos(angle)
        turn[to, of], turn[of, to] = np.sin(angle), -np.sin(angle)
        return self._with((self.vertices @ turn.T).astype(np.float32))

    def _with(self, vertices: Any) -> Piece:
        moved = np.asarray(vertices, np.float32)
        return Piece(moved, self.local, self.triangles, self.paint_of, self.paints)


def join(pieces: Iterable[Piece]) -> Piece:
    """All as one."""
    parts = list(pieces)
    first_vertex = np.cumsum([0, *(len(p.vertices) for p in parts)])
    first_paint = np.cumsum([0, *(len(p.paints) for p in parts)])
    return Piece(
        np.concatenate([p.vertices for p in parts]),
        np.concatenate([p.local for p in parts]),
        np.concatenate([p.triangles + o for p, o in zip(parts, first_vertex, strict=False)]).astype(np.int32),
        np.concatenate([p.paint_of + o for p, o in zip(parts, first_paint, strict=False)]).astype(np.int32),
        np.concatenate([p.paints for p in parts]),
    )


def piece(vertices: ArrayLike, triangles: ArrayLike, paint: Paint) -> Piece:
    """A solid around the origin."""
    v, t = np.asarray(vertices, np.float32), np.asarray(triangles, np.int32)
    row = paint.row(np.abs(v).max(0))
    return Piece(v, v, t, np.zeros(len(t), np.int32), row[None])


def halves(quads: ArrayLike) -> NDArray[np.int64]:
    """Two triangles for each quad (Q, 4)."""
    q = np.asarray(quads).reshape(-1, 4)
    return np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]])


def _outward(vertices: NDArray[Any], triangles: NDArray[Any]) -> NDArray[Any]:
    """The triangles of a convex solid around the origin, all turned the same way round."""
    a, b, c = vertices[triangles].transpose(1, 0, 2)
    inward = (np.cross(b - a, c - a) * (a + b + c)).sum(1) < 0
    return np.where(inward[:, None], triangles[:, ::-1], triangles)


def box(size: ArrayLike, paint: Paint, bevel: float = 0.004) -> Piece:
    """A box, its edges cut by `bevel`."""
    half = np.asarray(size, np.float64) / 2
    cut = min(bevel, 0.45 * float(half.min()))
    signs = list(product((-1, 1), repeat=3))
    corner = np.arange(24).reshape(3, 2, 2, 2)  # by the axis its face looks along, and which side on x, y, z
    inset = [np.array(s) * (half - cut * (np.arange(3) != axis)) for axis in range(3) for s in signs]
    triangles = [[corner[axis][s] for axis in range(3)] for s in product((0, 1), repeat=3)]
    quads = []
    for axis, side in product(range(3), (0, 1)):
        face = corner[axis].take(side, axis=axis)
        quads.append([face[0, 0], face[0, 1], face[1, 1], face[1, 0]])
    for along in range(3):
        a, b = (corner[axis] for axis in range(3) if axis != along)
        for s in product((0, 1), repeat=2):
            low, high = (tuple(int(i) for i in np.insert(s, along, end)) for end in (0, 1))
            quads.append([a[low], a[high], b[high], b[low]])
    vertices = np.array(inset)
    return piece(vertices, _outward(vertices, np.concatenate([halves(quads), triangles])), paint)


def plate(width: float, depth: float, paint: Paint) -> Piece:
    """A rectangle without thickness in the x-z plane, such as a floor."""
    x, z = width / 2, depth / 2
    return piece([[-x, 0, -z], [-x, 0, z], [x, 0, z], [x, 0, -z]], [[0, 1, 2], [0, 2, 3]], paint)


def lathe(profile: Profile, paint: Paint, sides: int = 20, smooth: bool = False) -> Piece:
    """A profile of (radius, y) turned about the y axis; its corners are hard unless `smooth`."""
    parts = [profile] if smooth else [profile[k : k + 2] for k in range(len(profile) - 1)]
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    vertices: list[NDArray[Any]] = []
    quads: list[NDArray[Any]] = []
    for points in parts:
        first = sides * len(vertices)
        vertices += [np.stack([r * np.sin(angles), 0 * angles + y, r * np.cos(angles)], 1) for r, y in points]
        ring = first + np.arange(sides)
        for k in range(len(points) - 1):
            low, high = ring + k * sides, ring + (k + 1) * sides
            quads.append(np.stack([low, np.roll(low, -1), np.roll(high, -1), high], 1))
    return piece(np.concatenate(vertices), halves(np.concatenate(quads)), paint)


def cylinder(radius: float, height: float, paint: Paint, sides: int = 20, bevel: float = 0.003) -> Piece:
    """A cylinder along the y axis."""
    cut, half = min(bevel, 0.3 * radius, 0.3 * height), height / 2
    outline = [(0.0, -half), (radius - cut, -half), (radius, cut - half), (radius, half - cut)]
    return lathe([*outline, (radius - cut, half), (0.0, half)], paint, sides)


def ball(radii: ArrayLike, paint: Paint, sides: int = 16) -> Piece:
    """An ellipsoid."""
    angles = np.linspace(0, np.pi, sides // 2 + 1)
    unit = lathe([(np.sin(a), -np.cos(a)) for a in angles], paint, sides, smooth=True)
    stretched = unit.vertices * np.asarray(radii, np.float32)
    return piece(stretched, unit.triangles, paint)


def tube(points: ArrayLike, radius: float, paint: Paint, sides: int = 10) -> Piece:
    """A round bar along a line of points (n, 3), closed at both ends."""
    line = np.asarray(points, np.float64)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    axis = np.eye(3)[np.abs(along).sum(0).argmin()]
    first = np.cross(along, axis)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None, :, None]
    rings = line[:, None] + radius * (np.cos(angles) * first[:, None] + np.sin(angles) * second[:, None])
    index = np.arange(len(line) * sides).reshape(len(line), sides)
    low, high = index[:-1], index[1:]
    quads = np.stack([low, np.roll(low, -1, 1), np.roll(high, -1, 1), high], -1)
    ends = [[row[0], row[k], row[k + 1]] for row in (index[0][::-1], index[-1]) for k in range(1, sides - 1)]
    return piece(rings.reshape(-1, 3), np.concatenate([halves(quads), ends]), paint)


def arc(
    centre: ArrayLike, radius: float, start: float, end: float, plane: str = "xy", n: int = 8
) -> NDArray[Any]:
    """Points (n, 3) on a circle, for `tube`; degrees from the plane's first axis towards its second."""
    angles = np.radians(np.linspace(start, end, n))
    out = np.tile(np.asarray(centre, np.float64), (n, 1))
    out[:, "xyz".index(plane[0])] += radius * np.cos(angles)
    out[:, "xyz".index(plane[1])] += radius * np.sin(angles)
    return out


def extrude(outline: Profile, length: float, paint: Paint) -> Piece:
    """A convex outline of (x, y) points pulled along the z axis, hard edges."""
    flat = np.asarray(outline, np.float64)
    n = len(flat)
    ends = [np.column_stack([flat, np.full(n, z)]) for z in (-length / 2, length / 2)]
    vertices, triangles = (
        list(ends),
        [[e * n, e * n + k, e * n + k + 1] for e in (0, 1) for k in range(1, n - 1)],
    )
    for k in range(n):
        first = 2 * n + 4 * k
        j = (k + 1) % n
        vertices.append(np.array([ends[0][k], ends[0][j], ends[1][j], ends[1][k]]))
        triangles += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    return piece(np.concatenate(vertices), triangles, paint)
