"""Percentile bootstrap of ratios whose numerator and denominator are summed over items.

Resampling is by item, because frames and keypoints of one item are not independent, and paired: one set of weights
serves every method, so that a difference between methods is not blurred by the choice of items.

Source: Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13; stratified as in Agarwal et al.,
*Deep Reinforcement Learning at the Edge of the Statistical Precipice*, NeurIPS 2021.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anonlab.metrics.measures import ratio

Array = NDArray[np.float64]


def bootstrap_weights(
    strata: NDArray[np.int64] | NDArray[np.str_], n_resamples: int, rng: np.random.Generator
) -> Array:
    """How often each item is drawn in each resample: (n_resamples, n_items) float64.

    Every stratum keeps its size. The columns of one stratum are a bootstrap of that stratum alone, so one matrix
    serves the whole and its parts.

    Args:
        strata: (n_items,) the stratum of each item.
        n_resamples: number of rows.
        rng: source of randomness.
    """
    weights = np.zeros((n_resamples, len(strata)))
    for stratum in np.unique(strata):
        where = np.flatnonzero(strata == stratum)
        weights[:, where] = rng.multinomial(len(where), np.full(len(where), 1 / len(where)), n_resamples)
    return weights


def ratio_intervals(
    numerators: Array, denominators: Array, weights: Array, confidence: float
) -> tuple[Array, Array]:
    """Percentile interval of sum(numerators) / sum(denominators), for each of n_columns ratios at once.

    A resample whose denominator is 0 has no ratio and is left out. Fewer than two items with a denominator above 0
    say nothing about the spread: NaN.

    Args:
        numerators: (n_items, n_columns).
        denominators: (n_items, n_columns), at least 0.
        weights: (n_resamples, n_items) from `bootstrap_weights`.
        confidence: 0 to 1, such as 0.95.

    Returns:
        low, high: (n_columns,) each.
    """
    enough = (denominators > 0).sum(axis=0) >= 2
    return _percentiles(_resampled(numerators, denominators, weights), enough, confidence)


def paired_difference(
    numerators: tuple[Array, Array], denominators: tuple[Array, Array], weights: Array, confidence: float
) -> tuple[Array, Array, Array]:
    """Difference between the ratios of two methods on the same items, first minus second, with its interval.

    Both methods are resampled with the same weights. NaN as in `ratio_intervals`, for either method.

    Args:
        numerators: (n_items, n_columns) of either method.
        denominators: (n_items, n_columns) of either method.
        weights: (n_resamples, n_items) from `bootstrap_weights`.
        confidence: 0 to 1.

    Returns:
        difference, low, high: (n_columns,) each.
    """
    values = [ratio(n.sum(axis=0), d.sum(axis=0)) for n, d in zip(numerators, denominators, strict=True)]
    drawn = [_resampled(n, d, weights) for n, d in zip(numerators, denominators, strict=True)]
    enough = np.logical_and(*((d > 0).sum(axis=0) >= 2 for d in denominators))
    return (values[0] - values[1], *_percentiles(drawn[0] - drawn[1], enough, confidence))


def _resampled(numerators: Array, denominators: Array, weights: Array) -> Array:
    """Ratio of each column in each resample: (n_columns, n_resamples); NaN where it has no denominator."""
    return ratio(numerators.T @ weights.T, denominators.T @ weights.T)


def _percentiles(samples: Array, enough: NDArray[np.bool_], confidence: float) -> tuple[Array, Array]:
    """The two ends of the middle share `confidence` of each row, NaN left out, interpolated as np.percentile does."""
    ordered = np.sort(samples, axis=1)  # NaN last
    n = (~np.isnan(ordered)).sum(axis=1)
    tail = (1 - confidence) / 2
    low, high = (_at(ordered, share * np.maximum(n - 1, 0)) for share in (tail, 1 - tail))
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def _at(ordered: Array, position: Array) -> Array:
    """Value of each row at a position between two columns."""
    row = np.arange(len(ordered))
    below = np.floor(position).astype(np.intp)
    above = np.ceil(position).astype(np.intp)
    return ordered[row, below] + (ordered[row, above] - ordered[row, below]) * (position - below)
