"""What belongs to the building: walls, windows, doors, lamps and what hangs on walls. Faces look along +z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from anonlab.synth.rooms.paints import (
    ALUMINIUM,
    BLACK,
    CHROME,
    DARK,
    GRAY,
    PALE,
    WHITE,
    glow,
    paint,
    printed,
)  # fmt: skip
from anonlab.synth.rooms.patterns import OUTDOOR, PANELS, TILES, WALL, Colour, Paint
from anonlab.synth.rooms.solids import Piece, box, cylinder, join, lathe, plate, tube


def wall(
    length: float,
    height: float,
    upper: Colour,
    lower: Colour,
    border: float = 1.1,
    skirting: Colour = (0.35, 0.36, 0.38),
) -> Piece:
    """A plastered wall in two tones with a skirting board; its face is at z = 0."""
    tones = Paint(upper, WALL, lower, specular=0.05, grain=0.022, numbers=(border - height / 2, 0.006))
    board = box((length, 0.09, 0.016), paint(skirting), 0.005).at(0, 0.045, 0.008)
    return join([box((length, height, 0.10), tones, 0.0).at(0, height / 2, -0.05), board])


def ceiling(width: float, depth: float, height: float, lamps: Sequence[tuple[float, float]]) -> Piece:
    """A ceiling of tiles with lamp panels at (x, z)."""
    tiles = Paint(
        (0.88, 0.88, 0.87),
        TILES,
        (0.70, 0.70, 0.70),
        specular=0.03,
        grain=0.04,
        numbers=(0.625, 0.625, 0.006, 0),
    )
    panels = []
    for x, z in lamps:
        panels.append(box((1.24, 0.02, 0.30), glow((0.98, 0.99, 1.0), 2.6), 0.0).at(x, height - 0.012, z))
        panels.append(box((1.30, 0.03, 0.36), WHITE, 0.004).at(x, height - 0.006, z))
    return join([plate(width, depth, tiles).at(y=height), *panels])


def window(
    width: float, height: float, sill: float = 0.95, brightness: float = 0.85, seed: float = 0.0
) -> Piece:
    """A window in two wings with a sill, a half drawn blind and a radiator below; the wall is at z = 0."""
    middle, frame = sill + height / 2, WHITE
    view = Paint((1, 1, 1), OUTDOOR, specular=0.3, numbers=(brightness,), seed=seed)
    bars = [box((0.07, height, 0.07), frame, 0.008).at(x, middle, 0.02) for x in (-width / 2, 0, width / 2)]
    bars += [box((width + 0.07, 0.07, 0.07), frame, 0.008).at(0, y, 0.02) for y in (sill, sill + height)]
    ledge = box((width + 0.24, 0.035, 0.22), WHITE, 0.008).at(0, sill - 0.04, 0.10)
    slats = [
        box((width - 0.04, 0.004, 0.028), PALE, 0.001)
        .pitch(-35)
        .at(0, sill + height - 0.08 - 0.034 * k, 0.075)
        for k in range(9)
    ]
    handle = box((0.018, 0.12, 0.03), CHROME, 0.005).at(0.0, middle, 0.07)
    return join(
        [
            box((width, height, 0.01), view, 0).at(0, middle, 0.006),
            *bars,
            ledge,
            *slats,
            handle,
            radiator(0.8 * width, sill - 0.28),
        ]
    )


def radiator(width: float, height: float) -> Piece:
    """A flat radiator before a wall at z = 0."""
    ribs = Paint((0.88, 0.88, 0.87), PANELS, (0.70, 0.70, 0.69), specular=0.2, numbers=(0.045, 5.0, 0.006))
    grille = box((width, 0.012, 0.10), GRAY, 0.003).at(0, 0.13 + height, 0.075)
    return join([box((width, height, 0.07), ribs, 0.012).at(0, 0.13 + height / 2, 0.075), grille])


def door(colour: Colour = (0.72, 0.70, 0.66)) -> Piece:
    """A closed door in its frame; the wall is at z = 0."""
    leaf = box((0.90, 2.05, 0.03), paint(colour), 0.004).at(0, 1.025, 0.012)
    posts = [box((0.08, 2.13, 0.05), GRAY, 0.006).at(x, 1.065, 0.02) for x in (-0.49, 0.49)]
    lever = tube([[0.36, 1.04, 0.03], [0.36, 1.04, 0.075], [0.26, 1.04, 0.075]], 0.011, CHROME)
    return join(
        [
            leaf,
            *posts,
            box((1.06, 0.08, 0.05), GRAY, 0.006).at(0, 2.09, 0.02),
            lever,
            box((0.05, 0.20, 0.008), CHROME, 0.003).at(0.36, 1.0, 0.03),
        ]
    )


def whiteboard(width: float = 1.5, height: float = 0.95) -> Piece:
    """A whiteboard with writing, an eraser and pens; the wall is at z = 0, its lower edge at y = 0."""
    sheet = box((width, height, 0.015), Paint((0.94, 0.945, 0.95), specular=0.30, grain=0.01), 0.002).at(
        0, height / 2, 0.015
    )
    frame = [box((width + 0.04, 0.03, 0.03), ALUMINIUM, 0.006).at(0, y, 0.018) for y in (0, height)]
    frame += [
        box((0.03, height, 0.03), ALUMINIUM, 0.006).at(x, height / 2, 0.018) for x in (-width / 2, width / 2)
    ]
    ledge = box((0.5 * width, 0.015, 0.07), ALUMINIUM, 0.004).at(0, -0.02, 0.05)
    text = box(
        (0.42 * width, 0.55 * height, 0.001),
        replace(printed(7, 0.055, 0.8, (0.16, 0.28, 0.55), (0.94, 0.945, 0.95)), specular=0.30),
        0,
    ).at(-0.22 * width, 0.55 * height, 0.024)
    lines = [
        tube([[0.08 * width, 0.25 * height, 0.024], [0.08 * width, 0.80 * height, 0.024]], 0.004, DARK, 6)
    ]
    lines += [
        tube([[0.08 * width, 0.25 * height, 0.024], [0.40 * width, 0.25 * height, 0.024]], 0.004, DARK, 6)
    ]
    curve = [[(0.08 + 0.3 * t) * width, (0.28 + 0.42 * t**1.7) * height, 0.024] for t in np.linspace(0, 1, 9)]
    lines.append(tube(curve, 0.005, paint((0.70, 0.15, 0.12)), 6))
    pens = [
        box((0.12, 0.014, 0.014), paint(c)).at(x, -0.006, 0.055)
        for x, c in ((-0.2, (0.1, 0.2, 0.6)), (0.0, (0.6, 0.1, 0.1)))
    ]
    return join([sheet, *frame, ledge, text, *lines, *pens])


def poster(width: float, height: float, seed: float, colour: Colour = (0.20, 0.38, 0.55)) -> Piece:
    """A framed print: a picture above, text below; the wall is at z = 0, its lower edge at y = 0."""
    frame = box((width + 0.03, height + 0.03, 0.018), BLACK, 0.004).at(0, height / 2, 0.009)
    sheet = box((width, height, 0.004), printed(seed, 0.03, 0.42), 0.0).at(0, height / 2, 0.019)
    picture = box((0.84 * width, 0.48 * height, 0.003), paint(colour, 0.2, 0.8), 0.0).at(
        0, 0.68 * height, 0.021
    )
    mark = lathe(
        [(0, 0.0), (0.16 * width, 0.0), (0.16 * width, 0.002), (0, 0.002)], paint((0.90, 0.72, 0.30)), 24
    )
    return join([frame, sheet, picture, mark.pitch(90).at(0.16 * width, 0.74 * height, 0.023)])


def clock() -> Piece:
    """A wall clock; the wall is at z = 0, its middle at the origin."""
    rim = lathe(
        [(0, 0.0), (0.15, 0.0), (0.15, 0.035), (0.138, 0.035), (0.138, 0.02), (0, 0.02)], DARK, 32
    ).pitch(90)
    face = cylinder(0.138, 0.004, WHITE, 32).pitch(90).at(z=0.022)
    marks = [box((0.008, 0.02, 0.003), BLACK, 0.0).at(y=0.118).roll(30 * k).at(z=0.025) for k in range(12)]
    hands = [
        box((0.008, 0.07, 0.003), BLACK, 0).at(y=0.03).roll(-55).at(z=0.027),
        box((0.006, 0.10, 0.003), BLACK, 0).at(y=0.045).roll(-200).at(z=0.029),
    ]
    return join([rim, face, *marks, *hands])


def socket() -> Piece:
    """A double wall socket; the wall is at z = 0, its middle at the origin."""
    holes = [cylinder(0.020, 0.004, PALE, 16).pitch(90).at(x, 0, 0.011) for x in (-0.036, 0.036)]
    return join([box((0.15, 0.08, 0.010), WHITE, 0.003).at(z=0.005), *holes])


def tube_lamp(length: float = 1.5, brightness: float = 2.2) -> Piece:
    """A hanging lamp; its lower side at y = 0."""
    wires = [tube([[x, 0.05, 0], [x, 0.9, 0]], 0.003, DARK, 5) for x in (-0.4 * length, 0.4 * length)]
    return join(
        [
            box((length, 0.05, 0.12), PALE, 0.010).at(y=0.035),
            box((length - 0.06, 0.014, 0.09), glow((1, 0.99, 0.96), brightness), 0.003).at(y=0.006),
            *wires,
        ]
    )
