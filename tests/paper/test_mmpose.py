"""MMPose: a dot that is drawn comes back where it was drawn, through crop, resize and decoding, and red is red."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from anonlab.keypoints import N_KEYPOINTS, NAMES
from anonlab.models.mmpose import HRNet

DOT = (171, 93)
BOXES = np.array([[100, 30, 240, 220], [140, 50, 220, 200], [60, 10, 300, 235]], np.float32)


@pytest.fixture(scope="module")
def network() -> HRNet:
    return HRNet()


@pytest.fixture
def red_seeker(network: HRNet, monkeypatch: pytest.MonkeyPatch) -> HRNet:
    """The network with a heatmap that is the redness of the crop, blurred, for every keypoint."""

    def heatmaps(crops: torch.Tensor, *_: Any, **__: Any) -> Any:
        red = (crops[:, :1] - crops[:, 1:].amax(dim=1, keepdim=True)).clamp(min=0)
        small = torch.nn.functional.interpolate(red, size=(96, 72), mode="area")
        blurred = torch.nn.functional.avg_pool2d(small, 5, stride=1, padding=2)
        return blurred.repeat(1, N_KEYPOINTS, 1, 1)

    monkeypatch.setattr(network.model, "extract_feat", lambda crops, *_: crops)
    monkeypatch.setattr(network.model.head, "forward", heatmaps)
    monkeypatch.setitem(network.model.test_cfg, "flip_test", False)
    return network


def dotted(colour: tuple[int, int, int]) -> np.ndarray:
    image = np.full((240, 320, 3), 90, np.uint8)
    x, y = DOT
    image[y - 4 : y + 5, x - 4 : x + 5] = colour
    return image


@pytest.mark.parametrize("box", BOXES)
def test_a_red_dot_is_found_where_it_was_drawn(red_seeker: HRNet, box: np.ndarray) -> None:
    pose = red_seeker.estimate(dotted((255, 0, 0)), box[None])
    np.testing.assert_allclose(pose.keypoints[0], np.tile(DOT, (N_KEYPOINTS, 1)), atol=3)


def test_a_blue_dot_is_not_red(red_seeker: HRNet) -> None:
    assert red_seeker.estimate(dotted((0, 0, 255)), BOXES[:1]).scores.max() < 0.01


def test_nobody_gives_empty_arrays(network: HRNet) -> None:
    pose = network.estimate(dotted((255, 0, 0)), BOXES[:0])
    assert pose.keypoints.shape == (0, N_KEYPOINTS, 2)
    assert pose.scores.shape == (0, N_KEYPOINTS)


def test_a_batch_equals_its_pictures_one_by_one(network: HRNet) -> None:
    pictures = [dotted((255, 0, 0)), dotted((0, 255, 0)), dotted((0, 0, 255))]
    boxes = [BOXES[:2], BOXES[:0], BOXES[2:]]
    together = network.estimate_batch(pictures, boxes)
    for image, here, pose in zip(pictures, boxes, together, strict=True):
        alone = network.estimate(image, here)
        np.testing.assert_allclose(alone.scores, pose.scores, atol=1e-3)
        # heatmaps of random weights have maxima all but equal, between which a GPU's rounding chooses
        assert np.isclose(alone.keypoints, pose.keypoints, atol=0.5).all(axis=2).mean() > 0.9 or not len(here)


def test_keypoints_have_the_order_of_the_library(network: HRNet) -> None:
    meta = network.model.dataset_meta
    assert tuple(meta["keypoint_id2name"][i] for i in range(N_KEYPOINTS)) == NAMES
