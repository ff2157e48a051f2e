"""Nobody is left clear because a detector looked away: gaps are held, whole frames covered where somebody got lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab import anonymize, guard, masks, media, models, persons, records, tables
from anonlab.errors import ParameterError
from anonlab.methods import regions
from anonlab.models.contracts import Findings, Image, Persons
from tests.test_tracks import HEIGHT, WIDTH, Box, Searching, frames, someone

SIZE = (HEIGHT, WIDTH)
FPS = 10.0
MIDDLE: Box = (50, 15, 65, 45)
NO_PASS = guard.Settings(hold_s=0.3, whole_s=100.0)


def found(script: list[list[Box]], setting: guard.Settings = NO_PASS) -> pd.DataFrame:
    """The rows of the stage persons for a clip in which a detector finds what `script` says, frame by frame."""
    n = len(script)
    groups = persons.track(
        frames(n), Searching(script), every=1, hold_frames=round(setting.hold_s * FPS), last=n - 1
    )
    rows = tables.table(tables.PERSONS, ({"item": "clip", **row} for group in groups for row in group))
    return guard.closed(rows, n, SIZE, FPS, setting) if len(rows) else rows


def covered(rows: pd.DataFrame, frame: int) -> np.ndarray:
    here = rows[rows["frame"] == frame]
    return records.persons(here, *SIZE).masks.any(axis=0)


def leaks(rows: pd.DataFrame, frame: int, box: Box) -> bool:
    return bool((someone(box).masks[0] & ~covered(rows, frame)).any())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.booleans(), min_size=8, max_size=22), st.integers(0, 3))
def test_whoever_was_seen_for_a_while_is_never_clear_again(seen: list[bool], speed: int) -> None:
    seen = [True] * 5 + seen
    boxes = [(5 + speed * i, 15, 20 + speed * i, 45) for i in range(len(seen))]
    rows = found([[box] if here else [] for box, here in zip(boxes, seen, strict=True)])
    assert not [i for i, box in enumerate(boxes) if leaks(rows, i, box)]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from([MIDDLE, (0, 10, 20, 50), (90, 10, 119, 50)]), max_size=2), max_size=25)
)
def test_every_frame_has_one_state(script: list[list[Box]]) -> None:
    rows = found(script)
    states = guard.states(rows, len(script))
    assert sum(states.values()) == len(script)
    assert min(states.values()) >= 0
    assert states["n_whole"] == len(guard.whole_frames(rows))


def test_who_vanishes_in_the_middle_is_held_and_then_the_whole_frame_is_covered() -> None:
    rows = found([[MIDDLE]] * 6 + [[]] * 10, guard.Settings(hold_s=0.3, whole_s=0.4))
    assert guard.states(rows, 16) == {
        **{"n_empty": 3, "n_covered": 6, "n_held": 3},
        **{"n_whole": 4, "n_refused": 0},
    }
    assert sorted(guard.whole_frames(rows)) == [9, 10, 11, 12]
    assert covered(rows, 9).all()


def test_the_whole_frame_is_covered_only_until_somebody_is_found_near() -> None:
    rows = found([[MIDDLE]] * 6 + [[]] * 6 + [[MIDDLE]] * 5, guard.Settings(hold_s=0.1, whole_s=9.0))
    held_back = 1
    assert sorted(guard.whole_frames(rows)) == [7, 8, 9, 10, 11]
    assert (rows[rows["frame"] == 12 - held_back]["state"] == "held").any()


def test_somebody_found_far_away_is_somebody_else() -> None:
    rows = found([[(60, 20, 68, 40)]] * 6 + [[]] * 3 + [[(3, 20, 11, 40)]] * 5, guard.Settings(0.1, 9.0))
    assert set(guard.whole_frames(rows)) == set(range(7, 14))


@pytest.mark.parametrize(
    "box", [(0, 10, 20, 50), (100, 10, 120, 50), (50, 0, 70, 29)], ids=["left", "right", "top"]
)
def test_who_leaves_at_the_border_is_held_and_has_left(box: Box) -> None:
    rows = found([[box]] * 6 + [[]] * 10)
    assert not guard.whole_frames(rows)
    assert not any(leaks(rows, i, box) for i in range(9))


def test_who_is_near_and_cut_off_above_has_not_left() -> None:
    rows = found([[(40, 0, 70, 60)]] * 6 + [[]] * 10)
    assert guard.whole_frames(rows)


def test_a_gap_is_covered_from_both_of_its_ends() -> None:
    """Somebody who walks on unseen: the mask of the way before the gap does not reach the way after it."""
    boxes = [(20 + 2 * i, 15, 36 + 2 * i, 45) for i in range(9)]
    rows = found([[box] if i not in (4, 5) else [] for i, box in enumerate(boxes)], guard.Settings(0.3, 0.0))
    assert set(rows["person"]) == {0}
    assert not any(leaks(rows, i, box) for i, box in enumerate(boxes))


def test_where_only_faces_are_covered_a_held_person_is_covered_as_a_whole() -> None:
    def with_a_face(box: Box) -> Persons:
        one = someone(box)
        return dataclasses.replace(one, faces_xyxy=np.array([[53, 16, 62, 24]], np.float32))

    groups = [[persons._row(persons.Track(0, with_a_face(MIDDLE)), i)] for i in range(6)]
    table = tables.table(tables.PERSONS, ({"item": "clip", **row} for group in groups for row in group))
    rows = guard.closed(table, 8, SIZE, FPS, NO_PASS)
    for frame, whole_body in ((5, False), (6, True)):
        here = records.persons(rows[rows["frame"] == frame], *SIZE)
        hidden = regions.covered(here, "face", 0.0)
        assert bool((hidden >= someone(MIDDLE).masks[0]).all()) == whole_body


def test_each_person_who_is_found_again_answers_for_one_who_was_lost() -> None:
    two: list[Box] = [(30, 15, 42, 45), (60, 15, 72, 45)]
    rows = found([two] * 6 + [[]] * 6 + [[two[0]]] * 6, guard.Settings(hold_s=0.1, whole_s=9.0))
    assert set(guard.whole_frames(rows)) == set(range(7, 18))


def test_who_is_lost_behind_somebody_else_is_lost() -> None:
    front: Box = (50, 15, 65, 45)
    script: list[list[Box]] = [[front, (26 + 3 * i, 15, 41 + 3 * i, 45)] for i in range(8)] + [[front]] * 8
    rows = found(script, guard.Settings(hold_s=0.1, whole_s=9.0))
    assert guard.whole_frames(rows)


def test_who_appears_in_the_middle_is_held_backwards() -> None:
    rows = found([[]] * 6 + [[MIDDLE]] * 3)
    held = rows[rows["state"] == "held"]
    assert list(held["frame"]) == [3, 4, 5]
    assert not any(leaks(rows, i, MIDDLE) for i in range(3, 9))
    areas = [masks.decode(runs, *SIZE).sum() for runs in held["mask_rle"]]
    assert areas == sorted(areas, reverse=True)


def test_a_glimpse_covers_no_whole_frame() -> None:
    rows = found([[]] * 6 + [[MIDDLE]] * 2 + [[]] * 8)
    assert not guard.whole_frames(rows)
    assert set(rows["frame"]) == set(range(3, 11))


def test_a_second_track_of_one_person_covers_no_whole_frame() -> None:
    near = (52, 15, 67, 45)
    rows = found([[MIDDLE, near]] * 6 + [[MIDDLE]] * 9)
    assert not guard.whole_frames(rows)


@pytest.mark.parametrize(
    "box",
    [(40, 30, 41, 31), (40, 30, 50, 40), (0, 0, 5, 5), (119, 20, 120, 40), (50, 59, 60, 60), (0, 0, 120, 60)],
    ids=["1 px", "10 px", "corner", "right border", "bottom", "all of it"],
)
def test_people_of_any_size_and_at_any_border_are_covered(box: Box) -> None:
    rows = found([[box]] * 6 + [[]] * 2 + [[box]] * 2)
    assert not any(leaks(rows, i, box) for i in range(10))


def test_people_who_cross_are_covered_while_one_hides_the_other() -> None:
    script: list[list[Box]] = []
    for i in range(40):
        left, right = (40 + i, 15, 55 + i, 45), (70 - i, 15, 85 - i, 45)
        hidden = abs(left[0] - right[0]) < 4
        script.append([left] if hidden else [left, right])
    rows = found(script)
    for i, boxes in enumerate(script):
        assert not any(leaks(rows, i, box) for box in boxes)
        assert not leaks(rows, i, (70 - i, 15, 85 - i, 45))


def test_who_appears_in_the_last_frame_is_found() -> None:
    class Following(Searching):
        def follow(self, image: Image, previous: Persons) -> tuple[Persons, np.ndarray]:
            return previous, np.ones(len(previous), bool)

    script: list[list[Box]] = [[]] * 8 + [[MIDDLE]]
    groups = persons.track(frames(9), Following(script), every=5, hold_frames=3, last=8)
    assert 8 in {row["frame"] for group in groups for row in group}


@pytest.mark.parametrize(
    ("name", "value"), [("hold_s", -1.0), ("whole_s", -1.0), ("whole_s", float("nan")), ("nobody", "cove")]
)
def test_wrong_settings_are_named(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=rf"persons\.{name}"):
        guard.Settings(**{name: value})


class Blind:
    def detect(self, image: Image) -> Persons:
        return Persons.none(*image.shape[:2])


class Suspicious:
    """Finds a face in every picture, or in none."""

    def __init__(self, n: int) -> None:
        self.n = n

    def find(self, image: Image) -> Findings:
        boxes = np.array([[2, 2, 9, 9]] * self.n, np.float32).reshape(-1, 4)
        return Findings(np.array(["face"] * self.n), boxes, np.ones(self.n, np.float32))


def item(folder: Path) -> tuple[Path, dict[str, Any]]:
    path = folder / "empty.png"
    picture = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    media.write_image(path, picture)
    row = {"item": "images/empty", "scenario": "a", "media": "image", "path": "empty.png", "width": WIDTH}
    return path, row | {"height": HEIGHT, "fps": "", "n_frames": 1, "colour": "rgb", "sha256": ""}


@pytest.mark.parametrize(
    ("nobody", "second_sees", "state"),
    [
        ("cover", 1, "whole"),
        ("refuse", 1, "refused"),
        ("pass", 1, None),
        ("cover", 0, None),
        ("refuse", 0, None),
    ],
)
def test_a_picture_with_nobody_passes_only_if_two_detectors_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nobody: str, second_sees: int, state: str | None
) -> None:
    monkeypatch.setattr(
        models, "load", lambda role, name: Suspicious(second_sees) if role == "audit" else Blind()
    )
    path, row = item(tmp_path)
    looking = {"model": "blazepose", "min_score": 0.3, "every": 5, "hold_s": 0.5, "whole_s": 1.0}
    persons.find_in_item(tmp_path, path, row, **looking, nobody=nobody, second="centerface")
    rows = tables.read(tmp_path / "persons.parquet", tables.PERSONS)
    assert list(rows["state"]) == ([state] if state else [])

    how: dict[str, Any] = {"region": "body", "grow_frac": 0.0, "seed": 0}
    for kind in ("blur", "reencode"):
        out = tmp_path / kind
        known = tables.table(tables.TRUTH, [])
        anonymize.anonymize_item(out, path, row, rows, known, kind=kind, settings={}, **how)
        copy = media.read_image(out / "empty.png")
        same = (copy == media.read_image(path)).all(axis=2)
        frames = tables.read(out / "frames.parquet", tables.FRAMES).iloc[0]
        assert frames[f"n_{state or 'empty'}"] == 1
        if kind == "blur":
            assert (not same.any()) if state else same.all()
        if kind == "blur" and state == "refused":
            assert np.abs(copy.astype(int) - 128).max() <= 2


@pytest.mark.parametrize("size_hw", [(1, 1), (33, 33), (33, 200), (200, 33), (127, 63), (640, 34)])
@pytest.mark.parametrize("name", ["centerface", "classic"])
def test_the_second_detector_takes_pictures_of_any_size(name: str, size_hw: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*size_hw, 3), dtype=np.uint8)
    found = models.load("audit", name).find(picture)
    assert np.isfinite(found.boxes_xyxy).all()
    assert ((found.boxes_xyxy >= 0) & (found.boxes_xyxy <= [*size_hw[::-1]] * 2)).all()
