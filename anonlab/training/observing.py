"""What the pose network sees of a synthetic clip, and what is true of it: all that training needs of the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab import ava, engine, models
from anonlab.models.skeleton_actions.observation import FRAME_INTERVAL, N_POINTS, Observation, observe
from anonlab.progress import counted
from anonlab.synth import shots
from anonlab.synth.shots import Shot

Floats = NDArray[np.floating[Any]]

FILE: Final = "seen.npz"


@dataclass(frozen=True)
class Seen:
    """The observed frames of one clip: M persons found and P true ones, over all frames in turn.

    Attributes:
        n_found, n_true: (frames,) how many persons each frame has.
        boxes_xyxy: (M, 4); keypoints: (M, 21, 2); scores: (M, 21), as found.
        true_boxes_xyxy: (P, 4), pixels, around what is visible.
        true_labels: (P, 60) bool, the classes that hold.
    """

    n_found: NDArray[np.int64]
    n_true: NDArray[np.int64]
    boxes_xyxy: Floats
    keypoints: Floats
    scores: Floats
    true_boxes_xyxy: Floats
    true_labels: NDArray[np.bool_]

    def observations(self) -> list[Observation]:
        """What was found, frame by frame."""
        return [
            Observation(self.boxes_xyxy[rows], self.keypoints[rows], self.scores[rows])
            for rows in _slices(self.n_found)
        ]

    def truths(self) -> list[tuple[Floats, NDArray[np.bool_]]]:
        """What is true, frame by frame: boxes (p, 4) and labels (p, 60)."""
        return [(self.true_boxes_xyxy[rows], self.true_labels[rows]) for rows in _slices(self.n_true)]


def observed(
    split: str,
    seed: int,
    n_clips: int,
    seconds: Sequence[float],
    *,
    detector: str,
    min_score: float,
    workers: int | None = None,
    store: Path | None = None,
) -> list[Seen]:
    """The clips of a split of the synthetic scenes as the detector and the pose network see them.

    Args:
        split: "training" or "validation": other people and cameras than those that are evaluated.
        seed: of the scenes.
        n_clips: how many, evenly over the four scenarios.
        seconds: shortest and longest clip.
        detector, min_score: as in the section `actions`.
    """
    plan = shots.plan(split, seed, n_images=0, n_clips=n_clips, seconds=(seconds[0], seconds[1]))
    settings = {"detector": detector, "min_score": min_score}
    tasks = [
        engine.Task(
            shot.item,
            {"shot": shot, **settings},
            {"shot": asdict(shot), "interval": FRAME_INTERVAL, **settings},
            shot.n_frames,
        )
        for shot in plan
    ]
    folders = engine.run(
        "training", observe_clip, tasks, workers=workers, branch=split, unit="frame", store=store
    )
    return [load(folder / FILE) for folder in folders]


def observe_clip(folder: Path, shot: Shot, detector: str, min_score: float) -> None:
    """Render the frames of a clip that a recogniser looks at, look at them, and write what was seen to `folder`."""
    from anonlab.synth.footage import frames

    persons = models.load("persons", detector)
    found, truths = [], []
    for frame in counted(frames(shot, every=FRAME_INTERVAL), units=FRAME_INTERVAL):
        boxes = persons.detect(frame.image).scoring(min_score).boxes_xyxy
        found.append(observe(frame.image, boxes))
        truths.append([(person.box_xyxy, labels(person.actions)) for person in frame.persons])
    save(collected(found, truths), folder / FILE)


def labels(actions: Sequence[int]) -> NDArray[np.bool_]:
    """AVA ids as a row (60,) bool."""
    row = np.zeros(ava.N_CLASSES, bool)
    row[[list(ava.CLASSES).index(each) for each in actions]] = True
    return row


def collected(
    found: Sequence[Observation], truths: Sequence[Sequence[tuple[Floats, NDArray[np.bool_]]]]
) -> Seen:
    """What was found, and boxes and labels of who is there, of each frame, in one."""
    flat = [person for frame in truths for person in frame]
    return Seen(
        n_found=np.array([len(each) for each in found], np.int64),
        n_true=np.array([len(each) for each in truths], np.int64),
        boxes_xyxy=_joined([each.boxes_xyxy for each in found], (4,)),
        keypoints=_joined([each.keypoints for each in found], (N_POINTS, 2)),
        scores=_joined([each.scores for each in found], (N_POINTS,)),
        true_boxes_xyxy=np.array([box for box, _ in flat], np.float32).reshape(-1, 4),
        true_labels=np.array([row for _, row in flat], bool).reshape(-1, ava.N_CLASSES),
    )


def save(seen: Seen, path: Path) -> None:
    """Write the arrays."""
    np.savez_compressed(path, **{field.name: getattr(seen, field.name) for field in fields(Seen)})


def load(path: Path) -> Seen:
    """Read the arrays."""
    with np.load(path, allow_pickle=False) as file:
        return Seen(**{field.name: file[field.name] for field in fields(Seen)})


def _joined(parts: Sequence[Floats], shape: tuple[int, ...]) -> Floats:
    return np.concatenate([np.zeros((0, *shape), np.float32), *parts]).astype(np.float32)


def _slices(counts: NDArray[np.int64]) -> Iterator[slice]:
    edges = np.concatenate([[0], np.cumsum(counts)]).tolist()
    return (slice(first, last) for first, last in pairwise(edges))
