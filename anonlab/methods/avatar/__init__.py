"""The method `avatar`: every person is replaced by an artificial one in the same pose.

What happens to an item:

1. Once through it: points with depth of every person, every EVERY_S seconds (role `depth` of `models`, run on the boxes
   that are given; no person is looked for here), and the room without people, the median over the frames in which a
   spot is clear.
2. Tracks that follow each other closely, or see the same body at once, become one person. Points are smoothed over
   time, which also fills the frames between and short gaps in which the person is held, not seen. Every person gets one
   of a cast that is drawn from a secret (`identities`).
3. Once more: the areas to be covered are filled with what is behind them, and the avatars are drawn over them, back to
   front. Where a clip mostly shows the room, and shows nothing else now, nobody is drawn who is only held, and no legs
   are: something stands in front of them.

What is promised, for every frame:

- inside the areas of `regions.find` no pixel of the original is left, and every pixel differs from the original's: they
  hold the background, an avatar, or where a person cannot be fitted the blur of the method `blur`. Somebody who rests
  and is missed in much of a clip becomes its background;
- outside, pixels change within REACH of an area only, where an avatar is larger than its person was or its edge is
  blended; along limbs that are hidden by something in front of them SLACK takes the place of REACH;
- nothing of how a person looks goes into its avatar: identity from the secret, light and colour from the surroundings.
  But in a clip an avatar's legs end where they could not be told from the room;
- gray stays gray, size and type stay; the same secret and the same generator give the same pixels.

What is *not* hidden: pose, gait, place and size, as with every method that keeps the pose. Whole bodies are replaced
whatever the region: a new head on the old clothes would be half an anonymization.

A person counts as `avatar`, `fallback` or, held where only the room is to be seen, `nobody` in every frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab import models
from anonlab.methods import clips, covering, regions
from anonlab.methods.avatar import (
    background,
    bounds,
    composing,
    drawing,
    identities,
    order,
    surroundings,
    tracks,
)
from anonlab.methods.clips import Clip, Frame, Result
from anonlab.methods.regions import Area
from anonlab.models.contracts import DeepPose, DepthEstimator, Image, Persons

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

EVERY_S: Final = 0.08
"""People change little in so many seconds: at 25 frames per second points are looked for in every second frame."""
EXTRA: Final = 0.015
"""The background reaches this share of the long side beyond an area: masks miss the soft edge of a person."""


@dataclass(frozen=True)
class _Plan:
    """What the first pass found out. People are called by the number of their first track.

    Attributes:
        person: of every track.
        poses: points, by person and frame.
        cast: who takes the place of each person.
        looks: what pictures are like around each person.
        plate: the room without people; None for a picture.
    """

    person: dict[int, int]
    poses: dict[int, dict[int, DeepPose]]
    cast: dict[int, int]
    looks: dict[int, surroundings.Look]
    plate: background.Plate | None

    def person_of(self, frame: Frame, row: int) -> int | None:
        """Whom a row of a frame shows; None where no points were found."""
        return self.person.get(int(frame.tracks[row]))


@dataclass(frozen=True)
class Avatar:
    """The method with its settings; it can be sent to another process.

    Attributes:
        grow_frac: by how much the areas are grown, as a share of the person's long side.
        estimator: finds points with depth; None = the embedded one, loaded when first needed.
        secret: identities are drawn from it; None = the run's own.
        region: accepted for the sake of the other methods.
    """

    grow_frac: float = 0.0
    estimator: DepthEstimator | None = None
    secret: bytes | None = None
    region: str = "body"

    @property
    def fingerprint(self) -> str:
        """What may be told of the secret: a hash."""
        return identities.fingerprint(self._key())

    def _key(self) -> bytes:
        return identities.secret() if self.secret is None else self.secret

    def __call__(self, image: Image, persons: Persons, rng: np.random.Generator) -> Image:
        """A picture by itself, as the other methods have it."""
        (result,) = self.clip(clips.single(image, persons), rng)
        return result.image

    def clip(self, clip: Clip, rng: np.random.Generator) -> Iterator[Result]:
        """Anonymize an item frame by frame."""
        plan = self._plan(clip)
        for number, frame in enumerate(clip.frames()):
            yield self._frame(frame, number, plan, rng)

    def _plan(self, clip: Clip) -> _Plan:
        estimator = self.estimator or models.load("depth", "blazepose")
        every = max(1, round(EVERY_S * clip.fps))
        seen: dict[int, tracks.Track] = {}
        hints: dict[int, Floats] = {}
        sampler = background.Sampler()
        for number, frame in enumerate(clip.frames()):
            covering.check_picture(frame.image, frame.persons)
            hints |= _add(estimator, frame, number, every, hints, seen)
            sampler.add(self._sample(frame))
        first = tracks.linked(seen, clip.fps)
        people = tracks.joined(seen, first)
        return _Plan(
            person=first,
            poses={person: tracks.smoothed(points, clip.fps) for person, points in people.items()},
            cast=identities.cast(self._key(), clip.name, list(people)),
            looks={person: _look(points, sampler) for person, points in people.items()},
            plate=sampler.plate() if sampler.n_seen > 1 else None,
        )

    def _sample(self, frame: Frame) -> background.Sample:
        """What a frame tells of the room."""
        seen = np.array([frame.sees(row) for row in range(len(frame.persons))], bool)
        by_seen, by_held = (self._hidden(frame.persons.take(np.flatnonzero(rows))) for rows in (seen, ~seen))
        return background.Sample(frame.image, by_seen | by_held | frame.unsure, by_seen)

    def _hidden(self, persons: Persons) -> Mask:
        """Where people, their soft edges included, hide what is behind them (H, W)."""
        return regions.covered(persons, "body", self.grow_frac + EXTRA)

    def _frame(self, frame: Frame, number: int, plan: _Plan, rng: np.random.Generator) -> Result:
        areas: dict[int, Area] = {}
        for row in range(len(frame.persons)):
            for area in regions.find(frame.persons.take([row]), "body", self.grow_frac):
                areas[row] = area
        if not areas:
            return Result(frame, frame.image.copy(), {"avatar": 0, "fallback": 0, "nobody": 0})
        hidden = self._hidden(frame.persons)
        room = background.room(frame.image, hidden, plan.plate)
        ground = composing.Ground(frame.image, areas, hidden, room)
        nobody = _nobody(frame, ground)
        sprites = self._sprites(frame, number, plan, ground, nobody)
        people = order.back_to_front(sprites)
        layers = [(sprites[person], plan.looks[person]) for person in people]
        by_person: Mapping[Any, drawing.Sprite] = sprites
        drawn = {row: by_person.get(plan.person_of(frame, row)) for row in areas.keys() - nobody}
        unfit = [row for row, sprite in drawn.items() if not _replaced(frame, row, ground, sprite)]
        out = composing.composed(ground, layers, sorted(unfit), rng)
        n_avatars = len(areas) - len(unfit) - len(nobody)
        return Result(frame, out, {"avatar": n_avatars, "fallback": len(unfit), "nobody": len(nobody)})

    def _sprites(
        self, frame: Frame, number: int, plan: _Plan, ground: composing.Ground, nobody: set[int]
    ) -> dict[int, drawing.Sprite]:
        """Avatars, by person, of those who can be fitted.

        Somebody whom the detector saw twice gets one avatar, fitted to where it was seen rather than held.
        """
        who = {row: plan.person_of(frame, row) for row in ground.areas if row not in nobody}
        visible = {person for row, person in who.items() if frame.sees(row)}
        sprites: dict[int, drawing.Sprite] = {}
        for row, person in who.items():
            if person is None or person in sprites or (person in visible and not frame.sees(row)):
                continue
            pose = plan.poses[person].get(number)
            if pose is None:
                continue
            one = bounds.Target(pose, ground.areas[row], frame.persons.masks[row], frame.sees(row))
            identity = identities.person(self._key(), plan.cast[person])
            drawn = drawing.sprite(identity, one, plan.looks[person], ground.room)
            if drawn is not None:
                sprites[person] = drawn
        return sprites


def _replaced(frame: Frame, row: int, ground: composing.Ground, avatar: drawing.Sprite | None) -> bool:
    """Whether an avatar stands for what a row shows.

    Not if it is the second sight of somebody and mostly something else, unless it is known what that looks like.
    """
    if avatar is None:
        return False
    known = ground.room is not None or not frame.sees(row) or avatar.target.area is ground.areas[row]
    return known or avatar.fills(frame.persons.masks[row])


def _nobody(frame: Frame, ground: composing.Ground) -> set[int]:
    """The rows of people who are only held where nothing but the room is to be seen; who was seen is never doubted."""
    room = ground.room
    return {
        row
        for row, area in ground.areas.items()
        if room and not frame.sees(row) and room.shows_nobody(frame.persons.masks[row], area.window)
    }


def _add(
    estimator: DepthEstimator,
    frame: Frame,
    number: int,
    every: int,
    hints: dict[int, Floats],
    seen: dict[int, tracks.Track],
) -> dict[int, Floats]:
    """Add those who are seen in a frame to the tracks, and at every n-th their points; returns hints for the next.

    Who is not known yet is looked at at once.
    """
    sights = {int(track): row for row, track in enumerate(frame.tracks) if frame.sees(row)}
    wanted = {track: row for track, row in sights.items() if number % every == 0 or track not in seen}
    poses = DeepPose.none(0)
    if wanted:
        boxes = frame.persons.boxes_xyxy[list(wanted.values())]
        unknown = np.full(4, np.nan, np.float32)
        known = np.stack([hints.get(track, unknown) for track in wanted])
        poses = estimator.estimate(frame.image, boxes, known if hints else None)
        for place, track in enumerate(wanted):
            seen.setdefault(track, tracks.Track()).add(number, boxes[place], poses.take([place]))
    for track in sights:
        seen[track].last = number
    return dict(zip(wanted, poses.hints, strict=True))


def _look(points: tracks.Track, sampler: background.Sampler) -> surroundings.Look:
    """What pictures are like around a person, measured in the frame nearest to the middle."""
    middle = len(points.frames) // 2
    sample = sampler.samples[min(points.frames[middle] // sampler.every, len(sampler.samples) - 1)]
    return surroundings.measured(sample.image, sample.hidden, points.boxes[middle])
