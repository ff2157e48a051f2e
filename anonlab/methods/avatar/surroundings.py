"""What a picture is like around a person, measured there and never on the person: an avatar is made like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods.regions import Window
from anonlab.models.contracts import Image
from anonlab.synth.render.develop import tone

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

USUAL_LIGHT: Final = 0.18
"""Mean linear light of an avatar under its lamps, over all identities: what is scaled to the surroundings."""
LIGHT: Final = (0.05, 0.30)
"""The surroundings' mean linear luminance is taken to be within these: snow and night would swallow faces."""
TINT: Final = 0.12
"""The colour of light is believed up to this share: walls have colours too."""
SHARP: Final = 0.35
"""Blur, as a standard deviation in pixels, that drawing has by itself."""
RE_BLUR: Final = 1.0
LEAST_SPREAD: Final = 0.3
"""Of softened noise; a few pixels may happen to be alike, which is no reason to enlarge them."""
MIN_PIXELS: Final = 200
ENOUGH: Final = 20_000
"""Pixels that are looked at for a mean or a percentile."""


@dataclass(frozen=True)
class Look:
    """How a camera shows things in one place.

    Attributes:
        exposure: factor on an avatar's light.
        balance: (3,) factors of red, green and blue.
        saturation: factor on the distance from gray; 0 in a gray picture.
        black, white: darkest and brightest shown value, 0 to 1.
        blur_px: standard deviation of the lens' and the file's blur.
        noise: standard deviation of the grain, levels.
    """

    exposure: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    saturation: float = 1.0
    black: float = 0.0
    white: float = 1.0
    blur_px: float = 0.5
    noise: float = 1.5


def measured(image: Image, hidden: Mask, box_xyxy: Floats) -> Look:
    """The look of a picture around a box (4,), as far as it is not hidden (H, W) by people."""
    clear, place = ~hidden, _around(box_xyxy).at
    if np.count_nonzero(clear[place]) < MIN_PIXELS:
        place = np.s_[:, :]
    if np.count_nonzero(clear[place]) < MIN_PIXELS:
        return Look()
    pixels, near_pixels = (_some(image[at], clear[at]).astype(np.float32) for at in (np.s_[:, :], place))
    chroma, shades = np.ptp(pixels, axis=1), pixels.mean(axis=1)
    gray, near = cv2.transform(image[place].astype(np.float32), np.full((1, 3), 1 / 3)), clear[place]
    return Look(
        exposure=_exposure(near_pixels, pixels),
        balance=_balance(near_pixels),
        saturation=0.0 if chroma.max() == 0 else float(np.clip(np.percentile(chroma, 97) / 60, 0.6, 1.0)),
        black=min(0.5 * float(np.percentile(shades, 0.5)) / 255, 0.08),
        white=max(0.7, float(np.percentile(shades, 99.7)) / 255),
        blur_px=_blur(gray, near),
        noise=_noise(gray, near),
    )


def _some(image: Floats, where: Mask) -> Floats:
    """The pixels of an image (H, W, ...) in a mask, evenly thinned to ENOUGH."""
    found = np.flatnonzero(where)
    if len(found) > ENOUGH:  # not every n-th: that would be the same few columns again and again
        found = found[np.linspace(0, len(found) - 1, ENOUGH).astype(np.intp)]
    return np.asarray(image.reshape(where.size, *image.shape[2:])[found])


def _around(box_xyxy: Floats) -> Window:
    """A box grown by half of its size, cut at the picture's upper and left border."""
    x0, y0, x1, y1 = (float(edge) for edge in box_xyxy)
    dx, dy = (x1 - x0) / 2 + 8, (y1 - y0) / 3 + 8
    return Window(max(0, int(y0 - dy)), max(0, int(y1 + dy)), max(0, int(x0 - dx)), max(0, int(x1 + dx)))


def _exposure(near: Floats, everywhere: Floats) -> float:
    """So that an avatar of usual colours is about as bright as the place: mostly by what is near; pixels (N, 3)."""
    means = [_linear(pixels).mean() for pixels in (near, everywhere)]
    shown = float(np.clip(0.6 * means[0] + 0.4 * means[1], *LIGHT))
    candidates = np.geomspace(0.1, 6, 60)
    return float(candidates[np.argmin(np.abs(tone(USUAL_LIGHT * candidates) ** 2.2 - shown))])


def _balance(near: Floats) -> tuple[float, float, float]:
    means = _linear(near).mean(axis=0) + 0.01
    gains = np.clip((means / means.mean()) ** 0.4, 1 - TINT, 1 + TINT)
    return float(gains[0]), float(gains[1]), float(gains[2])


def _linear(pixels: Floats) -> Floats:
    return np.asarray((pixels / 255) ** 2.2)


def _blur(gray: Floats, near: Mask) -> float:
    """Width of the sharpest edges: how much their steepness falls when blurred once more (Zhuo and Sim 2011)."""
    steep = _steepness(cv2.GaussianBlur(gray, (0, 0), 0.5))
    softer = _steepness(cv2.GaussianBlur(gray, (0, 0), RE_BLUR))
    inside = cv2.erode(near.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0).astype(bool)
    if np.count_nonzero(inside) < MIN_PIXELS:
        return Look.blur_px
    edges = inside & (steep >= max(6.0, float(np.percentile(_some(steep, inside), 97))))
    if np.count_nonzero(edges) < 20:
        return Look.blur_px
    ratio = float(np.percentile(steep[edges] / np.maximum(softer[edges], 1e-3), 85))
    squared = (RE_BLUR**2 - 0.5**2 * ratio**2) / max(ratio**2 - 1, 1e-3)
    return float(np.clip(np.sqrt(max(squared, 0.0)), 0.4, 1.2))


def _steepness(gray: Floats) -> Floats:
    return np.asarray(cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)))


def _noise(gray: Floats, near: Mask) -> float:
    """Grain on the flattest part: the median size of what a Laplacian leaves (Immerkaer 1996)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    rest = np.abs(cv2.filter2D(gray, cv2.CV_32F, kernel))
    rough = cv2.GaussianBlur(rest, (0, 0), 3)
    flat = near & (rough <= np.percentile(_some(rough, near), 40)) & (gray > 8) & (gray < 247)
    if np.count_nonzero(flat) < MIN_PIXELS:
        return Look.noise
    return float(np.clip(np.median(_some(rest, flat)) / 0.6745 / 6, 0.2, 6.0))


def developed(radiance: Floats, look: Look) -> Floats:
    """Linear light (..., 3) as this camera shows it there: float32, levels 0 to 255; no blur, no grain."""
    shown = tone(radiance * np.float32(look.exposure) * np.array(look.balance, np.float32))
    gray = shown @ np.array([0.299, 0.587, 0.114], shown.dtype)
    shown = gray[..., None] + (shown - gray[..., None]) * look.saturation
    shown = look.black + shown * (look.white - look.black)
    return np.asarray(np.clip(shown, 0, 1) * 255, np.float32)


def softened(layer: Floats, look: Look) -> Floats:
    """A layer (h, w, C) float32 with the camera's blur."""
    extra = float(np.sqrt(max(look.blur_px**2 - SHARP**2, 0.0)))
    return layer if extra < 0.2 else np.asarray(cv2.GaussianBlur(layer, (0, 0), extra))


def grain(shape: tuple[int, int], gray: bool, look: Look, rng: np.random.Generator) -> Floats:
    """Noise (h, w, 3) float32 in levels, as coarse as the picture's blur makes it."""
    noise = rng.standard_normal((*shape, 1 if gray else 3), dtype=np.float32)
    if gray:
        noise = np.repeat(noise, 3, axis=2)
    else:
        noise *= np.float32(0.7)
        noise += noise[..., :1].copy()
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32)
    soft *= np.float32(look.noise / max(float(soft.std()), LEAST_SPREAD))
    return soft
