"""What the recogniser remembers of one frame: the poses of the persons in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab import models
from anonlab.models.contracts import Image, Pose

Floats = NDArray[np.floating[Any]]

CLIP_LEN: Final = 8
FRAME_INTERVAL: Final = 8
"""The paper's windows: 8 observations, a frame in 8 of 25 a second."""
POSE: Final = "blazepose_body"
"""The pose network through whose eyes the recogniser was trained."""
POSES: Final = (POSE, "blazepose")
"""The estimators that see a body with it."""
POINTS: Final = np.array([*range(17), 17, 19, 20, 22])
"""What is remembered of COCO-WholeBody's 133: the body, big toes and heels."""
N_POINTS: Final = len(POINTS)


@dataclass(frozen=True)
class Observation:
    """The N persons of one frame.

    Attributes:
        boxes_xyxy: (N, 4) float32, pixels.
        keypoints: (N, 21, 2) float32, pixels.
        scores: (N, 21) float32, 0 to 1.
    """

    boxes_xyxy: Floats
    keypoints: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.boxes_xyxy)


def observe(image: Image, boxes_xyxy: Floats) -> Observation:
    """The poses of the persons in the boxes (N, 4) of a frame (H, W, 3)."""
    return remember(boxes_xyxy, models.load("pose", POSE).estimate(image, boxes_xyxy))


def remember(boxes_xyxy: Floats, pose: Pose) -> Observation:
    """The same from poses that are known."""
    return Observation(boxes_xyxy, pose.keypoints[:, POINTS], pose.scores[:, POINTS])
