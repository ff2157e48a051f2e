"""The activities: what each writes into a person's script, and from when to when which AVA action holds.

| action          | id | holds                                                                                   |
| --------------- | -- | --------------------------------------------------------------------------------------- |
| stand           | 12 | on the feet, none of the other postures                                                   |
| walk            | 14 | from the first foot's lift to the last foot's landing, if the way is longer than 0.5 m    |
| sit             | 11 | while more than half of the weight is on the seat: half way down to half way up           |
| bend/bow        | 1  | the trunk leans more than 40 degrees forward, hips not low                                |
| crouch/kneel    | 3  | the hips are lower than 0.6 of their standing height, not on a seat                       |
| touch           | 59 | a hand is on something that stays where it is                                             |
| lift/pick up    | 36 | from the hands' contact until the thing is up before the chest, at least 0.6 s            |
| put down        | 47 | from the moment the thing starts down until the hands let go, at least 0.6 s              |
| carry/hold      | 17 | from the hands' contact until they let go                                                 |

Every frame has exactly one of the first five, and any number of the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from anonlab.synth.motion import gait, posing
from anonlab.synth.motion.curves import Values
from anonlab.synth.motion.posing import SIDES, SIGN, Foot
from anonlab.synth.motion.rotations import Vector, heading
from anonlab.synth.motion.script import TOUCH, WALK, Script

CROUCHED = 0.42  # share of the standing hip height


def stand(script: Script, seconds: float) -> None:
    """Stand at ease, look here and there."""
    end = script.time + seconds
    while script.time < end - 0.8:
        glance = [script.rng.uniform(-1.6, 1.6), script.rng.uniform(1.0, 1.7), 2.5]
        script.move(script.time + 0.2, script.time + 0.8, look=glance)
        script.time += float(script.rng.uniform(1.0, 2.2))
    script.time = end


def walk(script: Script, points: Sequence[ArrayLike], yaw: float) -> None:
    """Walk from here along points (x, z) of the floor, and face somewhere at the end."""
    way = np.array([script.at, *[np.asarray(p, float) for p in points]])
    first = _first_foot(script, way)
    track = gait.walk(script.rest, script.time, script.yaw, way, yaw, script.speed, script.feet(), first)
    ahead = [0.0, 1.45, 4.0]
    script.move(script.time, script.time + 0.4, look=ahead, twist=0.0, knees=0.12)
    script.follow(track)
    if np.linalg.norm(np.diff(way, axis=0), axis=1).sum() > 0.5 and track.steps:
        script.label(track.steps[0].lift, track.steps[-1].land, WALK)
    script.time = track.end


def touch(script: Script, targets: Sequence[ArrayLike], seconds: float, sides: Sequence[str] = SIDES) -> None:
    """Lean to points of the world with one or both hands, and work there: small moves from point to point."""
    spots = assigned(script, targets, sides)
    start, hand_in = script.time, script.time + 0.65
    lean = script.lean_to(spots)
    script.move(start, hand_in, **script.lean(lean))
    middle = np.mean(list(spots.values()), axis=0)
    script.move(start, start + 0.4, look=middle, looking=0.9)
    pointing = float(script.rng.random() < 0.5)
    for side, spot in spots.items():
        script.reach(side, start + 0.05, hand_in, spot, **resting_hand(side, spot, pointing))
    end = hand_in + seconds
    for side, spot in spots.items():
        busy(script, side, np.asarray(spot), hand_in + 0.3, end - 0.2)
    script.label(hand_in, end, TOUCH)
    for side in spots:
        script.release(side, end, end + 0.6)
    script.move(end, end + 0.6, **script.lean(0.0))
    script.time = end + 0.5


def bow(script: Script, low: ArrayLike, seconds: float) -> None:
    """Bend at hips and knees to look at something low in the world; one hand goes there, one to the knee."""
    point = script.seen(low)
    start, down = script.time, script.time + 0.9
    degrees = float(script.rng.uniform(58.0, 72.0))
    pose = {**script.lean(degrees), "low": 0.075 + 0.0008 * degrees}
    script.move(start, down, **pose, knees=0.2)
    script.move(start, start + 0.5, look=point, looking=0.8)
    near = "L" if point[0] > 0 else "R"
    script.reach(near, start + 0.2, down, point, fingers=[0, -0.6, 0.8], palm=[-SIGN[near] * 0.5, -0.7, 0.0])
    other = "R" if near == "L" else "L"
    knee = [SIGN[other] * 0.15, 0.60 * script.hip, 0.19]
    script.reach(other, start + 0.2, down, knee, fingers=[0, -0.75, 0.5], palm=[0, -0.3, -1.0], curl=0.35)
    end = down + seconds
    busy(script, near, point, down + 0.2, end - 0.2)
    for side in SIDES:
        script.release(side, end, end + 0.8)
    script.move(end, end + 0.9, **script.lean(0.0), knees=0.12)
    script.time = end + 0.9


def crouch(script: Script, low: ArrayLike, seconds: float) -> None:
    """Go down on bent knees, heels up, and work at something low."""
    down = squat(script, 0.9)
    point = script.seen(low)
    script.move(script.time, script.time + 0.5, look=point, looking=0.8)
    for side in SIDES:
        spot = point + np.array([SIGN[side] * 0.09, 0.0, 0.0])
        hand: dict[str, ArrayLike] = {
            "fingers": [-SIGN[side] * 0.2, -0.5, 1.0],
            "palm": [-SIGN[side] * 0.7, -0.7, 0.0],
            "curl": 0.4,
        }
        script.reach(side, script.time + 0.3, down, spot, **hand, elbow=0.3)
        busy(script, side, spot, down + 0.2, down + seconds - 0.2)
    script.label(down, down + seconds, TOUCH)
    for side in SIDES:
        script.release(side, down + seconds, down + seconds + 0.7)
    rise(script, down + seconds, 0.9)


def squat(script: Script, seconds: float, lean: float = 36.0) -> float:
    """Start to go down on bent knees now, the trunk leaning so many degrees; returns when it is done."""
    start, end = script.time, script.time + seconds
    side = "L" if script.rng.random() < 0.5 else "R"  # this foot goes a little ahead
    foot = posing.stance(script.rest, side, script.at, script.yaw, 14.0)
    aside = heading(script.yaw) @ np.array([SIGN[side] * 0.05, 0.0, 0.16])
    script.step(side, start, start + 0.45, Foot(foot.ball + aside, foot.yaw))
    front, rear = (8.0, 42.0) if side == "L" else (42.0, 8.0)
    low = (1.0 - CROUCHED) * script.hip
    shift = np.array([0.0, -0.04])
    script.move(start + 0.1, end, low=low, tilt=0.33 * lean, bend=0.67 * lean, shift=shift, knees=0.5)
    script.move(start + 0.2, end, heel__L=front, heel__R=rear)
    return end


def rise(script: Script, start: float, seconds: float) -> None:
    """Come up from crouching and put the feet side by side again."""
    end = start + seconds
    script.move(start, end, **script.lean(0.0), knees=0.12, heel__L=0.0, heel__R=0.0)
    square_up(script, end - 0.25, 0.4)
    script.time = end + 0.15


def assigned(script: Script, targets: Sequence[ArrayLike], sides: Sequence[str]) -> dict[str, Vector]:
    """Which hand goes to which point: the left hand to the leftmost; one point is shared side by side."""
    seen = sorted((script.seen(t) for t in targets), key=lambda p: -p[0])
    if len(sides) == 2 and len(seen) == 1:
        return {side: seen[0] + [SIGN[side] * 0.11, 0.0, 0.0] for side in SIDES}
    if len(sides) == 1:
        return {sides[0]: seen[0]}
    return {"L": seen[0], "R": seen[-1]}


def resting_hand(side: str, spot: ArrayLike, pointing: float) -> dict[str, ArrayLike]:
    """A hand on a table: palm down; higher up it points at a wall."""
    high = float(np.clip((np.asarray(spot, float)[1] - 1.1) / 0.3, 0.0, 1.0))
    fingers = [-SIGN[side] * 0.25, -0.12 + 0.5 * high, 1.0]
    palm = [-SIGN[side] * 0.15, -1.0 + 0.6 * high, 0.9 * high]
    curl = 0.55 if pointing else 0.3
    return {"fingers": fingers, "palm": palm, "curl": curl, "pointing": pointing, "elbow": 0.3}


def busy(script: Script, side: str, spot: Values, start: float, end: float, size: float = 0.045) -> None:
    """Small moves of a working hand about a spot, back at the spot in the end."""
    time = start + float(script.rng.uniform(0.0, 0.3))
    while time < end - 0.8:
        seconds = float(script.rng.uniform(0.28, 0.5))
        away = script.rng.uniform(-size, size, 3) * [1.0, 0.12, 0.8] + [0.0, 0.006, 0.0]
        script.move(time, time + seconds, **{f"at__{side}": spot + away})
        time += seconds + float(script.rng.uniform(0.1, 0.6))


def _first_foot(script: Script, way: Values) -> str:
    """The foot on the side one turns to, or any."""
    direction = heading(script.yaw).T @ np.array([way[-1][0] - way[0][0], 0.0, way[-1][1] - way[0][1]])
    if abs(direction[0]) > 0.3 * np.linalg.norm(direction):
        return "L" if direction[0] > 0 else "R"
    return "L" if script.rng.random() < 0.5 else "R"


def square_up(script: Script, start: float, seconds: float) -> None:
    """The foot that stands ahead comes back beside the other."""
    for side, foot in script.feet().items():
        home = posing.stance(script.rest, side, script.at, script.yaw)
        if np.linalg.norm(foot.ball - home.ball) > 0.03:
            script.step(side, start, start + seconds, home)


def end_label(script: Script, action: int, time: float) -> None:
    """An action that held without an end ends now."""
    script.spans = [
        (start, min(end, time) if found == action else end, found) for start, end, found in script.spans
    ]
