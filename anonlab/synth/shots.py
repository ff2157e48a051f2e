"""Which images and clips there are: a plan that a seed decides, and that no other split shares.

A shot is only numbers and names. What happens in it is directed from its seed when its frames are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anonlab.errors import ParameterError, suggestion

SPLITS = ("evaluation", "training", "validation", "tuning", "test")
SCENARIOS = ("office", "visionlab_assembly", "visionlab_machine", "industrial_machine")
FOCUSES = ("touch", "walk", "bend", "lift", "sit", "hold", "crouch", "put", "stand")
FPS = 25.0
_MEDIA = ("images", "videos")
_IMAGE_PEOPLE = (1, 2, 1, 3, 1, 2)
_CLIP_PEOPLE = (1, 1, 2, 1)


@dataclass(frozen=True)
class Shot:
    """One image or clip to be made.

    Attributes:
        item: where it belongs, without ending, such as "videos/office/office_clip_01".
        scenario: name of the room; media: "images" or "videos".
        width, height: pixels; fps: frames a second; n_frames: 1 for an image.
        seed: of the whole plan; key: what makes this shot's random numbers its own (split, media, index).
        focuses: for every person the activity that the shot is about, where the room allows it.
        entering, leaving: whether the first person comes in after the start, or is gone before the end.
    """

    item: str
    scenario: str
    media: str
    width: int
    height: int
    fps: float
    n_frames: int
    seed: int
    key: tuple[int, int, int]
    focuses: tuple[str, ...]
    entering: bool = False
    leaving: bool = False

    def sequence(self, *more: int) -> np.random.SeedSequence:
        """The seed of this shot, or of a part of it that further numbers name."""
        return np.random.SeedSequence(self.seed, spawn_key=(*self.key, *more))

    def rng(self, *more: int) -> np.random.Generator:
        """Random numbers that no other shot of any split has."""
        return np.random.default_rng(self.sequence(*more))


def plan(
    split: str,
    seed: int,
    n_images: int = 38,
    n_clips: int = 14,
    image_wh: tuple[int, int] = (1280, 960),
    clip_wh: tuple[int, int] = (640, 480),
    seconds: tuple[float, float] = (4.0, 8.0),
) -> list[Shot]:
    """All shots of a split: images and clips evenly over the four scenarios, activities evenly over the shots.

    Raises:
        ParameterError: there is no such split.
    """
    if split not in SPLITS:
        raise ParameterError(f"synth: there is no split {split!r}; {suggestion(split, SPLITS)}")
    images = [_image(split, seed, *where, image_wh) for where in _spread(n_images)]
    clips = [_clip(split, seed, *where, clip_wh, seconds) for where in _spread(n_clips)]
    return images + clips


def _spread(count: int) -> Iterator[tuple[int, str, int]]:
    """(index over all, scenario, number in the scenario from 1) of so many items: 38 are 10, 10, 9 and 9."""
    index = 0
    for i, scenario in enumerate(SCENARIOS):
        for number in range(1, count // len(SCENARIOS) + (i < count % len(SCENARIOS)) + 1):
            yield index, scenario, number
            index += 1


def _image(split: str, seed: int, index: int, scenario: str, number: int, wh: tuple[int, int]) -> Shot:
    key = (SPLITS.index(split), _MEDIA.index("images"), index)
    n_people = _IMAGE_PEOPLE[index % len(_IMAGE_PEOPLE)]
    focuses = tuple(_focus(2 * index + 5 * i) for i in range(n_people))
    item = f"images/{scenario}/{scenario}_{number:03d}"
    return Shot(item, scenario, "images", *wh, FPS, 1, seed, key, focuses)


def _clip(
    split: str,
    seed: int,
    index: int,
    scenario: str,
    number: int,
    wh: tuple[int, int],
    seconds: tuple[float, float],
) -> Shot:
    key = (SPLITS.index(split), _MEDIA.index("videos"), index)
    n_people = _CLIP_PEOPLE[index % len(_CLIP_PEOPLE)]
    focuses = tuple(_focus(index + 4 * i) for i in range(n_people))
    item = f"videos/{scenario}/{scenario}_clip_{number:02d}"
    length = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*key, 0))).uniform(*seconds)
    entering, leaving = n_people == 1 and index % 4 == 1, n_people == 1 and index % 4 == 3
    if entering or leaving:  # takes its time
        length = max(length, 0.9 * seconds[1])
    n_frames = max(1, round(FPS * length))
    return Shot(
        item, scenario, "videos", *wh, FPS, n_frames, seed, key, focuses, entering=entering, leaving=leaving
    )


def _focus(number: int) -> str:
    return FOCUSES[number % len(FOCUSES)]
