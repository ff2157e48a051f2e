"""Skin and eyes: which of the body is to be seen, and how it is coloured."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body
from anonlab.synth.body import Rest
from anonlab.synth.noise import noise
from anonlab.synth.people import parts
from anonlab.synth.people.parts import Part, smoothstep

Array = NDArray[Any]


@lru_cache(maxsize=1)
def eye_centre() -> Array:
    """Middle of the left eyeball on the base body (3,), metres."""
    data = body.load()
    points = data.canonical[np.unique(data.quads("helper-l-eye"))]
    return (points.min(0) + points.max(0)) / 2


def shown(open_neck: Array, sleeve: float) -> Array:
    """What of the body's skin (V,) no cloth hides, as a clip: the open neck (V,) and what is beyond the sleeves."""
    canonical = body.load().canonical
    arm, along = parts.arm_share(), parts.arm_places(canonical)
    on_arm = np.where(arm > 0.5, 0.23 * (along - sleeve), -1.0)
    on_neck = np.where((arm > 0.5) | (canonical[:, 1] < 1.15), -1.0, open_neck)
    return np.maximum(on_arm, on_neck)


def skin_part(
    rest: Rest, clip: Array, tone: Sequence[float], beard: Array, blush: float, surface: int
) -> Part:
    """The skin that `clip` (V,) leaves; `tone` is linear, `beard` (V,) the density of stubble."""
    data = body.load()
    colour = face_colours(np.asarray(tone), blush)
    oily = _oiliness(data.canonical)
    extra = np.stack([data.masks[:, 0], beard * (1 - data.masks[:, 0]), oily], axis=1)
    triangles = parts.halves(data.quads("body"))
    weights = data.bone_index, data.bone_weight
    piece = parts.part(rest.vertices, triangles, weights, surface, colour, data.canonical, extra, clip)
    return parts.visible(piece)


def _oiliness(canonical: Array) -> Array:
    """Nose and forehead shine a little more."""
    x, y, z = np.abs(canonical.T)
    nose = np.exp(-((x / 0.018) ** 2) - ((y - 1.52) / 0.02) ** 2)
    forehead = np.exp(-((x / 0.04) ** 2) - ((y - 1.59) / 0.02) ** 2)
    return (0.8 * nose + 0.6 * forehead) * (z > 0.06)


def _spot(canonical: Array, x: float, y: float, width: float, height: float) -> Array:
    """A soft spot on both sides of the face."""
    off_x, off_y = (np.abs(canonical[:, 0]) - x) / width, (canonical[:, 1] - y) / height
    return np.exp(-(off_x**2) - off_y**2) * (canonical[:, 2] > 0.05)


def face_colours(tone: Array, blush: float) -> Array:
    """Linear colours of the body's vertices (V, 3): redder cheeks, nose, ears and knuckles, lips, nails, shades."""
    data = body.load()
    canonical = data.canonical
    lips, lids, nails = data.masks.T
    arm, along = parts.arm_share(), parts.arm_places(canonical)
    red = _spot(canonical, 0.042, 1.507, 0.020, 0.018) + 0.8 * _spot(canonical, 0.0, 1.508, 0.014, 0.014)
    red += 0.7 * smoothstep(0.070, 0.080, np.abs(canonical[:, 0])) * (canonical[:, 1] > 1.48) * (arm < 0.5)
    red += 0.6 * arm * smoothstep(2.15, 2.5, along) + 0.25 * _spot(canonical, 0.0, 1.475, 0.02, 0.012)
    red = red * blush * (1 + noise(canonical, 30, 2))
    socket = 0.6 * _spot(canonical, 0.024, 1.5335, 0.014, 0.007) + 0.5 * _spot(
        canonical, 0.034, 1.556, 0.015, 0.006
    )
    out = np.asarray(tone) * (1 - red[:, None] * [0.02, 0.22, 0.20])
    out = out * (1 - socket[:, None] * [0.14, 0.20, 0.16]) * (1 - 0.10 * lids[:, None])
    lip = np.asarray(tone) * [0.80, 0.42, 0.44] + [0.03, 0.0, 0.005]
    out += (lip - out) * (0.85 * smoothstep(0.15, 0.75, lips))[:, None]
    nail = np.asarray(tone) * [1.02, 0.92, 0.92] + 0.04
    return (out + (nail - out) * (0.7 * nails)[:, None]).astype(np.float32)


def eyes_part(rest: Rest, surface: int) -> Part:
    """Both eyeballs."""
    data = body.load()
    quads = np.concatenate([data.quads("helper-l-eye"), data.quads("helper-r-eye")])
    weights = data.bone_index, data.bone_weight
    white = (0.50, 0.47, 0.45)
    return parts.part(rest.vertices, parts.halves(quads), weights, surface, white, data.canonical)


def lashes_part(rest: Rest, colour: Sequence[float], surface: int) -> Part:
    """The upper lashes of both eyes."""
    data = body.load()
    quads = np.concatenate([data.quads(f"helper-{side}-eyelashes-2") for side in "lr"])
    weights = data.bone_index, data.bone_weight
    return parts.part(rest.vertices, parts.halves(quads), weights, surface, colour, data.canonical)
