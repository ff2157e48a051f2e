"""Stage actions: scores of the 60 AVA classes in every frame of every clip of one kind.

A recogniser looks at windows of frames, so the frames near both ends of a clip have no prediction. That is a state of
its own: "not predictable" (scores NaN) is not "nothing recognised" (scores 0). With `model: none` the table is empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava, engine, items, media, models, tables
from anonlab.models.contracts import ActionRecognizer, Image, PersonDetector
from anonlab.paths import DATA

NO_MODEL: Final = "none"


def run(
    folder: str,
    kind: str,
    *,
    model: str = NO_MODEL,
    detector: str = "blazepose",
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
    """
    check(model, detector)
    tasks = []
    if model != NO_MODEL:
        settings = {"model": model, "detector": detector}
        clips = [source for source in items.sources(folder, data, kind) if source.row["media"] == "video"]
        tasks = [source.task(settings) for source in clips]
    folders = engine.run(
        "actions", recognize_item, tasks, workers=workers, branch=kind, unit="frame", store=store
    )
    found = tables.concat((each / "actions.parquet" for each in folders), tables.ACTIONS)
    return tables.write(data / "actions" / f"{kind}.parquet", tables.ACTIONS, found)


def check(model: str = NO_MODEL, detector: str = "blazepose") -> None:
    """Raise a ParameterError for a value of the section `actions` that makes no sense."""
    models.check("persons", detector)
    if model != NO_MODEL:
        models.check("actions", model)


def recognize_item(folder: Path, path: Path, row: Mapping[str, Any], model: str, detector: str) -> None:
    """Write the action scores of one clip to `folder`."""
    recognizer: ActionRecognizer = models.load("actions", model)
    predictions = predict(media.read_frames(path, row["media"]), models.load("persons", detector), recognizer)
    scores = spread(dict(predictions), row["n_frames"], recognizer.frame_interval)
    tables.write(folder / "actions.parquet", tables.ACTIONS, as_rows(row["item"], scores))


def predict(
    frames: Iterable[Image], detector: PersonDetector, recognizer: ActionRecognizer
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Centre frame and scores (60,) of every whole window; holds one window of observations, never the clip."""
    interval, length = recognizer.frame_interval, recognizer.clip_len
    window: deque[Any] = deque(maxlen=length)
    for index, image in enumerate(frames):
        if index % interval == 0:
            window.append(recognizer.observe(image, detector.detect(image).boxes_xyxy))
            if len(window) == length:
                yield index - (length - 1 - length // 2) * interval, recognizer.recognize(list(window))


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
