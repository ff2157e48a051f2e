"""What the adapters of MMDetection, MMPose and MMAction2 share: configurations, weights and devices.

The configurations are those inside the installed packages. Checkpoints load strictly: a missing or surplus weight is an
error. For tests of the wiring, the environment variable ANONLAB_RANDOM_WEIGHTS gives every network random weights from
that seed instead; what such a run measures means nothing, and each model says so in the log.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import cv2
import numpy as np

from anonlab.errors import MissingModelError
from anonlab.models import RANDOM, checkpoints
from anonlab.models.contracts import Image

T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger(__name__)

THREADS: Final = 8
"""That prepare the pictures of a batch."""

INSTALL: Final = "install the paper profile's environment: conda env create -f environment.yml"


def need(*packages: str) -> None:
    """Raise a MissingModelError for the first package that is not installed."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise MissingModelError(f"{package} is not installed; {INSTALL}")


def config(package: str, name: str) -> Any:
    """The configuration `name` that the installed `package` carries, without anything it would download."""
    from mmengine.config import Config

    folder = Path(str(importlib.import_module(package).__file__)).parent / ".mim" / "configs"
    found = Config.fromfile(str(folder / name))
    _clear_downloads(found.model)
    return found


def device() -> str:
    """`cuda:0` where there is one, else `cpu`."""
    import torch

    return "cuda:0" if torch.cuda.is_available() else "cpu"


def bgr(image: Image) -> Image:
    """A picture (H, W, 3) in the order of colours that the libraries' own preprocessing wants."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


def in_threads(prepare: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """`prepare` of every item, several at a time: the preprocessing leaves Python for most of its time."""
    if len(items) == 1:
        return [prepare(items[0])]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(prepare, items))


def fill(
    build: Callable[[], Any],
    checkpoint: str,
    *,
    weights: Callable[[Any, Mapping[str, Any]], None] | None = None,
) -> Any:
    """A network with the weights of `checkpoint`, or with random ones where the environment asks for that.

    Args:
        build: makes the network.
        checkpoint: its name in the table.
        weights: puts the content of the file into the network, strictly; by default its `state_dict`.

    Raises:
        MissingModelError: the file is missing, is another one, or its weights do not fit the network.
    """
    seed = os.environ.get(RANDOM)
    if seed is not None:
        log.warning("%s: random weights (%s=%s); the results mean nothing", checkpoint, RANDOM, seed)
        return _randomized(build, int(seed))
    place = checkpoints.path(checkpoint)
    model = build()
    try:
        (weights or _state_dict)(model, content(place))
    except (RuntimeError, KeyError) as error:
        raise MissingModelError(f"the checkpoint {place} does not fit {checkpoint}: {error}") from error
    return model.eval()


def content(place: Path) -> Mapping[str, Any]:
    """What a checkpoint holds whose hash was checked.

    Files that hold more than tensors are read without `weights_only`: their hash says that they are the publisher's.
    """
    import pickle

    import torch

    try:
        found: Mapping[str, Any] = torch.load(place, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        found = torch.load(place, map_location="cpu", weights_only=False)
    return found


def _state_dict(model: Any, found: Mapping[str, Any]) -> None:
    model.load_state_dict(found.get("state_dict", found), strict=True)


def _randomized(build: Callable[[], Any], seed: int) -> Any:
    """The network as its own initialization makes it, from a seed; other generators go on as before."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        for module in model.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
    return model.eval()


def _clear_downloads(settings: Any) -> None:
    """Remove every reference to pretrained weights: the checkpoint holds all of them."""
    if isinstance(settings, dict):
        for name in ("init_cfg", "pretrained"):
            if name in settings:
                settings[name] = None
        for value in settings.values():
            _clear_downloads(value)
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            _clear_downloads(value)
