"""Methods that need more of an item than one picture: a clip that can be gone through, and what comes of each frame.

Most methods are a function of one picture. One that follows people through time, or that has to see the room behind
them, is an object with a method `clip` that takes the whole item and yields its frames; it may go through the item as
often as it likes. `results` makes no difference between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from anonlab.models.contracts import Image, Persons


class Frame(NamedTuple):
    """One frame of a clip.

    Attributes:
        image: the picture.
        persons: the N persons whose places are known.
        tracks: (N,) the number of each one's track, constant over the clip.
        held: (N,) who is not seen in this frame, only taken to be where it was; None if everybody is seen.
        unsure: whether somebody may be anywhere else in it: nothing of it is known to be background.
    """

    image: Image
    persons: Persons
    tracks: NDArray[np.intp]
    held: NDArray[np.bool_] | None = None
    unsure: bool = False

    def sees(self, row: int) -> bool:
        """Whether the person at `row` is seen in this frame."""
        return self.held is None or not self.held[row]


@dataclass(frozen=True)
class Clip:
    """One item.

    Attributes:
        frames: starts anew at the first frame with every call.
        fps: frames per second; 0 for an image.
        name: of the item; what has to differ from item to item is made from it.
    """

    frames: Callable[[], Iterator[Frame]]
    fps: float = 0.0
    name: str = ""


@dataclass(frozen=True)
class Result:
    """A frame, its anonymized picture, and how many persons were treated in which way, by the method's own names."""

    frame: Frame
    image: Image
    counts: dict[str, int] = field(default_factory=dict)


@runtime_checkable
class ClipMethod(Protocol):
    """A method that wants the whole item."""

    def clip(self, clip: Clip, rng: np.random.Generator) -> Iterator[Result]:
        """Anonymize an item frame by frame."""
        ...


def results(method: Any, clip: Clip, rng: np.random.Generator) -> Iterator[Result]:
    """The anonymized frames of an item, one by one, whichever kind of method it is."""
    if isinstance(method, ClipMethod):
        yield from method.clip(clip, rng)
        return
    for frame in clip.frames():
        yield Result(frame, method(frame.image, frame.persons, rng))


def single(image: Image, persons: Persons) -> Clip:
    """A picture as an item of one frame."""
    frame = Frame(image, persons, np.arange(len(persons)))
    return Clip(lambda: iter([frame]))
