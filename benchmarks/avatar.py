"""The avatar on a core: one person per frame, in a clip of 640 x 480 and in a picture of 1280 x 960."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from anonlab.methods import clips
from anonlab.methods.avatar import Avatar, patches
from anonlab.methods.clips import Clip, Frame
from anonlab.models.contracts import Image, Persons
from anonlab.synth import people
from anonlab.synth.body import Pose
from anonlab.synth.render import renderer
from anonlab.synth.render.camera import Camera
from anonlab.synth.render.develop import Sensor, develop
from anonlab.synth.render.lights import Ambient, Light
from benchmarks.common import Row

GOALS: dict[str, tuple[int, int, int, float]] = {
    "clip": (640, 480, 20, 0.25),
    "picture": (1280, 960, 1, 0.60),
}
"""Width, height, frames, and seconds per person and frame at most."""
STAGE = renderer.Stage(
    (Light((2.5, 6, 4), (0, 1, 0), (0.9, 0.9, 0.85)),), Ambient((0.4, 0.4, 0.4), (0.2, 0.2, 0.2))
)


def run() -> list[Row]:
    """CPU seconds per person and frame, everything included: points, background, drawing."""
    cv2.setNumThreads(1)
    rows = []
    for what, (width, height, n_frames, goal) in GOALS.items():
        image, persons = scene(width, height)
        clip = Clip(_frames(image, persons, n_frames), 25.0 if n_frames > 1 else 0.0, what)
        took = min(_cpu_s(lambda clip=clip: list(_anonymized(clip))) for _ in range(3)) / n_frames
        label = f"avatar, {what} of {width} x {height}: CPU s per person and frame"
        rows.append(Row(label, f"{took:.3f} s", f"{goal:g} s", took, goal, at_most=True))
    return [*rows, _hole()]


def scene(width: int, height: int) -> tuple[Image, Persons]:
    """Somebody who stands in front of a wall with structure, three quarters as tall as the picture."""
    rng = np.random.default_rng(0)
    layers = (rng.uniform(0, 255, (height // k + 1, width // k + 1, 3)) for k in (2, 16, 64))
    wall = np.mean([cv2.resize(layer, (width, height)) for layer in layers], axis=0)
    person = people.person(people.identity(rng, people.Gear()))
    camera = Camera((0, 1.0, 4.2), (0, 0.9, 0), 34, width, height)
    drawn = renderer.Renderer(STAGE, camera, 1).render([person.posed(Pose()).mesh])
    mask = drawn.shares[0] >= 0.5
    image = np.where(mask[..., None], develop(drawn.radiance, Sensor(), rng), wall).astype(np.uint8)
    y, x = np.nonzero(mask)
    box = np.array([[x.min(), y.min(), x.max() + 1, y.max() + 1]], np.float32)
    return image, Persons(box, np.ones(1, np.float32), mask[None], np.full_like(box, np.nan))


def _frames(image: Image, persons: Persons, n_frames: int) -> Callable[[], Iterator[Frame]]:
    return lambda: iter([Frame(image, persons, np.array([0]))] * n_frames)


def _anonymized(clip: Clip) -> Iterator[clips.Result]:
    return Avatar(grow_frac=0.02, secret=b"bench").clip(clip, np.random.default_rng(0))


def _hole() -> Row:
    """A hole as large as a person, filled: ours against OpenCV's smooth fill."""
    image, persons = scene(640, 480)
    hole = persons.masks[0]
    ours = min(_cpu_s(lambda: patches.complete(image, hole)) for _ in range(3))
    smooth = _cpu_s(lambda: cv2.inpaint(image, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA))
    return Row(
        "fill a person's hole, 640 x 480 / cv2.inpaint", f"{ours:.2f} s", f"{smooth:.2f} s", smooth / ours
    )


def _cpu_s(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
