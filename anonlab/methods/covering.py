"""What the covering methods share: every area of a picture gets a fill, and no pixel of it keeps its value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from anonlab.errors import InputError
from anonlab.methods import filters, regions
from anonlab.methods.regions import Area, Window
from anonlab.models.contracts import Image, Persons

MIN_SIGMA_PX: Final = 1.0
"""The weakest blur, however small the person is: below it a Gaussian leaves a picture as it was."""

MIN_BLOCK_PX: Final = 2
"""The smallest block, however small the person is: blocks of 1 px are the original."""

WHOLE_FRAC: Final = 0.05
"""Sigma of the blur of a whole frame, as a share of its long side: a person as high as the picture becomes a spot."""

GREY: Final = 128


def blurred(image: Image, area: Area, sigma_px: float) -> Image:
    """The window of an area, blurred together with what is around it."""
    height, width = image.shape[:2]
    # Far beyond the picture's size a Gaussian is its mean, and a larger number only overflows.
    sigma_px = min(max(sigma_px, MIN_SIGMA_PX), 10 * max(height, width))
    around = area.window.grown(math.ceil(3 * sigma_px), height, width)
    return filters.gaussian(image[around.at], sigma_px)[area.window.inside(around)]


def pixelated(image: Image, area: Area, block_px: int) -> Image:
    """The window of an area as blocks whose grid starts at the corner of the person's box."""
    block_px = max(block_px, MIN_BLOCK_PX)
    x, y = (math.floor(edge) for edge in area.box_xyxy[:2])
    rows = filters.grid_lines(area.window.y0, area.window.y1, y, block_px, image.shape[0])
    columns = filters.grid_lines(area.window.x0, area.window.x1, x, block_px, image.shape[1])
    around = Window(rows[0], rows[-1], columns[0], columns[-1])
    return filters.blocks(image, rows, columns)[area.window.inside(around)]


def cover(
    image: Image,
    persons: Persons,
    rng: np.random.Generator,
    region: str,
    grow_frac: float,
    fill: Callable[[Area], Image],
) -> Image:
    """Fill the area of every person, the one with the longest long side last.

    Args:
        rng: hides which pixels had to be moved off their original value (`filters.unlike`).
        fill: gives the window of an area as it is to be.
    """
    check_picture(image, persons)
    result = image.copy()
    areas = regions.find(persons, region, grow_frac)
    if not areas:
        return result
    noise = np.frombuffer(rng.bytes(image[..., 0].size), np.uint8).reshape(image.shape[:2])
    for area in areas:
        unlike = filters.unlike(image[area.window.at], fill(area), noise[area.window.at])
        cv2.copyTo(unlike, area.mask.view(np.uint8), result[area.window.at])
    return result


def whole(image: Image, rng: np.random.Generator, refused: bool = False) -> Image:
    """The whole picture blurred beyond recognition, or, if it is refused, grey; no pixel keeps its value."""
    fill = (
        np.full_like(image, GREY) if refused else filters.gaussian(image, WHOLE_FRAC * max(image.shape[:2]))
    )
    noise = np.frombuffer(rng.bytes(image[..., 0].size), np.uint8).reshape(image.shape[:2])
    return filters.unlike(image, fill, noise)


def check_picture(image: Image, persons: Persons) -> None:
    """Raise an InputError unless the picture is (H, W, 3) uint8 and the masks are of its size."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"expected a picture (H, W, 3) of uint8, got {image.shape} of {image.dtype}")
    if persons.masks.shape[1:] != image.shape[:2]:
        raise InputError(
            f"the masks are {persons.masks.shape[1:]}, the picture is {image.shape[:2]}; scale the masks first"
        )
