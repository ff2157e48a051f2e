"""The geometry behind retargeting: hinges of limbs, hands and fingers, and where a head is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.motion.rotations import (
    Matrix,
    Vector,
    about,
    across,
    basis,
    limited,
    slerp,
    split_twist,
    unit,
)

if TYPE_CHECKING:
    from anonlab.synth.avatar import Target

Floats = NDArray[Any]
Pair = tuple[Vector, Vector]

STRETCH: Final = (0.6, 1.6)
"""A limb is stretched to at least and at most so much of its own length."""
BENT: Final = (0.10, 0.35)
"""Sine of the angle at an elbow or knee below which its plane is not known, and from which it is."""
HAND_TURN: Final = 85.0
FINGER_TURN: Final = 100.0
CURL: Final = (18.0, 24.0, 14.0)
"""Degrees that the joints of a relaxed finger are bent by."""
HEAD_SIZE: Final = (0.86, 1.16)
"""Size of a head over that of the body that it is on."""

HEAD_33: Final = np.array([0, 2, 5, 7, 8, 9, 10])
HEAD_133: Final = np.array([0, 1, 2, 3, 4, 77, 71])
"""Nose, eyes, ears, corners of the mouth in BlazePose's order and in COCO-WholeBody's; left is first in the former,
while the face points count from the person's right: 77 is the left corner."""
FACE: Final = slice(23, 91)


@dataclass(frozen=True)
class Map:
    """A bone's matrix: a shape in the axes of the body at rest, then a turn."""

    turn: Matrix
    shape: Matrix

    @property
    def matrix(self) -> Matrix:
        """Both together."""
        return self.turn @ self.shape


@dataclass(frozen=True)
class HeadPose:
    """A head's turn, size and the centre of its points, at rest and as seen."""

    turn: Matrix
    size: float
    centre_at_rest: Vector
    centre: Vector


def frame(left: Vector, up: Vector) -> Matrix:
    """Columns: to the left, up, forward; `up` is kept, `left` made perpendicular to it."""
    y = unit(up)
    x = across(left, y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def stretched(direction: Vector, factor: float) -> Matrix:
    """Stretch along one direction only."""
    axis = unit(direction)
    return np.eye(3) + (factor - 1) * np.outer(axis, axis)


def swing(start: Vector, end: Vector) -> Matrix:
    """The smallest turn from one direction to another."""
    a, b = unit(start), unit(end)
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.eye(3)
    return about(axis, float(np.degrees(np.arctan2(sine, a @ b))))


def within(vector: Vector, usual: Vector, share: float) -> Vector:
    """The vector, its length kept within a share above and below that of another."""
    length, normal = float(np.linalg.norm(vector)), float(np.linalg.norm(usual))
    return unit(vector) * float(np.clip(length, normal * (1 - share), normal * (1 + share)))


def hinged(rest: Pair, seen: Pair, trunk: Matrix, axis: Vector, one_way: bool) -> tuple[Matrix, Matrix]:
    """Turns of the two bones of a limb, so that they point as seen and bend about one hinge.

    A straight limb does not show its hinge: then it is where the trunk carries it.

    Args:
        rest: upper and lower bone at rest.
        seen: the same as they are to be.
        trunk: turn of the trunk, from which the limb hangs.
        axis: the hinge at rest.
        one_way: knees bend backwards only; a hinge that says otherwise is a mistake in depth.
    """
    carried = swing(trunk @ rest[0], seen[0]) @ trunk @ axis
    carried = across(carried, seen[0])
    normal = np.cross(unit(seen[0]), unit(seen[1]))
    sine = float(np.linalg.norm(normal))
    known = float(np.clip((sine - BENT[0]) / (BENT[1] - BENT[0]), 0, 1))
    if one_way and normal @ carried < 0:
        known = 0.0
    hinge = known * unit(normal) + (1 - known) * carried
    hinge = hinge if np.linalg.norm(hinge) > 0.1 else carried
    upper, lower = (basis(s, hinge) @ basis(r, axis).T for r, s in zip(rest, seen, strict=True))
    return upper, lower


def limb_shapes(rest: Pair, seen: Pair, girth: float) -> list[Matrix]:
    """Shapes that bring the two bones of a limb to the lengths that were seen, and thicken both alike."""
    lengths = [
        float(np.clip(np.linalg.norm(s) / np.linalg.norm(r), *STRETCH))
        for r, s in zip(rest, seen, strict=True)
    ]
    thick = float(np.clip((sum(lengths) + 2 * girth) / 4, 0.8, 1.2))
    return [thick * stretched(r, k / thick) for r, k in zip(rest, lengths, strict=True)]


def half_twisted(forearm: Matrix, hand: Matrix, axis: Vector) -> Matrix:
    """The forearm, turned about itself half way to the hand: skin is wrung along the forearm, not at the wrist."""
    degrees, _ = split_twist((forearm.T @ hand).T, axis)
    return forearm @ about(axis, -degrees / 2)


def _hand_points(landmarks: Floats, side: int) -> Floats:
    return np.asarray(landmarks[91 + 21 * side : 112 + 21 * side], np.float64)


def _palm(wrist: Vector, index: Vector, pinky: Vector) -> Matrix | None:
    """Frame of a palm: towards the knuckles, and its normal; None where its points lie on a line."""
    along, width = (index + pinky) / 2 - wrist, index - pinky
    normal = np.cross(along, width)
    if np.linalg.norm(normal) < 0.15 * np.linalg.norm(along) * np.linalg.norm(width) + 1e-9:
        return None
    return basis(along, normal)


def hand_turn(landmarks: Floats, target: Target, side: int, forearm: Matrix) -> Matrix:
    """Turn of a hand: from its own points, else from the body's knuckles, else as the forearm."""
    rest = _hand_points(landmarks, side)
    seen = target.hands[side]
    coarse = target.points[[15 + side, 19 + side, 17 + side]]
    points = coarse if seen is None else seen[[0, 5, 17]]
    palm, palm_at_rest = _palm(*points), _palm(*rest[[0, 5, 17]])
    if palm is None or palm_at_rest is None:
        return forearm
    turn = palm @ palm_at_rest.T
    trusted = turn if seen is not None else slerp(forearm, turn, 0.7)
    return forearm @ limited(forearm.T @ trusted, HAND_TURN)


def hand_size(landmarks: Floats, target: Target, side: int, girth: float) -> float:
    """Size of a hand over that at rest."""
    rest, seen = _hand_points(landmarks, side), target.hands[side]
    if seen is None:
        return float(np.clip(girth, 0.9, 1.1))
    spans = [float(np.linalg.norm(p[[5, 9, 17]] - p[0], axis=1).mean()) for p in (seen, rest)]
    return float(np.clip(spans[0] / spans[1], 0.8 * girth, 1.25 * girth))


def finger_turns(landmarks: Floats, seen: Floats | None, side: int, hand: Matrix) -> dict[str, Matrix]:
    """Turn of every finger bone by name: as seen, or slightly bent."""
    rest = _hand_points(landmarks, side)
    knuckles = unit(rest[17] - rest[5]) * (1 if side == 0 else -1)
    turns = {}
    for finger in range(5):
        turn = hand
        for joint in range(3):
            first = 4 * finger + 1 + joint
            if seen is None:
                bend = CURL[joint] if finger else CURL[joint] / 3
                turn = turn @ about(knuckles, bend)
            else:
                bone = turn @ (rest[first + 1] - rest[first])
                turn = limited(swing(bone, seen[first + 1] - seen[first]), FINGER_TURN) @ turn
            turns[f"finger{finger + 1}-{joint + 1}.{'LR'[side]}"] = turn
    return turns


def head_pose(landmarks: Floats, target: Target, chest: Matrix, girth: float) -> HeadPose:
    """Where the head is: laid on the face points that were seen, else on nose, eyes, ears and mouth."""
    coarse = target.points[HEAD_33]
    rest = landmarks[HEAD_133] if target.face is None else landmarks[FACE]
    seen = coarse if target.face is None else target.face
    turn, size = rigid(rest.astype(np.float64), seen)
    size = float(np.clip(size, HEAD_SIZE[0] * girth, HEAD_SIZE[1] * girth))
    turn = chest @ limited(chest.T @ turn, 95.0)
    return HeadPose(turn, size, rest.mean(axis=0).astype(np.float64), seen.mean(axis=0))


def rigid(points: Floats, seen: Floats) -> tuple[Matrix, float]:
    """Turn and size that lay points (K, 3) on those seen (K, 3), least squares (Umeyama 1991)."""
    a, b = points - points.mean(axis=0), seen - seen.mean(axis=0)
    u, values, vt = np.linalg.svd(b.T @ a)
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ vt)) or 1])
    size = float((values * np.diag(sign)).sum() / max(float((a**2).sum()), 1e-12))
    return u @ sign @ vt, size
