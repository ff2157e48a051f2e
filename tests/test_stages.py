"""The stages on pictures that are awkward: nobody, one pixel, one frame, people at every border."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anonlab import anonymize, dataset, guard, items, masks, media, persons, pose, records, tables
from anonlab.errors import InputError, ParameterError
from anonlab.methods import regions
from tests import people
from tests.people import Person

METHODS = {"blur": {"sigma_frac": 0.03}, "pixelate": {"cells": 16}, "silhouette": {}}


class Run:
    """A data set in a temporary folder, and the stages on it."""

    def __init__(self, home: Path) -> None:
        self.folder, self.data, self.store = home / "footage", home / "data", home / "items"
        self.places = {"data": self.data, "store": self.store, "workers": 1}

    def image(self, name: str, image: np.ndarray) -> None:
        media.write_image(self.folder / "images/room" / f"{name}.png", image)

    def clip(self, name: str, frames: list[np.ndarray], fps: Fraction = Fraction(25)) -> None:
        path = self.folder / "videos" / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        with media.VideoWriter(path, fps, (frames[0].shape[1], frames[0].shape[0])) as writer:
            for frame in frames:
                writer.write(frame)

    def found(self) -> pd.DataFrame:
        dataset.run(str(self.folder), **self.places)
        return persons.run(str(self.folder), **self.places)

    def anonymized(self, kind: str, settings: dict, **how: object) -> pd.DataFrame:
        return anonymize.run(str(self.folder), kind, settings, **how, **self.places)

    def pairs(self, kind: str):
        """Original and anonymized frames, with the persons of each."""
        found = tables.read(self.data / "persons.parquet", tables.PERSONS)
        both = zip(
            items.sources(self.folder, self.data), items.sources(self.folder, self.data, kind), strict=True
        )
        for original, copy in both:
            frames = zip(*(media.read_frames(s.path, s.row["media"]) for s in (original, copy)), strict=True)
            for index, (before, after) in enumerate(frames):
                mine = found[(found["item"] == original.row["item"]) & (found["frame"] == index)]
                yield before, after, records.persons(mine, *before.shape[:2])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """People in the middle and at every border, in colour, in gray and in a clip."""
    run = Run(tmp_path_factory.mktemp("crowd"))
    run.image("middle", people.room(people=[Person(200, 60, 380), Person(450, 100, 320)]))
    run.image("left", people.room(people=[Person(15, 60, 380)]))
    run.image("right", people.room(people=[Person(625, 60, 380)]))
    run.image("top", people.room(people=[Person(320, -60, 480)]))
    run.image("bottom", people.room(people=[Person(320, 150, 480)]))
    gray = people.room(people=[Person(320, 60, 380)]).mean(axis=2, keepdims=True).astype(np.uint8)
    run.image("gray", np.repeat(gray, 3, axis=2))
    walk = [people.room(320, 240, [Person(40 + 12 * i, 30, 190)], seed=i) for i in range(9)]
    run.clip("walk", walk, Fraction(30000, 1001))
    assert run.found()["item"].nunique() == 7
    return run


@pytest.mark.parametrize("kind", METHODS)
def test_inside_the_grown_masks_everything_differs_and_outside_nothing(crowd: Run, kind: str) -> None:
    crowd.anonymized(kind, METHODS[kind], grow_frac=0.02)
    n_covered = 0
    for before, after, here in crowd.pairs(kind):
        covered = regions.covered(here, "body", 0.02)
        np.testing.assert_array_equal((before != after).any(axis=2), covered)
        n_covered += covered.sum()
    assert n_covered > 0


def test_a_face_region_covers_less_than_the_body_and_not_nothing(crowd: Run) -> None:
    body = crowd.anonymized("blur", METHODS["blur"], region="body")
    face = crowd.anonymized("blur", METHODS["blur"], region="face")
    assert (face["mask_share"] < body["mask_share"]).all()
    assert (face["mask_share"] > 0).all()


def test_clips_keep_their_rate_and_length(crowd: Run) -> None:
    crowd.anonymized("blur", METHODS["blur"])
    (copy,) = [s for s in items.sources(crowd.folder, crowd.data, "blur") if s.row["media"] == "video"]
    info = media.probe_video(copy.path)
    assert (info.fps, info.n_frames) == (Fraction(30000, 1001), 9)


def test_the_original_is_not_copied_and_its_frames_are_accounted_for(crowd: Run) -> None:
    frames = crowd.anonymized("original", {})
    assert list((crowd.data / "anonymized/original").iterdir()) == [
        crowd.data / "anonymized/original/frames.parquet"
    ]
    assert frames["n_frames"].sum() == 6 + 9
    assert frames["mask_share"].isna().all()


def test_poses_do_not_depend_on_the_run(crowd: Run) -> None:
    first = pose.run(str(crowd.folder), "original", every=3, **crowd.places)
    again = pose.run(
        str(crowd.folder), "original", every=3, **(crowd.places | {"store": crowd.store / "anew"})
    )
    pd.testing.assert_frame_equal(first, again)
    assert set(first.loc[first["item"] == "videos/walk", "frame"]) <= {0, 3, 6}


def test_nobody_anywhere_is_a_result(run: Run) -> None:
    run.image("empty", people.room())
    run.clip("empty", [people.room(160, 120, seed=i) for i in range(4)])
    assert run.found().empty
    frames = run.anonymized("blur", METHODS["blur"])
    assert frames["n_empty"].tolist() == frames["n_frames"].tolist()
    for before, after, _ in run.pairs("blur"):
        np.testing.assert_array_equal(before, after)
    assert pose.run(str(run.folder), "blur", **run.places).empty


def test_one_pixel_and_one_frame(run: Run) -> None:
    run.image("pixel", np.full((1, 1, 3), 7, np.uint8))
    run.clip("frame", [people.room(160, 120, [Person(80, 10, 100)])])
    found = run.found()
    assert set(found["item"]) <= {"videos/frame"}
    frames = run.anonymized("pixelate", METHODS["pixelate"])
    assert frames["n_frames"].tolist() == [1, 1]


def test_images_only_and_videos_only(tmp_path: Path) -> None:
    only_images, only_videos = Run(tmp_path / "a"), Run(tmp_path / "b")
    only_images.image("one", people.room(64, 64))
    only_videos.clip("one", [people.room(64, 64)])
    assert only_images.found().empty
    assert only_videos.found().empty


def test_inputs_are_never_written_to(run: Run) -> None:
    run.image("one", people.room(320, 240, [Person(160, 30, 190)]))
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    run.found()
    for kind, settings in METHODS.items():
        run.anonymized(kind, settings)
    assert {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()} == before


def test_a_file_that_vanished_is_named(run: Run) -> None:
    run.image("one", people.room(64, 64))
    run.found()
    (run.folder / "images/room/one.png").unlink()
    with pytest.raises(InputError, match=r"one\.png: gone"):
        run.anonymized("blur", METHODS["blur"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: persons.run(str(run.folder), every=0, **run.places), r"persons\.every"),
        (lambda run: persons.run(str(run.folder), hold_s=-1.0, **run.places), r"persons\.hold_s"),
        (lambda run: persons.run(str(run.folder), model="blazepos", **run.places), "no model 'blazepos'"),
        (lambda run: pose.run(str(run.folder), "original", every=0, **run.places), r"pose\.every"),
        (
            lambda run: pose.run(str(run.folder), "original", model="hrnett", **run.places),
            "no model 'hrnett'",
        ),
        (lambda run: run.anonymized("blurr", {}), "blurr"),
        (lambda run: run.anonymized("blur", {"sigma_frac": float("nan")}), "sigma_frac"),
    ],
)
def test_wrong_arguments_end_in_one_line(run: Run, call: Callable[[Run], object], message: str) -> None:
    run.image("one", people.room(64, 64))
    run.found()
    with pytest.raises(ParameterError, match=message) as caught:
        call(run)
    assert "\n" not in str(caught.value)


def test_methods_are_told_who_is_held_and_where_somebody_may_be_anywhere(run: Run) -> None:
    """What is held is no sight of a person, and a frame that is covered as a whole is no background."""
    size = (48, 64)
    run.clip("a", [np.full((*size, 3), 90 + k, np.uint8) for k in range(4)])
    manifest = dataset.run(str(run.folder), **run.places)
    row = manifest.iloc[0].to_dict()
    mask = np.zeros(size, bool)
    mask[10:30, 10:20] = True
    one = guard.covered_whole(row["item"], 0, size, "covered") | {"person": 7, "mask_rle": masks.encode(mask)}
    found = tables.table(
        tables.PERSONS,
        [
            one,
            one | {"frame": 1, "state": guard.HELD},
            one | {"frame": 2},
            guard.covered_whole(row["item"], 2, size, guard.WHOLE),
        ],
    )
    frames = list(anonymize._frames(run.folder / row["path"], row, found))
    assert [frame.tracks.tolist() for frame in frames] == [[7], [7], [7], []]
    assert [[frame.sees(k) for k in range(len(frame.tracks))] for frame in frames] == [
        [True],
        [False],
        [True],
        [],
    ]
    assert [frame.unsure for frame in frames] == [False, False, True, False]
    np.testing.assert_array_equal(frames[1].persons.masks[0], mask)
