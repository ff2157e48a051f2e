"""Thresholds, counts and ratios on arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anonlab.metrics import measures
from anonlab.metrics.measures import THRESHOLDS, Frames, count_above, equal_sets, levels, ratio

N = len(THRESHOLDS)
small_levels = st.integers(0, 5)


def test_thresholds_are_the_hundredths_from_0_to_99() -> None:
    assert [f"{t:.2f}" for t in THRESHOLDS] == [f"0.{i:02d}" for i in range(100)]


def test_no_scores_have_no_levels() -> None:
    assert levels(np.zeros((0, 60), np.float32)).shape == (0, 60)


def test_a_score_equal_to_a_threshold_is_not_above_it() -> None:
    stored = THRESHOLDS.astype(np.float32)
    np.testing.assert_array_equal(levels(stored), np.arange(N))


def test_a_score_just_above_a_threshold_is_above_it() -> None:
    stored = np.nextafter(THRESHOLDS.astype(np.float32), np.float32(2))
    np.testing.assert_array_equal(levels(stored), np.arange(N) + 1)


def test_a_score_beyond_every_threshold_is_above_all() -> None:
    np.testing.assert_array_equal(levels(np.array([0.995, 1.0, 7.0], np.float32)), N)


@settings(deadline=None)
@given(st.floats(0, 2, width=32))
def test_a_score_is_above_threshold_j_if_its_level_is_greater_than_j(score: float) -> None:
    above = np.float32(score) > THRESHOLDS.astype(np.float32)
    np.testing.assert_array_equal(levels(np.array([score], np.float32))[0] > np.arange(N), above)


def test_nothing_counted_is_0_at_every_threshold() -> None:
    counts = count_above(np.zeros(0, np.int16), np.zeros(0, np.intp), 2, 5)
    np.testing.assert_array_equal(counts, np.zeros((2, 5)))


@settings(deadline=None)
@given(st.lists(st.tuples(small_levels, st.integers(0, 2), st.integers(0, 9)), max_size=30))
def test_counting_is_the_sum_over_the_entries_above_each_threshold(rows: list[tuple[int, int, int]]) -> None:
    level, group, weight = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else [np.zeros(0, int)] * 3
    )
    for weights in (None, weight.astype(float)):
        counts = count_above(level.astype(np.int16), group, 3, 5, weights)
        for g in range(3):
            for j in range(5):
                chosen = (group == g) & (level > j)
                assert counts[g, j] == (chosen.sum() if weights is None else weights[chosen].sum())


@settings(deadline=None)
@given(st.integers(0, 6).flatmap(lambda n: st.tuples(*[arrays(np.int16, (n, 4), elements=small_levels)] * 2)))
def test_sets_are_equal_where_the_same_classes_are_above(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    found = equal_sets(a, b, 5)
    assert found.shape == (len(a), 5)
    for j in range(5):
        np.testing.assert_array_equal(found[:, j], ((a > j) == (b > j)).all(axis=1))


def test_a_frame_that_only_one_side_can_predict_is_left_out_and_counted() -> None:
    def frames(predictable: list[bool]) -> Frames:
        return Frames(np.zeros(3, np.intp), np.array(predictable), np.zeros((3, 60), np.int16))

    counts = measures.action_counts(frames([True, True, False]), frames([True, False, False]), 1, N)
    np.testing.assert_array_equal(counts["n_frames"], 1)
    np.testing.assert_array_equal(counts["n_not_predictable"], 2)
    np.testing.assert_array_equal(counts["n_equal"], 1)  # of the frames left, both sets are empty


def test_a_ratio_without_a_denominator_is_nan_and_not_0() -> None:
    np.testing.assert_array_equal(ratio(np.array([0.0, 3.0]), np.array([0.0, 2.0])), [np.nan, 1.5])


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (measures.epe_px, 30 / 6),
        (measures.epe_norm, 3 / 6),
        (measures.ptk, 6 / 10),
        (measures.ptk_count, 12 / 10),
        (measures.pta, 6 / 10),
        (measures.pta_count, 12 / 10),
        (measures.acc, 5 / 20),
        (measures.persons_found, 8 / 10),
        (measures.spurious, 4 / 12),
    ],
)
def test_each_ratio_is_of_the_counts_that_the_paper_names(metric: measures.Metric, value: float) -> None:
    counts = {"n_original": 10, "n_anonymized": 12, "n_both": 6, "n_matched": 8, "sum_px": 30, "sum_norm": 3}
    counts |= {"n_frames": 20, "n_equal": 5}
    found = ratio(*metric({name: np.array([count]) for name, count in counts.items()}))
    assert found.tolist() == [value]


def test_the_mean_over_items_leaves_out_items_without_a_common_keypoint() -> None:
    counts = {"sum_px": np.array([30.0, 0.0, 8.0]), "n_both": np.array([3, 0, 4])}
    numerators, denominators = measures.epe_item_px(counts)
    assert numerators.sum() / denominators.sum() == (10 + 2) / 2
