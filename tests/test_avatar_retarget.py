"""A body carried to joints has its joints there; what cannot be a person's pose is refused."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from anonlab.synth import avatar, body
from anonlab.synth.avatar import Target
from anonlab.synth.avatar import fit as avatar_fit
from anonlab.synth.avatar import parts as avatar_parts
from anonlab.synth.avatar import reach as avatar_reach
from anonlab.synth.body import landmarks

JOINTS = {
    **{
        11: "upperarm01.L",
        12: "upperarm01.R",
        13: "lowerarm01.L",
        14: "lowerarm01.R",
        15: "wrist.L",
        16: "wrist.R",
    },
    **{
        23: "upperleg01.L",
        24: "upperleg01.R",
        25: "lowerleg01.L",
        26: "lowerleg01.R",
        27: "foot.L",
        28: "foot.R",
    },
}
CENTRE = np.array([320.0, 240.0])


@lru_cache(maxsize=4)
def rest(height: float = 0.5) -> body.Rest:
    return body.load().shaped(body.Shape(height=height))


def at_rest(of: body.Rest) -> np.ndarray:
    turns, shifts = body.transforms(of, body.Pose())
    return landmarks.of_pose(of, turns, shifts).astype(np.float64)


def points_of(of: body.Rest) -> np.ndarray:
    """BlazePose's 33 points of a body at rest, metres."""
    known, index = at_rest(of), body.load().index
    points = np.repeat(known[:1], 33, axis=0)
    points[avatar_parts.HEAD_33] = known[avatar_parts.HEAD_133]
    for number, bone in JOINTS.items():
        points[number] = of.heads[index[bone]]
    for side in (0, 1):
        hand = known[91 + 21 * side : 112 + 21 * side]
        points[[19 + side, 17 + side, 21 + side]] = hand[[5, 17, 2]]
        points[[29 + side, 31 + side]] = known[[19 + 3 * side, 17 + 3 * side]]
    return points


def carried(of: body.Rest, target: Target) -> tuple[np.ndarray, np.ndarray]:
    turns, shifts = avatar.retarget(of, at_rest(of), target)
    assert np.isfinite(turns).all()
    assert np.isfinite(shifts).all()
    return body.posed_joints(of, turns, shifts)[0], turns


def joint_errors(heads: np.ndarray, points: np.ndarray) -> np.ndarray:
    index = body.load().index
    return np.array([np.linalg.norm(heads[index[bone]] - points[k]) for k, bone in JOINTS.items()])


def test_a_body_in_its_own_pose_stays_as_it_is() -> None:
    heads, turns = carried(rest(), Target(points_of(rest())))
    assert joint_errors(heads, points_of(rest())).max() < 0.002
    stiff = [i for i, name in enumerate(body.load().bones) if not name.startswith("finger")]
    np.testing.assert_allclose(turns[stiff], np.broadcast_to(np.eye(3), (len(stiff), 3, 3)), atol=0.1)


def test_another_body_has_its_joints_where_they_were_seen() -> None:
    tall, points = rest(0.6), points_of(rest(0.45))
    heads, _ = carried(tall, Target(points))
    height = np.ptp(points[:, 1])
    assert joint_errors(heads, points).max() < 0.01 * height


@pytest.mark.parametrize("degrees", [30, 90, 180, 250])
def test_whoever_turns_round_takes_the_avatar_along(degrees: float) -> None:
    turn = avatar_parts.about([0, 1, 0], degrees)
    points = points_of(rest()) @ turn.T
    heads, turns = carried(rest(), Target(points))
    assert joint_errors(heads, points).max() < 0.002
    chest = turns[body.load().index["spine01"]]
    np.testing.assert_allclose(chest, turn, atol=0.1)


def test_arms_up_and_knees_bent() -> None:
    points = points_of(rest())
    for side in (0, 1):
        points[13 + side] = points[11 + side] + [0, 0.24, 0.05]
        points[[15 + side, 17 + side, 19 + side, 21 + side]] += (
            points[13 + side] + [0, 0.22, 0.05] - points[15 + side]
        )
        points[25 + side] = points[23 + side] + [0, -0.05, 0.38]
    heads, _ = carried(rest(), Target(points))
    assert joint_errors(heads, points).max() < 0.002


def test_the_head_lies_on_the_face_that_was_seen() -> None:
    known = at_rest(rest())
    turn = avatar_parts.about([0, 1, 0], 30)
    middle = known[23:91].mean(axis=0)
    face = (known[23:91] - middle) @ turn.T + middle
    pose = avatar_parts.head_pose(known, Target(points_of(rest()), face), np.eye(3), 1.0)
    np.testing.assert_allclose(pose.turn, turn, atol=1e-6)
    assert pose.size == pytest.approx(1.0)


def seen(points: np.ndarray, px_per_metre: float = 150.0, score: float = 0.9) -> avatar_fit.Seen:
    """Points as a camera far away sees them."""
    px = points * [px_per_metre, -px_per_metre, -px_per_metre]
    px[:, :2] += CENTRE - px[[23, 24], :2].mean(axis=0)
    px[:, 2] -= px[[23, 24], 2].mean()
    return avatar_fit.Seen(px, np.full(33, score))


def test_a_fit_sees_the_body_where_the_person_was() -> None:
    found = avatar_fit.fit(seen(points_of(rest())), rest(), CENTRE, 640)
    assert found is not None
    heads, _ = carried(rest(), found.target)
    ankle = heads[body.load().index["foot.L"]]
    x = CENTRE[0] + found.focal_px * ankle[0] / -ankle[2]
    y = CENTRE[1] - found.focal_px * ankle[1] / -ankle[2]
    np.testing.assert_allclose([x, y], seen(points_of(rest())).body[27, :2], atol=0.5)
    assert found.distance == pytest.approx(640 / 150, rel=0.05)


@pytest.mark.parametrize("fault", ["nan", "infinite", "collapsed", "unseen", "no trunk", "torn"])
def test_what_cannot_be_a_person_is_not_fitted(fault: str) -> None:
    good = seen(points_of(rest()))
    points, scores = good.body.copy(), good.scores.copy()
    if fault == "nan":
        points[15] = np.nan
    elif fault == "infinite":
        points[0, 0] = np.inf
    elif fault == "collapsed":
        points[:] = points[0]
    elif fault == "unseen":
        scores[:] = 0.01
    elif fault == "torn":
        points[13, :2] = points[11, :2] + 2.5 * (points[13, :2] - points[11, :2])
    else:
        points[[23, 24]] = points[[11, 12]]
    assert avatar_fit.fit(avatar_fit.Seen(points, scores), rest(), CENTRE, 640) is None


@pytest.mark.parametrize("stretch", [1.0, 1.15, 1.4, 1.8])
def test_nobody_is_taken_to_be_so_small_that_a_limb_is_too_long(stretch: float) -> None:
    """From most sides a limb looks shorter than it is: one that looks longer than the others is right."""
    good = seen(points_of(rest()))
    points = good.body.copy()
    points[[13, 15], :2] += (stretch - 1) * (points[13, :2] - points[11, :2])
    usual, found = (
        avatar_fit.fit(avatar_fit.Seen(each, good.scores), rest(), CENTRE, 640)
        for each in (good.body, points)
    )
    assert usual is not None
    assert found is not None
    nearer = usual.distance / found.distance
    assert nearer == pytest.approx(max(1.0, stretch / avatar_fit.LONGEST), rel=0.03)


def test_depth_is_corrected_and_places_in_the_picture_are_kept() -> None:
    good = seen(points_of(rest()))
    wrong = good.body.copy()
    wrong[15, 2] -= 400
    found = avatar_fit.fit(avatar_fit.Seen(wrong, good.scores), rest(), CENTRE, 640)
    assert found is not None
    arm = found.target.points[[13, 15]]
    own = rest().heads[[body.load().index[name] for name in ("lowerarm01.L", "wrist.L")]]
    ratio = np.linalg.norm(arm[1] - arm[0]) / np.linalg.norm(own[1] - own[0])
    assert ratio < 1.25


@pytest.mark.parametrize("lean_px", [-60.0, 0.0, 60.0])
def test_the_legs_of_who_is_behind_a_desk_stand_straight_below(lean_px: float) -> None:
    """However the trunk leans to the camera or away from it, and wherever the network guesses knees and ankles."""
    good = seen(points_of(rest()))
    scores, wrong = good.scores.copy(), good.body.copy()
    scores[list(avatar_fit.LEGS)] = 0.1
    wrong[[25, 26]] = wrong[[23, 24]] - [0, 40, 0]
    wrong[[27, 28]] = wrong[[23, 24]] - [30, 0, 90]
    wrong[[11, 12], 2] += lean_px
    found = avatar_fit.fit(avatar_fit.Seen(wrong, scores), rest(), CENTRE, 640)
    assert found is not None
    hips, knees, ankles = (found.target.points[[left, left + 1]] for left in (23, 25, 27))
    for upper, lower in ((hips, knees), (knees, ankles)):
        assert (lower[:, 1] < upper[:, 1] - 0.3).all()
        np.testing.assert_allclose(lower[:, 2], upper[:, 2], atol=0.02)


def test_only_who_is_upright_and_shows_neither_leg_is_behind_something() -> None:
    scores = np.full(33, 0.9)
    scores[list(avatar_fit.LEGS)] = 0.1
    down, aside, up = (np.array(way) for way in ((5.0, 40.0, 30.0), (40.0, 5.0, 0.0), (5.0, -40.0, 0.0)))
    assert [avatar_fit.is_behind_something(scores, way) for way in (down, aside, up)] == [True, False, False]
    scores[28] = 0.9
    assert not avatar_fit.is_behind_something(scores, down)


def test_a_leg_that_is_hidden_by_the_other_stays_where_it_was_guessed() -> None:
    good = seen(points_of(rest()))
    scores = good.scores.copy()
    scores[[26, 28]] = 0.1
    whole, half = (
        avatar_fit.fit(avatar_fit.Seen(good.body, each), rest(), CENTRE, 640)
        for each in (good.scores, scores)
    )
    assert whole is not None
    assert half is not None
    np.testing.assert_allclose(half.target.points[27], whole.target.points[27], atol=0.05)
    np.testing.assert_allclose(half.target.points[28, :2], whole.target.points[28, :2], atol=0.05)


def hand_at(points: np.ndarray, *place: float) -> np.ndarray:
    """The left hand of the body at rest, its wrist at a place in metres from the middle of the hips."""
    hand = at_rest(rest())[91:112]
    return hand - hand[0] + points[[23, 24]].mean(axis=0) + place


def in_picture(vertices: np.ndarray) -> np.ndarray:
    return vertices[..., :2] / -vertices[..., 2:]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("away", [3.0, 6.0])
@pytest.mark.parametrize(
    ("place", "is_hidden"), [((0.1, -0.25), True), ((0.0, 0.3), True), ((0.8, 0.0), False)]
)
def test_a_hand_that_was_seen_comes_in_front_and_looks_the_same(
    place: tuple[float, float], is_hidden: bool, away: float, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is scaled about the camera stays where it is in the picture."""
    points = points_of(rest()) - [0, 0, away]
    points[15 + side] = points[[23, 24]].mean(axis=0) + np.array([*place, -0.3])
    hand = hand_at(points, *place, -0.3) + np.array(
        [0.05, 0, 0.02]
    )  # a network's wrist is not quite the other's
    hands = (hand, None) if side == 0 else (None, hand)
    after, turns = carried(rest(), Target(points, hands=hands))
    monkeypatch.setattr(avatar_reach, "share_in_front", lambda *_: 1.0)
    before, _ = carried(rest(), Target(points, hands=hands))
    np.testing.assert_allclose(in_picture(after), in_picture(before), atol=1e-5)
    name, index = "LR"[side], body.load().index
    wrist, elbow = index[f"wrist.{name}"], index[f"lowerarm01.{name}"]
    share = after[wrist, 2] / before[wrist, 2]
    assert (share < 1) == is_hidden
    arm = [
        i
        for bone, i in index.items()
        if bone.endswith(f".{name}") and bone.startswith(("lower", "wrist", "f", "m"))
    ]
    others = [
        i for i in index.values() if i not in arm or body.load().bones[i].startswith(("lowerleg", "foot"))
    ]
    np.testing.assert_array_equal(after[others], before[others])
    tip = index[f"finger2-3.{name}"]
    np.testing.assert_allclose(after[tip], share * before[tip], rtol=1e-4, atol=1e-5)
    assert share <= after[elbow, 2] / before[elbow, 2] <= 1
    assert np.linalg.det(turns[wrist]) > 0


def test_a_hand_behind_a_thigh_is_brought_before_its_surface() -> None:
    """A whole hand in one point, on the line of sight through the middle of the thigh."""
    points = points_of(rest()) - [0, 0, 4.0]
    thigh = points[[23, 25]].mean(axis=0)
    thigh_away, away = -thigh[2], -thigh[2] * 1.05
    share = avatar_reach.share_in_front(points, np.repeat(1.05 * thigh[None], 21, axis=0))
    assert share * away == pytest.approx(thigh_away - 0.10 - avatar_reach.CLEAR, abs=0.002)


def test_there_is_no_hole_in_the_chest() -> None:
    points = points_of(rest()) - [0, 0, 4.0]
    for height in np.linspace(0, 1, 12):
        middle = (1 - height) * points[[23, 24]].mean(axis=0) + height * points[[11, 12]].mean(axis=0)
        assert avatar_reach.share_in_front(points, np.repeat(middle[None], 21, axis=0)) < 0.98


@pytest.mark.parametrize("place", [(0.1, -0.25, 0.3), (0.9, 0.0, -0.3)])
def test_a_hand_that_is_in_front_or_beside_stays(place: tuple[float, float, float]) -> None:
    points = points_of(rest()) - [0, 0, 4.0]
    assert avatar_reach.share_in_front(points, hand_at(points, *place)) == 1


def test_a_hand_is_not_brought_to_the_camera_nor_from_behind_it() -> None:
    points = points_of(rest()) - [0, 0, 3.0]
    far = 4 * hand_at(points, 0.0, 0.2, 0.0)
    share = avatar_reach.share_in_front(points, far)
    assert (1 - share) * -far[:, 2].mean() == pytest.approx(avatar_reach.FARTHEST)
    assert avatar_reach.share_in_front(points, -far) == 1


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("apart", "n"), [(0.1, 1), (0.2, 2)])
def test_one_hand_that_was_seen_twice_is_that_of_the_nearer_wrist(side: int, apart: float, n: int) -> None:
    hand = np.linspace([0, 0, 0], [0, 40, 0], 21)  # its points 0, 9 and 12 span 24 pixels
    hands = hand, hand + np.array([24 * apart, 0, 0])
    wrists = np.array([[3.0, 9.0], [3.0, 9.0]])
    wrists[side] = hands[side][0, :2] + 1
    found = avatar_fit.distinct(hands, wrists)
    assert [each is not None for each in found] == [side == 0 or n == 2, side == 1 or n == 2]
    assert avatar_fit.distinct((None, hand), wrists)[1] is hand
