"""The stage of actions: windows, centres, and frames that cannot be predicted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from anonlab import actions, ava, tables
from anonlab.models.contracts import Image, Persons


class Nobody:
    def detect(self, image: Image) -> Persons:
        return Persons.none(*image.shape[:2])


class Centre:
    """Its score for every class is the number of the window's centre frame."""

    def __init__(self, clip_len: int, frame_interval: int) -> None:
        self.clip_len, self.frame_interval = clip_len, frame_interval

    def observe(self, image: Image, boxes_xyxy: NDArray[np.float32]) -> int:
        return int(image[0, 0, 0])

    def recognize(self, window: Sequence[Any]) -> NDArray[np.float32]:
        assert len(window) == self.clip_len
        return np.full(ava.N_CLASSES, window[self.clip_len // 2], np.float32)


def scores(n_frames: int, clip_len: int, frame_interval: int) -> NDArray[np.float32]:
    frames = (np.full((2, 2, 3), index, np.uint8) for index in range(n_frames))
    found = dict(actions.predict(frames, Nobody(), Centre(clip_len, frame_interval)))
    return actions.spread(found, n_frames, frame_interval)


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


def test_not_predictable_is_not_empty() -> None:
    table = tables.table(tables.ACTIONS, actions.as_rows("videos/a", scores(70, 8, 8)))
    assert table.loc[~table["predictable"], list(ava.NAMES)].isna().all(axis=None)
    assert table.loc[table["predictable"], list(ava.NAMES)].notna().all(axis=None)
    assert 0 < table["predictable"].sum() < len(table)


@pytest.mark.parametrize("value", [-0.1, -np.inf])
def test_a_negative_score_is_refused(value: float) -> None:
    rows = actions.as_rows("videos/a", np.full((1, ava.N_CLASSES), value, np.float32))
    with pytest.raises(ValueError, match="actions"):
        tables.table(tables.ACTIONS, rows)
