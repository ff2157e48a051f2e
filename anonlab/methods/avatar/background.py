"""What is behind people: seen at other times of the clip where that is possible, else continued from around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods.avatar.patches import complete
from anonlab.methods.regions import Window
from anonlab.models.contracts import Image

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

MAX_SAMPLES: Final = 40
MIN_CLEAR: Final = 3
"""A spot is known when it was clear in at least so many of the frames that were kept,"""
KNOWN: Final = 0.15
"""and in at least this share of them: in a few somebody may be missed who rests there."""
OFTEN: Final = 0.3
"""Share from which it is taken for the room's, and not for somebody's who rests there and is missed now and then."""
MOSTLY: Final = 0.5
"""The same where that lets a whole person go."""
MOVED: Final = 16.0
"""Median difference in levels around people from which the picture is not the plate's: the camera has moved."""
HIDDEN: Final = 999
STILL: Final = (2.0, 2.5, 12.0)
"""A spot looks as without people up to so many levels, and so many times the usual change, but at most so many levels,
in the mean over STILL_PX pixels."""
STILL_PX: Final = 5
GONE: Final = 0.01
"""Share of a held mask, larger than the person, that looks otherwise than the room, below which nobody is there."""


@dataclass(frozen=True)
class Plate:
    """A room without people.

    Attributes:
        image: (H, W, 3).
        clear: (H, W) in what share of the frames a spot was clear; 0: made up.
        vacant: (H, W) the same of those frames in which it was clear or somebody was seen there, and not only held.
    """

    image: Image
    clear: Floats
    vacant: Floats


@dataclass(frozen=True)
class Room:
    """A picture, and the same without people.

    Attributes:
        image: (H, W, 3) the picture.
        empty: (H, W, 3) the room, in the picture's light.
        clear, vacant: (H, W) as in `Plate`.
        usual: levels by which the two differ where nobody is: noise.
    """

    image: Image
    empty: Image
    clear: Floats
    vacant: Floats
    usual: float

    def still(self, window: Window, is_seen: bool) -> Mask:
        """Where in a window (h, w) the picture looks as it often does without people.

        Of somebody who is seen there now it is known where legs are. Who is only held may rest there all the time and
        be missed: then frames in which somebody was held count as well.
        """
        often = (self.vacant if is_seen else self.clear)[window.at] > OFTEN
        return np.asarray(self._unchanged(window) & often)

    def shows_nobody(self, mask: Mask, window: Window) -> bool:
        """Whether nothing but the room is to be seen in a mask (H, W) that lies in a window."""
        here, room = mask[window.at], self._unchanged(window) & (self.clear[window.at] > MOSTLY)
        return bool(np.count_nonzero(here & ~room) < GONE * np.count_nonzero(here))

    def _unchanged(self, window: Window) -> Mask:
        least, times, most = STILL
        change = cv2.absdiff(self.image[window.at], self.empty[window.at]).astype(np.float32)
        mean = cv2.blur(change, (STILL_PX, STILL_PX)).max(axis=2)
        return np.asarray(mean <= min(least + times * self.usual, most))


class Sample(NamedTuple):
    """A frame (H, W, 3), where something may hide what is behind it, and where somebody does who is seen, (H, W)."""

    image: Image
    hidden: Mask
    seen: Mask


@dataclass
class Sampler:
    """Keeps at most `MAX_SAMPLES` frames of a clip, evenly spread, however long it is."""

    samples: list[Sample] = field(default_factory=list)
    every: int = 1
    n_seen: int = 0

    def add(self, sample: Sample) -> None:
        """Offer the next frame."""
        if self.n_seen % self.every == 0:
            self.samples.append(sample._replace(image=sample.image.copy()))
        self.n_seen += 1
        if len(self.samples) > MAX_SAMPLES:
            self.samples = self.samples[::2]
            self.every *= 2

    def plate(self) -> Plate:
        """The room without people. Spots that were hardly ever clear are continued from around them."""
        image, n_clear = median_of_clear(self.samples)
        n, n_telling = len(self.samples), n_clear.copy()
        for sample in self.samples:
            n_telling += sample.seen
        known = n_clear >= max(min(MIN_CLEAR, n), KNOWN * n)
        clear, vacant = (np.where(known, n_clear / m, 0) for m in (n, np.maximum(n_telling, 1)))
        return Plate(complete(image, ~known), clear.astype(np.float32), vacant.astype(np.float32))


def median_of_clear(samples: list[Sample]) -> tuple[Image, NDArray[np.intp]]:
    """Median over the frames in which a pixel is clear, (H, W, 3), and how many these are, (H, W)."""
    height, width = samples[0].hidden.shape
    image, n_clear = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.intp)
    for top in range(0, height, 64):
        rows = slice(top, min(top + 64, height))
        values = np.stack([sample.image[rows] for sample in samples], axis=-1).astype(np.int16)
        hidden = np.stack([sample.hidden[rows] for sample in samples], axis=-1)
        values[np.broadcast_to(hidden[:, :, None], values.shape)] = HIDDEN
        values.sort(axis=-1)
        n_clear[rows] = len(samples) - hidden.sum(axis=-1)
        middle = np.maximum(n_clear[rows] - 1, 0)[:, :, None, None] // 2
        image[rows] = np.clip(np.take_along_axis(values, middle, axis=-1)[..., 0], 0, 255)
    return image, n_clear


def room(image: Image, hidden: Mask, plate: Plate | None) -> Room | None:
    """A picture with people, hidden (H, W), and without; None if there is no plate, or the camera has moved since."""
    if plate is None or not hidden.any():
        return None
    kernel = np.ones((3, 3), np.uint8)
    around = cv2.dilate(hidden.astype(np.uint8), kernel, iterations=6).astype(bool) & ~hidden
    if not around.any():
        never = np.zeros(hidden.shape, np.float32)
        return Room(image, plate.image, never, never, 0.0)
    change = image[around].astype(np.float32) - plate.image[around]
    if np.median(np.abs(change)) > MOVED:
        return None
    light = np.median(change, axis=0)
    levels = np.clip(np.rint(np.arange(256, dtype=np.uint8)[:, None] + light), 0, 255)
    lit = np.asarray(cv2.LUT(plate.image, levels.astype(np.uint8)[None]), np.uint8)
    return Room(image, lit, plate.clear, plate.vacant, float(np.median(np.abs(change - light))))


def behind(image: Image, hole: Mask, known: Room | None) -> Image:
    """The picture with the hole filled: from the room where that is known, else from around the hole."""
    return complete(image, hole) if known is None else np.where(hole[..., None], known.empty, image)
