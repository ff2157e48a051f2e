"""Hair styles: a dense coat next to the skin, and ribbons over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body
from anonlab.synth.body import Rest
from anonlab.synth.noise import noise
from anonlab.synth.people import parts, strands
from anonlab.synth.people.fitting import worn
from anonlab.synth.people.gear import under_helmet
from anonlab.synth.people.hairstyles import Style
from anonlab.synth.people.parts import Part, smoothstep
from anonlab.synth.people.strands import Growth

Array = NDArray[Any]
Colour = tuple[float, float, float]


def hair_parts(
    rest: Rest, style: Style, colour: Colour, rng: np.random.Generator, surface: int, helmet: bool = False
) -> list[Part]:
    """The hair of a style on a person's head."""
    growth = style.growth
    if helmet:  # pressed flat
        growth = replace(growth, volume=0.4 * growth.volume, lift=0.3 * growth.lift)
    pieces = [_coat(rest, style if not helmet else replace(style, coat=0.002), growth, colour, rng, surface)]
    paths, outs = strands.grow(strands.roots(growth, rng), growth, rng)
    pieces.append(_ribbons(rest, paths, outs, growth, colour, rng, surface, helmet))
    if style.tail:
        pieces.append(_ribbons(rest, *_tail(style, rng), growth, colour, rng, surface, False))
    if style.bun:
        pieces.append(
            _ribbons(rest, *_bun(style, rng), replace(growth, cut=0.0), colour, rng, surface, helmet)
        )
    return pieces


def _coat(
    rest: Rest, style: Style, growth: Growth, colour: Colour, rng: np.random.Generator, surface: int
) -> Part:
    """A thin uneven layer that hides the skin between ribbons."""
    head = strands.scalp()
    place, shift = head.canonical, rng.uniform(0, 9)
    inside = strands.hairiness(place, growth)
    edge = inside - 1.5 + 7 * noise(place + shift, 110, 2) + 6 * noise(place + shift, 320, 1)
    thick = style.coat * smoothstep(-2, 16, inside) * (1 + 0.8 * noise(place + shift, 55, 2))
    vertices = head.refine(rest.vertices)
    out = parts.normals(vertices, head.triangles)
    off = place - strands.WHORL
    turn = np.arctan2(off[:, 0], off[:, 2])
    extra = np.stack([70 * turn, np.full(len(place), 0.35), np.full(len(place), 0.35)], axis=1)
    raised = vertices + out * (thick + 0.0004)[:, None]
    piece = parts.part(raised, head.triangles, head.weights, surface, colour, place, extra, edge)
    return parts.visible(piece)


def _ribbons(
    rest: Rest,
    paths: Array,
    outs: Array,
    growth: Growth,
    colour: Colour,
    rng: np.random.Generator,
    surface: int,
    helmet: bool,
) -> Part:
    vertices, triangles, extra = strands.ribbons(paths, outs, growth.width, rng)
    clip = np.ones(len(vertices))
    if growth.cut and growth.flow != "gather":
        ends = growth.cut + 0.012 * (extra[:, 2] - 0.5) + 0.10 * np.clip(np.abs(vertices[:, 2]) - 0.2, 0, 1)
        on_shoulders = np.where(vertices[:, 1] < 1.43, 0.125 - np.abs(vertices[:, 0]), 1.0)
        clip = np.minimum(vertices[:, 1] - ends, on_shoulders)
    if helmet:
        clip = np.where(under_helmet(vertices), -1.0, clip)
    moved, _ = worn(vertices, rest)
    piece = parts.part(moved, triangles, _hanging(vertices), surface, colour, vertices, extra, clip)
    return parts.visible(piece)


def _hanging(points: Array) -> tuple[Array, Array]:
    """Bones of hair: the head's, and for long hair lower down those of neck and back."""
    index = body.load().index
    head = smoothstep(1.40, 1.49, points[:, 1])
    back = smoothstep(1.44, 1.36, points[:, 1])
    weight = np.stack([head, (1 - head) * (1 - back), (1 - head) * back], axis=1)
    bones = np.array([index[name] for name in ("head", "neck02", "spine01")])
    return np.broadcast_to(bones, weight.shape), weight


def _tail(style: Style, rng: np.random.Generator) -> tuple[Array, Array]:
    """A ponytail: strands from where it is tied, out and down the back."""
    n, rows = 300, 12
    along = np.linspace(0, 1, rows)[None, :, None]
    angle, radius = rng.uniform(0, 2 * np.pi, n), 0.015 * np.sqrt(rng.random(n))
    start = strands.gather_point(style.growth) + np.array([0, 0, -0.004])
    spread = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1) * radius[:, None]
    belly = 0.35 + 1.2 * np.sin(np.pi * np.clip(along, 0, 1) ** 0.7)
    size = style.tail * rng.uniform(0.75, 1.05, (n, 1, 1))
    fall = np.array([0, -1.0, 0]) * size * along**1.25 + np.array([0, 0.012, -0.052]) * np.sin(
        0.62 * np.pi * along
    )
    paths = start + spread[:, None] * belly + fall + rng.normal(0, 0.0015, (n, 1, 3)) * along * 3
    outs = spread[:, None] * np.ones((1, rows, 1)) + [0, 0, -0.004]
    return paths, outs / np.maximum(np.linalg.norm(outs, axis=-1, keepdims=True), 1e-9)


def _bun(style: Style, rng: np.random.Generator) -> tuple[Array, Array]:
    """A bun: strands wound round a ball."""
    n, rows = 260, 9
    centre = strands.gather_point(style.growth) + np.array([0, 0.004, -0.018])
    start = rng.uniform(0, 2 * np.pi, (n, 1))
    turn = start + np.linspace(0, 1.9, rows)[None]
    tilt = rng.uniform(-1.25, 1.25, (n, 1)) + 0.25 * np.sin(turn * 2)
    ball = np.stack([np.cos(turn) * np.cos(tilt), np.sin(turn) * np.cos(tilt), np.sin(tilt)], axis=-1)
    size = style.bun * rng.uniform(0.86, 1.03, (n, 1, 1)) * np.array([1.05, 1.0, 0.8])
    return centre + ball * size, ball
