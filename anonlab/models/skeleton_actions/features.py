"""What a window of keypoints says about an action: numbers that forget place and size.

Lengths are in units of the person's own limbs, positions start from the hips, and a point counts as far as the network
trusts it. Image y points down, so something that rises gets smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models.skeleton_actions.observation import N_POINTS
from anonlab.models.skeleton_actions.tracks import Windows

Floats = NDArray[np.floating[Any]]

NOSE: Final = 0
SHOULDERS: Final = (5, 6)
ELBOWS: Final = (7, 8)
WRISTS: Final = (9, 10)
HIPS: Final = (11, 12)
KNEES: Final = (13, 14)
ANKLES: Final = (15, 16)
MIRRORED: Final = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 19, 20, 17, 18])
"""For each point the one that it becomes in a mirror."""
MOVING: Final = np.array([NOSE, *SHOULDERS, *ELBOWS, *WRISTS, *HIPS, *KNEES, *ANKLES])
"""The points whose motion is looked at."""
LIMBS: Final = (
    *((5, 11, 1.0), (6, 12, 1.0), (5, 7, 0.6), (6, 8, 0.6), (7, 9, 0.5), (8, 10, 0.5)),
    *((11, 13, 0.85), (12, 14, 0.85), (13, 15, 0.8), (14, 16, 0.8)),
)
"""Pairs of points with the length of what joins them, in trunks: they measure how large a person is in the picture."""
JOINTS: Final = (
    *((5, 7, 9), (6, 8, 10), (11, 13, 15), (12, 14, 16)),
    *((5, 11, 13), (6, 12, 14)),
)
"""Elbows, knees and hips, each with its neighbours: their angles."""
TRUSTED: Final = 0.3
"""Score from which a point counts fully."""
FARTHEST: Final = 5.0
"""No length is longer than this many trunks."""
STEPS: Final = (-3, -1, 1, 3)
"""Observations before and after the centre to which positions are compared."""
TINY: Final = 1e-6


@dataclass(frozen=True)
class Figures:
    """N persons over T observations, without place and size.

    Attributes:
        pose: (N, T, 21, 2), trunks from the hips of the same observation.
        path: (N, T, 2), trunks, the hips from where they are in the centre observation.
        growth: (N, T), logarithm of the size in an observation over that in the whole window.
        trust: (N, T, 21), 0 to 1; 0 where the person was not found.
        seen: (N, T) bool.
    """

    pose: Floats
    path: Floats
    growth: Floats
    trust: Floats
    seen: NDArray[np.bool_]

    def __post_init__(self) -> None:
        n, length = self.seen.shape
        if self.pose.shape != (n, length, N_POINTS, 2) or self.trust.shape != (n, length, N_POINTS):
            raise ValueError(
                f"Figures wants poses ({n}, {length}, {N_POINTS}, 2) and trust ({n}, {length}, {N_POINTS}); "
                f"got {self.pose.shape} and {self.trust.shape}"
            )


def features(windows: Windows) -> Floats:
    """Features (N, F) float32 of N persons; all finite, whatever comes in."""
    figures = normalized(windows)
    parts = [_flat(part(figures)) for part in PARTS]
    return np.concatenate(parts, axis=1).astype(np.float32)


def normalized(windows: Windows) -> Figures:
    """Persons without place and size; observations in which somebody was missed are filled in between the others."""
    scores = np.nan_to_num(windows.scores, nan=0.0, posinf=1.0, neginf=0.0)
    sound = np.asarray(np.isfinite(windows.keypoints).all(axis=-1))
    trust = np.clip(scores / TRUSTED, 0, 1) * sound * windows.seen[..., None]
    placed = np.where(sound[..., None], windows.keypoints, 0).astype(np.float64)
    points = _at_root_if_unsound(filled(placed, windows.seen), sound)
    size = sizes(points, trust)
    whole = _root_mean_square(size, windows.seen)
    roots = points[:, :, HIPS].mean(axis=2)
    centre = roots.shape[1] // 2
    scale = whole[:, None, None]
    return Figures(
        pose=_limited((points - roots[:, :, None]) / scale[..., None]),
        path=_limited((roots - roots[:, centre : centre + 1]) / scale),
        growth=np.clip(np.log(np.maximum(size, TINY) / whole[:, None]), -1, 1),
        trust=trust,
        seen=windows.seen,
    )


def filled(points: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Points (N, T, K, 2) with what was not `seen` (N, T) interpolated in time, or repeated at the ends."""
    length = seen.shape[1]
    times = np.arange(length)
    before = np.maximum.accumulate(np.where(seen, times, -1), axis=1)
    after = np.minimum.accumulate(np.where(seen, times, length)[:, ::-1], axis=1)[:, ::-1]
    low = np.clip(np.where(before < 0, after, before), 0, length - 1)
    high = np.clip(np.where(after >= length, before, after), 0, length - 1)
    share = (times - low) / np.maximum(high - low, 1)
    share = np.where(high > low, share, 0)[..., None, None]
    rows = np.arange(len(seen))[:, None]
    return np.asarray(points[rows, low] * (1 - share) + points[rows, high] * share)


def sizes(points: Floats, trust: Floats) -> Floats:
    """Length of the trunk (N, T), pixels, above 0, told from all limbs.

    Their root mean square: limbs that are seen end on count less.
    """
    a, b = (np.array([limb[end] for limb in LIMBS], np.intp) for end in (0, 1))
    length = np.array([limb[2] for limb in LIMBS], np.float64)
    weight = np.minimum(trust[:, :, a], trust[:, :, b]) + 1e-3
    squared = ((points[:, :, a] - points[:, :, b]) ** 2).sum(axis=-1)
    size = np.sqrt((weight * squared).sum(axis=-1) / (weight * length**2).sum(axis=-1))
    return np.asarray(np.maximum(size, TINY))


def pose_at_centre(figures: Figures) -> Floats:
    """The pose in the centre observation, each point as far as it is trusted, and how far that is."""
    centre = _centre(figures)
    trust = figures.trust[:, centre]
    return np.concatenate([_flat(figures.pose[:, centre] * trust[..., None]), trust], axis=1)


def angles(figures: Figures) -> Floats:
    """Cosine of the angle at elbows, knees and hips in the centre observation and two before and after it."""
    centre = _centre(figures)
    return np.concatenate([_cosines(figures, step) for step in (centre, centre - 2, centre + 2)], axis=1)


def motion(figures: Figures) -> Floats:
    """How far points are, in the picture, from where they are in the centre, a little before and after it."""
    centre = _centre(figures)
    place = (figures.pose + figures.path[:, :, None])[:, :, MOVING]
    trust = figures.trust[:, :, MOVING]
    moves = [
        (place[:, centre + step] - place[:, centre])
        * np.minimum(trust[:, centre + step], trust[:, centre])[..., None]
        for step in STEPS
    ]
    return np.stack(moves, axis=1)


def liveliness(figures: Figures) -> Floats:
    """Spread of every moving point about its mean over the window, relative to the hips, x and y."""
    trust = figures.trust[:, :, MOVING, None] + TINY
    pose = figures.pose[:, :, MOVING]
    mean = (trust * pose).sum(axis=1) / trust.sum(axis=1)
    return np.sqrt((trust * (pose - mean[:, None]) ** 2).sum(axis=1) / trust.sum(axis=1))


def way(figures: Figures) -> Floats:
    """Path of the hips, speed from each observation to the next, length of the way and distance between its ends."""
    step = np.linalg.norm(np.diff(figures.path, axis=1), axis=-1)
    across = np.linalg.norm(figures.path[:, -1] - figures.path[:, 0], axis=-1)
    return np.column_stack([_flat(figures.path), step, step.sum(axis=1), across, figures.growth])


def heights(figures: Figures) -> Floats:
    """What rises and sinks in each observation: hips over feet, shoulders, head and hands over hips, all in space."""
    y, rise = figures.pose[..., 1], figures.path[..., 1]
    feet, hands = y[:, :, ANKLES].mean(axis=2), y[:, :, WRISTS]
    shoulders = figures.pose[:, :, SHOULDERS].mean(axis=2)
    series = (
        feet,
        shoulders[..., 1],
        np.abs(shoulders[..., 0]),
        y[..., NOSE],
        hands.min(axis=2),
        hands.max(axis=2),
        hands.mean(axis=2) + rise,
        shoulders[..., 1] + rise,
    )
    return np.stack(series, axis=1)


def spans(figures: Figures) -> Floats:
    """Distances in each observation: hand to hand, foot to foot, hands to shoulders, hands before the body."""
    pose = figures.pose
    hands, feet, shoulders = pose[:, :, WRISTS], pose[:, :, ANKLES], pose[:, :, SHOULDERS]
    reach = np.linalg.norm(hands - shoulders, axis=-1)
    aside = np.abs(hands.mean(axis=2) - shoulders.mean(axis=2))[..., 0]
    series = (
        np.linalg.norm(hands[:, :, 0] - hands[:, :, 1], axis=-1),
        np.linalg.norm(feet[:, :, 0] - feet[:, :, 1], axis=-1),
        reach.min(axis=2),
        reach.max(axis=2),
        aside,
    )
    return np.stack(series, axis=1)


def presence(figures: Figures) -> Floats:
    """In which observations the person was found, and how far arms and legs are trusted over the window."""
    trust = figures.trust.mean(axis=1)
    parts: tuple[Sequence[int], ...] = (SHOULDERS, WRISTS, HIPS, KNEES, ANKLES)
    return np.column_stack([figures.seen, *(trust[:, part].mean(axis=1) for part in parts)])


PARTS: Final = (pose_at_centre, angles, motion, liveliness, way, heights, spans, presence)
"""The groups of features, in their order."""


def mirrored(windows: Windows) -> Windows:
    """The persons as a mirror shows them: left is right."""
    keypoints = windows.keypoints[:, :, MIRRORED] * np.array([-1, 1], windows.keypoints.dtype)
    return Windows(keypoints, windows.scores[:, :, MIRRORED], windows.seen)


def centre_only(windows: Windows) -> Windows:
    """The persons as if only the centre observation had been made: nothing moves."""
    only = np.zeros_like(windows.seen)
    only[:, windows.seen.shape[1] // 2] = True
    return Windows(windows.keypoints, windows.scores, windows.seen & only)


def _centre(figures: Figures) -> int:
    return figures.seen.shape[1] // 2


def _at_root_if_unsound(points: Floats, sound: NDArray[np.bool_]) -> Floats:
    """Points (N, T, K, 2) with those that are no numbers moved to the mean of the others of the observation."""
    n_sound = np.maximum(sound.sum(axis=2), 1)[..., None, None]
    mean = (points * sound[..., None]).sum(axis=2, keepdims=True) / n_sound
    return np.where(sound[..., None], points, mean)


def _root_mean_square(size: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Size (N,) over the window from that (N, T) of the observations in which the person was found."""
    weight = np.where(seen.any(axis=1, keepdims=True), seen, True)
    return np.sqrt((weight * size**2).sum(axis=1) / weight.sum(axis=1))


def _cosines(figures: Figures, step: int) -> Floats:
    """Cosines (N, 6) of the angles at JOINTS in one observation, as far as the three points are trusted."""
    a, b, c = (np.array(points, np.intp) for points in zip(*JOINTS, strict=True))
    pose, trust = figures.pose[:, step], figures.trust[:, step]
    one, other = pose[:, a] - pose[:, b], pose[:, c] - pose[:, b]
    norm = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    cosine = (one * other).sum(axis=-1) / np.maximum(norm, TINY)
    return cosine * np.minimum(np.minimum(trust[:, a], trust[:, b]), trust[:, c])


def _limited(lengths: Floats) -> Floats:
    return np.clip(lengths, -FARTHEST, FARTHEST)


def _flat(values: Floats) -> Floats:
    return values.reshape(len(values), math.prod(values.shape[1:]))
