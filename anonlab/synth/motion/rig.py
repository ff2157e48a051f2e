"""A skeleton while it is being posed: turn bones, ask where joints are, bend a limb until its end is somewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from anonlab.synth import body as bodies
from anonlab.synth.motion.rotations import Matrix, Vector, about, basis, split_twist, unit

STRETCH = 0.998
"""Share of its length to which a limb is stretched at most; a fully straight one would have no elbow."""


@dataclass
class Rig:
    """The bones' turns, collected from the root outwards.

    A bone must be turned before anything that hangs on it is asked for, because frames are remembered.

    Attributes:
        rest: the body that is posed.
        rotations: bone -> (3, 3), relative to the parent.
        root: (3,) translation of the root bone, metres.
    """

    rest: bodies.Rest
    rotations: dict[str, Matrix] = field(default_factory=dict)
    root: Vector = field(default_factory=lambda: np.zeros(3))
    _frames: dict[int, tuple[Matrix, Vector]] = field(default_factory=dict)

    def at_rest(self, bone: str) -> Vector:
        """Where the bone's head is when nothing is turned, (3,) metres."""
        return np.asarray(self.rest.heads[bodies.load().index[bone]], np.float64)

    def turn(self, bone: str, relative: Matrix) -> None:
        """Turn a bone against its parent."""
        self.rotations[bone] = relative

    def frame(self, bone: str) -> tuple[Matrix, Vector]:
        """A bone's rotation in the world, (3, 3), and where its head is, (3,) metres."""
        return self._frame(bodies.load().index[bone])

    def where(self, bone: str) -> Vector:
        """Where the bone's head is in the world, (3,) metres; the bone itself may still be turned after this."""
        body = bodies.load()
        index = body.index[bone]
        parent = int(body.parents[index])
        turned, at = self._frame(parent)
        return at + turned @ np.asarray(self.rest.heads[index] - self.rest.heads[parent], np.float64)

    def parent_turn(self, bone: str) -> Matrix:
        """The rotation in the world of the bone that this one hangs on, (3, 3)."""
        body = bodies.load()
        return self._frame(int(body.parents[body.index[bone]]))[0]

    def pose(self) -> bodies.Pose:
        """What has been collected."""
        return bodies.Pose(dict(self.rotations), np.asarray(self.root, np.float64))

    def _frame(self, index: int) -> tuple[Matrix, Vector]:
        if index not in self._frames:
            self._frames[index] = self._computed(index)
        return self._frames[index]

    def _computed(self, index: int) -> tuple[Matrix, Vector]:
        body = bodies.load()
        heads = self.rest.heads
        own = self.rotations.get(body.bones[index], np.eye(3))
        parent = int(body.parents[index])
        if parent < 0:
            return own, np.asarray(heads[index] + self.root, np.float64)
        turned, at = self._frame(parent)
        return turned @ own, at + turned @ np.asarray(heads[index] - heads[parent], np.float64)


@dataclass(frozen=True)
class Limb:
    """Two long bones and what ends them: the bones' names, and the axis that the hinge turns about at rest."""

    upper: str
    upper_twist: str
    lower: str
    end: str
    hinge: tuple[float, float, float] | None = None


def arm(side: str) -> Limb:
    """The limb from shoulder to wrist of side "L" or "R"."""
    return Limb(f"upperarm01.{side}", f"upperarm02.{side}", f"lowerarm01.{side}", f"wrist.{side}")


def leg(side: str) -> Limb:
    """The limb from hip to ankle; the knee turns about the body's left-right axis, as it is too straight at rest."""
    return Limb(f"upperleg01.{side}", f"upperleg02.{side}", f"lowerleg01.{side}", f"foot.{side}", (1, 0, 0))


def length(rest: bodies.Rest, limb: Limb) -> float:
    """Upper and lower bone together, metres."""
    index = bodies.load().index
    a, b, c = (np.asarray(rest.heads[index[bone]]) for bone in (limb.upper, limb.lower, limb.end))
    return float(np.linalg.norm(b - a) + np.linalg.norm(c - b))


def bend(rig: Rig, limb: Limb, target: ArrayLike, pole: ArrayLike) -> Matrix:
    """Turn a limb so that its end comes to a target, its hinge pushed towards the pole.

    A target out of reach is approached as far as the limb goes. The turn about the upper bone's own axis is
    shared with its twist bone, so that shoulder and hip do not wring.

    Returns:
        The lower bone's rotation in the world, (3, 3).
    """
    start, upper, lower = rig.where(limb.upper), _rest_upper(rig, limb), _rest_lower(rig, limb)
    to_hinge, to_end, normal = _triangle(start, np.asarray(target, float), upper, lower, unit(pole))
    hinge = np.cross(upper, lower) if limb.hinge is None else np.asarray(limb.hinge, float)
    first = basis(to_hinge, normal) @ basis(upper, hinge).T
    second = basis(to_end, normal) @ basis(lower, hinge).T
    twist, swing = split_twist(
        (rig.parent_turn(limb.upper).T @ first).T, upper
    )  # transposed: swing comes first
    rig.turn(limb.upper, swing.T @ about(upper, -twist / 2))
    rig.turn(limb.upper_twist, about(upper, -twist / 2))
    rig.turn(limb.lower, first.T @ second)
    return second


def _rest_upper(rig: Rig, limb: Limb) -> Vector:
    return rig.at_rest(limb.lower) - rig.at_rest(limb.upper)


def _rest_lower(rig: Rig, limb: Limb) -> Vector:
    return rig.at_rest(limb.end) - rig.at_rest(limb.lower)


def _triangle(
    start: Vector, target: Vector, upper: Vector, lower: Vector, pole: Vector
) -> tuple[Vector, Vector, Vector]:
    """(start to hinge, hinge to end, hinge axis) of the triangle with sides upper and lower, law of cosines."""
    a, b = float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
    span = float(np.clip(np.linalg.norm(target - start), abs(a - b) + 0.03, (a + b) * STRETCH))
    line = unit(target - start)
    side = unit(pole - (pole @ line) * line)
    cosine = np.clip((a * a + span * span - b * b) / (2 * a * span), -1.0, 1.0)
    to_hinge = a * (cosine * line + np.sqrt(1.0 - cosine * cosine) * side)
    return to_hinge, span * line - to_hinge, np.cross(side, line)
