"""Hands in front: a hand that was seen is hidden by nothing of its own body, whatever a network makes of its depth.

Between a hand and the eye that sees it there is no thigh and no trunk. Where the points say otherwise, their depth is
wrong, and the hand has to come nearer. Brought nearer along the lines of sight, and made smaller by as much, it looks
the same and only what is in front of what changes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body as bodies

Floats = NDArray[Any]

ROUND: Final = (
    *((11, 23, 0.13), (12, 24, 0.13), (11, 12, 0.10), (23, 24, 0.13)),
    *((23, 25, 0.10), (24, 26, 0.10), (25, 27, 0.07), (26, 28, 0.07)),
    *((7, 8, 0.12), (11, 13, 0.06), (12, 14, 0.06)),
)
"""The body as round bars between BlazePose's points, with their radii in metres: trunk, legs, head and upper arms."""
PLACES: Final = np.linspace(0, 1, 9)
CLEAR: Final = 0.03
"""Metres that a hand is kept in front of a bar."""
NEAREST: Final = 0.8
"""A hand is brought nearer to this share of its distance at most."""

FOREARM: Final = (("lowerarm01", 1 / 3), ("lowerarm02", 2 / 3), ("wrist", 1.0))
"""How much of the way each bone of an arm goes along; what hangs from the wrist goes all of it."""


def nearer(points: Floats, hand: Floats) -> float:
    """Share of its distance from the camera at which a hand is in front of its body: 1 where it is already.

    Args:
        points: (33, 3) metres, the body in the axes of the camera, which is at (0, 0, 0).
        hand: (21, 3) metres.
    """
    share = 1.0
    for first, last, radius in ROUND:
        bar = points[first] + PLACES[:, None] * (points[last] - points[first])
        away = -bar[:, 2]
        aside = hand[:, None, :2] / -hand[:, None, 2:] * away[:, None] - bar[:, :2]
        thick = radius**2 - (aside**2).sum(axis=-1)
        front = np.where(thick > 0, away - np.sqrt(np.maximum(thick, 0)) - CLEAR, np.inf)
        share = min(share, float((front.min(axis=1) / -hand[:, 2]).min()))
    return max(share, NEAREST)


def bring(matrices: Floats, shifts: Floats, side: str, share: float) -> None:
    """Bring the hand of a `side`, L or R, and with it the forearm, to a share of its distance from (0, 0, 0), in place.

    Args:
        matrices: (B, 3, 3); shifts: (B, 3): of all bones, x' = R x + t.
        side: whose hand.
        share: 1 changes nothing.
    """
    body = bodies.load()
    goes = {f"{name}.{side}": part for name, part in FOREARM}
    wrist = body.index[f"wrist.{side}"]
    for i, name in enumerate(body.bones):
        part = goes.get(name, 1.0 if _hangs_from(i, wrist) else 0.0)
        factor = 1 - part * (1 - share)
        matrices[i] *= factor
        shifts[i] *= factor


def _hangs_from(bone: int, ancestor: int) -> bool:
    parents = bodies.load().parents
    while bone > ancestor:
        bone = int(parents[bone])
    return bone == ancestor
