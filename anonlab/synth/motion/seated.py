"""What is done on a seat, and getting there and away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from anonlab.synth.motion import gait, posing
from anonlab.synth.motion.activities import assigned, busy, end_label, resting_hand
from anonlab.synth.motion.curves import Values
from anonlab.synth.motion.posing import SIDES, SIGN, Foot
from anonlab.synth.motion.rotations import Vector, heading
from anonlab.synth.motion.script import SIT, TOUCH, Script

PELVIS_ON_SEAT = 0.085  # metres from the seat to the middle of the hip joints
SEAT_FRONT = 0.27  # metres that the hips are ahead of the seat when one has just stood up


def be_seated(script: Script, height: float) -> None:
    """Sit on a seat of this height from the very beginning."""
    script.jump(**_sitting(script, height))
    for side in SIDES:
        script.resting[side] = _seated_foot(script, side, script.at)
        script.has(side, _on_thigh(side, height), **_thigh_hand(side))
    script.label(script.time, np.inf, SIT)


def work_seated(script: Script, targets: Sequence[ArrayLike], height: float, seconds: float) -> None:
    """Hands from the thighs to the desk and back to the thighs after a while."""
    spots = assigned(script, targets, SIDES)
    start, there = script.time, script.time + 0.7
    script.move(start, there, tilt=0.0, bend=12.0)
    look = np.mean(list(spots.values()), axis=0) + np.array([0.0, 0.30, 0.35])
    script.move(start, start + 0.5, look=look, looking=0.9)
    for side, spot in spots.items():
        script.reach(side, start, there, spot, **resting_hand(side, spot, 0.0))
        busy(script, side, np.asarray(spot), there + 0.2, there + seconds - 0.2, 0.03)
    end = there + seconds
    script.label(there, end, TOUCH)
    for side in spots:
        script.reach(side, end, end + 0.6, _on_thigh(side, height), **_thigh_hand(side))
    script.move(end, end + 0.6, tilt=-8.0, bend=8.0)
    script.time = end + 0.6


def rest_seated(script: Script, seconds: float) -> None:
    """Sit and look around, hands on the thighs."""
    script.move(script.time + 0.2, script.time + 0.9, look=[script.rng.uniform(-1.5, 1.5), 1.3, 2.0])
    script.time += seconds


def stand_up(script: Script) -> None:
    """Rise from the seat: feet back, trunk forward, up and ahead."""
    start = script.time
    ahead = script.unseen([0.0, 0.0, SEAT_FRONT])[[0, 2]]
    for i, side in enumerate(SIDES):
        foot = posing.stance(script.rest, side, ahead, script.yaw)
        script.step(side, start + 0.1 * i, start + 0.35 + 0.1 * i, foot)
        script.release(side, start + 0.4, start + 1.0)
    script.move(start, start + 0.5, tilt=18.0, bend=24.0)
    script.follow(gait.glide(start + 0.3, 0.9, script.yaw, script.at, ahead))
    script.move(start + 0.4, start + 1.2, low=0.0, knees=0.12)
    script.move(start + 0.55, start + 1.3, **{k: v for k, v in script.lean(0.0).items() if k != "low"})
    end_label(script, SIT, start + 0.8)
    script.time = start + 1.35


def sit_down(script: Script, height: float) -> None:
    """Sit down on the seat behind: the person stands SEAT_FRONT before it and has its back to it."""
    start = script.time
    seat = script.unseen([0.0, 0.0, -SEAT_FRONT])[[0, 2]]
    script.follow(gait.glide(start + 0.15, 0.95, script.yaw, script.at, seat))
    script.move(start, start + 0.55, tilt=16.0, bend=24.0)
    sitting = _sitting(script, height)
    script.move(start + 0.15, start + 1.1, low=sitting["low"], knees=sitting["knees"])
    script.move(start + 0.75, start + 1.4, tilt=sitting["tilt"], bend=sitting["bend"])
    for i, side in enumerate(SIDES):
        script.reach(side, start + 0.6, start + 1.3, _on_thigh(side, height), **_thigh_hand(side))
        foot = _seated_foot(script, side, seat)
        script.step(side, start + 1.1 + 0.12 * i, start + 1.4 + 0.12 * i, foot)
    script.label(start + 0.7, np.inf, SIT)
    script.time = start + 1.5


def _sitting(script: Script, height: float) -> dict[str, ArrayLike]:
    low = script.hip - (height + PELVIS_ON_SEAT)
    return {"low": low, "tilt": -8.0, "bend": 8.0, "shift": np.zeros(2), "knees": 0.25, "lean": 0.0}


def _seated_foot(script: Script, side: str, at: Values) -> Foot:
    """Feet flat before the seat, below or a little ahead of the knees."""
    ahead = float(script.rng.uniform(0.40, 0.48)) * script.hip / 0.9
    offset = heading(script.yaw) @ np.array([SIGN[side] * 0.15, 0.0, ahead + posing.ball_ahead(script.rest)])
    return Foot(np.array([at[0], 0.0, at[1]]) + offset, script.yaw + SIGN[side] * 9.0)


def _on_thigh(side: str, height: float) -> Vector:
    return np.array([SIGN[side] * 0.15, height + 0.165, 0.30])


def _thigh_hand(side: str) -> dict[str, ArrayLike]:
    fingers = [-SIGN[side] * 0.35, -0.05, 1.0]
    return {"fingers": fingers, "palm": [0.0, -1.0, 0.0], "curl": 0.3, "elbow": 0.3, "pointing": 0.0}
