"""The bootstrap: what is drawn, and what the intervals say."""

from __future__ import annotations

import numpy as np
import pytest

from anonlab.metrics.intervals import bootstrap_weights, paired_difference, ratio_intervals
from anonlab.metrics.measures import ratio

Interval = tuple[float, float]


def weights_for(n_items: int, n_resamples: int = 2000, seed: int = 0) -> np.ndarray:
    return bootstrap_weights(np.zeros(n_items, np.int64), n_resamples, np.random.default_rng(seed))


def mean_interval(values: np.ndarray, weights: np.ndarray, confidence: float = 0.95) -> Interval:
    """Interval of the mean: a ratio whose denominators are 1."""
    low, high = ratio_intervals(values[:, None], np.ones((len(values), 1)), weights, confidence)
    return float(low[0]), float(high[0])


def test_no_items_give_nan() -> None:
    low, high = ratio_intervals(np.zeros((0, 3)), np.zeros((0, 3)), weights_for(0), 0.95)
    assert np.isnan([*low, *high]).all()
    assert low.shape == high.shape == (3,)


def test_one_item_says_nothing_about_the_spread() -> None:
    assert np.isnan(mean_interval(np.array([3.0]), weights_for(1))).all()


def test_one_item_with_a_denominator_says_nothing_either() -> None:
    denominators = np.array([[4.0], [0.0], [0.0]])
    assert np.isnan(ratio_intervals(denominators / 2, denominators, weights_for(3), 0.95)).all()


def test_equal_items_have_an_interval_of_no_width() -> None:
    thirds = np.array([[1.0], [2.0], [5.0]]), np.array([[3.0], [6.0], [15.0]])
    low, high = ratio_intervals(*thirds, weights_for(3), 0.95)
    assert low[0] == high[0] == 1 / 3


def test_every_resample_draws_each_stratum_in_its_size() -> None:
    strata = np.array(["a", "b", "a", "c", "b", "a"])
    weights = bootstrap_weights(strata, 50, np.random.default_rng(1))
    assert weights.shape == (50, 6)
    for stratum in "abc":
        np.testing.assert_array_equal(weights[:, strata == stratum].sum(axis=1), (strata == stratum).sum())
    assert len(np.unique(weights, axis=0)) > 10


def test_the_same_seed_draws_the_same_items() -> None:
    np.testing.assert_array_equal(weights_for(9, seed=4), weights_for(9, seed=4))
    assert (weights_for(9, seed=4) != weights_for(9, seed=5)).any()


def test_percentiles_are_those_of_numpy() -> None:
    rng = np.random.default_rng(2)
    numerators, denominators = rng.random((7, 4)), rng.integers(0, 3, (7, 4)).astype(float)
    weights = weights_for(7, 301)
    low, high = ratio_intervals(numerators, denominators, weights, 0.9)
    samples = ratio(weights @ numerators, weights @ denominators)
    np.testing.assert_allclose([low, high], np.nanpercentile(samples, [5, 95], axis=0))


def test_resamples_without_a_denominator_are_left_out() -> None:
    denominators = np.array([[5.0], [5.0], *[[0.0]] * 8])  # about one resample in nine misses both
    weights = weights_for(10)
    assert (weights @ denominators == 0).any()
    low, high = ratio_intervals(denominators, denominators, weights, 0.95)
    assert low[0] == high[0] == 1


def test_the_interval_of_symmetric_data_holds_the_mean_in_its_middle() -> None:
    values = np.concatenate([np.arange(1.0, 21), -np.arange(1.0, 21)])
    low, high = mean_interval(values, weights_for(40))
    assert low < 0 < high
    assert low + high == pytest.approx(0, abs=0.1 * (high - low))


def test_the_width_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(5).normal(3, 2, 400)
    low, high = mean_interval(values, weights_for(400, 5000))
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)


def test_more_items_and_less_confidence_narrow_the_interval() -> None:
    values = np.random.default_rng(6).normal(size=300)

    def width(n: int, confidence: float = 0.95) -> float:
        low, high = mean_interval(values[:n], weights_for(n), confidence)
        return high - low

    assert width(300) < width(75) / 1.5 < width(20)
    assert width(75, 0.5) < width(75, 0.95)


def test_a_difference_of_a_method_with_itself_is_exactly_0() -> None:
    rng = np.random.default_rng(8)
    n, d = rng.random((6, 3)), np.ones((6, 3))
    for values in paired_difference((n, n), (d, d), weights_for(6), 0.95):
        np.testing.assert_array_equal(values, 0)


def test_a_paired_difference_of_correlated_methods_is_narrower_than_an_unpaired_one() -> None:
    rng = np.random.default_rng(9)
    hard = rng.normal(50, 20, (30, 1))
    a, b, ones = hard + rng.normal(0, 1, (30, 1)), hard + 2 + rng.normal(0, 1, (30, 1)), np.ones((30, 1))
    weights = weights_for(30)
    difference, low, high = paired_difference((a, b), (ones, ones), weights, 0.95)
    assert low[0] < difference[0] < high[0] < 0  # the methods do differ, and the interval shows it
    (low_a, high_a), (low_b, high_b) = (mean_interval(x[:, 0], weights) for x in (a, b))
    assert high[0] - low[0] < np.hypot(high_a - low_a, high_b - low_b) / 5


def test_a_difference_without_a_spread_on_either_side_is_nan() -> None:
    ones, once = np.ones((3, 1)), np.array([[1.0], [0.0], [0.0]])
    _, low, high = paired_difference((ones, once), (ones, once), weights_for(3), 0.95)
    assert np.isnan([low[0], high[0]]).all()
