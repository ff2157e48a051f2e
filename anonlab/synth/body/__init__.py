"""The human body: any adult shape at rest, and bones that carry it into a pose.

Metres, y up, standing on y = 0, looking along +z, the person's left at +x. A pose turns bones by 3 x 3 matrices in the
axes of the world at rest, relative to the parent; a vertex follows its bones by linear blend skinning,
x' = sum of w_b (R_b x + t_b). The data are MakeHuman's (CC0, see NOTICE beside this file), packed by `pack.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from anonlab.errors import ParameterError, suggestion
from anonlab.synth.body import pack

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

# the two ends of a slider, as the targets call them: (less, more)
ENDS = (("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward"), ("concave", "convex"))


@dataclass(frozen=True)
class Shape:
    """What a body looks like.

    Attributes:
        gender: 0 female to 1 male.
        age: 0 is 25 years, 1 is 90.
        muscle, weight, height, proportions, cup: 0 to 1, 0.5 the average.
        ancestry: shares of the African, Asian and European shapes; sum 1.
        details: sliders of single features, -1 to 1, such as ("nose/nose-hump", 0.5); left and right move together.
    """

    gender: float = 0.5
    age: float = 0.2
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.6
    cup: float = 0.5
    ancestry: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
    details: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Rest:
    """One body at rest: vertices (V, 3), heads (B, 3) and tails (B, 3) of its bones; metres, float32."""

    vertices: Floats
    heads: Floats
    tails: Floats


@dataclass(frozen=True)
class Pose:
    """How bones are turned.

    Attributes:
        rotations: (3, 3) by bone name, relative to the parent, in rest-world axes; a missing one is not turned.
        root: (3,) metres, where the root bone is moved from its place at rest.
    """

    rotations: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    root: NDArray[Any] = field(default_factory=lambda: np.zeros(3, np.float32))


class Body:
    """The packed body: bones, faces, weights and shape targets."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self.bones: tuple[str, ...] = tuple(str(name) for name in arrays["bones"])
        self.index: dict[str, int] = {name: i for i, name in enumerate(self.bones)}
        self.parents: Ints = arrays["parents"].astype(np.int32)
        self.vertices: Floats = (arrays["vertices"] * 1e-5).astype(
            np.float32
        )  # the base mesh, not on the floor
        self.bone_index: Ints = arrays["bone_index"].astype(np.int32)
        weight: Floats = arrays["bone_weight"].astype(np.float32)
        self.bone_weight: Floats = (weight / weight.sum(1, keepdims=True)).astype(np.float32)
        self.masks: Floats = (arrays["masks"] / 255).astype(np.float32)
        self._groups = {str(name): i for i, name in enumerate(arrays["group_names"])}
        self._targets = {str(name): i for i, name in enumerate(arrays["target_names"])}

    def quads(self, group: str) -> Ints:
        """The faces (Q, 4) of one part of the mesh, such as "body", "helper-tights" or "helper-l-eye"."""
        if group not in self._groups:
            raise ParameterError(f"the body has no part {group!r}: {suggestion(group, self._groups)}")
        return self._arrays["quads"][self._arrays["groups"] == self._groups[group]].astype(np.int32)

    @cached_property
    def skin_vertices(self) -> Ints:
        """The vertices of the body itself, without helpers and joints."""
        return np.unique(self.quads("body")).astype(np.int32)

    @cached_property
    def canonical(self) -> Floats:
        """The base mesh standing on y = 0: (V, 3), the same for every person, so patterns can be placed by it."""
        floor = self.vertices[self.skin_vertices, 1].min()
        return self.vertices - np.array([0, floor, 0], np.float32)

    def target(self, name: str) -> tuple[NDArray[Any], Floats]:
        """The vertices (N,) that a shape target moves, and by how much (N, 3) in metres."""
        number = self._targets[name]
        start, end = (int(place) for place in self._arrays["target_starts"][number : number + 2])
        moves = self._arrays["target_moves"][start:end].astype(np.float32) * np.float32(1e-4)
        return self._arrays["target_vertices"][start:end], moves

    def shaped(self, shape: Shape) -> Rest:
        """The body of a given shape, at rest, standing on y = 0."""
        vertices = self.vertices.copy()
        for name, weight in [*_macro_targets(shape), *self._detail_targets(shape.details)]:
            if name in self._targets and abs(weight) > 1e-4:
                index, moves = self.target(name)
                vertices[index] += np.float32(weight) * moves
        vertices[:, 1] -= vertices[self.skin_vertices, 1].min()
        return Rest(vertices, self.joints(vertices, "head"), self.joints(vertices, "tail"))

    def joints(self, vertices: Floats, end: str) -> Floats:
        """The "head" or "tail" (B, 3) of every bone in a body with these vertices."""
        starts = self._arrays[f"{end}_starts"].astype(np.int64)
        sums = np.add.reduceat(vertices[self._arrays[f"{end}_vertices"]].astype(np.float64), starts[:-1])
        return (sums / np.diff(starts)[:, None]).astype(np.float32)

    def _detail_targets(self, details: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
        for slider, value in details:
            names = self._slider(slider, value)
            if not names:
                raise ParameterError(f"no shape target for {slider!r}: {suggestion(slider, self._targets)}")
            for name in names:
                yield name, abs(value)

    def _slider(self, slider: str, value: float) -> list[str]:
        """The targets of one slider on its side; of both eyes, ears or cheeks where they come in pairs."""
        part, feature = slider.split("/")
        stems = [f"{part}/{side}{feature}" for side in ("", "l-", "r-")]
        endings = ["", *(f"-{ends[int(value > 0)]}" for ends in ENDS)]
        return [stem + ending for stem in stems for ending in endings if stem + ending in self._targets]


@lru_cache(maxsize=1)
def load() -> Body:
    """The body that the package carries."""
    return Body(pack.read())


def _tent(value: float, names: Sequence[str]) -> dict[str, float]:
    """Weights of evenly spaced names, linear between neighbours, that sum to 1."""
    place = min(max(value, 0.0), 1.0) * (len(names) - 1)
    return {name: max(0.0, 1 - abs(place - i)) for i, name in enumerate(names) if abs(place - i) < 1}


def _macro_targets(shape: Shape) -> Iterator[tuple[str, float]]:
    """Names and weights of the targets that make up gender, age, build, height, proportions and ancestry."""
    genders = {"female": 1 - shape.gender, "male": shape.gender}
    for gender, of_gender in genders.items():
        for age, of_age in _tent(shape.age, ("young", "old")).items():
            share = of_gender * of_age
            for ancestry, weight in zip(("african", "asian", "caucasian"), shape.ancestry, strict=True):
                yield f"macrodetails/{ancestry}-{gender}-{age}", share * weight
            yield from _build_targets(shape, f"{gender}-{age}", share)
            for cup, weight in _tent(shape.cup, ("mincup", "averagecup", "maxcup")).items():
                name = f"breast/{gender}-{age}-averagemuscle-averageweight-{cup}-averagefirmness"
                yield name, share * weight


def _build_targets(shape: Shape, who: str, share: float) -> Iterator[tuple[str, float]]:
    """The targets of muscle and weight, and of height and proportions, which depend on these two."""
    heights = _tent(shape.height, ("minheight", "", "maxheight"))
    proportions = _tent(shape.proportions, ("uncommonproportions", "", "idealproportions"))
    for muscle, of_muscle in _tent(shape.muscle, ("minmuscle", "averagemuscle", "maxmuscle")).items():
        for weight, of_weight in _tent(shape.weight, ("minweight", "averageweight", "maxweight")).items():
            build, part = f"{who}-{muscle}-{weight}", share * of_muscle * of_weight
            yield f"macrodetails/universal-{build}", part
            for folder, values in (("height", heights), ("proportions", proportions)):
                yield from ((f"macrodetails/{folder}/{build}-{name}", part * w) for name, w in values.items())


def transforms(rest: Rest, pose: Pose) -> tuple[Floats, Floats]:
    """Turns (B, 3, 3) and shifts (B, 3) of all bones in the world: x' = R x + t for a point x at rest."""
    body = load()
    unknown = set(pose.rotations) - set(body.index)
    if unknown:
        name = sorted(unknown)[0]
        raise ParameterError(f"the body has no bone {name!r}: {suggestion(name, body.bones)}")
    turns = np.broadcast_to(np.eye(3), (len(body.bones), 3, 3)).copy()
    for name, rotation in pose.rotations.items():
        turns[body.index[name]] = rotation
    world, places = _chain(
        body.parents, turns, rest.heads.astype(np.float64), np.asarray(pose.root, np.float64)
    )
    shifts = places - np.einsum("bij,bj->bi", world, rest.heads)
    return world.astype(np.float32), shifts.astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _chain(parents: Any, turns: Any, heads: Any, root: Any) -> Any:
    """Forward kinematics: the turn of every bone in the world, and where its head comes to be."""
    world, places = np.empty_like(turns), np.empty_like(heads)
    for b in range(len(parents)):
        p = parents[b]
        for i in range(3):
            places[b, i] = heads[b, i] + root[i] if p < 0 else places[p, i]
            for k in range(3):
                if p < 0:
                    world[b, i, k] = turns[b, i, k]
                    continue
                places[b, i] += world[p, i, k] * (heads[b, k] - heads[p, k])
                world[b, i, k] = 0.0
                for j in range(3):
                    world[b, i, k] += world[p, i, j] * turns[b, j, k]
    return world, places


def skin(vertices: Floats, bone_index: Ints, bone_weight: Floats, turns: Floats, shifts: Floats) -> Floats:
    """Vertices (V, 3) carried by their bones: bone_index and bone_weight (V, K), turns (B, 3, 3), shifts (B, 3)."""
    matrices = np.concatenate([turns, shifts[:, :, None]], axis=2).astype(np.float32)
    return _skin(np.ascontiguousarray(vertices, np.float32), bone_index, bone_weight, matrices)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _skin(vertices: Any, bone_index: Any, bone_weight: Any, matrices: Any) -> Any:
    out = np.empty_like(vertices)
    for v in range(vertices.shape[0]):
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        a = b = c = np.float32(0)
        for k in range(bone_index.shape[1]):
            w = bone_weight[v, k]
            if w > 0:
                m = matrices[bone_index[v, k]]
                a += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3])
                b += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3])
                c += w * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        out[v, 0], out[v, 1], out[v, 2] = a, b, c
    return out


def posed_joints(rest: Rest, turns: Floats, shifts: Floats) -> tuple[Floats, Floats]:
    """Heads (B, 3) and tails (B, 3) of all bones after the given turns and shifts."""
    heads, tails = (np.einsum("bij,bj->bi", turns, points) + shifts for points in (rest.heads, rest.tails))
    return heads, tails
