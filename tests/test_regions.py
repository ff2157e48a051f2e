"""Which pixels are covered: body or head, grown by a disc, failing closed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.methods import regions
from anonlab.models.contracts import Persons

H, W = 40, 50
BOX = [10.0, 5.0, 30.0, 35.0]
NOWHERE = [np.nan] * 4


def one(mask=None, box=None, face=None) -> Persons:
    masks = np.zeros((1, H, W), bool) if mask is None else mask[np.newaxis]
    box, face = np.array([box or BOX], np.float32), np.array([face or NOWHERE], np.float32)
    return Persons(box, np.ones(1, np.float32), masks, face)


def rectangle(y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    mask = np.zeros((H, W), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def test_nobody():
    assert regions.find(Persons.none(H, W), "body", 0.1) == []
    assert not regions.covered(Persons.none(H, W), "face", 0.1).any()


class TestBody:
    def test_the_mask_as_it_is(self):
        mask = rectangle(6, 30, 12, 28)
        mask[10:20, 14:20] = False
        np.testing.assert_array_equal(regions.covered(one(mask), "body", 0), mask)

    def test_an_empty_mask_is_the_box(self):
        np.testing.assert_array_equal(regions.covered(one(), "body", 0), rectangle(5, 35, 10, 30))

    def test_an_empty_mask_is_every_pixel_that_the_box_touches(self):
        found = one(box=[-5.0, 4.9, 3.1, 100.0])
        np.testing.assert_array_equal(regions.covered(found, "body", 0), rectangle(4, H, 0, 4))

    def test_an_empty_mask_and_a_box_without_size(self):
        found = one(box=[7.0, 8.0, 7.0, 8.0])
        np.testing.assert_array_equal(regions.covered(found, "body", 0), rectangle(8, 9, 7, 8))

    def test_an_empty_mask_and_a_box_outside_the_picture(self):
        assert regions.find(one(box=[60.0, 5.0, 70.0, 35.0]), "body", 0.5) == []

    @pytest.mark.parametrize("edge", range(4))
    def test_an_empty_mask_and_a_box_that_is_no_number(self, edge):
        box = list(BOX)
        box[edge] = np.nan
        assert regions.covered(one(box=box), "body", 0).all()

    def test_a_box_the_wrong_way_round(self):
        found = one(box=[30.0, 35.0, 10.0, 5.0])
        np.testing.assert_array_equal(regions.covered(found, "body", 0), rectangle(5, 35, 10, 30))


class TestFace:
    def test_an_ellipse_that_touches_the_sides_of_the_face(self):
        face = regions.covered(one(rectangle(5, 35, 10, 30), face=[12.0, 6.0, 26.0, 26.0]), "face", 0)
        ys, xs = np.nonzero(face)
        assert (ys.min(), ys.max() + 1, xs.min(), xs.max() + 1) == (6, 26, 12, 26)
        assert face.sum() == pytest.approx(np.pi * 7 * 10, rel=0.02)

    def test_it_does_not_depend_on_the_mask(self):
        face = [12.0, 6.0, 26.0, 26.0]
        np.testing.assert_array_equal(
            regions.covered(one(rectangle(5, 35, 10, 30), face=face), "face", 0),
            regions.covered(one(face=face), "face", 0),
        )

    @pytest.mark.parametrize(
        "face",
        [
            NOWHERE,
            [12.0, 6.0, np.nan, 26.0],
            [12.0, 6.0, 12.0, 26.0],
            [26.0, 6.0, 12.0, 26.0],
            [90.0, 6.0, 99.0, 9.0],
        ],
    )
    def test_a_face_that_is_not_there_is_the_body(self, face):
        mask = rectangle(5, 35, 10, 30)
        np.testing.assert_array_equal(regions.covered(one(mask, face=face), "face", 0), mask)

    def test_neither_face_nor_mask_is_the_box(self):
        np.testing.assert_array_equal(regions.covered(one(), "face", 0), rectangle(5, 35, 10, 30))

    def test_one_person_with_and_one_without_a_face(self):
        two = Persons(
            np.array([BOX, BOX], np.float32),
            np.ones(2, np.float32),
            np.stack([rectangle(5, 35, 10, 20), rectangle(5, 35, 22, 30)]),
            np.array([[11.0, 6.0, 19.0, 14.0], NOWHERE], np.float32),
        )
        union = regions.covered(two, "face", 0)
        np.testing.assert_array_equal(union[:, 22:30], two.masks[1][:, 22:30])
        assert union[:, 10:20].sum() == pytest.approx(np.pi * 16, rel=0.1)


class TestGrowth:
    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.sampled_from([0.001, 0.02, 0.1, 0.31, 1.0]))
    def test_every_pixel_within_the_radius_and_no_other(self, seed, grow):
        rng = np.random.default_rng(seed)
        mask = rng.random((H, W)) < 0.003
        mask[rng.integers(H), rng.integers(W)] = True
        radius = max(1, np.ceil(grow * 30))
        ys, xs = np.nonzero(mask)
        y, x = np.mgrid[:H, :W]
        squares = (y[..., np.newaxis] - ys) ** 2 + (x[..., np.newaxis] - xs) ** 2
        expected = squares.min(axis=2) <= radius**2
        np.testing.assert_array_equal(regions.covered(one(mask), "body", grow), expected)

    def test_more_growth_covers_more(self):
        sizes = [
            regions.covered(one(rectangle(10, 20, 10, 20)), "body", g).sum() for g in (0, 0.01, 0.1, 0.5)
        ]
        assert sizes == sorted(set(sizes))

    def test_the_longest_growth_covers_everything(self):
        assert regions.covered(one(rectangle(0, 1, 0, 1)), "body", 1e308).all()

    def test_a_face_grows_by_the_persons_size(self):
        face = [15.0, 10.0, 25.0, 20.0]
        radius = 3  # 0.1 of 30 px
        kernel = np.hypot(*np.ogrid[-radius : radius + 1, -radius : radius + 1]) <= radius
        expected = cv2.dilate(
            regions.covered(one(face=face), "face", 0).astype(np.uint8), kernel.astype(np.uint8)
        )
        np.testing.assert_array_equal(regions.covered(one(face=face), "face", 0.1), expected > 0)


class TestOrder:
    def test_the_longest_person_comes_last_whatever_the_order(self):
        boxes = np.array([[0, 0, 9, 30], [0, 0, 20, 5], [3, 3, 4, 4]], np.float32)
        masks = np.ones((3, H, W), bool)
        found = Persons(boxes, np.ones(3, np.float32), masks, np.full((3, 4), np.nan, np.float32))
        for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
            areas = regions.find(found.take(order), "body", 0)
            assert [area.long_side_px for area in areas] == [1, 20, 30]

    def test_areas_together_are_the_union(self):
        rng = np.random.default_rng(0)
        found = Persons(
            rng.uniform(0, 40, (4, 4)).astype(np.float32),
            np.ones(4, np.float32),
            rng.random((4, H, W)) < 0.01,
            rng.uniform(0, 40, (4, 4)).astype(np.float32),
        )
        union = np.zeros((H, W), bool)
        for area in regions.find(found, "face", 0.05):
            assert area.mask.any()
            union[area.window.at] |= area.mask
        np.testing.assert_array_equal(union, regions.covered(found, "face", 0.05))


@given(*[st.tuples(*[st.integers(0, 50)] * 4)] * 2)
def test_the_smallest_window_that_holds_two(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    windows = [
        regions.Window(min(y), max(y), min(x), max(x)) for y, x in ((w[:2], w[2:]) for w in (one, other))
    ]
    both = windows[0].joined(windows[1])
    assert both == windows[1].joined(windows[0])
    assert both[::2] == tuple(map(min, windows[0][::2], windows[1][::2]))
    assert both[1::2] == tuple(map(max, windows[0][1::2], windows[1][1::2]))
