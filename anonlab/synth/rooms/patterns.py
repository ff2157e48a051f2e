"""What things are made of: wood, steel, plaster, floors, screens, print.

A pattern is drawn from a point's place on its own solid, so it moves with the thing. One compiled loop knows all
patterns; a paint is a row of numbers for it. Colours are given as they look on a screen (sRGB).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from anonlab.synth.meshes import Floats, Ints, Surface
from anonlab.synth.noise import LATTICE, fbm, value

Colour = tuple[float, float, float]

(
    PLAIN, WOOD, BRUSHED, WALL, TILES, CONCRETE, HAZARD, SCREEN, PEGBOARD, SLATS, CARTON, KEYS, OUTDOOR, PRINT,
    WEAVE, SPINE, GLOW, PANELS,
) = range(18)  # fmt: skip
_COLOUR, _SECOND, _SPECULAR, _GRAIN, _HALF, _SEED, _NUMBER = 1, 4, 7, 8, 9, 12, 13


def linear(colour: Colour) -> NDArray[np.float64]:
    """An sRGB colour (3,) as linear light."""
    return np.asarray(colour, np.float64) ** 2.2


@dataclass(frozen=True)
class Paint:
    """One material.

    Attributes:
        colour, second: sRGB, 0 to 1; the second is the pattern's other colour.
        pattern: one of this module's constants.
        specular: strength of highlights, 0 to 1.
        grain: strength of the pattern's irregularity.
        numbers: up to 6, by pattern (metres):
            WOOD, BRUSHED: axis of the grain (0 x, 1 y, 2 z). WALL: height of the border between colour (above) and
            second, from the solid's middle. TILES: width, depth, joint. CONCRETE: distance of joints, their width.
            HAZARD: width of a stripe. SCREEN: kind (0 text, 1 table, 2 gauges), brightness. PEGBOARD: distance and
            radius of holes. SLATS: distance, share of the gap. PRINT: line height, share of the sheet that is printed.
            OUTDOOR, GLOW: brightness. PANELS: width, height, gap.
        seed: changes what is random in it.
    """

    colour: Colour
    pattern: int = PLAIN
    second: Colour = (0.0, 0.0, 0.0)
    specular: float = 0.15
    grain: float = 0.04
    numbers: tuple[float, ...] = ()
    seed: float = 0.0

    def row(self, half: Any) -> Floats:
        """The numbers for the compiled loop; `half` (3,) is half the size of the solid it is on."""
        numbers = [*self.numbers, *([0.0] * (6 - len(self.numbers)))]
        head = [float(self.pattern), *linear(self.colour), *linear(self.second), self.specular, self.grain]
        return np.array([*head, *half, self.seed, *numbers], np.float32)


class PatternMaterial:
    """Shades things made of paints: `paint_of` (T,) says which row of `paints` (P, 19) a triangle has."""

    def __init__(self, paint_of: Ints, paints: Floats) -> None:
        self._paint_of, self._paints = paint_of, paints

    def shade(self, triangles: Ints, positions: Floats, attributes: Floats) -> Surface:  # noqa: ARG002
        """The surface at n points; patterns are fixed to the solids, so the place in the world does not matter."""
        albedo, specular = _shade(self._paint_of[triangles], attributes, self._paints, LATTICE)
        nothing = np.zeros(len(albedo), np.float32)
        return Surface(albedo, specular, nothing, nothing)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _shade(rows: Any, places: Any, paints: Any, lattice: Any) -> Any:
    """Albedo (n, 3) and specular (n,) of points at places (n, 3) on solids with paint rows (n,)."""
    albedo = np.empty((len(rows), 3), np.float32)
    specular = np.empty(len(rows), np.float32)
    for i in range(len(rows)):
        paint, place = paints[rows[i]], places[i]
        share, dim, gloss = _pattern(paint, place, lattice)
        for c in range(3):
            colour = paint[_COLOUR + c] + (paint[_SECOND + c] - paint[_COLOUR + c]) * share
            albedo[i, c] = -colour * dim if paint[0] == GLOW else max(0.0, colour * dim)
        if paint[0] == OUTDOOR:
            _outdoor(paint, place, lattice, albedo[i])
        if paint[0] == SCREEN:
            _screen(paint, place, lattice, albedo[i])
        specular[i] = paint[_SPECULAR] * gloss
    return albedo, specular


@numba.njit(cache=True, nogil=True, fastmath=True)
def _uv(paint: Any, place: Any) -> Any:
    """Metres across and up on the face of a box that a place is on, and the axis the face looks along."""
    x, y, z = place[0], place[1], place[2]
    fx = abs(x) / (paint[_HALF] + 1e-6) * (paint[_HALF] > 1e-4) + (paint[_HALF] <= 1e-4)
    fy = abs(y) / (paint[_HALF + 1] + 1e-6) * (paint[_HALF + 1] > 1e-4) + (paint[_HALF + 1] <= 1e-4)
    fz = abs(z) / (paint[_HALF + 2] + 1e-6) * (paint[_HALF + 2] > 1e-4) + (paint[_HALF + 2] <= 1e-4)
    if fy >= fx and fy >= fz:
        return x, -z, 1
    if fx >= fz:
        return (-z if x > 0 else z), y, 0
    return (x if z > 0 else -x), y, 2


@numba.njit(cache=True, nogil=True, fastmath=True)
def _pattern(paint: Any, place: Any, lattice: Any) -> Any:
    """(share of the second colour, factor on the colour, factor on the gloss)."""
    kind, grain, seed = int(paint[0]), paint[_GRAIN], paint[_SEED]
    x, y, z = place[0] + 3.1 * seed, place[1] + 1.7 * seed, place[2]
    a, b = paint[_NUMBER], paint[_NUMBER + 1]
    if kind == PLAIN:
        return 0.0, 1.0 + grain * (value(lattice, 12.0 * x, 12.0 * y, 12.0 * z) - 0.5), 1.0
    if kind == GLOW:
        return 0.0, a, 1.0
    if kind == WOOD:
        return _wood(int(a), x, y, z, lattice), 1.0, 1.0
    if kind == BRUSHED:
        across = 6.0 if a == 0 else 320.0, 6.0 if a == 1 else 320.0, 6.0 if a == 2 else 320.0
        streak = fbm(lattice, across[0] * x, across[1] * y, across[2] * z, 2)
        return 0.0, 1.0 + 2.0 * grain * streak, 1.0 + streak
    if kind == WEAVE:
        return 0.0, 1.0 + grain * (4.0 * value(lattice, 260 * x, 260 * y, 260 * z) - 2.0), 1.0
    if kind == CONCRETE:
        return _concrete(paint, x, y, z, lattice)
    u, v, axis = _uv(paint, place)
    if kind == WALL:
        rough = value(lattice, 90 * x, 90 * y, 90 * z) + 0.8 * value(lattice, 0.9 * x, 0.9 * y, 0.9 * z) - 0.9
        return (1.0 if v < a else 0.0), (1.0 + grain * rough) * (0.8 if abs(v - a) < b else 1.0), 1.0
    if kind == TILES:
        return _tiles(paint, u, v, seed, lattice)
    if kind == HAZARD:
        stripe = (u + v) / (2.0 * a)
        return (
            (1.0 if stripe - np.floor(stripe) < 0.5 else 0.0),
            1.0 + grain * fbm(lattice, 9 * x, 9 * y, 9 * z, 2),
            1.0,
        )
    if kind == PEGBOARD:
        du, dv = u / a - np.rint(u / a), v / a - np.rint(v / a)
        return (1.0 if (du * du + dv * dv) * a * a < b * b else 0.0), 1.0, 1.0
    if kind == SLATS:
        place_v = v / a - np.floor(v / a)
        return (1.0 if place_v < b else 0.0), 1.0 - 0.25 * (1.0 - place_v), 1.0
    if kind == PANELS:
        return _panels(u + paint[_HALF], v + paint[_HALF + 1], a, b, paint[_NUMBER + 2]), 1.0, 1.0
    if kind == CARTON:
        return _carton(paint, u, v, axis, grain, x, y, z, lattice)
    if kind == KEYS:
        return _keys(u, v), 1.0, 1.0
    if kind == PRINT:
        return _print(paint, u, v, seed, lattice), 1.0, 1.0
    if kind == SPINE:
        return _spine(paint, u, v), 1.0, 1.0
    return 0.0, 1.0, 1.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def _wood(axis: Any, x: Any, y: Any, z: Any, lattice: Any) -> Any:
    """Grain: noise stretched along the axis, and fine pores."""
    p = 1.1 * x if axis == 0 else 9.0 * x
    q = 1.1 * y if axis == 1 else 9.0 * y
    r = 1.1 * z if axis == 2 else 9.0 * z
    broad = value(lattice, p, q, r)
    rings = 9.0 * broad
    rings -= np.floor(rings)
    pores = value(lattice, 18 * p, 18 * q, 18 * r)
    return 0.30 * broad + 0.35 * rings * rings + 0.35 * pores * pores


@numba.njit(cache=True, nogil=True, fastmath=True)
def _concrete(paint: Any, x: Any, y: Any, z: Any, lattice: Any) -> Any:
    step, width, grain = paint[_NUMBER], paint[_NUMBER + 1], paint[_GRAIN]
    broad = fbm(lattice, 0.7 * x, 0.7 * y, 0.7 * z, 3)
    fine = value(lattice, 130 * x, 130 * y, 130 * z) - 0.5
    joint = (
        step > 0 and min(abs(x / step - np.rint(x / step)), abs(z / step - np.rint(z / step))) * step < width
    )
    return (1.0 if joint else 0.0), 1.0 + grain * (1.5 * broad + 0.6 * fine), 1.0 + 0.8 * broad


@numba.njit(cache=True, nogil=True, fastmath=True)
def _tiles(paint: Any, u: Any, v: Any, seed: Any, lattice: Any) -> Any:
    """Tiles that differ a little, speckled; the joints have the second colour."""
    across, up, joint, grain = paint[_NUMBER], paint[_NUMBER + 1], paint[_NUMBER + 2], paint[_GRAIN]
    i, j = np.floor(u / across), np.floor(v / up)
    du, dv = u - i * across, v - j * up
    if min(du, across - du) < joint or min(dv, up - dv) < joint:
        return 1.0, 1.0, 0.4
    tile = value(lattice, i * 1.0 + 0.5 + seed, j * 1.0 + 0.5, 4.5) - 0.5
    speckle = fbm(lattice, 90 * u, 90 * v, 0.5, 2) + 0.5 * fbm(lattice, 3 * u, 3 * v, 1.5, 2)
    return 0.0, 1.0 + grain * (tile + speckle), 1.0 + 0.3 * tile


@numba.njit(cache=True, nogil=True, fastmath=True)
def _panels(u: Any, v: Any, across: Any, up: Any, gap: Any) -> Any:
    """Gaps between sheets or drawers, in the second colour."""
    du, dv = u - np.floor(u / across) * across, v - np.floor(v / up) * up
    return 1.0 if min(du, across - du) < gap or min(dv, up - dv) < gap else 0.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def _carton(paint: Any, u: Any, v: Any, axis: Any, grain: Any, x: Any, y: Any, z: Any, lattice: Any) -> Any:
    """Cardboard: flutes, a strip of tape over the top, a white label on one side."""
    high, wide = paint[_HALF + 1], paint[_HALF]
    flutes = 1.0 + grain * (
        value(lattice, 30 * x, 2 * y, 30 * z) - 0.5 + 0.6 * np.sin(700.0 * u) * (axis != 1)
    )
    if (axis == 1 and abs(v) < 0.025) or (axis == 0 and abs(u) < 0.025 and v > high - 0.06):
        return 0.35, 1.05, 4.0
    if axis == 1 and abs(v) < 0.027:
        return 0.0, 0.7, 1.0
    if axis == 2 and 0.15 * wide < u < 0.75 * wide and -0.1 * high < v < 0.55 * high:
        line = (v + high) / 0.016
        printed = line - np.floor(line) > 0.6 and u < 0.62 * wide
        return (0.15 if printed else 1.0), 1.0, 2.0
    return 0.0, flutes, 1.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def _keys(u: Any, v: Any) -> Any:
    """Keycaps 19 mm apart; the second colour shows between them."""
    du, dv = u / 0.019, v / 0.019
    du, dv = abs(du - np.floor(du) - 0.5), abs(dv - np.floor(dv) - 0.5)
    return 0.0 if max(du, dv) < 0.41 else 1.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def _print(paint: Any, u: Any, v: Any, seed: Any, lattice: Any) -> Any:
    """A printed sheet: a margin, a heading, lines of words."""
    wide = max(paint[_HALF], paint[_HALF + 2]) if paint[_HALF + 1] > 1e-3 else paint[_HALF]
    high = paint[_HALF + 1] if paint[_HALF + 1] > 0.01 else paint[_HALF + 2]
    step, filled = paint[_NUMBER], paint[_NUMBER + 1]
    if abs(u) > 0.82 * wide or abs(v) > 0.86 * high or (high - v) / (2 * high) > filled:
        return 0.0
    line = np.floor(v / step)
    words = value(lattice, 1.6 * u / step + 3 * seed, line * 1.7 + 0.5, 0.5 + seed)
    length = 0.9 - 0.9 * value(lattice, 0.5, line * 3.3, 7.5 + seed)
    if u / wide > length:
        return 0.0
    return 0.8 if v / step - line > 0.45 and words > 0.35 else 0.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def _spine(paint: Any, u: Any, v: Any) -> Any:
    """The back of a folder: a label in the second colour, and a dark hole."""
    wide, high = paint[_HALF], paint[_HALF + 1]
    if abs(u) < 0.7 * wide and 0.0 < v / high < 0.7:
        line = v / 0.02
        return 0.55 if line - np.floor(line) > 0.7 and v / high < 0.5 else 1.0
    radius = u * u + (v + 0.6 * high) ** 2
    return -0.9 if radius < (0.45 * wide) ** 2 else 0.0


@numba.njit(cache=True, nogil=True, fastmath=True)
def _outdoor(paint: Any, place: Any, lattice: Any, out: Any) -> None:
    """A hazy day behind a window: sky, far hills, trees."""
    u, v, _ = _uv(paint, place)
    bright, seed = paint[_NUMBER], paint[_SEED]
    up = v / paint[_HALF + 1]
    hills = -0.45 + 0.25 * value(lattice, 0.9 * u + seed, 0.5, 0.5)
    trees = -0.62 + 0.30 * fbm(lattice, 3.0 * u + seed, 2.5, 0.5, 3)
    sky = 0.75 + 0.25 * max(0.0, min(1.0, (up + 0.5) / 1.5))
    red, green, blue = 0.80 + 0.10 * (1 - sky), 0.90 * 0.97, 1.0 * sky + 0.12
    if up < hills:
        red, green, blue = 0.50, 0.60, 0.62
    if up < trees:
        leaf = 0.8 + 0.6 * fbm(lattice, 22 * u, 22 * v, 0.5, 2)
        red, green, blue = 0.28 * leaf, 0.40 * leaf, 0.24 * leaf
    out[0], out[1], out[2] = -bright * red, -bright * green, -bright * blue


@numba.njit(cache=True, nogil=True, fastmath=True)
def _screen(paint: Any, place: Any, lattice: Any, out: Any) -> None:
    """What a monitor shows; it shines by itself."""
    u, v, axis = _uv(paint, place)
    wide = paint[_HALF + 2] if axis == 0 else paint[_HALF]
    u, v = 0.5 + 0.5 * u / wide, 0.5 - 0.5 * v / paint[_HALF + 1]
    kind, bright, seed = int(paint[_NUMBER]), paint[_NUMBER + 1], paint[_SEED]
    red, green, blue = (0.05, 0.06, 0.09) if kind == 0 else (0.80, 0.83, 0.86)
    if v < 0.06 or (kind == 0 and u < 0.16):
        red, green, blue = (0.10, 0.12, 0.16) if kind == 0 else (0.16, 0.32, 0.52)
    elif kind == 0:
        line = np.floor(v * 26)
        indent = 0.20 + 0.18 * value(lattice, 0.5, 0.9 * line, seed)
        end = indent + 0.5 * value(lattice, 5.5, 2.3 * line, seed)
        if indent < u < end and v * 26 - line > 0.45 and value(lattice, 40 * u, 3.3 * line, seed) > 0.35:
            tint = value(lattice, 9 * u, 1.3 * line, 3.5 + seed)
            red, green, blue = 0.35 + 0.5 * tint, 0.62, 0.85 - 0.6 * tint
    elif kind == 1:
        row, column = np.floor(v * 22), np.floor(u * 7)
        edge = v * 22 - row < 0.08 or u * 7 - column < 0.03
        text = 0.35 < v * 22 - row < 0.75 and 0.1 < u * 7 - column < 0.3 + 0.5 * value(
            lattice, column, row, seed
        )
        if edge or text:
            red, green, blue = (0.62, 0.66, 0.70) if edge else (0.25, 0.27, 0.30)
    else:
        row, column = np.floor(v * 3), np.floor(u * 4)
        du, dv = u * 4 - column, v * 3 - row
        level = value(lattice, 1.7 * column + 0.3, 2.1 * row + 0.3, seed)
        red, green, blue = 0.20, 0.24, 0.28
        if 0.12 < du < 0.88 and 0.15 < dv < 0.85:
            red, green, blue = (0.25, 0.72, 0.42) if 1 - dv < 0.2 + 0.6 * level else (0.34, 0.40, 0.46)
            if column == 3:
                red, green, blue = (0.80, 0.55, 0.15) if row == 1 else (0.22, 0.48, 0.78)
    out[0], out[1], out[2] = -bright * red, -bright * green, -bright * blue
