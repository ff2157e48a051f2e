"""What hangs on a wall of tools or stands beside it; what hangs has its hook at the origin."""

from __future__ import annotations

from anonlab.synth.rooms.paints import CHROME, DARK, GRAY, STEEL, paint
from anonlab.synth.rooms.patterns import Paint
from anonlab.synth.rooms.solids import Piece, box, cylinder, join, lathe, tube


def screwdriver(colour: Paint) -> Piece:
    """A screwdriver hanging tip down, its hook at the origin."""
    return join(
        [cylinder(0.014, 0.10, colour, 12, 0.005).at(y=-0.05), cylinder(0.004, 0.11, CHROME, 8).at(y=-0.155)]
    )


def spanner(length: float = 0.2) -> Piece:
    """A spanner hanging from its ring."""
    bar = box((0.016, length - 0.04, 0.007), CHROME, 0.003).at(y=-length / 2)
    return join(
        [
            bar,
            cylinder(0.02, 0.009, CHROME, 14).pitch(90),
            box((0.042, 0.03, 0.009), CHROME, 0.004).at(y=-length + 0.015),
        ]
    )


def hammer() -> Piece:
    """A hammer hanging head up."""
    handle = box((0.022, 0.26, 0.016), paint((0.68, 0.48, 0.28)), 0.006).at(y=-0.13)
    return join([handle, box((0.10, 0.028, 0.028), DARK, 0.006)])


def pliers(colour: Paint) -> Piece:
    """Pliers hanging handles down."""
    grips = [
        tube([[0.0, 0.0, 0.0], [x, -0.06, 0.0], [1.4 * x, -0.15, 0.0]], 0.008, colour, 8)
        for x in (-0.018, 0.018)
    ]
    return join([*grips, box((0.022, 0.055, 0.010), STEEL, 0.004).at(y=0.02)])


def bottle(colour: Paint = GRAY, height: float = 0.22) -> Piece:
    """A spray or oil bottle."""
    body = [
        (0, 0),
        (0.034, 0.0),
        (0.036, 0.01),
        (0.036, 0.65 * height),
        (0.014, 0.80 * height),
        (0.014, height),
        (0, height),
    ]
    return lathe(body, colour, 18)
