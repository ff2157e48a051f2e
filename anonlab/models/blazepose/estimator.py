"""133 whole-body keypoints per person from the body, face and hand networks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.keypoints import N_KEYPOINTS, PARTS
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.body import BODY_17, Bodies, BodyNetwork, again, joined
from anonlab.models.blazepose.extremities import (
    FACE_POINTS,
    HAND_POINTS,
    FaceNetwork,
    HandNetwork,
    Parts,
    unseen,
)
from anonlab.models.contracts import Image, Pose

Floats = NDArray[np.floating[Any]]

TIGHT: Final = 1.25
"""Side of the region looked at first over the box's long side: a whole person fills the box."""
WIDE: Final = 1.8
"""The same if the box shows part of a person: somebody at a desk, say."""
CUT_OFF: Final = 2.6
"""The same over the box's height if the lower border of the picture cuts the person off, about at the hips."""
BONUS: Final = 0.05
GROW_FRAC: Final = 0.1
"""A point this share of the long side outside the box still counts as inside."""
FEET_FROM: Final = np.array([31, 31, 29, 32, 32, 30])
"""Big toe, small toe, heel, left then right. BlazePose has no small toe: it stands at the big toe with score 0."""
SMALL_TOES: Final = np.array([18, 21])

FACE_FROM: Final = np.array(
    [
        *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
        *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),
        *(168, 197, 5, 4, 75, 97, 2, 326, 305),
        *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
        *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
        *(78, 82, 13, 312, 308, 317, 14, 87),
    ]
)
"""The mesh's points nearest to the 68: jaw, brows, nose, eyes, outer and inner lips."""


class BlazePoseEstimator:
    """Estimates 133 keypoints of persons whose boxes are known; a `PoseEstimator`.

    Attributes:
        score_kind: what a score means.
    """

    score_kind = (
        "BlazePose: body and feet flag * sqrt(visibility * heatmap maximum), face flag, hand presence"
    )

    def __init__(self) -> None:
        """Open the networks.

        Raises:
            MissingModelError: a network file or LiteRT is missing; the message says how to get it.
        """
        self.body = BodyNetwork()
        self.face = FaceNetwork()
        self.hand = HandNetwork()

    def estimate(self, image: Image, boxes_xyxy: Floats) -> Pose:
        """Pose of each box (N, 4) of `image` (H, W, 3).

        A box outside the picture or less than two pixels large gives its centre with score 0 for every point.
        """
        rois = roi_rules.from_boxes(boxes_xyxy, 1.0)
        good = roi_rules.usable(rois, *image.shape[:2])
        keypoints = np.repeat(np.nan_to_num(rois[:, None, :2]), N_KEYPOINTS, axis=1).astype(np.float32)
        scores = np.zeros(keypoints.shape[:2], np.float32)
        if good.any():
            keypoints[good], scores[good] = self._estimated(roi_rules.pyramid(image), boxes_xyxy[good])
        return Pose(keypoints, scores)

    def _estimated(self, levels: list[Image], boxes_xyxy: Floats) -> tuple[Floats, Floats]:
        bodies = self.bodies(levels, boxes_xyxy)
        n = len(bodies)
        face = self.face(levels, bodies.xy)
        sides = ["left"] * n + ["right"] * n
        hands = self.hand(levels, np.concatenate([bodies.xy, bodies.xy]), sides)
        left, right = hands.take(slice(0, n)), hands.take(slice(n, None))
        return whole_bodies(bodies, face, left, right)

    def bodies(self, levels: list[Image], boxes_xyxy: Floats) -> Bodies:
        """The best of: a tight first look, a wide one, and a second look through the region that the better gives."""
        tight = self.body(levels, roi_rules.from_boxes(boxes_xyxy, TIGHT))
        wide = self.body(levels, wide_rois(boxes_xyxy, levels[0].shape[0]))
        best = _better_fit(tight, wide, boxes_xyxy, bonus=BONUS)
        return _better_fit(again(self.body, levels, best), best, boxes_xyxy, bonus=BONUS)


class BlazePoseBody(BlazePoseEstimator):
    """The same without face and hands, for half the work: their points have score 0, and stand at nose and wrists."""

    def __init__(self) -> None:
        """Open the network.

        Raises:
            MissingModelError: the network file or LiteRT is missing; the message says how to get it.
        """
        self.body = BodyNetwork()

    def _estimated(self, levels: list[Image], boxes_xyxy: Floats) -> tuple[Floats, Floats]:
        bodies = self.bodies(levels, boxes_xyxy)
        nose, left, right = (bodies.xy[:, [point]] for point in BODY_17[[0, 9, 10]])
        face = unseen(nose[:, 0], FACE_POINTS)
        hands = [unseen(wrist[:, 0], HAND_POINTS) for wrist in (left, right)]
        return whole_bodies(bodies, face, *hands)


def _better_fit(first: Bodies, second: Bodies, boxes_xyxy: Floats, bonus: float) -> Bodies:
    """Row by row the body that fits its box better; `first` gets a bonus."""
    second_is_better = fit(second, boxes_xyxy) > fit(first, boxes_xyxy) + bonus
    return joined(first, second).take(np.arange(len(first)) + len(first) * second_is_better)


def wide_rois(boxes_xyxy: Floats, height: int) -> Floats:
    """ROIs (N, 4) for boxes (N, 4) that show part of a person, in a picture of this height."""
    wide = roi_rules.from_boxes(boxes_xyxy, WIDE)
    x0, top, x1, bottom = boxes_xyxy.T
    half = np.column_stack([(x0 + x1) / 2, bottom, CUT_OFF * (bottom - top), np.zeros(len(wide))])
    cut_off = (bottom >= height - 2) & (top > 2)
    return np.where(cut_off[:, None], half, wide).astype(np.float32)


def fit(bodies: Bodies, boxes_xyxy: Floats) -> Floats:
    """How far each body can be the person of its box (N,), 0 to 1: flag, certainty, and how much of it lies inside.

    A box that holds parts of two people, or the upper half of one, fits several bodies.
    """
    slack = GROW_FRAC * (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1)[:, None, None]
    xy = bodies.xy[:, BODY_17]
    inside = (xy >= boxes_xyxy[:, None, :2] - slack) & (xy <= boxes_xyxy[:, None, 2:] + slack)
    trust = bodies.scores()[:, BODY_17]
    share = (trust * inside.all(axis=-1)).sum(axis=1) / np.maximum(trust.sum(axis=1), 1e-6)
    return np.asarray(bodies.flags * bodies.certainty() * share**2)


def whole_bodies(bodies: Bodies, face: Parts, left: Parts, right: Parts) -> tuple[Floats, Floats]:
    """Keypoints (N, 133, 2) and scores (N, 133) in COCO-WholeBody's order."""
    n = len(bodies)
    keypoints = np.zeros((n, N_KEYPOINTS, 2), np.float32)
    scores = np.zeros((n, N_KEYPOINTS), np.float32)
    trust = bodies.scores()
    for part, source in (("body", BODY_17), ("feet", FEET_FROM)):
        keypoints[:, PARTS[part]], scores[:, PARTS[part]] = bodies.xy[:, source], trust[:, source]
    keypoints[:, PARTS["face"]] = face.xy[:, FACE_FROM]
    keypoints[:, PARTS["left_hand"]], keypoints[:, PARTS["right_hand"]] = left.xy, right.xy
    for part, found in (("face", face), ("left_hand", left), ("right_hand", right)):
        scores[:, PARTS[part]] = found.scores[:, None]
    scores[:, SMALL_TOES] = 0
    return keypoints, np.clip(scores, 0, 1)
