"""The four rooms of the study; `build` makes one, once per process."""

from __future__ import annotations

import importlib
from functools import lru_cache

from anonlab.errors import ParameterError, suggestion
from anonlab.synth.rooms.room import Place, Room, View

__all__ = ["ROOMS", "Place", "Room", "View", "build"]

ROOMS = {
    "office": "anonlab.synth.rooms.office",
    "visionlab_assembly": "anonlab.synth.rooms.assembly",
    "visionlab_machine": "anonlab.synth.rooms.machine",
    "industrial_machine": "anonlab.synth.rooms.industrial",
}


@lru_cache(maxsize=len(ROOMS))
def build(name: str) -> Room:
    """The room of that name.

    Raises:
        ParameterError: there is no such room.
    """
    if name not in ROOMS:
        raise ParameterError(f"no room {name!r}: {suggestion(name, ROOMS)}")
    room: Room = importlib.import_module(ROOMS[name]).build()
    return room
