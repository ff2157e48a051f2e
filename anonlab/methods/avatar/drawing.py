"""One avatar in one frame: fitted to a person's points, drawn, and cut to where it may be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.methods import regions
from anonlab.methods.avatar import bounds, surroundings
from anonlab.methods.avatar.background import Room
from anonlab.methods.avatar.bounds import Target
from anonlab.methods.avatar.surroundings import Look
from anonlab.methods.regions import Window
from anonlab.models.blazepose.estimator import FACE_FROM
from anonlab.models.contracts import DeepPose
from anonlab.synth import avatar, people
from anonlab.synth.avatar import draw as avatar_draw
from anonlab.synth.avatar import fit as avatar_fit
from anonlab.synth.body import Pose

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

PART: Final = 0.5
LEAST_OVERLAP: Final = 0.45
"""Share of an avatar within the picture that lies in its person's neighbourhood, below which the fit is wrong."""
LEAST_FILLED: Final = 0.45
"""The same of the person's mask that the avatar covers. Most who fill less are dwarfs in another pose, or their
mask is mostly something else: looked at on 120 synthetic pictures of other seeds than the default's."""

OUTLINE: Final = 2 / 3
"""Share of its box that a person fills at most; of three in four it is less than 0.63.
Some detectors know boxes only."""


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

    def fills(self, mask: Mask) -> bool:
        """Whether what can be a person in a mask (H, W) is filled well enough by this avatar."""
        drawn = (self.alpha >= PART) & mask[self.window.at]
        return bool(np.count_nonzero(drawn) >= LEAST_FILLED * _body_px(mask))


def sprite(person: people.Person, target: Target, look: Look, room: Room | None) -> Sprite | None:
    """The avatar of a person; None if the points are not those of a body, or not where the mask is.

    Args:
        person: who it is.
        target: where it goes.
        look: what the picture is like there.
        room: the picture without people; None if that is not known. What stands in front of legs looks the same in
            both, even where the mask reaches over it.
    """
    area, (height, width) = target.area, target.mask.shape
    reach = int(np.ceil(bounds.REACH * area.long_side_px)) + 2
    window = area.window.grown(reach, height, width)
    centre = np.array([(window.x0 + window.x1) / 2, (window.y0 + window.y1) / 2])
    seen = _seen(target.pose)
    fit = avatar_fit.fit(seen, person.rest, centre, max(height, width))
    if fit is None:
        return None
    cut = _drawn(person, fit, window)
    allowed = bounds.neighbourhood(seen, area, window)
    if not _plausible(cut.share, allowed, target.mask[window.at] if target.is_seen else None):
        return None
    shares = np.where(bounds.loose(cut.share * _soft(allowed) >= PART, seen, window), 0, cut.share)
    if room is not None:  # what stands in front may leave feet alone
        allowed &= ~bounds.in_front(seen, target, window, room.still(window, target.is_seen))
    drawn = np.flatnonzero(shares)
    share = shares.reshape(-1)[drawn, None]
    layers = np.zeros((*shares.shape, 4), np.float32)
    pixels = surroundings.developed(cut.radiance.reshape(-1, 3)[drawn], look) * share
    layers.reshape(-1, 4)[drawn] = np.concatenate((pixels, share), axis=1)
    layers = surroundings.softened(layers, look)
    alpha = layers[..., 3] * _soft(allowed)
    colour = layers[..., :3] / np.maximum(layers[..., 3:], 1e-3)
    shade = _contact(seen, window, area.long_side_px)
    return Sprite(window, colour, alpha, shade, allowed, fit.distance, target)


def _seen(pose: DeepPose) -> avatar_fit.Seen:
    """The points of one person as the fit wants them."""
    face = pose.faces[0][FACE_FROM] if pose.face_scores[0] >= PART else None
    left, right = (pose.hands[0, side] if pose.hand_scores[0, side] >= PART else None for side in (0, 1))
    hands = avatar_fit.distinct((_finite(left), _finite(right)), pose.body[0, list(avatar.WRISTS)])
    return avatar_fit.Seen(pose.body[0], pose.scores[0], _finite(face), hands)


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


def _plausible(share: Floats, allowed: Mask, mask: Mask | None) -> bool:
    """Whether what is drawn (h, w) lies where it may be, and fills the mask, if there is one that shows the person."""
    drawn = share >= 0.5
    n = np.count_nonzero(drawn)
    if n < 1:
        return False
    overlap = np.count_nonzero(drawn & allowed) / n
    filled = 1.0 if mask is None else np.count_nonzero(drawn & mask) / max(_body_px(mask), 1)
    return bool(overlap >= LEAST_OVERLAP and filled >= LEAST_FILLED)


def _body_px(mask: Mask) -> float:
    """How many pixels of a mask (h, w) can be a person's: not all of them where it is little else than a box."""
    box = regions.bounds(mask)
    most = OUTLINE * (box.y1 - box.y0) * (box.x1 - box.x0) if box else 0.0
    return min(float(np.count_nonzero(mask)), most)


def _soft(allowed: Mask) -> Floats:
    """The mask with an edge that fades over two pixels, inwards."""
    distance = cv2.distanceTransform(np.pad(allowed, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)
    return np.clip(distance[1:-1, 1:-1] / 2.0, 0, 1)


def _contact(seen: avatar_fit.Seen, window: Window, long_side_px: float) -> Floats:
    """What is left of the light (h, w) below feet that are seen."""
    dark = np.zeros((window.y1 - window.y0, window.x1 - window.x0), np.float32)
    across, down = max(2, round(0.055 * long_side_px)), max(1, round(0.018 * long_side_px))
    for heel, toe in ((29, 31), (30, 32)):
        if min(seen.scores[heel], seen.scores[toe]) < bounds.SEEN:
            continue
        spot = seen.body[[heel, toe], :2].mean(axis=0) - [window.x0, window.y0]
        centre = round(float(spot[0])), round(float(spot[1] + 0.4 * down))
        cv2.ellipse(dark, centre, (across, down), 0, 0, 360, 1.0, -1)
    sigma = max(1.0, 0.014 * long_side_px)
    spots = regions.bounds(dark > 0)
    if spots:
        # far enough for the kernel and for what the border mirrors
        part = dark[spots.grown(math.ceil(8 * sigma), *dark.shape).at]
        part[:] = cv2.GaussianBlur(part, (0, 0), sigma)
    return np.asarray(1 - 0.45 * np.clip(dark, 0, 1), np.float32)
