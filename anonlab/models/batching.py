"""Frames in batches, decoded ahead: a GPU waits for neither the decoder nor the single frame.

A model that can take several pictures at once says so with `batch_size` and has `detect_batch` or `estimate_batch`;
for all others a batch is one picture.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from anonlab.models.contracts import Image, Persons, Pose

T = TypeVar("T")

_END = object()


def batch_size(*models: Any) -> int:
    """The number of pictures that every one of `models` takes at once."""
    return min(getattr(model, "batch_size", 1) for model in models)


def batches(frames: Iterable[T], size: int) -> Iterator[list[T]]:
    """Consecutive frames in lists of `size`, the last one shorter; with more than 1, decoded ahead in a thread.

    >>> list(batches(range(5), 2))
    [[0, 1], [2, 3], [4]]
    """
    source = iter(beside(frames, size))
    while batch := list(islice(source, size)):
        yield batch


def beside(items: Iterable[T], size: int) -> Iterable[T]:
    """The same items; those of models that take more than one picture are made in a thread, two batches ahead.

    Frames are decoded beside the network that way, and the network runs beside what is done with its results.
    """
    return ahead(items, 2 * size) if size > 1 else items


def detect(detector: Any, images: Sequence[Image]) -> list[Persons]:
    """Persons in each of several pictures."""
    if hasattr(detector, "detect_batch"):
        found: list[Persons] = detector.detect_batch(images)
        return found
    return [detector.detect(image) for image in images]


def estimate(
    estimator: Any, images: Sequence[Image], boxes_xyxy: Sequence[NDArray[np.float32]]
) -> list[Pose]:
    """Poses of the boxes (N, 4) of each of several pictures."""
    if hasattr(estimator, "estimate_batch"):
        found: list[Pose] = estimator.estimate_batch(images, boxes_xyxy)
        return found
    return [estimator.estimate(image, boxes) for image, boxes in zip(images, boxes_xyxy, strict=True)]


def ahead(items: Iterable[T], n: int) -> Iterator[T]:
    """The same items, of which up to `n` are made in a thread before they are asked for; errors arrive in turn."""
    waiting: queue.Queue[Any] = queue.Queue(maxsize=n)
    stopped = threading.Event()
    worker = threading.Thread(target=_fill, args=(items, waiting, stopped), daemon=True)
    worker.start()
    try:
        while (item := waiting.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        while worker.is_alive():
            _drain(waiting)
            worker.join(timeout=0.05)


def _fill(items: Iterable[Any], waiting: queue.Queue[Any], stopped: threading.Event) -> None:
    """Put every item, and at last the end or the error, into the queue; leaves off once nobody listens."""
    try:
        for item in items:
            waiting.put(item)
            if stopped.is_set():
                return
        waiting.put(_END)
    except BaseException as error:
        waiting.put(error)


def _drain(waiting: queue.Queue[Any]) -> None:
    while not waiting.empty():
        waiting.get_nowait()
