"""Run lengths: what is encoded comes back, and what cannot be a mask is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from anonlab import masks
from anonlab.errors import InputError

shapes = st.tuples(st.integers(1, 20), st.integers(1, 20))
any_mask = arrays.arrays(bool, shapes)


def test_an_empty_mask_is_one_run_of_background() -> None:
    assert masks.encode(np.zeros((2, 3), bool)).tolist() == [6]


def test_a_full_mask_starts_with_no_background() -> None:
    assert masks.encode(np.ones((2, 3), bool)).tolist() == [0, 6]


def test_runs_go_down_the_columns() -> None:
    assert masks.encode(np.array([[0, 0, 1], [0, 1, 1]], bool)).tolist() == [3, 3]


def test_a_mask_without_pixels() -> None:
    runs = masks.encode(np.zeros((0, 5), bool))
    assert masks.decode(runs, 0, 5).shape == (0, 5)


@given(any_mask)
def test_round_trip(mask: np.ndarray) -> None:
    runs = masks.encode(mask)
    assert runs.dtype == np.int32
    assert runs.sum() == mask.size
    assert (runs[1:] > 0).all()
    np.testing.assert_array_equal(masks.decode(runs, *mask.shape), mask)


@given(any_mask)
def test_persons_are_every_second_run(mask: np.ndarray) -> None:
    assert masks.encode(mask)[1::2].sum() == mask.sum()


@pytest.mark.parametrize("runs", [[5], [7], [-1, 7], [[3, 3]]])
def test_runs_of_another_size_are_refused(runs: list[int]) -> None:
    with pytest.raises(InputError, match="add up to 6"):
        masks.decode(runs, 2, 3)


@pytest.mark.parametrize("wrong", [np.zeros((2, 3), np.uint8), np.zeros(6, bool)])
def test_only_masks_are_encoded(wrong: np.ndarray) -> None:
    with pytest.raises(InputError, match="array of bool"):
        masks.encode(wrong)


def test_nobody_grows_to_nobody() -> None:
    assert not masks.grow(np.zeros((4, 5), bool), 3).any()


@settings(deadline=None)  # large radii are compiled first
@given(any_mask, st.integers(0, 14))
def test_a_radius_may_lack_what_rounding_takes(mask: np.ndarray, radius: int) -> None:
    expected, reach = np.zeros_like(mask), radius**2
    for row, column in np.argwhere(mask):
        y, x = np.ogrid[: mask.shape[0], : mask.shape[1]]
        expected |= (y - row) ** 2 + (x - column) ** 2 <= reach
    np.testing.assert_array_equal(masks.grow(mask, radius), expected)
    np.testing.assert_array_equal(masks.grow(mask, max(0.0, radius - 1e-9)), expected)


@pytest.mark.parametrize("radius", [4, 8.5, 1000, float("inf")])
def test_a_mask_grows_over_all_that_is_near_however_it_lies_in_memory(radius: float) -> None:
    mask = np.zeros((5, 5), bool)
    mask[2, 4] = True
    grown = masks.grow(mask.T, radius)
    np.testing.assert_array_equal(grown, masks.grow(mask, radius).T)
    assert grown.all() == (radius > 4)


@pytest.mark.parametrize("radius", [-1.0, float("nan")])
def test_masks_do_not_shrink(radius: float) -> None:
    with pytest.raises(ValueError, match="0 pixels or more"):
        masks.grow(np.ones((3, 3), bool), radius)


@settings(deadline=None)
@given(any_mask, st.floats(0, 14))
def test_grown_masks_hold_every_pixel_within_the_radius(mask: np.ndarray, radius: float) -> None:
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    near = np.zeros_like(mask)
    for row, column in np.argwhere(mask):
        near |= np.hypot(y - row, x - column) <= radius + 1e-4
    grown = masks.grow(mask, radius)
    assert (grown >= mask).all()
    assert not (grown & ~near).any()
    for row, column in np.argwhere(mask):
        assert grown[np.hypot(y - row, x - column) <= radius - 1e-4].all()
