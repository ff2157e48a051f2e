"""Faces and persons found as before there were neural networks: a second opinion on what the networks let through.

A cascade of boosted Haar features looks for faces from the front and from either side, a linear SVM on histograms of
oriented gradients for people who stand or walk. Both come inside OpenCV, trained on other pictures and blind to other
people than the networks that drive the anonymization: they miss more, and what they see does not depend on what those
missed. Neither knows people who sit, bend, lie or are cut off by the border, nor faces that are tilted by much.

Sources: Viola and Jones, *Rapid Object Detection using a Boosted Cascade of Simple Features*, CVPR 2001; Dalal and
Triggs, *Histograms of Oriented Gradients for Human Detection*, CVPR 2005.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.errors import MissingModelError
from anonlab.geometry import box_iou
from anonlab.models.contracts import Findings, Image

LONG_SIDE_PX: Final = 800
"""A larger picture is looked at in this size: what costs time is area, and people in large pictures are large."""

_FRONTAL: Final = "haarcascade_frontalface_default.xml"
_PROFILE: Final = "haarcascade_profileface.xml"
_MIN_FRONTAL_PX: Final = 24
_MIN_PROFILE_PX: Final = 28  # two searches, and each costs more than one from the front
_FACE_STEP: Final = 1.2  # from one size to the next
_FACE_VOTES: Final = 3  # neighbouring windows that agree
_SAME_FACE_IOU: Final = 0.3  # between the front and either side
_PERSON_STEP: Final = 1.1
_STRIDE_PX: Final = (8, 8)
_PADDING_PX: Final = (16, 16)
_WINDOW_HW: Final = (128, 64)
_MARGIN_XY: Final = np.array([1 / 4, 1 / 8], np.float32)
"""The detector was trained on windows of 64 x 128 pixels with 16 of surroundings on every side of the person."""


class ClassicAuditor:
    """OpenCV's Haar cascades for faces and its HOG detector for people; scores are as each of them gives them."""

    def __init__(self) -> None:
        self._frontal, self._profile = _cascade(_FRONTAL), _cascade(_PROFILE)
        self._people = cv2.HOGDescriptor()
        self._people.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32))

    def find(self, image: Image) -> Findings:
        """Faces, then persons in `image` (H, W, 3), the best of each first."""
        factor = min(1.0, LONG_SIDE_PX / max(image.shape[:2]))
        height, width = (max(1, round(factor * side)) for side in image.shape[:2])
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if factor < 1:
            gray = cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA)
        small = np.asarray(gray, np.uint8)
        faces, persons = self._faces(small), self._persons(small)
        found = np.concatenate([faces, persons])
        scale = np.array([image.shape[1] / width, image.shape[0] / height] * 2, np.float32)
        limit = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
        what = np.array(["face"] * len(faces) + ["person"] * len(persons), np.str_)
        return Findings(what, np.clip(found[:, :4] * scale, 0, limit), found[:, 4])

    def _faces(self, gray: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Box and score (N, 5) of each face; one that is seen from two sides is one."""
        mirrored = _detected(self._profile, np.ascontiguousarray(gray[:, ::-1]), _MIN_PROFILE_PX)
        mirrored[:, [0, 2]] = gray.shape[1] - mirrored[:, [2, 0]]
        kept = _detected(self._frontal, gray, _MIN_FRONTAL_PX)
        for view in (_detected(self._profile, gray, _MIN_PROFILE_PX), mirrored):
            kept = np.concatenate([kept, view[~_covered(view, kept)]])
        return _ordered(kept)

    def _persons(self, gray: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Box and score (N, 5) of each person, without the surroundings."""
        below, right = (max(0, least - side) for least, side in zip(_WINDOW_HW, gray.shape, strict=True))
        # OpenCV crashes on a picture that is smaller than its window
        gray = cv2.copyMakeBorder(gray, 0, below, 0, right, cv2.BORDER_REPLICATE).view(np.uint8)
        boxes, weights = self._people.detectMultiScale(
            gray, winStride=_STRIDE_PX, padding=_PADDING_PX, scale=_PERSON_STEP
        )
        found = _rows(boxes, weights)
        margin = (found[:, 2:4] - found[:, :2]) * _MARGIN_XY
        found[:, :2] += margin
        found[:, 2:4] -= margin
        return _ordered(found)


def _cascade(name: str) -> cv2.CascadeClassifier:
    path = Path(cv2.__file__).parent / "data" / name
    if not path.is_file():
        raise MissingModelError(f"{path}: not in this OpenCV; install opencv-python-headless as pip has it")
    return cv2.CascadeClassifier(str(path))


def _detected(
    cascade: cv2.CascadeClassifier, gray: NDArray[np.uint8], min_side_px: int
) -> NDArray[np.float32]:
    """Box and score (N, 5) of what a cascade finds."""
    boxes, _, weights = cascade.detectMultiScale3(
        gray,
        scaleFactor=_FACE_STEP,
        minNeighbors=_FACE_VOTES,
        minSize=(min_side_px, min_side_px),
        outputRejectLevels=True,
    )
    return _rows(boxes, weights)


def _rows(boxes_xywh: Any, weights: Any) -> NDArray[np.float32]:
    """x0, y0, x1, y1 and score (N, 5); OpenCV gives empty tuples for nothing."""
    found = np.zeros((len(boxes_xywh), 5), np.float32)
    if len(found):
        xywh = np.asarray(boxes_xywh, np.float32).reshape(-1, 4)
        found[:, :2], found[:, 2:4] = xywh[:, :2], xywh[:, :2] + xywh[:, 2:]
        found[:, 4] = np.asarray(weights, np.float32).ravel()
    return found


def _covered(these: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of `these` (N,) lie where one of `others` does."""
    return np.asarray((box_iou(these[:, :4], others[:, :4]) >= _SAME_FACE_IOU).any(axis=1))


def _ordered(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best first; equal ones by their place, so that the order of OpenCV's threads does not show."""
    return found[np.lexsort((*found[:, :4].T, -found[:, 4]))]
