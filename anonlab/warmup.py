"""Compile the loops of renderer and avatars ahead of their first use: `python -m anonlab.warmup`.

It takes half a minute on two cores, and what numba makes of them is kept beside the code.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import numpy as np

from anonlab import masks
from anonlab.methods.avatar import identities
from anonlab.methods.avatar.background import behind
from anonlab.synth import footage, shots
from anonlab.synth.avatar import draw
from anonlab.synth.body import Pose

WIDTH, HEIGHT = 64, 48


def rooms() -> None:
    """Draw one picture of each room, with the people in it."""
    n_rooms = len(shots.SCENARIOS)
    for shot in shots.plan("tuning", 0, 0, n_rooms, clip_wh=(WIDTH, HEIGHT), seconds=(1.0, 1.0)):
        next(footage.frames(shot))


def avatar() -> None:
    """Draw an avatar."""
    mesh = identities.person(b"", 0).posed(Pose()).mesh
    draw.cutout(mesh, 3.0, float(WIDTH), WIDTH, HEIGHT)


def background() -> None:
    """Fill the hole that a person leaves in a picture."""
    picture = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    spot = np.zeros((HEIGHT, WIDTH), bool)
    spot[HEIGHT // 2, WIDTH // 2] = True
    behind(picture, masks.grow(spot, 12), None)


def main() -> None:
    """The background beside the rest, with which it shares no loop: numba keeps them for one writer at a time."""
    with ProcessPoolExecutor(1) as pool:
        beside = pool.submit(background)
        rooms()
        avatar()
        beside.result()


if __name__ == "__main__":
    main()
