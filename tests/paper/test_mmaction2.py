"""MMAction2: the network sees red as its first channel and boxes in its own pixels; 60 of its 81 columns are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from anonlab import ava
from anonlab.models import mmaction2
from anonlab.models.mmaction2 import MEAN, STD, SlowOnly

BOXES = np.array([[64, 32, 128, 200], [200, 20, 300, 236]], np.float32)


@pytest.fixture(scope="module")
def network() -> SlowOnly:
    return SlowOnly()


def frame(colour: tuple[int, int, int] = (200, 100, 50)) -> np.ndarray:
    return np.full((240, 320, 3), colour, np.uint8)


def test_observations_are_rgb_with_a_short_side_of_256(network: SlowOnly) -> None:
    small, boxes = network.observe(frame(), BOXES)
    assert small.shape == (256, 341, 3)
    np.testing.assert_array_equal(small[0, 0], (200, 100, 50))
    np.testing.assert_allclose(boxes, BOXES * np.array([341 / 320, 256 / 240] * 2), rtol=1e-5)


def test_the_quirk_of_the_demo_swaps_red_and_blue(network: SlowOnly, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "bgr", True)
    np.testing.assert_array_equal(network.observe(frame(), BOXES)[0][0, 0], (50, 100, 200))


def test_the_network_gets_colour_time_and_place_in_its_order(
    network: SlowOnly, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    extract = network.model.extract_feat

    def watched(inputs: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        seen["clip"] = inputs
        return extract(inputs, *args, **kwargs)

    monkeypatch.setattr(network.model, "extract_feat", watched)
    window = [network.observe(frame((10 * k, 0, 255)), BOXES) for k in range(8)]
    network.recognize(window)
    clip = seen["clip"][0].cpu().numpy()
    assert clip.shape == (3, 8, 256, 341)
    np.testing.assert_allclose(clip[0, :, 0, 0] * STD[0] + MEAN[0], 10.0 * np.arange(8), atol=1e-3)
    np.testing.assert_allclose(clip[2, :, 0, 0] * STD[2] + MEAN[2], 255, atol=1e-3)


def test_scores_are_the_highest_of_the_persons(network: SlowOnly) -> None:
    window = [network.observe(frame((20 * k, 90, 40)), BOXES) for k in range(8)]
    alone = [[(small, boxes[[row]]) for small, boxes in window] for row in range(2)]
    together = network.recognize(window)
    assert together.shape == (ava.N_CLASSES,)
    assert np.all((together > 0) & (together < 1))
    np.testing.assert_allclose(together, np.maximum(*map(network.recognize, alone)), atol=1e-4)


def test_nobody_at_the_centre_gives_zeros(network: SlowOnly) -> None:
    window = [network.observe(frame(), BOXES[:0]) for _ in range(8)]
    assert not network.recognize(window).any()


def test_columns_are_ava_ids() -> None:
    scores = np.arange(81, dtype=np.float32)[None]
    assert mmaction2.as_classes(scores)[0].tolist() == list(ava.CLASSES)
    assert len(ava.CLASSES) == 60
