"""One frame put together: what is behind people, over it their avatars, and blur where nobody could be fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods import covering, filters
from anonlab.methods.avatar import background, surroundings
from anonlab.methods.avatar.drawing import Sprite
from anonlab.methods.avatar.surroundings import Look
from anonlab.methods.regions import Area
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
    covered = np.zeros(image.shape[:2], bool)
    for area in ground.areas.values():
        covered[area.window.at] |= area.mask
    canvas = _without_people(ground, covered)
    if unfit:
        _blur(canvas, ground, unfit)
    gray = bool((image == image[..., :1]).all())
    for drawn, look in layers:
        _lay(canvas, drawn, look, gray, rng)
    out = filters.rounded(canvas)
    cv2.copyTo(filters.unlike(image, out, noise), covered.view(np.uint8), out)
    return out


def _without_people(ground: Ground, covered: Mask) -> Floats:
    """The frame (H, W, 3) float32 with what people hide filled; outside the covered areas the filling fades out."""
    hidden = ground.hidden
    filled = background.behind(ground.image, hidden, ground.room)
    within = cv2.distanceTransform(np.pad(hidden, 1, mode="edge").view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    out = ground.image.astype(np.float32, order="C")
    cv2.copyTo(filled.astype(np.float32), covered.view(np.uint8), out)
    rim = hidden & ~covered
    share = np.clip(within[rim] / FADE_PX, 0, 1)[:, None]
    out[rim] = out[rim] * (1 - share) + filled[rim] * share
    return out


def _blur(canvas: Floats, ground: Ground, unfit: Sequence[int]) -> None:
    """Blur those for whom there is no avatar, in place."""
    fitted = np.zeros(canvas.shape[:2], bool)
    for row, area in ground.areas.items():
        fitted[area.window.at] |= area.mask & (row not in unfit)
    # Masks overlap: what is blurred must not bring back somebody in whose place an avatar stands.
    source = np.where(fitted[..., None], filters.rounded(canvas), ground.image)
    for area in (ground.areas[row] for row in unfit):
        alone = area.mask & ~fitted[area.window.at]
        sigma = FALLBACK_SIGMA_FRAC * area.long_side_px
        canvas[area.window.at][alone] = covering.blurred(source, area, sigma)[alone]


def _lay(canvas: Floats, drawn: Sprite, look: Look, gray: bool, rng: np.random.Generator) -> None:
    """Lay an avatar on the canvas, in place."""
    part = canvas[drawn.window.at]
    alpha = drawn.alpha[..., None]
    colour = drawn.colour + surroundings.grain(drawn.alpha.shape, gray, look, rng)
    if gray:
        colour = np.repeat(colour.mean(axis=2, keepdims=True), 3, axis=2)
    part *= 1 - (1 - drawn.shade[..., None]) * drawn.allowed[..., None]
    part[:] = part * (1 - alpha) + colour * alpha
