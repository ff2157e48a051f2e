"""What is worn on top of clothes: shoes, gloves, helmets, glasses. Modelled on the base body."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body
from anonlab.synth.body import Rest
from anonlab.synth.people import parts, sweep
from anonlab.synth.people.fitting import on_head, worn
from anonlab.synth.people.parts import Part, smoothstep

Array = NDArray[Any]
Colour = tuple[float, float, float]
HEAD = np.array([0.0, 1.571, 0.052])  # metres: middle of the base body's skull


def _worn_part(
    points: Array, triangles: Array, rest: Rest, surface: int, colour: Any, bone: str = ""
) -> Part:
    vertices, weights = worn(points, rest)
    if bone == "head":
        vertices = on_head(points, rest)
        weights = np.array([[body.load().index[bone]]]), np.ones((1, 1))
    return parts.part(vertices, triangles, weights, surface, colour, points)


# feet


@lru_cache(maxsize=1)
def _foot() -> tuple[Array, Array, Array, float]:
    """The left foot of the base body: heel (3,), direction (3,), half-width and middle by place (2, 24), length."""
    data = body.load()
    index, rest = data.index, parts.canonical_rest()
    skin = data.canonical[data.skin_vertices]
    foot = skin[(skin[:, 0] > 0) & (skin[:, 1] < 0.075) & (skin[:, 0] < 0.36)]
    direction = (rest.tails[index["toe2-3.L"]] - rest.heads[index["foot.L"]]) * [1, 0, 1]
    direction /= np.linalg.norm(direction)
    side = np.array([direction[2], 0, -direction[0]])
    heel = rest.heads[index["foot.L"]] * [1, 0, 1]
    u, w = (foot - heel) @ direction, (foot - heel) @ side
    heel = heel + direction * u.min()
    length = float(np.ptp(u))
    place = (u - u.min()) / length
    stations = np.linspace(0, 1, 24)
    bounds = [[w[np.abs(place - s) < 0.06].min(), w[np.abs(place - s) < 0.06].max()] for s in stations]
    low, high = np.array(bounds).T
    return heel, direction, np.stack([0.5 * (high - low), 0.5 * (high + low)]), length


@lru_cache(maxsize=8)
def _shoe(kind: str, rows: int = 40, columns: int = 22) -> dict[str, tuple[Array, Array]]:
    """The pieces of a left shoe on the base body: upper, sole and laces, each (vertices, triangles)."""
    tall = {"boot": 0.150, "sneaker": 0.098, "leather": 0.088}[kind]
    sole = {"boot": 0.026, "sneaker": 0.026, "leather": 0.017}[kind]
    place = np.linspace(0, 1, rows) ** 0.9
    across = np.linspace(0, np.pi, columns)
    u, v = np.meshgrid(place, across, indexing="ij")
    upper = _upper(u, v, tall, sole, kind, 0.0)
    pieces = {"upper": (upper, sweep.sheet(rows, columns))}
    edge = np.linspace(0, 1, rows)
    pieces["sole"] = _sole(edge, sole, kind)
    bars = []
    for at in np.linspace(0.46, 0.66, 5) if kind != "leather" else np.linspace(0.5, 0.6, 4):
        bu, bv = np.meshgrid([at - 0.008, at, at + 0.008], np.linspace(1.15, np.pi - 1.15, 7), indexing="ij")
        bars.append(_upper(bu, bv, tall, sole, kind, 0.0045))
    pieces["laces"] = (
        np.concatenate(bars),
        np.concatenate([sweep.sheet(3, 7) + 21 * i for i in range(len(bars))]),
    )
    return pieces


def _outline(u: Array, grow: float, kind: str) -> tuple[Array, Array]:
    """Half-width and middle of a shoe at places 0 heel to 1 toe, metres."""
    _, _, (half, middle), _ = _foot()
    stations = np.linspace(0, 1, len(half))
    smooth = np.convolve(np.pad(half, 3, mode="edge"), np.ones(7) / 7, "valid")
    width = np.interp(u, stations, np.maximum(smooth, 0.030)) + 0.004 + grow
    width = np.where(u > 0.72, np.maximum(width, 0.046 + grow), width)
    sharp = 2.0 if kind == "leather" else 2.6
    toe = np.clip((u - 0.70) / 0.30, 0, 1)
    heel = np.clip((0.16 - u) / 0.16, 0, 1)
    width = width * (1 - toe**sharp) ** (1 / sharp) * (1 - heel**2.4) ** (1 / 2.4)
    return width, np.interp(u, stations, np.convolve(np.pad(middle, 3, mode="edge"), np.ones(7) / 7, "valid"))


def _place(u: Array, w: Array, y: Array, grow: float) -> Array:
    """Points (..., 3) from the place along the foot, across it, and the height."""
    heel, direction, _, length = _foot()
    side = np.array([direction[2], 0, -direction[0]])
    forward = -0.012 - grow + u * (length + 0.030 + 2 * grow)
    out = heel + forward[..., None] * direction + w[..., None] * side
    out[..., 1] = y
    return out


def _upper(u: Array, v: Array, tall: float, sole: float, kind: str, lift: float) -> Array:
    half, middle = _outline(u, 0.0, kind)
    knots = (0.0, 0.10, 0.30, 0.42, 0.56, 0.74, 0.88, 1.0)
    tongue = 0.088 if kind == "boot" else 0.078
    heights = (tall - 0.012, tall, tall + 0.004, tongue + 0.010, tongue - 0.004, 0.058, 0.050, 0.036)
    height = np.interp(u, knots, heights)
    rise = np.abs(np.sin(v)) ** 0.62
    narrow = 1 - (0.28 * smoothstep(0.62, 0.30, u) + 0.10) * rise**2
    w = middle + np.sign(np.cos(v)) * np.abs(np.cos(v)) ** 0.55 * half * narrow
    spring = 0.006 * smoothstep(0.8, 1.0, u)
    y = sole * 0.8 + spring + (height - sole) * rise + lift
    return _place(u, w, y, 0.0).reshape(-1, 3)


def _sole(edge: Array, sole: float, kind: str) -> tuple[Array, Array]:
    """The rim all round, and the tread below."""
    n = len(edge)
    half, middle = _outline(edge, 0.0045, kind)
    around = np.concatenate([edge, edge[::-1]])
    w = np.concatenate([middle + half, (middle - half)[::-1]])
    spring = 0.006 * smoothstep(0.8, 1.0, around)
    heel = 0.010 * smoothstep(0.36, 0.30, around) if kind == "leather" else 0 * around
    rows = [
        _place(around, w * s, y, g)
        for s, y, g in (
            (0.93, spring + sole + heel * 0.2, -0.004),
            (1.0, spring + sole - 0.002 + heel * 0.2, 0.0),
            (1.02, spring + 0.5 * sole, 0.002),
            (1.0, spring + 0.001, 0.001),
            (0.10, spring + 0.001, 0.0),
        )
    ]
    return np.concatenate(rows), sweep.sheet(len(rows), 2 * n, closed=True)


def shoe_parts(
    rest: Rest, kind: str, colours: tuple[Colour, Colour, Colour], surfaces: tuple[int, int]
) -> list[Part]:
    """Both shoes; colours of upper, sole and laces; surfaces of leather or cloth, and of rubber."""
    out = []
    for side, mirror in (("L", 1), ("R", -1)):
        for (points, triangles), colour, surface in zip(
            _shoe(kind).values(), colours, (surfaces[0], surfaces[1], surfaces[1]), strict=True
        ):
            points = points * [mirror, 1, 1]
            vertices, _ = worn(points, rest, 24)
            vertices[:, 1] = points[:, 1]  # soles lie flat on the floor at rest
            out.append(parts.part(vertices, triangles, _foot_weights(points, side), surface, colour, points))
    return out


def _foot_weights(points: Array, side: str) -> tuple[Array, Array]:
    """A shoe bends at the ball of the foot; its shaft follows the leg."""
    index = body.load().index
    heel, direction, _, length = _foot()
    place = (points * [1 if side == "L" else -1, 1, 1] - heel) @ direction / length
    toes = smoothstep(0.66, 0.80, place)
    shaft = smoothstep(0.095, 0.15, points[:, 1]) * smoothstep(0.5, 0.4, place) * 0.8
    bones = np.array([index[f"{name}.{side}"] for name in ("foot", "toe3-1", "lowerleg02")])
    weight = np.stack([1 - toes - shaft, toes, shaft], axis=1)
    return np.broadcast_to(bones, weight.shape), weight


def socks_part(rest: Rest, colour: Colour, surface: int) -> Part:
    """The ankles between shoe and hem."""
    data = body.load()
    y = data.canonical[:, 1]
    clip = np.where(y < 0.5, np.minimum(y - 0.05, 0.24 - y), -1.0)
    weights = data.bone_index, data.bone_weight
    triangles = parts.halves(data.quads("body"))
    piece = parts.part(rest.vertices, triangles, weights, surface, colour, data.canonical, clip=clip)
    return parts.visible(piece)


# hands and head


def gloves_part(rest: Rest, colour: Colour, surface: int) -> Part:
    """Work gloves over both hands, with a cuff over the sleeve's end."""
    data = body.load()
    triangles = parts.halves(data.quads("body"))
    along, arm = parts.arm_places(data.canonical), parts.arm_share()
    out = parts.normals(rest.vertices.astype(float), triangles)
    thick = 0.0025 + 0.009 * smoothstep(2.05, 1.80, along)
    vertices = rest.vertices + out * thick[:, None]
    clip = np.where(arm > 0.5, 0.23 * (along - 1.80), -1.0)
    weights = data.bone_index, data.bone_weight
    piece = parts.part(vertices, triangles, weights, surface, colour, data.canonical, clip=clip)
    return parts.visible(piece)


HELMET_RADII = np.array([0.100, 0.101, 0.126])
HELMET_MIDDLE = HEAD + np.array([0.0, 0.018, 0.004])


def under_helmet(points: Array) -> Array:
    """Which points (N,) of the base body are above the rim of a helmet, where no hair can be."""
    off = (np.asarray(points) - HELMET_MIDDLE) / (HELMET_RADII - 0.004)
    return off[:, 1] > -0.10


def helmet_part(rest: Rest, colour: Colour, surface: int) -> Part:
    """A safety helmet: shell with ridges, gutter and peak."""
    columns, rows = 72, 18
    angle = 2 * np.pi * np.arange(columns) / columns
    tilt = np.linspace(np.pi / 2, 0, rows)[:, None]
    ridge = 1 + 0.022 * np.exp(-((np.sin(angle - np.pi / 2) / 0.10) ** 2)) * np.sin(tilt) ** 0.3 * (
        np.sin(tilt) > 0.35
    )
    ridge = ridge + 0.016 * np.exp(-((((np.abs(np.cos(angle)) * np.cos(tilt)) - 0.30) / 0.05) ** 2)) * (
        np.sin(tilt) > 0.4
    )
    shell = np.stack(
        np.broadcast_arrays(
            np.cos(angle) * np.cos(tilt) ** 0.85, np.sin(tilt), np.sin(angle) * np.cos(tilt) ** 0.85
        ),
        -1,
    )
    shell = shell * ridge[..., None] * HELMET_RADII
    front = np.clip(np.sin(angle), 0, 1) ** 3
    flat = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], -1) * HELMET_RADII
    rim = [flat * 1.0 - [0, 0.012, 0]]
    for reach, drop in ((0.06, 0.016), (0.10, 0.018), (0.10, 0.023), (0.0, 0.020)):
        rim.append(flat * (1 + reach + (0.30 if reach else 0.0) * reach * 10 * front[:, None] * 0.9))
        rim[-1][:, 1] -= drop + 0.012 * front * (reach > 0)
    points = np.concatenate([shell.reshape(-1, 3), *rim]) + HELMET_MIDDLE
    triangles = sweep.sheet(rows + len(rim), columns, closed=True)
    return _worn_part(points, triangles, rest, surface, colour, "head")


def glasses_part(rest: Rest, colour: Colour, wide: bool, surface: int) -> Part:
    """The frame of glasses; `wide` for safety glasses."""
    turn = np.linspace(0, 2 * np.pi, 33)
    width, height = (0.031, 0.021) if wide else (0.0245, 0.0185)
    power = 0.75 if not wide else 0.6
    pieces = []
    for side in (1, -1):
        x = 0.0335 + width * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
        y = 1.5425 + height * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
        z = 0.1605 - 6.0 * np.maximum(x - 0.012, 0) ** 2
        pieces.append(np.stack([side * x, y, z], axis=1))
        end = np.array([side * (0.0335 + width), 1.550, 0.1605 - 6.0 * (0.0215 + width) ** 2])
        ear = np.array([side * 0.0845, 1.553, 0.045])
        pieces.append(
            np.linspace(end, ear, 12)
            + np.array([side, 0, 0]) * (0.006 * np.sin(np.linspace(0, np.pi, 12)))[:, None]
        )
    across = np.linspace(-1, 1, 7)[:, None]
    pieces.append(
        np.array([0.0, 1.547, 0.1610]) + across * [0.0095, 0, 0] + (1 - across**2) * [0, 0.003, 0.001]
    )
    tubes = [sweep.tube(path, 0.0022 if not wide else 0.0026, 6) for path in pieces]
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in tubes)])
    points = np.concatenate([vertices for vertices, _ in tubes])
    triangles = np.concatenate([faces + start for (_, faces), start in zip(tubes, starts, strict=False)])
    return _worn_part(points, triangles, rest, surface, colour, "head")
