from __future__ import annotations

import itertools

import numpy as np
import pytest

from anonlab.synth import body as bodies
from anonlab.synth.motion import activities, gait, handling, hands, posing, seated
from anonlab.synth.motion.curves import Curve, Wander, ease, smoothed
from anonlab.synth.motion.motions import Motion
from anonlab.synth.motion.paths import Ground
from anonlab.synth.motion.rig import Rig
from anonlab.synth.motion.script import (
    BEND,
    CROUCH,
    HOLD,
    LIFT,
    PUT,
    SIT,
    STAND,
    TOUCH,
    WALK,
    Carried,
    Script,
    Thing,
)

REST = bodies.load().shaped(bodies.Shape())
POSTURES = {STAND, SIT, WALK, BEND, CROUCH}
CARTON = Thing("carton", (0.36, 0.24, 0.28))
SEAT = 0.46


def script(at=(0.0, 0.0), yaw=0.0, seed=0) -> Script:
    return Script(REST, np.random.default_rng(seed), at, yaw)


def standing_carton(y=0.0) -> Carried:
    return Carried(CARTON, np.array([0.0, y, 0.5]), 0.0)


def walking(s: Script) -> None:
    activities.walk(s, [(0.3, 1.2), (1.5, 1.6)], 180.0)


def lifting(s: Script) -> None:
    item = standing_carton()
    s.held.append(item)
    handling.pick_up(s, item, deep=True)
    activities.walk(s, [(0.8, -0.8)], 90.0)
    handling.put_down(s, item, [1.3, 0.8, -0.8], 90.0)


def sitting(s: Script) -> None:
    seated.be_seated(s, SEAT)
    seated.work_seated(s, [(0.15, 0.74, 0.42), (-0.15, 0.74, 0.42)], SEAT, 1.0)
    seated.stand_up(s)
    seated.sit_down(s, SEAT)


ALL = {
    "stand": lambda s: activities.stand(s, 2.0),
    "walk": walking,
    "touch": lambda s: activities.touch(s, [(0.2, 0.95, 0.45), (-0.2, 0.95, 0.45)], 1.0),
    "bow": lambda s: activities.bow(s, (0.1, 0.4, 0.5), 1.0),
    "crouch": lambda s: activities.crouch(s, (0.0, 0.3, 0.45), 1.0),
    "lift": lifting,
    "sit": sitting,
}


@pytest.fixture(params=ALL)
def written(request) -> Script:
    s = script()
    ALL[request.param](s)
    return s


def times(s: Script, step=0.04) -> np.ndarray:
    return np.arange(0.0, s.time, step)


def transforms(s: Script, time: float):
    return bodies.transforms(REST, posing.solve(REST, Motion(s).goal(float(time))))


def test_curves_rest_start_gently_and_jump():
    curve = Curve(1.0)
    assert curve.at(5.0) == 1.0
    curve.move(1.0, 2.0, 3.0)
    curve.jump(4.0, 7.0)
    assert [float(curve.at(t)) for t in (0.0, 1.0, 1.5, 2.0, 3.999, 4.0, 9.0)] == [1, 1, 2, 3, 3, 7, 7]
    assert ease(0.1) < 0.02


def test_wandering_is_small_and_smooth():
    wander = Wander(np.random.default_rng(1), 0.01)
    values = np.array([wander.at(t) for t in np.arange(0, 10, 0.04)])
    assert np.abs(values).max() < 0.04
    assert np.abs(np.diff(values)).max() < 0.003


def test_smoothing_keeps_what_does_not_change():
    np.testing.assert_allclose(smoothed(np.full((9, 2), 3.0), 5), 3.0)


def test_the_same_seed_writes_the_same_motion():
    a, b = script(seed=4), script(seed=4)
    for s in (a, b):
        activities.touch(s, [(0.2, 0.95, 0.45)], 2.0)
    for time in times(a, 0.3):
        np.testing.assert_array_equal(transforms(a, time)[0], transforms(b, time)[0])


def test_every_moment_has_one_posture(written):
    motion = Motion(written)
    for time in times(written):
        assert len(POSTURES & set(motion.actions(time))) == 1


def test_nothing_snaps(written):
    """No joint moves faster than a swinging foot does: 6 m/s, or 24 cm from frame to frame."""
    points = [bodies.posed_joints(REST, *transforms(written, t))[0] for t in times(written)]
    moved = np.linalg.norm(np.diff(points, axis=0), axis=2)
    assert moved.max() < 0.24


def test_feet_that_stand_do_not_move(written):
    index = bodies.load().index
    before: dict[str, tuple] = {}
    for time in times(written):
        goal = Motion(written).goal(float(time))
        heads, _ = bodies.posed_joints(REST, *bodies.transforms(REST, posing.solve(REST, goal)))
        for side, foot in zip("LR", goal.feet, strict=True):
            ball = (heads[index[f"toe1-1.{side}"]] + heads[index[f"toe5-1.{side}"]]) / 2
            if side in before and np.array_equal(before[side][0].ball, foot.ball) and foot.pitch >= 0:
                was, at = before[side]
                if was.pitch >= 0:
                    assert np.linalg.norm((ball - at)[[0, 2]]) < 0.012
            before[side] = (foot, ball)


def test_no_toe_is_below_the_floor(written):
    body = bodies.load()
    feet = body.skin_vertices[REST.vertices[body.skin_vertices, 1] < 0.1]
    for time in times(written, 0.12):
        turns, shifts = transforms(written, time)
        skin = bodies.skin(REST.vertices[feet], body.bone_index[feet], body.bone_weight[feet], turns, shifts)
        assert skin[:, 1].min() > -0.02


def test_bones_keep_their_lengths(written):
    body = bodies.load()
    rest = np.linalg.norm(REST.heads[1:] - REST.heads[body.parents[1:]], axis=1)
    for time in times(written, 0.2):
        heads, _ = bodies.posed_joints(REST, *transforms(written, time))
        np.testing.assert_allclose(
            np.linalg.norm(heads[1:] - heads[body.parents[1:]], axis=1), rest, atol=1e-4
        )


def palm(turns, shifts, side: str) -> np.ndarray:
    rig, wrist = Rig(REST), f"wrist.{side}"
    bone = bodies.load().index[wrist]
    return turns[bone] @ (rig.at_rest(wrist) + hands.contact(rig, side, 0.0)) + shifts[bone]


@pytest.mark.parametrize(("y", "deep"), [(0.0, True), (0.0, False), (0.75, False)])
def test_hands_stay_on_what_they_hold(y, deep):
    s = script()
    item = standing_carton(y)
    s.held.append(item)
    handling.pick_up(s, item, deep)
    handling.put_down(s, item, [0.0, y, 0.5], 0.0, deep)
    for time in times(s):
        if item.taken <= time < item.left:
            turns, shifts = transforms(s, time)
            palms = [palm(turns, shifts, side) for side in "LR"]
            assert np.linalg.norm(palms[0] - palms[1]) == pytest.approx(0.368, abs=0.03)
            (_, place, _), *_ = Motion(s).things(time)
            middle = (palms[0] + palms[1]) / 2
            assert np.linalg.norm((middle - place)[[0, 2]]) < 0.05


def test_a_thing_stays_where_it_was_put():
    s = script()
    lifting(s)
    motion = Motion(s)
    (_, before, _), *_ = motion.things(0.0)
    (_, after, _), *_ = motion.things(s.time + 5)
    np.testing.assert_allclose(before, [0, 0, 0.5])
    np.testing.assert_allclose(after, [1.3, 0.8, -0.8], atol=0.01)


def labels(s: Script) -> set[int]:
    motion = Motion(s)
    return {action for time in times(s) for action in motion.actions(time)}


def test_labels_of_the_nine_activities():
    s = script()
    lifting(s)
    assert {WALK, STAND, CROUCH, HOLD, LIFT, PUT} <= labels(s)
    s = script()
    ALL["touch"](s)
    assert labels(s) == {STAND, TOUCH}
    s = script()
    ALL["bow"](s)
    assert BEND in labels(s)
    s = script()
    sitting(s)
    assert labels(s) >= {SIT, TOUCH, STAND}


def test_lifting_and_putting_down_last_long_enough():
    s = script()
    lifting(s)
    for action in (LIFT, PUT):
        spans = [(start, end) for start, end, found in s.spans if found == action]
        assert all(end - start >= 0.6 for start, end in spans)


def test_walking_has_a_calm_speed_and_ends_where_it_should():
    s = script()
    walking(s)
    np.testing.assert_allclose(s.at, [1.5, 1.6], atol=0.01)
    assert np.cos(np.radians(s.yaw - 180.0)) == pytest.approx(1.0, abs=1e-4)
    track = s.tracks[-1]
    speed = np.linalg.norm(np.diff(track.at, axis=0), axis=1) * gait.RATE
    assert 0.9 < np.median(speed[speed > 0.5]) < 1.5
    home = posing.stance(REST, "L", s.at, s.yaw)
    np.testing.assert_allclose(s.feet()["L"].ball, home.ball, atol=0.02)


def test_feet_never_both_leave_the_floor():
    s = script()
    walking(s)
    for time in times(s, 0.02):
        feet = Motion(s).goal(float(time)).feet
        assert min(foot.ball[1] for foot in feet) < 1e-6


def test_ways_go_round_what_stands_there():
    ground = Ground([(-2.0, -2.0, 2.0, 2.0)], [(0.0, 0.0, 0.7)])
    way = ground.way((-1.5, 0.0), (1.5, 0.0))
    assert way is not None
    points = np.array([[-1.5, 0.0], *way])
    line = np.concatenate(
        [a + (b - a) * np.linspace(0, 1, 50)[:, None] for a, b in itertools.pairwise(points)]
    )
    assert np.linalg.norm(line, axis=1).min() > 0.6
    np.testing.assert_allclose(way[-1], [1.5, 0.0])


def test_there_is_no_way_between_floors_that_do_not_touch():
    ground = Ground([(-2.0, -1.0, -1.0, 1.0), (1.0, -1.0, 2.0, 1.0)])
    assert ground.way((-1.5, 0.0), (1.5, 0.0)) is None
