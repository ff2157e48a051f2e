"""Square, rotated regions of a picture: from points, to tensors and back.

A region (ROI) is a row (centre x, centre y, side, rotation): pixels, and radians that turn the region clockwise as it
is seen. Coordinates are continuous: pixel i covers [i, i + 1), so a picture of width W spans 0 to W.
The rules follow MediaPipe's public graph configs, the .pbtxt files below mediapipe/modules in its repository, which
the package holds in compiled form; each constant names its file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.contracts import Image

Floats = NDArray[np.floating[Any]]


def to_image(points: Floats, rois: Floats) -> Floats:
    """Points (N, K, 2) in units of the ROI's side, 0 to 1 inside it, as pixels of the picture."""
    offset = (points - 0.5) * rois[:, None, 2:3]
    return (_rotated(offset, rois[:, 3]) + rois[:, None, :2]).astype(np.float32)


def to_roi(points: Floats, rois: Floats) -> Floats:
    """Inverse of `to_image`: pixels (N, K, 2) to units of the ROI's side."""
    offset = _rotated(points - rois[:, None, :2], -rois[:, 3])
    return (offset / rois[:, None, 2:3] + 0.5).astype(np.float32)


def turned(points: Floats, rois: Floats) -> Floats:
    """Points with depth (N, K, 3), in the directions of the ROI, in those of the picture; nothing is scaled."""
    return np.concatenate([_rotated(points[..., :2], rois[:, 3]), points[..., 2:]], axis=-1).astype(
        np.float32
    )


def _rotated(vectors: Floats, angles: Floats) -> Floats:
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def from_circle(centre: Floats, rim: Floats, scale: float, up: float = math.pi / 2) -> Floats:
    """ROIs (N, 4) around circles given by centre and a point of the rim, both (N, 2).

    The direction from centre to rim points, within the ROI, to `up` (radians, counted against the clock from the
    right: pi / 2 is up). AlignmentPointsRectsCalculator in pose_detection_to_roi.pbtxt.
    """
    arrow = rim - centre
    rotation = wrapped(up - np.arctan2(-arrow[:, 1], arrow[:, 0]))
    side = 2 * scale * np.hypot(arrow[:, 0], arrow[:, 1])
    return np.column_stack([centre, side, rotation]).astype(np.float32)


def around(points: Floats, rotation: Floats, scale: float, up: float = 0.0) -> Floats:
    """ROIs (N, 4) turned by `rotation` (N,) whose side is `scale` times the long extent of `points` (N, K, 2).

    Their centre is moved towards their own top by `up` times the points' height.
    """
    upright = _rotated(points, -rotation)
    low, high = upright.min(axis=1), upright.max(axis=1)
    centre = (low + high) / 2
    centre[:, 1] -= up * (high - low)[:, 1]
    side = scale * (high - low).max(axis=1)
    return np.column_stack([_rotated(centre[:, None], rotation)[:, 0], side, rotation]).astype(np.float32)


def shifted_up(rois: Floats, share: float) -> Floats:
    """The ROIs moved by `share` of their side towards their own top."""
    step = _rotated(np.stack([0 * rois[:, 2], -share * rois[:, 2]], axis=-1)[:, None], rois[:, 3])[:, 0]
    return np.column_stack([rois[:, :2] + step, rois[:, 2:]]).astype(np.float32)


def from_boxes(boxes_xyxy: Floats, scale: float) -> Floats:
    """Upright ROIs (N, 4) around boxes (N, 4), their side `scale` times the boxes' long side."""
    size = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    centre = (boxes_xyxy[:, 2:] + boxes_xyxy[:, :2]) / 2
    return np.column_stack([centre, scale * size.max(axis=1), np.zeros(len(size))]).astype(np.float32)


def wrapped(angle: Floats) -> Floats:
    """The same angle between -pi and pi."""
    return (angle - 2 * np.pi * np.floor((angle + np.pi) / (2 * np.pi))).astype(np.float32)


def usable(rois: Floats, height: int, width: int) -> NDArray[np.bool_]:
    """Which ROIs (N,) are finite, at least two pixels wide, sensibly large and touch the picture."""
    centre, side = rois[:, :2], rois[:, 2]
    limit = 16 * max(height, width, 16)
    with np.errstate(invalid="ignore"):
        sound = np.isfinite(rois).all(axis=1) & (side >= 2) & (side <= limit)
        gap = np.maximum(-centre, centre - np.array([width, height])).max(axis=1)
        return np.asarray(sound & (gap < side / 2))


def pyramid(image: Image) -> list[Image]:
    """The picture and its halvings down to about 100 pixels, so that small tensors are cut without aliasing."""
    levels = [np.ascontiguousarray(image)]
    while max(levels[-1].shape[:2]) > 200 and min(levels[-1].shape[:2]) > 1:
        height, width = levels[-1].shape[:2]
        half = ((width + 1) // 2, (height + 1) // 2)
        levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.uint8))
    return levels


def crops(levels: Sequence[Image], rois: Floats, size: int) -> NDArray[np.uint8]:
    """Cut ROIs (N, 4) out of a picture given by its `pyramid`: (N, size, size, 3) uint8."""
    out = np.empty((len(rois), size, size, 3), np.uint8)
    for i, roi in enumerate(rois):
        out[i] = oblong(levels, roi, size, (size, size), cv2.BORDER_REPLICATE)
    return out


def oblong(
    levels: Sequence[Image], roi: Floats, size: int, shape: tuple[int, int], border: int
) -> NDArray[np.uint8]:
    """The ROI (4,) at `size` pixels a side, continued around its middle to `shape`, height and width: (H, W, 3)."""
    shrink = max(1.0, float(roi[2]) / size)
    level = levels[min(int(math.log2(shrink)), len(levels) - 1)]
    scale = np.array(level.shape[1::-1]) / np.array(levels[0].shape[1::-1])
    matrix = affine(roi, size, shape) * scale[:, None]
    piece, corner = _around(level, roi[:2] * scale, 0.75 * max(shape) / size * roi[2] * scale + 2)
    matrix[:, 2] -= corner + 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(piece, matrix, shape[::-1], flags=flags, borderMode=border), dtype=np.uint8
    )


def _around(level: Image, centre: Floats, reach: Floats) -> tuple[Image, NDArray[np.intp]]:
    """The part of a picture within `reach` of `centre`, both (x, y), and its corner: OpenCV warps no longer sides."""
    size = np.array(level.shape[1::-1])
    low = np.clip(np.floor(centre - reach), 0, size - 1).astype(np.intp)
    high = np.clip(np.ceil(centre + reach), low + 1, size).astype(np.intp)
    return level[low[1] : high[1], low[0] : high[0]], low


def affine(roi: Floats, size: int, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Matrix (2, 3) from the index of a pixel of the tensor to continuous coordinates in the picture.

    The tensor (height, width) shows the ROI at `size` pixels a side, centred.
    """
    cx, cy, side, angle = (float(value) for value in roi)
    cos, sin = math.cos(angle) * side / size, math.sin(angle) * side / size
    y, x = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    return np.array([[cos, -sin, cx - x * cos + y * sin], [sin, cos, cy - x * sin - y * cos]])
