"""Draws one person alone, as a cut-out: light and how much of each pixel is covered, nothing behind.

What `renderer` does for rooms is left out here, which makes it three times as fast: there is no room to be lit, and the
person throws shadows on nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from anonlab.synth.meshes import Mesh
from anonlab.synth.noise import LATTICE
from anonlab.synth.render import lights, shading
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.render.raster import fill, vertex_normals

Floats = NDArray[Any]

TAPS: Final = 3
KEY: Final = Light(
    (1.6, 4.2, 3.6), (0.0, 0.0, 0.0), (0.88, 0.85, 0.81), radius=0.5, cone_deg=40, resolution=512
)
FILL: Final = Light(
    (-3.0, 2.0, 4.0), (0.0, 0.0, 0.0), (0.20, 0.21, 0.23), radius=1.0, cone_deg=40, resolution=512
)
AMBIENT: Final = Ambient((0.36, 0.37, 0.38), (0.15, 0.145, 0.14))
"""Light from a ceiling: most of it from above and in front. Around the hips, which are at (0, 0, 0)."""


SMOOTH_M: Final = 0.02
"""Metres within which what a pixel sees is one surface."""


@dataclass(frozen=True)
class Cutout:
    """A person alone.

    Attributes:
        radiance: (H, W, 3) float32, linear light of the covered part of each pixel; 0 where nothing is.
        share: (H, W) float32, covered part of each pixel, 0 to 1.
    """

    radiance: Floats
    share: Floats


_NO_ROOM: Final = (np.zeros((0, 0, 0), np.float32), np.zeros(3), 0.05)
_NOTHING_NEAR: Final = np.zeros((0, 0), np.float32)


def cutout(
    mesh: Mesh, distance: float, focal_px: float, width: int, height: int, supersampling: int = 2
) -> Cutout:
    """The mesh as a camera on the z axis sees it that looks along -z at (0, 0, 0).

    Args:
        mesh: metres, y up.
        distance: of the camera from (0, 0, 0), metres.
        focal_px: its focal length, in pixels of a picture of `width` x `height`.
        supersampling: samples per pixel along each side.
    """
    step = supersampling
    shape = height * step, width * step
    depth, index = np.zeros(shape, np.float32), np.full(shape, -1, np.int32)
    shares = np.empty((*shape, 2), np.float32)
    view = np.ascontiguousarray(mesh.vertices * [1, -1, -1] + [0, 0, distance], np.float32)
    lens = np.array([focal_px * step, width * step / 2, height * step / 2])
    clip = np.zeros(0, np.float32) if mesh.clip is None else mesh.clip
    fill(view, mesh.triangles, lens, clip, 0, depth, index, shares)
    share, flat = np.empty((height, width), np.float32), np.empty((height, width), np.bool_)
    places = np.empty((shape[0] * shape[1], 2), np.int32)
    places = places[: _samples(depth, index, step, SMOOTH_M, share, flat, places)]
    radiance = np.zeros((height, width, 3), np.float32)
    if len(places):
        light = _light(mesh, places, index, shares, distance, step)
        _collect(light, places, step, share, flat, radiance)
    return Cutout(radiance, share)


@numba.njit(cache=True, nogil=True)
def _samples(depth: Any, index: Any, step: Any, smooth_m: Any, share: Any, flat: Any, places: Any) -> Any:
    """List row and column (n, 2) of the samples to be lit, those of a pixel one after the other; returns n.

    Pixels whose samples, of inverse depth, all see one smooth surface are `flat`: one of them stands for all.
    """
    n = 0
    for y in range(share.shape[0]):
        for x in range(share.shape[1]):
            covered, nearest, farthest = 0, np.float32(0), np.float32(np.inf)
            for sample in range(step * step):
                row, column = y * step + sample // step, x * step + sample % step
                nearest, farthest = max(nearest, depth[row, column]), min(farthest, depth[row, column])
                if index[row, column] >= 0:
                    covered += 1
                    places[n + covered - 1, 0], places[n + covered - 1, 1] = row, column
            share[y, x] = covered / (step * step)
            flat[y, x] = farthest > 0 and nearest - farthest < smooth_m * nearest * nearest
            n += 1 if flat[y, x] else covered
    return n


@numba.njit(cache=True, nogil=True)
def _collect(light: Any, places: Any, step: Any, share: Any, flat: Any, radiance: Any) -> None:
    """Add the mean light of the samples (n, 3) that a pixel has to `radiance` (H, W, 3)."""
    for i in range(len(places)):
        y, x = places[i, 0] // step, places[i, 1] // step
        weight = 1.0 if flat[y, x] else 1.0 / (share[y, x] * step * step)
        for c in range(3):
            radiance[y, x, c] += light[i, c] * weight


def _light(
    mesh: Mesh, places: NDArray[np.int32], index: Floats, shares: Floats, distance: float, step: int
) -> Floats:
    """Light (n, 3) of samples at `places` (n, 2)."""
    eye = np.array([0.0, 0.0, distance])
    normals = vertex_normals(mesh.vertices, mesh.triangles)
    seen, where, facing, carried = shading.interpolate(
        places, len(places), 0, index, shares, mesh.triangles, mesh.vertices, normals, mesh.attributes, eye
    )
    surface = mesh.material.shade(seen, where, carried)
    shading.fold(
        places, step, seen, facing, carried, surface.folds, mesh.triangles, mesh.vertices, mesh.attributes, LATTICE
    )  # fmt: skip
    lamps = lights.table((KEY, FILL))
    reached = np.empty((len(places), 3), np.float32)
    shading.reach(
        places, step, where, facing, surface.skin, lamps, _shadows(mesh), *_NO_ROOM, _NOTHING_NEAR, TAPS, reached
    )  # fmt: skip
    out = np.empty((len(places), 3, 3), np.float32)
    shading.shine(
        places, step, where, facing, surface.albedo, surface.specular, surface.skin, eye, lamps, AMBIENT.rows(),
        reached, out,
    )  # fmt: skip
    return np.asarray(out.sum(axis=1))


def _shadows(mesh: Mesh) -> Floats:
    """What the key light sees, its shadow map (1, resolution, resolution); the weaker one throws no shadows."""
    maps = np.zeros((1, KEY.resolution, KEY.resolution), np.float32)
    return lights.with_shadows_of((KEY,), maps, [mesh])
