"""What is covered beyond what was seen: people are held over gaps, and whole frames where a person got lost.

A track that ends, or begins, in the middle of the picture belongs to somebody who is there and not seen: people come
and go at the border. Its mask is kept for `hold_s` seconds, growing with every frame, in both directions of time.
Whoever vanished and is not found again by then could be anywhere, so for `whole_s` seconds more the whole frame is
covered. Sightings too short for a person (`MIN_SEEN_S`) are held and cover no whole frame, nor does a second track of
somebody who is still followed.

A picture or clip in which nobody was found passes if a second detector, of another family, finds nobody either; where
it disagrees, `nobody` says what becomes of it. All of it errs on the side of covering too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from anonlab import masks, tables
from anonlab.errors import ParameterError, suggestion
from anonlab.geometry import box_iou
from anonlab.records import BOX, FACE

HOLD_GROWTH: Final = 0.01
"""A held mask grows by this share of the person's long side per frame."""

MIN_SEEN_S: Final = 0.4
"""A track that was seen for less is no reason to cover a whole frame: detectors see people in furniture, briefly."""

EDGE: Final = 0.02
"""Nearer to the border than this share of the picture's long side, a person may have left or come."""

SAME_IOU: Final = 0.5
"""Boxes that overlap this much belong to one person followed twice."""

WHOLE: Final = "whole"
REFUSED: Final = "refused"
NOBODY: Final = ("pass", "cover", "refuse")


@dataclass(frozen=True)
class Settings:
    """Names and defaults as in params.yaml, section `persons`.

    Attributes:
        hold_s: seconds of video for which the mask of a lost person is kept, before and after.
        whole_s: seconds of video for which the whole frame is covered afterwards; 0 for never.
        nobody: what becomes of an item in which only the second detector finds somebody, of `NOBODY`.
    """

    hold_s: float = 0.5
    whole_s: float = 0.5
    nobody: str = "cover"

    def __post_init__(self) -> None:
        for name in ("hold_s", "whole_s"):
            if not getattr(self, name) >= 0:
                raise ParameterError(f"persons.{name} is {getattr(self, name)}; use 0 or more seconds")
        if self.nobody not in NOBODY:
            raise ParameterError(f"persons.nobody: {suggestion(self.nobody, NOBODY)}")


def growth_px(long_side_px: float) -> float:
    """By how much a held mask grows per frame, at least 1 px."""
    return max(1.0, HOLD_GROWTH * long_side_px)


def closed(
    found: pd.DataFrame, n_frames: int, size_hw: tuple[int, int], fps: float, settings: Settings
) -> pd.DataFrame:
    """The rows of one clip, of the table `persons`, with those that are covered beyond what was seen.

    Args:
        found: rows of tracks, in any order.
        n_frames: of the clip.
        size_hw: height and width of its frames.
        fps: frames per second.
    """
    hold, whole = round(settings.hold_s * fps), round(settings.whole_s * fps)
    tracks = list(_tracks(found))
    begun = [each.end(forward=False) for each in tracks if each.seconds(fps) >= MIN_SEEN_S]
    lost: set[int] = set()
    more: list[dict[str, Any]] = []
    for track in tracks:
        for forward in (True, False):
            end = track.end(forward)
            if _at_border(end, size_hw):
                continue
            step = 1 if forward else -1
            frames = [f for f in _after(end["frame"], step, hold, n_frames) if f not in track.frames]
            more += [_held(end, frame, size_hw) for frame in frames]
            if forward and track.seconds(fps) >= MIN_SEEN_S and not _followed_twice(end, found):
                unsure = _after(end["frame"] + hold, 1, whole, n_frames)
                lost |= set(_until_found(unsure, end, begun))
    more += [covered_whole(found["item"].iloc[0], frame, size_hw, WHOLE) for frame in sorted(lost)]
    if not more:
        return found
    return _in_order(pd.concat([found, tables.table(tables.PERSONS, more)], ignore_index=True))


def covered_whole(item: str, frame: int, size_hw: tuple[int, int], state: str) -> dict[str, Any]:
    """The row that covers a whole frame: state `whole` or `refused`."""
    height, width = size_hw
    box = dict(zip(BOX, (0.0, 0.0, float(width), float(height)), strict=True))
    no_face = dict.fromkeys(FACE, np.nan)
    runs = np.array([0, height * width], np.int32)
    return (
        {"item": item, "frame": frame, "person": 0, "score": 0.0, "state": state, "mask_rle": runs}
        | box
        | no_face
    )


def settled(
    found: pd.DataFrame, item: str, n_frames: int, size_hw: tuple[int, int], nobody: str
) -> pd.DataFrame:
    """What becomes of an item in which the detectors do not agree on nobody."""
    if nobody == "pass":
        return found
    state = WHOLE if nobody == "cover" else REFUSED
    rows = [covered_whole(item, frame, size_hw, state) for frame in range(n_frames)]
    return tables.table(tables.PERSONS, rows)


def states(found: pd.DataFrame, n_frames: int) -> dict[str, int]:
    """Frames of an item by state, which add up to `n_frames`: n_empty, n_covered, n_held, n_whole and n_refused.

    A frame counts once, by the last of these that one of its rows has.
    """
    rank = {"covered": 1, "held": 2, WHOLE: 3, REFUSED: 4}
    worst = found["state"].map(rank).groupby(found["frame"]).max().value_counts()
    counts = {f"n_{state}": int(worst.get(place, 0)) for state, place in rank.items()}
    return {"n_empty": n_frames - sum(counts.values()), **counts}


@dataclass(frozen=True)
class _Track:
    """Rows of one person in the order of their frames; `seen` are those without held ones."""

    rows: pd.DataFrame
    seen: pd.DataFrame

    @property
    def frames(self) -> set[int]:
        return set(self.rows["frame"])

    def end(self, forward: bool) -> dict[str, Any]:
        """The last sight, or the first."""
        return {str(name): value for name, value in self.seen.iloc[-1 if forward else 0].items()}

    def seconds(self, fps: float) -> float:
        return (self.seen["frame"].iloc[-1] - self.seen["frame"].iloc[0] + 1) / fps


def _tracks(found: pd.DataFrame) -> Iterator[_Track]:
    for _, rows in found.sort_values("frame", kind="stable").groupby("person", sort=True):
        seen = rows[rows["state"] == "covered"]
        if len(seen):
            yield _Track(rows, seen)


def _after(frame: int, step: int, n: int, n_frames: int) -> list[int]:
    """The `n` frames after `frame`, or before it, as far as the clip reaches."""
    return [f for f in range(frame + step, frame + step * (n + 1), step) if 0 <= f < n_frames]


def _at_border(row: dict[str, Any], size_hw: tuple[int, int]) -> bool:
    """Whether a person's box touches the border of the picture, but for the lower one, at which one stands."""
    height, width = size_hw
    near = EDGE * max(height, width)
    return bool(row["x0"] <= near or row["y0"] <= near or row["x1"] >= width - near)


def _held(end: dict[str, Any], frame: int, size_hw: tuple[int, int]) -> dict[str, Any]:
    """A row that keeps the mask of `end` at another frame, grown for every frame in between."""
    long_side = max(end["x1"] - end["x0"], end["y1"] - end["y0"])
    radius = abs(frame - end["frame"]) * growth_px(long_side)
    grown = masks.grow(masks.decode(end["mask_rle"], *size_hw), radius)
    return end | {"frame": frame, "state": "held", "mask_rle": masks.encode(grown)}


def _followed_twice(end: dict[str, Any], found: pd.DataFrame) -> bool:
    """Whether another track has the same person where this one ends."""
    others = found[
        (found["frame"] == end["frame"]) & (found["person"] != end["person"]) & (found["state"] == "covered")
    ]
    box = np.array([[end[edge] for edge in BOX]], np.float32)
    return bool(len(others) and box_iou(box, others[BOX].to_numpy(np.float32)).max() >= SAME_IOU)


def _until_found(unsure: list[int], end: dict[str, Any], begun: Sequence[dict[str, Any]]) -> Iterator[int]:
    """Those of the frames `unsure` before a track begins where this person may be by then."""
    reach = max(end["x1"] - end["x0"], end["y1"] - end["y0"])
    again = [
        each["frame"]
        for each in begun
        if each["frame"] > end["frame"]
        and end["x0"] - reach < each["x1"]
        and each["x0"] < end["x1"] + reach
        and end["y0"] - reach < each["y1"]
        and each["y0"] < end["y1"] + reach
    ]
    return (frame for frame in unsure if not again or frame < min(again))


def people(found: pd.DataFrame) -> pd.DataFrame:
    """The rows that stand for a person."""
    return found[~found["state"].isin((WHOLE, REFUSED))]


def whole_frames(found: pd.DataFrame) -> dict[int, str]:
    """The frames that are covered as a whole, with their state: `whole` or `refused`."""
    rows = found[found["state"].isin((WHOLE, REFUSED))].sort_values("state", ascending=False)
    return dict(zip(rows["frame"].tolist(), rows["state"].tolist(), strict=True))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["frame", "person"], kind="stable", ignore_index=True)
