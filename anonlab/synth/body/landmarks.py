"""The 133 COCO-WholeBody points of a body: from joints, finger tips and single vertices of the skin."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from anonlab.keypoints import N_KEYPOINTS
from anonlab.synth import body
from anonlab.synth.body import Floats, Rest

LIMBS = ("upperarm01", "lowerarm01", "wrist", "upperleg01", "lowerleg01", "foot")

# vertices of the base mesh for the 68 points of the face, found with a face network on renderings; those of the
# left half and of the middle line only roughly, see `face_vertices`
_FOUND = (
    *(
        5403,
        5763,
        5092,
        5241,
        5240,
        5298,
        5223,
        5221,
        5225,
        11831,
        11833,
        11903,
        7596,
        11850,
        12309,
        12045,
        12002,
    ),
    *(
        5233,
        3744,
        5259,
        229,
        233,
        7006,
        7002,
        11867,
        7443,
        11842,
        136,
        131,
        201,
        294,
        344,
        599,
        317,
        7077,
        7115,
    ),
    *(20, 8, 55, 4868, 47, 1093, 6847, 6787, 6794, 11497, 6820, 6831),
    *(407, 5354, 456, 466, 7215, 11956, 7167, 7239, 7245, 496, 490, 484),
    *(524, 462, 468, 7283, 7273, 7279, 523, 534),
)
_PAIRS = (
    *((i, 16 - i) for i in range(8)),
    *((17 + i, 26 - i) for i in range(5)),
    *((31, 35), (32, 34)),
    *((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),
    *((48, 54), (49, 53), (50, 52), (59, 55), (58, 56), (60, 64), (61, 63), (67, 65)),
)
_MIDDLES = (8, 27, 28, 29, 30, 33, 51, 57, 62, 66)
SYMMETRY = _PAIRS


@lru_cache(maxsize=1)
def _mirror() -> NDArray[Any]:
    """For every vertex the one on the other side of the body."""
    vertices = body.load().vertices
    _, nearest = cKDTree(vertices).query(vertices * [-1, 1, 1])
    return np.asarray(nearest)


@lru_cache(maxsize=1)
def face_vertices() -> NDArray[Any]:
    """The 68 vertices of the face, symmetric: what lies left is the mirror of what lies right."""
    found = np.array(_FOUND)
    other = _mirror()
    vertices = body.load().vertices
    skin = body.load().skin_vertices
    middle = skin[np.abs(vertices[skin, 0]) < 1e-4]
    out = found.copy()
    for right, left in _PAIRS:
        out[left] = other[found[right]]
    for number in _MIDDLES:
        off = (vertices[middle] - vertices[found[number]]) * [0, 1, 1]
        out[number] = middle[np.argmin((off**2).sum(1))]
    return out


@lru_cache(maxsize=1)
def _body_vertices() -> NDArray[Any]:
    """Vertices of nose, ears (left, right) and heels (left, right)."""
    data = body.load()
    place, skin = data.canonical, data.skin_vertices
    x, y, z = place[skin].T
    nose = skin[np.argmax(np.where((np.abs(x) < 0.004) & (y > 1.485) & (y < 1.545), z, -9))]
    ear = skin[np.argmax(np.where(np.abs(y - 1.545) < 0.03, x, -9))]
    heel = skin[np.argmin(np.where((x > 0) & (x < 0.35) & (y < 0.06), z, 9))]
    return np.array([nose, ear, _mirror()[ear], heel, _mirror()[heel]])


def of_pose(rest: Rest, turns: Floats, shifts: Floats) -> Floats:
    """The 133 points (133, 3) of a body in a pose, metres."""
    data = body.load()
    heads, tails = body.posed_joints(rest, turns, shifts)
    chosen = np.concatenate([_body_vertices(), face_vertices()])
    index, weight = data.bone_index[chosen], data.bone_weight[chosen]
    points = body.skin(rest.vertices[chosen], index, weight, turns, shifts)
    nose, ears, heels, face = points[0], points[1:3], points[3:5], points[5:]
    out = np.empty((N_KEYPOINTS, 3), np.float32)
    out[0] = nose
    out[1:3] = [heads[data.index[f"eye.{side}"]] for side in "LR"]
    out[3:5] = ears
    out[5:17] = [heads[data.index[f"{limb}.{side}"]] for limb in LIMBS for side in "LR"]
    for k, side in enumerate("LR"):
        toes = [tails[data.index[f"{name}.{side}"]] for name in ("toe1-2", "toe5-3")]
        out[17 + 3 * k : 20 + 3 * k] = [*toes, heels[k]]
        out[91 + 21 * k : 112 + 21 * k] = _hand(heads, tails, side)
    out[23:91] = face
    return out


def _hand(heads: Floats, tails: Floats, side: str) -> Floats:
    """The wrist, then thumb to little finger, each from its root to its tip: (21, 3)."""
    index = body.load().index
    points = [heads[index[f"wrist.{side}"]]]
    for finger in range(1, 6):
        points += [heads[index[f"finger{finger}-{joint}.{side}"]] for joint in (1, 2, 3)]
        points.append(tails[index[f"finger{finger}-3.{side}"]])
    return np.stack(points)
