"""CenterFace: faces from any side, by a network of another build and training than those behind the anonymization.

It knows no anchors: each cell of a map four times smaller than the picture says how much it is the middle of a face,
how large that face is, and how far its middle lies from the cell's. It was learned on WIDER FACE. Whom it misses and
whom those miss may still be the same: all of them are networks.

Source: Xu, Yan, Yang, He, Liu, *CenterFace: Joint Face Detection and Alignment Using Face as Point*, 2019.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models import weights
from anonlab.models.contracts import Image

MIN_SCORE: Final = 0.4
"""Not above it, plants and cloth look like faces as often as faces do."""
SAME_FACE_IOU: Final = 0.3
STRIDE_PX: Final = 4
MULTIPLE_PX: Final = 32
"""The network halves its input five times."""
LEAST_PX: Final = 128
"""In less, it sees faces in plain gray."""
LARGEST_LOG: Final = 10.0
"""Of a face's side in cells: more than any picture has."""
OUTPUTS: Final = ("537", "538", "539")
"""Middles, sizes (log of height and width in cells) and offsets (y and x), as the file calls them."""


class CenterFace:
    """Finds faces; the network is run by OpenCV."""

    def __init__(self) -> None:
        """Open the network.

        Raises:
            MissingModelError: the network's file is missing; the message says how to get it.
        """
        self._onnx = np.fromfile(weights.network_path("centerface"), np.uint8)
        self._shape_hw = (0, 0)
        self._network: cv2.dnn.Net | None = None

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """x0, y0, x1, y1 and score (N, 5) of each face in `image` (H, W, 3), pixels; the best first.

        Raises:
            FloatingPointError: the network gave something that is no number, so nobody knows whether there is a face.
        """
        middles, sizes, offsets = maps = self._run(image)
        if not all(np.isfinite(each).all() for each in maps):
            raise FloatingPointError("CenterFace gave values that are no numbers")
        y, x = (np.arange(side, dtype=np.float32) + 0.5 for side in middles.shape[1:])
        inside = (y[:, None] * STRIDE_PX < image.shape[0]) & (x * STRIDE_PX < image.shape[1])
        row, column = np.nonzero((middles[0] > MIN_SCORE) & inside)
        size = np.exp(np.minimum(sizes[:, row, column], LARGEST_LOG)) * STRIDE_PX
        middle = (np.stack([y[row], x[column]]) + offsets[:, row, column]) * STRIDE_PX
        corners = np.concatenate([(middle - size / 2)[::-1], (middle + size / 2)[::-1]])
        found = np.concatenate([corners, middles[:, row, column]]).T.astype(np.float32)
        boxes_xywh = np.concatenate([found[:, :2], found[:, 2:4] - found[:, :2]], axis=1)
        kept = cv2.dnn.NMSBoxes(boxes_xywh.tolist(), found[:, 4].tolist(), MIN_SCORE, SAME_FACE_IOU)
        return found[np.asarray(kept, np.intp).reshape(-1)]

    def _run(self, image: Image) -> list[NDArray[np.float32]]:
        """Middles (1, h, w), sizes and offsets (2, h, w): maps of the picture, extended to the right and below."""
        height, width = (-(-max(side, LEAST_PX) // MULTIPLE_PX) * MULTIPLE_PX for side in image.shape[:2])
        below, right = height - image.shape[0], width - image.shape[1]
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        network = self._network_for((height, width))
        network.setInput(cv2.dnn.blobFromImage(padded))
        return [np.asarray(output[0], np.float32) for output in network.forward(list(OUTPUTS))]

    def _network_for(self, shape_hw: tuple[int, int]) -> cv2.dnn.Net:
        """The network for inputs of this shape: OpenCV 4.14 answers wrongly once an input had another shape."""
        if self._network is None or shape_hw != self._shape_hw:
            self._network, self._shape_hw = cv2.dnn.readNetFromONNX(self._onnx), shape_hw
        return self._network
