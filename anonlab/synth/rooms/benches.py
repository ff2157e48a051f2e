"""Workbenches and what stands and hangs about them. Everything stands on y = 0 around the origin and looks along +z."""

from __future__ import annotations

from anonlab.synth.rooms import props, tools
from anonlab.synth.rooms.fittings import tube_lamp
from anonlab.synth.rooms.paints import (
    ALUMINIUM,
    BEECH,
    BLUE,
    BOXES,
    CHROME,
    DARK,
    GRAY,
    GREEN,
    ORANGE,
    PALE,
    RED,
    RUBBER,
    STEEL,
    YELLOW,
    paint,
)  # fmt: skip
from anonlab.synth.rooms.patterns import PEGBOARD, Paint
from anonlab.synth.rooms.solids import Piece, box, cylinder, join, tube

HOLES = Paint((0.74, 0.76, 0.77), PEGBOARD, (0.28, 0.29, 0.30), specular=0.2, numbers=(0.038, 0.0055))


def workbench(width: float = 2.0, depth: float = 0.75, height: float = 0.92, upright: bool = True) -> Piece:
    """A bench on steel legs with drawers; with a pegboard full of tools, a rail of bins and a lamp if `upright`."""
    frame = paint((0.30, 0.40, 0.48), 0.25)
    parts = [
        box((width, 0.04, depth), BEECH, 0.006).at(y=height - 0.02),
        box((width - 0.06, 0.07, depth - 0.08), frame, 0.004).at(y=height - 0.075),
    ]
    for x in (-width / 2 + 0.06, width / 2 - 0.06):
        parts += [
            box((0.06, height - 0.04, 0.06), frame, 0.006).at(x, height / 2 - 0.02, z)
            for z in (-depth / 2 + 0.07, depth / 2 - 0.07)
        ]
        parts.append(box((0.05, 0.05, depth - 0.1), frame, 0.006).at(x, 0.14))
    parts.append(box((width - 0.1, 0.025, 0.6 * depth), PALE, 0.004).at(0, 0.19, -0.05))
    parts.append(_drawers(0.44, 0.42, depth - 0.16).at(width / 2 - 0.34, height - 0.56, 0.02))
    parts += [
        props.carton(0.34, 0.24, 0.30).at(-0.25 * width, 0.203, 0),
        props.toolbox(BLUE).at(0.02, 0.203, 0.02),
    ]
    if upright:
        parts.append(_back_wall(width).at(0, height, -depth / 2 + 0.03))
    return join(parts)


def _drawers(width: float, height: float, depth: float, rows: int = 3) -> Piece:
    each = height / rows
    fronts = [
        box((width - 0.02, each - 0.012, 0.018), BLUE, 0.004).at(0, each * (k + 0.5), depth / 2)
        for k in range(rows)
    ]
    grips = [
        box((0.7 * width, 0.016, 0.02), CHROME, 0.005).at(0, each * (k + 0.80), depth / 2 + 0.014)
        for k in range(rows)
    ]
    return join([box((width, height, depth), GRAY, 0.005).at(y=height / 2), *fronts, *grips])


def _back_wall(width: float) -> Piece:
    """Posts, pegboard with tools, a rail of bins, a lamp on arms; stands on the bench, front at z = 0."""
    posts = [
        box((0.05, 1.20, 0.05), GRAY, 0.006).at(x, 0.60, 0) for x in (-width / 2 + 0.04, width / 2 - 0.04)
    ]
    board = box((width - 0.14, 0.62, 0.012), HOLES, 0.002).at(0, 0.74, 0.0)
    rail = box((width - 0.14, 0.05, 0.02), STEEL, 0.003).at(0, 0.36, 0.01)
    n = int((width - 0.2) / 0.17)
    bins = [props.bin_box(BOXES[(k * 2) % 5]).at((k - (n - 1) / 2) * 0.17, 0.24, 0.13) for k in range(n)]
    arms = [
        box((0.04, 0.035, 0.42), GRAY, 0.005).at(x, 1.18, 0.2) for x in (-width / 2 + 0.04, width / 2 - 0.04)
    ]
    lamp = tube_lamp(width - 0.3, 1.8).at(0, 1.12, 0.36)
    return join([*posts, board, rail, *bins, *arms, lamp, _tools(width - 0.3).at(0, 0.98, 0.014)])


def _tools(width: float) -> Piece:
    """Tools in a row, hanging from y = 0 downwards, and a shelf for bottles."""
    kinds = [
        tools.screwdriver(RED), tools.screwdriver(YELLOW), tools.screwdriver(BLUE), tools.spanner(0.16),
        tools.spanner(0.20),
        tools.spanner(0.24), tools.pliers(RED), tools.pliers(BLUE), tools.hammer(), tools.screwdriver(GREEN),
    ]  # fmt: skip
    n = int(width / 0.105)
    row = [
        kinds[(3 * k) % len(kinds)].at((k - (n - 1) / 2) * 0.105, -0.02 - 0.02 * (k % 2), 0.018)
        for k in range(n)
    ]
    second = [
        kinds[(7 * k + 3) % len(kinds)].at((k - (n - 1) / 2) * 0.14, -0.30, 0.018)
        for k in range(int(0.75 * n * 0.75))
    ]
    return join([*row, *second])


def assembly_fixture() -> Piece:
    """A gearbox in a holder, a tray, a power screwdriver: what is being put together."""
    holder = [
        box((0.30, 0.03, 0.24), ALUMINIUM, 0.005).at(y=0.015),
        box((0.04, 0.10, 0.20), ALUMINIUM, 0.006).at(-0.13, 0.06, 0),
    ]
    housing = [
        box((0.18, 0.13, 0.15), STEEL, 0.020).at(0.0, 0.10, 0),
        cylinder(0.055, 0.06, STEEL, 24).pitch(90).at(0, 0.11, 0.09),
    ]
    shaft = cylinder(0.018, 0.10, CHROME).pitch(90).at(0, 0.11, 0.14)
    bolts = [cylinder(0.008, 0.012, DARK, 10).at(x, 0.168, z) for x in (-0.07, 0.07) for z in (-0.055, 0.055)]
    driver = [
        cylinder(0.022, 0.16, ORANGE, 16, 0.008).roll(80).at(0.30, 0.024, 0.06),
        cylinder(0.006, 0.08, CHROME, 8).roll(80).at(0.42, 0.045, 0.06),
    ]
    return join([*holder, *housing, shaft, *bolts, *driver])


def roller_cabinet() -> Piece:
    """A tool trolley with drawers on castors."""
    body = _drawers(0.68, 0.72, 0.44, 6).at(y=0.12)
    wheels = [
        cylinder(0.05, 0.03, RUBBER).roll(90).at(x, 0.05, z) for x in (-0.27, 0.27) for z in (-0.16, 0.16)
    ]
    handle = tube(
        [[0.36, 0.78, -0.16], [0.43, 0.80, -0.16], [0.43, 0.80, 0.16], [0.36, 0.78, 0.16]], 0.012, CHROME
    )
    return join(
        [
            body,
            *wheels,
            handle,
            box((0.70, 0.02, 0.46), RUBBER, 0.006).at(y=0.85),
            tools.spanner(0.2).pitch(90).at(-0.1, 0.868, -0.08),
        ]
    )


def trolley(width: float = 0.85, depth: float = 0.52) -> Piece:
    """A cart of two decks with a tray of parts on top."""
    decks = [box((width, 0.04, depth), BLUE, 0.008).at(y=y) for y in (0.26, 0.82)]
    posts = [
        tube([[x, 0.10, z], [x, 0.84, z]], 0.014, GRAY)
        for x in (-width / 2 + 0.03, width / 2 - 0.03)
        for z in (-depth / 2 + 0.03, depth / 2 - 0.03)
    ]
    wheels = [
        cylinder(0.05, 0.03, RUBBER).roll(90).at(x, 0.05, z)
        for x in (-width / 2 + 0.06, width / 2 - 0.06)
        for z in (-depth / 2 + 0.05, depth / 2 - 0.05)
    ]
    bow = tube(
        [
            [width / 2 - 0.03, 0.82, -0.2],
            [width / 2 + 0.10, 0.96, -0.2],
            [width / 2 + 0.10, 0.96, 0.2],
            [width / 2 - 0.03, 0.82, 0.2],
        ],
        0.013,
        CHROME,
    )
    return join(
        [
            *decks,
            *posts,
            *wheels,
            bow,
            props.tray(GRAY).at(-0.18, 0.842),
            props.carton(0.3, 0.22, 0.3).at(0.22, 0.842),
            props.toolbox(RED).at(-0.1, 0.282),
        ]
    )
