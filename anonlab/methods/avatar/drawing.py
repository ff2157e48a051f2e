"""One avatar in one frame: fitted to a person's points, drawn, and cut to where it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab import masks
from anonlab.methods.avatar import surroundings
from anonlab.methods.avatar.background import Room
from anonlab.methods.avatar.surroundings import Look
from anonlab.methods.regions import Area, Window
from anonlab.models.blazepose.estimator import FACE_FROM
from anonlab.models.contracts import DeepPose
from anonlab.synth import avatar, people
from anonlab.synth.avatar import draw as avatar_draw
from anonlab.synth.avatar import fit as avatar_fit
from anonlab.synth.body import Pose

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
PART: Final = 0.5
SEEN: Final = 0.5
LEAST_OVERLAP: Final = 0.45
"""Share of an avatar within the picture that lies in its person's neighbourhood, below which the fit is wrong."""
LEAST_FILLED: Final = 0.30
"""The same of the person's mask that the avatar covers."""
LEGS: Final = 0.3
"""Share of a person's mask below the hips from which its legs are not hidden, whatever the points say."""
IN_FRONT: Final = 0.5
"""Share of a mask below the hips up to which something may stand in front of legs that are seen; where more of it looks
like the room, trousers have its colour."""
THICK: Final = 0.015
"""What is in front of legs is twice as wide as this share of the long side, at least."""
LEAST_CHANGED: Final = 0.05
"""Share of a mask that looks like the room, but for which nobody would be seen there."""

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


@dataclass(frozen=True)
class Sprite:
    """An avatar as it is laid on a picture.

    Attributes:
        window: the part of the picture.
        colour: (h, w, 3) float32, levels.
        alpha: (h, w) float32, 0 to 1.
        shade: (h, w) float32, what is left of the light on the ground below, 0 to 1.
        allowed: (h, w) bool, where the avatar may be.
        distance: from the camera, metres.
        target: what it was made for.
    """

    window: Window
    colour: Floats
    alpha: Floats
    shade: Floats
    allowed: Mask
    distance: float
    target: Target


def sprite(person: people.Person, target: Target, look: Look, room: Room | None = None) -> Sprite | None:
    """The avatar of a person; None if the points are not those of a body, or not where the mask is.

    Args:
        person: who it is.
        target: where it goes.
        look: what the picture is like there.
        room: the picture without people; None if that is not known. What stands in front of legs looks the same in
            both, even where the mask reaches over it.
    """
    area, (height, width) = target.area, target.mask.shape
    reach = int(np.ceil(REACH * area.long_side_px)) + 2
    window = area.window.grown(reach, height, width)
    centre = np.array([(window.x0 + window.x1) / 2, (window.y0 + window.y1) / 2])
    seen = _seen(target.pose)
    fit = avatar_fit.fit(seen, person.rest, centre, max(height, width))
    if fit is None:
        return None
    cut = _drawn(person, fit, window)
    allowed = neighbourhood(seen, area, window)
    if not _plausible(cut.share, allowed, target.mask[window.at] if target.is_seen else None):
        return None
    if room is not None:
        allowed &= ~_in_front(seen, target, window, room.still(window))
    drawn = cut.share > 0
    layers = np.zeros((*drawn.shape, 4), np.float32)
    layers[drawn, :3] = surroundings.developed(cut.radiance[drawn], look) * cut.share[drawn, None]
    layers[..., 3] = cut.share
    layers = surroundings.softened(layers, look)
    alpha = layers[..., 3] * _soft(allowed)
    colour = layers[..., :3] / np.maximum(layers[..., 3:], 1e-3)
    shade = _contact(seen, window, area.long_side_px)
    return Sprite(window, colour, alpha, shade, allowed, fit.distance, target)


def _seen(pose: DeepPose) -> avatar_fit.Seen:
    """The points of one person as the fit wants them."""
    face = pose.faces[0][FACE_FROM] if pose.face_scores[0] >= PART else None
    left, right = (pose.hands[0, side] if pose.hand_scores[0, side] >= PART else None for side in (0, 1))
    return avatar_fit.Seen(pose.body[0], pose.scores[0], _finite(face), (_finite(left), _finite(right)))


def _finite(points: Floats | None) -> Floats | None:
    return points if points is not None and np.isfinite(points).all() else None


def _drawn(person: people.Person, fit: avatar_fit.Fit, window: Window) -> avatar_draw.Cutout:
    """The person alone in the window, hips in the origin of the light."""
    at_rest = landmarks_at_rest(person)
    turns, shifts = avatar.retarget(person.rest, at_rest, fit.target)
    shifts = shifts + np.array([0, 0, fit.distance], np.float32)
    mesh = person.deformed(turns, shifts).mesh
    width, height = window.x1 - window.x0, window.y1 - window.y0
    return avatar_draw.cutout(mesh, fit.distance, fit.focal_px, width, height)


def landmarks_at_rest(person: people.Person) -> Floats:
    """The 133 points of a person at rest: (133, 3) metres."""
    return np.asarray(person.posed(Pose()).landmarks, np.float64)


def neighbourhood(seen: avatar_fit.Seen, area: Area, window: Window) -> Mask:
    """Where an avatar may be (h, w): in its person's area, near it, and farther along limbs that were seen."""
    inside = np.zeros((window.y1 - window.y0, window.x1 - window.x0), bool)
    inside[area.window.inside(window)] = area.mask
    near = masks.grow(inside, SLACK * area.long_side_px)
    far = masks.grow(inside, REACH * area.long_side_px)
    return np.asarray(near | (far & _along(LIMBS, seen, window, LIMB * area.long_side_px)))


def _along(
    limbs: Sequence[tuple[int, int]],
    seen: avatar_fit.Seen,
    window: Window,
    side_px: float,
    least: float = SEEN,
) -> Mask:
    """What lies at most `side_px` from limbs that were seen (h, w)."""
    drawn = np.zeros((window.y1 - window.y0, window.x1 - window.x0), np.uint8)
    points = np.round(seen.body[:, :2] - [window.x0, window.y0]).astype(int)
    for start, end in limbs:
        if min(seen.scores[start], seen.scores[end]) >= least:
            first, last = (np.clip(points[k], -4096, 8192).tolist() for k in (start, end))
            cv2.line(drawn, first, last, 1, max(1, round(2 * side_px)))
    return drawn.astype(bool)


def _in_front(seen: avatar_fit.Seen, target: Target, window: Window, still: Mask) -> Mask:
    """Where something stands in front of a person (h, w), by what looks as without people, `still`.

    If nearly all of the mask does, nobody is to be seen. Otherwise only legs are hidden, and only by what is thick:
    arms and folds may have the room's colour by chance. Legs that were not seen are nowhere where it looks still; of
    those that were, what lies in the mask, or between two of its parts above each other, has something in front of it,
    and what looks still next to that.
    """
    mask, size = target.mask[window.at], target.area.long_side_px
    if (mask & ~still).sum() < LEAST_CHANGED * mask.sum():
        return np.ones_like(still)
    below = below_hips(seen, window)
    still = still & below & ~_along(ARMS, seen, window, ARM * size, 0)
    legs = mask & below
    hidden = all(avatar_fit.leg_is_hidden(seen.scores, knee) for knee in avatar_fit.KNEES)
    if not target.is_seen or (hidden and legs.sum() < LEGS * mask.sum()):
        return masks.grow(~masks.grow(~still, THICK * size), THICK * size) & still
    upright = np.ones((2 * round(REACH * size) + 1, 1), np.uint8)
    legs = cv2.morphologyEx(legs.view(np.uint8), cv2.MORPH_CLOSE, upright).astype(bool)
    thick = ~masks.grow(~(legs & still), THICK * size)
    if thick.sum() > IN_FRONT * legs.sum():
        return np.zeros_like(still)
    return masks.grow(thick, (THICK + REACH) * size) & still


def below_hips(seen: avatar_fit.Seen, window: Window) -> Mask:
    """The half of a window (h, w) below somebody's hips, as the trunk points."""
    rows, columns = np.mgrid[window.y0 : window.y1, window.x0 : window.x1]
    hips, shoulders = (seen.body[list(pair), :2].mean(axis=0) for pair in ((23, 24), (11, 12)))
    down = hips - shoulders
    return np.asarray((columns - hips[0]) * down[0] + (rows - hips[1]) * down[1] > 0.05 * (down @ down))


def _plausible(share: Floats, allowed: Mask, mask: Mask | None) -> bool:
    """Whether what is drawn (h, w) lies where it may be, and fills the mask, if there is one that shows the person."""
    drawn = share >= 0.5
    if drawn.sum() < 1:
        return False
    overlap = (drawn & allowed).sum() / drawn.sum()
    filled = 1.0 if mask is None else (drawn & mask).sum() / max(int(mask.sum()), 1)
    return bool(overlap >= LEAST_OVERLAP and filled >= LEAST_FILLED)


def _soft(allowed: Mask) -> Floats:
    """The mask with an edge that fades over two pixels, inwards."""
    distance = cv2.distanceTransform(np.pad(allowed, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)
    return np.clip(distance[1:-1, 1:-1] / 2.0, 0, 1)


def _contact(seen: avatar_fit.Seen, window: Window, long_side_px: float) -> Floats:
    """What is left of the light (h, w) below feet that are seen."""
    dark = np.zeros((window.y1 - window.y0, window.x1 - window.x0), np.float32)
    across, down = max(2, round(0.055 * long_side_px)), max(1, round(0.018 * long_side_px))
    for heel, toe in ((29, 31), (30, 32)):
        if min(seen.scores[heel], seen.scores[toe]) < SEEN:
            continue
        spot = seen.body[[heel, toe], :2].mean(axis=0) - [window.x0, window.y0]
        centre = round(float(spot[0])), round(float(spot[1] + 0.4 * down))
        cv2.ellipse(dark, centre, (across, down), 0, 0, 360, 1.0, -1)
    blurred = cv2.GaussianBlur(dark, (0, 0), max(1.0, 0.014 * long_side_px))
    return np.asarray(1 - 0.45 * np.clip(blurred, 0, 1), np.float32)
