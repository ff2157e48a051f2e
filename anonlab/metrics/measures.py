"""The paper's metrics: what is counted at every threshold, and the ratios that are taken of the counts.

Counts add up over items, ratios do not: everything is counted per item first, and a metric is a function from summed
counts to a numerator and a denominator. `intervals` resamples items with the same functions.

Source: Triess, Leitritz, Jauch, *Exploring AI-based Anonymization of Industrial Image and Video Data in the Context of
Feature Preservation*, sections III-C and IV.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anonlab.keypoints import N_KEYPOINTS, PARTS

Array = NDArray[np.float64]
Counts = Mapping[str, NDArray[np.float64] | NDArray[np.int64]]
Ratio = tuple[Array, Array]

THRESHOLDS: Final[Array] = np.arange(100) / 100
"""0.00, 0.01 ... 0.99."""


def ratio(numerator: Array, denominator: Array) -> Array:
    """Numerator over denominator; NaN, never 0, where there is nothing to divide by.

    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    out = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    return np.divide(numerator, denominator, out=out, where=np.asarray(denominator) > 0)


def levels(scores: NDArray[np.float32], thresholds: Array = THRESHOLDS) -> NDArray[np.int16]:
    """Number of thresholds that each score strictly exceeds; same shape. A score is above threshold j if level > j.

    Scores are compared in float32, as they are stored: a score stored as 0.30 equals the threshold 0.30 and is not
    above it, although float32(0.30) is larger than the float64 number.

    >>> levels(np.float32([0.0, 0.3, 0.31]))
    array([ 0, 30, 31], dtype=int16)
    """
    return np.searchsorted(thresholds.astype(np.float32), scores.astype(np.float32)).astype(np.int16)


def count_above(
    level: NDArray[np.int16],
    group: NDArray[np.intp],
    n_groups: int,
    n_thresholds: int,
    weights: Array | None = None,
) -> Array:
    """How many entries of each group lie above each threshold: (n_groups, n_thresholds) float64.

    Args:
        level: (n,) from `levels`.
        group: (n,) from 0 to n_groups - 1.
        n_groups: number of rows of the answer.
        n_thresholds: number of columns of the answer.
        weights: (n,) summed in place of counting, where given.
    """
    n_bins = n_thresholds + 1
    bins = np.bincount(group * n_bins + level, weights, n_groups * n_bins).reshape(n_groups, n_bins)
    return bins[:, ::-1].cumsum(axis=1, dtype=np.float64)[:, -2::-1]


class People(NamedTuple):
    """The P persons that were found in the analysed pictures of one kind of media."""

    item: NDArray[np.intp]  # (P,) row of the manifest
    frame: NDArray[np.int64]  # (P,)
    boxes_xyxy: Array  # (P, 4) pixels
    keypoints: NDArray[np.float32]  # (P, 133, 2) pixels, x right, y down
    level: NDArray[np.int16]  # (P, 133) of the keypoints' scores


class Common(NamedTuple):
    """The keypoints of M matched persons, original against anonymized."""

    item: NDArray[np.intp]  # (M,) row of the manifest
    level: NDArray[np.int16]  # (M, 133) the lower of the two levels: above a threshold on both
    px: Array  # (M, 133) distance, pixels
    norm: Array  # (M, 133) distance over the long side of the original person's box


def common_keypoints(original: People, anonymized: People, pairs: NDArray[np.intp]) -> Common:
    """Distances between the keypoints of matched persons; pairs: (M, 2) rows of original, of anonymized."""
    a, b = pairs.T
    shift = original.keypoints[a].astype(np.float64) - anonymized.keypoints[b]
    px = np.hypot(shift[..., 0], shift[..., 1])
    sizes = original.boxes_xyxy[a, 2:] - original.boxes_xyxy[a, :2]
    long_px = np.maximum(sizes.max(axis=1, initial=0), 1)  # a box covers at least one pixel
    level = np.minimum(original.level[a], anonymized.level[b])
    return Common(original.item[a], level, px, px / long_px[:, None])


def pose_counts(
    original: People, anonymized: People, common: Common, n_items: int, n_thresholds: int
) -> dict[str, Array]:
    """Counts of POSE_COUNTS by name, each (n_items, 6, n_thresholds): parts in the order all, body, feet ..."""

    size = (n_items, n_thresholds)
    return {
        "n_original": by_part(original.item, original.level, *size),
        "n_anonymized": by_part(anonymized.item, anonymized.level, *size),
        "n_both": by_part(common.item, common.level, *size),
        "sum_px": by_part(common.item, common.level, *size, common.px),
        "sum_norm": by_part(common.item, common.level, *size, common.norm),
    }


def by_part(
    item: NDArray[np.intp],
    level: NDArray[np.int16],
    n_items: int,
    n_thresholds: int,
    weights: Array | None = None,
) -> Array:
    """How many keypoints of each item and part lie above each threshold: (n_items, 6, n_thresholds), all parts first.

    Args:
        item: (P,) of each person.
        level: (P, 133) from `levels`.
        weights: (P, 133) summed in place of counting, where given.
    """
    group = item[:, None] * len(PARTS) + _PART_INDEX
    flat = None if weights is None else weights.ravel()
    counts = count_above(level.ravel(), group.ravel(), n_items * len(PARTS), n_thresholds, flat)
    parts = counts.reshape(n_items, len(PARTS), n_thresholds)
    return np.concatenate([parts.sum(axis=1, keepdims=True), parts], axis=1)


_PART_INDEX: Final = np.repeat(np.arange(len(PARTS)), [part.stop - part.start for part in PARTS.values()])


def keypoint_counts(original: People, common: Common, n_items: int, threshold: int) -> dict[str, Array]:
    """Counts of KEYPOINT_COUNTS by name, each (n_items, 133), at the threshold of this index."""

    def by_keypoint(item: NDArray[np.intp], level: NDArray[np.int16], weights: Array) -> Array:
        above = level > threshold
        group = (item[:, None] * N_KEYPOINTS + np.arange(N_KEYPOINTS))[above]
        sums = np.bincount(group, weights[above], n_items * N_KEYPOINTS).astype(np.float64)
        return sums.reshape(n_items, N_KEYPOINTS)

    return {
        "n_original": by_keypoint(original.item, original.level, np.ones(original.level.shape)),
        "n_both": by_keypoint(common.item, common.level, np.ones(common.level.shape)),
        "sum_px": by_keypoint(common.item, common.level, common.px),
        "sum_norm": by_keypoint(common.item, common.level, common.norm),
    }


def person_counts(original: People, anonymized: People, common: Common, n_frames: Array) -> dict[str, Array]:
    """Counts of PERSON_COUNTS by name, each (n_items,); n_frames: (n_items,) analysed frames."""
    found = {"n_original": original.item, "n_anonymized": anonymized.item, "n_matched": common.item}
    counts = {name: np.bincount(item, minlength=len(n_frames)) for name, item in found.items()}
    return {"n_frames": n_frames} | {name: _float(count) for name, count in counts.items()}


class Frames(NamedTuple):
    """The F frames of all clips of one kind of media, clip after clip."""

    item: NDArray[np.intp]  # (F,) row of the manifest, never falling
    predictable: NDArray[np.bool_]  # (F,)
    level: NDArray[np.int16]  # (F, 60) of the class scores; 0 where nothing can be predicted


def action_counts(original: Frames, anonymized: Frames, n_items: int, n_thresholds: int) -> dict[str, Array]:
    """Counts of ACTION_COUNTS by name, each (n_items, n_thresholds), over the frames predictable on both."""
    use = original.predictable & anonymized.predictable
    item, a, b = original.item[use], original.level[use], anonymized.level[use]
    top_a, top_b = a.max(axis=1, initial=0), b.max(axis=1, initial=0)
    used = np.bincount(item, minlength=n_items)
    left_out = np.bincount(original.item, minlength=n_items) - used
    return {
        "n_frames": _at_every_threshold(used, n_thresholds),
        "n_equal": _equal_frames(a, b, item, n_items, n_thresholds),
        "n_original": count_above(top_a, item, n_items, n_thresholds),
        "n_anonymized": count_above(top_b, item, n_items, n_thresholds),
        "n_both": count_above(np.minimum(top_a, top_b), item, n_items, n_thresholds),
        "n_not_predictable": _at_every_threshold(left_out, n_thresholds),
    }


def equal_sets(a: NDArray[np.int16], b: NDArray[np.int16], n_thresholds: int) -> NDArray[np.bool_]:
    """Whether the same classes are above each threshold: levels a, b (F, classes) -> (F, n_thresholds).

    A class tells the sets apart at the thresholds from its lower level up to, not including, its higher one. So the
    work grows with the number of differing classes, not with classes times thresholds.
    """
    row, column = np.nonzero(a != b)
    first, last = a[row, column], b[row, column]
    n_bins = n_thresholds + 1
    size = len(a) * n_bins
    starts = np.bincount(row * n_bins + np.minimum(first, last), minlength=size)
    ends = np.bincount(row * n_bins + np.maximum(first, last), minlength=size)
    differing = (starts - ends).reshape(len(a), n_bins).cumsum(axis=1)
    return differing[:, :-1] == 0


def distribution(frames: Frames, n_items: int, n_thresholds: int) -> Array:
    """Frames in which each class is above each threshold: (n_items, 60, n_thresholds)."""
    n_classes = frames.level.shape[1]
    group = frames.item[:, None] * n_classes + np.arange(n_classes)
    seen = frames.level > 0  # most classes are never seen: leaving them out saves most of the time
    counts = count_above(frames.level[seen], group[seen], n_items * n_classes, n_thresholds)
    return counts.reshape(n_items, n_classes, n_thresholds)


def _equal_frames(
    a: NDArray[np.int16], b: NDArray[np.int16], item: NDArray[np.intp], n_items: int, n_thresholds: int
) -> Array:
    """Frames of each item with equal sets: (n_items, n_thresholds). Item by item, to stay in the processor's cache."""
    counts = np.zeros((n_items, n_thresholds))
    for index, start in zip(*np.unique(item, return_index=True), strict=True):
        clip = slice(start, np.searchsorted(item, index, side="right"))
        counts[index] = equal_sets(a[clip], b[clip], n_thresholds).sum(axis=0)
    return counts


def _at_every_threshold(counts: NDArray[np.int64], n_thresholds: int) -> Array:
    return np.repeat(counts[:, None].astype(np.float64), n_thresholds, axis=1)


def epe_px(counts: Counts) -> Ratio:
    """End-point error in pixels, over all keypoints detected on both."""
    return _float(counts["sum_px"]), _float(counts["n_both"])


def epe_norm(counts: Counts) -> Ratio:
    """End-point error as a share of the person's long side, over all keypoints detected on both."""
    return _float(counts["sum_norm"]), _float(counts["n_both"])


def epe_item_px(counts: Counts) -> Ratio:
    """End-point error in pixels of an item, averaged over the items that have one: the mean of Fig. 2's markers.

    The counts must be those of single items: this numerator is a ratio itself.
    """
    defined = counts["n_both"] > 0
    return np.where(defined, ratio(*epe_px(counts)), 0), _float(defined)


def ptk(counts: Counts) -> Ratio:
    """Share of the original's keypoints that are found on the same person after anonymization; at most 1."""
    return _float(counts["n_both"]), _float(counts["n_original"])


def ptk_count(counts: Counts) -> Ratio:
    """Keypoints after anonymization over keypoints on the original, whoever they belong to; may exceed 1."""
    return _float(counts["n_anonymized"]), _float(counts["n_original"])


def persons_found(counts: Counts) -> Ratio:
    """Share of the original's persons that are found after anonymization."""
    return _float(counts["n_matched"]), _float(counts["n_original"])


def spurious(counts: Counts) -> Ratio:
    """Share of the persons found after anonymization that match nobody on the original."""
    return _float(counts["n_anonymized"] - counts["n_matched"]), _float(counts["n_anonymized"])


def fallback(counts: Counts) -> Ratio:
    """Share of the masks that were blurred, because the method could make nothing better of them."""
    return _float(counts["n_fallback"]), _float(counts["n_masks"])


def acc(counts: Counts) -> Ratio:
    """Share of frames in which the two sets of actions are equal; two empty sets are."""
    return _float(counts["n_equal"]), _float(counts["n_frames"])


def pta(counts: Counts) -> Ratio:
    """Share of the original's frames with an action in which there is one after anonymization too (Sec. IV-C)."""
    return _float(counts["n_both"]), _float(counts["n_original"])


def pta_count(counts: Counts) -> Ratio:
    """Frames with an action after anonymization over those on the original (Sec. III-C); may exceed 1."""
    return _float(counts["n_anonymized"]), _float(counts["n_original"])


def _float(counts: NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_]) -> Array:
    return counts.astype(np.float64)


Metric = Callable[[Counts], Ratio]
POSE: Final[dict[str, Metric]] = {
    metric.__name__: metric for metric in (epe_px, epe_norm, epe_item_px, ptk, ptk_count)
}
PERSONS: Final[dict[str, Metric]] = {metric.__name__: metric for metric in (persons_found, spurious)}
MASKS: Final[dict[str, Metric]] = {fallback.__name__: fallback}
ACTIONS: Final[dict[str, Metric]] = {metric.__name__: metric for metric in (acc, pta, pta_count)}
