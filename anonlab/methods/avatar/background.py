"""What is behind people: seen at other times of the clip where that is possible, else continued from around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods.avatar.patches import complete
from anonlab.models.contracts import Image

Mask = NDArray[np.bool_]

MAX_SAMPLES: Final = 40
MIN_CLEAR: Final = 3
"""A spot is known when it was clear in at least so many of the frames that were kept."""
MOVED: Final = 16.0
"""Median difference in levels around people from which the picture is not the plate's: the camera has moved."""
HIDDEN: Final = 999


@dataclass(frozen=True)
class Plate:
    """A room without people: image (H, W, 3), and the share of frames in which a pixel was clear (H, W) float32."""

    image: Image
    clear: NDArray[np.float32]


@dataclass
class Sampler:
    """Keeps at most `MAX_SAMPLES` frames of a clip, evenly spread, however long it is."""

    samples: list[tuple[Image, Mask]] = field(default_factory=list)
    every: int = 1
    n_seen: int = 0

    def add(self, image: Image, hidden: Mask) -> None:
        """Offer the next frame and where people hide what is behind them."""
        if self.n_seen % self.every == 0:
            self.samples.append((image.copy(), hidden.copy()))
        self.n_seen += 1
        if len(self.samples) > MAX_SAMPLES:
            self.samples = self.samples[::2]
            self.every *= 2

    def plate(self) -> Plate:
        """The room without people. Spots that were never clear are continued from around them."""
        image, clear = median_of_clear(self.samples)
        known = clear * len(self.samples) >= min(MIN_CLEAR, len(self.samples))
        return Plate(complete(image, ~known), clear)


def median_of_clear(samples: list[tuple[Image, Mask]]) -> tuple[Image, NDArray[np.float32]]:
    """Median over the frames in which a pixel is clear, (H, W, 3), and the share of these frames, (H, W)."""
    height, width = samples[0][1].shape
    image, clear = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.float32)
    for top in range(0, height, 64):
        rows = slice(top, min(top + 64, height))
        values = np.stack([sample[0][rows] for sample in samples], axis=-1).astype(np.int16)
        hidden = np.stack([sample[1][rows] for sample in samples], axis=-1)
        values[np.broadcast_to(hidden[:, :, None], values.shape)] = HIDDEN
        values.sort(axis=-1)
        n_clear = len(samples) - hidden.sum(axis=-1)
        middle = np.maximum(n_clear - 1, 0)[:, :, None, None] // 2
        image[rows] = np.clip(np.take_along_axis(values, middle, axis=-1)[..., 0], 0, 255)
        clear[rows] = n_clear / len(samples)
    return image, clear


def behind(image: Image, hole: Mask, plate: Image | None) -> Image:
    """The picture with the hole filled: from the plate where there is one and it fits, else from around the hole."""
    if plate is None or not hole.any():
        return complete(image, hole)
    kernel = np.ones((3, 3), np.uint8)
    around = cv2.dilate(hole.astype(np.uint8), kernel, iterations=6).astype(bool) & ~hole
    if not around.any():
        return np.where(hole[..., None], plate, image)
    change = image[around].astype(np.float32) - plate[around]
    if np.median(np.abs(change)) > MOVED:
        return complete(image, hole)
    shifted = np.clip(np.rint(plate + np.median(change, axis=0)), 0, 255).astype(np.uint8)
    return np.where(hole[..., None], shifted, image)
