"""Persons by MMDetection: Mask R-CNN for boxes and masks, Faster R-CNN for boxes alone (both R50-FPN, COCO)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from anonlab.models import openmmlab
from anonlab.models.contracts import Image, Persons

PERSON: Final = 0
"""Number of the class person among COCO's 80."""


class _Detector:
    """A two-stage detector of MMDetection, reduced to persons.

    Attributes:
        batch_size: pictures that go through the network together.
    """

    config: str
    checkpoint: str
    batch_size = 8

    def __init__(self) -> None:
        """Build the network and load its checkpoint.

        Raises:
            MissingModelError: MMDetection or the checkpoint is not on this machine.
        """
        openmmlab.need("torch", "mmdet")
        self.model = openmmlab.fill(self._built, self.checkpoint).to(openmmlab.device())

    def _built(self) -> Any:
        """The network, without weights."""
        from mmdet.apis import init_detector
        from mmengine.registry import DefaultScope

        settings = openmmlab.config("mmdet", self.config)
        with DefaultScope.overwrite_default_scope("mmdet"):
            return init_detector(settings, None, palette="random", device="cpu")

    def detect(self, image: Image) -> Persons:
        """Persons in `image` (H, W, 3), best score first."""
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[Image]) -> list[Persons]:
        """Persons in each of several pictures."""
        if not images:
            return []
        from mmdet.apis import inference_detector
        from mmengine.registry import DefaultScope

        with DefaultScope.overwrite_default_scope("mmdet"):
            found = inference_detector(self.model, [np.ascontiguousarray(each[..., ::-1]) for each in images])
        return [
            _persons(each.pred_instances, image.shape[:2]) for each, image in zip(found, images, strict=True)
        ]


class MaskRCNN(_Detector):
    """Mask R-CNN R50-FPN: boxes and masks."""

    config = "mask_rcnn/mask-rcnn_r50_fpn_2x_coco.py"
    checkpoint = "mask_rcnn"


class FasterRCNN(_Detector):
    """Faster R-CNN R50-FPN: boxes; the masks are the boxes filled."""

    config = "faster_rcnn/faster-rcnn_r50_fpn_2x_coco.py"
    checkpoint = "faster_rcnn"


def _persons(found: Any, size_hw: tuple[int, int]) -> Persons:
    """The persons among the instances that a network returned for one picture."""
    found = found[found.labels == PERSON].cpu()
    found = found[found.scores.argsort(descending=True, stable=True)]
    boxes = found.bboxes.numpy().astype(np.float32)
    n = len(boxes)
    masks = found.masks.numpy() if "masks" in found else _filled(boxes, size_hw)
    return Persons(
        boxes_xyxy=boxes,
        scores=found.scores.numpy().astype(np.float32),
        masks=masks.astype(bool).reshape(n, *size_hw),
        faces_xyxy=np.full((n, 4), np.nan, np.float32),
    )


def _filled(boxes: Any, size_hw: tuple[int, int]) -> Any:
    """Masks (N, H, W) that are the boxes (N, 4), every pixel that a box touches."""
    rows, columns = np.arange(size_hw[0]), np.arange(size_hw[1])
    x0, y0, x1, y1 = (edge[:, None] for edge in boxes.T)
    across = (columns + 1 > x0) & (columns < x1)
    down = (rows + 1 > y0) & (rows < y1)
    return down[:, :, None] & across[:, None, :]
