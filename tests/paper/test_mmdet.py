"""MMDetection: a box that is planted before the second stage comes back where it was, in the picture's own pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from anonlab.models.mmdet import FasterRCNN, MaskRCNN, _Detector

BOX = np.array([120.0, 40.0, 200.0, 190.0], np.float32)
GAP = 1.5
"""Pixels: the picture is enlarged by a fraction, so planted and returned boxes differ by rounding."""


@pytest.fixture(scope="module", params=[MaskRCNN, FasterRCNN])
def planted(request: pytest.FixtureRequest) -> _Detector:
    """A detector whose only proposal is BOX, which regresses nothing and calls everything a person."""
    detector: _Detector = request.param()
    detector.model.rpn_head.predict = _proposals
    head = detector.model.roi_head.bbox_head
    with torch.no_grad():
        head.fc_reg.weight.zero_()
        head.fc_reg.bias.zero_()
        head.fc_cls.weight.zero_()
        head.fc_cls.bias.zero_()
        head.fc_cls.bias[0] = 8.0
    return detector


def _proposals(features: Any, samples: list[Any], rescale: bool = False) -> list[InstanceData]:
    """BOX in the resized coordinates of every picture."""
    return [_proposal(each.metainfo["scale_factor"]).to(features[0].device) for each in samples]


def _proposal(scale: tuple[float, float]) -> InstanceData:
    box = torch.from_numpy(BOX * np.array([*scale, *scale], np.float32))[None]
    return InstanceData(bboxes=box, scores=torch.ones(1), labels=torch.zeros(1, dtype=torch.long))


def picture(height: int = 240, width: int = 320) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_the_planted_box_comes_back(planted: _Detector) -> None:
    found = planted.detect(picture())
    assert len(found) == 1
    np.testing.assert_allclose(found.boxes_xyxy[0], BOX, atol=GAP)
    assert found.scores[0] > 0.9
    assert found.boxes_xyxy.dtype == found.scores.dtype == np.float32
    assert found.masks.shape == (1, 240, 320)
    assert found.masks.dtype == bool


def test_a_mask_stays_in_its_box(planted: _Detector) -> None:
    rows, columns = np.nonzero(planted.detect(picture()).masks[0])
    if len(rows):
        x0, y0, x1, y1 = BOX
        assert x0 - 2 <= columns.min() <= columns.max() <= x1 + 2
        assert y0 - 2 <= rows.min() <= rows.max() <= y1 + 2


def test_a_batch_equals_its_pictures_one_by_one(planted: _Detector) -> None:
    pictures = [picture(), picture(200, 300)]
    for alone, together in zip(map(planted.detect, pictures), planted.detect_batch(pictures), strict=True):
        np.testing.assert_allclose(alone.boxes_xyxy, together.boxes_xyxy, atol=1e-2)
        np.testing.assert_allclose(alone.scores, together.scores, atol=1e-4)


def test_no_pictures_give_nothing(planted: _Detector) -> None:
    assert planted.detect_batch([]) == []


def test_other_classes_are_not_persons(planted: _Detector) -> None:
    bias = planted.model.roi_head.bbox_head.fc_cls.bias
    with torch.no_grad():
        bias[0], bias[5] = 0.0, 8.0
    try:
        found = planted.detect(picture())
    finally:
        with torch.no_grad():
            bias[0], bias[5] = 8.0, 0.0
    assert len(found) == 0
    assert found.masks.shape == (0, 240, 320)
