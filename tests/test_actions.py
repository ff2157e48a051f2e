"""The stage of actions: windows, centres, and frames that cannot be predicted."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from anonlab import actions, ava, media, models, pose, tables
from anonlab.errors import ParameterError
from anonlab.models.contracts import Image
from tests import people


class Centre:
    """Its score for every class is the number of the window's centre frame."""

    def __init__(self, clip_len: int, frame_interval: int) -> None:
        self.clip_len, self.frame_interval = clip_len, frame_interval

    def observe(self, image: Image, boxes_xyxy: NDArray[np.float32]) -> int:
        raise NotImplementedError

    def recognize(self, window: Sequence[Any]) -> NDArray[np.float32]:
        assert len(window) == self.clip_len
        return np.full(ava.N_CLASSES, window[self.clip_len // 2], np.float32)


def scores(n_frames: int, clip_len: int, frame_interval: int) -> NDArray[np.float32]:
    found = actions.predict(range(0, n_frames, frame_interval), Centre(clip_len, frame_interval))
    centres = {centre * frame_interval: values for centre, values in found}
    return actions.spread(centres, n_frames, frame_interval)


def test_a_clip_without_frames_has_no_rows() -> None:
    assert scores(0, 8, 8).shape == (0, ava.N_CLASSES)


def test_a_clip_shorter_than_the_window_cannot_be_predicted() -> None:
    assert np.isnan(scores(56, 8, 8)).all()


def test_the_papers_window_leaves_about_31_frames_at_either_end() -> None:
    known = np.flatnonzero(~np.isnan(scores(250, 8, 8)[:, 0]))
    assert known[0] == 28
    assert 249 - known[-1] in range(21, 32)


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 9))
def test_each_frame_has_the_prediction_whose_centre_is_nearest(
    n_frames: int, length: int, interval: int
) -> None:
    values = scores(n_frames, length, interval)[:, 0]
    known = np.flatnonzero(~np.isnan(values))
    assert (np.abs(values[known] - known) <= interval / 2).all()
    assert (np.diff(known) == 1).all()


@pytest.mark.parametrize(
    ("fps", "frames"), [("25", 8), ("30000/1001", 10), ("50", 16), ("25/2", 4), ("15", 5), ("1", 1)]
)
def test_a_window_lasts_as_long_at_any_frame_rate(fps: str, frames: int) -> None:
    assert actions.interval(Fraction(fps), 8) == frames


def test_not_predictable_is_not_empty() -> None:
    table = tables.table(tables.ACTIONS, actions.as_rows("videos/a", scores(70, 8, 8)))
    assert table.loc[~table["predictable"], list(ava.NAMES)].isna().all(axis=None)
    assert table.loc[table["predictable"], list(ava.NAMES)].notna().all(axis=None)
    assert 0 < table["predictable"].sum() < len(table)


def test_a_clip_is_read_observed_recognised_and_written(tmp_path: Path) -> None:
    images = [people.room(320, 240, [people.Person(100 + x, 40, 170)]) for x in range(40)]
    row = {"item": "videos/a", "media": "video", "width": 320, "height": 240, "fps": "25/2", "n_frames": 40}
    media.write_frames(tmp_path / "a.mp4", images, {**row, "colour": "rgb"})
    actions.recognize_item(tmp_path, tmp_path / "a.mp4", row, "skeleton", "blazepose", 0.5, 0)
    table = tables.read(tmp_path / "actions.parquet", tables.ACTIONS)
    assert np.flatnonzero(table["predictable"]).tolist() == list(range(14, 26))
    scores = table.loc[table["predictable"], list(ava.NAMES)]
    assert scores["stand"].gt(0).all()
    assert scores["swim"].eq(0).all()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A data set of one clip, with the tables that the stage reads."""
    images = [people.room(320, 240, [people.Person(100 + x, 40, 170)]) for x in range(40)]
    row = {"item": "videos/a", "scenario": "videos", "media": "video", "path": "videos/a.mp4", "width": 320}
    row |= {"height": 240, "fps": "25/2", "n_frames": 40, "colour": "rgb", "sha256": "0"}
    media.write_frames(tmp_path / "in/videos/a.mp4", images, row)
    tables.write(tmp_path / "data/manifest.parquet", tables.MANIFEST, [row])
    return tmp_path


def recognised(root: Path, **settings: Any) -> pd.DataFrame:
    where = {"workers": 1, "data": root / "data", "store": root / str(len(list(root.iterdir())))}
    return actions.run(str(root / "in"), "original", model="skeleton", **settings, **where)


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[Image]:
    """The frames in which persons were looked for, from now on."""
    frames: list[Image] = []
    detector = models.load("persons", "blazepose")
    monkeypatch.setattr(
        detector, "detect", lambda image, find=detector.detect: frames.append(image) or find(image)
    )
    return frames


LOOKED_FOR = {"detector": "blazepose", "min_score": 0.3, "every": 8, "model": "blazepose_body"}


def look(clip: Path, **settings: Any) -> dict[str, Any]:
    """Run the stage pose; returns its settings."""
    done = LOOKED_FOR | settings
    pose.run(str(clip / "in"), "original", **done, workers=1, data=clip / "data", store=clip / "pose")
    return done


def test_boxes_that_the_stage_pose_found_change_nothing_but_the_work(
    clip: Path, searched: list[Image]
) -> None:
    alone, known = recognised(clip), look(clip)
    searched.clear()
    pd.testing.assert_frame_equal(recognised(clip, pose=known), alone)
    assert len(searched) == 5  # every 4th of 40 frames is observed, every 8th was searched before
    pd.testing.assert_frame_equal(recognised(clip, pose=known | {"detector": "mask_rcnn"}), alone)
    assert len(searched) == 15
    recognised(clip, pose=known | {"min_score": 0.9})
    assert len(searched) == 25


@pytest.mark.parametrize("model", ["blazepose", "blazepose_body"])
def test_a_clip_whose_poses_are_known_is_not_read_again(
    clip: Path, searched: list[Image], monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    alone, known = recognised(clip), look(clip, every=2, model=model)
    searched.clear()
    monkeypatch.setattr(media, "read_every", lambda *_: pytest.fail("read"))
    pd.testing.assert_frame_equal(recognised(clip, pose=known), alone)
    assert not searched


def test_poses_through_other_eyes_are_not_taken_for_the_recognisers(
    clip: Path, searched: list[Image]
) -> None:
    alone, known = recognised(clip), look(clip, every=2)
    table = tables.read(clip / "data/pose/original.parquet", tables.POSE)
    table["keypoints"] = [points[::-1] for points in table["keypoints"]]
    tables.write(clip / "data/pose/original.parquet", tables.POSE, table)
    searched.clear()
    pd.testing.assert_frame_equal(recognised(clip, pose=known | {"model": "hrnet"}), alone)
    assert not searched


@pytest.mark.parametrize("every", [2, 8])
def test_who_scores_too_little_to_be_found_is_not_taken_from_the_poses_either(clip: Path, every: int) -> None:
    alone, known = recognised(clip), look(clip, every=every)
    table = tables.read(clip / "data/pose/original.parquet", tables.POSE)
    doubtful = table.assign(score=np.float32(0.4), x0=table["x0"] - 90, x1=table["x1"] - 90)
    doubtful["keypoints"] = [points[::-1] for points in table["keypoints"]]
    table = pd.concat([doubtful, table]).sort_values("frame", kind="stable", ignore_index=True)
    tables.write(clip / "data/pose/original.parquet", tables.POSE, table)
    pd.testing.assert_frame_equal(recognised(clip, pose=known), alone)


@pytest.mark.parametrize(("name", "value"), [("min_score", 1.5), ("frame_interval", -1)])
def test_settings_that_make_no_sense_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=f"actions.{name}"):
        actions.check(**{name: value})


@pytest.mark.parametrize("value", [-0.1, -np.inf])
def test_a_negative_score_is_refused(value: float) -> None:
    rows = actions.as_rows("videos/a", np.full((1, ava.N_CLASSES), value, np.float32))
    with pytest.raises(ValueError, match="actions"):
        tables.table(tables.ACTIONS, rows)
