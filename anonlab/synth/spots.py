"""Where in a room somebody can do something: at its places, or anywhere on its floor, as long as the camera sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anonlab.synth.motion.paths import Ground, Rectangle
from anonlab.synth.motion.rotations import Vector, heading
from anonlab.synth.render.camera import Camera
from anonlab.synth.rooms import Place, Room
from anonlab.synth.rooms.room import Box

PERSONAL_SPACE = 0.75  # metres between the places of two people, and that one keeps away when walking past
ANKLES = 0.12  # metres
HALF_BODY = 0.17  # metres
CHAIR = 0.40  # metres from the middle of a seat that its chair takes
APART = 0.14  # share of the picture's width from one person to the next: they may cover each other in part
THING_AHEAD = 0.46  # metres from someone to a thing that stands on the free floor
HANDS_APART = 0.55  # metres from where one's hands work to the next person and to theirs
_MARGIN = 0.08  # share of the picture's width that stays free beside a person

_KINDS: dict[str, tuple[str, ...]] = {
    "stand": ("surface", "machine", "floor"),
    "walk": ("surface", "machine", "floor"),
    "touch": ("surface", "machine", "shelf"),
    "sit": ("seat",),
    "bend": ("floor",),
    "crouch": ("floor",),
    "lift": ("surface", "floor"),
    "put": ("surface", "floor"),
    "hold": ("surface", "floor"),
}
_WITH_THING = ("lift", "put", "hold")
_NEEDS_PLACE = ("sit", *_WITH_THING)


@dataclass(frozen=True)
class Spot:
    """Where an activity can be done: (2,) on the floor, the yaw there, and the room's place it belongs to, if any."""

    at: NDArray[np.float64]
    yaw: float
    place: Place | None = None

    @property
    def kind(self) -> str:
        """The kind of its place, or "free"."""
        return self.place.kind if self.place is not None else "free"

    @property
    def height(self) -> float:
        """Of the surface or seat, metres; 0 on the floor."""
        return self.place.height if self.place is not None else 0.0


def facing(at: ArrayLike, towards: ArrayLike) -> Spot:
    """A spot from where one looks towards a point (x, z)."""
    way = np.asarray(towards, float) - np.asarray(at, float)
    return Spot(np.asarray(at, float), float(np.degrees(np.arctan2(way[0], way[1]))))


class Spots:
    """All spots of a room that one camera sees and that are not another person's."""

    def __init__(self, room: Room, camera: Camera, others: Sequence[Spot], rng: np.random.Generator) -> None:
        self._room, self._camera, self._others, self._rng = room, camera, others, rng
        discs = [(float(s.at[0]), float(s.at[1]), PERSONAL_SPACE) for s in others]
        discs += [(*place.stand, CHAIR) for place in room.places if place.kind == "seat"]
        self.ground = Ground(
            room.floors, discs, [_footprint(solid) for solid in room.solids if solid[1] < 1.0]
        )

    def choose(self, focus: str, strict: bool = True) -> Spot:
        """A spot for an activity; one that may be out of the picture if it is not strict."""
        spots = [Spot(np.asarray(p.stand, float), float(p.yaw), p) for p in self._room.places]
        spots = [s for s in spots if s.kind in _KINDS[focus] and _suits(s, focus) and self._alone(s)]
        spots = [s for s in spots if not strict or self.seen(s.at)]
        if focus in ("stand", "walk") and (not spots or self._rng.random() < 0.6):
            return self.free()
        if not spots:
            return self.with_floor_target() if focus in _NEEDS_PLACE else self.free()
        spot = spots[int(self._rng.integers(len(spots)))]
        return self._turned(spot) if focus in (*_WITH_THING, "bend", "crouch") else spot

    def _turned(self, spot: Spot) -> Spot:
        """The same place with one target, which one faces: on a surface one where nothing stands."""
        points = () if spot.place is None else spot.place.clear or spot.place.targets
        if spot.place is None or not points:
            return spot
        point = points[int(self._rng.integers(len(points)))]
        return replace(
            spot, yaw=facing(spot.at, (point[0], point[2])).yaw, place=replace(spot.place, targets=(point,))
        )

    def free(self) -> Spot:
        """Anywhere on the walkable floor, facing the camera more often than not; else where others are farthest."""
        for _ in range(80):
            x0, z0, x1, z1 = self._room.floors[int(self._rng.integers(len(self._room.floors)))]
            at = np.array([self._rng.uniform(x0, x1), self._rng.uniform(z0, z1)])
            spot = Spot(at, facing(at, np.asarray(self._camera.eye)[[0, 2]]).yaw + self._rng.normal(0, 70))
            if self.ground.free(at) and self._alone(spot) and self.seen(at, ANKLES):
                return spot
        places = [Spot(np.asarray(p.stand, float), float(p.yaw)) for p in self._room.places]
        return max(places, key=lambda s: min((_far(s.at, other.at) for other in self._others), default=0.0))

    def with_floor_target(self) -> Spot:
        """Somewhere on the free floor with room for a thing ahead."""
        spot = self.free()
        for _ in range(20):
            ahead = _ahead(spot)
            if self.ground.free(ahead) and self.seen(ahead):
                break
            spot = self.free()
        target = (float(ahead[0]), 0.0, float(ahead[1]))
        stand = (float(spot.at[0]), float(spot.at[1]))
        return Spot(spot.at, spot.yaw, Place("free", "floor", stand, spot.yaw, (target,), 0.0))

    def entrance(self, near: NDArray[np.float64]) -> Spot:
        """One of the two nearest entrances, facing the room."""
        doors = sorted((np.asarray(e, float) for e in self._room.entrances), key=lambda e: _far(e, near))
        return facing(doors[int(self._rng.integers(min(2, len(doors))))], near)

    def seen(self, at: NDArray[np.float64], lowest: float = 0.45) -> bool:
        """Whether someone there is well inside the picture, from a height (the knees) to the head."""
        points = np.array([[at[0], y, at[1]] for y in (lowest, 1.0, 1.75)])
        x, y, depth = self._camera.project(points).T
        wide, high = self._camera.width, self._camera.height
        inside = (x > _MARGIN * wide) & (x < (1 - _MARGIN) * wide) & (depth > 0.3)
        return bool((inside & (y > 0.01 * high) & (y < 0.97 * high)).all())

    def glimpsed(self, at: NDArray[np.float64]) -> bool:
        """Whether any of someone there may be seen."""
        points = [
            (at[0] + dx, y, at[1] + dz) for dx in (-0.4, 0.4) for dz in (-0.4, 0.4) for y in (0.0, 1.0, 1.9)
        ]
        x, y, depth = self._camera.project(np.array(points)).T
        inside = (x > 0) & (x < self._camera.width) & (y > 0) & (y < self._camera.height)
        return bool((inside & (depth > 0.3)).any())

    def target(self, spot: Spot) -> Vector:
        """One point for the hands: of the place, or low ahead."""
        if spot.place is not None and spot.place.targets:
            targets = spot.place.targets
            return np.asarray(targets[int(self._rng.integers(len(targets)))], float)
        ahead = heading(spot.yaw) @ np.array([0.0, 0.0, 0.5])
        return np.array([spot.at[0] + ahead[0], 0.28, spot.at[1] + ahead[2]])

    def ground_of(self, spot: Spot) -> Vector:
        """Where a thing can stand: at a target, on the surface or floor there."""
        return self.target(spot) * np.array([1.0, 0.0, 1.0]) + np.array([0.0, spot.height, 0.0])

    def targets(self, spot: Spot) -> list[Vector]:
        """One or two points for the hands."""
        if spot.place is None or not spot.place.targets:
            return [self.target(spot)]
        targets = [np.asarray(t, float) for t in spot.place.targets]
        if len(targets) < 3 or spot.kind == "seat":  # the first two of a desk are its keyboard's
            return targets[:2]
        chosen = self._rng.choice(len(targets), 2, replace=False)
        return [targets[int(i)] for i in chosen]

    def _alone(self, spot: Spot) -> bool:
        """Whether no one else is near, on the floor or in the picture."""
        for other in self._others:
            hands = [(spot.at, _ahead(other)), (_ahead(spot), other.at), (_ahead(spot), _ahead(other))]
            if _far(spot.at, other.at) <= PERSONAL_SPACE or min(_far(*pair) for pair in hands) <= HANDS_APART:
                return False
        places = [self._column(s.at) for s in (spot, *self._others)]
        return all(abs(x - places[0]) > APART * self._camera.width for x in places[1:])

    def _column(self, at: NDArray[np.float64]) -> float:
        """Where in the picture someone's hips are, pixels from the left."""
        return float(self._camera.project(np.array([[at[0], 1.0, at[1]]]))[0, 0])


def _ahead(spot: Spot) -> NDArray[np.float64]:
    """(2,) on the floor, where someone's hands are who bends over something there."""
    ahead: NDArray[np.float64] = (heading(spot.yaw) @ np.array([0.0, 0.0, THING_AHEAD]))[[0, 2]]
    return spot.at + ahead


def _footprint(solid: Box) -> Rectangle:
    """What a piece of furniture takes of the floor, and the half of a body that stands beside it."""
    x0, _, z0, x1, _, z1 = solid
    return x0 - HALF_BODY, z0 - HALF_BODY, x1 + HALF_BODY, z1 + HALF_BODY


def _suits(spot: Spot, focus: str) -> bool:
    """Things stand on the floor, and on surfaces where nothing else does."""
    return focus not in _WITH_THING or spot.kind == "floor" or bool(spot.place and spot.place.clear)


def _far(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(a - b))
