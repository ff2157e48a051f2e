"""Which person on the anonymized picture is which person on the original."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab.geometry import assign

Array = NDArray[np.float64]


def iou(a_xyxy: Array, b_xyxy: Array) -> Array:
    """Intersection over union of boxes (..., 4), row by row: (...). Equal boxes have 1, even without an area.

    >>> iou(np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 3, 2])).round(3)
    np.float64(0.333)
    """
    low = np.maximum(a_xyxy[..., :2], b_xyxy[..., :2])
    high = np.minimum(a_xyxy[..., 2:], b_xyxy[..., 2:])
    overlap = np.clip(high - low, 0, None).prod(axis=-1)
    area_a = (a_xyxy[..., 2:] - a_xyxy[..., :2]).prod(axis=-1)
    union = area_a + (b_xyxy[..., 2:] - b_xyxy[..., :2]).prod(axis=-1) - overlap
    equal = np.all(a_xyxy == b_xyxy, axis=-1)
    return np.where(equal, 1.0, overlap / np.where(union > 0, union, 1))


def match(
    frame_a: NDArray[np.int64],
    boxes_a: Array,
    frame_b: NDArray[np.int64],
    boxes_b: Array,
    min_iou: float,
) -> NDArray[np.intp]:
    """Pair persons of the same frame one to one so that the sum of the pairs' IoU is largest.

    A pair below `min_iou` is never made, and does not take part in the sum: the gate comes before the assignment.

    Args:
        frame_a: (n,) any number that tells frames (and items) apart.
        boxes_a: (n, 4) x0, y0, x1, y1.
        frame_b: (m,) the same numbers for the other side.
        boxes_b: (m, 4).
        min_iou: above 0, at most 1.

    Returns:
        (pairs, 2) rows of a and of b, by rising row of a.
    """
    pairs = _candidates(frame_a, frame_b)
    pairs["iou"] = iou(boxes_a[pairs["a"]], boxes_b[pairs["b"]])
    pairs = pairs[pairs["iou"] >= min_iou]
    rivals = pairs.duplicated("a", keep=False) | pairs.duplicated("b", keep=False)
    contested = pairs[pairs["frame"].isin(pairs.loc[rivals, "frame"])]
    clear = pairs.drop(contested.index)
    won = [_assign(rows) for _, rows in contested.groupby("frame")]
    made = np.concatenate([clear[["a", "b"]].to_numpy(np.intp), *won])
    return made[np.argsort(made[:, 0])]


def _candidates(frame_a: NDArray[np.int64], frame_b: NDArray[np.int64]) -> pd.DataFrame:
    """Every pair of rows in the same frame: columns frame, a, b."""
    a = pd.DataFrame({"frame": frame_a, "a": np.arange(len(frame_a))})
    b = pd.DataFrame({"frame": frame_b, "b": np.arange(len(frame_b))})
    return a.merge(b, on="frame")


def _assign(pairs: pd.DataFrame) -> NDArray[np.intp]:
    """The best one-to-one choice (k, 2) among the allowed pairs of one frame."""
    rows, row = np.unique(pairs["a"], return_inverse=True)
    columns, column = np.unique(pairs["b"], return_inverse=True)
    gain = np.zeros((len(rows), len(columns)))
    gain[row, column] = pairs["iou"]
    i, j = assign(gain, gain > 0).T
    return np.stack([rows[i], columns[j]], axis=1).astype(np.intp)
