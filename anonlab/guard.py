"""What is covered beyond what was seen: people are held over gaps, and whole frames where a person got lost.

Before a person is first seen, after it is last seen, and in every gap between, its mask is kept for `hold_s` seconds:
in both directions of time, growing with every frame and with how fast the person moved. A track that ends in the
middle of the picture belongs to somebody who is still there, for people come and go at the border. Whoever is not found
again by then could be anywhere, so for `whole_s` seconds more the whole frame is covered. Sightings too short for a
person (`MIN_SEEN_S`) are held and cover no whole frame, nor does a second track of somebody who is still followed.

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

GROWTH_PER_S: Final = 0.25
"""A held mask grows by this share of the person's long side in a second, and by how fast the person moved."""

FASTEST_PER_S: Final = 2.0
"""Nobody is taken to move by more than so many long sides in a second: 3.4 m for somebody of 1.7 m."""

SPEED_S: Final = 0.4
"""The speed of somebody who is lost is that of the last so many seconds."""

MIN_SEEN_S: Final = 0.4
"""A track that was seen for less is no reason to cover a whole frame: detectors see people in furniture, briefly."""

EDGE: Final = 0.02
"""Nearer to the border than this share of the picture's long side, a person may have left or come."""

SAME_IOU: Final = 0.5
"""Boxes that overlap this much belong to one person followed twice."""

COVERED: Final = "covered"
HELD: Final = "held"
WHOLE: Final = "whole"
REFUSED: Final = "refused"
NOBODY: Final = ("pass", "cover", "refuse")


@dataclass(frozen=True)
class Settings:
    """Names and defaults as in params.yaml, section `persons`.

    Attributes:
        hold_s: seconds of video for which the mask of a person is kept, before it is seen and after.
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


def growth_px(long_side_px: float, fps: float, speed_px: float = 0.0) -> float:
    """By how much a held mask grows per frame, at least 1 px, for somebody who moved by so many pixels per frame."""
    slowest, fastest = (share * long_side_px / fps for share in (GROWTH_PER_S, FASTEST_PER_S))
    return max(1.0, slowest + min(speed_px, fastest))


def closed(
    found: pd.DataFrame, n_frames: int, size_hw: tuple[int, int], fps: float, settings: Settings
) -> pd.DataFrame:
    """The rows of one clip, of the table `persons`, with those that are covered beyond what was seen.

    Args:
        found: rows of tracks, in any order; masks of those in state `held` are made anew.
        n_frames: of the clip.
        size_hw: height and width of its frames.
        fps: frames per second.
    """
    hold, whole = round(settings.hold_s * fps), round(settings.whole_s * fps)
    tracks = list(_tracks(found))
    rows = [row for track in tracks for row in _all_held(track, hold, n_frames, size_hw, fps)]
    lost = _lost(tracks, hold, whole, n_frames, size_hw, fps)
    rows += [covered_whole(found["item"].iloc[0], frame, size_hw, WHOLE) for frame in sorted(lost)]
    seen = found[found["state"] != HELD]
    return _in_order(
        pd.concat([seen, tables.table(tables.PERSONS, rows)], ignore_index=True) if rows else seen
    )


def _all_held(
    track: _Track, hold: int, n_frames: int, size_hw: tuple[int, int], fps: float
) -> Iterator[dict[str, Any]]:
    """The held rows of one track: its gaps, and `hold` frames before and after, or more where it was held longer."""
    sights = [{str(name): value for name, value in row.items()} for row in track.seen.to_dict("records")]
    numbers = np.array([row["frame"] for row in sights])
    around = {*_after(numbers[0], -1, hold, n_frames), *_after(numbers[-1], 1, hold, n_frames)}
    for frame in sorted(
        (around | track.frames | set(range(numbers[0], numbers[-1]))) - set(numbers.tolist())
    ):
        after = int(np.searchsorted(numbers, frame))
        before, later = sights[max(after - 1, 0)], sights[min(after, len(sights) - 1)]
        if 0 < after < len(sights):
            speed = _apart(before, later) / (later["frame"] - before["frame"])
        else:
            speed = _speed(sights, forward=after > 0, fps=fps)
        yield _held(before, later, frame, speed, size_hw, fps)


def _held(
    before: dict[str, Any],
    later: dict[str, Any],
    frame: int,
    speed_px: float,
    size_hw: tuple[int, int],
    fps: float,
) -> dict[str, Any]:
    """The row for a frame between two sights, or beside one that is given twice: their masks, grown, without a face."""
    covered = np.zeros(size_hw, bool)
    for sight in (before, later) if before is not later else (before,):
        long_side = max(sight["x1"] - sight["x0"], sight["y1"] - sight["y0"])
        radius = abs(frame - sight["frame"]) * growth_px(long_side, fps, speed_px)
        covered |= masks.grow(masks.decode(sight["mask_rle"], *size_hw), radius)
    share = (
        (frame - before["frame"]) / max(later["frame"] - before["frame"], 1) if before is not later else 0.0
    )
    box = {edge: (1 - share) * before[edge] + share * later[edge] for edge in BOX}
    no_face = dict.fromkeys(FACE, np.nan)  # so that the whole body is covered where faces are
    return before | box | no_face | {"frame": frame, "state": HELD, "mask_rle": masks.encode(covered)}


def _apart(one: dict[str, Any], two: dict[str, Any]) -> float:
    """How far an edge of the box has moved, pixels."""
    return float(max(abs(one[edge] - two[edge]) for edge in BOX))


def _speed(sights: Sequence[dict[str, Any]], forward: bool, fps: float) -> float:
    """Pixels per frame over the last `SPEED_S` of a track, or over its first."""
    end = sights[-1 if forward else 0]
    near = [row for row in sights if 0 < abs(row["frame"] - end["frame"]) <= max(SPEED_S * fps, 1)]
    farthest = max(near, key=lambda row: abs(row["frame"] - end["frame"]), default=None)
    return 0.0 if farthest is None else _apart(farthest, end) / abs(farthest["frame"] - end["frame"])


def _lost(
    tracks: Sequence[_Track], hold: int, whole: int, n_frames: int, size_hw: tuple[int, int], fps: float
) -> set[int]:
    """The frames in which somebody is somewhere: lost in the middle, held, and not found again."""
    lasting = [each for each in tracks if each.seconds(fps) >= MIN_SEEN_S]
    begun = sorted((each.end(forward=False) for each in lasting), key=lambda row: row["frame"])
    frames: set[int] = set()
    for track in sorted(lasting, key=lambda each: each.end(forward=True)["frame"]):
        end = track.end(forward=True)
        if _at_border(end, size_hw) or any(
            _followed_twice(track, other) for other in tracks if other is not track
        ):
            continue
        again = next((row for row in begun if _may_be(end, row)), None)
        if again is not None:
            begun.remove(again)  # who is found again is one of those who were lost, not all of them
        until = n_frames if again is None else again["frame"]
        frames |= {frame for frame in _after(end["frame"] + hold, 1, whole, n_frames) if frame < until}
    return frames


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
    rank = {COVERED: 1, HELD: 2, WHOLE: 3, REFUSED: 4}
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
        seen = rows[rows["state"] == COVERED]
        if len(seen):
            yield _Track(rows, seen)


def _after(frame: int, step: int, n: int, n_frames: int) -> list[int]:
    """The `n` frames after `frame`, or before it, as far as the clip reaches."""
    return [f for f in range(frame + step, frame + step * (n + 1), step) if 0 <= f < n_frames]


def _at_border(row: dict[str, Any], size_hw: tuple[int, int]) -> bool:
    """Whether a person may have left: at the left, at the right, or upwards if it is seen in the upper half only.

    People stand at the lower border, and whoever is near is cut off by the upper one.
    """
    height, width = size_hw
    near = EDGE * max(height, width)
    upwards = row["y0"] <= near and row["y1"] <= height / 2
    return bool(row["x0"] <= near or row["x1"] >= width - near or upwards)


def _followed_twice(track: _Track, other: _Track) -> bool:
    """Whether another track has the same person: where this one ends, and in most frames in which both are seen."""
    both = track.seen.merge(other.seen, on="frame", suffixes=("", "_other"))
    if both.empty or both["frame"].iloc[-1] != track.seen["frame"].iloc[-1]:
        return False
    mine, others = (both[[f"{edge}{end}" for edge in BOX]].to_numpy(np.float32) for end in ("", "_other"))
    overlaps = [box_iou(a[None], b[None])[0, 0] for a, b in zip(mine, others, strict=True)]
    return bool(overlaps[-1] >= SAME_IOU and np.median(overlaps) >= SAME_IOU)


def _may_be(end: dict[str, Any], begin: dict[str, Any]) -> bool:
    """Whether somebody who was lost may be who is found there, later and at most a person's size away."""
    reach = max(end["x1"] - end["x0"], end["y1"] - end["y0"])
    near = all(
        end[f"{axis}0"] - reach < begin[f"{axis}1"] and begin[f"{axis}0"] < end[f"{axis}1"] + reach
        for axis in "xy"
    )
    return bool(begin["frame"] > end["frame"] and near)


def people(found: pd.DataFrame) -> pd.DataFrame:
    """The rows that stand for a person."""
    return found[~found["state"].isin((WHOLE, REFUSED))]


def whole_frames(found: pd.DataFrame) -> dict[int, str]:
    """The frames that are covered as a whole, with their state: `whole` or `refused`."""
    rows = found[found["state"].isin((WHOLE, REFUSED))].sort_values("state", ascending=False)
    return dict(zip(rows["frame"].tolist(), rows["state"].tolist(), strict=True))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["frame", "person"], kind="stable", ignore_index=True)
