"""Actions by MMAction2: SlowOnly-R101 8x8 on AVA, multi-label scores of every person in a window of 8 frames.

Frames go in as RGB, as in training. The library's demo normalizes BGR pictures with the means of RGB; who wants to
repeat that sets `bgr` to True.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab import ava
from anonlab.models import openmmlab
from anonlab.models.contracts import Image

CONFIG: Final = "detection/slowonly/slowonly_kinetics400-pretrained-r101_8xb16-8x8x1-20e_ava21-rgb.py"
SHORT_SIDE: Final = 256
MEAN: Final = np.array([123.675, 116.28, 103.53], np.float32)
STD: Final = np.array([58.395, 57.12, 57.375], np.float32)
"""Of ImageNet, in the order red, green, blue: the configuration's data preprocessor."""

Observed = tuple[Image, NDArray[np.float32]]


class SlowOnly:
    """The recognizer of the paper. An observation is the resized frame and the persons' boxes in it."""

    clip_len = 8
    frame_interval = 8

    def __init__(self, bgr: bool = False) -> None:
        """Build the network and load its checkpoint.

        Args:
            bgr: feed pictures in the wrong order of colours, as the library's demo does.

        Raises:
            MissingModelError: MMAction2 or the checkpoint is not on this machine.
        """
        openmmlab.need("torch", "mmaction", "mmdet")
        self.bgr = bgr
        self.model = openmmlab.fill(_built, "slowonly").to(openmmlab.device())

    def observe(self, image: Image, boxes_xyxy: NDArray[np.float32]) -> Observed:
        """The frame with its short side at 256 pixels (h, w, 3), and the boxes (N, 4) in it."""
        height, width = image.shape[:2]
        scale = SHORT_SIDE / min(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        ratio = np.array([size[0] / width, size[1] / height] * 2, np.float32)
        return openmmlab.bgr(small) if self.bgr else small, (boxes_xyxy * ratio).astype(np.float32)

    def recognize(self, window: Sequence[Observed]) -> NDArray[np.float32]:
        """Scores (60,) of a window: the highest over the persons of its centre; nobody gives 0."""
        boxes = window[len(window) // 2][1]
        if not len(boxes):
            return np.zeros(ava.N_CLASSES, np.float32)
        return as_classes(self._scores(np.stack([frame for frame, _ in window]), boxes)).max(axis=0)

    def _scores(self, frames: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores (N, 81) by AVA id, column 0 the background, of boxes in frames (T, h, w, 3)."""
        import torch
        from mmaction.structures import ActionDataSample
        from mmengine.registry import DefaultScope
        from mmengine.structures import InstanceData

        where = next(self.model.parameters())
        mean, std = (torch.from_numpy(each).to(where) for each in (MEAN, STD))
        pixels = torch.from_numpy(frames).to(where.device)  # as bytes: a quarter of what numbers would take
        clip = ((pixels.float() - mean) / std).permute(3, 0, 1, 2)[None].contiguous()
        sample = ActionDataSample()
        sample.proposals = InstanceData(bboxes=torch.from_numpy(boxes).to(where))
        sample.set_metainfo({"img_shape": frames.shape[1:3]})
        with torch.no_grad(), DefaultScope.overwrite_default_scope("mmaction"):
            (found,) = self.model(clip, [sample], mode="predict")
        scores: NDArray[np.float32] = found.pred_instances.scores.float().cpu().numpy()
        return scores


def as_classes(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of scores (N, 81) by AVA id, those of the 60 classes that are evaluated: (N, 60)."""
    return np.ascontiguousarray(scores[:, list(ava.CLASSES)], np.float32)


def _built() -> Any:
    """The network, without weights, that keeps every score however low."""
    _supply_drn()
    importlib.import_module("mmaction.models")  # both register the parts that the configuration names
    importlib.import_module("mmdet.models")
    from mmaction.registry import MODELS
    from mmengine.registry import DefaultScope

    settings = openmmlab.config("mmaction", CONFIG)
    settings.model.test_cfg.rcnn = {"action_thr": 0}
    with DefaultScope.overwrite_default_scope("mmaction"):
        return MODELS.build(settings.model)


def _supply_drn() -> None:
    """Stand in for a folder that the wheel of MMAction2 1.2.0 lacks and its import asks for; nothing here uses it.

    Source: open-mmlab/mmaction2 issue 2714.
    """
    name = "mmaction.models.localizers.drn"
    folder = Path(str(importlib.import_module("mmaction").__file__)).parent / "models" / "localizers" / "drn"
    if not folder.is_dir():
        package, module = types.ModuleType(name), types.ModuleType(f"{name}.drn")
        package.__path__ = []
        module.DRN = type("DRN", (), {})  # type: ignore[attr-defined]
        sys.modules.setdefault(name, package)
        sys.modules.setdefault(f"{name}.drn", module)
