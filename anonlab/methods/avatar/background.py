"""What is behind people: seen at other times of the clip where that is possible, else continued from around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods.avatar.patches import complete
from anonlab.methods.regions import Window
from anonlab.models.contracts import Image

Mask = NDArray[np.bool_]

MAX_SAMPLES: Final = 40
MIN_CLEAR: Final = 3
"""A spot is known when it was clear in at least so many of the frames that were kept."""
MOVED: Final = 16.0
"""Median difference in levels around people from which the picture is not the plate's: the camera has moved."""
HIDDEN: Final = 999
STILL: Final = 12.0
"""Levels, averaged over STILL_PX pixels, up to which a spot looks as it does without people."""
STILL_PX: Final = 5


@dataclass(frozen=True)
class Room:
    """A picture (H, W, 3), and the same without people, in the same light."""

    image: Image
    empty: Image

    def still(self, window: Window) -> Mask:
        """Where in a window (h, w) it looks as without people: nobody is seen there, whatever a mask says."""
        change = self.image[window.at].astype(np.float32) - self.empty[window.at]
        return np.asarray(np.abs(cv2.blur(change, (STILL_PX, STILL_PX))).max(axis=2) <= STILL)


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

    def plate(self) -> Image:
        """The room without people (H, W, 3). Spots that were never clear are continued from around them."""
        image, n_clear = median_of_clear(self.samples)
        return complete(image, n_clear < min(MIN_CLEAR, len(self.samples)))


def median_of_clear(samples: list[tuple[Image, Mask]]) -> tuple[Image, NDArray[np.intp]]:
    """Median over the frames in which a pixel is clear, (H, W, 3), and how many these are, (H, W)."""
    height, width = samples[0][1].shape
    image, n_clear = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.intp)
    for top in range(0, height, 64):
        rows = slice(top, min(top + 64, height))
        values = np.stack([sample[0][rows] for sample in samples], axis=-1).astype(np.int16)
        hidden = np.stack([sample[1][rows] for sample in samples], axis=-1)
        values[np.broadcast_to(hidden[:, :, None], values.shape)] = HIDDEN
        values.sort(axis=-1)
        n_clear[rows] = len(samples) - hidden.sum(axis=-1)
        middle = np.maximum(n_clear[rows] - 1, 0)[:, :, None, None] // 2
        image[rows] = np.clip(np.take_along_axis(values, middle, axis=-1)[..., 0], 0, 255)
    return image, n_clear


def room(image: Image, hidden: Mask, plate: Image | None) -> Room | None:
    """A picture with people, hidden (H, W), and without; None if there is no plate, or the camera has moved since."""
    if plate is None or not hidden.any():
        return None
    kernel = np.ones((3, 3), np.uint8)
    around = cv2.dilate(hidden.astype(np.uint8), kernel, iterations=6).astype(bool) & ~hidden
    if not around.any():
        return Room(image, plate)
    change = image[around].astype(np.float32) - plate[around]
    if np.median(np.abs(change)) > MOVED:
        return None
    return Room(image, np.clip(np.rint(plate + np.median(change, axis=0)), 0, 255).astype(np.uint8))


def behind(image: Image, hole: Mask, known: Room | None) -> Image:
    """The picture with the hole filled: from the room where that is known, else from around the hole."""
    return complete(image, hole) if known is None else np.where(hole[..., None], known.empty, image)
