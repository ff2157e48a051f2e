"""Stage persons: boxes, masks and tracks of every person on the originals.

In video a full search runs on every n-th frame and on the last; in between, known persons are followed. A track that is
lost is held: its last mask, grown a little with every frame, is applied for a while longer. A track that begins between
two searches was not there at the earlier one, so it is held backwards to it. What is covered beyond that, because
somebody has to be there who is not seen, is the business of `guard`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import engine, guard, items, media, models, records, tables
from anonlab.errors import ParameterError
from anonlab.geometry import assign, box_iou
from anonlab.models import batching
from anonlab.models.contracts import Image, PersonDetector, Persons
from anonlab.paths import DATA
from anonlab.progress import counted

MIN_TRACK_IOU: Final = 0.3
"""Boxes of one person in neighbouring frames overlap at least this much."""


def run(
    folder: str,
    *,
    model: str = "blazepose",
    min_score: float = 0.3,
    every: int = 5,
    hold_s: float = 0.5,
    whole_s: float = 0.5,
    nobody: str = "cover",
    second: str = "centerface",
    workers: int | None = None,
    data: Path = DATA,
    store: Path | None = None,
) -> pd.DataFrame:
    """Find and track the persons of every item and write the table `persons`.

    Args:
        folder: the data set.
        model: name of the person detector.
        min_score: of a person; low, because somebody who is missed stays clear.
        every: frames of video from one full search to the next.
        hold_s: seconds of video for which a lost track's mask is kept.
        whole_s: seconds of video for which the whole frame is covered after that, if nobody is found again.
        nobody: what becomes of an item in which only `second` finds somebody: pass, cover or refuse.
        second: name of the auditor that looks where the detector found nobody.
        workers: processes; 0 = all cores, None = as in params.yaml.
        data: the pipeline's tables and media.
    """
    settings: dict[str, Any] = {
        **{"model": model, "min_score": min_score, "every": every},
        **{"hold_s": hold_s, "whole_s": whole_s, "nobody": nobody, "second": second},
    }
    check(**settings)
    tasks = [source.task(settings) for source in items.sources(folder, data)]
    folders = engine.run(
        "persons",
        find_in_item,
        tasks,
        workers=workers,
        unit="frame",
        store=store,
        on_gpu=models.on_gpu(model),
    )
    return tables.write(
        data / "persons.parquet",
        tables.PERSONS,
        tables.concat((each / "persons.parquet" for each in folders), tables.PERSONS),
    )


def check(
    model: str = "blazepose",
    min_score: float = 0.3,
    every: int = 5,
    hold_s: float = 0.5,
    whole_s: float = 0.5,
    nobody: str = "cover",
    second: str = "centerface",
) -> None:
    """Raise a ParameterError for a value of the section `persons` that makes no sense."""
    models.check("persons", model)
    models.check("audit", second)
    guard.Settings(hold_s, whole_s, nobody)
    if not 0 <= min_score <= 1:
        raise ParameterError(f"persons.min_score is {min_score}; use 0 to 1")
    if every < 1:
        raise ParameterError(f"persons.every is {every}; use 1 for a search on every frame, or more")


def find_in_item(
    folder: Path,
    path: Path,
    row: Mapping[str, Any],
    model: str,
    min_score: float,
    every: int,
    hold_s: float,
    whole_s: float,
    nobody: str,
    second: str,
) -> None:
    """Write the persons of one item to `folder`."""
    detector = models.load("persons", model)
    frames = counted(media.read_frames(path, row["media"]))
    fps = float(media.fps(row["fps"])) if row["media"] == "video" else 0.0
    size_hw, last = (row["height"], row["width"]), row["n_frames"] - 1
    found = (
        record
        for group in track(frames, detector, every, round(hold_s * fps), min_score, last)
        for record in group
    )
    persons = tables.table(tables.PERSONS, ({"item": row["item"], **record} for record in found))
    persons = persons.sort_values(["frame", "person"], kind="stable", ignore_index=True)
    if persons.empty and nobody != "pass" and _somebody(second, path, row, fps):
        persons = guard.settled(persons, row["item"], row["n_frames"], size_hw, nobody)
    elif len(persons) and row["media"] == "video":
        settings = guard.Settings(hold_s, whole_s, nobody)
        persons = guard.closed(persons, row["n_frames"], size_hw, fps, settings)
    tables.write(folder / "persons.parquet", tables.PERSONS, persons)


def _somebody(auditor: str, path: Path, row: Mapping[str, Any], fps: float) -> bool:
    """Whether an auditor finds a face or a person in a picture, or in one frame of each second of a clip."""
    looks = models.load("audit", auditor)
    return any(len(looks.find(image)) for image in media.read_every(path, row, max(1, round(fps))))


@dataclass(frozen=True)
class Track:
    """One person over time: number, what was last seen, and for how many frames nothing has been."""

    number: int
    last: Persons  # of length 1
    unseen: int = 0

    def held(self) -> Track:
        """The track one frame later, not seen; `guard` makes a mask for it."""
        return Track(self.number, self.last, self.unseen + 1)


def track(
    frames: Iterable[Image],
    detector: PersonDetector,
    every: int,
    hold_frames: int,
    min_score: float = 0.0,
    last: int = -1,
) -> Iterator[list[dict[str, Any]]]:
    """Rows of the table `persons` (without `item`), frame by frame, from a stream of frames.

    The frame `last` is searched whatever its number.

    The rows of a frame may be followed later by held rows for the same frame: those of a track that began after it.
    """
    tracks: list[Track] = []
    n_tracks = 0
    follow = getattr(detector, "follow", None)
    searched = batching.beside(
        _searched(frames, detector, every if follow else 1, last), batching.batch_size(detector)
    )
    for index, (image, seen) in enumerate(searched):
        if seen is not None:
            seen = seen.scoring(min_score)
            tracks, fresh = _assign(tracks, seen, follow, image)
            begun = [Track(n_tracks + k, seen.take([int(row)])) for k, row in enumerate(fresh)]
            n_tracks += len(begun)
            gap = min(index, every - 1 if follow else 0)
            yield [row for new in begun for row in _held_back(new, index, gap)]
            tracks += begun
        elif tracks:
            assert follow is not None
            tracks = _follow(tracks, follow, image)
        tracks = _without_copies([each for each in tracks if each.unseen <= hold_frames])
        yield [_row(each, index) for each in tracks]


def _searched(
    frames: Iterable[Image], detector: PersonDetector, every: int, last: int
) -> Iterator[tuple[Image, Persons | None]]:
    """Each frame, and who was found in it; None for the frames between two searches."""
    index = 0
    for images in batching.batches(frames, batching.batch_size(detector)):
        wanted = [number % every == 0 or number == last for number in range(index, index + len(images))]
        found = iter(batching.detect(detector, list(compress(images, wanted))))
        for image, searched in zip(images, wanted, strict=True):
            yield image, next(found) if searched else None
        index += len(images)


def _assign(
    tracks: list[Track], seen: Persons, follow: Any, image: Image
) -> tuple[list[Track], NDArray[np.intp]]:
    """Give each track the detection it overlaps most; those without one are followed, or held.

    Returns the tracks and the rows of `seen` that belong to none of them.
    """
    overlap = box_iou(_boxes(tracks), seen.boxes_xyxy)
    match = dict(assign(overlap, overlap >= MIN_TRACK_IOU).tolist())
    lost = [each for row, each in enumerate(tracks) if row not in match]
    kept = [Track(tracks[row].number, seen.take([column])) for row, column in match.items()]
    kept += _follow(lost, follow, image) if follow else [each.held() for each in lost]
    fresh = np.setdiff1d(np.arange(len(seen)), list(match.values())).astype(np.intp)
    return sorted(kept, key=lambda each: each.number), fresh


def _follow(tracks: list[Track], follow: Any, image: Image) -> list[Track]:
    """Find known tracks in the next frame; those not found are held."""
    if not tracks:
        return []
    now, still_seen = follow(image, _stack(tracks))
    return [
        Track(each.number, now.take([row])) if still_seen[row] else each.held()
        for row, each in enumerate(tracks)
    ]


def _without_copies(tracks: list[Track]) -> list[Track]:
    """Of two tracks that came to follow one person, the older one, unless it is the one that is not seen."""
    kept: list[Track] = []
    for each in sorted(tracks, key=lambda track: (track.unseen, track.number)):
        if not kept or float(box_iou(_boxes([each]), _boxes(kept)).max()) < 0.85:
            kept.append(each)
    return sorted(kept, key=lambda track: track.number)


def _held_back(new: Track, index: int, gap: int) -> Iterator[dict[str, Any]]:
    """Rows for the `gap` frames before a track was first seen in frame `index`."""
    earlier = new
    for back in range(1, gap + 1):
        earlier = earlier.held()
        yield _row(earlier, index - back)


def _row(track: Track, frame: int) -> dict[str, Any]:
    state = guard.HELD if track.unseen else guard.COVERED
    return {"frame": frame, "person": track.number, "state": state, **records.person_columns(track.last)}


def _boxes(tracks: list[Track]) -> NDArray[np.float32]:
    return np.concatenate([each.last.boxes_xyxy for each in tracks] or [np.zeros((0, 4), np.float32)])


def _stack(tracks: list[Track]) -> Persons:
    """The last sight of several tracks as one."""
    return Persons.concatenate([each.last for each in tracks])
