"""Face and hands: regions from the body's points, then the networks for 468 face points and 21 hand points.

Constants: mediapipe/modules/holistic_landmark/*.pbtxt and *.cc (face_landmarks_from_pose_to_recrop_roi,
face_landmarks_to_roi, hand_landmarks_from_pose_to_recrop_roi, hand_recrop_by_roi_cpu, hand_landmarks_to_roi,
hand_detections_from_pose_to_rects_calculator) and hand_landmark/calculators/hand_landmarks_to_rect_calculator.cc.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models import weights
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.search import sigmoid
from anonlab.models.contracts import Image
from anonlab.models.litert import Network

Floats = NDArray[np.floating[Any]]

FACE_SIZE: Final = 192
FACE_POINTS: Final = 468
FACE_PASSES: Final = 3
HOPELESS: Final = 0.05
"""A face or hand with a lower score is not looked at again."""
HAND_SIZE: Final = 224
RECROP_SIZE: Final = 256
HAND_POINTS: Final = 21
HAND_PASSES: Final = 2
STEADY: Final = np.array([0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18])
"""Points of the palm and of the fingers' roots, which move least with the fingers."""
HAND_BODY_POINTS: Final = {"left": (15, 17, 19), "right": (16, 18, 20)}
"""Wrist, pinky and index of the body network."""


@dataclass(frozen=True)
class Parts:
    """N faces or hands.

    Attributes:
        xy: (N, K, 2) float32, pixels of the picture.
        scores: (N,) float32, 0 to 1; 0 = there was no region to look at.
        depth: (N, K) float32, pixels away from the camera, counted from a zero of each part's own.
    """

    xy: Floats
    scores: Floats
    depth: Floats

    def take(self, rows: slice) -> Parts:
        """The parts at `rows`."""
        return Parts(self.xy[rows], self.scores[rows], self.depth[rows])


Run = Callable[[NDArray[np.float32], Floats], Parts]
"""From tensors (N, size, size, 3), 0 to 1, and their ROIs (N, 4) to what a network sees in them."""


class FaceNetwork:
    """Finds the points of one face in each region."""

    def __init__(self) -> None:
        self.network = Network(weights.network_path("face_landmark"))

    def __call__(self, levels: list[Image], body_xy: Floats) -> Parts:
        """Faces of the bodies with points `body_xy` (N, 39, 2): K = 468."""
        rois = face_rois(body_xy)
        best = unseen(rois[:, :2], FACE_POINTS)
        for _ in range(FACE_PASSES):
            now = self._once(levels, rois)
            best = _better(best, now, (now.scores > 0) & (now.scores >= best.scores - 0.05))
            rois = _unless_hopeless(face_rois_again(now.xy), now)
        return best

    def _once(self, levels: list[Image], rois: Floats) -> Parts:
        def run(tensors: NDArray[np.float32], where: Floats) -> Parts:
            points, flags = self.network(tensors)
            return _parts(points.reshape(-1, FACE_POINTS, 3) / FACE_SIZE, sigmoid(flags.reshape(-1)), where)

        return _where_usable(levels, rois, FACE_SIZE, FACE_POINTS, run)


class HandNetwork:
    """Finds the points of one hand in each region."""

    def __init__(self) -> None:
        # in a batch, this network answers rightly for the first item only
        self.recrop = Network(weights.network_path("hand_recrop"), batches=(1,))
        self.network = Network(weights.network_path("hand_landmark_full"))

    def __call__(self, levels: list[Image], body_xy: Floats, sides: list[str]) -> Parts:
        """Hands of the bodies with points `body_xy` (N, 39, 2), one per body, `sides[i]` left or right: K = 21."""
        rois = self._recropped(levels, hand_rois(body_xy, sides))
        best = unseen(rois[:, :2], HAND_POINTS)
        for _ in range(HAND_PASSES):
            now = self._once(levels, rois)
            best = _better(best, now, now.scores > best.scores)
            rois = _unless_hopeless(hand_rois_again(now.xy), now)
        return best

    def _recropped(self, levels: list[Image], rois: Floats) -> Floats:
        def run(tensors: NDArray[np.float32], where: Floats) -> Parts:
            (points,) = self.recrop(tensors)
            ends = np.pad(points.reshape(-1, 2, 2) / RECROP_SIZE, ((0, 0), (0, 0), (0, 1)))
            return _parts(ends, np.ones(len(where)), where)

        ends = _where_usable(levels, rois, RECROP_SIZE, 2, run).xy
        circle = roi_rules.from_circle(ends[:, 0], ends[:, 1], 1.0, up=-math.pi / 2)
        return roi_rules.shifted_up(circle, 0.1)

    def _once(self, levels: list[Image], rois: Floats) -> Parts:
        def run(tensors: NDArray[np.float32], where: Floats) -> Parts:
            points, presence, _, _ = self.network(tensors)
            shares = points.reshape(-1, HAND_POINTS, 3) / HAND_SIZE
            return _parts(shares, np.clip(presence[:, 0], 0, 1), where)

        return _where_usable(levels, rois, HAND_SIZE, HAND_POINTS, run)


def _parts(shares: Floats, scores: Floats, rois: Floats) -> Parts:
    """Parts whose points (N, K, 3) are in units of the ROI's side, depth included."""
    return Parts(roi_rules.to_image(shares[..., :2], rois), scores, shares[..., 2] * rois[:, None, 2])


def unseen(xy: Floats, n_points: int) -> Parts:
    """Parts of which nothing is known: every point in one place (N, 2), score 0."""
    points = np.repeat(np.nan_to_num(xy)[:, None], n_points, axis=1)
    return Parts(points, np.zeros(len(xy), np.float32), np.zeros(points.shape[:2], np.float32))


def _where_usable(levels: list[Image], rois: Floats, size: int, n_points: int, run: Run) -> Parts:
    """Run a network on the usable ROIs; the others get their centre as every point, and score 0."""
    good = roi_rules.usable(rois, *levels[0].shape[:2])
    found = run(roi_rules.crops(levels, rois[good], size) * np.float32(1 / 255), rois[good])
    out = unseen(rois[:, :2], n_points)
    out.xy[good], out.scores[good], out.depth[good] = found.xy, found.scores, found.depth
    return out


def _unless_hopeless(rois: Floats, now: Parts) -> Floats:
    """The ROIs, NaN (not usable) where the last look saw nothing that a better one could bring out."""
    return np.where(now.scores[:, None] >= HOPELESS, rois, np.nan)


def _better(best: Parts, now: Parts, is_better: NDArray[np.bool_]) -> Parts:
    return Parts(
        np.where(is_better[:, None, None], now.xy, best.xy),
        np.where(is_better, now.scores, best.scores),
        np.where(is_better[:, None], now.depth, best.depth),
    )


def face_rois(body_xy: Floats) -> Floats:
    """ROIs (N, 4) of the faces of bodies with points (N, 39, 2), turned by the line through the eyes."""
    return roi_rules.around(body_xy[:, :11], _angle(body_xy[:, 5], body_xy[:, 2]), 2.0)


def face_rois_again(xy: Floats) -> Floats:
    """ROIs (N, 4) that fit faces with points (N, 468, 2)."""
    return roi_rules.around(xy, _angle(xy[:, 33], xy[:, 263]), 1.5)


def _angle(start: Floats, end: Floats) -> Floats:
    return np.arctan2(end[:, 1] - start[:, 1], end[:, 0] - start[:, 0])


def hand_rois(body_xy: Floats, sides: list[str]) -> Floats:
    """ROIs (N, 4) of one hand of each body from wrist, pinky and index."""
    wrist, pinky, index = (
        body_xy[np.arange(len(sides)), [HAND_BODY_POINTS[side][i] for side in sides]] for i in range(3)
    )
    middle = (2 * index + pinky) / 3
    rois = roi_rules.shifted_up(roi_rules.from_circle(middle, 2 * middle - wrist, 1.0), 0.1)
    return rois * np.array([1, 1, 2.7, 1])


def hand_rois_again(xy: Floats) -> Floats:
    """ROIs (N, 4) that fit hands with points (N, 21, 2)."""
    target = (xy[:, 5] + xy[:, 13]) / 4 + xy[:, 9] / 2
    rotation = roi_rules.wrapped(_angle(xy[:, 0], target) + math.pi / 2)
    return roi_rules.around(xy[:, STEADY], rotation, 2.0, up=0.1)
