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
from anonlab.models.contracts import Image

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


class HaarFaces:
    """Finds faces from the front and from either side."""

    def __init__(self) -> None:
        self._frontal, self._profile = _cascade(_FRONTAL), _cascade(_PROFILE)

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """x0, y0, x1, y1 and score (N, 5) of each face in `image` (H, W, 3), pixels; one seen from two sides is one."""
        gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        mirrored = _detected(self._profile, np.ascontiguousarray(gray[:, ::-1]), _MIN_PROFILE_PX)
        mirrored[:, [0, 2]] = gray.shape[1] - mirrored[:, [2, 0]]
        kept = _detected(self._frontal, gray, _MIN_FRONTAL_PX)
        for view in (_detected(self._profile, gray, _MIN_PROFILE_PX), mirrored):
            kept = np.concatenate([kept, view[~_covered(view, kept)]])
        return kept


class HogPersons:
    """Finds people who stand or walk."""

    def __init__(self) -> None:
        self._people = cv2.HOGDescriptor()
        self._people.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32))

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """x0, y0, x1, y1 and score (N, 5) of each person in `image` (H, W, 3), pixels, without the surroundings."""
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
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
        return found


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
