"""DeepPrivacy2's own code on random weights: what is under the masks changes, what is not stays, seeds decide."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anonlab import masks
from anonlab.errors import MissingModelError
from anonlab.methods import clips, filters, regions
from anonlab.methods.deepprivacy2 import Generative
from anonlab.models import RANDOM, deepprivacy2
from anonlab.models.contracts import Persons
from anonlab.models.deepprivacy2 import DeepPrivacy2
from tests.paper.planted import stand_ins

HOME = Path(os.environ.get(deepprivacy2.VARIABLE) or deepprivacy2.HOME)
pytestmark = pytest.mark.skipif(
    not (HOME / "dp2").is_dir() or importlib.util.find_spec("tops") is None,
    reason="no checkout of DeepPrivacy2, or not the packages it needs",
)

SIZE = (240, 320)
BLOCKS = {"left": (40, 60, 200, 110), "right": (60, 180, 230, 240), "small": (30, 280, 36, 283)}
"""Rows and columns from, to: y0, x0, y1, x1."""

DILATION = 0.05
"""A mask grows by 2 % of the square root of its crop's area, plus rounding from crop to picture: share of a height."""


@pytest.fixture(scope="module")
def network() -> DeepPrivacy2:
    stand_ins.install()
    return DeepPrivacy2("masks")


def ellipse(y0: int, x0: int, y1: int, x1: int) -> np.ndarray:
    y, x = np.ogrid[: SIZE[0], : SIZE[1]]
    return ((2 * y + 1 - y0 - y1) / (y1 - y0)) ** 2 + ((2 * x + 1 - x0 - x1) / (x1 - x0)) ** 2 <= 1


def persons(*names: str) -> Persons:
    corners = [BLOCKS[name] for name in names]
    found = np.array([ellipse(*corner) for corner in corners], bool).reshape(-1, *SIZE)
    boxes = np.array([(x0, y0, x1, y1) for y0, x0, y1, x1 in corners], np.float32).reshape(-1, 4)
    return Persons(boxes, np.ones(len(names), np.float32), found, np.full_like(boxes, np.nan))


def picture(gray: bool = False) -> np.ndarray:
    image = np.random.default_rng(5).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    return np.repeat(image[..., :1], 3, axis=2) if gray else image


def replaced(network: DeepPrivacy2, *names: str, seeds: list[int], truncation: float = 1.0) -> np.ndarray:
    return network.replace(picture(), persons(*names).masks, seeds, truncation, False)


def test_inside_all_differs_and_outside_nothing(network: DeepPrivacy2) -> None:
    made = replaced(network, "left", "right", seeds=[1, 2])
    changed = filters.differ(picture(), made)
    found = persons("left", "right")
    assert made.shape == (*SIZE, 3)
    assert made.dtype == np.uint8
    assert changed[found.masks.any(axis=0)].mean() > 0.99, "generated values may equal the original by chance"
    grown = masks.grow(found.masks.any(axis=0), DILATION * 170)
    assert not changed[~grown].any()


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others(network: DeepPrivacy2) -> None:
    one, same, other = (replaced(network, "left", seeds=[seed]) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert filters.differ(one, other)[persons("left").masks[0]].mean() > 0.5


def test_without_truncation_everybody_is_the_mean_person(network: DeepPrivacy2) -> None:
    one, other = (replaced(network, "left", seeds=[seed], truncation=0.0) for seed in (1, 2))
    np.testing.assert_array_equal(one, other)


def test_the_order_of_the_persons_does_not_matter(network: DeepPrivacy2) -> None:
    np.testing.assert_array_equal(
        replaced(network, "left", "right", seeds=[1, 2]), replaced(network, "right", "left", seeds=[2, 1])
    )


def test_nobody_and_the_input_stay_as_they_are(network: DeepPrivacy2) -> None:
    np.testing.assert_array_equal(replaced(network, seeds=[]), picture())
    image = picture()
    network.replace(image, persons("left").masks, [1], 0.0, False)
    np.testing.assert_array_equal(image, picture())


def test_it_leaves_out_small_persons(network: DeepPrivacy2) -> None:
    np.testing.assert_array_equal(replaced(network, "small", seeds=[1]), picture())


def test_any_sliver_is_replaced_or_left_but_no_error(network: DeepPrivacy2) -> None:
    image = picture()
    for corners in (
        (0, 0, 1, 1),
        (239, 0, 240, 320),
        (0, 319, 240, 320),
        (0, 0, 240, 320),
        (100, 5, 101, 60),
    ):
        mask = np.zeros((1, *SIZE), bool)
        mask[0, corners[0] : corners[2], corners[1] : corners[3]] = True
        network.replace(image, mask, [1], 0.0, False)


def completed(network: Any, config: str, image: np.ndarray, found: Persons, **how: Any) -> clips.Result:
    method = Generative(config=config, network=network, **how)
    (result,) = method.clip(clips.single(image, found), np.random.default_rng(3))
    return result


def test_small_persons_are_counted_and_covered(network: DeepPrivacy2) -> None:
    found = persons("left", "small")
    result = completed(network, "masks", picture(), found)
    assert result.counts == {"replaced": 1, "untouched": 1, "fallback": 1}
    changed = filters.differ(picture(), result.image)
    assert changed[found.masks.any(axis=0)].all()
    faithful = completed(network, "masks", picture(), found, faithful=True)
    assert faithful.counts == {"replaced": 1, "untouched": 1}
    assert not filters.differ(picture(), faithful.image)[persons("small").masks[0]].any()


def test_gray_stays_gray(network: DeepPrivacy2) -> None:
    image, found = picture(gray=True), persons("left")
    result = completed(network, "masks", image, found)
    assert (result.image == result.image[..., :1]).all()
    assert filters.differ(image, result.image)[found.masks[0]].all()
    assert not filters.differ(image, result.image)[~masks.grow(found.masks[0], DILATION * 170)].any()


def test_tracks_keep_their_look_over_a_clip(network: DeepPrivacy2) -> None:
    frame = clips.Frame(picture(), persons("left", "right"), np.array([0, 1]))
    clip = clips.Clip(lambda: iter([frame, frame]), fps=25.0)
    for track in (True, False):
        method = Generative(config="masks", truncation=1.0, track=track, network=network)
        one, two = (result.image for result in method.clip(clip, np.random.default_rng(1)))
        assert np.array_equal(one, two) is track


# The released path: planted detections of the library's own class instead of its two detectors.

N_VERTICES, N_DIMENSIONS = 50, 16


class Planted:
    """A detector that finds the persons it is told to, as detections guided by surface embeddings."""

    def __init__(self, found: Persons, crops: dict[str, Any]) -> None:
        self.found, self.crops = found, crops

    def __call__(self, image: torch.Tensor) -> list[Any]:
        from dp2.detection.structures import CSEPersonDetection

        random = torch.Generator().manual_seed(0)
        n = len(self.found)
        boxes = torch.from_numpy(self.found.boxes_xyxy).long()
        surface = {
            "instance_segmentation": torch.ones((n, 112, 112), dtype=torch.long),
            "instance_embedding": torch.randn((n, N_DIMENSIONS, 112, 112), generator=random),
            "bbox_XYXY": boxes,
            "scores": torch.ones(n),
        }
        return [
            CSEPersonDetection(
                torch.from_numpy(self.found.masks.copy()),
                surface,
                embed_map=torch.randn((N_VERTICES, N_DIMENSIONS), generator=random),
                orig_imshape_CHW=image.shape,
                **self.crops,
            )
        ]


@pytest.fixture(scope="module")
def released() -> DeepPrivacy2:
    """The configuration of the paper, with nobody found yet."""
    stand_ins.install()
    return DeepPrivacy2("FB_cse", detector=lambda image: [])


@pytest.fixture
def finds_left(released: DeepPrivacy2) -> DeepPrivacy2:
    crops = {name: value for name, value in released._crops.items() if name != "iou_combine_threshold"}
    released._anonymizer.detector = Planted(persons("left"), crops)
    return released


def test_the_released_path_replaces_whom_it_finds(finds_left: DeepPrivacy2) -> None:
    made = finds_left.anonymize(picture(), 1, 0.0, False)
    changed = filters.differ(picture(), made)
    found = persons("left")
    assert changed[found.masks[0]].mean() > 0.99
    assert not changed[~masks.grow(found.masks[0], DILATION * 170)].any()
    np.testing.assert_array_equal(made, finds_left.anonymize(picture(), 2, 0.0, False))


def test_the_released_path_draws_from_its_seed(finds_left: DeepPrivacy2) -> None:
    one, same, other = (finds_left.anonymize(picture(), seed, 1.0, False) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert filters.differ(one, other)[persons("left").masks[0]].mean() > 0.5


def test_whom_the_released_path_misses_is_counted_and_covered(finds_left: DeepPrivacy2) -> None:
    found = persons("left", "right")
    result = completed(finds_left, "FB_cse", picture(), found, grow_frac=0.02)
    assert result.counts == {"replaced": 1, "untouched": 1, "fallback": 1}
    assert filters.differ(picture(), result.image)[found.masks.any(axis=0)].all()
    edge = masks.grow(regions.covered(found, "body", 0.02), DILATION * 170)
    assert not filters.differ(picture(), result.image)[~edge].any()
    faithful = completed(finds_left, "FB_cse", picture(), found, faithful=True)
    assert not filters.differ(picture(), faithful.image)[persons("right").masks[0]].any()


@pytest.mark.parametrize("track", [True, False])
def test_the_librarys_own_tracks_keep_their_latent_variable(finds_left: DeepPrivacy2, track: bool) -> None:
    frame = clips.Frame(picture(), persons("left"), np.array([0]))
    clip = clips.Clip(lambda: iter([frame] * 5), fps=25.0)
    method = Generative(truncation=1.0, track=track, network=finds_left)
    last = [result.image for result in method.clip(clip, np.random.default_rng(1))][-2:]
    assert np.array_equal(*last) is track


@pytest.mark.parametrize("config", ["face", "FB_cse_mask_face"])
def test_the_configurations_with_faces_replace_faces(config: str) -> None:
    from dp2.detection.structures import FaceDetection

    network = DeepPrivacy2(config, detector=lambda image: [faces])
    faces = FaceDetection(torch.tensor([[70, 50, 100, 90]]), (256, 256), fdf128_expand=False)
    changed = filters.differ(picture(), network.anonymize(picture(), 1, 0.0, False))
    assert changed[52:88, 72:98].mean() > 0.9
    assert not changed[:, 130:].any()


def test_the_face_generator_of_the_first_deepprivacy() -> None:
    from dp2.detection.structures import FaceDetection

    keypoints = torch.tensor([[[85.0, 70.0]] * 7])
    faces = FaceDetection(torch.tensor([[70, 50, 100, 90]]), (128, 128), True, keypoints)
    network = DeepPrivacy2("deep_privacy1", detector=lambda image: [faces])
    changed = filters.differ(picture(), network.anonymize(picture(), 1, 0.0, False))
    assert changed[55:85, 75:95].mean() > 0.9
    assert not changed[:, 160:].any()


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from anonlab.models import checkpoints, hub

    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path)
    with hub.offline(), pytest.raises(MissingModelError, match="fetch paper"):
        torch.hub.load_state_dict_from_url("https://example.org/some.pth")


def test_a_checkpoint_of_its_own_format_loads_strictly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from anonlab.models import checkpoints

    stand_ins.install()
    with deepprivacy2.library():
        network, _ = deepprivacy2._generator("configs/fdh/styleganL_nocse.py")
    weights = network.state_dict() | {"style_net.w_centers": torch.ones(3, 512)}
    file = tmp_path / "generator.ckpt"
    monkeypatch.delenv(RANDOM)
    monkeypatch.setattr(checkpoints, "path", lambda name: file)
    torch.save({"EMA_generator": weights, "note": "x"}, file)
    with deepprivacy2.library():
        loaded, _ = deepprivacy2._generator("configs/fdh/styleganL_nocse.py")
    assert loaded.style_net.w_centers.shape == (3, 512)
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    weights.pop(next(iter(weights)))
    torch.save({"EMA_generator": weights}, file)
    with pytest.raises(MissingModelError, match="does not fit"), deepprivacy2.library():
        deepprivacy2._generator("configs/fdh/styleganL_nocse.py")
