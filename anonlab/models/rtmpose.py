"""Whole-body pose by RTMW and DWPose through ONNX Runtime: lighter and better than the network of the paper.

Both are top-down networks with coordinates as two histograms (SimCC) at half a pixel. Two known traps are closed:
without boxes nothing is estimated (others take the whole frame for a person), and scores, which are maxima of
histograms and can exceed 1, are cut to 0..1. Pictures go in as RGB, as in training.

Source: Jiang et al., *RTMW: Real-Time Multi-Person 2D and 3D Whole-body Pose Estimation*, 2024; Yang et al., *Effective
Whole-body Pose Estimation with Two-stages Distillation*, ICCVW 2023.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.errors import MissingModelError
from anonlab.keypoints import N_KEYPOINTS
from anonlab.models import checkpoints
from anonlab.models.contracts import Image, Pose

Floats = NDArray[np.float32]

SIZE_WH: Final = (288, 384)
PADDING: Final = 1.25
SPLIT: Final = 2.0
"""Bins of the histograms per pixel of the network's input."""

MEAN: Final = np.array([123.675, 116.28, 103.53], np.float32)
STD: Final = np.array([58.395, 57.12, 57.375], np.float32)
MEMBER: Final = "end2end.onnx"


class RTMPose:
    """133 keypoints of every box; all boxes of a call go through the network together."""

    checkpoint = "rtmw_l"
    score_kind = "SimCC maximum"
    batch_size = 8

    def __init__(self, network: Path | None = None) -> None:
        """Open the network.

        Args:
            network: an .onnx file; None takes the checkpoint.

        Raises:
            MissingModelError: ONNX Runtime or the checkpoint is not on this machine.
        """
        content = network.read_bytes() if network else _unpacked(checkpoints.path(self.checkpoint))
        self._session = _session(content)
        self._input = self._session.get_inputs()[0].name

    def estimate(self, image: Image, boxes_xyxy: Floats) -> Pose:
        """Pose of each box (N, 4) of `image` (H, W, 3); N = 0 gives empty arrays."""
        return self.estimate_batch([image], [boxes_xyxy])[0]

    def estimate_batch(self, images: Sequence[Image], boxes_xyxy: Sequence[Floats]) -> list[Pose]:
        """Poses of the boxes (N, 4) of each of several pictures."""
        pairs = [(image, box) for image, boxes in zip(images, boxes_xyxy, strict=True) for box in boxes]
        regions = np.array([region(box) for _, box in pairs], np.float32).reshape(-1, 2, 2)
        crops = [crop(image, *where) for (image, _), where in zip(pairs, regions, strict=True)]
        keypoints, scores = self._run(crops)
        corners, sizes = regions[:, 0] - regions[:, 1] / 2, regions[:, 1]
        keypoints = (keypoints / SIZE_WH * sizes[:, None] + corners[:, None]).astype(np.float32)
        ends = np.cumsum([0, *map(len, boxes_xyxy)])
        return [Pose(keypoints[a:b], scores[a:b]) for a, b in pairwise(ends)]

    def _run(self, crops: list[Floats]) -> tuple[Floats, Floats]:
        """Keypoints (N, 133, 2) in pixels of the crops (3, 384, 288), and scores (N, 133)."""
        if not crops:
            return np.zeros((0, N_KEYPOINTS, 2), np.float32), np.zeros((0, N_KEYPOINTS), np.float32)
        along_x, along_y = self._session.run(None, {self._input: np.stack(crops)})
        return decode(along_x, along_y)


class RTMW(RTMPose):
    """RTMW-l 384x288, distilled from RTMW-x."""

    checkpoint = "rtmw_l"


class RTMWX(RTMPose):
    """RTMW-x 384x288."""

    checkpoint = "rtmw_x"


class DWPose(RTMPose):
    """DWPose-l 384x288."""

    checkpoint = "dwpose"


def region(box_xyxy: Floats) -> Floats:
    """Centre and size (2, 2), pixels, of the part of the picture that the network is to see of a box (4,).

    A quarter more than the box, widened or heightened to the network's proportions.
    """
    x0, y0, x1, y1 = (float(edge) for edge in box_xyxy)
    width, height = max(x1 - x0, 1.0) * PADDING, max(y1 - y0, 1.0) * PADDING
    aspect = SIZE_WH[0] / SIZE_WH[1]
    size = (width, width / aspect) if width > height * aspect else (height * aspect, height)
    return np.array([[(x0 + x1) / 2, (y0 + y1) / 2], size], np.float32)


def crop(image: Image, centre: Floats, size: Floats) -> Floats:
    """That part of `image` (H, W, 3) at the network's size, normalized: (3, 384, 288); black outside the picture."""
    scale = SIZE_WH[0] / float(size[0])
    shift = np.array(SIZE_WH, np.float32) / 2 - scale * centre
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    seen = cv2.warpAffine(image, matrix, SIZE_WH, flags=cv2.INTER_LINEAR).astype(np.float32)
    return np.ascontiguousarray(((seen - MEAN) / STD).transpose(2, 0, 1))


def decode(along_x: Floats, along_y: Floats) -> tuple[Floats, Floats]:
    """Keypoints (N, K, 2) in pixels of the crop and scores (N, K) of histograms (N, K, 2 x 288) and (N, K, 2 x 384).

    A score is the lower of the two maxima, cut to 0..1.
    """
    places = np.stack([along_x.argmax(axis=-1), along_y.argmax(axis=-1)], axis=-1) / SPLIT
    scores = np.minimum(along_x.max(axis=-1), along_y.max(axis=-1))
    return places.astype(np.float32), np.clip(scores, 0, 1).astype(np.float32)


def _session(content: bytes) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingModelError(
            "ONNX Runtime is not installed; get it with: pip install onnxruntime (or onnxruntime-gpu)"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
    return onnxruntime.InferenceSession(content, options, providers=onnxruntime.get_available_providers())


def _unpacked(archive: Path) -> bytes:
    """The network inside the archive that is published."""
    try:
        with zipfile.ZipFile(archive) as opened:
            name = next(each for each in opened.namelist() if each.endswith(MEMBER))
            return opened.read(name)
    except (OSError, zipfile.BadZipFile, StopIteration) as error:
        raise MissingModelError(
            f"{archive}: holds no {MEMBER} ({error}); delete it and get it again"
        ) from error
