"""What is true of a rendered person: its 133 points with their visibility, its mask, its box, what it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonlab.keypoints import N_KEYPOINTS, PARTS
from anonlab.synth.render.camera import Camera

OUTSIDE, HIDDEN, VISIBLE = 0, 1, 2

_DEPTHS = {"body": 0.14, "feet": 0.07, "face": 0.025, "left_hand": 0.045, "right_hand": 0.045}
_HIPS, _HEAD = slice(11, 13), slice(0, 5)


@dataclass(frozen=True)
class TruePerson:
    """One person in one frame.

    Attributes:
        track: the same for a person in all frames of a shot.
        box_xyxy: (4,) float32, pixels, round the visible mask.
        keypoints: (133, 2) float32, pixels; visibility: (133,) uint8, 0 outside the picture, 1 hidden, 2 visible.
        mask: (H, W) bool, at least half of the pixel is this person.
        actions: AVA ids that hold now.
    """

    track: int
    box_xyxy: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    actions: tuple[int, ...]


def true_person(
    track: int,
    landmarks: NDArray[np.float32],
    share: NDArray[np.float32],
    inverse_depth: NDArray[np.float32],
    camera: Camera,
    actions: tuple[int, ...],
) -> TruePerson | None:
    """What is true of a person with landmarks (133, 3) that covers a share (H, W) of each pixel.

    Returns:
        None if no pixel is at least half this person.
    """
    mask = share >= 0.5
    if not mask.any():
        return None
    projected = camera.project(landmarks)
    seen = visibility(projected, inverse_depth, (camera.width, camera.height))
    points = projected[:, :2].astype(np.float32)
    return TruePerson(track, box_of(mask), points, seen, mask, actions)


def box_of(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The box (4,) x0, y0, x1, y1 round a mask that is not empty, pixel edges."""
    ys, xs = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    return np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], np.float32)


def visibility(
    projected: NDArray[np.float64], inverse_depth: NDArray[np.float32], resolution_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """Whether points (133, 3), pixels and metres deep, are seen: (133,) uint8.

    A joint lies inside the body, so it counts as seen if nothing is in front of it by more than about half the
    thickness of its part.
    """
    width, height = resolution_wh
    x, y, depth = projected.T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (depth > 0)
    scale = inverse_depth.shape[1] / width
    columns = np.clip(x * scale, 0, inverse_depth.shape[1] - 1).astype(int)
    rows = np.clip(y * scale, 0, inverse_depth.shape[0] - 1).astype(int)
    front = 1.0 / np.maximum(inverse_depth[rows, columns], 1e-6)
    seen = np.where(depth < front + tolerances(), VISIBLE, HIDDEN)
    return np.where(inside, seen, OUTSIDE).astype(np.uint8)


def tolerances() -> NDArray[np.float64]:
    """How far each of the 133 points may lie behind the surface that is seen, metres."""
    found = np.zeros(N_KEYPOINTS)
    for part, where in PARTS.items():
        found[where] = _DEPTHS[part]
    found[_HIPS], found[_HEAD] = 0.19, 0.06
    return found
