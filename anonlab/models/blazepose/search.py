"""The search for people: the single-shot pose detector on views of several sizes.

Constants: mediapipe/modules/pose_detection/pose_detection_cpu.pbtxt and pose_landmark/pose_detection_to_roi.pbtxt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.geometry import box_iou
from anonlab.models import weights
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.views import View, cells
from anonlab.models.contracts import Image
from anonlab.models.litert import GridNetwork

Floats = NDArray[np.floating[Any]]

SIZE: Final = 224
STRIDES: Final = ((8, 2), (16, 2), (32, 6))
"""Grid step in pixels of the tensor, and anchors per cell."""
BODY_SCALE: Final = 1.25
"""Side of a body's ROI over the diameter of the circle that the detector draws around it."""
SAME_FACE_IOU: Final = 0.3
SAME_ROI_IOU: Final = 0.6
SAME_ROI_TURN: Final = 0.5
"""Regions that overlap this much and are turned alike (radians) are looked at once."""


@dataclass(frozen=True)
class Candidates:
    """Places where N people may be, not yet verified.

    Attributes:
        scores: (N,) float32, 0 to 1.
        faces: (N, 4) float32, face boxes xyxy, pixels.
        rois: (N, 4) float32, regions of the whole bodies.
    """

    scores: Floats
    faces: Floats
    rois: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: list[int]) -> Candidates:
        """The candidates at `rows`."""
        return Candidates(self.scores[rows], self.faces[rows], self.rois[rows])

    def joined(self, other: Candidates) -> Candidates:
        """These candidates and others."""
        pairs = ((self.scores, other.scores), (self.faces, other.faces), (self.rois, other.rois))
        return Candidates(*(np.concatenate(pair) for pair in pairs))


class PersonSearch:
    """Proposes people."""

    def __init__(self) -> None:
        self.network = GridNetwork(weights.network_path("pose_detection"))

    def __call__(self, levels: list[Image], views: Sequence[View], threshold: float) -> Candidates:
        """Candidates with a score of at least `threshold` in views of a picture (its pyramid)."""
        found = [self._in_view(levels, view, threshold) for view in views]
        return thinned(merged(reduce(Candidates.joined, found)))

    def _in_view(self, levels: list[Image], view: View, threshold: float) -> Candidates:
        (boxes, logits), shape = view.seen(levels, self.network)
        scores = sigmoid(logits[:, 0])
        rows = np.nonzero(scores >= threshold)[0]
        anchors = np.concatenate([cells(shape, SIZE, *stride) for stride in STRIDES])
        return Candidates(scores[rows], *_decoded(boxes[rows], anchors[rows], view))


def _decoded(raw: Floats, anchors: Floats, view: View) -> tuple[Floats, Floats]:
    """Face boxes and body ROIs (N, 4) of raw detections (N, 12) at anchors (N, 2): x, y, w, h and four points."""
    points = raw[:, [0, 1, 4, 5, 6, 7]].reshape(-1, 3, 2) / SIZE + anchors[:, None]
    placed = view.to_image(points)
    half = raw[:, 2:4] / SIZE * view.roi[2] / 2
    faces = np.concatenate([placed[:, 0] - half, placed[:, 0] + half], axis=1)
    return faces, roi_rules.from_circle(placed[:, 1], placed[:, 2], BODY_SCALE)


def merged(found: Candidates) -> Candidates:
    """Candidates of the same face joined into their mean, weighted by score; the best score stays."""
    left = np.argsort(-found.scores, kind="stable")
    groups = []
    while len(left):
        same = box_iou(found.faces[left[:1]], found.faces[left])[0] >= SAME_FACE_IOU
        same[0] = True
        groups.append(left[same])
        left = left[~same]
    rows = [_mean(found, group) for group in groups]
    return Candidates(
        np.array([found.scores[group[0]] for group in groups], np.float32),
        np.array([faces for faces, _ in rows], np.float32).reshape(-1, 4),
        np.array([rois for _, rois in rows], np.float32).reshape(-1, 4),
    )


def thinned(found: Candidates) -> Candidates:
    """The candidates without those whose region is nearly that of a better one."""
    half = found.rois[:, 2:3] / 2
    squares = np.concatenate([found.rois[:, :2] - half, found.rois[:, :2] + half], axis=1)
    turn = np.abs(roi_rules.wrapped(found.rois[:, None, 3] - found.rois[None, :, 3]))
    same = (box_iou(squares, squares) > SAME_ROI_IOU) & (turn < SAME_ROI_TURN)
    kept: list[int] = []
    for row in np.argsort(-found.scores, kind="stable").tolist():
        if not same[row, kept].any():
            kept.append(row)
    return found.take(kept)


def _mean(found: Candidates, group: NDArray[np.intp]) -> tuple[Floats, Floats]:
    share = found.scores[group] / found.scores[group].sum()
    roi = found.rois[group]
    turn = roi[0, 3] + (share * roi_rules.wrapped(roi[:, 3] - roi[0, 3])).sum()
    place = (share[:, None] * roi[:, :3]).sum(axis=0)
    return (share[:, None] * found.faces[group]).sum(axis=0), np.append(place, turn)


def sigmoid(logits: Floats) -> Floats:
    """Logits as probabilities, float32."""
    return (1 / (1 + np.exp(-np.clip(logits, -60, 60)))).astype(np.float32)
