"""Filters on whole pictures, which know nothing of persons: (H, W, 3) uint8 in and out."""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.contracts import Image

SMALL_SIGMA_PX: Final = 4.0
"""A larger Gaussian is applied at a size reduced until it is at least this wide; see `gaussian`."""


def gaussian(image: Image, sigma_px: float) -> Image:
    """Gaussian blur of a picture that is mirrored at its border: within 2 levels of the exact one.

    The picture is shrunk by area means, blurred and enlarged again. Both steps blur too, by the variances of
    a box, (f^2 - 1) / 12, and of a triangle, (f^2 - 1) / 6, for a factor f; the Gaussian makes up the rest.
    The exact filter is used up to a sigma of 2 x `SMALL_SIGMA_PX`.
    """
    height, width = image.shape[:2]
    shrink = max(1, int(sigma_px / SMALL_SIGMA_PX))
    size = -(-width // shrink), -(-height // shrink)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    across, down = _remaining_sigma(sigma_px, width / size[0]), _remaining_sigma(sigma_px, height / size[1])
    blurred = cv2.GaussianBlur(small, (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REFLECT)
    smooth = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.convertScaleAbs(smooth), np.uint8)


def _remaining_sigma(sigma_px: float, factor: float) -> float:
    """What a Gaussian at 1/`factor` of the size has to add to shrinking and enlarging, in small pixels."""
    return math.sqrt(sigma_px**2 - (factor**2 - 1) / 4) / factor


def grid_lines(low: int, high: int, anchor: int, block_px: int, size: int) -> list[int]:
    """Lines of a grid through `anchor` that enclose low to high, cut off at 0 and at `size`.

    >>> grid_lines(5, 11, anchor=4, block_px=3, size=12)
    [4, 7, 10, 12]
    """
    first = low - (low - anchor) % block_px
    last = high + (anchor - high) % block_px
    return [max(first, 0), *range(first + block_px, last, block_px), min(last, size)]


def blocks(image: Image, rows: list[int], columns: list[int]) -> Image:
    """The part of a picture between the first and the last grid lines, each block replaced by its mean."""
    part = image[rows[0] : rows[-1], columns[0] : columns[-1]]
    heights, widths = np.diff(rows), np.diff(columns)
    sums = cv2.integral(part, sdepth=cv2.CV_64F)  # whole numbers are exact up to 2^53
    corners = sums[np.ix_(np.subtract(rows, rows[0]), np.subtract(columns, columns[0]))]
    means = np.diff(np.diff(corners, axis=0), axis=1) / np.outer(heights, widths)[..., np.newaxis]
    return np.rint(means).astype(np.uint8).repeat(widths, axis=1).repeat(heights, axis=0)


_STEP: Final = np.arange(256, dtype=np.uint8) % 3
_OTHER_STEP: Final = (_STEP + 1 + np.arange(256, dtype=np.uint8) % 2) % 3


def unlike(original: Image, fill: Image, noise: Image) -> Image:
    """`fill` with every pixel moved by -1, 0 or +1 level at random, to a value that is not the original's.

    To move only the pixels that happen to be equal would publish where they are: on a gray picture up to a
    tenth of them, which draw its contours at full resolution into an otherwise smooth fill. With this noise
    a moved pixel looks like any other.

    Args:
        original: (h, w, 3) uint8.
        fill: (h, w, 3) uint8.
        noise: (h, w) uint8, uniform.
    """
    low = np.clip(fill, 1, 254) - np.uint8(1)
    moved, other = (cv2.add(low, cv2.merge([cv2.LUT(noise, steps)] * 3)) for steps in (_STEP, _OTHER_STEP))
    same = cv2.inRange(cv2.absdiff(moved, original), (0, 0, 0), (0, 0, 0))
    cv2.copyTo(other, same, moved)
    return np.asarray(moved, np.uint8)


def rounded(levels: NDArray[Any]) -> Image:
    """Levels (H, W, 3) float32 as a picture: the nearest whole ones from 0 to 255."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(levels, 0)), np.uint8)


def differ(one: Image, other: Image) -> NDArray[np.bool_]:
    """Pixels in which two pictures differ in at least one channel: (H, W) bool."""
    return np.asarray(cv2.inRange(cv2.absdiff(one, other), (0, 0, 0), (0, 0, 0)) == 0)
