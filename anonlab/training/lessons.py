"""Windows with their labels, made of what was seen of clips: examples to learn from, and frames to be examined on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab import ava
from anonlab.geometry import assign, box_iou
from anonlab.models.skeleton_actions.features import mirrored, sizes
from anonlab.models.skeleton_actions.observation import CLIP_LEN, N_POINTS
from anonlab.models.skeleton_actions.tracks import Windows, boxes_at_centre, followed, linked
from anonlab.training.observing import Seen

Floats = NDArray[np.floating[Any]]

SAME_IOU: Final = 0.25
"""Somebody found is somebody true if their boxes overlap this much: true boxes end where the visible person ends."""
NOBODY_IOU: Final = 0.05
"""Somebody found who overlaps nobody by more than this is not there, and does nothing."""

TURN: Final = 0.1
STRETCH: Final = 0.08
SHAKE: Final = 0.02
LOST_POINTS: Final = 0.04
LOST_FRAMES: Final = 0.06
"""Augmentation: radians, share, trunks, and shares of points and observations that are forgotten."""


@dataclass(frozen=True)
class Lessons:
    """N persons in windows, with what they do in the centre.

    Attributes:
        windows: of the N persons.
        labels: (N, 60) bool.
        clips: (N,) int, which clip each is from.
    """

    windows: Windows
    labels: NDArray[np.bool_]
    clips: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[Any]) -> Lessons:
        """The examples at `rows`."""
        return Lessons(self.windows.take(rows), self.labels[rows], self.clips[rows])


@dataclass(frozen=True)
class Exam:
    """Frames in which the recogniser has to say what is done, over all persons.

    Attributes:
        windows: of the N persons found in the M frames.
        frames: (N,) int, in which of the frames each was found.
        labels: (M, 60) bool, what is done by anybody who is seen, found or not.
        clips: (M,) int.
    """

    windows: Windows
    frames: NDArray[np.int64]
    labels: NDArray[np.bool_]
    clips: NDArray[np.int64]


def lessons(clips: Sequence[Seen]) -> Lessons:
    """Every person found in the centre of a window of whom it is clear who it is, or that nobody is there."""
    found = [_no_windows()]
    labels = [np.zeros((0, ava.N_CLASSES), bool)]
    numbers = [np.zeros(0, np.int64)]
    for number, seen in enumerate(clips):
        for windows, boxes, truth in _whole_windows(seen):
            person, clear = matched(boxes, truth[0])
            known = np.concatenate([truth[1], np.zeros((1, ava.N_CLASSES), bool)])[person]
            found.append(windows.take(clear))
            labels.append(known[clear])
            numbers.append(np.full(clear.sum(), number))
    return Lessons(Windows.concatenate(found), np.concatenate(labels), np.concatenate(numbers))


def exam(clips: Sequence[Seen]) -> Exam:
    """Every frame that is the centre of a window."""
    found, frames = [_no_windows()], [np.zeros(0, np.int64)]
    labels: list[NDArray[np.bool_]] = []
    numbers: list[int] = []
    for number, seen in enumerate(clips):
        for windows, _, truth in _whole_windows(seen):
            found.append(windows)
            frames.append(np.full(len(windows), len(labels)))
            labels.append(np.asarray(truth[1].any(axis=0)))
            numbers.append(number)
    known = np.array(labels, bool).reshape(-1, ava.N_CLASSES)
    return Exam(Windows.concatenate(found), np.concatenate(frames), known, np.array(numbers, np.int64))


def matched(boxes_xyxy: Floats, true_xyxy: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Who of the true boxes (P, 4) each found box (N, 4) is: (N,), -1 for nobody; and whether that is clear (N,)."""
    overlap = box_iou(boxes_xyxy, true_xyxy)
    person = np.full(len(boxes_xyxy), -1, np.intp)
    one, other = assign(overlap, overlap >= SAME_IOU).T
    person[one] = other
    return person, (person >= 0) | (overlap.max(axis=1, initial=0) <= NOBODY_IOU)


def varied(windows: Windows, rng: np.random.Generator) -> Windows:
    """The windows as another camera, another day and a worse network might have shown them."""
    n, length = windows.seen.shape
    keypoints = windows.keypoints @ _bends(n, rng)[:, None]
    size = sizes(windows.keypoints, windows.scores)
    keypoints = keypoints + rng.normal(0, SHAKE, keypoints.shape) * size[..., None, None]
    lost = rng.random((n, 1, N_POINTS)) < LOST_POINTS
    missed = rng.random((n, length)) < LOST_FRAMES
    changed = Windows(keypoints, np.where(lost, 0, windows.scores), windows.seen & ~missed)
    flip = np.asarray(rng.random(n) < 0.5)
    other = mirrored(changed)
    return Windows(
        np.where(flip[:, None, None, None], other.keypoints, changed.keypoints),
        np.where(flip[:, None, None], other.scores, changed.scores),
        changed.seen,
    )


def _bends(n: int, rng: np.random.Generator) -> Floats:
    """Matrices (n, 2, 2) that turn and stretch a picture a little."""
    angle, stretch = rng.normal(0, TURN / 2, n), 1 + rng.normal(0, STRETCH / 2, n)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cos, sin], axis=-1), np.stack([-sin, cos], axis=-1)], axis=1)
    return np.asarray(turn * np.stack([stretch, 1 / stretch], axis=-1)[:, None])


def _whole_windows(seen: Seen) -> Iterator[tuple[Windows, Floats, tuple[Floats, NDArray[np.bool_]]]]:
    """Persons of the centre, their boxes there, and the truth there, of every whole window of a clip."""
    observations, truths = seen.observations(), seen.truths()
    for first in range(len(observations) - CLIP_LEN + 1):
        centre = first + CLIP_LEN // 2
        window = observations[first : first + CLIP_LEN]
        rows = followed(window)
        yield linked(window, rows), boxes_at_centre(window, rows), truths[centre]


def _no_windows() -> Windows:
    return Windows(
        np.zeros((0, CLIP_LEN, N_POINTS, 2), np.float32),
        np.zeros((0, CLIP_LEN, N_POINTS), np.float32),
        np.zeros((0, CLIP_LEN), bool),
    )
