"""A person's time as it is written: a script that activities write into; `motions.Motion` plays it.

Everything but the walking is kept as curves seen from the person's own place on the floor (x to the left, y up from
the floor, z ahead). So hands that hold a box go with the body, and hands on a table stay where they are while the
body stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from anonlab.synth import body as bodies
from anonlab.synth.motion import gait, posing
from anonlab.synth.motion.curves import Curve, Values, Wander
from anonlab.synth.motion.hands import Hand
from anonlab.synth.motion.posing import SIDES, SIGN, Foot, Goal
from anonlab.synth.motion.rotations import Vector, heading

STAND, SIT, WALK, BEND, CROUCH = 12, 11, 14, 1, 3
HOLD, TOUCH, LIFT, PUT = 17, 59, 36, 47

EASY_REACH = 0.94  # arm lengths: elbows stay a little bent

_IDLE = {"side": 0.007, "ahead": 0.005, "lean": 0.6, "twist": 1.2, "head": 2.0, "arm.L": 1.6, "arm.R": 1.6}
_SCALARS = {"low": 0.0, "tilt": 0.0, "bend": 0.0, "lean": 0.0, "twist": 0.0, "looking": 0.6, "nod": 0.0}
_OTHERS = {"knees": 0.12, "heel.L": 0.0, "heel.R": 0.0}
_HAND = {"weight": 0.0, "elbow": 0.25, "curl": 0.3, "pointing": 0.0}


@dataclass(frozen=True)
class Thing:
    """Something that can be carried: what it is, and its width (between the hands), height and depth in metres."""

    kind: str
    size: tuple[float, float, float]


@dataclass
class Carried:
    """A thing over time: it stands, is held from `taken` on, and stands again from `left` on.

    Attributes:
        place: (3,) the middle of its underside; yaw: where its front looks; both in the world, before it is taken.
        seen: (3,) the same point as the person sees it while holding it.
        turn: its yaw against the person's.
    """

    thing: Thing
    place: Vector
    yaw: float
    seen: Curve = field(default_factory=lambda: Curve(np.zeros(3)))
    turn: Curve = field(default_factory=lambda: Curve(0.0))
    taken: float = np.inf
    left: float = np.inf


def grip_point(thing: Thing, side: str, turn: float = 0.0) -> Vector:
    """From the middle of a thing's underside to where a palm is on its side, for a thing turned by degrees."""
    width, height, _ = thing.size
    return heading(turn) @ np.array([SIGN[side] * (width / 2 + 0.004), min(0.45 * height, 0.10), -0.02])


def grip_hand(side: str, turn: float = 0.0) -> dict[str, ArrayLike]:
    """How a hand is held that grips a thing from its side."""
    turned = heading(turn)
    fingers = turned @ np.array([-SIGN[side] * 0.06, -0.1, 1.0])
    palm = turned @ np.array([-SIGN[side], 0.12, 0.0])
    return {"fingers": fingers, "palm": palm, "curl": 0.16, "elbow": 0.35, "pointing": 0.0}


class Script:
    """What a person does, written activity by activity; `time` is where the next one starts.

    Args:
        rest: the person's body.
        rng: for everything that is a little different every time.
        at: (2,) where the person is at the beginning, yaw where it faces.
    """

    def __init__(self, rest: bodies.Rest, rng: np.random.Generator, at: ArrayLike, yaw: float) -> None:
        self.rest, self.rng = rest, rng
        self.time = 0.0
        self.hip = posing.hip_height(rest)
        self.curves: dict[str, Curve] = {k: Curve(v) for k, v in {**_SCALARS, **_OTHERS}.items()}
        self.curves["shift"] = Curve(np.zeros(2))
        self.curves["look"] = Curve([0.0, 0.9 * self.hip * 1.75, 4.0])
        for side in SIDES:
            self.curves.update({f"{name}.{side}": Curve(v) for name, v in _HAND.items()})
            self.curves[f"at.{side}"] = Curve([SIGN[side] * 0.25, 0.9, 0.3])
            self.curves[f"fingers.{side}"] = Curve([0.0, -0.3, 1.0])
            self.curves[f"palm.{side}"] = Curve([0.0, -1.0, 0.0])
        self.tracks = [gait.standing(0.0, np.asarray(at, float), yaw)]
        left, right = posing.standing_feet(rest, np.asarray(at, float), yaw)
        self.resting = {"L": left, "R": right}
        self.steps: list[gait.Step] = []
        self.spans: list[tuple[float, float, int]] = []
        self.held: list[Carried] = []
        self.speed = float(rng.uniform(0.95, 1.4))
        self.idle = {name: Wander(rng, size) for name, size in _IDLE.items()}

    @property
    def at(self) -> Values:
        """(2,) where the person is at the end of what is written so far."""
        return self.tracks[-1].at[-1]

    @property
    def yaw(self) -> float:
        """Where the person faces at the end of what is written so far."""
        return float(self.tracks[-1].yaw[-1])

    def seen(self, point: ArrayLike) -> Vector:
        """A point of the world (3,) as the person sees it from where it will be."""
        p = np.asarray(point, float)
        return heading(self.yaw).T @ (p - np.array([self.at[0], 0.0, self.at[1]]))

    def unseen(self, point: ArrayLike) -> Vector:
        """The reverse of `seen`."""
        return heading(self.yaw) @ np.asarray(point, float) + np.array([self.at[0], 0.0, self.at[1]])

    def move(self, start: float, end: float, **values: ArrayLike) -> None:
        """Curves come to new values between two times; dots in names are written as double underscores."""
        for name, value in values.items():
            self.curves[name.replace("__", ".")].move(start, end, value)

    def jump(self, **values: ArrayLike) -> None:
        """Curves are at new values from now on, without a movement."""
        for name, value in values.items():
            self.curves[name.replace("__", ".")].jump(self.time, value)

    def reach(self, side: str, start: float, end: float, at: ArrayLike, **values: ArrayLike) -> None:
        """A hand comes to a point as the person sees it; a hand that hung goes straight there."""
        weight = self.curves[f"weight.{side}"]
        if float(weight.last) < 0.01:
            start = max(start, weight.busy_until)
            for name, value in {"at": at, **values}.items():
                self.curves[f"{name}.{side}"].jump(start, value)
        self.curves[f"weight.{side}"].move(start, end, 1.0)
        for name, value in {"at": at, **values}.items():
            self.curves[f"{name}.{side}"].move(start, end, value)

    def has(self, side: str, at: ArrayLike, **values: ArrayLike) -> None:
        """A hand is at a point from now on, without a movement."""
        for name, value in {"at": at, "weight": 1.0, **values}.items():
            self.curves[f"{name}.{side}"].jump(self.time, value)

    def release(self, side: str, start: float, end: float) -> None:
        """A hand goes back to hanging."""
        self.curves[f"weight.{side}"].move(start, end, 0.0)
        self.curves[f"pointing.{side}"].move(start, end, 0.0)
        self.curves[f"curl.{side}"].move(start, end, 0.3)

    def feet(self) -> dict[str, Foot]:
        """Where both feet stand at the end of what is written so far."""
        return {side: gait.foot_at(self.steps, side, np.inf, self.resting[side]) for side in SIDES}

    def step(self, side: str, start: float, end: float, foot: Foot) -> None:
        """One foot goes somewhere."""
        self.steps.append(gait.Step(side, start, end, self.feet()[side], foot))

    def follow(self, track: gait.Track) -> None:
        """The body goes along a track, and its feet with it."""
        self.tracks.append(track)
        self.steps.extend(track.steps)

    def label(self, start: float, end: float, action: int) -> None:
        """An action holds from a time to a time."""
        self.spans.append((start, end, action))

    def lean(self, degrees: float) -> dict[str, ArrayLike]:
        """Curve values of a trunk bent forward in all: hips and spine share it, the hips go back for balance."""
        more = max(0.0, degrees - 25.0)
        return {
            "tilt": 0.45 * degrees if degrees > 0 else 0.3 * degrees,
            "bend": 0.55 * degrees if degrees > 0 else 0.7 * degrees,
            "shift": np.array([0.0, -posing.hips_back(degrees)]),
            "low": 0.0013 * more,
        }

    def lean_to(self, at: Mapping[str, ArrayLike], most: float = 84.0, low: float = 0.0) -> float:
        """The least lean, degrees, from which the hands reach points as the person sees them with bent elbows."""
        left, right = (
            Hand(at=np.asarray(at.get(s, np.zeros(3)), float), weight=float(s in at)) for s in SIDES
        )
        upright = Goal(np.zeros(2), 0.0, self.hip - low, hands=(left, right))
        leans = np.arange(4.0, most, 4.0)
        reached = (
            x for x in leans if posing.overreach(self.rest, posing.leaned(upright, float(x))) < EASY_REACH
        )
        return float(next(reached, most))
