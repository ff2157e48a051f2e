"""Draws moving things into a room that stands still.

The room is drawn and lit once per camera. A frame then costs what moves: its triangles are filled into a copy of the
room's depth, its samples shaded, its shadows taken from the room's light. Light is linear; `develop` makes a picture
of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.meshes import Mesh
from anonlab.synth.noise import LATTICE
from anonlab.synth.render import lights, occlusion, reshading, shading
from anonlab.synth.render.camera import Camera
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.render.raster import extent, fill, gather, vertex_normals
from anonlab.synth.render.samples import Samples, compose, keep, scatter, stand_for

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Window = tuple[int, int, int, int]  # y0, y1, x0, x1 in pixels
_NO_CLIP, _NO_NORMALS, _NO_NEARNESS = (np.zeros(shape, np.float32) for shape in ((0,), (0, 3), (0, 0)))
_BAND = 48  # rows of pixels that are shaded at a time, so that temporary arrays stay small
_TAPS = 4  # of shadows, along each side


class Scenery(Protocol):
    """What stands still; compared by identity, because what is computed from it is kept."""

    def __hash__(self) -> int:
        """Of the identity."""
        ...

    @property
    def mesh(self) -> Mesh:
        """All of it."""
        ...

    @property
    def lights(self) -> tuple[Light, ...]:
        """The lamps that throw shadows."""
        ...

    @property
    def ambient(self) -> Ambient:
        """The light from all around."""
        ...


class NoMaterial:
    """For meshes without triangles."""

    def shade(self, triangles: Ints, positions: Floats, attributes: Floats) -> Any:  # noqa: ARG002
        """There is never a sample to shade."""
        raise AssertionError("a mesh without triangles cannot be seen")


def nothing() -> Mesh:
    """A mesh without triangles."""
    return Mesh(
        np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.float32), NoMaterial()
    )


@dataclass(frozen=True, eq=False)
class Stage:
    """Scenery with no walls, for people alone."""

    lights: tuple[Light, ...]
    ambient: Ambient = field(default_factory=Ambient)
    mesh: Mesh = field(default_factory=nothing)


@dataclass(frozen=True)
class Render:
    """One frame.

    Attributes:
        radiance: (H, W, 3) float32, linear light.
        shares: (M, H, W) float32, share of each pixel that mesh i covers, 0 to 1.
        inverse_depth: (H * supersampling, W * supersampling) float32, 1 / metres; 0 = nothing there.
    """

    radiance: Floats
    shares: Floats
    inverse_depth: Floats


@dataclass(frozen=True)
class Baked:
    """What follows from scenery alone, whatever the camera."""

    lamps: NDArray[np.float64]
    maps: Floats
    ambient: NDArray[np.float64]
    space: occlusion.Space


@lru_cache(maxsize=8)
def bake(scenery: Scenery) -> Baked:
    """Shadow maps and free space of scenery."""
    maps = lights.shadow_maps(scenery.lights, scenery.mesh)
    return Baked(lights.table(scenery.lights), maps, scenery.ambient.rows(), occlusion.space(scenery.mesh))


class Buffers:
    """Depth, triangle and place in the triangle of every sample of a picture."""

    def __init__(self, camera: Camera) -> None:
        shape = (camera.height, camera.width)
        self.depth = np.zeros(shape, np.float32)
        self.index = np.full(shape, -1, np.int32)
        self.shares = np.empty((*shape, 2), np.float32)

    def draw(self, mesh: Mesh, camera: Camera, base: int) -> None:
        """Add a mesh whose first triangle gets the number `base`."""
        clip = _NO_CLIP if mesh.clip is None else mesh.clip
        view = camera.view(mesh.vertices)
        fill(view, mesh.triangles, camera.lens, clip, base, self.depth, self.index, self.shares)


class Renderer:
    """One camera in one room.

    Args:
        room: what stands still.
        camera: where the pictures are taken from.
        supersampling: samples per pixel along each side.
    """

    def __init__(self, room: Scenery, camera: Camera, supersampling: int = 2) -> None:
        self.room, self.camera, self.step = room, camera, supersampling
        self._fine = camera.scaled(supersampling)
        self._eye = np.asarray(camera.eye, np.float64)
        self._baked = bake(room)
        self._buffers = Buffers(self._fine)
        self._light_room()

    def render(self, meshes: Sequence[Mesh]) -> Render:
        """The room with things in it; things cover each other and throw shadows."""
        if not any(len(mesh.triangles) for mesh in meshes):
            empty = np.zeros((len(meshes), self.camera.height, self.camera.width), np.float32)
            return Render(self._pixels.copy(), empty, self._still.copy())
        buffers, bases = self._with(meshes)
        maps = lights.with_shadows_of(self.room.lights, self._baked.maps, meshes)
        samples = [
            self._samples(buffers, mesh, base, self._window(mesh))
            for mesh, base in zip(meshes, bases, strict=False)
        ]
        window = self._around(meshes)
        nearness = self._nearness(buffers, samples, window)
        radiance = self._room_light(maps, nearness)
        for mesh, seen in zip(meshes, samples, strict=True):
            scatter(seen.places, self._shine(mesh, seen, maps, nearness), self._glow)
        shares = np.zeros((len(meshes), *radiance.shape[:2]), np.float32)
        compose(
            buffers.index, bases, self._samples_lit, self._pixels, self._glow, self.step, radiance, shares
        )
        return Render(radiance, shares, buffers.depth)

    def _with(self, meshes: Sequence[Mesh]) -> tuple[Buffers, NDArray[np.int64]]:
        """The buffers with moving things, and the number of each one's first triangle; the room's are -1."""
        buffers = self._buffers
        buffers.depth = self._still.copy()
        buffers.index.fill(-1)
        bases = np.concatenate([[0], np.cumsum([len(mesh.triangles) for mesh in meshes])])
        for mesh, base in zip(meshes, bases, strict=False):
            buffers.draw(mesh, self._fine, int(base))
        return buffers, bases

    def _light_room(self) -> None:
        """Draw and light what stands still."""
        height, width = self.camera.height, self.camera.width
        n_parts = 1 + len(self._baked.lamps)
        self._buffers.draw(self.room.mesh, self._fine, 0)
        self._still = self._buffers.depth.copy()
        self._samples_lit = np.zeros((*self._still.shape, 3), np.float32)
        self._glow = np.zeros_like(self._samples_lit)  # read only where something moving was just written
        self._parts = np.zeros((n_parts, height, width, 3), np.float32)
        self._positions = np.zeros((height, width, 3), np.float32)
        self._normals = np.zeros((height, width, 3), np.float32)
        normals = _normals(self.room.mesh)
        for top in range(0, height, _BAND):
            window = (top, min(height, top + _BAND), 0, width)
            seen = self._samples(self._buffers, self.room.mesh, 0, window, normals)
            light = self._shine(self.room.mesh, seen, self._baked.maps, _NO_NEARNESS)
            keep(seen.places, seen.positions, seen.normals, light, self.step, self._samples_lit, self._parts,
                  self._positions, self._normals)  # fmt: skip
        side = self._baked.maps.shape[1]
        self._tiles = reshading.tiles_of(self._positions, self._normals, self._baked.lamps, side)
        self._alone = np.full(self._tiles.shape, -1.0)
        self._shown = np.empty_like(self._positions), np.empty_like(self._normals)
        self._pixels = np.ascontiguousarray(self._parts.sum(axis=0))

    def _samples(
        self, buffers: Buffers, mesh: Mesh, base: int, window: Window, normals: Floats | None = None
    ) -> Samples:
        """Every sample of a mesh within a window."""
        y0, y1, x0, x1 = window
        places = np.empty(((y1 - y0) * (x1 - x0) * self.step**2, 2), np.int32)
        n = gather(buffers.index, base, base + len(mesh.triangles), np.array(window), self.step, places)
        normals = _normals(mesh) if normals is None else normals
        seen = shading.interpolate(
            places, n, base, buffers.index, buffers.shares, mesh.triangles, mesh.vertices, normals, mesh.attributes,
            self._eye,
        )  # fmt: skip
        return Samples(places[:n], *seen)

    def _shine(self, mesh: Mesh, seen: Samples, maps: Floats, nearness: Floats) -> Floats:
        """Light of a mesh's samples, (n, 1 + L, 3)."""
        out = np.empty((len(seen.places), 1 + len(self._baked.lamps), 3), np.float32)
        if not len(out):
            return out
        surface = mesh.material.shade(seen.triangles, seen.positions, seen.attributes)
        normals = seen.normals.copy()
        shading.fold(
            seen.places, self.step, seen.triangles, normals, seen.attributes, surface.folds, mesh.triangles,
            mesh.vertices, mesh.attributes, LATTICE,
        )  # fmt: skip
        baked = self._baked
        reached = np.empty(out.shape[:2], np.float32)
        shading.reach(
            seen.places, self.step, seen.positions, normals, surface.skin, baked.lamps, maps, baked.space.distances,
            baked.space.origin, baked.space.cell, nearness, _TAPS, reached,
        )  # fmt: skip
        shading.shine(
            seen.places, self.step, seen.positions, normals, surface.albedo, surface.specular, surface.skin,
            self._eye, baked.lamps, baked.ambient, reached, out,
        )  # fmt: skip
        return out

    def _nearness(self, buffers: Buffers, samples: Sequence[Samples], window: Window) -> Floats:
        """How much ambient light moving things leave to every pixel (H, W)."""
        positions, normals = self._shown
        np.copyto(positions, self._positions)
        np.copyto(normals, self._normals)
        covered = np.zeros(normals.shape[:2], np.int32)
        for seen in samples:
            stand_for(seen.places, seen.positions, seen.normals, self.step, positions, normals, covered)
        out = np.ones(normals.shape[:2], np.float32)
        occlusion.nearness(
            buffers.depth, buffers.index, np.array(window), self.step, self._fine.lens, self._fine.rotation,
            positions, normals, covered, out,
        )  # fmt: skip
        return out

    def _room_light(self, maps: Floats, nearness: Floats) -> Floats:
        """The factor (H, W, 3) by which things that move darken what stands still."""
        tiles = lights.changed_tiles(self._baked.maps, maps)
        out = np.empty_like(self._pixels)
        reshading.reshade(
            self._positions, self._normals, self._parts, self._baked.lamps, self._baked.maps, maps,
            tiles, self._tiles, self._alone, nearness, out,
        )  # fmt: skip
        return out

    def _window(self, mesh: Mesh, margin: float = 0.0) -> Window:
        """The pixels a mesh may cover, grown by a margin in metres."""
        whole = (0, self.camera.height, 0, self.camera.width)
        if not len(mesh.vertices):
            return (0, 0, 0, 0)
        # the corners of a box around it: they are seen around all that is in it
        ends = extent(mesh.vertices)
        spots = self.camera.project([[ends[i, 0], ends[j, 1], ends[k, 2]] for i, j, k in np.ndindex(2, 2, 2)])
        if spots[:, 2].min() < 0.1:
            return whole
        grow = 2 + margin * self.camera.focal / spots[:, 2].min()
        low, high = spots[:, :2].min(0) - grow, spots[:, :2].max(0) + grow
        x0, x1 = np.clip([low[0], high[0]], 0, self.camera.width).astype(int)
        y0, y1 = np.clip([low[1], high[1]], 0, self.camera.height).astype(int)
        return int(y0), int(y1), int(x0), int(x1)

    def _around(self, meshes: Sequence[Mesh]) -> Window:
        """The pixels that moving things may darken."""
        y0, y1, x0, x1 = zip(
            *(self._window(m, occlusion.REACH) for m in meshes if len(m.triangles)), strict=True
        )
        return min(y0), max(y1), min(x0), max(x1)


def _normals(mesh: Mesh) -> Floats:
    return vertex_normals(mesh.vertices, mesh.triangles) if mesh.smooth else _NO_NORMALS
