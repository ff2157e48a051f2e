"""The method `avatar`: every person is replaced by an artificial one in the same pose.

What happens to an item:

1. Once through it: points with depth of every person (role `depth` of `models`, run on the boxes that are given; no
   person is looked for here), and the room without people, the median over the frames in which a spot is clear.
2. Tracks that follow each other closely, or see the same body at once, become one person, points are smoothed over
   time, and every person gets one of a cast that is drawn from a secret (`identities`).
3. Once more: the areas to be covered are filled with what is behind them, and the avatars are drawn over them, the
   farthest first.

What is promised, for every frame:

- inside the areas of `regions.find` no pixel of the original is left, and every pixel differs from the original's: they
  hold the background, an avatar, or where a person cannot be fitted the blur of the method `blur`;
- outside, pixels change within REACH of an area only, where an avatar is larger than its person was or its edge is
  blended; along limbs that are hidden by something in front of them SLACK takes the place of REACH;
- nothing of how a person looks goes into its avatar: identity from the secret, light and colour from the surroundings;
- gray stays gray, size and type stay; the same secret and the same generator give the same pixels.

What is *not* hidden: pose, gait, place and size, as with every method that keeps the pose. Whole bodies are replaced
whatever the region: a new head on the old clothes would be half an anonymization.

A person counts as `avatar` or `fallback` in every frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab import models
from anonlab.methods import clips, covering, filters, regions
from anonlab.methods.avatar import background, drawing, identities, surroundings, tracks
from anonlab.methods.clips import Clip, Frame, Result
from anonlab.methods.regions import Area
from anonlab.models.contracts import DeepPose, DepthEstimator, Image, Persons

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

EXTRA: Final = 0.015
"""The background reaches this share of the long side beyond an area: masks miss the soft edge of a person."""
FADE_PX: Final = 3.0
OFTEN: Final = 0.3
"""Share of a clip's frames in which a spot is clear from which it shows the room rather than a resting person."""
FALLBACK_SIGMA_FRAC: Final = 0.015
"""Strength of the blur for those who cannot be fitted: the default of the method `blur`."""


@dataclass(frozen=True)
class _Plan:
    """What the first pass found out: per person of a frame points, and of a whole clip background and looks."""

    poses: dict[int, dict[int, DeepPose]]  # track -> frame -> points
    person: dict[int, int]  # track -> first track of the same person
    cast: dict[int, int]
    looks: dict[int, surroundings.Look]
    plate: background.Plate | None


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
        seen: dict[int, tracks.Track] = {}
        hints: dict[int, Floats] = {}
        sampler = background.Sampler()
        for number, frame in enumerate(clip.frames()):
            covering.check_picture(frame.image, frame.persons)
            hints = _add(estimator, frame, number, hints, seen)
            sampler.add(frame.image, self._hidden(frame.persons) | frame.unsure)
        first = tracks.linked(seen, clip.fps)
        members = identities.cast(self._key(), clip.name, list(first.values()))
        plate = sampler.plate() if sampler.n_seen > 1 else None
        return _Plan(
            poses={track: tracks.smoothed(points, clip.fps) for track, points in seen.items()},
            person=first,
            cast={track: members[start] for track, start in first.items()},
            looks=_looks(seen, first, sampler),
            plate=plate,
        )

    def _hidden(self, persons: Persons) -> Mask:
        """Where people, their soft edges included, hide what is behind them (H, W)."""
        return regions.covered(persons, "body", self.grow_frac + EXTRA)

    def _frame(self, frame: Frame, number: int, plan: _Plan, rng: np.random.Generator) -> Result:
        image, persons = frame.image, frame.persons
        areas: dict[int, Area] = {}
        for row in range(len(persons)):
            for area in regions.find(persons.take([row]), "body", self.grow_frac):
                areas[row] = area
        if not areas:
            return Result(frame, image.copy(), {"avatar": 0, "fallback": 0})
        noise = np.frombuffer(rng.bytes(image[..., 0].size), np.uint8).reshape(image.shape[:2])
        covered = regions.covered(persons, "body", self.grow_frac)
        plate = None if plan.plate is None else plan.plate.image
        canvas = _without_people(image, covered, self._hidden(persons), plate)
        layers, unfit = self._layers(frame, number, plan, areas)
        fitted = np.zeros_like(covered)
        for row, area in areas.items():
            fitted[area.window.at] |= area.mask & (row not in unfit)
        # Masks overlap: what is blurred must not bring back somebody in whose place an avatar stands.
        source = np.where(fitted[..., None], np.rint(canvas).astype(np.uint8), image)
        for area in (areas[row] for row in unfit):
            alone = area.mask & ~fitted[area.window.at]
            sigma = FALLBACK_SIGMA_FRAC * area.long_side_px
            canvas[area.window.at][alone] = covering.blurred(source, area, sigma)[alone]
        gray = bool((image == image[..., :1]).all())
        for drawn, look in layers:
            _lay(canvas, drawn, look, gray, rng)
        out = np.clip(np.rint(canvas), 0, 255).astype(np.uint8)
        out = np.where(covered[..., None], filters.unlike(image, out, noise), out)
        return Result(frame, out, {"avatar": len(areas) - len(unfit), "fallback": len(unfit)})

    def _layers(
        self, frame: Frame, number: int, plan: _Plan, areas: dict[int, Area]
    ) -> tuple[list[tuple[drawing.Sprite, surroundings.Look]], list[int]]:
        """Avatars with their looks, the farthest first, and the rows of those for whom there is none.

        Somebody whom the detector saw twice gets one avatar: that of the track that lasts longer.
        """
        sprites: dict[int, drawing.Sprite] = {}
        for row, area in areas.items():
            drawn = self._sprite(plan, int(frame.tracks[row]), number, area, frame.persons.masks[row])
            if drawn is not None:
                sprites[row] = drawn
        chosen: dict[int, int] = {}
        for row in sorted(sprites, key=lambda row: -len(plan.poses[int(frame.tracks[row])])):
            chosen.setdefault(plan.person[int(frame.tracks[row])], row)
        unfit = [row for row in areas if plan.person[int(frame.tracks[row])] not in chosen]
        layers = [(sprites[row], plan.looks[int(frame.tracks[row])]) for row in chosen.values()]
        return sorted(layers, key=lambda layer: -layer[0].distance), unfit

    def _sprite(self, plan: _Plan, track: int, number: int, area: Area, mask: Mask) -> drawing.Sprite | None:
        pose = plan.poses.get(track, {}).get(number)
        if pose is None:
            return None
        person = identities.person(self._key(), plan.cast[track])
        often_clear = None if plan.plate is None else plan.plate.clear > OFTEN
        return drawing.sprite(person, pose, area, mask, plan.looks[track], often_clear)


def _add(
    estimator: DepthEstimator,
    frame: Frame,
    number: int,
    hints: dict[int, Floats],
    seen: dict[int, tracks.Track],
) -> dict[int, Floats]:
    """Add the points of everybody in a frame to the tracks; returns hints for the next one."""
    if not len(frame.persons):
        return {}
    numbers = [int(track) for track in frame.tracks]
    unknown = np.full(4, np.nan, np.float32)
    known = np.stack([hints.get(track, unknown) for track in numbers])
    poses = estimator.estimate(frame.image, frame.persons.boxes_xyxy, known if hints else None)
    for row, track in enumerate(numbers):
        seen.setdefault(track, tracks.Track()).add(number, frame.persons.boxes_xyxy[row], poses.take([row]))
    return {track: poses.hints[row] for row, track in enumerate(numbers)}


def _looks(
    seen: dict[int, tracks.Track], first: dict[int, int], sampler: background.Sampler
) -> dict[int, surroundings.Look]:
    """What pictures are like around every person: measured once per person, in the frame nearest to the middle."""
    looks: dict[int, surroundings.Look] = {}
    for track, points in seen.items():
        middle = points.frames[len(points.frames) // 2]
        image, hidden = sampler.samples[min(middle // sampler.every, len(sampler.samples) - 1)]
        if first[track] not in looks:
            looks[first[track]] = surroundings.measured(image, hidden, points.boxes[len(points.boxes) // 2])
        looks[track] = looks[first[track]]
    return looks


def _without_people(image: Image, covered: Mask, hidden: Mask, plate: Image | None) -> Floats:
    """The picture (H, W, 3) float32 with what people hide filled; outside the covered areas the filling fades out."""
    filled = background.behind(image, hidden, plate).astype(np.float32)
    within = cv2.distanceTransform(np.pad(hidden, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)[
        1:-1, 1:-1
    ]
    share = np.where(covered, 1.0, np.clip(within / FADE_PX, 0, 1)).astype(np.float32)[..., None]
    return np.asarray(image * (1 - share) + filled * share, np.float32)


def _lay(
    canvas: Floats, drawn: drawing.Sprite, look: surroundings.Look, gray: bool, rng: np.random.Generator
) -> None:
    """Lay an avatar on the canvas, in place."""
    part = canvas[drawn.window.at]
    alpha = drawn.alpha[..., None]
    colour = drawn.colour + surroundings.grain(drawn.alpha.shape, gray, look, rng)
    if gray:
        colour = np.repeat(colour.mean(axis=2, keepdims=True), 3, axis=2)
    part *= 1 - (1 - drawn.shade[..., None]) * drawn.allowed[..., None]
    part[:] = part * (1 - alpha) + colour * alpha
