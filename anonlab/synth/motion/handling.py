"""Things in both hands: taking them from where they stand, having them, putting them down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from anonlab.synth.motion.activities import CROUCHED, end_label, square_up, squat
from anonlab.synth.motion.curves import Values
from anonlab.synth.motion.posing import SIDES, SIGN
from anonlab.synth.motion.rotations import Vector, heading
from anonlab.synth.motion.script import HOLD, LIFT, PUT, Carried, Script, grip_hand, grip_point


def pick_up(script: Script, item: Carried, deep: bool = False) -> None:
    """Take a thing with both hands from where it stands to before the chest; from low places with bent knees."""
    place = script.seen(item.place)
    start = script.time
    contact = start + (1.05 if place[1] < 0.5 else 0.75)
    _go_down(script, place, item, contact, deep)
    script.move(start, start + 0.5, look=place + np.array([0, 0.1, 0]), looking=0.9)
    _grip(script, item, place, start + 0.1, contact)
    item.taken = contact
    item.seen.jump(contact, place)
    item.turn.jump(contact, _turned(script, item.yaw))
    up = contact + (1.3 if place[1] < 0.5 else 0.95)
    script.move(contact + 0.08, up, **_carrying(script), **_flat())
    script.move(up - 0.3, up + 0.3, look=[0.0, 1.3, 3.0])
    _bring(item, contact + 0.06, up, carried_at(script, item), over=place + np.array([0.0, 0.10, -0.02]))
    item.turn.move(contact + 0.06, up, 0.0)
    script.label(contact, max(up, contact + 0.6), LIFT)
    if deep:
        square_up(script, up - 0.2, 0.4)
    script.time = up + 0.1
    script.label(contact, np.inf, HOLD)


def put_down(script: Script, item: Carried, where: ArrayLike, yaw: float, deep: bool = False) -> None:
    """Set a carried thing down on a surface or the floor; `where` is the middle of its underside."""
    place = script.seen(where)
    start = script.time
    down = start + (1.25 if place[1] < 0.5 else 0.95)
    _go_down(script, place, item, down, deep)
    script.move(start, start + 0.4, look=place, looking=0.9)
    item.turn.move(start + 0.1, down, _turned(script, yaw))
    _bring(item, start, down, place, over=place + np.array([0.0, 0.10, -0.02]), early=False)
    let_go = down + 0.15
    item.left = let_go
    script.label(start, let_go, PUT)
    end_label(script, HOLD, let_go)
    turn = _turned(script, yaw)
    for side in SIDES:
        spot = place + grip_point(item.thing, side, turn)
        for name, value in {"at": spot, **grip_hand(side, turn)}.items():
            script.curves[f"{name}.{side}"].jump(let_go - 0.01, value)
        aside = spot + heading(turn) @ np.array([SIGN[side] * 0.07, 0.02, -0.03])
        script.move(let_go, let_go + 0.2, **{f"at__{side}": aside})
        script.release(side, let_go + 0.15, let_go + 0.8)
    up = let_go + (1.0 if place[1] < 0.5 else 0.7)
    script.move(let_go + 0.1, up, **script.lean(0.0), **_flat(), knees=0.12)
    if deep:
        square_up(script, up - 0.25, 0.4)
    script.time = up + 0.1


def hold(script: Script, item: Carried) -> None:
    """Have a thing in the hands from the very beginning."""
    item.taken = script.time
    item.seen.jump(script.time, carried_at(script, item))
    for side in SIDES:
        script.has(side, item.seen.last + grip_point(item.thing, side), **grip_hand(side))
    script.jump(**_carrying(script))
    script.label(script.time, np.inf, HOLD)


def carried_at(script: Script, item: Carried) -> Vector:
    """Where the middle of a carried thing's underside is, as seen from the person: before the belly."""
    _, height, depth = item.thing.size
    return np.array([0.0, 1.07 * script.hip - 0.4 * height, 0.20 + depth / 2])


def _turned(script: Script, yaw: float) -> float:
    """A thing's yaw in the world as the person sees it; a box that is turned round is the same box."""
    return (yaw - script.yaw + 90.0) % 180.0 - 90.0


def _grip(script: Script, item: Carried, at: Values, start: float, contact: float) -> None:
    """Both hands come to the sides of a thing, from a little outside."""
    turn = _turned(script, item.yaw)
    for side in SIDES:
        spot, hand = at + grip_point(item.thing, side, turn), grip_hand(side, turn)
        outside = spot + heading(turn) @ np.array([SIGN[side] * 0.07, 0.02, -0.02])
        script.reach(side, start, contact - 0.22, outside, **hand)
        script.reach(side, contact - 0.22, contact, spot, **hand)


def _bring(item: Carried, start: float, end: float, at: Values, over: Values, early: bool = True) -> None:
    """A held thing goes to a point by way of one above the surface; the hands follow it."""
    middle = start + (0.35 if early else 0.6) * (end - start)
    for begin, stop, point in ((start, middle, over), (middle, end, at)):
        item.seen.move(begin, stop, point)


def _go_down(script: Script, place: Values, item: Carried, end: float, deep: bool) -> None:
    """Bring the shoulders near enough to a thing: lean, and bend the knees for low ones."""
    grips = {side: place + grip_point(item.thing, side) for side in SIDES}
    if deep:
        low = (1 - CROUCHED) * script.hip
        squat(script, end - script.time, script.lean_to(grips, 70.0, low))
        return
    knees = 0.20 if place[1] < 0.5 else 0.0
    lean = script.lean_to(grips, 84.0, knees)
    pose = script.lean(lean)
    pose["low"] = float(np.asarray(pose["low"])) + knees
    script.move(script.time, end, **pose, knees=0.25 if knees else 0.12)


def _carrying(script: Script) -> dict[str, ArrayLike]:
    """The trunk leans back a little against the weight."""
    return {**script.lean(-4.0), "knees": 0.12}


def _flat() -> dict[str, ArrayLike]:
    return {"heel__L": 0.0, "heel__R": 0.0}
