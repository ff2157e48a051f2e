"""Inside the areas no pixel equals the original, outside every pixel does; and what a setting may be."""

from __future__ import annotations

import pickle
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab import methods
from anonlab.errors import InputError, ParameterError
from anonlab.methods import covering, filters, plain, regions
from anonlab.models.contracts import Image, Persons

COVERING = {
    "blur": {},
    "blur_px": {"method": "blur", "sigma_px": 5},
    "pixelate": {},
    "pixelate_px": {"method": "pixelate", "block_px": 7},
    "silhouette": {},
}
H, W = 48, 64
NOWHERE = [np.nan] * 4


def persons(*found: tuple[Any, Any, Any], height: int = H, width: int = W) -> Persons:
    """Persons from (box, mask, face) each."""
    if not found:
        return Persons.none(height, width)
    boxes, masks, faces = (np.array(column) for column in zip(*found, strict=True))
    scores = np.ones(len(found), np.float32)
    return Persons(boxes.astype(np.float32), scores, masks.astype(bool), faces.astype(np.float32))


def block(y0: int, y1: int, x0: int, x1: int) -> tuple[list[float], np.ndarray, list[float]]:
    """A person that fills a rectangle, with the head in its upper part."""
    mask = np.zeros((H, W), bool)
    mask[y0:y1, x0:x1] = True
    return [x0, y0, x1, y1], mask, [x0, y0, x1, y0 + max(1, (y1 - y0) // 3)]


def picture(what: str, colour: bool = True, seed: int = 0) -> Image:
    rng = np.random.default_rng(seed)
    channels = 3 if colour else 1
    image = {
        "noise": rng.integers(0, 256, (H, W, channels)),
        "two levels": rng.choice([0, 255], (H, W, channels)),
        "black": np.zeros((H, W, channels)),
        "white": np.full((H, W, channels), 255),
        "gray": np.full((H, W, channels), plain.LEVEL),
    }[what]
    return np.broadcast_to(image, (H, W, 3)).astype(np.uint8)


def anonymize(kind: str, image: Image, found: Persons, region: str = "body", grow: float = 0.02) -> Image:
    return methods.anonymizer(kind, COVERING[kind], region, grow)(image, found, np.random.default_rng(0))


def assert_covers(kind: str, image: Image, found: Persons, region: str, grow: float = 0.02) -> None:
    before = image.copy()
    result = anonymize(kind, image, found, region, grow)
    changed = (result != image).any(axis=2)
    np.testing.assert_array_equal(changed, regions.covered(found, region, grow))
    assert result.shape == image.shape
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(image, before)
    if (image == image[..., :1]).all():
        assert (result == result[..., :1]).all(), "gray stays gray"


PLACES = {
    "inside": (10, 40, 20, 44),
    "left": (10, 40, 0, 12),
    "right": (10, 40, W - 12, W),
    "top": (0, 9, 20, 44),
    "bottom": (H - 9, H, 20, 44),
    "top left": (0, 30, 0, 20),
    "top right": (0, 30, W - 20, W),
    "bottom left": (H - 30, H, 0, 20),
    "bottom right": (H - 30, H, W - 20, W),
    "everything": (0, H, 0, W),
    "one pixel": (20, 21, 30, 31),
    "one pixel in a corner": (H - 1, H, W - 1, W),
    "one row": (20, 21, 0, W),
    "one column": (0, H, 30, 31),
}


@pytest.mark.parametrize("kind", COVERING)
@pytest.mark.parametrize("region", regions.REGIONS)
class TestCover:
    def test_nobody(self, kind, region):
        image = picture("noise")
        result = anonymize(kind, image, persons(), region)
        np.testing.assert_array_equal(result, image)
        assert result is not image

    @pytest.mark.parametrize("place", PLACES)
    def test_one_person_anywhere(self, kind, region, place):
        found = persons(block(*PLACES[place]))
        for what in ("noise", "two levels", "black", "white", "gray"):
            for colour in (True, False):
                assert_covers(kind, picture(what, colour), found, region)

    def test_many_persons(self, kind, region):
        found = persons(*(block(*place) for place in PLACES.values()))
        for grow in (0.0, 0.001, 0.3):
            assert_covers(kind, picture("noise", colour=False), found, region, grow)

    def test_order_of_persons_does_not_matter(self, kind, region):
        found = persons(*(block(*place) for place in PLACES.values()), block(*PLACES["inside"]))
        found.masks[-1, 15, 22:30] = False  # the same box as another person, and another mask
        order = np.random.default_rng(1).permutation(len(found))
        image = picture("noise")
        np.testing.assert_array_equal(
            anonymize(kind, image, found, region), anonymize(kind, image, found.take(order), region)
        )

    def test_same_generator_state_same_result(self, kind, region):
        image, found = picture("noise"), persons(block(*PLACES["left"]))
        np.testing.assert_array_equal(
            anonymize(kind, image, found, region), anonymize(kind, image, found, region)
        )

    def test_views_and_read_only_pictures(self, kind, region):
        image, found = picture("noise"), persons(block(*PLACES["top left"]))
        expected = anonymize(kind, image, found, region)
        wide = np.repeat(image, 2, axis=1)[:, ::2]
        backwards = np.ascontiguousarray(image[::-1])[::-1]
        image.flags.writeable = False
        for same in (wide, backwards, image):
            np.testing.assert_array_equal(anonymize(kind, same, found, region), expected)

    def test_a_smaller_person_changes_nothing_in_the_area_of_a_longer_one(self, kind, region):
        image, large, small = picture("noise"), block(0, H, 0, 40), block(20, 30, 30, 60)
        both = anonymize(kind, image, persons(large, small), region)
        alone = anonymize(kind, image, persons(large), region)
        inside = regions.covered(persons(large), region, 0.02)
        np.testing.assert_array_equal(both[inside], alone[inside])


coordinate = st.floats(-80, 140, width=32) | st.sampled_from([np.nan, np.inf, -np.inf])
rectangle = st.lists(coordinate, min_size=4, max_size=4)


@st.composite
def made_persons(draw):
    """Persons as no detector should give them: masks far from their boxes, empty masks, boxes and faces anywhere."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        mask = np.zeros((H, W), bool)
        y, x = draw(st.integers(0, H - 1)), draw(st.integers(0, W - 1))
        mask[y : y + draw(st.integers(0, 20)), x : x + draw(st.integers(1, 20))] = True
        found.append((draw(rectangle), mask, draw(rectangle)))
    return persons(*found)


@settings(max_examples=60, deadline=None)
@given(
    made_persons(),
    st.sampled_from(sorted(COVERING)),
    st.sampled_from(regions.REGIONS),
    st.sampled_from([0.0, 0.02, 0.5, 1e300]),
    st.booleans(),
)
def test_whatever_a_detector_says(found, kind, region, grow, colour):
    assert_covers(kind, picture("noise", colour), found, region, grow)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3)])
@pytest.mark.parametrize("kind", COVERING)
def test_smallest_pictures(kind, size):
    found = persons(([0, 0, 1, 1], np.ones(size), NOWHERE), height=size[0], width=size[1])
    image = np.full((*size, 3), 77, np.uint8)
    assert (anonymize(kind, image, found) != image).any(axis=2).all()


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        *(("blur", {name: value}) for name in ("sigma_frac", "sigma_px") for value in (1, 1e3, 1e200)),
        *(("pixelate", {"block_px": value}) for value in (1000, 10**30)),
        *(("pixelate", {"cells": value}) for value in (1, 10**30)),
        *(("silhouette", {"level": value}) for value in (0, 255)),
    ],
)
def test_extreme_strengths(kind, setting):
    image, found = picture("noise"), persons(block(*PLACES["top left"]))
    result = methods.anonymizer(kind, setting, "body", 0.02)(image, found, np.random.default_rng(0))
    np.testing.assert_array_equal((result != image).any(axis=2), regions.covered(found, "body", 0.02))


class TestNoise:
    """Which pixels equalled the fill does not show: `filters.unlike`."""

    @given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
    def test_never_the_original_and_at_most_two_levels_off(self, fill, original, noise):
        pixel = (np.full((1, 1, 3), value, np.uint8) for value in (original, fill))
        result = filters.unlike(*pixel, np.full((1, 1), noise, np.uint8)).ravel().astype(int)
        assert len(set(result)) == 1
        assert result[0] != original
        assert abs(result[0] - fill) <= 2

    def test_every_level_is_about_as_frequent(self):
        noise = np.arange(256, dtype=np.uint8)[np.newaxis]
        fill = np.full((1, 256, 3), 100, np.uint8)
        for original in range(97, 104):
            result = filters.unlike(np.full_like(fill, original), fill, noise)[..., 0]
            levels, counts = np.unique(result, return_counts=True)
            assert set(levels) == {99, 100, 101} - {original}
            assert counts.min() / counts.max() > 0.9

    def test_two_generators_draw_differently(self):
        image, found = picture("gray"), persons(block(*PLACES["everything"]))
        method = methods.anonymizer("silhouette", {}, "body", 0)
        one, other = (method(image, found, np.random.default_rng(seed)) for seed in (1, 2))
        assert (one != other).any()


def exact_gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    kernel = cv2.getGaussianKernel(2 * int(np.ceil(6 * sigma)) + 1, sigma, cv2.CV_64F)
    return cv2.sepFilter2D(image.astype(float), -1, kernel, kernel, borderType=cv2.BORDER_REFLECT)


class TestBlur:
    @pytest.mark.parametrize("sigma", [1, 3, 7.9, 8, 12.5, 18, 40])
    def test_within_two_levels_of_the_exact_gaussian(self, sigma):
        rng = np.random.default_rng(0)
        squares = np.kron(rng.choice(np.uint8([0, 255]), (9, 13, 3)), np.ones((23, 23, 1), np.uint8))
        for image in (rng.integers(0, 256, (211, 307, 3), np.uint8), squares):
            error = np.abs(filters.gaussian(image, sigma) - exact_gaussian(image, sigma))
            assert error.max() < 2
            assert error.mean() < 0.4  # 0.25 of it by rounding

    def test_a_person_is_blurred_with_its_surroundings(self):
        """Cutting out the person with a margin changes nothing that matters, at the picture's border neither."""
        rng = np.random.default_rng(0)
        image = np.kron(rng.choice(np.uint8([0, 255]), (12, 16, 3)), np.ones((20, 20, 1), np.uint8))
        mask = np.zeros(image.shape[:2], bool)
        mask[100:, 200:] = True
        found = persons(([200, 100, 320, 240], mask, NOWHERE))
        result = plain.blur(image, found, rng, sigma_frac=0.1)
        error = np.abs(result - exact_gaussian(image, 14))[mask]
        assert error.max() < 4
        assert error.mean() < 1

    @pytest.mark.parametrize("period", [2, 4, 6])
    @pytest.mark.parametrize("sigma", [6, 10, 16, 33])
    def test_a_fine_checkerboard_vanishes(self, period, sigma):
        y, x = np.ogrid[:241, :333]
        board = np.where((y // (period // 2) + x // (period // 2)) % 2, 255, 0).astype(np.uint8)
        result = filters.gaussian(np.dstack([board] * 3), sigma)
        inner = result[
            3 * sigma : -3 * sigma, 3 * sigma : -3 * sigma
        ]  # mirroring breaks the pattern at the border
        assert np.ptp(inner.astype(int)) <= 1
        assert abs(int(inner[0, 0, 0]) - 127) <= 2

    def test_detail_falls_as_sigma_rises(self):
        image, found = picture("noise"), persons(block(*PLACES["everything"]))
        detail = [
            plain.blur(image, found, np.random.default_rng(0), sigma_px=sigma).std()
            for sigma in (1, 2, 4, 12)
        ]
        assert detail == sorted(detail, reverse=True)

    def test_strength_follows_the_person_and_not_the_picture(self):
        image, found = picture("noise"), persons(block(8, 40, 16, 36))
        relative = plain.blur(image, found, np.random.default_rng(0), sigma_frac=0.1)
        absolute = plain.blur(image, found, np.random.default_rng(0), sigma_px=3.2)
        np.testing.assert_array_equal(relative, absolute)

    def test_a_tiny_person_is_blurred_by_a_pixel_at_least(self):
        image, found = picture("noise"), persons(block(*PLACES["one pixel"]))
        relative = plain.blur(image, found, np.random.default_rng(0), sigma_frac=0.03)
        absolute = plain.blur(image, found, np.random.default_rng(0), sigma_px=covering.MIN_SIGMA_PX)
        np.testing.assert_array_equal(relative, absolute)


def brute_blocks(image: Image, x: int, y: int, side: int) -> np.ndarray:
    """Mean of every block of a grid through (x, y), over what the picture has of it."""
    rows, columns = (np.arange(H) - y) // side, (np.arange(W) - x) // side
    result = np.empty(image.shape)
    for row in np.unique(rows):
        for column in np.unique(columns):
            where = np.ix_(rows == row, columns == column)
            result[where] = image[where].mean(axis=(0, 1))
    return result


class TestPixelate:
    @pytest.mark.parametrize(
        ("x", "y", "side"), [(0, 0, 8), (5, 3, 7), (-4, -9, 10), (40, 30, 100), (63, 47, 2)]
    )
    def test_blocks_are_means(self, x, y, side):
        image = picture("noise")
        found = persons(([x, y, x + 20, y + 20], np.ones((H, W)), NOWHERE))
        result = plain.pixelate(image, found, np.random.default_rng(0), block_px=side)
        assert (
            np.abs(result - brute_blocks(image, x, y, side)).max() <= 2.5
        )  # rounding, and 2 levels of noise

    def test_mean_is_exact_before_the_noise(self):
        image = picture("noise")
        rows, columns = filters.grid_lines(3, 40, 5, 7, H), filters.grid_lines(10, 64, 2, 7, W)
        exact = brute_blocks(image, 2, 5, 7)[rows[0] : rows[-1], columns[0] : columns[-1]]
        assert np.abs(filters.blocks(image, rows, columns) - exact).max() <= 0.5

    @given(
        st.integers(0, 40), st.integers(1, 20), st.integers(-100, 100), st.integers(1, 50), st.integers(0, 9)
    )
    def test_grid_lines(self, low, length, anchor, side, after):
        size = low + length + after
        lines = filters.grid_lines(low, low + length, anchor, side, size)
        assert 0 <= lines[0] <= low
        assert low + length <= lines[-1] <= size
        assert (np.diff(lines) > 0).all()
        assert all((line - anchor) % side == 0 for line in lines if 0 < line < size)

    @pytest.mark.parametrize("cells", [1, 3, 4, 16, 10**6])
    def test_at_most_so_many_cells_along_the_person(self, cells):
        image, found = picture("noise"), persons(block(8, 38, 10, 30))
        relative = plain.pixelate(image, found, np.random.default_rng(0), cells=cells)
        side = {1: 30, 3: 10, 4: 8, 16: 2, 10**6: covering.MIN_BLOCK_PX}[cells]
        absolute = plain.pixelate(image, found, np.random.default_rng(0), block_px=side)
        np.testing.assert_array_equal(relative, absolute)

    def test_the_grid_moves_with_the_person(self):
        """The same person elsewhere in the picture gives the same blocks."""
        image = picture("noise")
        moved = np.roll(image, (5, 3), axis=(0, 1))
        here, there = persons(block(8, 28, 10, 30)), persons(block(13, 33, 13, 33))
        one = plain.pixelate(image, here, np.random.default_rng(0), block_px=5)
        other = plain.pixelate(moved, there, np.random.default_rng(0), block_px=5)
        assert np.abs(one[8:28, 10:30].astype(int) - other[13:33, 13:33]).max() <= 4  # noise alone

    def test_detail_falls_as_blocks_grow(self):
        image, found = picture("noise"), persons(block(*PLACES["everything"]))
        detail = [
            plain.pixelate(image, found, np.random.default_rng(0), block_px=px).std() for px in (2, 4, 8, 24)
        ]
        assert detail == sorted(detail, reverse=True)


def test_silhouette_is_flat():
    image, found = picture("noise"), persons(block(*PLACES["inside"]))
    inside = plain.silhouette(image, found, np.random.default_rng(0), level=40)[found.masks[0]]
    assert set(np.unique(inside)) == {39, 40, 41}


def test_the_longer_person_is_on_top():
    image, large, small = picture("noise"), block(0, 40, 0, 40), block(10, 30, 10, 30)
    small_face_grid = plain.pixelate(image, persons(large, small), np.random.default_rng(0), cells=2)
    alone = plain.pixelate(image, persons(large), np.random.default_rng(0), cells=2)
    np.testing.assert_array_equal(small_face_grid, alone)


class TestControls:
    def test_original_is_a_copy(self):
        image = picture("noise")
        result = methods.anonymizer("original", None, "body", 0.02)(
            image, persons(), np.random.default_rng(0)
        )
        np.testing.assert_array_equal(result, image)
        assert not np.shares_memory(result, image)

    def test_reencode_is_close_to_the_picture_and_gray_stays_gray(self):
        smooth = cv2.GaussianBlur(picture("noise", colour=False), (0, 0), 2)
        result = plain.reencode(smooth, persons(), np.random.default_rng(0))
        assert (result == result[..., :1]).all()
        assert 0 < np.abs(result - smooth.astype(float)).mean() < 2

    def test_reencode_keeps_colours_apart(self):
        red = np.zeros((H, W, 3), np.uint8)
        red[..., 0] = 200
        result = plain.reencode(red, persons(), np.random.default_rng(0))
        assert np.abs(result - red.astype(int)).max() < 8

    def test_lower_quality_changes_more(self):
        image = picture("noise")
        error = [
            np.abs(
                plain.reencode(image, persons(), np.random.default_rng(0), quality=q) - image.astype(int)
            ).mean()
            for q in (100, 90, 50, 1)
        ]
        assert error == sorted(error)

    def test_a_picture_too_long_for_jpeg(self):
        image = np.zeros((1, 70_000, 3), np.uint8)
        with pytest.raises(InputError, match="65,500"):
            plain.reencode(image, persons(height=1, width=70_000), np.random.default_rng(0))


class TestPictures:
    @pytest.mark.parametrize(
        "image", [np.zeros((H, W), np.uint8), np.zeros((H, W, 3)), np.zeros((H, W, 4), np.uint8)]
    )
    def test_only_rgb_bytes(self, image):
        with pytest.raises(InputError, match="uint8"):
            plain.blur(image, persons(), np.random.default_rng(0))

    def test_masks_of_another_size(self):
        with pytest.raises(InputError, match="masks"):
            plain.blur(picture("noise")[:-1], persons(), np.random.default_rng(0))


BAD_NUMBERS = [0, -1, -0.5, float("nan"), float("inf"), float("-inf"), True, False, "0.03", None, [1], {}]


class TestSettings:
    def test_nothing_given_is_the_default(self):
        image, found = picture("noise"), persons(block(*PLACES["inside"]))
        for name, method in methods.METHODS.items():
            if method.of_items:
                continue  # needs networks
            defaults = {key: value.default for key, value in method.strengths.items() if value.default}
            for empty in ({}, None):
                one = methods.anonymizer(name, empty, "body", 0.02)(image, found, np.random.default_rng(0))
                other = methods.anonymizer(name, defaults, "body", 0.02)(
                    image, found, np.random.default_rng(0)
                )
                np.testing.assert_array_equal(one, other)

    def test_an_own_name_and_another_process(self):
        image, found = picture("noise"), persons(block(*PLACES["inside"]))
        named = methods.anonymizer("blur_strong", {"method": "blur", "sigma_px": 20}, "body", 0.02)
        sent = pickle.loads(pickle.dumps(named))
        expected = plain.blur(image, found, np.random.default_rng(0), grow_frac=0.02, sigma_px=20)
        np.testing.assert_array_equal(sent(image, found, np.random.default_rng(0)), expected)

    @pytest.mark.parametrize("value", BAD_NUMBERS)
    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (kind, name)
            for kind, method in methods.METHODS.items()
            for name in method.strengths
            if name != "level"
        ],
    )
    def test_impossible_strength(self, kind, name, value):
        with pytest.raises(ParameterError, match=f"kinds.{kind}.{name}: expected .*number.* got ") as caught:
            methods.anonymizer(kind, {name: value}, "body", 0.02)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("kind", "setting"),
        [
            ("blur", {"sigma_px": 0.5}),
            ("pixelate", {"block_px": 1}),
            ("pixelate", {"cells": 2.5}),
            ("silhouette", {"level": 256}),
            ("silhouette", {"level": -1}),
            ("reencode", {"quality": 101}),
        ],
    )
    def test_out_of_range(self, kind, setting):
        with pytest.raises(ParameterError, match=r"expected .*number"):
            methods.anonymizer(kind, setting, "body", 0.02)

    @pytest.mark.parametrize(
        ("kind", "setting", "message"),
        [
            ("blurr", {}, r"kinds.blurr: there is no method 'blurr'; did you mean 'blur'\?"),
            ("mine", {"method": "pixelated"}, r"kinds.mine: .* 'pixelated'; did you mean 'pixelate'\?"),
            ("mine", {"method": ["blur"]}, "kinds.mine: there is no method"),
            ("xyz", {}, "choose from: original, blur, pixelate, silhouette, avatar, deepprivacy2, reencode"),
            ("blur", {"sigma": 3}, r"no parameter of blur 'sigma'; .*choose from: sigma_frac, sigma_px"),
            ("blur", {"cells": 3}, "no parameter of blur 'cells'"),
            ("blur", {"sigma_frac": 0.1, "sigma_px": 3}, "sigma_frac and sigma_px exclude each other"),
            ("pixelate", {"cells": 4, "block_px": 3}, "cells and block_px exclude each other"),
            ("original", {"sigma_px": 3}, "no parameter of original 'sigma_px'"),
            ("original", {"method": "blur"}, "give this kind another name"),
            ("blur", [3], "expected parameters such as"),
        ],
    )
    def test_names(self, kind, setting, message):
        with pytest.raises(ParameterError, match=message) as caught:
            methods.anonymizer(kind, setting, "body", 0.02)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("value", [value for value in BAD_NUMBERS if value != 0 or value is False])
    def test_impossible_growth(self, value):
        with pytest.raises(ParameterError, match=r"anonymize\.grow_frac"):
            methods.anonymizer("blur", {}, "body", value)

    @pytest.mark.parametrize("value", ["faces", "", None, 3])
    def test_unknown_region(self, value):
        with pytest.raises(ParameterError, match=r"anonymize\.region: .* choose from: body, face"):
            methods.anonymizer("blur", {}, value, 0.02)
