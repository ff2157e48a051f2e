"""Desks, shelves, cupboards, plants. Everything stands on y = 0 around the origin and looks along +z."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anonlab.synth.rooms import props
from anonlab.synth.rooms.paints import (
    BEECH,
    BLACK,
    BLUE,
    CHROME,
    DARK,
    GRAY,
    PALE,
    RED,
    STEEL,
    UPRIGHT_OAK,
    WHITE,
    paint,
)  # fmt: skip
from anonlab.synth.rooms.patterns import SLATS, SPINE, Colour, Paint
from anonlab.synth.rooms.solids import Piece, arc, box, cylinder, halves, join, lathe, piece, tube

FOLDERS: tuple[Colour, ...] = (
    (0.17, 0.30, 0.48), (0.50, 0.14, 0.14), (0.20, 0.38, 0.28), (0.15, 0.15, 0.17), (0.72, 0.56, 0.20),
    (0.42, 0.45, 0.48),
)  # fmt: skip


def desk(
    width: float = 1.6, depth: float = 0.8, height: float = 0.74, top: Paint = BEECH, panel: bool = True
) -> Piece:
    """A desk on two steel T-legs ; who works at it sits at z > 0 and looks along -z."""
    board = box((width, 0.028, depth), top, 0.006).at(y=height - 0.014)
    edge = box((width - 0.01, 0.05, depth - 0.12), PALE, 0.004).at(y=height - 0.05)
    parts = [board, edge]
    for x in (-width / 2 + 0.14, width / 2 - 0.14):
        parts.append(box((0.07, height - 0.09, 0.09), PALE, 0.010).at(x, height / 2, -0.05))
        parts.append(box((0.075, 0.045, depth - 0.08), PALE, 0.014).at(x, 0.028))
    if panel:
        parts.append(box((width - 0.36, 0.32, 0.016), PALE, 0.004).at(0, height - 0.24, -0.12))
    return join(parts)


def pedestal(drawers: int = 3) -> Piece:
    """A rolling block of drawers."""
    return _cabinet_block(0.42, 0.55, 0.50, drawers, PALE).at(y=0.05)


def _cabinet_block(width: float, height: float, depth: float, rows: int, colour: Paint) -> Piece:
    each = height / rows
    fronts = [
        box((width - 0.012, each - 0.010, 0.02), colour, 0.004).at(0, each * (k + 0.5), depth / 2)
        for k in range(rows)
    ]
    grips = [
        box((0.14, 0.014, 0.022), CHROME, 0.005).at(0, each * (k + 0.72), depth / 2 + 0.018)
        for k in range(rows)
    ]
    return join([box((width, height, depth), GRAY, 0.005).at(y=height / 2), *fronts, *grips])


def sideboard(width: float = 1.4, height: float = 0.80, depth: float = 0.45) -> Piece:
    """A low cupboard with doors and a wooden top."""
    n = max(2, round(width / 0.47))
    each = width / n
    fronts = [
        box((each - 0.008, height - 0.14, 0.02), WHITE, 0.004).at(
            (k - (n - 1) / 2) * each, height / 2 + 0.02, depth / 2
        )
        for k in range(n)
    ]
    grips = [
        box((0.014, 0.15, 0.02), CHROME, 0.004).at(
            (k - (n - 1) / 2) * each + (0.38 - 0.76 * (k % 2)) * each, height - 0.22, depth / 2 + 0.02
        )
        for k in range(n)
    ]
    base = box((width - 0.04, 0.07, depth - 0.06), DARK, 0.003).at(y=0.035)
    return join(
        [
            base,
            box((width, height - 0.10, depth), PALE, 0.004).at(y=height / 2 + 0.02),
            box((width + 0.03, 0.028, depth + 0.04), BEECH, 0.006).at(y=height - 0.014),
            *fronts,
            *grips,
        ]
    )


def folders(width: float, seed: int, depth: float = 0.28) -> Piece:
    """A row of folders and books, some leaning, that fills a width."""
    rng = np.random.default_rng(seed)
    parts, x = [], -width / 2
    while x < width / 2 - 0.09:
        thick, high = (
            (0.078, 0.315)
            if rng.random() < 0.6
            else (float(rng.uniform(0.022, 0.045)), float(rng.uniform(0.21, 0.29)))
        )
        colour = FOLDERS[rng.integers(len(FOLDERS))]
        back = Paint(colour, SPINE, (0.90, 0.89, 0.84), specular=0.15) if thick > 0.07 else paint(colour)
        parts.append(
            box((thick - 0.003, high, depth * rng.uniform(0.85, 0.95)), back, 0.004).at(
                x + thick / 2, high / 2 + 0.001
            )
        )
        x += thick + (0.16 if rng.random() < 0.12 else 0.0)
    return join(parts)


def bookcase(
    width: float = 1.2, height: float = 1.95, depth: float = 0.34, rows: int = 5, seed: int = 1
) -> Piece:
    """An open shelf with folders and books."""
    sides = [
        box((0.024, height, depth), UPRIGHT_OAK, 0.003).at(x, height / 2) for x in (-width / 2, width / 2)
    ]
    wood = replace(UPRIGHT_OAK, numbers=(0,))
    step = (height - 0.10) / rows
    levels = [0.08 + k * step for k in range(rows)] + [height - 0.012]
    boards = [box((width, 0.024, depth), wood, 0.003).at(y=y) for y in levels]
    back = box((width, height, 0.01), UPRIGHT_OAK, 0.0).at(0, height / 2, -depth / 2)
    filled = [folders(width - 0.10, seed + 7 * k).at(0, levels[k] + 0.012, -0.01) for k in range(rows)]
    return join([*sides, *boards, back, *filled])


def plant(height: float = 1.3, seed: int = 1, leaves: int = 34) -> Piece:
    """A leafy plant in a pot."""
    rng = np.random.default_rng(seed)
    pot = lathe(
        [(0, 0.0), (0.14, 0.0), (0.19, 0.32), (0.18, 0.33), (0.17, 0.30), (0, 0.29)],
        paint((0.86, 0.85, 0.82)),
        24,
    )
    soil = cylinder(0.165, 0.01, paint((0.22, 0.16, 0.12), 0.02, 0.3)).at(y=0.295)
    parts = [pot, soil]
    for k in range(leaves):
        green = paint(
            (float(rng.uniform(0.16, 0.26)), float(rng.uniform(0.38, 0.50)), float(rng.uniform(0.16, 0.22))),
            0.28,
            0.15,
        )
        size = height * float(rng.uniform(0.26, 0.40))
        blade = _leaf(size, 0.30 * size, float(rng.uniform(25, 75)), green)
        level = 0.30 + (height - 0.55) * (k / leaves) ** 0.9
        parts.append(blade.yaw(137.5 * k).at(0, level, 0))
        if k % 6 == 0:
            bow = [
                [0, 0.28, 0],
                [0.03 * rng.normal(), 0.6 * level + 0.1, 0.03 * rng.normal()],
                [0, level + 0.15, 0],
            ]
            parts.append(tube(bow, 0.008, paint((0.35, 0.33, 0.18)), 6))
    return join(parts)


def _leaf(length: float, width: float, rise: float, colour: Paint) -> Piece:
    """A pointed leaf that grows along +z, up at first, then bending down."""
    share = np.linspace(0, 1, 6)
    lean = np.radians(rise - 80 * share**1.5)
    z, y = np.cumsum(np.cos(lean)) * length / 6, np.cumsum(np.sin(lean)) * length / 6
    half = 0.5 * width * np.sin(np.pi * np.clip(share * 0.93 + 0.06, 0, 1)) ** 0.8
    left, spine, right = (
        np.column_stack([side * half, y + 0.15 * abs(side) * half, z]) for side in (-1, 0, 1)
    )
    vertices = np.concatenate([left, spine, right])
    quads = [[6 * r + k, 6 * r + k + 1, 6 * r + k + 7, 6 * r + k + 6] for r in (0, 1) for k in range(5)]
    return piece(vertices, halves(quads), colour)


def locker(doors: int = 3, colour: Paint = GRAY) -> Piece:
    """A steel locker with vents."""
    wide = 0.32 * doors
    vents = Paint((0.58, 0.60, 0.62), SLATS, (0.18, 0.18, 0.19), specular=0.2, numbers=(0.022, 0.4))
    parts = [
        box((wide, 1.72, 0.48), colour, 0.006).at(y=0.96),
        box((wide - 0.04, 0.10, 0.42), BLACK, 0.002).at(y=0.05),
    ]
    for k in range(doors):
        x = (k - (doors - 1) / 2) * 0.32
        parts += [
            box((0.305, 1.66, 0.016), replace(colour, specular=0.3), 0.004).at(x, 0.96, 0.245),
            box((0.16, 0.10, 0.004), vents, 0).at(x, 1.62, 0.255),
        ]
        parts += [
            box((0.16, 0.10, 0.004), vents, 0).at(x, 0.30, 0.255),
            box((0.02, 0.09, 0.022), CHROME, 0.005).at(x + 0.11, 1.0, 0.26),
        ]
        parts.append(box((0.09, 0.035, 0.003), WHITE, 0.001).at(x, 1.45, 0.255))
    return join(parts)


def rack(width: float = 1.2, height: float = 1.9, depth: float = 0.5, rows: int = 4, seed: int = 1) -> Piece:
    """Steel shelving with bins and cartons."""
    rng = np.random.default_rng(seed)
    posts = [
        box((0.04, height, 0.04), STEEL, 0.005).at(x, height / 2, z)
        for x in (-width / 2, width / 2)
        for z in (-depth / 2, depth / 2)
    ]
    levels = [0.12 + k * (height - 0.2) / (rows - 1) for k in range(rows)]
    boards = [box((width, 0.035, depth), STEEL, 0.006).at(y=y) for y in levels]
    parts = [*posts, *boards]
    for y in levels[:-1]:
        x = -width / 2 + 0.17
        while x < width / 2 - 0.12:
            if rng.random() < 0.55:
                colour = (BLUE, RED, GRAY)[rng.integers(3)]
                parts.append(props.bin_box(colour, 0.22, 0.16, 0.36).at(x, y + 0.02, 0.03))
                x += 0.25
            else:
                parts.append(
                    props.carton(0.28, float(rng.uniform(0.18, 0.28)), 0.34)
                    .yaw(float(rng.uniform(-5, 5)))
                    .at(x + 0.03, y + 0.018)
                )
                x += 0.34
    return join(parts)


def pendant_plant() -> Piece:
    """A small plant for a desk or sill."""
    pot = lathe([(0, 0), (0.05, 0), (0.062, 0.10), (0.055, 0.10), (0, 0.09)], paint((0.80, 0.46, 0.33)), 18)
    green = paint((0.24, 0.45, 0.20), 0.25, 0.15)
    blades = [_leaf(0.17, 0.045, 35 + 9 * (k % 5), green).yaw(137.5 * k).at(y=0.09) for k in range(14)]
    return join([pot, *blades])


def coat_stand() -> Piece:
    """A coat stand."""
    post = cylinder(0.018, 1.75, BLACK).at(y=0.875)
    foot = cylinder(0.17, 0.03, BLACK).at(y=0.015)
    hooks = [tube(arc((0, 1.68, 0), 0.07, -90, 60, "xy"), 0.008, BLACK).yaw(90 * k) for k in range(4)]
    return join([post, foot, *hooks])
