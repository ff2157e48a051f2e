"""Lamps, and what they see: a point is in shadow as far as a lamp's view of it is blocked.

A lamp is an area seen as a point with a size. Its shadow map holds inverse depth, as the camera's buffer does. How
soft an edge is follows from how far the thing that throws the shadow is from what it falls on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from anonlab.synth.meshes import Mesh
from anonlab.synth.render.camera import NEAR, Camera, Vector
from anonlab.synth.render.raster import fill

Floats = NDArray[np.float32]
POSITION, ROTATION, LENS, COLOUR, RADIUS, REACH = 0, 3, 12, 15, 18, 19
TILE = 16
SOFTEST = 26.0
"""Texels of a shadow map over which an edge is spread at most; no more than two tiles."""
_NOTHING = np.zeros(0, np.float32)
_NO_INDEX, _NO_SHARES = np.zeros((0, 0), np.int32), np.zeros((0, 0, 2), np.float32)


@dataclass(frozen=True)
class Light:
    """One lamp.

    Attributes:
        position, target: metres; it shines as `colour` (linear, per channel) at the target.
        radius: metres; how large the lamp is, so how soft its shadows are.
        cone_deg: what is outside this cone has light but no shadow.
        ceiling: metres; what is wholly above throws no shadow, so that a lamp may stand above the ceiling.
        resolution: of the shadow map, texels; a multiple of 16.
    """

    position: Vector
    target: Vector
    colour: Vector
    radius: float = 0.25
    cone_deg: float = 75.0
    ceiling: float = 2.4
    resolution: int = 1024

    @property
    def camera(self) -> Camera:
        """The picture that is the shadow map."""
        return Camera(self.position, self.target, self.cone_deg, self.resolution, self.resolution)

    def row(self) -> NDArray[np.float64]:
        """The lamp as numbers for compiled loops (20,)."""
        camera = self.camera
        reach = float(np.linalg.norm(np.subtract(self.target, self.position)))
        numbers = [self.position, camera.rotation.ravel(), camera.lens, self.colour, [self.radius, reach]]
        return np.concatenate([np.asarray(part, np.float64) for part in numbers])


@dataclass(frozen=True)
class Ambient:
    """Light that comes from everywhere: linear colours from straight above and from straight below."""

    above: Vector = (0.5, 0.5, 0.5)
    below: Vector = (0.3, 0.3, 0.3)

    def rows(self) -> NDArray[np.float64]:
        """(2, 3): above, below."""
        return np.array([self.above, self.below])


def table(lights: Sequence[Light]) -> NDArray[np.float64]:
    """All lamps as numbers (L, 20)."""
    return np.stack([light.row() for light in lights]) if lights else np.zeros((0, 20))


def shadow_maps(lights: Sequence[Light], mesh: Mesh) -> Floats:
    """What each lamp sees of things that never move, (L, resolution, resolution) inverse depth."""
    side = lights[0].resolution if lights else TILE
    maps = np.zeros((len(lights), side, side), np.float32)
    for light, depth in zip(lights, maps, strict=True):
        low = mesh.vertices[mesh.triangles, 1].min(axis=1) < light.ceiling
        _draw(light, mesh, mesh.triangles[low], depth)
    return maps


def with_shadows_of(lights: Sequence[Light], maps: Floats, meshes: Sequence[Mesh]) -> Floats:
    """The maps with moving things added."""
    out = maps.copy()
    for light, depth in zip(lights, out, strict=True):
        for mesh in meshes:
            _draw(light, mesh, mesh.triangles, depth)
    return out


def _draw(light: Light, mesh: Mesh, triangles: NDArray[np.int32], depth: Floats) -> None:
    clip = _NOTHING if mesh.clip is None else mesh.clip
    view, lens = light.camera.view(mesh.vertices), light.camera.lens
    fill(view, np.ascontiguousarray(triangles), lens, clip, 0, depth, _NO_INDEX, _NO_SHARES)


@numba.njit(cache=True, nogil=True, fastmath=True)
def changed_tiles(before: Any, after: Any) -> Any:
    """Which tiles of the maps (L, res, res) differ, or are near one that does: (L, res / 16, res / 16) uint8."""
    n = before.shape[1] // TILE
    out = np.zeros((len(before), n, n), np.uint8)
    for light in range(len(before)):
        for y in range(before.shape[1]):
            for x in range(before.shape[2]):
                if before[light, y, x] != after[light, y, x]:
                    _mark(out[light], y // TILE, x // TILE)
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _mark(tiles: Any, row: Any, column: Any) -> None:
    n = len(tiles)
    if tiles[row, column] == 2:
        return
    for y in range(max(0, row - 2), min(n, row + 3)):
        for x in range(max(0, column - 2), min(n, column + 3)):
            tiles[y, x] = max(tiles[y, x], 1)
    tiles[row, column] = 2


@numba.njit(cache=True, nogil=True, fastmath=True)
def texel(lamp: Any, x: Any, y: Any, z: Any) -> Any:
    """Where a lamp sees a point: x and y in its map, and depth in metres; depth 0 if it is behind the lamp."""
    x, y, z = x - lamp[0], y - lamp[1], z - lamp[2]
    depth = x * lamp[9] + y * lamp[10] + z * lamp[11]
    if depth < NEAR:
        return 0.0, 0.0, 0.0
    scale = lamp[12] / depth
    across = (x * lamp[3] + y * lamp[4] + z * lamp[5]) * scale
    down = (x * lamp[6] + y * lamp[7] + z * lamp[8]) * scale
    return lamp[13] + across, lamp[14] + down, depth


@numba.njit(cache=True, nogil=True, fastmath=True)
def dither(x: Any, y: Any) -> Any:
    """A number 0 to 1 for every pixel, as different as can be from its neighbours' (interleaved gradient noise)."""
    inner = 0.06711056 * x + 0.00583715 * y
    outer = 52.9829189 * (inner - np.floor(inner))
    return outer - np.floor(outer)


@numba.njit(cache=True, nogil=True, fastmath=True)
def lit(depths: Any, lamp: Any, x: Any, y: Any, depth: Any, slope: Any, jitter: Any, taps: Any) -> Any:
    """Share of a lamp that is seen from a point, 0 to 1.

    Args:
        depths: the lamp's shadow map.
        lamp: its row of the table.
        x, y, depth: the point, as from `texel`.
        slope: tangent of the angle between the surface and the light's way.
        jitter: 0 to 1, moves the grid of places that are looked at.
        taps: how many, along each side.
    """
    side = len(depths)
    if depth <= 0.0 or x < 0.0 or y < 0.0 or x >= side or y >= side:
        return 1.0
    per_metre = lamp[LENS] / depth
    bias = 0.010 + 1.5 * slope / per_metre
    widest = min(SOFTEST, 0.6 * lamp[RADIUS] * per_metre)
    blocker, n = 0.0, 0
    limit = 1.0 / (depth - bias - 0.7 * slope * widest / per_metre)
    for k in range(9):
        row = int(y + (k // 3 - 1 + (jitter - 0.5) * 0.8) * widest)
        column = int(x + (k % 3 - 1 - (jitter - 0.5) * 0.8) * widest)
        if 0 <= row < side and 0 <= column < side and depths[row, column] > limit:
            blocker += 1.0 / depths[row, column]
            n += 1
    radius = 2.0
    if n == 0:
        taps = 2  # nothing near: only a thin thing could still be in the way
    else:
        blocker /= n
        radius = min(SOFTEST, max(2.0, lamp[RADIUS] * (depth - blocker) / blocker * per_metre))
    limit = 1.0 / (depth - bias - 0.7 * slope * radius / per_metre)
    total = 0.0
    step = 2.0 * radius / taps
    for k in range(taps * taps):
        row = y - 0.5 + (k // taps + jitter) * step - radius
        column = x - 0.5 + (k % taps + 1.0 - jitter) * step - radius
        total += _smooth(depths, row, column, limit)
    return total / (taps * taps)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _smooth(depths: Any, y: Any, x: Any, limit: Any) -> Any:
    """How far the four texels around a place are not blocked, by their nearness to it."""
    side = len(depths)
    row, column = int(np.floor(y)), int(np.floor(x))
    if row < 0 or column < 0 or row >= side - 1 or column >= side - 1:
        return 1.0
    down, across = y - row, x - column
    above = (depths[row, column] <= limit) * (1 - across) + (depths[row, column + 1] <= limit) * across
    below = (depths[row + 1, column] <= limit) * (1 - across) + (
        depths[row + 1, column + 1] <= limit
    ) * across
    return above * (1 - down) + below * down
