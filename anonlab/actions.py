"""Stage actions: scores of the 60 AVA classes in every frame of every clip of one kind.

A recogniser looks at windows of frames, so the frames near both ends of a clip have no prediction. That is a state of
its own: "not predictable" (scores NaN) is not "nothing recognised" (scores 0). With `model: none` the table is empty.

An action takes its time whatever the camera does: unless told otherwise, frames are observed as far apart in time as
the recogniser's own interval is at 25 frames a second, to the nearest frame.

Where the stage pose has searched the same frame with the same detector, its boxes are taken from the table `pose`; a
second search would find the same. Where it has done so with every frame that counts, and saw what the recogniser would
see, the clip is not even read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava, engine, items, media, models, records, tables
from anonlab.errors import ParameterError
from anonlab.models.contracts import ActionRecognizer, Image, PersonDetector, Pose, PoseActionRecognizer
from anonlab.paths import DATA
from anonlab.progress import counted

NO_MODEL: Final = "none"
FPS: Final = 25
"""The frame rate at which a recogniser's `frame_interval` is meant."""

Boxes = NDArray[np.float32]
"""(N, 4) float32, pixels: the persons of a frame."""


@dataclass(frozen=True)
class Seen:
    """What the stage pose saw in a clip.

    Attributes:
        rows: of the table `pose`.
        every: frames from one search to the next.
        estimator: whose keypoints they are; empty if that is not known.
    """

    rows: pd.DataFrame
    every: int
    estimator: str

    def __contains__(self, frame: int) -> bool:
        """Whether a frame was searched."""
        return frame % self.every == 0

    def boxes(self, frame: int) -> Boxes:
        """The persons of a frame that was searched."""
        return records.of_frame(self.rows, frame)[records.BOX].to_numpy(np.float32)

    def pose(self, frame: int) -> Pose:
        """Their keypoints."""
        return records.pose(records.of_frame(self.rows, frame))


def run(
    folder: str,
    kind: str,
    *,
    model: str = NO_MODEL,
    detector: str = "blazepose",
    min_score: float = 0.5,
    frame_interval: int = 0,
    pose: Mapping[str, Any] | None = None,
    workers: int | None = None,
    data: Path = DATA,
    store: Path | None = None,
) -> pd.DataFrame:
    """Recognise actions in every clip of one kind and write the table `actions`.

    Args:
        folder: the data set; read for the kind `original` only.
        kind: which media.
        model: name of the recogniser; `none` for an empty table.
        detector: name of the person detector.
        min_score: of a person.
        frame_interval: frames from one observation to the next; 0 = by the clip's frame rate, see `interval`.
        pose: the section `pose` of params.yaml: how persons were looked for there; None: they were not.
    """
    check(model, detector, min_score, frame_interval)
    tasks = []
    if model != NO_MODEL:
        settings = {
            "model": model,
            "detector": detector,
            "min_score": min_score,
            "frame_interval": frame_interval,
        }
        clips = [source for source in items.sources(folder, data, kind) if source.row["media"] == "video"]
        found = searched(kind, detector, min_score, pose or {}, data)
        tasks = [_task(source, settings, found, pose or {}) for source in clips]
    folders = engine.run(
        "actions",
        recognize_item,
        tasks,
        workers=workers,
        branch=kind,
        unit="frame",
        store=store,
        on_gpu=models.on_gpu(model, detector),
    )
    recognised = tables.concat((each / "actions.parquet" for each in folders), tables.ACTIONS)
    return tables.write(data / "actions" / f"{kind}.parquet", tables.ACTIONS, recognised)


def check(
    model: str = NO_MODEL, detector: str = "blazepose", min_score: float = 0.5, frame_interval: int = 0
) -> None:
    """Raise a ParameterError for a value of the section `actions` that makes no sense."""
    models.check("persons", detector)
    if not 0 <= min_score <= 1:
        raise ParameterError(f"actions.min_score is {min_score}; use 0 to 1")
    if frame_interval < 0:
        raise ParameterError(f"actions.frame_interval is {frame_interval}; use 0, or a number of frames")
    if model != NO_MODEL:
        models.check("actions", model)


def searched(
    kind: str, detector: str, min_score: float, pose: Mapping[str, Any], data: Path
) -> pd.DataFrame | None:
    """Rows of the table `pose` for everybody whom `detector` would find with `min_score`; None if it did not look."""
    if not {"detector", "min_score", "every"} <= pose.keys():
        return None
    if pose["detector"] != detector or pose["min_score"] > min_score:
        return None
    found = tables.read(data / "pose" / f"{kind}.parquet", tables.POSE)
    return found[found["score"] >= np.float32(min_score)]


def _task(
    source: items.Source, settings: Mapping[str, Any], found: pd.DataFrame | None, pose: Mapping[str, Any]
) -> engine.Task:
    """The work on one clip. What was seen before changes nothing but how long it takes."""
    task = source.task(settings)
    if found is None:
        return task
    rows = found[found["item"] == source.row["item"]]
    return replace(
        task, arguments={**task.arguments, "seen": Seen(rows, pose["every"], pose.get("model", ""))}
    )


def recognize_item(
    folder: Path,
    path: Path,
    row: Mapping[str, Any],
    model: str,
    detector: str,
    min_score: float,
    frame_interval: int,
    seen: Seen | None = None,
) -> None:
    """Write the action scores of one clip to `folder`; `seen` is what is known of some of its frames."""
    recognizer: ActionRecognizer = models.load("actions", model)
    every = frame_interval or interval(media.fps(row["fps"]), recognizer.frame_interval)
    wanted = range(0, row["n_frames"], every)
    observed: Iterator[Any]
    if seen and all(frame in seen for frame in wanted) and _sees_like(recognizer, seen.estimator):
        frames = counted(wanted, units=every)
        observed = (recognizer.remember(seen.boxes(frame), seen.pose(frame)) for frame in frames)
    else:
        search: PersonDetector = models.load("persons", detector)
        images = counted(media.read_every(path, row, every), units=every)

        def find(frame: int, image: Image) -> Boxes:
            if seen and frame in seen:
                return seen.boxes(frame)
            return search.detect(image).scoring(min_score).boxes_xyxy

        pairs = zip(wanted, images, strict=False)
        observed = (recognizer.observe(image, find(frame, image)) for frame, image in pairs)
    found = predict(observed, recognizer)
    scores = spread({centre * every: values for centre, values in found}, row["n_frames"], every)
    tables.write(folder / "actions.parquet", tables.ACTIONS, as_rows(row["item"], scores))


def _sees_like(recognizer: ActionRecognizer, estimator: str) -> TypeGuard[PoseActionRecognizer]:
    """Whether a recogniser would see persons just as a pose estimator does."""
    return isinstance(recognizer, PoseActionRecognizer) and estimator in recognizer.poses


def interval(fps: Fraction, frame_interval: int) -> int:
    """Frames at `fps` that last as long as `frame_interval` frames at 25 fps, to the nearest, at least 1.

    >>> [interval(Fraction(rate), 8) for rate in ("25", "30000/1001", "50", "12", "1")]
    [8, 10, 16, 4, 1]
    """
    return max(1, round(frame_interval * fps / FPS))


def predict(
    observed: Iterable[Any], recognizer: ActionRecognizer
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Centre and scores (60,) of every whole window of observations; holds one window, never the clip."""
    length = recognizer.clip_len
    window: deque[Any] = deque(maxlen=length)
    for index, each in enumerate(observed):
        window.append(each)
        if len(window) == length:
            yield index - (length - 1 - length // 2), recognizer.recognize(list(window))


def spread(
    predictions: Mapping[int, NDArray[np.float32]], n_frames: int, frame_interval: int
) -> NDArray[np.float32]:
    """Scores (n_frames, 60): each prediction for the frames nearest to its centre, NaN beyond the outermost ones."""
    scores = np.full((n_frames, ava.N_CLASSES), np.nan, np.float32)
    for centre, values in predictions.items():
        first = centre - frame_interval // 2
        scores[max(first, 0) : first + frame_interval] = values
    return scores


def as_rows(item: str, scores: NDArray[np.float32]) -> pd.DataFrame:
    """Scores (frames, 60) of a clip as rows of the table `actions`."""
    table = pd.DataFrame(scores, columns=list(ava.NAMES))
    table.insert(0, "predictable", ~np.isnan(scores).all(axis=1))
    table.insert(0, "frame", np.arange(len(scores)))
    table.insert(0, "item", item)
    return table
