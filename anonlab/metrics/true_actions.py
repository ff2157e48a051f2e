"""Actions against true labels, and leaked pixels: counts per item, and the ratios that are taken of them.

The true set of a frame is what anybody in it does. Only frames whose labels are known and that are predictable count.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava
from anonlab.metrics import observed
from anonlab.metrics.measures import (
    THRESHOLDS,
    Array,
    Counts,
    Frames,
    Metric,
    Ratio,
    action_counts,
    distribution,
)

EXPOSED: Final = 0.1
"""Somebody is exposed in a frame when more than this share of the pixels is left as it was."""

_TOP: Final = len(THRESHOLDS)  # the level that is above every threshold


def known(truth: pd.DataFrame, manifest: pd.DataFrame) -> Frames:
    """The true actions of every frame of every clip, as a recogniser that is sure would have scored them.

    Frames without labels are not predictable. Ids that are not evaluated in AVA are left out.

    Args:
        truth: TRUTH.
        manifest: from `observed.items`.
    """
    lengths = np.where(manifest["media"] == "video", manifest["n_frames"], 0).astype(np.intp)
    starts = np.cumsum(lengths) - lengths
    item = np.repeat(np.arange(len(manifest)), lengths)
    rows = truth[truth["item"].isin(manifest.loc[manifest["media"] == "video", "item"])]
    at = starts[observed.item_rows(rows, manifest, "the data set", "truth")] + rows["frame"].to_numpy(np.intp)
    unknown = np.zeros(len(item), bool)
    unknown[at[~rows["has_actions"].to_numpy(bool)]] = True
    labelled = np.zeros(len(item), bool)
    labelled[at] = True
    level = np.zeros((len(item), ava.N_CLASSES), np.int16)
    for place, ids in zip(at, rows["actions"], strict=True):
        level[place, [_COLUMN[each] for each in ids if each in _COLUMN]] = _TOP
    labelled &= ~unknown
    return Frames(item, labelled, np.where(labelled[:, None], level, 0).astype(np.int16))


_COLUMN: Final = {number: column for column, number in enumerate(ava.CLASSES)}


def counts(truth: Frames, found: Frames, n_items: int, n_thresholds: int) -> dict[str, Array]:
    """Counts of TRUE_ACTION_COUNTS by name, each (n_items, n_thresholds)."""
    sets = action_counts(truth, found, n_items, n_thresholds)
    labels = {
        name: distribution(each, n_items, n_thresholds).sum(axis=1)
        for name, each in _both(truth, found).items()
    }
    return {name: sets[name] for name in ("n_frames", "n_equal")} | {
        f"{name}_labels": count for name, count in labels.items()
    }


def class_counts(truth: Frames, found: Frames, n_items: int, threshold: int) -> dict[str, Array]:
    """Counts of TRUE_CLASS_COUNTS by name, each (n_items, 60), at the threshold of this index."""
    return {
        name: distribution(each, n_items, _TOP)[:, :, threshold] for name, each in _both(truth, found).items()
    }


def _both(truth: Frames, found: Frames) -> dict[str, Frames]:
    """What is true, what was found, and what is both, in the frames that are labelled and predictable."""
    use = truth.predictable & found.predictable
    item, a, b = truth.item[use], truth.level[use], found.level[use]
    levels: dict[str, NDArray[np.int16]] = {"n_true": a, "n_found": b, "n_both": np.minimum(a, b)}
    return {name: Frames(item, use[use], level) for name, level in levels.items()}


def leak_counts(leaks: pd.DataFrame, manifest: pd.DataFrame, kind: str) -> dict[str, Array]:
    """Counts of LEAK_COUNTS by name, each (n_items,); leaks: LEAKS of `kind`."""
    item = observed.item_rows(leaks, manifest, kind, "leaks")
    pixels = {name: leaks[name].to_numpy(np.float64) for name in ("n_true", "n_masked", "n_leaked")}
    sums = {
        f"{name}_px": np.bincount(item, values, len(manifest)).astype(np.float64)
        for name, values in pixels.items()
    }
    exposed = pixels["n_leaked"] > EXPOSED * pixels["n_true"]
    people = {"n_persons": np.bincount(item, minlength=len(manifest))}
    people |= {"n_exposed": np.bincount(item[exposed], minlength=len(manifest))}
    return sums | {name: count.astype(np.float64) for name, count in people.items()}


def true_acc(counted: Counts) -> Ratio:
    """Share of frames in which the recognised actions are exactly the true ones."""
    return _float(counted["n_equal"]), _float(counted["n_frames"])


def action_precision(counted: Counts) -> Ratio:
    """Share of the recognised actions that are true, over all frames and classes."""
    return _float(counted["n_both_labels"]), _float(counted["n_found_labels"])


def action_recall(counted: Counts) -> Ratio:
    """Share of the true actions that are recognised, over all frames and classes."""
    return _float(counted["n_both_labels"]), _float(counted["n_true_labels"])


def mask_recall(counted: Counts) -> Ratio:
    """Share of the people's pixels that lie under the grown masks of the stage persons."""
    return _float(counted["n_masked_px"]), _float(counted["n_true_px"])


def leaked(counted: Counts) -> Ratio:
    """Share of the people's pixels that are written exactly as they were."""
    return _float(counted["n_leaked_px"]), _float(counted["n_true_px"])


def exposed(counted: Counts) -> Ratio:
    """Share of the people, frame by frame, of whom more than a tenth is written as it was."""
    return _float(counted["n_exposed"]), _float(counted["n_persons"])


def _float(values: Array | NDArray[np.int64]) -> Array:
    return values.astype(np.float64)


ACTIONS: Final[dict[str, Metric]] = {
    metric.__name__: metric for metric in (true_acc, action_precision, action_recall)
}
LEAKS: Final[dict[str, Metric]] = {metric.__name__: metric for metric in (mask_recall, leaked, exposed)}
