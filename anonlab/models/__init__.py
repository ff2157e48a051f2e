"""Models by the names that params.yaml uses; each adapter imports its library when it is loaded, not before."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import os
from collections.abc import Iterable
from typing import Any, Final

from anonlab.errors import ParameterError, suggestion
from anonlab.models import checkpoints, weights
from anonlab.models.table import CHECKPOINTS

log = logging.getLogger(__name__)

RANDOM: Final = "ANONLAB_RANDOM_WEIGHTS"
"""Environment variable: a seed that gives networks of the paper profile random weights, to test the wiring."""

CHECKPOINT_NAMES: Final = frozenset(each.name for each in CHECKPOINTS)
"""A model with a checkpoint of its own has its name."""

NETWORK_NAMES: Final = frozenset(each.name for each in weights.EMBEDDED)
"""The same for the networks of the default profile."""

REGISTRY: dict[str, dict[str, str]] = {
    "persons": {
        "blazepose": "anonlab.models.blazepose:BlazePoseDetector",
        "mask_rcnn": "anonlab.models.mmdet:MaskRCNN",
        "faster_rcnn": "anonlab.models.mmdet:FasterRCNN",
    },
    "pose": {
        "blazepose": "anonlab.models.blazepose:BlazePoseEstimator",
        "blazepose_body": "anonlab.models.blazepose:BlazePoseBody",
        "hrnet": "anonlab.models.mmpose:HRNet",
        "rtmw_l": "anonlab.models.rtmpose:RTMW",
        "rtmw_x": "anonlab.models.rtmpose:RTMWX",
        "dwpose": "anonlab.models.rtmpose:DWPose",
    },
    "actions": {
        "skeleton": "anonlab.models.skeleton_actions:SkeletonActions",
        "slowonly": "anonlab.models.mmaction2:SlowOnly",
    },
    "depth": {"blazepose": "anonlab.models.blazepose:BlazePoseDepthEstimator"},
    "audit": {
        "centerface": "anonlab.models.auditors:centerface",
        "classic": "anonlab.models.auditors:classic",
    },
}
"""Role -> name in params.yaml -> "module:class", or a function that makes one. A model is one file and one line."""


@functools.lru_cache(maxsize=4)
def load(role: str, name: str) -> Any:
    """The model called `name` for `role`, constructed once per process.

    Raises:
        ParameterError: there is no such model; the message lists those there are.
        MissingModelError: its library or files are not on this machine; the message says how to get them.
    """
    check(role, name)
    module, _, attribute = REGISTRY[role][name].partition(":")
    return getattr(importlib.import_module(module), attribute)()


def check(role: str, name: str) -> None:
    """Look whether there is a model called `name` for `role` and whether its file is there; loads nothing.

    Raises:
        ParameterError: there is no such model.
        MissingModelError: its file is missing or another one; the message says how to get it.
    """
    if name not in REGISTRY[role]:
        raise ParameterError(f"{role}: there is no model {name!r}; {suggestion(name, REGISTRY[role])}")
    check_files([name] if name in CHECKPOINT_NAMES else [])
    if name in NETWORK_NAMES:
        weights.network_path(name)


def on_gpu(*names: str) -> bool:
    """Whether one of the models called `names` works on a GPU of this machine; the log says which."""
    if not CHECKPOINT_NAMES.intersection(names) or importlib.util.find_spec("torch") is None:
        return False
    import torch

    if torch.cuda.is_available():
        log.info("%s: on %s", ", ".join(names), torch.cuda.get_device_name())
    return bool(torch.cuda.is_available())


def check_files(names: Iterable[str]) -> None:
    """Raise a MissingModelError for the first checkpoint of `names` that is not there; random weights need none."""
    if os.environ.get(RANDOM) is None:
        for name in names:
            checkpoints.path(name)
