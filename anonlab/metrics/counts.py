"""Count tables: one row per method, item and threshold. Ratios come last, in `summary`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava, tables
from anonlab.keypoints import NAMES
from anonlab.metrics import measures
from anonlab.metrics.matching import match
from anonlab.metrics.measures import THRESHOLDS, Array, Frames, People

ORIGINAL = "original"


def pose_tables(
    manifest: pd.DataFrame, people: Mapping[str, People], every: int, match_iou: float, threshold: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """POSE_COUNTS, KEYPOINT_COUNTS and PERSON_COUNTS of every method against the original.

    Args:
        manifest: from `observed.items`.
        people: by kind, "original" among them.
        every: of every how many frames of a clip the pose was estimated.
        match_iou: the gate of `matching.match`.
        threshold: one of THRESHOLDS, the one that KEYPOINT_COUNTS holds.
    """
    original, n_items = people[ORIGINAL], len(manifest)
    at = int(np.searchsorted(THRESHOLDS, threshold))
    analysed = np.ceil(manifest["n_frames"].to_numpy() / every)
    methods = {kind: found for kind, found in people.items() if kind != ORIGINAL}
    pose, keypoint, person = [], [], []
    for found in methods.values():
        pairs = match(_moment(original), original.boxes_xyxy, _moment(found), found.boxes_xyxy, match_iou)
        common = measures.common_keypoints(original, found, pairs)
        pose.append(measures.pose_counts(original, found, common, n_items, len(THRESHOLDS)))
        keypoint.append(measures.keypoint_counts(original, common, n_items, at))
        person.append(measures.person_counts(original, found, common, analysed))
    kinds = list(methods)
    return (
        tidy(manifest, kinds, pose, part=tables.PARTS_AND_ALL, threshold=THRESHOLDS),
        tidy(manifest, kinds, keypoint, keypoint=NAMES, threshold=THRESHOLDS[[at]]),
        tidy(manifest, kinds, person),
    )


def action_tables(manifest: pd.DataFrame, frames: Mapping[str, Frames]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ACTION_COUNTS of every method against the original, and DISTRIBUTION of every kind; clips only.

    The distribution counts frames that are predictable in that kind, and leaves out rows that would be 0.

    Args:
        manifest: from `observed.items`.
        frames: by kind, "original" among them; no kind at all gives empty tables.
    """
    n_items, n = len(manifest), len(THRESHOLDS)
    clips = (manifest["media"] == "video").to_numpy()
    methods = [kind for kind in frames if kind != ORIGINAL]
    counts = [measures.action_counts(frames[ORIGINAL], frames[kind], n_items, n) for kind in methods]
    seen = [{"n_frames": measures.distribution(found, n_items, n)} for found in frames.values()]
    return (
        tidy(manifest, methods, counts, clips, threshold=THRESHOLDS),
        tidy(manifest, list(frames), seen, clips, sparse=True, action=ava.NAMES, threshold=THRESHOLDS),
    )


def mask_table(manifest: pd.DataFrame, made: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """MASK_COUNTS of every kind whose method says what became of each mask; `made` is FRAMES by kind."""
    counted = {}
    for kind, table in made.items():
        rows = table.set_index("item")[["n_persons", "n_avatar", "n_fallback"]]
        n_masks, n_avatar, n_fallback = rows.reindex(manifest["item"], fill_value=0).to_numpy(np.float64).T
        if (n_avatar + n_fallback).any():
            counted[kind] = {"n_masks": n_masks, "n_fallback": n_fallback}
    return tidy(manifest, list(counted), list(counted.values()))


def _moment(people: People) -> NDArray[np.int64]:
    """A number for each person that tells items and frames apart."""
    return people.item * (1 << 32) + people.frame


def tidy(
    manifest: pd.DataFrame,
    kinds: Sequence[str],
    counts: Sequence[Mapping[str, Array]],
    use: NDArray[np.bool_] | None = None,
    sparse: bool = False,
    **axes: Sequence[str] | Array,
) -> pd.DataFrame:
    """A row for every kind, item and value of `axes`, in this order, without rows of 0 if `sparse`.

    Args:
        manifest: the items.
        kinds: one for each of `counts`.
        counts: of each kind, name -> (n_items, *lengths of axes).
        use: (n_items,) which items to keep; all by default.
        sparse: leave out rows in which every count is 0.
        axes: name -> values.
    """
    use = np.ones(len(manifest), bool) if use is None else use
    used = manifest[use]
    shape = (len(kinds), len(used), *(len(values) for values in axes.values()))
    values = {
        name: np.stack([count[name][use] for count in counts]).ravel() for name in next(iter(counts), ())
    }
    keep = np.flatnonzero(sum(values.values())) if sparse and values else np.arange(np.prod(shape))
    labels: dict[str, Label] = {"kind": (0, kinds)}
    labels |= {name: (1, used[name]) for name in ("item", "scenario", "media")}
    labels |= {name: (number, labels) for number, (name, labels) in enumerate(axes.items(), start=2)}
    typed = {name: _typed(name, value[keep]) for name, value in values.items()}
    return pd.DataFrame(label_columns(shape, labels, keep) | typed)


Label = tuple[int, Sequence[Any] | pd.Series | np.ndarray]


def label_columns(
    shape: tuple[int, ...], labels: Mapping[str, Label], keep: NDArray[np.intp]
) -> dict[str, Any]:
    """Columns that name the entries `keep` of a flattened array of this shape.

    Args:
        shape: of the array.
        labels: column -> number of an axis and a label for each of its places.
        keep: flat positions.
    """
    where = np.unravel_index(keep, shape)
    return {name: pd.array(values).take(where[axis]) for name, (axis, values) in labels.items()}


def _typed(name: str, values: Array) -> NDArray[np.int64] | Array:
    """Counts as whole numbers, sums as they are."""
    return values.astype(np.int64) if name.startswith("n_") else values
