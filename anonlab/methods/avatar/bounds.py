"""Where an avatar may be: where its person is, and not over what stands in front of that person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab import masks
from anonlab.methods.regions import Area, Window
from anonlab.models.contracts import DeepPose
from anonlab.synth.avatar import WRISTS
from anonlab.synth.avatar import fit as avatar_fit

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

REACH: Final = 0.08
"""An avatar may leave the area of its person by this share of the person's long side, along limbs that were seen."""
SLACK: Final = 0.012
"""Elsewhere by this share: a hidden limb lies behind something, which must not be painted over."""
LIMB: Final = 0.09
"""How far a limb that was seen reaches to its sides, as a share of the long side."""
ARM: Final = 0.045
"""The same of an arm that may hang in front of legs."""
SEEN: Final = 0.5
LEGS: Final = 0.3
"""Share of a person's mask below the hips from which its legs are not hidden, whatever the points say."""
TROUSERS: Final = 0.5
"""Share of a mask below the hips that looks like the room from which this is because trousers have its colour."""
THICK: Final = 0.015
"""What stands in front of legs is at least twice as wide as this share of the long side."""
TRUNK: Final = 0.1
"""A trunk that is shorter in the picture, as a share of the long side, does not tell where legs are."""
HIPS: Final = 0.05
"""Legs begin this share of the trunk's length below the hips."""

LOOSE: Final = 0.05
"""A piece of an avatar that hangs on nothing may be left out if it is smaller than this share of all that is seen."""
RIM_PX: Final = 2.0
"""Pixels around such a piece in which its edge fades."""

ARMS: Final = ((11, 13), (13, 15), (12, 14), (14, 16), (15, 19), (16, 20))
LIMBS: Final = (
    *ARMS,
    *((11, 12), (11, 23), (12, 24), (23, 24), (11, 24), (12, 23)),
    *((23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32), (27, 29), (28, 30)),
    *((7, 8), (0, 7), (0, 8), (9, 11), (10, 12)),
)


@dataclass(frozen=True)
class Target:
    """Where an avatar goes.

    Attributes:
        pose: points of one person.
        area: the pixels of this person that have to be covered.
        mask: (H, W) the person's mask.
        is_seen: whether the mask shows the person; one that is only held is larger.
    """

    pose: DeepPose
    area: Area
    mask: Mask
    is_seen: bool = True


def neighbourhood(seen: avatar_fit.Seen, area: Area, window: Window) -> Mask:
    """Where an avatar may be (h, w): in its person's area, near it, and farther along limbs that were seen."""
    inside = np.zeros((window.y1 - window.y0, window.x1 - window.x0), bool)
    inside[area.window.inside(window)] = area.mask
    near = masks.grow(inside, SLACK * area.long_side_px)
    far = masks.grow(inside, REACH * area.long_side_px)
    return np.asarray(near | (far & along(LIMBS, seen, window, LIMB * area.long_side_px, SEEN)))


def loose(drawn: Mask, seen: avatar_fit.Seen, window: Window) -> Mask:
    """Where (h, w) to leave out what is drawn: in small pieces that hang on nothing and whose points were not seen.

    Such as the hand of an arm that is hidden. A rim that fades is left out, too.
    """
    n, labels, stats, _ = cv2.connectedComponentsWithStats(drawn.astype(np.uint8), connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    scores = seen.scores.copy()
    for wrist, hand in zip(WRISTS, seen.hands, strict=True):
        if hand is not None:
            scores[[wrist, *avatar_fit.FOLLOWERS[wrist]]] = 1
    places = np.round(seen.body[:, :2] - [window.x0, window.y0]).astype(int)
    within = ((places >= 0) & (places < drawn.shape[::-1])).all(axis=1)
    piece = labels[places[within, 1], places[within, 0]]
    n_points = np.bincount(piece, minlength=n)[1:]
    trust = np.bincount(piece, scores[within], minlength=n)[1:]
    small = (sizes < LOOSE * sizes.sum()) & (sizes < sizes.max(initial=0))
    left_out = np.append(False, small & (trust < SEEN * n_points))
    return masks.grow(left_out[labels], RIM_PX)


def in_front(seen: avatar_fit.Seen, target: Target, window: Window, still: Mask) -> Mask:
    """Where something stands in front of a person's legs (h, w), such as a desk that the mask reaches over.

    Args:
        seen: the person's points.
        target: the person.
        window: the part of the picture that is asked about.
        still: (h, w) where it looks as it does without people.
    """
    size, mask = target.area.long_side_px, target.mask[window.at]
    below = below_hips(seen, window, size) & ~along(ARMS, seen, window, ARM * size, avatar_fit.HIDDEN)
    legs, still = mask & below, still & below
    hidden = all(avatar_fit.leg_is_hidden(seen.scores, knee) for knee in avatar_fit.KNEES)
    if not target.is_seen or (hidden and legs.sum() < LEGS * mask.sum()):
        return _in_front_of_unseen_legs(still, size)
    return _in_front_of_seen_legs(legs, still, size)


def _in_front_of_unseen_legs(still: Mask, size: float) -> Mask:
    """All that looks still, but for what is thin: a fold may have the room's colour by chance."""
    return np.asarray(masks.grow(_inner(still, THICK * size), THICK * size) & still)


def _in_front_of_seen_legs(legs: Mask, still: Mask, size: float) -> Mask:
    """What looks still among legs, or between two parts of them above each other, and next to that."""
    if (legs & still).sum() > TROUSERS * legs.sum():
        return np.zeros_like(still)
    far = round(REACH * size)
    upright = np.ones((2 * far + 1, 1), np.uint8)
    # OpenCV would close the gap to the picture's border, too
    padded = np.pad(legs.astype(np.uint8), ((far, far), (0, 0)))
    whole = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, upright)[far : far + len(legs)].astype(bool)
    return np.asarray(masks.grow(_inner(whole & still, THICK * size), (THICK + REACH) * size) & still)


def _inner(mask: Mask, px: float) -> Mask:
    """What lies deeper in the mask (h, w) than `px`."""
    return np.asarray(~masks.grow(~mask, px))


def below_hips(seen: avatar_fit.Seen, window: Window, size: float) -> Mask:
    """The half of a window (h, w) below somebody's hips, as the trunk points; nothing if it points at the camera."""
    rows, columns = np.mgrid[window.y0 : window.y1, window.x0 : window.x1]
    hips, shoulders = (seen.body[list(pair), :2].mean(axis=0) for pair in ((23, 24), (11, 12)))
    down = hips - shoulders
    if np.hypot(*down) < TRUNK * size:
        return np.zeros(rows.shape, bool)
    return np.asarray((columns - hips[0]) * down[0] + (rows - hips[1]) * down[1] > HIPS * (down @ down))


def along(
    limbs: Sequence[tuple[int, int]], seen: avatar_fit.Seen, window: Window, side_px: float, least: float
) -> Mask:
    """What lies at most `side_px` from those of the limbs (h, w) whose points have scores of at least `least`."""
    drawn = np.zeros((window.y1 - window.y0, window.x1 - window.x0), np.uint8)
    points = np.round(seen.body[:, :2] - [window.x0, window.y0]).astype(int)
    for start, end in limbs:
        if min(seen.scores[start], seen.scores[end]) >= least:
            first, last = (np.clip(points[k], -4096, 8192).tolist() for k in (start, end))
            cv2.line(drawn, first, last, 1, max(1, round(2 * side_px)))
    return drawn.astype(bool)
