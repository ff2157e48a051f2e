"""From light to a picture, as a camera's sensor and its electronics do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

_LUT = 4096
_BRIGHTEST = 8.0
WHITE = 4.0
"""Light that just becomes white; what is darker keeps its order."""


@dataclass(frozen=True)
class Sensor:
    """How a camera turns light into numbers.

    Attributes:
        exposure: factor on the light.
        gray: one channel, repeated three times.
        noise: standard deviation of a dark pixel, share of white; bright pixels have less.
        blur_px: standard deviation of the lens' blur.
        vignette: how much darker the corners are, 0 to 1.
        balance: factors of red, green and blue.
    """

    exposure: float = 1.0
    gray: bool = False
    noise: float = 0.010
    blur_px: float = 0.0
    vignette: float = 0.12
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)


def tone(light: NDArray[Any]) -> NDArray[Any]:
    """The tone curve: linear light to 0..1 as shown, (...) -> (...); bright light is rolled off, not cut."""
    rolled = light * (1.0 + light / WHITE**2) / (1.0 + 0.30 * light)
    scale = WHITE * (1.0 + 1.0 / WHITE) / (1.0 + 0.30 * WHITE)
    return np.clip(1.52 * rolled / scale, 0.0, 1.0) ** (1 / 2.2)


def develop(radiance: NDArray[np.float32], sensor: Sensor, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 RGB of light (H, W, 3)."""
    light = np.ascontiguousarray(radiance, np.float32)
    if sensor.blur_px > 0:
        light = cv2.GaussianBlur(light, (0, 0), sensor.blur_px).astype(np.float32)
    height, width = light.shape[:2]
    channels = 1 if sensor.gray else 3
    grain = rng.standard_normal((height, width, channels), dtype=np.float32)
    curve = (255 * tone(np.linspace(0, _BRIGHTEST**0.5, _LUT) ** 2)).astype(np.float32)
    gains = np.asarray(sensor.balance, np.float64) * sensor.exposure
    out = np.empty((height, width, 3), np.uint8)
    _expose(light, grain, curve, gains, sensor.vignette, 255.0 * sensor.noise, out)
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _expose(light: Any, grain: Any, curve: Any, gains: Any, vignette: Any, noise: Any, out: Any) -> None:
    height, width = out.shape[0], out.shape[1]
    gray = grain.shape[2] == 1
    per_root = (len(curve) - 1) / np.sqrt(_BRIGHTEST)
    rgb = np.empty(3)
    for y in range(height):
        dy = (y + 0.5) / height - 0.5
        for x in range(width):
            dx = (x + 0.5) / width - 0.5
            dim = 1.0 - vignette * 2.0 * (dx * dx + dy * dy)
            for c in range(3):
                rgb[c] = light[y, x, c] * gains[c] * dim
            if gray:
                rgb[:] = 0.30 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2]
            for c in range(3):
                place = min(np.sqrt(max(rgb[c], 0.0)) * per_root, len(curve) - 1.0)
                shown = curve[int(place)]
                own = grain[y, x, 0 if gray else c]
                mean = own if gray else 0.6 * grain[y, x, 1] + 0.8 * own
                shown += mean * noise * (1.25 - shown / 340.0)
                out[y, x, c] = np.uint8(min(max(shown + 0.5, 0.0), 255.0))
