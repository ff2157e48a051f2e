"""What a script comes to: a person's goal, its labels and what it carries, at any time."""

from __future__ import annotations

import numpy as np

from anonlab.synth.motion import gait, posing
from anonlab.synth.motion.curves import Values, ease
from anonlab.synth.motion.hands import Hand
from anonlab.synth.motion.posing import SIDES, SIGN, Foot, Goal
from anonlab.synth.motion.rotations import Vector, heading
from anonlab.synth.motion.script import (
    BEND,
    CROUCH,
    SIT,
    STAND,
    WALK,
    Carried,
    Script,
    Thing,
    grip_hand,
    grip_point,
)

BEND_DEGREES = 40.0  # of the trunk, from which on it is bend/bow
LEAN_SECONDS = 0.6  # over which a lean that a held thing needs comes and goes
CROUCH_SHARE = 0.60  # of the standing hip height, below which it is crouch/kneel


class Motion:
    """A person's goal, labels and carried things at any time of its script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._leans: dict[float, float] = {}  # what has been found out about times; the same whoever asks

    def base(self, time: float) -> tuple[Values, float, gait.Track]:
        """(2,) where the person is, its yaw, and the track it is on."""
        tracks = self._script.tracks
        track = [t for t in tracks if t.start <= time or t is tracks[0]][-1]
        return track.sample(track.at, time), float(track.sample(track.yaw, time)), track

    def goal(self, time: float) -> Goal:
        """What the body should do at a time, leaning as far as the hands need that hold something."""
        return posing.leaned(self._planned(time), self._more_lean(time))

    def _more_lean(self, time: float) -> float:
        """Degrees more than planned; they come before a thing is taken and go after it is left."""
        more = 0.0
        for item in self._script.held:
            if time < item.taken - LEAN_SECONDS or time > item.left + LEAN_SECONDS:
                continue
            held = min(max(time, item.taken), item.left - 1e-3)
            share = 1.0 - ease(abs(time - held) / LEAN_SECONDS)
            if held not in self._leans:
                self._leans[held] = posing.missing_lean(self._script.rest, self._planned(held))
            more = max(more, share * self._leans[held])
        return more

    def _planned(self, time: float) -> Goal:
        script, value = self._script, self._value
        at, yaw, track = self.base(time)
        idle = {name: wander.at(time) for name, wander in script.idle.items()}
        still = 1.0 - min(1.0, float(track.sample(track.walking, time)))
        sway, hip_twist, hip_drop, twist = _gait_hips(track, time)
        swaying = np.array([sway + idle["side"] * still, idle["ahead"] * still])
        shift = np.asarray(script.curves["shift"].at(time)) + swaying
        turned = heading(yaw) @ np.array([shift[0], 0.0, shift[1]])
        drop = float(track.sample(track.drop, time))
        return Goal(
            at=at + turned[[0, 2]],
            yaw=yaw,
            height=script.hip - value("low", time) - drop,
            tilt=value("tilt", time) + 2.0 * (1 - still),
            bend=value("bend", time) + 1.5 * (1 - still),
            lean=value("lean", time) + idle["lean"] * still,
            twist=value("twist", time) + twist + idle["twist"] * still,
            hip_twist=hip_twist,
            hip_drop=hip_drop,
            look=self._world(script.curves["look"].at(time), at, yaw),
            looking=value("looking", time),
            nod=value("nod", time) + idle["head"],
            hands=self._hands(time, at, yaw, track, drop),
            feet=self._feet(time),
            knees=value("knees", time),
            shrug=0.004 * np.sin(2 * np.pi * time / 3.7),
        )

    def actions(self, time: float) -> tuple[int, ...]:
        """The AVA ids that hold at a time, sorted; exactly one of stand, sit, walk, bend and crouch is among them."""
        spans = {action for start, end, action in self._script.spans if start <= time < end}
        posture = next((p for p in (WALK, SIT) if p in spans), self._posture(time))
        return tuple(sorted((spans - {WALK, SIT}) | {posture}))

    def things(self, time: float) -> list[tuple[Thing, Vector, float]]:
        """Every thing of this person: what, (3,) middle of the underside, yaw; in the world."""
        return [(item.thing, *self._thing(item, time)) for item in self._script.held]

    def _posture(self, time: float) -> int:
        goal = self.goal(time)
        if goal.height < CROUCH_SHARE * self._script.hip:
            return CROUCH
        return BEND if goal.tilt + goal.bend > BEND_DEGREES else STAND

    def _value(self, name: str, time: float) -> float:
        return float(self._script.curves[name].at(time))

    def _thing(self, item: Carried, time: float) -> tuple[Vector, float]:
        if time < item.taken:
            return item.place, item.yaw
        time = min(time, item.left)
        at, yaw, track = self.base(time)
        point = np.asarray(item.seen.at(time)) - [0.0, float(track.sample(track.drop, time)), 0.0]
        return self._world(point, at, yaw), yaw + float(item.turn.at(time))

    def _world(self, point: Values, at: Values, yaw: float) -> Vector:
        return heading(yaw) @ np.asarray(point) + np.array([at[0], 0.0, at[1]])

    def _hands(
        self, time: float, at: Values, yaw: float, track: gait.Track, drop: float
    ) -> tuple[Hand, Hand]:
        left, right = (self._hand(side, time, at, yaw, track, drop) for side in SIDES)
        return left, right

    def _gripping(self, side: str, item: Carried, time: float) -> Hand:
        """A hand that holds a thing is where the thing is."""
        place, yaw = self._thing(item, time)
        hold = {name: np.asarray(value) for name, value in grip_hand(side, yaw).items()}
        at = place + grip_point(item.thing, side, yaw)
        return Hand(at, 1.0, hold["fingers"], hold["palm"], float(hold["elbow"]), float(hold["curl"]))

    def _hand(self, side: str, time: float, at: Values, yaw: float, track: gait.Track, drop: float) -> Hand:
        for item in self._script.held:
            if item.taken <= time < item.left:
                return self._gripping(side, item, time)
        curves, turned = self._script.curves, heading(yaw)
        point = np.asarray(curves[f"at.{side}"].at(time)) - [0.0, drop, 0.0]
        return Hand(
            at=self._world(point, at, yaw),
            weight=self._value(f"weight.{side}", time),
            fingers=turned @ curves[f"fingers.{side}"].at(time),
            palm=turned @ curves[f"palm.{side}"].at(time),
            elbow=self._value(f"elbow.{side}", time),
            curl=self._value(f"curl.{side}", time),
            pointing=self._value(f"pointing.{side}", time),
            swing=_arm_swing(track, side, time) + self._script.idle[f"arm.{side}"].at(time),
        )

    def _feet(self, time: float) -> tuple[Foot, Foot]:
        script = self._script
        left, right = (
            _heel_up(gait.foot_at(script.steps, s, time, script.resting[s]), self._value(f"heel.{s}", time))
            for s in SIDES
        )
        return left, right


def _heel_up(foot: Foot, degrees: float) -> Foot:
    return foot if degrees == 0 else Foot(foot.ball, foot.yaw, foot.pitch + degrees)


def _gait_hips(track: gait.Track, time: float) -> tuple[float, float, float, float]:
    """(metres to the left, hip twist, hip drop, chest twist) that go with the steps."""
    walking = float(track.sample(track.walking, time))
    if walking < 1e-3:
        return 0.0, 0.0, 0.0, 0.0
    turn = np.pi * (float(track.sample(track.phase, time)) - 0.5 * gait.SWING)
    # in the middle of an even step the left foot is in the air: the hips are over the right one
    return (
        -0.018 * walking * float(np.cos(turn)),
        -5.0 * walking * float(np.sin(turn)),
        -2.0 * walking * float(np.cos(turn)),
        3.5 * walking * float(np.sin(turn)),
    )


def _arm_swing(track: gait.Track, side: str, time: float) -> float:
    """Degrees forward: each arm goes with the other leg."""
    walking = float(track.sample(track.walking, time))
    if walking < 1e-3:
        return 0.0
    turn = np.pi * (float(track.sample(track.phase, time)) - 0.5 * gait.SWING)
    return walking * (3.0 - SIGN[side] * 21.0 * float(np.sin(turn)))
