"""Drawing touches what it is told to draw, nothing else, and never the picture it was given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.drawing import PART_COLOURS, contact_sheet, draw_boxes, draw_masks, draw_pose, resized
from anonlab.errors import InputError
from anonlab.keypoints import PARTS, SKELETON

HEIGHT, WIDTH = 120, 160


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def person(**places):
    """One person (1, 133, 2) with scores (1, 133): keypoint number -> x, y, all others unseen."""
    keypoints = np.zeros((1, 133, 2), np.float32)
    scores = np.zeros((1, 133), np.float32)
    for number, at in places.items():
        keypoints[0, int(number[1:])] = at
        scores[0, int(number[1:])] = 0.9
    return keypoints, scores


def changed(before, after):
    return (before != after).any(axis=2)


def test_nobody_leaves_every_pixel(picture):
    nobody = np.zeros((0, 133, 2), np.float32), np.zeros((0, 133), np.float32)
    assert np.array_equal(draw_pose(picture, *nobody, 0.5), picture)
    assert np.array_equal(draw_masks(picture, np.zeros((0, HEIGHT, WIDTH), bool)), picture)
    assert np.array_equal(draw_boxes(picture, np.zeros((0, 4), np.float32)), picture)


def test_a_score_equal_to_the_threshold_is_not_drawn(picture):
    keypoints, scores = person(k5=(30, 40), k6=(60, 40))
    assert np.array_equal(draw_pose(picture, keypoints, scores, float(np.float32(0.9))), picture)
    assert changed(picture, draw_pose(picture, keypoints, scores, 0.89)).any()


def test_pixels_away_from_the_skeleton_stay(picture):
    keypoints, scores = person(k5=(30, 40), k6=(60, 40))
    diff = changed(picture, draw_pose(picture, keypoints, scores, 0.5))
    ys, xs = np.nonzero(diff)
    assert diff[40, 30]
    assert diff[40, 45]
    assert diff[40, 60]
    assert xs.min() >= 26
    assert xs.max() <= 64
    assert ys.min() >= 36
    assert ys.max() <= 44


def test_a_line_needs_both_ends(picture):
    keypoints, scores = person(k5=(30, 40), k6=(60, 40))
    scores[0, 6] = 0.1
    diff = changed(picture, draw_pose(picture, keypoints, scores, 0.5))
    assert diff[40, 30]
    assert not diff[:, 36:].any()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_its_colour(part):
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    number = PARTS[part].start
    out = draw_pose(black, *person(**{f"k{number}": (80, 60)}), 0.5, width_px=8)
    assert tuple(out[60, 80]) == PART_COLOURS[part]
    assert len(set(PART_COLOURS.values())) == len(PARTS) == len(SKELETON)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e9, -1e30])
def test_points_that_are_nowhere_are_left_out(picture, bad):
    keypoints, scores = person(k5=(bad, 40), k6=(60, 40))
    alone = draw_pose(picture, *person(k6=(60, 40)), 0.5)
    assert np.array_equal(draw_pose(picture, keypoints, scores, 0.5), alone)


def test_a_line_to_a_point_outside_is_cut_at_the_border(picture):
    diff = changed(picture, draw_pose(picture, *person(k5=(80, 60), k6=(500, 60)), 0.5, width_px=1))
    assert diff[60, 80:].all()
    assert not diff[50].any()
    assert not diff[:, :75].any()


coordinate = st.floats(-1e4, 1e4, width=32) | st.sampled_from([np.nan, np.inf, -np.inf])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=17, max_size=17), st.integers(1, 40))
def test_any_coordinates_give_a_picture_and_change_no_input(places, size):
    image = np.full((size, 2 * size, 3), 100, np.uint8)
    keypoints, scores = np.zeros((2, 133, 2), np.float32), np.ones((2, 133), np.float32)
    keypoints[0, :17] = places
    before = [array.copy() for array in (image, keypoints, scores)]
    out = draw_pose(image, keypoints, scores, 0.5)
    assert out.shape == image.shape
    assert out.dtype == np.uint8
    for array, copy in zip((image, keypoints, scores), before, strict=True):
        assert np.array_equal(array, copy, equal_nan=True)


def test_larger_persons_get_thicker_lines():
    image = np.zeros((1000, 1000, 3), np.uint8)
    drawn = [
        changed(image, draw_pose(image, *person(k5=(500, 100), k6=(500, 100 + length)), 0.5))[
            100 + length // 2
        ].sum()
        for length in (40, 400, 800)
    ]
    assert drawn[0] < drawn[1] < drawn[2]


def test_masks_change_inside_only(picture):
    masks = np.zeros((2, HEIGHT, WIDTH), bool)
    masks[0, 10:40, 10:50] = True
    masks[1, 60:, 100:] = True  # up to the border
    grey = np.full_like(picture, 120)
    diff = changed(grey, draw_masks(grey, masks))
    assert np.array_equal(diff, masks.any(axis=0))
    assert np.array_equal(grey, np.full_like(picture, 120))


def test_boxes_have_exclusive_ends_and_may_leave_the_picture():
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    boxes = np.array([[10, 20, 50, 60], [-40, 100, 500, 400], [np.nan] * 4], np.float32)
    diff = changed(black, draw_boxes(black, boxes))
    assert diff[20, 10:50].all()
    assert diff[59, 10:50].all()
    assert not diff[20, 50]
    assert not diff[60, 10:50].any()
    assert diff[100].all()


def test_labels_may_hold_any_letters(picture):
    box = np.array([[10, 20, 100, 90]], np.float32)
    plain, labelled = draw_boxes(picture, box), draw_boxes(picture, box, ["Prüfstand 1"])
    assert changed(plain, labelled).any()
    assert not changed(plain, labelled)[70:].any()
    sheets = [contact_sheet([picture], 1, [text]) for text in ("ü", "ö")]
    assert not np.array_equal(*sheets)


def test_one_picture_is_its_own_sheet():
    image = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    assert np.array_equal(contact_sheet([image], 3, cell_px=80), image)


def test_pictures_of_a_sheet_stand_in_rows_on_white():
    images = [np.full(shape, value, np.uint8) for shape, value in (((40, 80, 3), 10), ((80, 40, 3), 20))]
    sheet = contact_sheet([*images, images[0]], 2, cell_px=80, gap_px=10)
    assert sheet.shape == (80 + 10 + 40, 2 * 80 + 10, 3)
    assert (sheet[:40, :80] == 10).all()
    assert (sheet[:80, 110:150] == 20).all()
    assert (sheet[90:, :80] == 10).all()
    assert (sheet[40:80, :80] == 255).all()
    assert (sheet[90:, 90:] == 255).all()


def test_resizing_keeps_a_flat_picture_flat():
    flat = np.full((30, 50, 3), 77, np.uint8)
    assert (resized(flat, 200, 10) == 77).all()
    assert resized(flat, 200, 10).shape == (10, 200, 3)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_other_pictures_are_refused(image):
    with pytest.raises(InputError, match="uint8"):
        draw_pose(image, np.zeros((0, 133, 2), np.float32), np.zeros((0, 133), np.float32), 0.5)


def test_arrays_that_do_not_fit_are_refused(picture):
    with pytest.raises(InputError, match="133"):
        draw_pose(picture, np.zeros((1, 17, 2), np.float32), np.zeros((1, 17), np.float32), 0.5)
    with pytest.raises(InputError, match="masks"):
        draw_masks(picture, np.zeros((1, 5, 5), bool))
    with pytest.raises(InputError, match="0 pictures"):
        contact_sheet([], 2)
    with pytest.raises(InputError, match="1 labels"):
        contact_sheet([picture, picture], 2, ["one"])
