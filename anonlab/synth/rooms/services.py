"""What serves a workshop: cabinets, ducts, pipes, drums. All stands on y = 0 around the origin, looks along +z."""

from __future__ import annotations

import numpy as np

from anonlab.synth.rooms.paints import (
    BLACK,
    BLUE,
    CHROME,
    DARK,
    GREEN,
    RED,
    STEEL,
    WHITE,
    YELLOW,
    glow,
)  # fmt: skip
from anonlab.synth.rooms.patterns import PANELS, SLATS, Paint
from anonlab.synth.rooms.solids import Piece, arc, box, cylinder, extrude, join, lathe, tube

VENT = Paint((0.50, 0.52, 0.54), SLATS, (0.12, 0.12, 0.13), specular=0.2, numbers=(0.025, 0.45))


def control_cabinet(width: float = 0.8, height: float = 1.9, depth: float = 0.45) -> Piece:
    """An electrical cabinet with two doors, lamps, a main switch and a warning sign."""
    sheet = Paint(
        (0.76, 0.77, 0.76), PANELS, (0.30, 0.30, 0.30), specular=0.25, numbers=(width / 2, height, 0.003)
    )
    body = [
        box((width, height - 0.1, depth), sheet, 0.01).at(y=0.1 + (height - 0.1) / 2),
        box((width - 0.02, 0.1, depth - 0.03), BLACK, 0.003).at(y=0.05),
    ]
    front = depth / 2
    lamps = [
        cylinder(0.016, 0.02, colour, 14).pitch(90).at(-0.28 + 0.07 * k, height - 0.25, front)
        for k, colour in enumerate((glow((0.3, 0.9, 0.4), 0.8), WHITE, YELLOW))
    ]
    switch = [
        box((0.08, 0.08, 0.02), YELLOW, 0.004).at(0.2, 1.25, front + 0.005),
        box((0.02, 0.065, 0.035), RED, 0.006).at(0.2, 1.25, front + 0.02),
    ]
    sign = extrude([(-0.055, 0), (0.055, 0), (0, 0.095)], 0.003, YELLOW).at(-0.2, 1.22, front + 0.004)
    locks = [cylinder(0.014, 0.02, CHROME, 12).pitch(90).at(x, 1.0, front) for x in (-0.04, 0.36)]
    vents = [box((0.24, 0.24, 0.005), VENT, 0.0).at(x, 0.36, front + 0.003) for x in (-0.2, 0.2)]
    return join([*body, *lamps, *switch, sign, *locks, *vents])


def duct(length: float, width: float = 0.16) -> Piece:
    """A cable duct along the x axis, back at z = 0, with cables on it."""
    tray = box(
        (length, 0.10, width),
        Paint((0.62, 0.64, 0.66), PANELS, (0.40, 0.42, 0.44), specular=0.3, numbers=(0.5, 1.0, 0.004)),
        0.004,
    ).at(0, 0.05, width / 2)
    return join(
        [
            tray,
            *(
                tube([[-length / 2, 0.115, z], [length / 2, 0.115, z]], 0.013, BLACK, 6)
                for z in (0.04, 0.075, 0.115)
            ),
        ]
    )


def pipes(length: float) -> Piece:
    """Three pipes along the x axis with clamps, before a wall at z = 0."""
    lines = [
        tube([[-length / 2, y, 0.07], [length / 2, y, 0.07]], 0.022, colour, 12)
        for y, colour in ((0.0, BLUE), (0.09, STEEL), (0.18, GREEN))
    ]
    clamps = [
        box((0.03, 0.27, 0.03), DARK, 0.004).at(x, 0.09, 0.03)
        for x in np.arange(-length / 2 + 0.3, length / 2, 1.1)
    ]
    return join([*lines, *clamps])


def extinguisher() -> Piece:
    """A fire extinguisher on the wall at z = 0, with its sign."""
    bottle = lathe(
        [
            (0, 0.55),
            (0.07, 0.55),
            (0.075, 0.57),
            (0.075, 0.95),
            (0.05, 1.02),
            (0.02, 1.04),
            (0.02, 1.08),
            (0, 1.08),
        ],
        RED,
        20,
    ).at(z=0.10)
    hose = tube(arc((0.02, 0.92, 0.12), 0.12, 80, -60, "xy"), 0.012, BLACK)
    sign = [
        box((0.20, 0.20, 0.004), RED, 0.001).at(0, 1.55, 0.004),
        box((0.05, 0.12, 0.003), WHITE, 0).at(0, 1.55, 0.008),
    ]
    return join([bottle, hose, *sign, box((0.09, 0.03, 0.04), BLACK, 0.006).at(0, 1.09, 0.11)])


def drum(colour: Paint = BLUE) -> Piece:
    """A steel drum."""
    rings = [lathe([(0.288, y - 0.012), (0.300, y), (0.288, y + 0.012)], colour, 28) for y in (0.30, 0.58)]
    return join(
        [
            cylinder(0.29, 0.88, colour, 28, 0.01).at(y=0.44),
            *rings,
            cylinder(0.03, 0.012, DARK).at(0.15, 0.886, 0.1),
        ]
    )
