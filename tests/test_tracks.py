"""Tracks: one number per person, gaps held, nobody left clear between two searches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anonlab import persons
from anonlab.models.contracts import Image, Persons

HEIGHT, WIDTH = 60, 120
Box = tuple[int, int, int, int]


def someone(*boxes: Box) -> Persons:
    found = [Persons.none(HEIGHT, WIDTH)]
    for x0, y0, x1, y1 in boxes:
        mask = np.zeros((1, HEIGHT, WIDTH), bool)
        mask[0, y0:y1, x0:x1] = True
        box = np.array([[x0, y0, x1, y1]], np.float32)
        found.append(Persons(box, np.ones(1, np.float32), mask, np.full((1, 4), np.nan, np.float32)))
    return Persons.concatenate(found)


class Searching:
    """Finds what a script says it finds in each frame; the frame's number is its first pixel."""

    def __init__(self, script: Sequence[Sequence[Box]]) -> None:
        self.script = script
        self.searched: list[int] = []

    def detect(self, image: Image) -> Persons:
        self.searched.append(int(image[0, 0, 0]))
        return someone(*self.script[image[0, 0, 0]])


class Following(Searching):
    """The same, and re-finds known persons where the script has a box that overlaps theirs."""

    def follow(self, image: Image, previous: Persons) -> tuple[Persons, NDArray[np.bool_]]:
        now = someone(*self.script[image[0, 0, 0]])
        rows, seen = [], []
        for row in range(len(previous)):
            hits = [k for k in range(len(now)) if (now.masks[k] & previous.masks[row]).any()]
            rows.append(now.take([hits[0]]) if hits else previous.take([row]))
            seen.append(bool(hits))
        return Persons.concatenate(rows), np.array(seen)


def frames(n: int) -> list[Image]:
    return [np.full((HEIGHT, WIDTH, 3), index, np.uint8) for index in range(n)]


def track(detector: Any, every: int = 1, hold_frames: int = 0) -> list[dict[str, Any]]:
    rows = persons.track(frames(len(detector.script)), detector, every, hold_frames)
    return sorted((row for group in rows for row in group), key=lambda row: (row["frame"], row["person"]))


def at(rows: list[dict[str, Any]], frame: int) -> list[int]:
    return [row["person"] for row in rows if row["frame"] == frame]


LEFT, RIGHT = (10, 10, 30, 50), (80, 10, 100, 50)


def test_no_frames_and_nobody_give_no_rows() -> None:
    assert track(Searching([])) == []
    assert track(Searching([[], [], []])) == []


def test_one_person_keeps_one_number() -> None:
    rows = track(Searching([[(10 + i, 10, 30 + i, 50)] for i in range(6)]))
    assert [(row["frame"], row["person"], row["state"]) for row in rows] == [
        (i, 0, "covered") for i in range(6)
    ]


def test_numbers_do_not_depend_on_the_order_of_detections() -> None:
    rows = track(Searching([[LEFT, RIGHT], [RIGHT, LEFT]]))
    assert [row["x0"] for row in rows if row["person"] == 0] == [LEFT[0], LEFT[0]]


def test_a_follower_searches_on_every_nth_frame_only() -> None:
    detector = Following([[LEFT]] * 11)
    assert len(track(detector, every=5)) == 11
    assert detector.searched == [0, 5, 10]


def test_a_detector_that_cannot_follow_searches_every_frame() -> None:
    detector = Searching([[LEFT]] * 4)
    track(detector, every=5)
    assert detector.searched == [0, 1, 2, 3]


@pytest.mark.parametrize("make", [Searching, Following])
@pytest.mark.parametrize("gap", [1, 3])
def test_a_short_gap_is_held(make: Any, gap: int) -> None:
    rows = track(make([[LEFT], *[[]] * gap, [LEFT]]), hold_frames=gap)
    assert [row["state"] for row in rows] == ["covered", *["held"] * gap, "covered"]
    assert len({row["person"] for row in rows}) == 1


def test_a_track_ends_after_the_hold() -> None:
    rows = track(Searching([[LEFT], [], [], [], []]), hold_frames=2)
    assert [row["frame"] for row in rows] == [0, 1, 2]


def test_who_comes_between_two_searches_is_covered_back_to_the_first() -> None:
    script: list[list[Box]] = [[], [], [], [RIGHT], [RIGHT], [RIGHT], [RIGHT]]
    rows = track(Following(script), every=5)
    assert [(row["frame"], row["state"]) for row in rows][:4] == [(i, "held") for i in range(1, 5)]
    assert at(rows, 0) == []


def test_two_tracks_on_one_person_become_one() -> None:
    script = [[LEFT, (24, 10, 44, 50)], [LEFT], [LEFT], [LEFT]]
    rows = track(Following(script), every=10, hold_frames=0)
    assert at(rows, 0) == [0, 1]
    assert len(at(rows, 3)) == 1
