"""The pieces a person is put together from, and the few operations on meshes that shaping them takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from anonlab.synth import body
from anonlab.synth.body import Floats, Ints

Array = NDArray[Any]
WEIGHTS = 6


@dataclass(frozen=True)
class Part:
    """One piece of a person at rest: skin, hair, a garment.

    Attributes:
        vertices, canonical: (V, 3) metres, of this body and of the base body (where patterns are placed).
        triangles: (T, 3).
        bone_index, bone_weight: (V, 6).
        colour: (V, 3) linear albedo.
        extra: (V, 3) numbers that the surface reads (see `looks.py`).
        surface: which row of the person's table of surfaces shades it.
        clip: (V,), below 0 nothing is drawn.
    """

    vertices: Floats
    canonical: Floats
    triangles: Ints
    bone_index: Ints
    bone_weight: Floats
    colour: Floats
    extra: Floats
    surface: int
    clip: Floats


def part(
    vertices: Array,
    triangles: Array,
    weights: tuple[Array, Array],
    surface: int,
    colour: Array | Sequence[float],
    canonical: Array | None = None,
    extra: Array | None = None,
    clip: Array | None = None,
) -> Part:
    """A part of the vertices that its triangles use; what is not given is plain and never clipped."""
    used, corners = np.unique(triangles, return_inverse=True)
    n = len(vertices)

    def kept(values: Array, width: int) -> Floats:
        return np.broadcast_to(np.asarray(values, np.float32), (n, width))[used].astype(np.float32)

    index, weight = (np.broadcast_to(values, (n, np.shape(values)[-1]))[used] for values in weights)
    spare = ((0, 0), (0, WEIGHTS - index.shape[1]))
    return Part(
        vertices=kept(vertices, 3),
        canonical=kept(vertices if canonical is None else canonical, 3),
        triangles=corners.reshape(-1, 3).astype(np.int32),
        bone_index=np.pad(index, spare).astype(np.int32),
        bone_weight=np.pad(weight, spare).astype(np.float32),
        colour=kept(np.asarray(colour), 3),
        extra=kept(np.zeros(3) if extra is None else extra, 3),
        surface=surface,
        clip=kept(np.ones((n, 1)) if clip is None else np.asarray(clip)[:, None], 1)[:, 0],
    )


def visible(piece: Part) -> Part:
    """The part without triangles that are clipped as a whole."""
    shown = (piece.clip[piece.triangles] >= 0).any(axis=1)
    used, corners = np.unique(piece.triangles[shown], return_inverse=True)
    fields = ("vertices", "canonical", "bone_index", "bone_weight", "colour", "extra", "clip")
    changes = {name: getattr(piece, name)[used] for name in fields}
    return replace(piece, triangles=corners.reshape(-1, 3).astype(np.int32), **changes)


def halves(quads: Array) -> Array:
    """Every quad as two triangles."""
    return np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])


def normals(vertices: Array, triangles: Array) -> Array:
    """Unit normals (V, 3), weighted by the areas of the triangles around."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    of_triangles = np.cross(b - a, c - a)
    corners = triangles.T.ravel()
    sums = [np.bincount(corners, np.tile(of_triangles[:, k], 3), len(vertices)) for k in range(3)]
    out = np.stack(sums, axis=1)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high`, a smooth rise between; `low` may be the greater."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


class Refined:
    """Some quads of the body, each cut into four, with what belongs to their vertices.

    Attributes:
        quads: (Q, 4) of the refined vertices.
        canonical: (V, 3); arm (V,): share that hangs on the arm's bones; along (V,): 0 at the shoulder,
            1 at the elbow, 2 at the wrist; side (V,): +1 left, -1 right.
    """

    def __init__(self, group: str) -> None:
        data = body.load()
        quads = _head_quads(data) if group == "scalp" else data.quads(group)
        self._used, corners = np.unique(quads, return_inverse=True)
        quads = corners.reshape(-1, 4)
        edges = np.sort(np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)]), axis=1)
        self._edges, numbers = np.unique(edges, axis=0, return_inverse=True)
        self._coarse = quads
        self.quads = self._cut(numbers.reshape(4, -1))
        self.triangles = halves(self.quads)
        self.smoother = neighbour_means(self.quads)
        self.canonical = self.refine(data.canonical)
        self.weights = self._weights(data)
        self.arm, self.along = self.refine(arm_share()), arm_places(self.canonical)
        self.side = np.where(self.canonical[:, 0] >= 0, 1, -1)

    def _cut(self, numbers: Array) -> Array:
        n, q = len(self._used), len(self._coarse)
        middle = n + len(self._edges) + np.arange(q)
        on_edge = n + numbers
        corners = [(self._coarse[:, i], on_edge[i], middle, on_edge[i - 1]) for i in range(4)]
        return np.concatenate([np.stack(four, axis=1) for four in corners])

    def refine(self, values: Array) -> Array:
        """Values of all the body's vertices at the refined ones: at edges and faces the mean."""
        own = np.asarray(values, np.float64)[self._used]
        return np.concatenate([own, own[self._edges].mean(1), own[self._coarse].mean(1)])

    def _weights(self, data: body.Body) -> tuple[Array, Array]:
        dense = np.zeros((len(data.vertices), len(data.bones)))
        np.add.at(dense, (np.arange(len(dense))[:, None], data.bone_index), data.bone_weight)
        dense = self.refine(dense)
        index = np.argsort(-dense, axis=1, kind="stable")[:, :WEIGHTS]
        weight = np.take_along_axis(dense, index, 1)
        return index, weight / weight.sum(1, keepdims=True)

    def smooth(self, values: Array, times: int) -> Array:
        """Values moved half-way to the mean of their neighbours, some times over."""
        for _ in range(times):
            values = 0.5 * values + 0.5 * (self.smoother @ values)
        return values


def _head_quads(data: body.Body) -> Array:
    """The faces of the skin from the neck up."""
    quads = data.quads("body")
    return quads[(data.canonical[quads, 1] > 1.40).all(1) & (np.abs(data.canonical[quads, 0]) < 0.10).all(1)]


def neighbour_means(quads: Array) -> Any:
    """The sparse matrix that gives every vertex the mean of its neighbours."""
    edges = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    n = int(quads.max()) + 1
    links = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    return sparse.diags(1 / np.maximum(np.asarray(links.sum(1)).ravel(), 1)) @ links


@lru_cache(maxsize=4)
def refined(group: str) -> Refined:
    """A refined part of the body; the same for every person."""
    return Refined(group)


@lru_cache(maxsize=1)
def arm_share() -> Array:
    """How much of every vertex of the body (V,) hangs on bones from the upper arm to the fingers."""
    data = body.load()
    stems = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")
    of_arm = np.array([name.startswith(stems) for name in data.bones])
    return (data.bone_weight * of_arm[data.bone_index]).sum(1)


@lru_cache(maxsize=1)
def canonical_rest() -> body.Rest:
    """The base body at rest with its joints."""
    data = body.load()
    vertices = data.canonical
    return body.Rest(vertices, data.joints(vertices, "head"), data.joints(vertices, "tail"))


def arm_places(canonical: Array) -> Array:
    """How far down the arm points of the base body are: 0 shoulder, 1 elbow, 2 wrist, on towards the fingers."""
    index, heads = body.load().index, canonical_rest().heads
    points = np.asarray(canonical) * [1, 1, 1]
    points[:, 0] = np.abs(points[:, 0])
    shoulder, elbow, wrist = (heads[index[f"{name}.L"]] for name in ("upperarm01", "lowerarm01", "wrist"))
    upper, lower = elbow - shoulder, wrist - elbow
    on_upper = (points - shoulder) @ upper / (upper @ upper)
    on_lower = (points - elbow) @ lower / (lower @ lower)
    return np.where(
        on_upper < 1, np.minimum(on_upper, 1 + np.maximum(on_lower, 0)), 1 + np.maximum(on_lower, 0)
    )
