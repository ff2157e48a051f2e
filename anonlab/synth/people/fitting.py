"""How cloth lies on a body: loose tubes round the limbs, a trunk that drapes, folds; and how things are worn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates
from scipy.spatial import cKDTree

from anonlab.synth import body
from anonlab.synth.body import Rest
from anonlab.synth.noise import noise
from anonlab.synth.people import parts
from anonlab.synth.people.parts import smoothstep

Array = NDArray[Any]
ANGLES, LEVELS = 48, 44
TORSO = (0.74, 1.36)  # metres on the base body: from the seat to the armpits


@dataclass(frozen=True)
class Cut:
    """How a garment is cut.

    Attributes:
        gap: metres between skin and cloth; drape: 0 follows the body, 1 falls straight from the widest place above.
        sleeve: radii of the sleeve at shoulder, elbow and wrist; leg: of the leg at hip, knee and ankle; metres,
            0 = as the body is. folds: depth of the folds, metres.
        extra: added evenly below the chest, so that an upper layer lies over a lower one.
    """

    gap: float = 0.006
    drape: float = 0.0
    sleeve: tuple[float, float, float] = (0.0, 0.0, 0.0)
    leg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    folds: float = 0.003
    extra: float = 0.0


def fitted(rest: Rest, cut: Cut, seed: float) -> Array:
    """The vertices (V, 3) of the refined tights as a garment of the given cut; `seed` varies its folds."""
    tights = parts.refined("helper-tights")
    vertices = _spanned(tights.refine(rest.vertices), tights)
    outward = parts.normals(vertices, tights.triangles)
    vertices = vertices + outward * cut.gap
    vertices = _tubes(vertices, rest, cut, tights)
    vertices = _draped(vertices, cut, tights)
    outward = parts.normals(tights.smooth(vertices, 2), tights.triangles)
    depth = cut.folds * _folds(tights, seed)
    return tights.smooth(vertices + outward * depth[:, None], 1)


def _spanned(vertices: Array, tights: parts.Refined) -> Array:
    """Cloth spans hollows of the body: smoothed, but never below the body's surface."""
    outward = parts.normals(vertices, tights.triangles)
    rise = ((tights.smooth(vertices, 12) - vertices) * outward).sum(1)
    x, y, z = tights.canonical.T
    near_neck = smoothstep(0.12, 0.08, np.hypot(x, z - 0.015)) * smoothstep(1.28, 1.34, y)
    rise = rise * (1 - near_neck)  # or collars would stand off
    return tights.smooth(vertices + outward * np.maximum(rise, 0)[:, None], 3)


def _folds(tights: parts.Refined, seed: float) -> Array:
    """Depth of the folds (V,), about -1 to 1: along the body on the trunk, across it at elbows, knees and hems."""
    place = tights.canonical + seed
    trunk = noise(place, (15.0, 6.0, 15.0), 2)
    across = noise(place, (9.0, 26.0, 12.0), 2)
    legs = smoothstep(0.80, 0.70, tights.canonical[:, 1])
    bends = np.exp(-(((tights.along - 1.02) / 0.24) ** 2)) * tights.arm
    bends = np.maximum(bends, 0.8 * tights.arm * smoothstep(1.6, 1.95, tights.along))
    y = tights.canonical[:, 1]
    knees = legs * np.exp(-(((y - 0.45) / 0.09) ** 2))
    hems = legs * smoothstep(0.24, 0.10, y)
    groin = np.exp(-(((y - 0.80) / 0.06) ** 2)) * (tights.canonical[:, 2] > 0.02)
    creased = np.clip(bends + knees + hems + 0.8 * groin, 0, 1)
    return 2.2 * (trunk * (1 - 0.6 * creased) + 1.3 * across * creased)


def _tubes(vertices: Array, rest: Rest, cut: Cut, tights: parts.Refined) -> Array:
    """Sleeves and legs widened to the radii of the cut."""
    arm = smoothstep(0.35, 0.95, tights.arm) * smoothstep(0.15, 0.5, tights.along)
    y = tights.canonical[:, 1]
    leg = smoothstep(0.80, 0.66, y)
    along_leg = np.interp(-y, (-0.865, -0.447, -0.072), (0, 1, 2))
    for side, sign in (("L", 1), ("R", -1)):
        mine = tights.side == sign
        sleeve = ("upperarm01", "lowerarm01", "wrist"), tights.along, cut.sleeve, arm * mine
        trouser = ("upperleg01", "lowerleg01", "foot"), along_leg, cut.leg, leg * mine
        for names, along, radii, weight in (sleeve, trouser):
            if max(radii) > 0:
                joints = np.stack([rest.heads[body.load().index[f"{name}.{side}"]] for name in names])
                vertices = _tube(vertices, joints, along, radii, weight)
    return vertices


def _tube(vertices: Array, joints: Array, along: Array, radii: Sequence[float], weight: Array) -> Array:
    """Vertices moved away from the chain of three joints until they are at least as far as the radii say."""
    place = np.clip(along, 0, 2)
    axis = np.stack([np.interp(place, (0, 1, 2), joints[:, k]) for k in range(3)], axis=1)
    directions = np.diff(joints, axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    blend = smoothstep(0.8, 1.2, place)[:, None]
    direction = (1 - blend) * directions[0] + blend * directions[1]
    off = vertices - axis
    off -= (off * direction).sum(1, keepdims=True) * direction
    radius = np.linalg.norm(off, axis=1)
    wanted = np.interp(place, (0, 1, 2), radii)
    # a smooth maximum: where the body is the wider one the cloth only just clears it
    grown = 0.5 * (radius + wanted + np.sqrt((radius - wanted) ** 2 + 0.008**2))
    return vertices + off * (weight * (grown / np.maximum(radius, 1e-6) - 1))[:, None]


def _draped(vertices: Array, cut: Cut, tights: parts.Refined) -> Array:
    """The trunk hangs from its widest places, as far as the cut says; lower layers stay below upper ones."""
    y = tights.canonical[:, 1]
    trunk = smoothstep(0.6, 0.2, tights.arm) * smoothstep(0.70, 0.78, y)
    below = trunk * smoothstep(1.30, 1.05, y)
    axis = np.array([0.0, 0.0, float(np.mean(vertices[(y > 0.9) & (y < 1.2), 2]))])
    off = (vertices - axis) * [1, 0, 1]
    radius = np.linalg.norm(off, axis=1)
    angle = np.arctan2(off[:, 0], off[:, 2])
    torso = (tights.arm < 0.25) & (y > TORSO[0]) & (y < TORSO[1])
    straight = _hanging(radius, angle, y, torso)
    grown = np.maximum(radius, straight) - radius
    moved = cut.drape * grown * below + cut.extra * below
    return vertices + off / np.maximum(radius, 1e-6)[:, None] * moved[:, None]


def _hanging(radius: Array, angle: Array, y: Array, torso: Array) -> Array:
    """How far out cloth hangs (V,) that falls from above: per angle the running maximum on the way down."""
    column = (angle / (2 * np.pi) + 0.5) * ANGLES
    level = (TORSO[1] - y) / (TORSO[1] - TORSO[0]) * (LEVELS - 1)
    cells = np.clip(level[torso], 0, LEVELS - 1).astype(int), column[torso].astype(int) % ANGLES
    flat = np.full(LEVELS * ANGLES, -np.inf)
    np.maximum.at(flat, cells[0] * ANGLES + cells[1], radius[torso])
    table = _filled(flat.reshape(LEVELS, ANGLES))
    for row in range(1, LEVELS):  # cloth also falls in a little
        table[row] = np.maximum(table[row], table[row - 1] - 0.0011)
    table = gaussian_filter1d(gaussian_filter1d(table, 1.5, axis=1, mode="wrap"), 1.0, axis=0, mode="nearest")
    wrapped = np.concatenate([table, table[:, :1]], axis=1)
    return map_coordinates(wrapped, [np.clip(level, 0, LEVELS - 1), column % ANGLES], order=1, mode="nearest")


def _filled(table: Array) -> Array:
    """Empty cells filled along each row, round the body."""
    out = table.copy()
    columns = np.arange(ANGLES)
    for row in range(LEVELS):
        known = np.isfinite(table[row])
        out[row] = (
            np.interp(columns, columns[known], table[row, known], period=ANGLES)
            if known.any()
            else out[row - 1]
        )
    return out


def on_head(points: Array, rest: Rest) -> Array:
    """Stiff things modelled on the base body's head, stretched and moved to another head: (N, 3)."""
    data = body.load()
    skull = data.skin_vertices[(data.canonical[data.skin_vertices, 1] > 1.57)]
    base, own = data.canonical[skull].astype(float), rest.vertices[skull].astype(float)
    scale = np.clip(own.std(0) / base.std(0), 0.85, 1.2)
    return own.mean(0) + (points - base.mean(0)) * scale


@lru_cache(maxsize=1)
def _skin_tree() -> cKDTree:
    data = body.load()
    return cKDTree(data.canonical[data.skin_vertices])


def worn(points: Array, rest: Rest, neighbours: int = 12) -> tuple[Array, tuple[Array, Array]]:
    """Points modelled on the base body, moved to another body, and their bones: (N, 3), ((N, 6), (N, 6)).

    Each point moves as the skin near it does, so hair, collars, shoes and helmets fit every head, neck and foot.
    """
    data = body.load()
    distance, near = _skin_tree().query(points, k=neighbours)
    share = 1 / (np.asarray(distance) ** 2 + 0.01**2)
    share /= share.sum(1, keepdims=True)
    skin = data.skin_vertices[near]
    moves = (rest.vertices - data.canonical)[skin]
    weights = data.bone_index[skin[:, 0]], data.bone_weight[skin[:, 0]]
    return points + (share[:, :, None] * moves).sum(1), weights
