"""From what a body should do (hands here, feet there, look at that) to the turns of its bones.

Everything is in the world: metres, y up, yaw 90 faces +x. A pose depends on its goal alone, never on the frame
before, so every frame of a clip can be posed by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from anonlab.synth import body as bodies
from anonlab.synth.motion import hands
from anonlab.synth.motion.rig import Rig, arm, bend, leg, length
from anonlab.synth.motion.rotations import Vector, X, Y, Z, about, heading, unit

SIDES = ("L", "R")
SIGN = {"L": 1.0, "R": -1.0}  # the person's left is +x

SPINE = (("spine05", 0.10), ("spine04", 0.20), ("spine03", 0.26), ("spine02", 0.26), ("spine01", 0.18))
NECK = (("neck01", 0.2), ("neck02", 0.2), ("neck03", 0.2), ("head", 0.4))
HEAD_YAW, HEAD_DOWN, HEAD_UP = 62.0, 38.0, 40.0
"""How far a head turns against the chest, degrees."""

HEEL_BEHIND_ANKLE = 0.05  # metres, where a foot rolls over its heel
REACH = 0.93  # arm lengths from shoulder to wrist, beyond which the trunk leans to help


@dataclass(frozen=True)
class Foot:
    """Where a foot stands.

    Attributes:
        ball: (3,) the point of the floor under the ball of the foot; y is how far the sole is lifted.
        yaw: where the toes point.
        pitch: degrees; above 0 the heel is up and the foot rolls on its ball, below 0 the toes are up.
    """

    ball: Vector
    yaw: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True)
class Goal:
    """What a body should do in one moment.

    Attributes:
        at: (2,) x and z below the middle of the hips.
        yaw: where the pelvis faces.
        height: of the middle of the hips.
        tilt, bend: degrees forward of the pelvis, and of the chest against it.
        lean, twist: degrees of the chest to the person's left, both ways of turning.
        hip_twist, hip_drop: degrees the pelvis turns and tips against its yaw while walking.
        look: (3,) what the eyes are on; `looking` 0 to 1 says how much, else the head follows the chest.
        nod: degrees the head goes down on top of that.
        hands, feet: left and right.
        knees: how far the knees point outwards, 0 to 1.
        shrug: metres that breathing lifts the shoulders.
    """

    at: Vector
    yaw: float
    height: float
    tilt: float = 0.0
    bend: float = 0.0
    lean: float = 0.0
    twist: float = 0.0
    hip_twist: float = 0.0
    hip_drop: float = 0.0
    look: Vector = field(default_factory=lambda: np.array([0.0, 1.5, 5.0]))
    looking: float = 0.0
    nod: float = 0.0
    hands: tuple[hands.Hand, hands.Hand] = (hands.Hand(), hands.Hand())
    feet: tuple[Foot, Foot] | None = None
    knees: float = 0.12
    shrug: float = 0.0


def solve(rest: bodies.Rest, goal: Goal) -> bodies.Pose:
    """The pose of this body that does what the goal says, as far as its limbs reach."""
    rig = Rig(rest)
    _place_pelvis(rig, goal)
    _bend_spine(rig, goal)
    _turn_head(rig, goal)
    feet = goal.feet or standing_feet(rest, goal.at, goal.yaw)
    for side, foot in zip(SIDES, feet, strict=True):
        _place_foot(rig, side, foot, goal)
    for side, hand in zip(SIDES, goal.hands, strict=True):
        _raise_shoulder(rig, side, hand, goal)
        hands.place(rig, side, hand, goal.yaw)
    return rig.pose()


def hip_height(rest: bodies.Rest) -> float:
    """Height of the middle of the hips of the body standing upright with its knees a little soft, metres."""
    index = bodies.load().index
    hips = [float(rest.heads[index[f"upperleg01.{side}"]][1]) for side in SIDES]
    return sum(hips) / 2 - 0.008


def overreach(rest: bodies.Rest, goal: Goal) -> float:
    """How far the farther hand's goal is from its shoulder, in arm lengths; hands that hang do not count."""
    rig = Rig(rest)
    _place_pelvis(rig, goal)
    _bend_spine(rig, goal)
    spans = [0.0]
    for side, hand in zip(SIDES, goal.hands, strict=True):
        _raise_shoulder(rig, side, hand, goal)
        wrist = np.asarray(hand.at) - 0.08 * unit(hand.fingers)
        spans.append(float(np.linalg.norm(wrist - rig.where(f"upperarm01.{side}"))) * (hand.weight > 0.5))
    return max(spans) / arm_length(rest)


def hips_back(degrees: float) -> float:
    """How far the hips go back for balance when the trunk leans forward, metres."""
    return 0.0027 * max(0.0, degrees - 15.0)


def leaned(goal: Goal, degrees: float) -> Goal:
    """The same goal with the trunk leaning more: hips and spine share it, the hips go back for balance."""
    back = heading(goal.yaw) @ np.array([0.0, 0.0, -hips_back(degrees)])
    return replace(
        goal,
        at=goal.at + back[[0, 2]],
        tilt=goal.tilt + 0.45 * degrees,
        bend=goal.bend + 0.55 * degrees,
        height=goal.height - 0.0013 * max(0.0, degrees - 25.0),
    )


def missing_lean(rest: bodies.Rest, goal: Goal, most: float = 85.0) -> float:
    """How much more the trunk must lean, degrees, so that both hands reach; 0 if they do."""
    if overreach(rest, goal) <= REACH:
        return 0.0
    low, high = 0.0, most
    for _ in range(7):
        middle = (low + high) / 2
        far = overreach(rest, leaned(goal, middle)) > REACH
        low, high = (middle, high) if far else (low, middle)
    return high


def foot_spread(rest: bodies.Rest) -> float:
    """How far from the middle a foot stands, metres: a bit narrower than hip joint to hip joint."""
    return 0.95 * abs(float(rest.heads[bodies.load().index["upperleg01.L"]][0]))


def ball_ahead(rest: bodies.Rest) -> float:
    """How far the ball of a foot is ahead of its ankle, metres."""
    index = bodies.load().index
    return float(_ball_at_rest(rest, "L")[2] - rest.heads[index["foot.L"]][2])


def arm_length(rest: bodies.Rest) -> float:
    """Shoulder to wrist, metres."""
    return length(rest, arm("L"))


def standing_feet(rest: bodies.Rest, at: Vector, yaw: float, turn_out: float = 7.0) -> tuple[Foot, Foot]:
    """Feet side by side under the hips."""
    left, right = (stance(rest, side, at, yaw, turn_out) for side in SIDES)
    return left, right


def stance(rest: bodies.Rest, side: str, at: Vector, yaw: float, turn_out: float = 7.0) -> Foot:
    """Where this foot belongs when the body stands at a point and faces somewhere."""
    ahead = ball_ahead(rest) - 0.03  # the middle of the hips is above a point in front of the ankles
    offset = heading(yaw) @ np.array([SIGN[side] * foot_spread(rest), 0.0, ahead])
    return Foot(np.array([at[0], 0.0, at[1]]) + offset, yaw + SIGN[side] * turn_out)


def _place_pelvis(rig: Rig, goal: Goal) -> None:
    """Turn the root and put the middle of the hips where it belongs."""
    turned = (
        heading(goal.yaw + goal.hip_twist) @ about(X, goal.tilt) @ about(Z, goal.hip_drop - 0.3 * goal.lean)
    )
    hips = (rig.at_rest("upperleg01.L") + rig.at_rest("upperleg01.R")) / 2
    root = rig.at_rest("root")
    rig.turn("root", turned)
    rig.root = np.array([goal.at[0], goal.height, goal.at[1]]) - turned @ (hips - root) - root


def _bend_spine(rig: Rig, goal: Goal) -> None:
    twist = goal.twist - goal.hip_twist
    for bone, share in SPINE:
        rig.turn(bone, about(Y, twist * share) @ about(X, goal.bend * share) @ about(Z, -goal.lean * share))


def _turn_head(rig: Rig, goal: Goal) -> None:
    """Share the turn towards what is looked at between the bones of the neck, within what a neck can do."""
    chest = rig.frame("spine01")[0]
    eyes = rig.where("neck01") + chest @ (rig.at_rest("eye.L") - rig.at_rest("neck01")) * [0, 1, 0]
    x, y, z = chest.T @ unit(np.asarray(goal.look) - eyes)
    yaw = float(np.clip(np.degrees(np.arctan2(x, z)), -HEAD_YAW, HEAD_YAW)) * goal.looking
    down = float(np.degrees(np.arctan2(-y, np.hypot(x, z)))) * goal.looking + goal.nod
    down += (1.0 - goal.looking) * _upright(goal)
    down = float(np.clip(down, -HEAD_UP, HEAD_DOWN))
    for bone, share in NECK:
        rig.turn(bone, about(Y, yaw * share) @ about(X, down * share))


def _upright(goal: Goal) -> float:
    """A head that looks at nothing keeps half of its level against the bent trunk, degrees."""
    return -0.5 * (goal.tilt + goal.bend)


def _ball_at_rest(rest: bodies.Rest, side: str) -> Vector:
    """Below the ball of the foot at rest, on the floor, (3,) metres."""
    index = bodies.load().index
    inner, outer = (np.asarray(rest.heads[index[f"toe{toe}-1.{side}"]]) for toe in (1, 5))
    return (inner + outer) / 2 * [1.0, 0.0, 1.0]


def _place_foot(rig: Rig, side: str, foot: Foot, goal: Goal) -> None:
    """Bend the leg so that the foot stands as asked, and keep its toes flat while the heel is up."""
    ankle, ball = rig.at_rest(f"foot.{side}"), _ball_at_rest(rig.rest, side)
    heel = np.array([ankle[0], 0.0, ankle[2] - HEEL_BEHIND_ANKLE])
    level = heading(foot.yaw)
    rolled = level @ about(X, foot.pitch)
    pivot = ball if foot.pitch >= 0 else heel
    target = foot.ball + level @ (pivot - ball) + rolled @ (ankle - pivot)
    pole = heading((goal.yaw + foot.yaw) / 2) @ np.array([SIGN[side] * goal.knees, 0.15, 1.0])
    shin = bend(rig, leg(side), target, pole)
    rig.turn(f"foot.{side}", shin.T @ rolled)
    for toe in range(1, 6):
        rig.turn(f"toe{toe}-1.{side}", about(X, -max(0.0, foot.pitch)))


def _raise_shoulder(rig: Rig, side: str, hand: hands.Hand, goal: Goal) -> None:
    """The collarbone goes along with an arm that reaches up or forwards."""
    chest = rig.frame("spine01")[0]
    reach = chest.T @ (np.asarray(hand.at) - rig.where(f"clavicle.{side}")) * hand.weight
    up = float(np.clip(reach[1] / 0.8, -0.1, 0.6))
    forward = float(np.clip(reach[2] / 0.7, -0.1, 1.0))
    sign = SIGN[side]
    shrug = np.degrees(goal.shrug / 0.18)
    rig.turn(f"clavicle.{side}", about(Z, sign * (up * 26.0 + shrug)) @ about(Y, -sign * forward * 14.0))
