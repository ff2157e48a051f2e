"""The materials that several things share."""

from __future__ import annotations

from dataclasses import replace

from anonlab.synth.rooms.patterns import BRUSHED, GLOW, KEYS, PLAIN, PRINT, SCREEN, WEAVE, WOOD, Colour, Paint

WHITE = Paint((0.90, 0.90, 0.89), specular=0.20, grain=0.02)
PALE = Paint((0.80, 0.81, 0.81), specular=0.22, grain=0.02)
GRAY = Paint((0.58, 0.60, 0.62), specular=0.22, grain=0.03)
DARK = Paint((0.24, 0.25, 0.27), specular=0.25, grain=0.04)
BLACK = Paint((0.13, 0.13, 0.14), specular=0.30, grain=0.05)
RUBBER = Paint((0.17, 0.17, 0.18), specular=0.06, grain=0.06)
CHROME = Paint((0.78, 0.79, 0.80), BRUSHED, specular=0.75, grain=0.03, numbers=(1,))
STEEL = Paint((0.68, 0.70, 0.72), BRUSHED, specular=0.50, grain=0.06, numbers=(0,))
ALUMINIUM = Paint((0.76, 0.78, 0.79), BRUSHED, specular=0.45, grain=0.04, numbers=(1,))
BEECH = Paint((0.82, 0.67, 0.49), WOOD, (0.72, 0.55, 0.37), specular=0.18, numbers=(0,))
OAK = Paint((0.73, 0.57, 0.40), WOOD, (0.58, 0.42, 0.27), specular=0.16, numbers=(0,))
UPRIGHT_OAK = replace(OAK, numbers=(1,))
BLUE = Paint((0.16, 0.36, 0.60), specular=0.25, grain=0.03)
RED = Paint((0.74, 0.17, 0.14), specular=0.25, grain=0.03)
GREEN = Paint((0.18, 0.48, 0.32), specular=0.25, grain=0.03)
YELLOW = Paint((0.93, 0.74, 0.12), specular=0.25, grain=0.03)
ORANGE = Paint((0.90, 0.45, 0.13), specular=0.25, grain=0.03)
BOXES = (BLUE, RED, YELLOW, GREEN, GRAY)


def paint(colour: Colour, specular: float = 0.2, grain: float = 0.03) -> Paint:
    """A plain colour."""
    return Paint(colour, PLAIN, specular=specular, grain=grain)


def cloth(colour: Colour) -> Paint:
    """Upholstery."""
    return Paint(colour, WEAVE, specular=0.04, grain=0.07)


def screen(kind: int, brightness: float = 0.55, seed: float = 1.0) -> Paint:
    """A picture that shines: 0 text, 1 a table, 2 gauges."""
    return Paint((0.0, 0.0, 0.0), SCREEN, specular=0.35, numbers=(kind, brightness), seed=seed)


def glow(colour: Colour, brightness: float = 1.0) -> Paint:
    """A lamp."""
    return Paint(colour, GLOW, specular=0.1, numbers=(brightness,))


def printed(
    seed: float,
    line: float = 0.012,
    filled: float = 0.9,
    ink: Colour = (0.2, 0.2, 0.22),
    sheet: Colour = (0.93, 0.93, 0.91),
) -> Paint:
    """Paper with lines of words."""
    return Paint(sheet, PRINT, ink, specular=0.06, numbers=(line, filled), seed=seed)


def keys() -> Paint:
    """The top of a keyboard."""
    return Paint((0.22, 0.23, 0.25), KEYS, (0.10, 0.10, 0.11), specular=0.15)
