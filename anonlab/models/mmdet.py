"""Persons by MMDetection: Mask R-CNN for boxes and masks, Faster R-CNN for boxes alone (both R50-FPN, COCO)."""

from __future__ import annotations

import functools
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
        sizes = [image.shape[:2] for image in images]
        found: dict[int, Persons] = {}
        for size in dict.fromkeys(sizes):  # pictures of other sizes would be padded to each other's
            rows = [row for row, each in enumerate(sizes) if each == size]
            samples = self._run([images[row] for row in rows])
            found |= {
                row: _persons(each.pred_instances, size) for row, each in zip(rows, samples, strict=True)
            }
        return [found[row] for row in range(len(images))]

    def _run(self, images: Sequence[Image]) -> list[Any]:
        """What the network finds in pictures of one size, all of which go through it together.

        MMDetection's own `inference_detector` takes several pictures, too, and runs them one by one.
        """
        import torch
        from mmengine.dataset import pseudo_collate
        from mmengine.registry import DefaultScope

        with torch.no_grad(), DefaultScope.overwrite_default_scope("mmdet"):
            ready = openmmlab.in_threads(self._prepared, images)
            found: list[Any] = self.model.test_step(pseudo_collate(ready))
        return found

    def _prepared(self, image: Image) -> Any:
        """One picture through MMDetection's own preprocessing."""
        return self._pipeline({"img": openmmlab.bgr(image), "img_id": 0})

    @functools.cached_property
    def _pipeline(self) -> Any:
        from mmengine.dataset import Compose
        from mmengine.registry import DefaultScope

        first, *others = self.model.cfg.test_dataloader.dataset.pipeline
        with DefaultScope.overwrite_default_scope("mmdet"):
            return Compose([first | {"type": "mmdet.LoadImageFromNDArray"}, *others])


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
