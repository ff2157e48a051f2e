"""What the networks saw, checked and as arrays: the step from tables to numbers.

Items are numbered by their row in the sorted manifest. A pose table has no row for a picture without persons, so a
picture that was never analysed cannot be told from an empty one; an actions table has a row for every frame.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava
from anonlab.errors import InputError
from anonlab.keypoints import N_KEYPOINTS
from anonlab.metrics.measures import Frames, People, levels

ALL: Final = "all"
_BOX: Final = ["x0", "y0", "x1", "y1"]
_AGAIN: Final = "run `dvc repro` to make the tables from one data set and one set of parameters"


def items(manifest: pd.DataFrame) -> pd.DataFrame:
    """The manifest sorted by item, so that nothing depends on the order of its rows.

    Raises:
        InputError: an item occurs twice, or a scenario is called "all", which stands for every scenario.
    """
    twice = manifest.loc[manifest["item"].duplicated(), "item"]
    if len(twice):
        raise InputError(f"manifest: item {twice.iloc[0]!r} occurs twice; give the files different names")
    if (manifest["scenario"] == ALL).any():
        raise InputError(f"manifest: scenario {ALL!r} stands for every scenario; rename that folder")
    return manifest.sort_values("item", ignore_index=True)


def people(table: pd.DataFrame, manifest: pd.DataFrame, kind: str, every: int) -> People:
    """The persons of a POSE table, in an order that does not depend on that of the rows or the persons' numbers.

    Args:
        table: POSE of `kind`.
        manifest: from `items`.
        kind: for messages.
        every: of every how many frames of a clip the pose was estimated.

    Raises:
        InputError: a row does not fit the manifest, occurs twice, or holds a number that is not finite. A keypoint
            with score 0, which the network does not have or did not see, may have coordinates that are NaN.
    """
    item = item_rows(table, manifest, kind, "pose")
    frame = table["frame"].to_numpy(np.int64)
    boxes = table[_BOX].to_numpy(np.float64)
    keypoints = stacked(table["keypoints"], 2 * N_KEYPOINTS).reshape(-1, N_KEYPOINTS, 2)
    scores = stacked(table["keypoint_scores"], N_KEYPOINTS)
    n_frames = manifest["n_frames"].to_numpy(np.int64)[item]
    outside = (frame >= n_frames) | (frame % every != 0)
    _refuse(table, outside, kind, "pose", f"is not among every {every}th frame of the item; {_AGAIN}")
    twice = table.duplicated(["item", "frame", "person"]).to_numpy()
    _refuse(table, twice, kind, "pose", "holds a person twice; delete the table and run `dvc repro`")
    _refuse(table, _not_finite(boxes, keypoints, scores), kind, "pose", _NOT_FINITE)
    order = np.lexsort((*scores.T[:1], *boxes.T, frame, item))
    return People(item[order], frame[order], boxes[order], keypoints[order], levels(scores[order]))


_NOT_FINITE: Final = (
    "holds a number that is not finite; mend the model or leave the item out, and run `dvc repro`"
)


def _not_finite(
    boxes: NDArray[np.float64], keypoints: NDArray[np.float32], scores: NDArray[np.float32]
) -> NDArray[np.bool_]:
    nowhere = ~np.isfinite(keypoints).all(axis=2) & (scores > 0)
    known = np.isfinite(boxes).all(axis=1) & np.isfinite(scores).all(axis=1) & ~nowhere.any(axis=1)
    return np.asarray(~known)


def frames(table: pd.DataFrame, manifest: pd.DataFrame, kind: str) -> Frames:
    """The frames of an ACTIONS table, clip after clip; scores of frames that are not predictable are not looked at.

    Args:
        table: ACTIONS of `kind`.
        manifest: from `items`.
        kind: for messages.

    Raises:
        InputError: the table has not exactly one row for each frame of each clip, or a score that is not finite in a
            frame that is marked as predictable.
    """
    item = item_rows(table, manifest, kind, "actions")
    frame = table["frame"].to_numpy(np.int64)
    order = np.lexsort((frame, item))
    _refuse_gaps(item[order], frame[order], manifest, kind)
    scores = table[list(ava.NAMES)].to_numpy(np.float32)
    predictable = table["predictable"].to_numpy(bool)
    _refuse(table, predictable & ~np.isfinite(scores).all(axis=1), kind, "actions", _NOT_FINITE)
    level = levels(np.where(predictable[:, None], scores, np.float32(0)))
    return Frames(item[order], predictable[order], level[order])


def _refuse_gaps(item: NDArray[np.intp], frame: NDArray[np.int64], manifest: pd.DataFrame, kind: str) -> None:
    n_frames = np.where(manifest["media"] == "video", manifest["n_frames"], 0)
    n_rows = np.bincount(item, minlength=len(manifest))
    for row in np.flatnonzero(n_rows != n_frames)[:1]:
        raise InputError(
            f"actions of {kind!r}: {n_rows[row]} rows for item {manifest['item'].iloc[row]!r}, which has "
            f"{n_frames[row]} frames; {_AGAIN}"
        )
    for row in np.flatnonzero(frame != np.arange(len(frame)) - np.searchsorted(item, item))[:1]:
        raise InputError(
            f"actions of {kind!r}: item {manifest['item'].iloc[item[row]]!r}, frame {frame[row]} is there twice, or "
            f"one before it is missing; {_AGAIN}"
        )


def item_rows(table: pd.DataFrame, manifest: pd.DataFrame, kind: str, what: str) -> NDArray[np.intp]:
    """Row of the manifest for each row of a table."""
    rows = pd.Index(manifest["item"]).get_indexer(pd.Index(table["item"]))
    _refuse(table, rows < 0, kind, what, f"is not in the manifest; {_AGAIN}")
    return rows


def _refuse(table: pd.DataFrame, bad: NDArray[np.bool_], kind: str, what: str, problem: str) -> None:
    """Raise an error that names the first bad row, if there is one."""
    for row in np.flatnonzero(bad)[:1]:
        item, frame = table["item"].iloc[row], table["frame"].iloc[row]
        raise InputError(f"{what} of {kind!r}: item {item!r}, frame {frame} {problem}")


def stacked(column: pd.Series, length: int) -> NDArray[np.float32]:
    """A column of sequences as (rows, length)."""
    if column.empty:
        return np.zeros((0, length), np.float32)
    return np.stack([np.asarray(row, np.float32) for row in column])
