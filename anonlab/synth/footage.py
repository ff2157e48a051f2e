"""The frames of a shot, with what is true of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import directing, things
from anonlab.synth.directing import Scene
from anonlab.synth.meshes import Mesh
from anonlab.synth.render.develop import develop
from anonlab.synth.render.renderer import Renderer
from anonlab.synth.shots import Shot
from anonlab.synth.truth import TruePerson, true_person


@dataclass(frozen=True)
class Frame:
    """One picture: its index in the shot, (H, W, 3) uint8 RGB, and everyone who is seen in it."""

    index: int
    image: NDArray[np.uint8]
    persons: tuple[TruePerson, ...]


def frames(shot: Shot, every: int = 1) -> Iterator[Frame]:
    """Frames 0, every, 2 * every ... of a shot; each is the same however many others are made."""
    scene = directing.direct(shot)
    renderer = Renderer(scene.room, scene.camera)
    for index in range(0, shot.n_frames, every):
        yield _frame(shot, scene, renderer, index)


def _frame(shot: Shot, scene: Scene, renderer: Renderer, index: int) -> Frame:
    seconds = index / shot.fps
    posed = [performer.person.posed(performer.pose(seconds)) for performer in scene.performers]
    render = renderer.render([*(person.mesh for person in posed), *_things(scene, seconds)])
    image = develop(render.radiance, scene.room.sensor, shot.rng(4, index))
    found = [
        true_person(
            track,
            person.landmarks,
            render.shares[track],
            render.inverse_depth,
            scene.camera,
            scene.performers[track].actions(seconds),
        )
        for track, person in enumerate(posed)
    ]
    return Frame(index, image, tuple(person for person in found if person is not None))


def _things(scene: Scene, seconds: float) -> list[Mesh]:
    """All that can be carried, where it is now."""
    return [
        things.solid(thing.kind).yaw(yaw).at(*place).mesh()
        for performer in scene.performers
        for thing, place, yaw in performer.things(seconds)
    ]
