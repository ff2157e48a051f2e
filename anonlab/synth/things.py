"""Things that people lift, carry and put down."""

from __future__ import annotations

from functools import lru_cache

from anonlab.synth.motion.script import Thing
from anonlab.synth.rooms import props
from anonlab.synth.rooms.solids import Piece

THINGS = ("carton", "toolbox", "tray")


@lru_cache(maxsize=len(THINGS))
def thing(kind: str) -> Thing:
    """A kind of thing with its size."""
    x0, y0, z0, x1, y1, z1 = solid(kind).bounds()
    return Thing(kind, (x1 - x0, y1 - y0, z1 - z0))


@lru_cache(maxsize=len(THINGS))
def solid(kind: str) -> Piece:
    """A kind of thing standing on y = 0."""
    piece: Piece = getattr(props, kind)()
    return piece
