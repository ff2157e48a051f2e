"""One frame put together: what is behind people, over it their avatars, and blur where nobody could be fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from anonlab.methods import covering, filters, regions
from anonlab.methods.avatar import background, surroundings
from anonlab.methods.avatar.drawing import Sprite
from anonlab.methods.avatar.surroundings import Look
from anonlab.methods.regions import Area, Window
from anonlab.models.contracts import Image

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

FADE_PX: Final = 3.0
FALLBACK_SIGMA_FRAC: Final = 0.015
"""Strength of the blur for those who cannot be fitted: the default of the method `blur`."""


@dataclass(frozen=True)
class Ground:
    """What avatars are laid on.

    Attributes:
        image: (H, W, 3) the frame.
        areas: the pixels that have to be covered, by the person's row.
        hidden: (H, W) where people, their soft edges included, hide what is behind them.
        room: the frame without people; None if that is not known.
    """

    image: Image
    areas: dict[int, Area]
    hidden: Mask
    room: background.Room | None


def composed(
    ground: Ground, layers: Sequence[tuple[Sprite, Look]], unfit: Sequence[int], rng: np.random.Generator
) -> Image:
    """The frame with every area covered, and no pixel in one as it was.

    Args:
        ground: the frame.
        layers: avatars and what they have to look like, back to front.
        unfit: rows of the people who are blurred, because none could be fitted.
        rng: for grain, and for what hides which pixels had to be moved off their value.
    """
    image = ground.image
    noise = np.frombuffer(rng.bytes(image[..., 0].size), np.uint8).reshape(image.shape[:2])
    window = _touched(ground, [drawn.window for drawn, _ in layers])
    covered = np.zeros(image.shape[:2], bool)
    for area in ground.areas.values():
        covered[area.window.at] |= area.mask
    canvas = _without_people(ground, covered, window)
    if unfit:
        _blur(canvas, ground, unfit, window)
    gray = bool((image == image[..., :1]).all())
    for drawn, look in layers:
        _lay(canvas[drawn.window.inside(window)], drawn, look, gray, rng)
    part = filters.rounded(canvas)
    unlike = filters.unlike(image[window.at], part, noise[window.at])
    out = image.copy()
    out[window.at] = cv2.copyTo(unlike, covered[window.at].astype(np.uint8), part)
    return out


def _touched(ground: Ground, sprites: Sequence[Window]) -> Window:
    """The smallest part of the picture that holds all that changes, and a pixel around what people hide."""
    hidden = regions.bounds(ground.hidden)
    around = [hidden.grown(1, *ground.hidden.shape)] if hidden else []
    return reduce(Window.joined, [*around, *(area.window for area in ground.areas.values()), *sprites])


def _without_people(ground: Ground, covered: Mask, window: Window) -> Floats:
    """The window float32 with what people hide filled; outside the covered areas the filling fades out."""
    filled = background.behind(ground.image, ground.hidden, ground.room)[window.at]
    hidden, covered = ground.hidden[window.at], covered[window.at]
    within = cv2.distanceTransform(np.pad(hidden, 1, mode="edge").view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    out = ground.image[window.at].astype(np.float32, order="C")
    cv2.copyTo(filled.astype(np.float32, order="C"), covered.astype(np.uint8), out)
    rim = hidden & ~covered
    share = np.clip(within[rim] / FADE_PX, 0, 1)[:, None]
    out[rim] = out[rim] * (1 - share) + filled[rim] * share
    return out


def _blur(canvas: Floats, ground: Ground, unfit: Sequence[int], window: Window) -> None:
    """Blur those for whom there is no avatar, in place, in the window that `canvas` shows."""
    fitted = np.zeros(ground.hidden.shape, bool)
    for row, area in ground.areas.items():
        fitted[area.window.at] |= area.mask & (row not in unfit)
    # Masks overlap: what is blurred must not bring back somebody in whose place an avatar stands.
    source = ground.image.copy()
    source[window.at][fitted[window.at]] = filters.rounded(canvas)[fitted[window.at]]
    for area in (ground.areas[row] for row in unfit):
        alone = area.mask & ~fitted[area.window.at]
        sigma = FALLBACK_SIGMA_FRAC * area.long_side_px
        canvas[area.window.inside(window)][alone] = covering.blurred(source, area, sigma)[alone]


def _lay(part: Floats, drawn: Sprite, look: Look, gray: bool, rng: np.random.Generator) -> None:
    """Lay an avatar on its part of the canvas, in place."""
    if part.shape[:2] != drawn.alpha.shape:  # compiled code would write beside it
        raise ValueError(f"an avatar of {drawn.alpha.shape} does not fit into {part.shape[:2]}")
    noise = np.zeros((*drawn.alpha.shape, 3), np.float32)
    seen = regions.bounds(drawn.alpha > 0)
    if seen:
        noise[seen.at] = surroundings.grain(noise[seen.at].shape[:2], gray, look, rng)
    _laid(part, drawn.colour, drawn.alpha, drawn.shade, drawn.allowed, noise, gray)


@numba.njit(cache=True, nogil=True)
def _laid(part: Any, colour: Any, alpha: Any, shade: Any, allowed: Any, noise: Any, gray: Any) -> None:
    """Darken `part` (h, w, 3) by `shade` where that is allowed, and mix in the colour and its noise by `alpha`."""
    one = np.float32(1)
    height, width = alpha.shape
    for y in range(height):
        for x in range(width):
            share, light = alpha[y, x], shade[y, x] if allowed[y, x] else one
            if share == 0 and light == 1:
                continue
            red, green, blue = colour[y, x, 0], colour[y, x, 1], colour[y, x, 2]
            if gray:
                red = green = blue = (red + green + blue) / np.float32(3)
            left = light * (one - share)
            part[y, x, 0] = part[y, x, 0] * left + (red + noise[y, x, 0]) * share
            part[y, x, 1] = part[y, x, 1] * left + (green + noise[y, x, 1]) * share
            part[y, x, 2] = part[y, x, 2] * left + (blue + noise[y, x, 2]) * share
