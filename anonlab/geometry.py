"""Boxes and keypoints compared: pure functions of arrays, pixels with x right and y down."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

OKS_SIGMAS: Final = np.array(
    [
        *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072),
        *(0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
    ],
    np.float32,
)
"""Spread of human annotations of the 17 body points, in shares of the root of the person's area (COCO)."""


def box_iou(boxes_a: Floats, boxes_b: Floats) -> Floats:
    """Intersection over union of every pair of boxes: (Na, 4) and (Nb, 4) xyxy give (Na, Nb) float32.

    Boxes without area, or with a NaN, overlap nothing: 0.

    >>> box_iou(np.float32([[0, 0, 2, 2]]), np.float32([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]])).round(3)
    array([[1.   , 0.333, 0.   ]], dtype=float32)
    """
    shared = _areas(
        np.maximum(boxes_a[:, None, :2], boxes_b[None, :, :2]),
        np.minimum(boxes_a[:, None, 2:], boxes_b[None, :, 2:]),
    )
    union = (
        _areas(boxes_a[:, :2], boxes_a[:, 2:])[:, None]
        + _areas(boxes_b[:, :2], boxes_b[:, 2:])[None]
        - shared
    )
    with np.errstate(invalid="ignore"):
        return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _areas(low: Floats, high: Floats) -> Floats:
    """Areas (...,) of boxes given by two corners (..., 2)."""
    size = np.maximum(high - low, 0)
    return np.asarray(np.nan_to_num(size[..., 0] * size[..., 1]), np.float32)


def assign(gain: NDArray[np.floating[Any]], allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows and columns of `gain` (N, M) paired one to one, so that the gains add up to most: (K, 2), by row.

    As many as can be of those that are `allowed` (N, M), and no others.

    >>> assign(np.array([[0.9, 0.8], [0.7, 0.1]]), np.full((2, 2), True)).tolist()
    [[0, 1], [1, 0]]
    """
    if not allowed.any():
        return np.zeros((0, 2), np.intp)
    from scipy.optimize import linear_sum_assignment  # slow to import, and only some stages get here

    # no gain makes up for a pair that is not allowed
    forbidden = gain[allowed].min() - 1 - float(np.ptp(gain[allowed])) * min(gain.shape)
    usable = np.where(allowed, gain, forbidden)
    pairs = np.stack(linear_sum_assignment(usable, maximize=True), axis=1)
    return np.asarray(pairs[allowed[pairs[:, 0], pairs[:, 1]]], np.intp)


def oks(keypoints: Floats, truth: Floats, labelled: NDArray[np.bool_], area: float) -> float:
    """Object keypoint similarity of one person's 17 body points; NaN if none is labelled.

    Args:
        keypoints: (17, 2) pixels.
        truth: (17, 2) pixels.
        labelled: (17,) which points of `truth` count.
        area: of the person, square pixels.

    Source: COCO keypoint evaluation, OKS = mean over labelled points of exp(-d^2 / (2 area (2 sigma)^2)).
    """
    if not labelled.any():
        return float("nan")
    squared = ((keypoints - truth)[labelled] ** 2).sum(axis=1)
    return float(np.exp(-squared / (2 * area * (2 * OKS_SIGMAS[labelled]) ** 2)).mean())
