"""Who is drawn over whom: by what was seen of each, and by the distance where that says nothing.

Distances of people who stand close together are not known well enough to tell who hides whom. But of the one behind,
the points that lie where the other one is were hidden, and have low scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.methods.avatar.drawing import Sprite
from anonlab.methods.regions import Window

Floats = NDArray[Any]

UNKNOWN: Final = 0.7
"""Stands for the score of points where there are none: it says neither hidden nor seen."""
CLEARLY: Final = 0.15
"""A smaller difference of scores says nothing."""


def back_to_front(sprites: Mapping[int, Sprite]) -> list[int]:
    """The keys of `sprites` in the order in which they are drawn: the farthest first, but after those it hides."""
    left = sorted(sprites, key=lambda key: -sprites[key].distance)
    hidden = {
        key: {other for other in left if other != key and hides(sprites[key], sprites[other])} for key in left
    }
    order = []
    while left:
        key, passed = left[0], set()
        while (
            key not in passed
        ):  # ends with somebody who hides nobody, or in a ring in which anybody may be first
            passed.add(key)
            key = next((other for other in left if other in hidden[key]), key)
        order.append(key)
        left.remove(key)
    return order


def hides(one: Sprite, other: Sprite) -> bool:
    """Whether one avatar stands in front of another where both are."""
    if not _meet(one.window, other.window):
        return False
    scores = seen_within(one, other), seen_within(other, one)
    if scores == (None, None):
        return False
    ours, theirs = (UNKNOWN if score is None else score for score in scores)
    return ours > theirs if abs(ours - theirs) > CLEARLY else one.distance < other.distance


def _meet(one: Window, other: Window) -> bool:
    return one.y0 < other.y1 and other.y0 < one.y1 and one.x0 < other.x1 and other.x0 < one.x1


def seen_within(one: Sprite, other: Sprite) -> float | None:
    """Mean score of the points of one avatar's person where another avatar is; None without such points."""
    pose, (height, width) = one.target.pose, other.alpha.shape
    column, row = np.floor(pose.body[0, :, :2] - [other.window.x0, other.window.y0]).astype(int).T
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    inside[inside] = other.alpha[row[inside], column[inside]] >= 0.5
    return float(pose.scores[0, inside].mean()) if inside.any() else None
