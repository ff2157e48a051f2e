"""Poses against exact truth: counts per item, and the ratios that are taken of them.

An error is measured between a true person's labelled keypoint, hidden or visible, and the same keypoint of whoever was
found in that place. Persons are matched by their boxes as in `matching`; the original is a kind like the others.

Sources: PCK as in Andriluka et al., *2D Human Pose Estimation: New Benchmark and State of the Art Analysis*, CVPR 2014,
with the long side of the person's true box as the unit; OKS and its constants as in Ronchi and Perona, *Benchmarking
and Error Diagnosis in Multi-Instance Pose Estimation*, ICCV 2017, and COCO's evaluation code.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import tables
from anonlab.keypoints import N_KEYPOINTS, PARTS
from anonlab.metrics import observed
from anonlab.metrics.matching import match
from anonlab.metrics.measures import THRESHOLDS, Array, Counts, Metric, People, Ratio, by_part, ratio

NEAR: Final = 0.1
"""A keypoint is right when it is off by less than this share of the person's long side."""

SIGMAS: Final[Array] = (
    np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89], np.float64) / 1000
)
"""How far labellers disagree about each of the 17 body keypoints, as a share of the root of the person's area."""

BOX_SHARE: Final = 0.53
"""A person's share of the box, where no mask is labelled."""

_TOP: Final = np.int16(len(THRESHOLDS))  # the level that is above every threshold


class Known(NamedTuple):
    """The T true persons of the frames that are labelled and were analysed."""

    item: NDArray[np.intp]  # (T,) row of the manifest
    moment: NDArray[np.int64]  # (T,) from `moment`
    boxes_xyxy: Array  # (T, 4) pixels
    keypoints: NDArray[np.float32]  # (T, 133, 2) pixels
    labelled: NDArray[np.bool_]  # (T, 133)
    area: Array  # (T,) pixels of the mask, or a share of the box
    moments: NDArray[np.int64]  # every such frame, those without people too
    n_frames: Array  # (n_items,) how many of them


def moment(item: NDArray[np.intp], frame: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each item and frame, different for different ones."""
    return item * (1 << 32) + frame


def known(truth: pd.DataFrame, manifest: pd.DataFrame, every: int) -> Known:
    """What a TRUTH table says of every `every`-th frame; manifest: from `observed.items`."""
    rows = truth[truth["frame"] % every == 0]
    item = observed.item_rows(rows, manifest, "the data set", "truth")
    when = moment(item, rows["frame"].to_numpy(np.int64))
    moments = np.unique(when)
    someone = (rows["person"] != tables.NOBODY).to_numpy()
    people = rows[someone]
    boxes = people[["x0", "y0", "x1", "y1"]].to_numpy(np.float64)
    mask_px = np.array([np.sum(np.asarray(runs)[1::2]) for runs in people["mask_rle"]], np.float64)
    box_px = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return Known(
        item[someone],
        when[someone],
        boxes,
        observed.stacked(people["keypoints"], 2 * N_KEYPOINTS).reshape(-1, N_KEYPOINTS, 2),
        observed.stacked(people["visibility"], N_KEYPOINTS) > 0,
        np.where(mask_px > 0, mask_px, BOX_SHARE * box_px),
        moments,
        np.bincount(moments >> 32, minlength=len(manifest)).astype(np.float64),
    )


class Found(NamedTuple):
    """Who was found in the place of M of the true persons."""

    n_found: Array  # (n_items,) persons found in labelled frames, matched or not
    true: NDArray[np.intp]  # (M,) row of Known
    level: NDArray[np.int16]  # (M, 133) of the scores; 0 where the keypoint is not labelled
    px: Array  # (M, 133) distance, pixels; 0 where the keypoint is not labelled
    norm: Array  # (M, 133) distance over the long side of the true box


def compare(truth: Known, people: People, min_iou: float) -> Found:
    """The persons of one kind beside the true ones; min_iou: the gate of `matching.match`."""
    when = moment(people.item, people.frame)
    use = np.flatnonzero(np.isin(when, truth.moments))
    pairs = match(truth.moment, truth.boxes_xyxy, when[use], people.boxes_xyxy[use], min_iou)
    a, b = pairs[:, 0], use[pairs[:, 1]]
    labelled = truth.labelled[a]
    shift = truth.keypoints[a].astype(np.float64) - people.keypoints[b]
    px = np.where(labelled, np.hypot(shift[..., 0], shift[..., 1]), 0)
    sizes = truth.boxes_xyxy[a, 2:] - truth.boxes_xyxy[a, :2]
    long_px = np.maximum(sizes.max(axis=1, initial=0), 1)
    level = np.where(labelled, people.level[b], 0).astype(np.int16)
    n_found = np.bincount(people.item[use], minlength=len(truth.n_frames)).astype(np.float64)
    return Found(n_found, a, level, px, px / long_px[:, None])


def pose_counts(truth: Known, found: Found, n_thresholds: int) -> dict[str, Array]:
    """Counts of TRUE_POSE_COUNTS by name, each (n_items, 6, n_thresholds): parts in the order all, body, feet ..."""
    size = (len(truth.n_frames), n_thresholds)
    item = truth.item[found.true]
    near = np.where(found.norm < NEAR, found.level, 0).astype(np.int16)
    return {
        "n_true": by_part(truth.item, truth.labelled * _TOP, *size),
        "n_detected": by_part(item, found.level, *size),
        "n_near": by_part(item, near, *size),
        "sum_px": by_part(item, found.level, *size, _finite(found.px)),
        "sum_norm": by_part(item, found.level, *size, _finite(found.norm)),
    }


def _finite(values: Array) -> Array:
    """A keypoint that the network does not have may be NaN; its level is 0, so that it is in no sum."""
    return np.where(np.isfinite(values), values, 0)


def person_counts(truth: Known, found: Found) -> dict[str, Array]:
    """Counts of TRUE_PERSON_COUNTS by name, each (n_items,)."""
    n_items = len(truth.n_frames)
    posed = truth.labelled[:, PARTS["body"]].sum(axis=1) > 0
    item = truth.item[found.true]

    def count(items: NDArray[np.intp], weights: Array | None = None) -> Array:
        return np.bincount(items, weights, n_items).astype(np.float64)

    return {
        "n_frames": truth.n_frames,
        "n_true": count(truth.item),
        "n_found": found.n_found,
        "n_matched": count(item),
        "n_posed": count(truth.item[posed]),
        "n_posed_matched": count(item[posed[found.true]]),
        "sum_oks": count(item, similarity(truth, found)),
    }


def similarity(truth: Known, found: Found) -> Array:
    """Object keypoint similarity (M,) of the body, over its labelled keypoints; 0 where none is labelled.

    The mean of exp(-d^2 / (2 s^2 k^2)), where d is a keypoint's distance in pixels, s^2 the person's area and k twice
    the keypoint's sigma. The scores do not count, as with COCO; a keypoint without a place has similarity 0.
    """
    body = PARTS["body"]
    distance, labelled = found.px[:, body], truth.labelled[found.true, body]
    spread = 2 * truth.area[found.true, None] * (2 * SIGMAS) ** 2
    alike = np.where(np.isfinite(distance), np.exp(-(distance**2) / spread), 0)
    return np.nan_to_num(ratio((alike * labelled).sum(axis=1), labelled.sum(axis=1).astype(np.float64)))


def true_epe_px(counts: Counts) -> Ratio:
    """Distance to the true place in pixels, over the labelled keypoints that were detected."""
    return _float(counts["sum_px"]), _float(counts["n_detected"])


def true_epe_norm(counts: Counts) -> Ratio:
    """The same as a share of the long side of the person's true box."""
    return _float(counts["sum_norm"]), _float(counts["n_detected"])


def true_epe_item_px(counts: Counts) -> Ratio:
    """True EPE in pixels of an item, averaged over the items that have one; for counts of single items."""
    defined = counts["n_detected"] > 0
    return np.where(defined, ratio(*true_epe_px(counts)), 0), _float(defined)


def true_kept(counts: Counts) -> Ratio:
    """Share of the labelled keypoints that were detected at all, wherever."""
    return _float(counts["n_detected"]), _float(counts["n_true"])


def pck(counts: Counts) -> Ratio:
    """Share of the labelled keypoints that were detected within a tenth of the long side; 0 for missed persons."""
    return _float(counts["n_near"]), _float(counts["n_true"])


def oks(counts: Counts) -> Ratio:
    """Mean OKS of the true persons; 0 for those who were missed."""
    return _float(counts["sum_oks"]), _float(counts["n_posed"])


def oks_found(counts: Counts) -> Ratio:
    """Mean OKS of the true persons who were found."""
    return _float(counts["sum_oks"]), _float(counts["n_posed_matched"])


def true_persons_found(counts: Counts) -> Ratio:
    """Share of the true persons who were found."""
    return _float(counts["n_matched"]), _float(counts["n_true"])


def true_spurious(counts: Counts) -> Ratio:
    """Share of the persons found who are not there, or were found twice."""
    return _float(counts["n_found"] - counts["n_matched"]), _float(counts["n_found"])


def _float(counts: NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_]) -> Array:
    return counts.astype(np.float64)


POSE: Final[dict[str, Metric]] = {
    metric.__name__: metric for metric in (true_epe_px, true_epe_norm, true_epe_item_px, true_kept, pck)
}
PERSONS: Final[dict[str, Metric]] = {
    metric.__name__: metric for metric in (oks, oks_found, true_persons_found, true_spurious)
}
