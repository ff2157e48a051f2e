"""Fitting: from the points of a person in a picture to joints in space, and whether they can be believed.

A network's depth is rough, while its places in the picture are good. So the places are kept, and depth is corrected
limb by limb, from the trunk outwards, until each limb is about as long as that of the body which is to be put there;
a limb that nobody could have hangs or stands as it usually does.
The camera has a usual angle of view and looks at the person from as far as the person's size tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body as bodies
from anonlab.synth.avatar import Target
from anonlab.synth.motion.rotations import unit

Floats = NDArray[Any]
Hands = tuple[Floats | None, Floats | None]

FOCAL: Final = 1.0
"""Focal length over the picture's long side: an angle of view of 53 degrees."""
NEAREST: Final = 1.8
"""Metres between camera and person at least: nearer, small mistakes in depth become large ones in size."""
LENGTHS: Final = (0.85, 1.15)
"""A limb is brought to at least and at most so much of the body's own length, by its depth."""
LONGEST: Final = 1.2
"""No limb that was seen is longer in the picture than this times the body's own, or the body is larger than it seems:
from most sides a limb looks shorter than it is, and longer only if it reaches out to the camera."""
TORN: Final = 2.0
"""A limb that is longer than this by the size of the others is not this person's."""
TOO_LONG: Final = 1.45
"""A limb that was guessed and is longer than this was guessed wrongly."""
HIDDEN: Final = 0.3
"""Points with a lower score were guessed."""
SURE: Final = 0.5
HIDDEN_LEG: Final = 0.5
"""A knee and ankle with lower scores are hidden: the thigh goes on as the trunk does. Of somebody upright who shows
neither leg, which is what a desk does, both legs stand straight below: what shows of them looks like a lap."""
TRUNK_LOWER: Final = 0.021
ELBOW_LOWER: Final = 0.02
"""Metres by which shoulders and hips, and elbows, of the body lie below the points that the network calls by these
names: measured by letting it look at 28 avatars whose joints are known."""
KNEES: Final = (25, 26)
LEGS: Final = (25, 26, 27, 28)

CHAINS: Final = (
    *((11, 13, "upperarm01.L", "lowerarm01.L"), (13, 15, "lowerarm01.L", "wrist.L")),
    *((12, 14, "upperarm01.R", "lowerarm01.R"), (14, 16, "lowerarm01.R", "wrist.R")),
    *((23, 25, "upperleg01.L", "lowerleg01.L"), (25, 27, "lowerleg01.L", "foot.L")),
    *((24, 26, "upperleg01.R", "lowerleg01.R"), (26, 28, "lowerleg01.R", "foot.R")),
)
"""Near and far joint of each limb as BlazePose numbers them, and the bones that begin there; inner limbs first."""
FOLLOWERS: Final = {15: (17, 19, 21), 16: (18, 20, 22), 27: (29, 31), 28: (30, 32)}
"""Points that move along with a joint."""
ONE_HAND: Final = 0.15
"""Two hands whose points are no farther apart than this share of a hand's length are one that was seen twice: among the
default pictures that is at most 0.05, for two hands at least 0.7."""
BODY_LENGTH: Final = 0.5
"""Trunk length over that of the body, in the picture and depth together, below which there is no trunk to be seen."""


@dataclass(frozen=True)
class Seen:
    """The points of one person in a picture, as `DeepPose` has them: pixels, x right, y down, z away.

    Attributes:
        body: (33, 3); scores: (33,).
        face: (68, 3), COCO-WholeBody's, or None; hands: (21, 3) each, left and right, or None.
    """

    body: Floats
    scores: Floats
    face: Floats | None = None
    hands: Hands = (None, None)


@dataclass(frozen=True)
class Fit:
    """Where a body is to be, and the camera that sees it there.

    Attributes:
        target: joints in the camera's axes, the camera at (0, 0, 0).
        focal_px: focal length.
        distance: metres to the hips.
    """

    target: Target
    focal_px: float
    distance: float


def fit(seen: Seen, rest: bodies.Rest, centre_px: Floats, long_side_px: float) -> Fit | None:
    """How a body is to be placed to be in the pose of a person; None if the points cannot be a person's.

    Args:
        seen: the person's points in a picture.
        rest: the body.
        centre_px: (2,) where the axis of the camera is to meet the picture: the middle of the part that is drawn.
        long_side_px: of the whole picture.
    """
    if not (np.isfinite(seen.body).all() and np.isfinite(seen.scores).all()):
        return None
    if seen.scores[[11, 12]].max() < HIDDEN:
        return None
    lengths = _lengths(rest)
    typical, longest = _scale(seen, lengths), _longest(seen, lengths)
    scale = max(typical, longest / LONGEST)
    if longest > TORN * typical or not 2 <= scale <= 20 * long_side_px:
        return None
    points = _corrected(seen, lengths, scale)
    if _collapsed(points, lengths, typical):
        return None
    focal = max(FOCAL * long_side_px, NEAREST * scale)
    view = _View(np.asarray(centre_px, np.float64), focal, focal / scale, scale)
    return Fit(_target(seen, points, view), focal, view.distance)


@dataclass(frozen=True)
class _View:
    centre: Floats
    focal: float
    distance: float
    scale: float

    def metres(self, points: Floats, depth_px: float = 0.0) -> Floats:
        """Points (K, 3) in pixels as metres in the axes of the camera, depth counted from `depth_px`."""
        away = self.distance + (points[:, 2:] + depth_px) / self.scale
        flat = (points[:, :2] - self.centre) * away / self.focal
        return np.concatenate([flat * [1, -1], -away], axis=1)


def distinct(hands: Hands, wrists: Floats) -> Hands:
    """The hands (21, 3), left and right, in pixels; of one that was seen twice only that at the nearer wrist (2, 3)."""
    left, right = hands
    if left is None or right is None:
        return hands
    length = max(
        float(np.linalg.norm(np.diff(hand[[0, 9, 12], :2], axis=0), axis=1).sum()) for hand in (left, right)
    )
    if np.linalg.norm(left[:, :2] - right[:, :2], axis=1).mean() > ONE_HAND * length:
        return hands
    away = [
        np.linalg.norm(hand[0, :2] - wrist[:2]) for hand, wrist in zip((left, right), wrists, strict=True)
    ]
    return (left, None) if away[0] <= away[1] else (None, right)


def _lengths(rest: bodies.Rest) -> dict[int, float]:
    """Length of each limb of a body by its far joint, and under 0 of the trunk, under 1 of the shoulders; metres."""
    index, heads = bodies.load().index, rest.heads.astype(np.float64)
    found = {
        far: float(np.linalg.norm(heads[index[end]] - heads[index[start]])) for _, far, start, end in CHAINS
    }
    hips, shoulders = (
        np.stack([heads[index[f"{name}.{side}"]] for side in "LR"]) for name in ("upperleg01", "upperarm01")
    )
    found[0] = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
    found[1] = float(np.linalg.norm(shoulders[0] - shoulders[1]))
    return found


def _scale(seen: Seen, lengths: dict[int, float]) -> float:
    """Pixels per metre: the median over limbs, trunk and shoulders, weighted by how well they were seen."""
    body, scores = seen.body.astype(np.float64), seen.scores
    ratios = [np.linalg.norm(body[far] - body[near]) / lengths[far] for near, far, _, _ in CHAINS]
    weights = [float(min(scores[near], scores[far])) for near, far, _, _ in CHAINS]
    trunk = body[[11, 12]].mean(axis=0) - body[[23, 24]].mean(axis=0)
    ratios += [np.linalg.norm(trunk) / lengths[0], np.linalg.norm(body[11] - body[12]) / lengths[1]]
    weights += [3 * float(scores[[23, 24]].max()) + 0.1, 2 * float(scores[[11, 12]].min()) + 0.1]
    order = np.argsort(ratios)
    place = np.cumsum(np.array(weights)[order])
    return float(np.array(ratios)[order][np.searchsorted(place, place[-1] / 2)])


def _longest(seen: Seen, lengths: dict[int, float]) -> float:
    """The most pixels per metre, in the picture alone, that a limb that was seen has."""
    body, scores = seen.body[:, :2].astype(np.float64), seen.scores
    sure = [(near, far) for near, far, _, _ in CHAINS if min(scores[near], scores[far]) >= SURE]
    return max(
        (float(np.linalg.norm(body[far] - body[near])) / lengths[far] for near, far in sure), default=0.0
    )


def _corrected(seen: Seen, lengths: dict[int, float], scale: float) -> Floats:
    """The body's points (33, 3), depth corrected."""
    points = _joints(seen.body.astype(np.float64), scale)
    _same_length(points, 11, 12, lengths[1] * scale, (0.7, 1.2))
    trunk = points[[23, 24]].mean(axis=0) - points[[11, 12]].mean(axis=0)
    behind = is_behind_something(seen.scores, trunk)
    for near, far, _, _ in CHAINS:
        length = lengths[far] * scale
        before = points[far].copy()
        points[far, 2] = points[near, 2] + seen.body[far, 2] - seen.body[near, 2]
        guessed = far in KNEES and leg_is_hidden(seen.scores, far)
        flat = float(np.linalg.norm(points[far, :2] - points[near, :2])) / length
        if behind and far in LEGS:
            points[far] = points[near] + unit(trunk * [1, 1, 0]) * length
        elif guessed or (flat > TOO_LONG and min(seen.scores[near], seen.scores[far]) < SURE):
            points[far] = points[near] + unit(trunk) * length
        else:
            points[far] = points[near] + _of_length(points[far] - points[near], length, LENGTHS)
        for follower in FOLLOWERS.get(far, ()):
            points[follower] += points[far] - before
    return points


def leg_is_hidden(scores: Floats, knee: int) -> bool:
    """Whether neither this knee nor the ankle below it was seen; scores (33,)."""
    return bool(scores[[knee, knee + 2]].max() < HIDDEN_LEG)


def is_behind_something(scores: Floats, trunk: Floats) -> bool:
    """Whether somebody upright shows neither leg, as people at a desk do; the trunk (3,) points to the hips."""
    return bool(trunk[1] > abs(trunk[0]) and all(leg_is_hidden(scores, knee) for knee in KNEES))


def _joints(points: Floats, scale: float) -> Floats:
    """The network's points (33, 3) moved to where a body's joints are."""
    points = points.copy()
    up = unit(points[[11, 12]].mean(axis=0) - points[[23, 24]].mean(axis=0))
    for elbow, shoulder in ((13, 11), (14, 12)):
        points[elbow] += ELBOW_LOWER * scale * unit(points[elbow] - points[shoulder])
    points[[11, 12, 23, 24]] -= TRUNK_LOWER * scale * up
    return points


def _of_length(step: Floats, length: float, limits: tuple[float, float]) -> Floats:
    """A step (3,) whose depth is changed until it is within `limits` of a length; its place in the picture stays."""
    flat = float(np.hypot(step[0], step[1]))
    wanted = float(np.clip(np.linalg.norm(step), limits[0] * length, limits[1] * length))
    depth = np.sqrt(max(wanted**2 - flat**2, 0.0))
    return np.array([step[0], step[1], depth if step[2] >= 0 else -depth])


def _same_length(points: Floats, first: int, second: int, length: float, limits: tuple[float, float]) -> None:
    """Bring two points to a length by moving their depths apart, or together, about their middle."""
    step = _of_length(points[second] - points[first], length, limits)
    middle = (points[first, 2] + points[second, 2]) / 2
    points[first, 2], points[second, 2] = middle - step[2] / 2, middle + step[2] / 2


def _collapsed(points: Floats, lengths: dict[int, float], scale: float) -> bool:
    """Whether there is no trunk: the points lie in one place, or the hips beside the shoulders."""
    trunk = points[[11, 12]].mean(axis=0) - points[[23, 24]].mean(axis=0)
    return bool(np.linalg.norm(trunk) < BODY_LENGTH * lengths[0] * scale)


def _target(seen: Seen, points: Floats, view: _View) -> Target:
    face = None if seen.face is None else _face(seen.face, points, view)
    hands = tuple(
        None if hand is None else _hand(hand, points[15 + side], view) for side, hand in enumerate(seen.hands)
    )
    return Target(view.metres(points), face, (hands[0], hands[1]))


def _face(face: Floats, points: Floats, view: _View) -> Floats | None:
    """The face in the depth of the head; None where it is not on this person's head."""
    away = np.linalg.norm(face[:, :2].mean(axis=0) - points[[0, 2, 5, 9, 10], :2].mean(axis=0))
    if away > 0.12 * view.scale:
        return None
    depth = points[[0, 2, 5], 2].mean() - face[27:48, 2].mean()
    return view.metres(face.astype(np.float64), float(depth))


def _hand(hand: Floats, wrist: Floats, view: _View) -> Floats | None:
    """A hand in the depth of the wrist; None where it is not at this person's wrist."""
    if np.linalg.norm(hand[0, :2] - wrist[:2]) > 0.12 * view.scale:
        return None
    return view.metres(hand.astype(np.float64), float(wrist[2] - hand[0, 2]))
