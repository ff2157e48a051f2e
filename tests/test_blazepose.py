"""The embedded models on drawn people, and on labelled photographs where they are at hand."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from anonlab.geometry import box_iou, oks
from anonlab.keypoints import NAMES, PARTS
from anonlab.models import load, weights
from anonlab.models.blazepose import BlazePoseDetector, BlazePoseEstimator, rois, search, views
from anonlab.models.contracts import Persons
from anonlab.models.litert import GridNetwork, Network
from anonlab.paths import ROOT
from tests.people import Person, room

Image = NDArray[np.uint8]

REAL = ROOT.parent / "shared" / "data" / "real"
MIDDLE = Person(320, 60, 380)


@pytest.fixture(scope="module")
def detector() -> BlazePoseDetector:
    """The detector; `make` has fetched its networks, so a missing one is a failure, not a reason to skip."""
    return load("persons", "blazepose")


@pytest.fixture(scope="module")
def estimator() -> BlazePoseEstimator:
    return load("pose", "blazepose")


def whole_box(person: Person) -> NDArray[np.float32]:
    """Box (1, 4) around a drawn person."""
    half = 1.6 * person.height / 8
    return np.array(
        [[person.x - half, person.top, person.x + half, person.top + person.height]], dtype=np.float32
    )


# ---------------------------------------------------------------- regions


@st.composite
def regions(draw: st.DrawFn) -> NDArray[np.float32]:
    place = st.floats(-500, 2000)
    return np.array(
        [[draw(place), draw(place), draw(st.floats(4, 3000)), draw(st.floats(-math.pi, math.pi))]], np.float32
    )


@given(regions(), st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=1, max_size=5))
def test_points_return_from_the_region(roi: NDArray[np.float32], points: list[tuple[float, float]]) -> None:
    inside = np.array([points], np.float32)
    np.testing.assert_allclose(
        rois.to_roi(rois.to_image(inside, roi), roi), inside, atol=2e-3 + 3e-3 / roi[0, 2]
    )


@given(regions())
def test_a_circle_gives_its_region_back(roi: NDArray[np.float32]) -> None:
    ends = rois.to_image(np.array([[[0.5, 0.5], [0.5, 0.0]]], np.float32), roi)
    again = rois.from_circle(ends[:, 0], ends[:, 1], 1.0)
    np.testing.assert_allclose(again[:, :3], roi[:, :3], rtol=1e-3, atol=1e-3)
    assert abs(rois.wrapped(again[:, 3] - roi[:, 3])[0]) < 5e-3


SIDES = st.integers(1, 1500)


@given(SIDES, SIDES)
def test_every_whole_view_shows_all_of_the_picture(height: int, width: int) -> None:
    for view in views.whole(height, width):
        for axis, length in ((0, width), (1, height)):
            low, high = span(view, axis)
            assert low <= 1e-3
            assert high >= length - 1e-3


@given(SIDES, SIDES)
def test_bands_show_every_row_and_share_some_with_the_next(height: int, width: int) -> None:
    bands = views.banded(height, width)[len(views.whole(height, width)) - 1 :]
    rows = [span(view, 1) for view in bands]
    side = float(bands[0].roi[2])
    assert rows[0][0] <= 1e-3
    assert rows[-1][1] >= height - 1e-3
    for (_, end), (start, _) in itertools.pairwise(rows):
        assert end - start >= (views.OVERLAP - 1e-2) * side
    assert all(low <= 1e-3 and high >= width - 1e-3 for low, high in (span(view, 0) for view in bands))


def span(view: views.View, axis: int) -> tuple[float, float]:
    """Where a view begins and ends in the picture, along x (0) or y (1)."""
    half = (view.across, view.down)[axis] * view.roi[2] / 2
    return float(view.roi[axis] - half), float(view.roi[axis] + half)


@pytest.mark.parametrize(
    ("size_hw", "n_whole", "n_banded"),
    [((480, 640), 4, 5), ((960, 1280), 5, 8), ((615, 820), 4, 5), ((330, 440), 3, 4), ((640, 480), 4, 6)],
)
def test_how_many_views_a_picture_takes(size_hw: tuple[int, int], n_whole: int, n_banded: int) -> None:
    assert len(views.whole(*size_hw)) == n_whole
    assert len(views.banded(*size_hw)) == n_banded


@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([4, 8, 16, 32]))
def test_the_cells_of_a_grid_lie_evenly_around_the_middle_of_the_view(
    down: int, across: int, step: int
) -> None:
    view = views.View(np.array([70, 50, 64, 0], np.float32), 1.0, 1.0)
    places = view.to_image(views.cells((32 * down, 32 * across), 64, step)[:, None])[:, 0]
    assert len(places) == 32 * down // step * (32 * across // step)
    np.testing.assert_allclose(places.mean(axis=0), [70, 50], atol=1e-3)
    columns = places[: 32 * across // step, 0]
    np.testing.assert_allclose(np.diff(columns), step, atol=1e-3)


@pytest.mark.parametrize(
    "roi", [[np.nan, 5, 9, 0], [5, 5, 0, 0], [-50, 5, 9, 0], [5, 5, 1e9, 0], [5, np.inf, 9, 0]]
)
def test_a_degenerate_region_is_not_used(roi: list[float]) -> None:
    assert not rois.usable(np.array([roi], np.float32), 20, 30).any()


def test_an_upright_crop_of_the_whole_picture_is_the_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    crop = rois.crops(rois.pyramid(image), np.array([[32, 32, 64, 0]], np.float32), 64)
    np.testing.assert_array_equal(crop[0], image)


def test_a_crop_from_a_picture_longer_than_opencv_warps_is_the_same() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    roi = np.array([[20, 20, 30, 0.4]], np.float32)
    long = np.zeros((40, 40000, 3), np.uint8)
    long[:, 30000:30040] = image
    crop = rois.crops([long], roi + np.array([[30000, 0, 0, 0]], np.float32), 30)
    np.testing.assert_allclose(crop.astype(int), rois.crops([image], roi, 30).astype(int), atol=2)


def test_a_quarter_turn_of_the_region_turns_the_crop() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    crop = rois.crops(rois.pyramid(image), np.array([[32, 32, 64, math.pi / 2]], np.float32), 64)
    np.testing.assert_allclose(crop[0].astype(int), np.rot90(image, 1).astype(int), atol=1)


# ---------------------------------------------------------------- boxes and similarity


def test_no_boxes_overlap_nothing() -> None:
    none, one = np.zeros((0, 4), np.float32), np.array([[0, 0, 4, 2]], np.float32)
    assert box_iou(none, one).shape == (0, 1)
    assert box_iou(one, none).shape == (1, 0)


def test_boxes_overlap_symmetrically_and_fully_with_themselves() -> None:
    boxes = np.random.default_rng(0).uniform(0, 50, (6, 4)).astype(np.float32)
    boxes[:, 2:] += boxes[:, :2] + 1
    overlap = box_iou(boxes, boxes)
    np.testing.assert_allclose(np.diag(overlap), 1, rtol=1e-6)
    np.testing.assert_allclose(overlap, overlap.T)


def test_a_box_without_area_or_with_nan_overlaps_nothing() -> None:
    odd = np.array([[1, 1, 1, 5], [np.nan] * 4, [3, 3, 1, 1]], np.float32)
    assert not box_iou(odd, odd).any()


def test_oks_is_one_for_the_truth_and_undefined_without_labels() -> None:
    truth = np.random.default_rng(0).uniform(0, 90, (17, 2)).astype(np.float32)
    labelled = np.ones(17, bool)
    assert oks(truth, truth, labelled, 100.0) == 1
    assert oks(truth + 5, truth, labelled, 100.0) < 0.5
    assert math.isnan(oks(truth, truth, ~labelled, 100.0))


# ---------------------------------------------------------------- the runner


@pytest.mark.parametrize("name", ["face_landmark", "hand_landmark_full", "pose_landmark_full"])
def test_a_batch_gives_what_single_runs_give_and_time_is_counted(name: str) -> None:
    network = Network(weights.network_path(name))
    batch = np.random.default_rng(0).random((7, *network.shape), dtype=np.float32)
    together = network(batch)
    assert network.seconds > 0
    for output, pieces in zip(
        together, zip(*(network(item[None]) for item in batch), strict=True), strict=True
    ):
        np.testing.assert_array_equal(output, np.concatenate(pieces))
    assert [len(output) for output in network(batch[:0])] == [0] * len(network.outputs)


@pytest.mark.parametrize("name", ["pose_detection", "face_detection_full_range_sparse"])
def test_on_the_square_that_it_is_made_for_a_grid_network_gives_what_the_file_gives(name: str) -> None:
    path = weights.network_path(name)
    network = GridNetwork(path)
    square = np.random.default_rng(0).random((network.size, network.size, 3), dtype=np.float32)
    for grid, plain in zip(network(square), Network(path)(square[None]), strict=True):
        np.testing.assert_array_equal(grid, plain[0])
    oblong = [len(output) for output in network(np.tile(square, (2, 3, 1)))]
    assert oblong == [6 * len(output) for output in network(square)]


@pytest.mark.parametrize("shift", [32, 64, 96])
def test_a_grid_network_sees_somebody_wherever_they_stand(shift: int) -> None:
    person = room(224, 224, [Person(112, 20, 190)])
    search_ = search.PersonSearch()
    scores, places = [], []
    for x in (0, shift):
        wide = np.full((224, 448, 3), 128, np.uint8)
        wide[:, x : x + 224] = person
        view = views.View(np.array([224, 112, 224, 0], np.float32), 1.0, 2.0)
        best = search_([wide], [view], 0.4).take([0])
        scores.append(best.scores[0])
        places.append(best.rois[0])
    assert scores[1] == pytest.approx(scores[0], abs=0.1)
    np.testing.assert_allclose(places[1] - places[0], [shift, 0, 0, 0], atol=4)


# ---------------------------------------------------------------- persons


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (240, 320)])
def test_nobody_in_an_empty_picture(detector: BlazePoseDetector, size: tuple[int, int]) -> None:
    found = detector.detect(np.full((*size, 3), 180, np.uint8))
    assert len(found) == 0
    assert found.masks.shape == (0, *size)


@pytest.mark.parametrize("pattern", ["noise", "stripes", "shapes", "room"])
def test_nobody_in_a_pattern(detector: BlazePoseDetector, pattern: str) -> None:
    assert len(detector.detect(patterns()[pattern])) == 0


def patterns() -> dict[str, Image]:
    rng = np.random.default_rng(0)
    shapes = np.full((240, 320, 3), 200, np.uint8)
    for x, y, w, h, *colour in rng.integers(5, 200, (30, 7)).tolist():
        cv2.rectangle(shapes, (x, y), (x + w // 3, y + h // 3), colour, -1)
    stripes = np.repeat(np.tile(np.arange(320) // 20 % 2 * 255, (240, 1))[..., None], 3, axis=2)
    return {
        "noise": rng.integers(0, 256, (240, 320, 3), dtype=np.uint8),
        "stripes": stripes.astype(np.uint8),
        "shapes": shapes,
        "room": room(320, 240),
    }


def test_one_person_is_found_with_box_mask_and_head(detector: BlazePoseDetector) -> None:
    image = room(people=[MIDDLE])
    found = detector.detect(image)
    assert len(found) == 1
    assert found.boxes_xyxy.dtype == found.scores.dtype == found.faces_xyxy.dtype == np.float32
    assert found.masks.dtype == bool
    assert found.masks.shape == (1, 480, 640)
    drawn = drawn_mask(MIDDLE)
    assert (found.masks[0] & drawn).sum() / drawn.sum() > 0.97
    assert (found.masks[0] & drawn).sum() / (found.masks[0] | drawn).sum() > 0.6
    x0, y0, x1, y1 = found.faces_xyxy[0]
    unit = MIDDLE.height / 8
    assert x0 <= MIDDLE.x - 0.48 * unit
    assert x1 >= MIDDLE.x + 0.48 * unit
    assert y0 <= MIDDLE.top
    assert y1 >= MIDDLE.top + unit


def drawn_mask(person: Person) -> NDArray[np.bool_]:
    """Where a person was drawn: the pixels that differ from the empty room."""
    difference = np.abs(room(people=[person]).astype(int) - room().astype(int)).max(axis=2)
    opened = cv2.morphologyEx((difference > 25).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return opened > 0


def test_several_persons_come_best_first(detector: BlazePoseDetector) -> None:
    people = [Person(120, 60, 380), Person(320, 90, 350), Person(520, 70, 370)]
    found = detector.detect(room(people=people))
    assert len(found) == 3
    assert (np.diff(found.scores) <= 0).all()
    middles = np.sort((found.boxes_xyxy[:, 0] + found.boxes_xyxy[:, 2]) / 2)
    np.testing.assert_allclose(middles, [person.x for person in people], atol=20)


@pytest.mark.parametrize(
    "person", [Person(20, 60, 380), Person(620, 60, 380), Person(320, -150, 500), Person(320, 200, 500)]
)
def test_a_person_cut_off_by_a_border_is_found(detector: BlazePoseDetector, person: Person) -> None:
    found = detector.detect(room(people=[person]))
    assert len(found) == 1
    drawn = drawn_mask(person)
    assert (found.masks[0] & drawn).sum() / drawn.sum() > 0.93
    assert (found.boxes_xyxy[0] >= 0).all()
    assert (found.boxes_xyxy[0] <= [640, 480, 640, 480]).all()


def test_detection_repeats_to_the_bit(detector: BlazePoseDetector) -> None:
    image = room(320, 240, [Person(160, 30, 190)])
    first, second = detector.detect(image), detector.detect(image.copy())
    for name in ("boxes_xyxy", "scores", "masks", "faces_xyxy", "hints"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_following_nobody_finds_nobody(detector: BlazePoseDetector) -> None:
    now, seen = detector.follow(room(320, 240, [Person(160, 30, 190)]), Persons.none(240, 320))
    assert len(now) == len(seen) == 0


def test_following_keeps_the_order_and_repeats_who_is_gone(detector: BlazePoseDetector) -> None:
    left, right = Person(160, 60, 380), Person(480, 60, 380)
    before = detector.detect(room(people=[left, right]))
    now, seen = detector.follow(room(people=[right._replace(x=488)]), before)
    is_right = before.boxes_xyxy[:, 0] > 300
    np.testing.assert_array_equal(seen, is_right)
    np.testing.assert_array_equal(now.boxes_xyxy[~seen], before.boxes_xyxy[~seen])
    np.testing.assert_array_equal(now.masks[~seen], before.masks[~seen])
    np.testing.assert_allclose((now.boxes_xyxy - before.boxes_xyxy)[seen][:, [0, 2]], 8, atol=6)


def test_following_works_from_boxes_alone(detector: BlazePoseDetector) -> None:
    image = room(people=[MIDDLE])
    found = detector.detect(image)
    bare = Persons(found.boxes_xyxy, found.scores, found.masks, found.faces_xyxy)
    now, seen = detector.follow(image, bare)
    assert seen.all()
    assert box_iou(now.boxes_xyxy, found.boxes_xyxy)[0, 0] > 0.85


# ---------------------------------------------------------------- poses


def test_no_boxes_give_no_poses(estimator: BlazePoseEstimator) -> None:
    pose = estimator.estimate(room(), np.zeros((0, 4), np.float32))
    assert pose.keypoints.shape == (0, 133, 2)
    assert pose.scores.shape == (0, 133)
    assert pose.keypoints.dtype == pose.scores.dtype == np.float32


@pytest.mark.parametrize("box", [[5, 5, 5, 5], [900, 900, 950, 990], [-90, -90, -50, -20], [np.nan] * 4])
def test_a_box_with_nothing_in_it_gives_scores_of_zero(
    estimator: BlazePoseEstimator, box: list[float]
) -> None:
    pose = estimator.estimate(room(), np.array([box], np.float32))
    assert not pose.scores.any()
    assert np.isfinite(pose.keypoints).all()


def test_the_parts_of_a_drawn_person_lie_where_they_were_drawn(estimator: BlazePoseEstimator) -> None:
    pose = estimator.estimate(room(people=[MIDDLE]), whole_box(MIDDLE))
    unit = MIDDLE.height / 8
    drawn = {
        **{"nose": (0, 0.65), "left_shoulder": (0.85, 1.7), "right_shoulder": (-0.85, 1.7)},
        **{
            "left_elbow": (1.25, 3.1),
            "right_elbow": (-1.25, 3.1),
            "left_wrist": (1.3, 4.2),
            "right_wrist": (-1.3, 4.2),
        },
        **{
            "left_knee": (0.5, 5.9),
            "right_knee": (-0.5, 5.9),
            "left_ankle": (0.5, 7.5),
            "right_ankle": (-0.5, 7.5),
        },
    }
    for name, (dx, dy) in drawn.items():
        expected = (MIDDLE.x + dx * unit, MIDDLE.top + dy * unit)
        np.testing.assert_allclose(
            pose.keypoints[0, NAMES.index(name)], expected, atol=0.5 * unit, err_msg=name
        )
    assert (pose.scores >= 0).all()
    assert (pose.scores <= 1).all()


def test_the_small_toe_stands_at_the_big_toe_with_score_zero(estimator: BlazePoseEstimator) -> None:
    pose = estimator.estimate(room(people=[MIDDLE]), whole_box(MIDDLE))
    for side in ("left", "right"):
        big, small = NAMES.index(f"{side}_big_toe"), NAMES.index(f"{side}_small_toe")
        assert pose.scores[0, small] == 0
        np.testing.assert_array_equal(pose.keypoints[0, big], pose.keypoints[0, small])


def test_a_mirrored_picture_gives_the_mirrored_pose(estimator: BlazePoseEstimator) -> None:
    person = Person(250, 60, 380)
    image = room(people=[person])
    pose = estimator.estimate(image, whole_box(person)).keypoints[0, :17]
    mirrored = estimator.estimate(image[:, ::-1].copy(), whole_box(person._replace(x=640 - 250))).keypoints[
        0, :17
    ]
    swapped = [NAMES.index(swap(name)) for name in NAMES[:17]]
    expected = np.column_stack([640 - mirrored[swapped, 0], mirrored[swapped, 1]])
    assert np.linalg.norm(pose - expected, axis=1).max() < 0.05 * person.height


def swap(name: str) -> str:
    left, right = "left_", "right_"
    return name.replace(left, right) if left in name else name.replace(right, left)


def test_padding_moves_the_pose_and_nothing_else(estimator: BlazePoseEstimator) -> None:
    image = room(people=[MIDDLE])
    padded = cv2.copyMakeBorder(image, 64, 0, 32, 0, cv2.BORDER_REPLICATE)
    pose = estimator.estimate(image, whole_box(MIDDLE))
    moved = estimator.estimate(padded, whole_box(MIDDLE) + np.array([32, 64, 32, 64], np.float32))
    difference = moved.keypoints[0, :23] - np.array([32, 64]) - pose.keypoints[0, :23]
    assert np.abs(difference).max() < 0.02 * MIDDLE.height


def test_several_boxes_give_what_each_gives_alone(estimator: BlazePoseEstimator) -> None:
    people = [Person(160, 60, 380), Person(320, 80, 360), Person(480, 60, 380)]
    image, boxes = room(people=people), np.concatenate([whole_box(person) for person in people])
    together = estimator.estimate(image, boxes)
    for row in range(3):
        alone = estimator.estimate(image, boxes[row : row + 1])
        np.testing.assert_array_equal(together.keypoints[row], alone.keypoints[0])
        np.testing.assert_array_equal(together.scores[row], alone.scores[0])


# ---------------------------------------------------------------- labelled photographs


@pytest.fixture(scope="module")
def labelled() -> list[tuple[Image, list[dict[str, Any]]]]:
    """Photographs and the people labelled in them."""
    truth = REAL / "truth" / "coco_wholebody_2images.json"
    if not truth.exists():
        pytest.skip(f"no labelled photographs: {truth} is not there")
    labels = json.loads(truth.read_text())
    return [
        (
            cv2.cvtColor(cv2.imread(str(photograph(entry["file_name"]))), cv2.COLOR_BGR2RGB),
            [
                each
                for each in labels["annotations"]
                if each["image_id"] == entry["id"] and each["num_keypoints"]
            ],
        )
        for entry in labels["images"]
    ]


def photograph(name: str) -> Path:
    return REAL / "images" / "everyday" / f"coco_{name}"


def truth_box(label: dict[str, Any]) -> NDArray[np.float32]:
    x, y, w, h = label["bbox"]
    return np.array([x, y, x + w, y + h], np.float32)


def truth_mask(label: dict[str, Any], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(shape[:2], np.uint8)
    for outline in label["segmentation"]:
        cv2.fillPoly(mask, [np.array(outline).reshape(-1, 2).round().astype(np.int32)], 1)
    return mask > 0


def test_photographed_people_are_found_and_covered(
    detector: BlazePoseDetector, labelled: list[tuple[Image, list[dict[str, Any]]]]
) -> None:
    missed = 0
    for image, labels in labelled:
        found = detector.detect(image)
        assert len(found) <= len(labels)
        overlap = box_iou(np.array([truth_box(label) for label in labels]), found.boxes_xyxy)
        missed += int((overlap.max(axis=1) < 0.5).sum())
        for label in labels:
            mask = truth_mask(label, image.shape)
            assert (found.masks.any(axis=0) & mask).sum() / mask.sum() > 0.9
    assert missed <= 1


def test_photographed_poses_are_right(
    estimator: BlazePoseEstimator, labelled: list[tuple[Image, list[dict[str, Any]]]]
) -> None:
    errors: list[float] = []
    for image, labels in labelled:
        boxes = np.array([truth_box(label) for label in labels])
        pose = estimator.estimate(image, boxes)
        for row, label in enumerate(labels):
            points = np.array(label["keypoints"], np.float32).reshape(17, 3)
            apart = np.linalg.norm(pose.keypoints[row, PARTS["body"]] - points[:, :2], axis=1)
            errors += (apart / np.ptp(boxes[row].reshape(2, 2), axis=0).max())[points[:, 2] > 0].tolist()
    assert np.mean(np.array(errors) < 0.1) >= 0.85
