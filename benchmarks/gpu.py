"""What the adapters of the paper profile add to their networks: frames per second, against the bare network in a loop.

The bare side gets its input ready made and on the device, so it is a bound: decoding, resizing, normalizing and moving
are all on our side. Runs on a GPU with the real checkpoints if they are there, else with random weights, else on a CPU;
each row says so. The aim, 90 % of the bare loop, counts on a GPU only. Without the libraries there are no rows.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from anonlab import models
from anonlab.errors import MissingModelError
from anonlab.models.contracts import Image
from benchmarks.common import Row, side_by_side

SIZE_HW = (720, 1280)
BOXES = np.array([[200, 100, 420, 690], [700, 80, 900, 700]], np.float32)
GOAL = 0.9


def run() -> list[Row]:
    """A row for every network whose library is installed."""
    rows = []
    for package, bench in (
        ("mmdet", _detector),
        ("mmpose", _pose),
        ("mmaction", _actions),
        ("tops", _generator),
    ):
        if importlib.util.find_spec("torch") and importlib.util.find_spec(package):
            rows.append(bench())
    return rows


def _detector() -> Row:
    from mmengine.dataset import pseudo_collate

    network = _loaded("persons", "mask_rcnn")
    frames = _frames()
    ready = pseudo_collate([network._prepared(each) for each in frames])
    data = network.model.data_preprocessor(ready, False)
    bare = _quietly(lambda: network.model(**data, mode="predict"))
    return _row("Mask R-CNN", lambda: network.detect_batch(frames), bare, len(frames))


def _pose() -> Row:
    from mmengine.dataset import pseudo_collate

    network = _loaded("pose", "hrnet")
    frames = _frames()
    ready = pseudo_collate([network._prepared((image, box)) for image in frames for box in BOXES])
    data = network.model.data_preprocessor(ready, False)
    bare = _quietly(lambda: network.model(**data, mode="predict"))
    return _row(
        "HRNet, 2 persons", lambda: network.estimate_batch(frames, [BOXES] * len(frames)), bare, len(frames)
    )


def _actions() -> Row:
    network = _loaded("actions", "slowonly")
    frames = _frames()
    window = [network.observe(image, BOXES) for image in frames]
    pixels, boxes = np.stack([image for image, _ in window]), window[0][1]
    bare = _quietly(lambda: network._scores(pixels, boxes))
    # each frame is observed once and belongs to eight windows
    return _row(
        "SlowOnly, a window", lambda: (network.observe(frames[0], BOXES), network.recognize(window)), bare, 1
    )


def _generator() -> Row:
    from anonlab.models import deepprivacy2

    _without_checkpoints(deepprivacy2.needed("masks"))
    network = deepprivacy2.load("masks", 0.3)
    masks = np.zeros((1, *SIZE_HW), bool)
    masks[0, 100:690, 250:400] = True
    image = _frames()[0]
    inputs: dict[str, Any] = {}
    generator = next(each for each in network._anonymizer.generators.values() if each is not None)
    hook = generator.register_forward_pre_hook(lambda *given: inputs.update(given[2]), with_kwargs=True)
    network.replace(image, masks, [1], 0.0, False)
    hook.remove()
    bare = _quietly(lambda: generator(**inputs))
    return _row("DeepPrivacy2, 1 person", lambda: network.replace(image, masks, [1], 0.0, False), bare, 1)


def _frames() -> list[Image]:
    """Eight pictures, as many as a batch."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*SIZE_HW, 3), dtype=np.uint8) for _ in range(8)]


def _loaded(role: str, name: str) -> Any:
    _without_checkpoints((name,))
    return models.load(role, name)


def _without_checkpoints(names: tuple[str, ...]) -> None:
    """Ask for random weights where a checkpoint is missing."""
    try:
        models.check_files(names)
    except MissingModelError:
        os.environ[models.RANDOM] = "7"


def _quietly(call: Callable[[], Any]) -> Callable[[], None]:
    """The call without gradients, finished when it returns."""
    import torch

    def inner() -> None:
        with torch.no_grad():
            call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    return inner


def _row(what: str, ours: Callable[[], Any], bare: Callable[[], None], n_frames: int) -> Row:
    import torch

    on_gpu = torch.cuda.is_available()
    where = torch.cuda.get_device_name() if on_gpu else "CPU"
    weights = "random weights" if models.RANDOM in os.environ else "checkpoint"
    times = side_by_side(_quietly(ours), bare, rounds=7 if on_gpu else 3)
    return Row(
        f"{what} ({where}, {weights}): adapter / bare network",
        f"{n_frames / times.ours:.2f} frames/s",
        f"{n_frames / times.peer:.2f} frames/s",
        times.ratio,
        goal=GOAL if on_gpu else None,
    )
