"""Weights and proposals that make a detector with random weights find one person, at a known place."""

from __future__ import annotations

from typing import Any

PERSON_SHARE = (0.35, 0.1, 0.65, 0.95)
"""The one proposal: x0, y0, x1, y1 as shares of the picture."""

SMALL = (256, 160)
"""Pictures are resized to this instead of 1333 x 800, so that a test is quick."""


def plant(module: Any) -> None:
    """Have every detector that `module` (`anonlab.models.mmdet`) builds planted."""
    build = module._Detector.__init__

    def build_and_plant(self: Any) -> None:
        build(self)
        find_one_person(self.model)

    module._Detector.__init__ = build_and_plant


def find_one_person(model: Any) -> None:
    """Make PERSON_SHARE the only proposal, which is kept as it is and called a person; fill its mask."""
    import torch

    for step in model.cfg.test_dataloader.dataset.pipeline:
        if step.type == "Resize":
            step.scale = SMALL
    model.rpn_head.predict = _proposals
    head = model.roi_head.bbox_head
    with torch.no_grad():
        for layer in (head.fc_reg, head.fc_cls):
            layer.weight.zero_()
            layer.bias.zero_()
        head.fc_cls.bias[0] = 8.0
        if model.with_mask:
            model.roi_head.mask_head.conv_logits.weight.zero_()
            model.roi_head.mask_head.conv_logits.bias.fill_(8.0)


def _proposals(features: Any, samples: list[Any], rescale: bool = False) -> list[Any]:
    """The proposal in the resized coordinates of every picture."""
    import torch
    from mmengine.structures import InstanceData

    found = []
    for each in samples:
        height, width = each.metainfo["img_shape"][:2]
        sides = torch.tensor([width, height, width, height], dtype=torch.float32)
        boxes = (torch.tensor(PERSON_SHARE) * sides)[None]
        found.append(
            InstanceData(bboxes=boxes, scores=torch.ones(1), labels=torch.zeros(1, dtype=torch.long))
        )
    return found
