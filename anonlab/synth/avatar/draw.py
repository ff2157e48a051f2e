"""Draws one person alone, as a cut-out: light and how much of each pixel is covered, nothing behind.

What `renderer` does for rooms is left out here, which makes it three times as fast: there is no room to be lit, and the
person throws shadows on nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.meshes import Mesh
from anonlab.synth.noise import LATTICE
from anonlab.synth.render import lights, shading
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.render.raster import fill, gather, vertex_normals

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


@lru_cache(maxsize=1)
def _free_space() -> tuple[Floats, Floats, float]:
    """The room's free space as the shading wants it: no walls anywhere."""
    return np.full((2, 2, 2), 10.0, np.float32), np.zeros(3), 0.05


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
    light = np.zeros((*shape, 3), np.float32)
    flat = _flat(depth, step)
    places = _seen(index, len(mesh.triangles), flat, step)
    if len(places):
        light[places[:, 0], places[:, 1]] = _light(mesh, places, index, shares, distance, step)
    share = np.asarray(sum(_samples((index >= 0).astype(np.float32), step)) / step**2, np.float32)
    total = sum(_samples(light, step)) / np.where(flat, 1, np.maximum(share * step**2, 1e-6))[..., None]
    return Cutout(np.asarray(total, np.float32), share)


def _samples(samples: Floats, step: int) -> list[Floats]:
    """What the first, second, ... sample of every pixel is: `step` * `step` arrays (H, W, ...)."""
    return [samples[row::step, column::step] for row in range(step) for column in range(step)]


def _flat(depth: Floats, step: int) -> NDArray[np.bool_]:
    """Pixels (H, W) whose samples, of inverse depth, all see one smooth surface: one of them stands for all."""
    each = _samples(depth, step)
    nearest, farthest = (reduce(choose, each) for choose in (np.maximum, np.minimum))
    return np.asarray((farthest > 0) & (nearest - farthest < SMOOTH_M * nearest**2))


def _seen(
    index: NDArray[np.int32], n_triangles: int, flat: NDArray[np.bool_], step: int
) -> NDArray[np.int32]:
    """Row and column (n, 2) of the samples to be lit, those of a pixel one after the other; one where it is flat."""
    places = np.empty((int((index >= 0).sum()), 2), np.int32)
    window = np.array([0, index.shape[0] // step, 0, index.shape[1] // step])
    places = places[: gather(index, 0, n_triangles, window, step, places)]
    first = (places % step == 0).all(axis=1)
    return np.ascontiguousarray(places[first | ~flat[places[:, 0] // step, places[:, 1] // step]])


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
    out = np.empty((len(places), 3, 3), np.float32)
    shading.shine(
        places, step, where, facing, surface.albedo, surface.specular, surface.skin, eye,
        lights.table((KEY, FILL)), _shadows(mesh), AMBIENT.rows(), *_free_space(), np.zeros((0, 0), np.float32),
        TAPS, out,
    )  # fmt: skip
    return np.asarray(out.sum(axis=1))


def _shadows(mesh: Mesh) -> Floats:
    """What the key light sees (its shadow map), and nothing for the weaker one: (2, resolution, resolution)."""
    maps = np.zeros((2, KEY.resolution, KEY.resolution), np.float32)
    maps[:1] = lights.with_shadows_of((KEY,), maps[:1], [mesh])
    return maps
