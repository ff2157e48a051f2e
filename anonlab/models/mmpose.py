"""Pose by MMPose: top-down heatmaps, HRNet-W48 with DARK at 384x288, COCO-WholeBody: the network of the paper."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.keypoints import N_KEYPOINTS
from anonlab.models import openmmlab
from anonlab.models.contracts import Image, Pose

CONFIG: Final = (
    "wholebody_2d_keypoint/topdown_heatmap/coco-wholebody/"
    "td-hm_hrnet-w48_dark-8xb32-210e_coco-wholebody-384x288.py"
)


class HRNet:
    """133 keypoints of every box; all boxes of a call go through the network together.

    Attributes:
        batch_size: pictures whose persons go through the network together.
    """

    score_kind = "heatmap maximum"
    batch_size = 8

    def __init__(self) -> None:
        """Build the network and load its checkpoint.

        Raises:
            MissingModelError: MMPose or the checkpoint is not on this machine.
        """
        openmmlab.need("torch", "mmpose")
        self.model = openmmlab.fill(_built, "hrnet").to(openmmlab.device())

    def estimate(self, image: Image, boxes_xyxy: NDArray[np.float32]) -> Pose:
        """Pose of each box (N, 4) of `image` (H, W, 3); N = 0 gives empty arrays."""
        return self.estimate_batch([image], [boxes_xyxy])[0]

    def estimate_batch(
        self, images: Sequence[Image], boxes_xyxy: Sequence[NDArray[np.float32]]
    ) -> list[Pose]:
        """Poses of the boxes (N, 4) of each of several pictures.

        MMPose takes a picture without boxes for one person as large as the picture: such pictures do not reach it.
        """
        pairs = [
            (pixels, box)
            for pixels, boxes in zip(map(openmmlab.bgr, images), boxes_xyxy, strict=True)
            for box in boxes
        ]
        found = self._run(openmmlab.in_threads(self._prepared, pairs)) if pairs else []
        poses = [_pose(each) for each in found]
        counts = np.cumsum([0, *map(len, boxes_xyxy)])
        return [_stacked(poses[a:b]) for a, b in pairwise(counts)]

    def _prepared(self, pixels_and_box: tuple[Image, NDArray[np.float32]]) -> Any:
        """One box of a BGR picture through MMPose's own preprocessing: crop, resize, normalization."""
        pixels, box = pixels_and_box
        data = {
            "img": pixels,
            "bbox": np.asarray(box, np.float32)[None],
            "bbox_score": np.ones(1, np.float32),
        }
        return self._pipeline(data | self.model.dataset_meta)

    @functools.cached_property
    def _pipeline(self) -> Any:
        from mmengine.dataset import Compose
        from mmengine.registry import DefaultScope

        with DefaultScope.overwrite_default_scope("mmpose"):
            return Compose(self.model.cfg.test_dataloader.dataset.pipeline)

    def _run(self, items: list[Any]) -> list[Any]:
        import torch
        from mmengine.dataset import pseudo_collate
        from mmengine.registry import DefaultScope

        with torch.no_grad(), DefaultScope.overwrite_default_scope("mmpose"):
            found: list[Any] = self.model.test_step(pseudo_collate(items))
        return found


def _built() -> Any:
    """The network, without weights."""
    from mmengine.registry import DefaultScope
    from mmpose.apis import init_model

    settings = openmmlab.config("mmpose", CONFIG)
    with DefaultScope.overwrite_default_scope("mmpose"):
        return init_model(settings, None, device="cpu")


def _pose(sample: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    found = sample.pred_instances
    return found.keypoints[0].astype(np.float32), found.keypoint_scores[0].astype(np.float32)


def _stacked(poses: list[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Pose:
    """Keypoints and scores of the persons of one picture; maxima of a heatmap below 0 count as 0."""
    if not poses:
        return Pose(np.zeros((0, N_KEYPOINTS, 2), np.float32), np.zeros((0, N_KEYPOINTS), np.float32))
    keypoints, scores = (np.stack(each) for each in zip(*poses, strict=True))
    return Pose(keypoints, np.maximum(scores, 0))
