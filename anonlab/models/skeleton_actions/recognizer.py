"""Actions from poses: every person at a window's centre is followed through it and scored; the highest scores count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab import ava
from anonlab.errors import InputError
from anonlab.models.contracts import Image, Pose
from anonlab.models.skeleton_actions import network, observation, tracks
from anonlab.models.skeleton_actions.features import features, mirrored
from anonlab.models.skeleton_actions.network import Weights
from anonlab.models.skeleton_actions.observation import CLIP_LEN, FRAME_INTERVAL, Observation
from anonlab.models.skeleton_actions.tracks import Windows

Floats = NDArray[np.floating[Any]]

COLUMNS: Final = {ava_id: column for column, ava_id in enumerate(ava.CLASSES)}


class SkeletonActions:
    """Scores the 60 AVA classes from poses alone; a `PoseActionRecognizer`.

    Attributes:
        clip_len: observations of a window.
        frame_interval: frames between two of them, at 25 frames a second.
        version: hash of the weights.
        classes: AVA ids that it has learned. All others always score 0.
        poses: the pose estimators with whose eyes it sees.
    """

    clip_len = CLIP_LEN
    frame_interval = FRAME_INTERVAL
    poses = observation.POSES

    def __init__(self, weights: Weights | None = None) -> None:
        """Read the weights; `None` means those of the project.

        Raises:
            MissingModelError: the weights are not there.
            InputError: the file is damaged.
        """
        self.weights = network.load() if weights is None else weights
        self.version = self.weights.digest
        self.classes = tuple(self.weights.classes.tolist())

    def observe(self, image: Image, boxes_xyxy: Floats) -> Observation:
        """The poses of the persons (N, 4) of one frame."""
        return observation.observe(image, boxes_xyxy)

    def remember(self, boxes_xyxy: Floats, pose: Pose) -> Observation:
        """The same from poses that are known."""
        return observation.remember(boxes_xyxy, pose)

    def recognize(self, window: Sequence[Observation]) -> NDArray[np.float32]:
        """Scores (60,) of `clip_len` observations: the highest over those who are there in the centre."""
        if len(window) != self.clip_len:
            raise InputError(f"a window has {self.clip_len} observations; got {len(window)}")
        return highest(person_scores(self.weights, tracks.link(window)), self.classes)


def person_scores(weights: Weights, windows: Windows) -> Floats:
    """Scores (N, C) of N persons; the same for what a mirror shows."""
    both = (features(windows), features(mirrored(windows)))
    return np.asarray(sum(network.scores(weights, each) for each in both) / 2)


def highest(scores: Floats, classes: Sequence[int]) -> NDArray[np.float32]:
    """Scores (60,) of a frame from those (N, C) of its persons: the highest of each class, 0 without anybody."""
    result = np.zeros(ava.N_CLASSES, np.float32)
    result[[COLUMNS[ava_id] for ava_id in classes]] = scores.max(axis=0, initial=0)
    return result
