"""Compile the loops of renderer and avatars ahead of their first use: `python -m anonlab.warmup`.

It takes half a minute on two cores, and what numba makes of them is kept beside the code.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import numpy as np

from anonlab import masks
from anonlab.methods.avatar import background, identities
from anonlab.synth import footage, shots
from anonlab.synth.avatar import draw
from anonlab.synth.body import Pose

WIDTH, HEIGHT = 64, 48


def rooms() -> None:
    """Draw one picture of each room, with the people in it."""
    n_rooms = len(shots.SCENARIOS)
    for shot in shots.plan("tuning", 0, 0, n_rooms, clip_wh=(WIDTH, HEIGHT), seconds=(1.0, 1.0)):
        next(footage.frames(shot))


def avatars() -> None:
    """Draw an avatar, and fill the hole that its person leaves."""
    mesh = identities.person(b"", 0).posed(Pose()).mesh
    draw.cutout(mesh, 3.0, float(WIDTH), WIDTH, HEIGHT)
    picture = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    spot = np.zeros((HEIGHT, WIDTH), bool)
    spot[HEIGHT // 2, WIDTH // 2] = True
    background.behind(picture, masks.grow(spot, 12), None)


def main() -> None:
    """Both at once; what both need is compiled twice, which costs nothing but a second core."""
    with ProcessPoolExecutor(2) as pool:
        for each in [pool.submit(rooms), pool.submit(avatars)]:
            each.result()


if __name__ == "__main__":
    main()
