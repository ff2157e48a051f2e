"""The recogniser from poses: what it must not depend on, what it may be given, and what it never says."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from anonlab import ava, models
from anonlab.errors import InputError, MissingModelError
from anonlab.models.skeleton_actions import SkeletonActions, network, tracks
from anonlab.models.skeleton_actions import features as module
from anonlab.models.skeleton_actions.features import features, mirrored, normalized
from anonlab.models.skeleton_actions.network import Weights
from anonlab.models.skeleton_actions.observation import N_POINTS, POINTS, POSE, Observation, observe
from anonlab.models.skeleton_actions.recognizer import COLUMNS, person_scores
from anonlab.models.skeleton_actions.tracks import Windows, link
from tests import people as drawn
from tests import sticks

CLASSES = (1, 11, 12, 14)
NOBODY = Observation(
    np.zeros((0, 4), np.float32), np.zeros((0, N_POINTS, 2), np.float32), np.zeros((0, N_POINTS), np.float32)
)


def people(*actions: str, seed: int = 1) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return np.array([sticks.sequence(action, rng) for action in actions], np.float32)


def windows(*actions: str, seed: int = 1) -> Windows:
    return link(sticks.observations(people(*actions, seed=seed)))


def random_weights(seed: int = 0, n_networks: int = 2, n_hidden: int = 5) -> Weights:
    rng, n, c = np.random.default_rng(seed), features(windows("stand")).shape[1], len(CLASSES)
    return Weights(
        classes=np.array(CLASSES, np.int32),
        mean=np.zeros(n, np.float32),
        deviation=np.ones(n, np.float32),
        hidden=rng.normal(0, 0.1, (n_networks, n, n_hidden)).astype(np.float32),
        hidden_bias=rng.normal(0, 1, (n_networks, n_hidden)).astype(np.float32),
        out=rng.normal(0, 1, (n_networks, n_hidden, c)).astype(np.float32),
        out_bias=rng.normal(0, 1, (n_networks, c)).astype(np.float32),
        calibration=np.tile(np.float32([1.2, -0.3]), (c, 1)),
    )


RECOGNIZER = SkeletonActions(random_weights())


def apart(*actions: str) -> NDArray[np.float32]:
    """People far enough from each other not to be mixed up."""
    found = people(*actions)
    return found + np.arange(len(found), dtype=np.float32)[:, None, None, None] * np.float32([2000, 0])


# --- nobody, one, many ---------------------------------------------------------------------------------------------


def test_nobody_has_no_features_and_scores_zero() -> None:
    assert features(link([NOBODY] * 8)).shape == (0, features(windows("walk")).shape[1])
    assert (RECOGNIZER.recognize([NOBODY] * 8) == 0).all()


def test_who_is_missed_in_the_centre_counts_and_who_is_only_far_from_it_does_not() -> None:
    window = sticks.observations(people("walk"))
    window[4] = NOBODY
    assert RECOGNIZER.recognize(window).max() > 0
    window[4 - tracks.NEAR : 4 + tracks.NEAR + 1] = [NOBODY] * (2 * tracks.NEAR + 1)
    assert (RECOGNIZER.recognize(window) == 0).all()


def test_a_box_that_is_missed_in_the_centre_lies_between_its_neighbours() -> None:
    window = sticks.observations(people("walk"))
    window[4] = NOBODY
    (rows,) = tracks.followed(window)
    (box,) = tracks.boxes_at_centre(window, rows[None])
    assert rows.tolist() == [0, 0, 0, 0, -1, 0, 0, 0]
    np.testing.assert_allclose(box, (window[3].boxes_xyxy[0] + window[5].boxes_xyxy[0]) / 2, rtol=1e-5)


def test_scores_are_probabilities_and_untrained_classes_exactly_zero() -> None:
    scores = RECOGNIZER.recognize(sticks.observations(apart("walk", "sit")))
    assert scores.shape == (ava.N_CLASSES,)
    assert scores.dtype == np.float32
    trained = [COLUMNS[each] for each in CLASSES]
    assert ((scores[trained] > 0) & (scores[trained] <= 1)).all()
    assert (np.delete(scores, trained) == 0).all()


def test_the_highest_score_over_the_persons_counts() -> None:
    both = apart("walk", "sit", "bend")
    together = RECOGNIZER.recognize(sticks.observations(both))
    alone = [RECOGNIZER.recognize(sticks.observations(both[[i]])) for i in range(3)]
    np.testing.assert_allclose(together, np.max(alone, axis=0), atol=1e-6)


def test_the_order_of_persons_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    window = sticks.observations(apart("walk", "sit", "bend"))
    shuffled = []
    for each in window:
        order = rng.permutation(3)
        shuffled.append(Observation(each.boxes_xyxy[order], each.keypoints[order], each.scores[order]))
    np.testing.assert_allclose(RECOGNIZER.recognize(shuffled), RECOGNIZER.recognize(window), atol=1e-6)


def test_a_window_has_eight_observations() -> None:
    with pytest.raises(InputError, match="8 observations; got 7"):
        RECOGNIZER.recognize([NOBODY] * 7)


# --- features: what they forget, and what they do not ----------------------------------------------------------------


@given(st.floats(-3000, 3000), st.floats(-3000, 3000), st.floats(0.2, 8))
@settings(max_examples=20, deadline=None)
def test_features_forget_place_and_size(dx: float, dy: float, scale: float) -> None:
    here = windows("walk", "bend")
    there = replace(here, keypoints=here.keypoints.astype(np.float64) * scale + [dx, dy])
    np.testing.assert_allclose(features(there), features(here), atol=2e-3)


def test_a_mirror_gives_mirrored_poses() -> None:
    here = windows("walk", "bend", "sit")
    one, other = normalized(here), normalized(mirrored(here))
    flip = np.array([-1, 1])
    np.testing.assert_allclose(other.pose, one.pose[:, :, module.MIRRORED] * flip, atol=1e-6)
    np.testing.assert_allclose(other.path, one.path * flip, atol=1e-6)
    np.testing.assert_allclose(other.growth, one.growth, atol=1e-6)
    np.testing.assert_array_equal(mirrored(mirrored(here)).keypoints, here.keypoints)


def test_a_mirror_changes_no_score() -> None:
    here = windows("walk", "bend", "sit")
    scores = person_scores(RECOGNIZER.weights, here)
    np.testing.assert_allclose(person_scores(RECOGNIZER.weights, mirrored(here)), scores, atol=1e-6)


def test_features_tell_the_actions_apart_and_standing_from_walking_by_motion() -> None:
    walk, stand = normalized(windows("walk")), normalized(windows("stand"))
    assert np.abs(walk.path[0, -1, 0]) > 1 > np.abs(stand.path[0]).max()
    assert not np.allclose(features(windows("walk")), features(windows("stand")), atol=0.5)


def test_one_frame_alone_does_not_move() -> None:
    still = module.centre_only(windows("walk"))
    assert (normalized(still).path == 0).all()
    assert (module.motion(normalized(still)) == 0).all()


@given(
    arrays.arrays(np.float32, (2, 8, N_POINTS), elements=st.floats(-2, 3, width=32) | st.just(np.nan)),
    arrays.arrays(bool, (2, 8)),
    st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e30, 1e-30]),
    arrays.arrays(bool, (2, 8, N_POINTS)),
)
@settings(max_examples=60, deadline=None)
def test_features_are_finite_whatever_comes_in(
    scores: NDArray[np.float32], seen: NDArray[np.bool_], odd: float, where: NDArray[np.bool_]
) -> None:
    keypoints = windows("walk", "sit").keypoints.copy()
    keypoints[where] = odd
    strange = Windows(keypoints, scores, seen)
    assert np.isfinite(features(strange)).all()
    found = person_scores(RECOGNIZER.weights, strange)
    assert ((found >= 0) & (found <= 1)).all()


def test_untrusted_points_do_not_matter_to_the_pose() -> None:
    here = windows("stand")
    scores = here.scores.copy()
    scores[:, :, 9] = 0
    moved = here.keypoints.copy()
    moved[:, :, 9] += 300
    groups = (module.pose_at_centre, module.angles, module.motion)
    for group in groups:
        np.testing.assert_allclose(
            group(normalized(Windows(moved, scores, here.seen))),
            group(normalized(Windows(here.keypoints, scores, here.seen))),
            atol=1e-2,
        )


# --- a person over time ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0, 3, 5, 7])
def test_a_missing_observation_is_filled_in_and_marked(missing: int) -> None:
    window = sticks.observations(people("walk"))
    whole = link(window)
    window[missing] = NOBODY
    gap = link(window)
    assert (np.flatnonzero(~gap.seen[0]) == [missing]).all()
    np.testing.assert_allclose(normalized(gap).path, normalized(whole).path, atol=1.0)
    assert np.isfinite(RECOGNIZER.recognize(window)).all()


def test_nothing_is_filled_in_where_nothing_is_missing() -> None:
    points = np.random.default_rng(0).normal(size=(2, 8, 3, 2))
    np.testing.assert_array_equal(module.filled(points, np.ones((2, 8), bool)), points)


def test_gaps_are_interpolated_and_ends_repeated() -> None:
    points = np.arange(5.0)[None, :, None, None]
    seen = np.array([[False, True, False, True, False]])
    np.testing.assert_allclose(module.filled(points, seen).ravel(), [1, 1, 2, 3, 3])


def test_crossing_people_keep_their_identity() -> None:
    left, right = people("stand", "stand")
    step = np.arange(8, dtype=np.float32)[:, None, None] * np.float32([25, 0])
    centred = np.stack([left - left.mean(axis=(0, 1)), right - right.mean(axis=(0, 1))])
    walkers = centred + np.stack([step, np.float32([175, 250]) - step])
    rows = tracks.followed(sticks.observations(walkers.astype(np.float32)))
    np.testing.assert_array_equal(rows, np.repeat([[0], [1]], 8, axis=1))


def test_nobody_jumps_across_the_room() -> None:
    window = sticks.observations(people("stand"))
    far = window[5]
    window[5] = Observation(far.boxes_xyxy + 900, far.keypoints + 900, far.scores)
    assert not link(window).seen[0, 5]


def test_two_are_never_one() -> None:
    box = np.float32([[0, 0, 10, 20], [1, 0, 11, 20]])
    assert sorted(tracks.assigned(box, np.ones(2), box[:1]).tolist()) == [-1, 0]


@given(arrays.arrays(np.float32, (3, 4), elements=st.floats(-1e6, 1e6, width=32) | st.just(np.nan)))
@settings(max_examples=30, deadline=None)
def test_any_boxes_can_be_assigned(boxes: NDArray[np.float32]) -> None:
    found = tracks.assigned(boxes, np.ones(3), boxes[::-1])
    used = found[found >= 0]
    assert len(set(used.tolist())) == len(used)


# --- the weights -----------------------------------------------------------------------------------------------------


def test_weights_are_written_and_read_without_pickle(tmp_path: Path) -> None:
    weights = random_weights()
    network.save(weights, tmp_path / "w.npz")
    again = network.load(tmp_path / "w.npz")
    assert again.digest == weights.digest
    np.testing.assert_array_equal(again.hidden, weights.hidden)
    network.save(weights, tmp_path / "v.npz")
    assert (tmp_path / "v.npz").read_bytes() == (tmp_path / "w.npz").read_bytes()


def test_missing_foreign_and_changed_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="make train"):
        network.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match=r"text\.npz"):
        network.load(tmp_path / "text.npz")
    (tmp_path / "pickled.npz").write_bytes(pickle.dumps({"classes": [1]}))
    with pytest.raises(InputError, match=r"pickled\.npz"):
        network.load(tmp_path / "pickled.npz")
    network.save(random_weights(), tmp_path / "w.npz")
    arrays_of = dict(np.load(tmp_path / "w.npz"))
    arrays_of["out_bias"] = arrays_of["out_bias"] + 1
    np.savez(tmp_path / "changed.npz", **arrays_of)
    with pytest.raises(InputError, match="damaged"):
        network.load(tmp_path / "changed.npz")


def test_shapes_and_classes_have_to_fit() -> None:
    weights = random_weights()
    with pytest.raises(ValueError, match="out_bias"):
        replace(weights, out_bias=weights.out_bias[:, :2])
    with pytest.raises(ValueError, match="AVA"):
        replace(weights, classes=np.array([2, 11, 12, 14], np.int32))


def test_the_arithmetic_is_that_of_the_library() -> None:
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 7)), rng.integers(0, 2, (60, 3))
    model = MLPClassifier((4,), max_iter=30, n_iter_no_change=30, random_state=0, batch_size=20)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(x, y)
    (hidden, out), (hidden_bias, out_bias) = model.coefs_, model.intercepts_
    weights = Weights(
        np.array([1, 11, 12], np.int32),
        *(np.zeros(7), np.ones(7)),
        *(hidden[None], hidden_bias[None], out[None], out_bias[None]),
        np.tile([1.0, 0.0], (3, 1)),
    )
    np.testing.assert_allclose(network.scores(weights, x), model.predict_proba(x), atol=1e-6)


def test_the_projects_own_weights_fit_the_features() -> None:
    recognizer = models.load("actions", "skeleton")
    assert network.FILE.stat().st_size < 2_000_000
    assert len(recognizer.weights.mean) == features(windows("walk")).shape[1]
    assert {11, 12, 14} <= set(recognizer.classes)
    assert (recognizer.recognize([NOBODY] * 8) == 0).all()


# --- through the eyes of the pose network ----------------------------------------------------------------------------


def test_the_body_is_seen_as_by_the_whole_estimator_and_face_and_hands_are_not() -> None:
    image = drawn.room(people=[drawn.Person(320, 80, 340)])
    box = np.float32([[240, 70, 400, 430]])
    seen, whole = observe(image, box), models.load("pose", "blazepose").estimate(image, box)
    np.testing.assert_array_equal(seen.keypoints, whole.keypoints[:, POINTS])
    np.testing.assert_array_equal(seen.scores, whole.scores[:, POINTS])
    assert (models.load("pose", POSE).estimate(image, box).scores[:, 23:] == 0).all()


def test_nobody_is_observed_in_an_empty_picture() -> None:
    assert len(observe(drawn.room(), np.zeros((0, 4), np.float32))) == 0
