"""From a shot to what happens in it: the room, the camera, and people who play their parts."""

from __future__ import annotations

from dataclasses import dataclass

from anonlab.synth import rooms
from anonlab.synth.playing import Part, Performer
from anonlab.synth.render.camera import Camera
from anonlab.synth.shots import Shot
from anonlab.synth.spots import Spot


@dataclass(frozen=True)
class Scene:
    """All that a shot shows."""

    room: rooms.Room
    camera: Camera
    performers: tuple[Performer, ...]


def direct(shot: Shot) -> Scene:
    """Decide everything about a shot from its seed."""
    room = rooms.build(shot.scenario)
    camera = room.camera(shot.rng(1), (shot.width, shot.height))
    performers: list[Performer] = []
    taken: list[Spot] = []
    for number, focus in reversed(list(enumerate(shot.focuses))):  # who stays comes before who walks about
        performer, spot = Part(shot, room, camera, taken, number).play(focus)
        performers.append(performer)
        taken.append(spot)
    return Scene(room, camera, tuple(performers[::-1]))
