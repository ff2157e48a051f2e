"""Synthetic scenes: pictures per second of one core, and setting a room up for a new camera.

Goals are about seconds of processor time, so that they hold on a machine that is busy with other things, too.

The peer of the renderer is a painter as one would write it with OpenCV: triangles sorted by depth, one colour each,
no shadows. It draws the people only; the renderer shades, shadows, antialiases and masks them as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body, people, rooms
from anonlab.synth.meshes import Mesh
from anonlab.synth.render.camera import Camera
from anonlab.synth.render.develop import develop
from anonlab.synth.render.renderer import Renderer
from benchmarks.common import Row, side_by_side

SMALL, LARGE = (640, 480), (1280, 960)
SPOTS = ((-0.45, 0.3, 15.0), (0.25, -0.4, -30.0))
ROUNDS = 5


def run() -> list[Row]:
    """Rows of the bench."""
    cast = [_standing(seed, *spot) for seed, spot in enumerate(SPOTS)]
    one, two = _frames(SMALL, cast[:1], 6.0), _frames(SMALL, cast, 4.0)
    return [one, two, _large(cast[:1]), _set_up(), _supersampling(cast[:1])]


def _standing(seed: int, x: float, z: float, yaw: float) -> Mesh:
    """Somebody who stands in the room."""
    who = people.identity(np.random.default_rng(seed), people.Gear(wear="office"))
    mesh = people.person(who).posed(body.Pose()).mesh
    a = np.radians(yaw)
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return replace(mesh, vertices=(mesh.vertices @ turn.T + [x, 0, z]).astype(np.float32))


def _renderer(size_wh: tuple[int, int], supersampling: int = 2) -> Renderer:
    room = rooms.build("office")
    return Renderer(room, room.camera(np.random.default_rng(3), size_wh), supersampling)


def _picture(renderer: Renderer, cast: Sequence[Mesh]) -> Callable[[], NDArray[np.uint8]]:
    sensor = rooms.build("office").sensor
    return lambda: develop(renderer.render(cast).radiance, sensor, np.random.default_rng(0))


def _frames(size_wh: tuple[int, int], cast: Sequence[Mesh], goal: float) -> Row:
    renderer = _renderer(size_wh)
    ours = 1 / _least(_picture(renderer, cast))
    painter = 1 / _least(lambda: _painted(renderer.camera, cast))
    what = f"render {len(cast)} person(s), {size_wh[0]} x {size_wh[1]}, frames/s"
    return Row(what, f"{ours:.1f}", f"painter {painter:.1f}", ours, goal)


def _least(call: Callable[[], Any]) -> float:
    """Processor seconds of the fastest of some calls, after one to warm up."""
    call()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def _large(cast: Sequence[Mesh]) -> Row:
    took = _least(_picture(_renderer(LARGE), cast))
    return Row("render 1 person, 1280 x 960, s", f"{took:.2f} s", "", took, 0.35, at_most=True)


def _set_up() -> Row:
    took = _least(lambda: _renderer(LARGE))
    return Row("new camera in a room, 1280 x 960, s", f"{took:.2f} s", "", took, 2.0, at_most=True)


def _supersampling(cast: Sequence[Mesh]) -> Row:
    """What 2 x 2 samples cost over 1."""
    four, single = _picture(_renderer(SMALL), cast), _picture(_renderer(SMALL, 1), cast)
    times = side_by_side(single, four, ROUNDS)
    return Row(
        "2 x 2 samples over 1 per pixel, time", f"{times.peer:.3f} s", f"{times.ours:.3f} s", times.ratio
    )


def _painted(camera: Camera, cast: Sequence[Mesh]) -> NDArray[np.uint8]:
    """The naive way: far triangles first, each filled with the brightness of its normal."""
    image = np.zeros((camera.height, camera.width), np.uint8)
    for mesh in cast:
        spots = camera.project(mesh.vertices)
        corners = spots[mesh.triangles]
        a, b, c = mesh.vertices[mesh.triangles].transpose(1, 0, 2)
        normals = np.cross(b - a, c - a)
        bright = 60 + 180 * np.abs(normals[:, 1]) / (np.linalg.norm(normals, axis=1) + 1e-9)
        for t in np.argsort(-corners[:, :, 2].mean(1)):
            cv2.fillConvexPoly(image, corners[t, :, :2].astype(np.int32), float(bright[t]))
    return image
