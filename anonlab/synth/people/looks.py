"""How a person's surfaces look: skin, eyes, hair, cloth, each point shaded from what its vertices carry.

A vertex carries nine numbers: its place on the base body (3), its colour (3, linear) and three extras, whose meaning
depends on the kind of surface. Fine structure (pores, strands, weave) is noise; seams, buttons, stripes and pockets
are decals, rectangles in the coordinates of the base body, drawn per point so that they are sharp at every distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from anonlab.synth.body import Floats, Ints
from anonlab.synth.meshes import Surface
from anonlab.synth.noise import LATTICE, fbm, value

PLAIN, SKIN, EYE, HAIR, CLOTH = range(5)
FILL, SEAM, DOTS, BAND, FADE = range(5)


@dataclass(frozen=True)
class Look:
    """One row of the table of surfaces.

    Attributes:
        kind: PLAIN, SKIN, EYE, HAIR or CLOTH.
        specular, folds, scatter: as in `meshes.Surface`.
        grain: strength of the noise on the albedo; scale: its cells per metre, along x, y and z.
        numbers: what the kind asks for: SKIN the brow (height, thickness, arch, colour r g b) and stubble colour;
            EYE the iris colour and the eye's centre.
    """

    kind: int = PLAIN
    specular: float = 0.05
    folds: float = 0.0
    scatter: float = 0.0
    grain: float = 0.06
    scale: tuple[float, float, float] = (60.0, 60.0, 60.0)
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True)
class Decal:
    """A drawn detail of a garment, in metres on the base body.

    Attributes:
        kind: FILL a rectangle, SEAM its outline, DOTS a row of buttons, BAND a ring (y0 to y1 of `axis`), FADE a
            soft rectangle.
        box: x0, x1, y0, y1.
        colour: linear; or a darkening when `strength` is negative.
        side: 1 front, -1 back, 0 both; mirrored: x stands for |x|.
        axis: 0 the coordinates x, y of the base body; 1 the first extra (along the arm) in place of y.
        width: thickness of outlines, radius of dots, softness of fades; step: distance of dots.
    """

    kind: int
    box: tuple[float, float, float, float]
    colour: tuple[float, float, float] = (0.0, 0.0, 0.0)
    strength: float = 1.0
    side: int = 1
    mirrored: bool = True
    axis: int = 0
    width: float = 0.002
    step: float = 0.08
    specular: float = -1.0

    def row(self, surface: int) -> list[float]:
        """The decal as numbers for the compiled loop."""
        flags = [float(surface), float(self.kind), *self.box, *self.colour, self.strength]
        return [
            *flags,
            float(self.side),
            float(self.mirrored),
            float(self.axis),
            self.width,
            self.step,
            self.specular,
        ]


class PersonMaterial:
    """Shades the points of one person."""

    def __init__(self, looks: Sequence[Look], surfaces: Ints, decals: Sequence[tuple[int, Decal]]) -> None:
        """`surfaces` (T,) says which look each triangle has; `decals` lie on a surface each."""
        self._surfaces = surfaces
        self._table = np.array([_numbers(look) for look in looks], np.float32)
        rows = sorted((decal.row(surface) for surface, decal in decals), key=lambda row: row[0])
        self._decals = np.array(rows, np.float32).reshape(-1, 16)
        of_row = self._decals[:, 0].astype(int)
        self._starts = np.searchsorted(of_row, np.arange(len(looks) + 1)).astype(np.int32)

    def shade(self, triangles: Ints, positions: Floats, attributes: Floats) -> Surface:  # noqa: ARG002
        """The surface at n points; patterns follow the body, so the place in the world does not matter."""
        surfaces = self._surfaces[triangles]
        attributes = np.ascontiguousarray(attributes, np.float32)
        albedo, rest = _shade(surfaces, attributes, self._table, self._decals, self._starts, LATTICE)
        return Surface(albedo, rest[:, 0].copy(), rest[:, 1].copy(), rest[:, 2].copy())


def _numbers(look: Look) -> list[float]:
    numbers = [*look.numbers, *([0.0] * (10 - len(look.numbers)))]
    return [float(look.kind), look.specular, look.folds, look.scatter, look.grain, *look.scale, *numbers]


@numba.njit(cache=True, nogil=True, fastmath=True)
def _step(low: Any, high: Any, value: Any) -> Any:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _mix(colour: Any, r: Any, g: Any, b: Any, share: Any) -> None:
    colour[0] += (r - colour[0]) * share
    colour[1] += (g - colour[1]) * share
    colour[2] += (b - colour[2]) * share


@numba.njit(cache=True, nogil=True, fastmath=True)
def _shade(surfaces: Any, at: Any, table: Any, decals: Any, starts: Any, lattice: Any) -> Any:
    n = len(surfaces)
    albedo, rest = np.empty((n, 3), np.float32), np.empty((n, 3), np.float32)
    colour = np.empty(3, np.float64)
    for i in range(n):
        s = surfaces[i]
        look = table[s]
        x, y, z = at[i, 0], at[i, 1], at[i, 2]
        colour[0], colour[1], colour[2] = at[i, 3], at[i, 4], at[i, 5]
        shine, folds, kind = look[1], look[2], int(look[0])
        grain = fbm(lattice, x * look[5], y * look[6], z * look[7], 2)
        if kind == 1:
            shine = _skin(colour, at[i], look, grain, lattice)
        elif kind == 2:
            shine = _eye(colour, at[i], look, lattice)
        elif kind == 3:
            shine = _hair(colour, at[i], look, lattice)
        else:
            gain = 1 + 2 * look[4] * grain
            colour *= gain
        for k in range(starts[s], starts[s + 1]):
            shine = _decal(colour, decals[k], x, y, z, at[i, 6], shine)
        for c in range(3):
            albedo[i, c] = min(max(colour[c], 0.002), 1.0)
        rest[i, 0], rest[i, 1], rest[i, 2] = shine, folds, look[3]
    return albedo, rest


@numba.njit(cache=True, nogil=True, fastmath=True)
def _skin(colour: Any, at: Any, look: Any, grain: Any, lattice: Any) -> Any:
    """Pores and blotches, brows, stubble; extras: lips, stubble density, oiliness."""
    x, y, z = at[0], at[1], at[2]
    fine = value(lattice, x * 420, y * 420, z * 420) - 0.5
    gain = 1 + 2 * look[4] * grain + 0.07 * fine * (1 - at[6])
    colour *= gain
    colour[0] *= 1 - 0.05 * grain
    if at[7] > 0.01:
        dots = value(lattice, x * 900, y * 500, z * 900)
        share = min(at[7] * (0.35 + 0.75 * dots), 0.9)
        _mix(colour, look[14], look[15], look[16], share)
    if y > 1.54 and z > 0.06 and look[9] > 0:
        along = (abs(x) - 0.0115) / 0.042
        if -0.2 < along < 1.15:
            height = look[8] + look[10] * np.sin(min(max(along, 0.0), 1.0) * 2.5)
            strokes = value(lattice, x * 500 + (y * 900 if x > 0 else -y * 900), y * 260, 3.0)
            width = look[9] * (1 - 0.55 * max(along, 0.0)) * (0.75 + 0.5 * strokes)
            share = (
                _step(1.35, 0.55, abs(y - height) / width)
                * _step(-0.12, 0.08, along)
                * _step(1.12, 0.8, along)
            )
            _mix(colour, look[11], look[12], look[13], 0.85 * share * (0.6 + 0.5 * strokes))
    return look[1] * (1 + at[8]) * (1 + 0.8 * at[6])


@numba.njit(cache=True, nogil=True, fastmath=True)
def _eye(colour: Any, at: Any, look: Any, lattice: Any) -> Any:
    """Sclera, iris with its dark ring and spokes, pupil; the lid's shade from above."""
    x, y = abs(at[0]) - look[11], at[1] - look[12]
    radius = np.sqrt(x * x + y * y)
    lid = _step(-0.0005, 0.007, y)
    red = _step(0.007, 0.014, radius)
    _mix(colour, 0.56, 0.33, 0.28, 0.35 * red)
    if at[2] > look[13]:
        angle = np.arctan2(y, x)
        spokes = value(lattice, angle * 9, radius * 400, 1.0)
        iris = _step(0.0066, 0.0060, radius)
        ring = 0.35 + 0.65 * _step(0.0064, 0.0048, radius)
        gain = ring * (0.7 + 0.7 * spokes)
        _mix(colour, look[8] * gain, look[9] * gain, look[10] * gain, iris)
        _mix(colour, 0.004, 0.004, 0.004, _step(0.0029, 0.0024, radius))
    colour *= 1 - 0.7 * lid
    return look[1]


@numba.njit(cache=True, nogil=True, fastmath=True)
def _hair(colour: Any, at: Any, look: Any, lattice: Any) -> Any:
    """Strands; extras: across the strands (cells), along them (0 root to 1 tip), a number of the tuft."""
    strand = value(lattice, at[6], at[7] * 3.0, at[8] * 31.0)
    fine = value(lattice, at[6] * 2.7, at[7] * 4.0, at[8] * 17.0)
    tuft = at[8] - np.floor(at[8])
    gain = (0.70 + 0.30 * tuft) * (0.60 + 0.60 * strand + 0.35 * fine)
    colour *= gain * (0.72 + 0.42 * min(at[7], 1.0))
    return look[1] * (0.3 + 1.2 * strand)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _decal(colour: Any, row: Any, x: Any, y: Any, z: Any, along: Any, shine: Any) -> Any:
    if row[10] * (z - 0.02) < 0:
        return shine
    u = abs(x) if row[11] > 0 else x
    v = along if row[12] > 0 else y
    x0, x1, y0, y1, width = row[2], row[3], row[4], row[5], row[13]
    inside = min(min(u - x0, x1 - u), min(v - y0, y1 - v))
    kind = int(row[1])
    share = 0.0
    if kind == 0:
        share = _step(-0.0006, 0.0006, inside)
    elif kind == 1:
        share = _step(width, 0.4 * width, abs(inside))
    elif kind == 2 and y0 <= v <= y1:
        across = (v - y0) / row[14]
        off = (across - np.floor(across) - 0.5) * row[14]
        middle = 0.5 * (x0 + x1)
        share = _step(width, 0.8 * width, np.sqrt(off * off + (u - middle) * (u - middle)))
    elif kind == 3:
        share = _step(-0.0006, 0.0006, min(v - y0, y1 - v))
    elif kind == 4:
        share = _step(-width, width, inside)
    if share > 0:
        strength = row[9]
        if strength < 0:
            colour *= 1 + strength * share
        else:
            _mix(colour, row[6], row[7], row[8], share * strength)
            if row[15] >= 0:
                shine += (row[15] - shine) * share
    return shine
