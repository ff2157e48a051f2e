"""Retargeting: bone matrices that carry a body at rest to joints that were seen, whatever that body's proportions.

The joints come in the axes of the camera: metres, x right, y up, z towards the camera, so that a person who faces the
camera has the pose of a body at rest. Every long bone is turned and stretched along itself until both of its joints are
where they were seen; what lies between follows. So a picture of the result has its joints exactly on the given ones,
and limbs a few percent longer or shorter than the body's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body as bodies
from anonlab.synth.avatar import parts as parts
from anonlab.synth.avatar import reach
from anonlab.synth.avatar.parts import Map, stretched
from anonlab.synth.motion.rotations import Matrix, Vector, basis, limited, slerp, unit

Floats = NDArray[Any]

LEFT, RIGHT = 0, 1
SHOULDERS: Final = (11, 12)
ELBOWS: Final = (13, 14)
WRISTS: Final = (15, 16)
HIPS: Final = (23, 24)
KNEES: Final = (25, 26)
ANKLES: Final = (27, 28)
HEELS: Final = (29, 30)
TOES: Final = (31, 32)

SPINE: Final = (("spine05", 0.1), ("spine04", 0.3), ("spine03", 0.55), ("spine02", 0.8), ("spine01", 1.0))
"""How far each bone of the spine has turned from the pelvis to the chest."""
NECK: Final = (("neck01", 0.25), ("neck02", 0.5), ("neck03", 0.7))
FOOT_TURN: Final = 55.0
"""A foot is turned at most so many degrees from where the shank carries it."""


@dataclass(frozen=True)
class Target:
    """What a body is to be carried to.

    Attributes:
        points: (33, 3) metres, BlazePose's points.
        face: (68, 3) metres, the face points of COCO-WholeBody; None where no face was seen.
        hands: (21, 3) metres each, left and right, wrist first; None where a hand was not seen. One that was seen is
            drawn in front of trunk and legs, by a camera that is at (0, 0, 0).
    """

    points: Floats
    face: Floats | None = None
    hands: tuple[Floats | None, Floats | None] = (None, None)


@dataclass
class _Bones:
    """Matrices, and places of heads, that have been decided; all other bones follow their parents."""

    rest: bodies.Rest
    maps: dict[str, Map] = field(default_factory=dict)
    places: dict[str, Vector] = field(default_factory=dict)

    def at_rest(self, bone: str) -> Vector:
        return np.asarray(self.rest.heads[bodies.load().index[bone]], np.float64)

    def between(self, first: str, last: str) -> Vector:
        return self.at_rest(last) - self.at_rest(first)

    def solved(self) -> tuple[Floats, Floats]:
        """(B, 3, 3) and (B, 3) of all bones: x' = R x + t."""
        body = bodies.load()
        heads = self.rest.heads.astype(np.float64)
        matrices, places = np.zeros((len(heads), 3, 3)), np.zeros((len(heads), 3))
        for i, name in enumerate(body.bones):
            parent = int(body.parents[i])
            decided = self.maps.get(name)
            matrices[i] = matrices[parent] if decided is None else decided.matrix
            carried = places[parent] + matrices[parent] @ (heads[i] - heads[parent])
            places[i] = self.places.get(name, carried if parent >= 0 else heads[i])
        shifts = places - np.einsum("bij,bj->bi", matrices, heads)
        return matrices.astype(np.float32), shifts.astype(np.float32)


def retarget(rest: bodies.Rest, landmarks: Floats, target: Target) -> tuple[Floats, Floats]:
    """Matrices (B, 3, 3) and shifts (B, 3) of all bones that carry `rest` to `target`: x' = R x + t.

    All joints land on the points, but for a wrist whose hand has to come in front of the body: it is then nearer to
    (0, 0, 0) on the same line.

    Args:
        rest: the body.
        landmarks: (133, 3) metres, COCO-WholeBody's points of this body at rest.
        target: where its joints are to be.
    """
    bones = _Bones(rest)
    girth = _trunk(bones, target.points)
    _shoulders(bones, target.points)
    for side in (LEFT, RIGHT):
        _arm(bones, target, side, girth, landmarks)
        _leg(bones, target.points, side, girth, landmarks)
    _head(bones, landmarks, target, girth)
    solved = bones.solved()
    for side, hand in enumerate(target.hands):
        if hand is not None:
            placed = hand - hand[0] + target.points[WRISTS[side]]
            solved = reach.nearer(solved, "LR"[side], reach.share_in_front(target.points, placed))
    return solved


def _trunk(bones: _Bones, points: Floats) -> float:
    """Decide pelvis and spine; returns the girth, how much wider than at rest the body is."""
    hips, shoulders = points[list(HIPS)].mean(axis=0), points[list(SHOULDERS)].mean(axis=0)
    up = unit(shoulders - hips)
    pelvis, chest = (parts.frame(points[pair[0]] - points[pair[1]], up) for pair in (HIPS, SHOULDERS))
    middle = [
        (bones.at_rest(f"{name}.L") + bones.at_rest(f"{name}.R")) / 2 for name in ("upperleg01", "upperarm01")
    ]
    upright = parts.frame(np.array([1.0, 0, 0]), unit(middle[1] - middle[0]))
    tall = np.linalg.norm(shoulders - hips) / np.linalg.norm(middle[1] - middle[0])
    broad = np.linalg.norm(points[11] - points[12]) / np.linalg.norm(
        bones.between("upperarm01.R", "upperarm01.L")
    )
    tall = float(np.clip(tall, *parts.STRETCH))
    girth = float(np.clip((broad + tall) / 2, 0.8, 1.25))
    shape = upright @ np.diag([girth, tall, girth]) @ upright.T
    for name, share in (("root", 0.0), ("pelvis.L", 0.0), ("pelvis.R", 0.0), *SPINE):
        bones.maps[name] = Map(slerp(pelvis, chest, share) @ upright.T, shape)
    bones.places["root"] = hips - bones.maps["root"].matrix @ (middle[0] - bones.at_rest("root"))
    return girth


def _shoulders(bones: _Bones, points: Floats) -> None:
    """Turn and stretch the collar bones until the arms begin at the shoulders that were seen."""
    matrices, shifts = bones.solved()
    for side, name in enumerate("LR"):
        index = bodies.load().index[f"clavicle.{name}"]
        start = matrices[index] @ bones.at_rest(f"clavicle.{name}") + shifts[index]
        rest = bones.between(f"clavicle.{name}", f"upperarm01.{name}")
        wanted = points[SHOULDERS[side]] - start
        turn = parts.swing(matrices[index] @ rest, wanted) @ bones.maps["spine01"].turn
        bones.maps[f"clavicle.{name}"] = Map(
            turn, stretched(rest, np.linalg.norm(wanted) / np.linalg.norm(rest))
        )
        bones.places[f"upperarm01.{name}"] = points[SHOULDERS[side]]


def _arm(bones: _Bones, target: Target, side: int, girth: float, landmarks: Floats) -> None:
    name, points = "LR"[side], target.points
    upper, lower = (
        bones.between(f"upperarm01.{name}", f"lowerarm01.{name}"),
        bones.between(f"lowerarm01.{name}", f"wrist.{name}"),
    )
    seen = points[ELBOWS[side]] - points[SHOULDERS[side]], points[WRISTS[side]] - points[ELBOWS[side]]
    turns = parts.hinged((upper, lower), seen, bones.maps["spine01"].turn, np.cross(upper, lower), False)
    shapes = parts.limb_shapes((upper, lower), seen, girth)
    hand = parts.hand_turn(landmarks, target, side, turns[1])
    for bone, turn, shape in (
        ("upperarm01", turns[0], shapes[0]),
        ("upperarm02", turns[0], shapes[0]),
        ("lowerarm01", turns[1], shapes[1]),
        ("lowerarm02", parts.half_twisted(turns[1], hand, lower), shapes[1]),
    ):
        bones.maps[f"{bone}.{name}"] = Map(turn, shape)
    size = np.eye(3) * parts.hand_size(landmarks, target, side, girth)
    bones.maps[f"wrist.{name}"] = Map(hand, size)
    bones.places[f"lowerarm01.{name}"] = points[ELBOWS[side]]
    bones.places[f"wrist.{name}"] = points[WRISTS[side]]
    for bone, turn in parts.finger_turns(landmarks, target.hands[side], side, hand).items():
        bones.maps[bone] = Map(turn, size)


def _leg(bones: _Bones, points: Floats, side: int, girth: float, landmarks: Floats) -> None:
    name = "LR"[side]
    upper, lower = (
        bones.between(f"upperleg01.{name}", f"lowerleg01.{name}"),
        bones.between(f"lowerleg01.{name}", f"foot.{name}"),
    )
    seen = points[KNEES[side]] - points[HIPS[side]], points[ANKLES[side]] - points[KNEES[side]]
    turns = parts.hinged((upper, lower), seen, bones.maps["root"].turn, np.cross(upper, lower), True)
    shapes = parts.limb_shapes((upper, lower), seen, girth)
    for bone, part in (("upperleg01", 0), ("upperleg02", 0), ("lowerleg01", 1), ("lowerleg02", 1)):
        bones.maps[f"{bone}.{name}"] = Map(turns[part], shapes[part])
    foot = _foot_turn(points, side, turns[1], landmarks)
    bones.maps[f"foot.{name}"] = Map(foot, np.eye(3) * np.clip(girth, 0.85, 1.15))
    for bone, joint in (("upperleg01", HIPS), ("lowerleg01", KNEES), ("foot", ANKLES)):
        bones.places[f"{bone}.{name}"] = points[joint[side]]


def _foot_turn(points: Floats, side: int, shank: Matrix, landmarks: Floats) -> Matrix:
    """The foot from heel to toe, its sole level across as the shank has it."""
    toe, heel = (17, 19) if side == LEFT else (20, 22)
    rest = landmarks[toe] - landmarks[heel]
    seen = points[TOES[side]] - points[HEELS[side]]
    across = shank @ np.array([1.0, 0, 0])
    if np.linalg.norm(np.cross(unit(seen), across)) < 0.2 or np.linalg.norm(seen) < 0.02:
        return shank
    turn = basis(seen, across) @ basis(rest, np.array([1.0, 0, 0])).T
    return shank @ limited(shank.T @ turn, FOOT_TURN)


def _head(bones: _Bones, landmarks: Floats, target: Target, girth: float) -> None:
    """Decide head and neck: the head lies on the face that was seen, the neck spans from the chest to it."""
    pose = parts.head_pose(landmarks, target, bones.maps["spine01"].turn, girth)
    chest = bones.maps["spine01"]
    matrices, shifts = bones.solved()
    neck = bodies.load().index["neck01"]
    start = matrices[neck] @ bones.at_rest("neck01") + shifts[neck]
    end = pose.turn @ (pose.size * (bones.at_rest("head") - pose.centre_at_rest)) + pose.centre
    rest = bones.between("neck01", "head")
    wanted, carried = end - start, chest.turn @ rest * pose.size
    end, lean = start + parts.within(wanted, carried, 0.6), parts.swing(carried, wanted)
    length = np.linalg.norm(end - start) / np.linalg.norm(rest)
    for name, share in NECK:
        turn = slerp(slerp(np.eye(3), lean, 0.8) @ chest.turn, pose.turn, share)
        bones.maps[name] = Map(turn, pose.size * stretched(rest, length / pose.size))
        along = bones.between("neck01", name)
        bones.places[name] = start + (end - start) * float(along @ rest / (rest @ rest))
    bones.maps["head"] = Map(pose.turn, np.eye(3) * pose.size)
    bones.places["head"] = end
