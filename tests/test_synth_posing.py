from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.synth import body as bodies
from anonlab.synth.motion import posing
from anonlab.synth.motion.hands import Hand
from anonlab.synth.motion.posing import Foot, Goal
from anonlab.synth.motion.rotations import X, Y, about, heading, limited, slerp, split_twist

REST = bodies.load().shaped(bodies.Shape())


def joints(goal: Goal) -> dict[str, np.ndarray]:
    turns, shifts = bodies.transforms(REST, posing.solve(REST, goal))
    heads, _ = bodies.posed_joints(REST, turns, shifts)
    return dict(zip(bodies.load().bones, heads, strict=True))


def lengths(points: dict[str, np.ndarray]) -> np.ndarray:
    body = bodies.load()
    names = body.bones
    return np.array(
        [np.linalg.norm(points[names[i]] - points[names[p]]) for i, p in enumerate(body.parents) if p >= 0]
    )


def at_rest() -> dict[str, np.ndarray]:
    return dict(zip(bodies.load().bones, REST.heads, strict=True))


def upright(**changes) -> Goal:
    return Goal(np.zeros(2), 0.0, posing.hip_height(REST), **changes)


def test_a_turn_about_an_axis_is_its_own_twist():
    degrees, swing = split_twist(about(Y, 40.0), Y)
    assert degrees == pytest.approx(40.0)
    np.testing.assert_allclose(swing, np.eye(3), atol=1e-9)


@given(st.floats(-150, 150), st.floats(-150, 150))
def test_twist_and_swing_make_up_the_rotation(a, b):
    rotation = about(X, a) @ about(Y, b)
    degrees, swing = split_twist(rotation, Y)
    np.testing.assert_allclose(about(Y, degrees) @ swing, rotation, atol=1e-6)


def test_limits_and_ways_between_rotations():
    np.testing.assert_allclose(limited(about(X, 80), 30), about(X, 30), atol=1e-9)
    np.testing.assert_allclose(limited(about(X, 20), 30), about(X, 20), atol=1e-9)
    np.testing.assert_allclose(slerp(about(X, 20), about(X, 60), 0.5), about(X, 40), atol=1e-9)


def test_yaw_90_faces_x():
    np.testing.assert_allclose(heading(90.0) @ [0, 0, 1], [1, 0, 0], atol=1e-12)


def test_an_upright_goal_leaves_trunk_and_head_as_they_are_at_rest():
    pose = posing.solve(REST, upright())
    for bone in ("root", "spine05", "spine01", "neck01", "head"):
        np.testing.assert_allclose(pose.rotations[bone], np.eye(3), atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    st.floats(-60, 60),
    st.floats(0, 60),
    st.tuples(st.floats(0.05, 0.5), st.floats(0.3, 1.8), st.floats(0.1, 0.7)),
)
def test_no_bone_is_stretched(yaw, bend, hand):
    goal = Goal(np.array([1.0, 2.0]), yaw, 0.8, bend=bend, hands=(Hand(np.array(hand), 1.0), Hand()))
    np.testing.assert_allclose(lengths(joints(goal)), lengths(at_rest()), atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.12, 0.3), st.floats(0.95, 1.25), st.floats(0.27, 0.42))
def test_hands_come_within_a_centimetre_of_what_they_can_reach(x, y, z):
    target = np.array([x, y, z])
    goal = upright(hands=(Hand(target, 1.0, curl=0.0), Hand()))
    assert np.linalg.norm(palm(goal, "L") - target) < 0.01


def palm(goal: Goal, side: str) -> np.ndarray:
    """Where the middle of the palm is."""
    from anonlab.synth.motion import hands
    from anonlab.synth.motion.rig import Rig

    pose = posing.solve(REST, goal)
    turns, shifts = bodies.transforms(REST, pose)
    wrist = bodies.load().index[f"wrist.{side}"]
    rig = Rig(REST)
    point = rig.at_rest(f"wrist.{side}") + hands.contact(rig, side, 0.0)
    return turns[wrist] @ point + shifts[wrist]


def test_a_hand_out_of_reach_is_approached_without_stretching():
    far = np.array([0.3, 1.2, 3.0])
    goal = upright(hands=(Hand(far, 1.0), Hand()))
    points = joints(goal)
    shoulder, wrist = points["upperarm01.L"], points["wrist.L"]
    assert np.linalg.norm(wrist - shoulder) <= posing.arm_length(REST) + 1e-4
    assert wrist[2] > shoulder[2] + 0.9 * posing.arm_length(REST)


def test_leaning_brings_hands_within_reach():
    low = np.array([0.15, 0.65, 0.45])
    goal = upright(hands=(Hand(low, 1.0), Hand(low * [-1, 1, 1], 1.0)))
    assert posing.overreach(REST, goal) > 1.0
    assert posing.overreach(REST, posing.leaned(goal, posing.missing_lean(REST, goal))) <= posing.REACH + 0.01


@pytest.mark.parametrize("pitch", [0.0, 20.0, 40.0, -15.0])
@pytest.mark.parametrize("yaw", [0.0, 70.0])
def test_feet_stand_on_the_floor_and_roll_about_ball_or_heel(pitch, yaw):
    feet = posing.standing_feet(REST, np.zeros(2), yaw)
    rolled = tuple(Foot(f.ball, f.yaw, pitch) for f in feet)
    goal = Goal(np.zeros(2), yaw, posing.hip_height(REST) - 0.06, feet=(rolled[0], rolled[1]))
    body = bodies.load()
    turns, shifts = bodies.transforms(REST, posing.solve(REST, goal))
    sole = body.skin_vertices[REST.vertices[body.skin_vertices, 1] < 0.08]
    skin = bodies.skin(REST.vertices, body.bone_index, body.bone_weight, turns, shifts)[sole]
    assert skin[:, 1].min() > -0.012
    points = joints(goal)
    ball = (points["toe1-1.L"] + points["toe5-1.L"]) / 2
    if pitch >= 0:
        np.testing.assert_allclose(ball[[0, 2]], feet[0].ball[[0, 2]], atol=0.025)


def test_elbows_and_knees_do_not_bend_backwards():
    goal = upright(hands=(Hand(np.array([0.2, 1.1, 0.3]), 1.0), Hand()))
    low = Goal(np.zeros(2), 0.0, 0.5)
    points, crouched = joints(goal), joints(low)
    middle = (points["upperarm01.L"] + points["wrist.L"]) / 2
    assert points["lowerarm01.L"][1] < middle[1]  # the elbow hangs
    assert crouched["lowerleg01.L"][2] > crouched["upperleg01.L"][2] + 0.1  # the knee is ahead


def test_the_head_turns_to_what_is_looked_at_within_its_limits():
    def face(look):
        pose = posing.solve(REST, upright(look=np.array(look, float), looking=1.0))
        turns, _ = bodies.transforms(REST, pose)
        return turns[bodies.load().index["head"]] @ [0, 0, 1]

    assert face([3.0, 1.6, 3.0])[0] == pytest.approx(np.sin(np.radians(45)), abs=0.08)
    assert face([0.0, 1.6, -3.0])[2] > 0.3  # never backwards
    assert face([0.0, 0.0, 1.0])[1] < -0.3
