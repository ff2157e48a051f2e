"""Hands in front: between a hand that was seen and the camera there is neither trunk nor leg of its own body.

Where a network's points say otherwise, their depth is wrong, and the hand has to come nearer. Brought nearer along the
lines of sight, and made smaller by as much, it looks the same and only what is in front of what changes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body as bodies

Floats = NDArray[Any]

CHEST, PELVIS = 33, 34
BARS: Final = (
    *((11, 23, 0.13), (12, 24, 0.13), (CHEST, PELVIS, 0.13), (11, 12, 0.10), (23, 24, 0.13)),
    *((23, 25, 0.10), (24, 26, 0.10), (25, 27, 0.07), (26, 28, 0.07)),
    *((7, 8, 0.12), (11, 13, 0.06), (12, 14, 0.06)),
)
"""The body as round bars between BlazePose's points and the middles of shoulders and hips, with their radii in metres:
trunk, legs, head and upper arms."""
PLACES: Final = np.linspace(0, 1, 9)
"""Where along a bar it is compared with a hand."""
CLEAR: Final = 0.03
"""Metres that a hand is kept in front of a bar."""
FARTHEST: Final = 0.5
"""Metres that a hand is brought nearer at most: what lies farther in front than that is a mistake of its own."""

FOREARM: Final = {"lowerarm01": 1 / 3, "lowerarm02": 2 / 3}
"""How much of a hand's way the bones of the forearm go along."""


def share_in_front(points: Floats, hand: Floats) -> float:
    """Share of its distance from the camera to which a hand has to come to be in front of its body; 1 if it is.

    Args:
        points: (33, 3) metres, the body in the axes of the camera, which is at (0, 0, 0) and looks along -z.
        hand: (21, 3) metres.
    """
    if not (hand[:, 2] < 0).all():
        return 1.0
    middles = points[[11, 12]].mean(axis=0), points[[23, 24]].mean(axis=0)
    points = np.concatenate([points, middles])
    away = -hand[:, 2]
    share = 1.0
    for first, last, radius in BARS:
        bar = points[first] + PLACES[:, None] * (points[last] - points[first])
        aside = hand[:, None, :2] / away[:, None, None] * -bar[:, 2:] - bar[:, :2]
        thick = radius**2 - (aside**2).sum(axis=-1)
        front = np.where(thick > 0, -bar[:, 2] - np.sqrt(np.maximum(thick, 0)) - CLEAR, np.inf)
        share = min(share, float((front.min(axis=1) / away).min()))
    return max(share, 1 - FARTHEST / float(away.mean()))


def nearer(transforms: tuple[Floats, Floats], side: str, share: float) -> tuple[Floats, Floats]:
    """Matrices (B, 3, 3) and shifts (B, 3) of all bones, x' = R x + t, with one hand at a share of its distance.

    The forearm follows. What a bone carries stays on its line of sight from (0, 0, 0).

    Args:
        transforms: the same before.
        side: whose hand, L or R.
        share: 1 changes nothing.
    """
    matrices, shifts = transforms
    factors = 1 - _parts(side) * np.float32(1 - share)
    return matrices * factors[:, None, None], shifts * factors[:, None]


@cache
def _parts(side: str) -> Floats:
    """How much of the way of a hand each bone goes along (B,): what hangs from the wrist goes all of it."""
    body = bodies.load()
    parts = np.zeros(len(body.bones), np.float32)
    for i, name in enumerate(body.bones):
        parent = body.parents[i]
        if name == f"wrist.{side}" or (parent >= 0 and parts[parent] == 1):
            parts[i] = 1
    for name, part in FOREARM.items():
        parts[body.index[f"{name}.{side}"]] = part
    return parts
