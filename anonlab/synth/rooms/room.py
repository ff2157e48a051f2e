"""What a room is: scenery, where people may be in it, and cameras that see it well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.meshes import Mesh
from anonlab.synth.render.camera import Camera
from anonlab.synth.render.develop import Sensor
from anonlab.synth.render.lights import Ambient, Light

Point = tuple[float, float, float]
Rectangle = tuple[float, float, float, float]
Box = tuple[float, float, float, float, float, float]
KINDS = ("seat", "surface", "shelf", "floor", "machine")
_TRIES = 200
_EDGE = 0.03


@dataclass(frozen=True)
class Place:
    """Where somebody does something.

    Attributes:
        name: unique in the room.
        kind: one of `KINDS`.
        stand: (x, z) of the pelvis; on a seat, its middle.
        yaw: degrees, where the person looks; 0 = +z, 90 = +x.
        targets: (x, y, z) points that hands can touch, or low on a floor where something can be done.
        height: metres, of the surface or seat; 0 on the floor.
        clear: (x, y, z) points of a surface where nothing stands, so that a carton can.
    """

    name: str
    kind: str
    stand: tuple[float, float]
    yaw: float
    targets: tuple[Point, ...]
    height: float
    clear: tuple[Point, ...] = ()


@dataclass(frozen=True)
class View:
    """A family of cameras: each number is drawn from its range.

    Attributes:
        azimuth: degrees, where the camera stands as seen from the target; 0 = +z, 90 = +x.
        distance: metres from the target, on the floor plan.
        height: metres, of the camera.
        fov: degrees, vertical.
        target: (x, y, z) metres, what is looked at; it varies by 10 cm.
    """

    azimuth: tuple[float, float]
    distance: tuple[float, float]
    height: tuple[float, float]
    fov: tuple[float, float]
    target: Point


@dataclass(frozen=True, eq=False)
class Room:
    """A scenario's place.

    Attributes:
        name: as in `ROOMS`; title: as the paper writes it.
        mesh, lights, ambient: as `renderer.Scenery`.
        gray: whether its cameras see no colour.
        gear: settings of `people.Gear`.
        places: where people do things.
        floors: (x0, z0, x1, z1) rectangles that people can walk on.
        entrances: (x, z), on a floor, outside every camera's picture.
        solids: (x0, y0, z0, x1, y1, z1) boxes around furniture.
        views: families of cameras.
        sensor: of its cameras.
    """

    name: str
    title: str
    mesh: Mesh
    lights: tuple[Light, ...]
    ambient: Ambient
    gray: bool
    gear: Mapping[str, str]
    places: tuple[Place, ...]
    floors: tuple[Rectangle, ...]
    entrances: tuple[tuple[float, float], ...]
    solids: tuple[Box, ...]
    views: tuple[View, ...]
    sensor: Sensor

    def camera(self, rng: np.random.Generator, size_wh: tuple[int, int]) -> Camera:
        """A camera that sees every place, and no entrance; drawn anew until that is so."""
        for number in rng.permutation(len(self.views)):
            for _ in range(_TRIES):
                camera = _drawn(self.views[number], rng, size_wh)
                if self.suits(camera):
                    return camera
        raise RuntimeError(f"room {self.name!r}: no camera sees every place; widen its views")

    def suits(self, camera: Camera) -> bool:
        """Whether a camera sees all places from head to knee and no entrance, from outside the furniture."""
        return (
            all(_seen(camera, _marks(place), _EDGE).all() for place in self.places)
            and not any(_seen(camera, _body(x, z), 0.0).any() for x, z in self.entrances)
            and not any(_inside(camera.eye, box, 0.15) for box in self.solids)
        )


def _drawn(view: View, rng: np.random.Generator, size_wh: tuple[int, int]) -> Camera:
    azimuth = np.radians(rng.uniform(*view.azimuth))
    distance, height, fov = (rng.uniform(*span) for span in (view.distance, view.height, view.fov))
    x, y, z = np.asarray(view.target) + rng.uniform(-0.1, 0.1, 3)
    eye = (x + distance * np.sin(azimuth), height, z + distance * np.cos(azimuth))
    width, rows = size_wh
    return Camera((float(eye[0]), float(eye[1]), float(eye[2])), (x, y, z), float(fov), width, rows)


def _marks(place: Place) -> list[Point]:
    """Points of a place that have to be seen: where its person's head and knees are."""
    x, z = place.stand
    head = place.height + 0.8 if place.kind == "seat" else 1.75
    return [(x, 0.4, z), (x, head, z), (x - 0.25, 1.0, z), (x + 0.25, 1.0, z)]


def _body(x: float, z: float) -> list[Point]:
    """Outline of a person who stands with outstretched arms at a point."""
    return [(x + dx, y, z + dz) for dx in (-0.45, 0.45) for dz in (-0.45, 0.45) for y in (0.0, 0.95, 1.9)]


def _seen(camera: Camera, points: list[Point], edge: float) -> NDArray[np.bool_]:
    """Which points are in the picture, a share of its size away from its edges."""
    x, y, depth = camera.project(np.array(points)).T
    wide, high = edge * camera.width, edge * camera.height
    inside = (x > wide) & (x < camera.width - wide) & (y > high) & (y < camera.height - high)
    return np.asarray(inside & (depth > 0.3))


def _inside(point: Point, box: Box, margin: float) -> bool:
    return all(box[k] - margin < point[k] < box[k + 3] + margin for k in range(3))
