"""Faces, sought for themselves: they show people whose bodies are hidden, and confirm bodies that were found.

Constants: mediapipe/modules/face_detection/face_detection_full_range_cpu.pbtxt.
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
from anonlab.models.blazepose.body import Bodies
from anonlab.models.blazepose.search import sigmoid
from anonlab.models.blazepose.views import View, cells
from anonlab.models.contracts import Image
from anonlab.models.litert import GridNetwork

Floats = NDArray[np.floating[Any]]

SIZE: Final = 192
STEP: Final = 4
"""Pixels of the tensor between anchors."""
N_POINTS: Final = 8
"""Per detection: centre and size of the box, then eyes, nose, mouth and ears."""
HIT: Final = 0.5
FACE: Final = 0.6
MIN_HITS: Final = 2
"""A face is found by several anchors and in several views, at least once with some certainty; chance hits are few."""
SAME_FACE_IOU: Final = 0.3

BODY_DOWN: Final = 3.7
BODY_SIDE: Final = 12.4
"""Centre and side of the region of a standing body below a face, in widths of the face: medians over 77 faces."""

FACE_POINTS: Final = np.array([0, 2, 5, 9, 10])
"""The body network's nose, eyes and corners of the mouth: their middle is a face's."""
SLACK: Final = 0.2
"""So far, in widths of the face, may that middle lie outside the face's box."""

FAR_TURN: Final = 1.2
"""Radians between a face and a body that are hardly one person's."""
BENT: Final = 0.75


@dataclass(frozen=True)
class Faces:
    """N faces of one picture.

    Attributes:
        scores: (N,) float32, 0 to 1.
        boxes_xyxy: (N, 4) float32, pixels, brows to chin.
        turns: (N,) float32, radians clockwise from upright, by the line through the eyes.
    """

    scores: Floats
    boxes_xyxy: Floats
    turns: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Faces:
        """The faces at `rows`."""
        return Faces(self.scores[rows], self.boxes_xyxy[rows], self.turns[rows])

    def joined(self, other: Faces) -> Faces:
        """These faces and others."""
        pairs = ((self.scores, other.scores), (self.boxes_xyxy, other.boxes_xyxy), (self.turns, other.turns))
        return Faces(*(np.concatenate(pair) for pair in pairs))

    def centres(self) -> Floats:
        """Centres (N, 2), pixels."""
        return np.asarray((self.boxes_xyxy[:, :2] + self.boxes_xyxy[:, 2:]) / 2)

    def widths(self) -> Floats:
        """Widths (N,), pixels."""
        return np.asarray(self.boxes_xyxy[:, 2] - self.boxes_xyxy[:, 0])

    def body_rois(self) -> Floats:
        """Regions (N, 4) where the bodies are if they stand upright."""
        width = self.widths()
        down = np.column_stack([0 * width, BODY_DOWN * width])
        return np.column_stack([self.centres() + down, BODY_SIDE * width, 0 * width]).astype(np.float32)


class FaceSearch:
    """Finds faces."""

    def __init__(self) -> None:
        self.network = GridNetwork(weights.network_path("face_detection_full_range_sparse"))

    def __call__(self, levels: list[Image], views: Sequence[View]) -> Faces:
        """Faces in views of a picture (its pyramid), best first."""
        return merged(reduce(Faces.joined, [self._in_view(levels, view) for view in views]))

    def _in_view(self, levels: list[Image], view: View) -> Faces:
        (boxes, logits), shape = view.seen(levels, self.network)
        scores = sigmoid(logits[:, 0])
        rows = np.nonzero(scores >= HIT)[0]
        return Faces(scores[rows], *_decoded(boxes[rows], cells(shape, SIZE, STEP)[rows], view))


def _decoded(raw: Floats, anchors: Floats, view: View) -> tuple[Floats, Floats]:
    """Boxes (N, 4) and turns (N,) of raw detections (N, 16) at anchors (N, 2)."""
    shape = raw.reshape(-1, N_POINTS, 2) / SIZE
    centre = view.to_image(shape[:, :1] + anchors[:, None])[:, 0]
    half = shape[:, 1] * view.roi[2] / 2
    eyes = shape[:, 3] - shape[:, 2]
    return np.concatenate([centre - half, centre + half], axis=1), np.arctan2(eyes[:, 1], eyes[:, 0])


def merged(found: Faces) -> Faces:
    """Hits on the same face joined into their mean; those with too few hits are dropped. The best score stays."""
    left = np.argsort(-found.scores, kind="stable")
    best, boxes = [], []
    while len(left):
        same = box_iou(found.boxes_xyxy[left[:1]], found.boxes_xyxy[left])[0] >= SAME_FACE_IOU
        same[0] = True
        if same.sum() >= MIN_HITS and found.scores[left[0]] >= FACE:
            best.append(left[0])
            boxes.append(np.average(found.boxes_xyxy[left[same]], axis=0, weights=found.scores[left[same]]))
        left = left[~same]
    rows = np.array(best, np.intp)
    return Faces(found.scores[rows], np.array(boxes, np.float32).reshape(-1, 4), found.turns[rows])


def owned(faces: Faces, bodies: Bodies) -> NDArray[np.intp]:
    """The face that each body has (N,); -1 for bodies without one, or whose mask leaves it clear."""
    if not len(faces):
        return np.full(len(bodies), -1)
    size = bodies.rois[:, None, 2] / np.maximum(faces.widths(), 1)[None]
    fits = at_head(faces, bodies) & ~across(faces, bodies) & masked(bodies, faces.centres())
    fits &= (size >= BODY_SIDE / 2) & (size <= BODY_SIDE * 2)
    best = np.where(fits, faces.scores[None], -1).argmax(axis=1)
    return np.where(fits.any(axis=1), best, -1)


def agreement(faces: Faces, bodies: Bodies) -> Floats:
    """Factor (N,) for scores: below 1 where a face stands across its body, as if several people were one lying."""
    bent = (at_head(faces, bodies) & across(faces, bodies)).any(axis=1)
    return np.where(bent, BENT, 1).astype(np.float32)


def at_head(faces: Faces, bodies: Bodies) -> NDArray[np.bool_]:
    """Which faces (M) are where bodies (N) have theirs: (N, M)."""
    middle = bodies.xy[:, FACE_POINTS].mean(axis=1)
    reach = (0.5 + SLACK) * faces.widths()[None, :, None]
    return np.asarray((np.abs(middle[:, None] - faces.centres()[None]) <= reach).all(axis=-1))


def across(faces: Faces, bodies: Bodies) -> NDArray[np.bool_]:
    """Which faces (M) are turned far from the direction of bodies (N): (N, M)."""
    return np.asarray(np.abs(roi_rules.wrapped(bodies.rois[:, None, 3] - faces.turns[None])) > FAR_TURN)


def masked(bodies: Bodies, points: Floats) -> NDArray[np.bool_]:
    """Which bodies' masks hold which points (M, 2) of the picture: (N, M)."""
    everywhere = np.broadcast_to(points, (len(bodies), *points.shape))
    shares = roi_rules.to_roi(everywhere, bodies.rois)
    cells = np.clip(shares * bodies.mask_logits.shape[1], 0, bodies.mask_logits.shape[1] - 1).astype(np.intp)
    likely = bodies.mask_logits[np.arange(len(bodies))[:, None], cells[..., 1], cells[..., 0]] >= 0
    return np.asarray(likely & ((shares >= 0) & (shares < 1)).all(axis=-1))
