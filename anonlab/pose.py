"""Stage pose: 133 keypoints with raw scores of every person, found anew on each kind of media.

That the whole chain runs again on the anonymized picture is the point of the experiment: the detector itself may fail.
Scores are stored as the network gives them; thresholds are applied in `metrics`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd

from anonlab import engine, items, media, models, records, tables
from anonlab.errors import ParameterError
from anonlab.models import batching
from anonlab.models.contracts import Image, PersonDetector, Persons, Pose, PoseEstimator
from anonlab.paths import DATA
from anonlab.progress import counted

MIN_PART: Final = 50
MAX_PARTS: Final = 8
"""A long clip is shared out in at most so many parts of at least so many analysed frames."""


def run(
    folder: str,
    kind: str,
    *,
    model: str = "blazepose",
    detector: str = "blazepose",
    min_score: float = 0.5,
    every: int = 5,
    workers: int | None = None,
    data: Path = DATA,
    store: Path | None = None,
) -> pd.DataFrame:
    """Estimate poses on every image, and on every n-th frame of every clip, of one kind; write the table `pose`.

    Args:
        folder: the data set; read for the kind `original` only.
        kind: which media.
        model: name of the pose estimator.
        detector: name of the person detector.
        min_score: of a person.
        every: frames of video from one estimate to the next.
    """
    check(model, detector, min_score, every)
    settings = {"model": model, "detector": detector, "min_score": min_score, "every": every}
    tasks = [
        source.task({**settings, "first": part.start, "last": part.stop}, cost=len(part))
        for source in items.sources(folder, data, kind)
        for part in parts(source.row["n_frames"], every)
    ]
    folders = engine.run(
        "pose",
        estimate_item,
        tasks,
        workers=workers,
        branch=kind,
        unit="frame",
        store=store,
        on_gpu=models.on_gpu(model, detector),
    )
    found = tables.concat((each / "pose.parquet" for each in folders), tables.POSE)
    return tables.write(data / "pose" / f"{kind}.parquet", tables.POSE, found)


def check(
    model: str = "blazepose", detector: str = "blazepose", min_score: float = 0.5, every: int = 5
) -> None:
    """Raise a ParameterError for a value of the section `pose` that makes no sense."""
    models.check("persons", detector)
    models.check("pose", model)
    if not 0 <= min_score <= 1:
        raise ParameterError(f"pose.min_score is {min_score}; use 0 to 1")
    if every < 1:
        raise ParameterError(f"pose.every is {every}; use 1 for every frame of a clip, or more")


def parts(n_frames: int, every: int) -> list[range]:
    """The analysed frames of an item in a few parts, counted from 0 to one per `every` frames.

    Frames do not depend on each other here, so several cores can share a long clip. Where there is no jumping into the
    middle of it, each part decodes what comes before it, hence not more than a few.
    """
    n_analysed = -(-n_frames // every)
    length = max(MIN_PART, -(-n_analysed // MAX_PARTS))
    return [range(first, min(first + length, n_analysed)) for first in range(0, n_analysed, length)]


def estimate_item(
    folder: Path,
    path: Path,
    row: Mapping[str, Any],
    model: str,
    detector: str,
    min_score: float,
    every: int,
    first: int,
    last: int,
) -> None:
    """Write the poses of the analysed frames `first` to `last` (exclusive) of one item to `folder`."""
    networks = models.load("persons", detector), models.load("pose", model)
    frames = counted(islice(media.read_every(path, row, every, first * every), last - first))
    found = batching.beside(estimate(frames, *networks, min_score), batching.batch_size(*networks))
    rows = (
        {"item": row["item"], "frame": number * every, **record}
        for number, rows_of_frame in enumerate(found, start=first)
        for record in rows_of_frame
    )
    tables.write(folder / "pose.parquet", tables.POSE, rows)


def estimate(
    frames: Iterable[Image], detector: PersonDetector, estimator: PoseEstimator, min_score: float = 0.0
) -> Iterator[list[dict[str, Any]]]:
    """Rows of the table `pose` (without item and frame) of each picture, a person each."""
    for images in batching.batches(frames, batching.batch_size(detector, estimator)):
        persons = [each.scoring(min_score) for each in batching.detect(detector, images)]
        poses = batching.estimate(estimator, images, [each.boxes_xyxy for each in persons])
        yield from map(_rows, persons, poses)


def _rows(persons: Persons, pose: Pose) -> list[dict[str, Any]]:
    """A row for each person of one picture."""
    return [
        {"person": number, **records.pose_columns(persons.take([number]), _one(pose, number))}
        for number in range(len(persons))
    ]


def _one(pose: Pose, number: int) -> Pose:
    return Pose(pose.keypoints[[number]], pose.scores[[number]])
