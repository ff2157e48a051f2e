"""Batches hold every frame once and in order, an error arrives where it happened, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonlab.models import batching
from anonlab.models.contracts import Persons


@given(st.integers(0, 40), st.integers(1, 9))
def test_batches_are_the_frames_in_order(n: int, size: int) -> None:
    found = list(batching.batches(iter(range(n)), size))
    assert [item for batch in found for item in batch] == list(range(n))
    assert all(len(batch) == size for batch in found[:-1])


@pytest.mark.parametrize("size", [1, 3])
def test_an_error_comes_after_the_frames_before_it(size: int) -> None:
    def broken() -> Iterator[int]:
        yield from range(6)
        raise ValueError("frame 6")

    stream = batching.batches(broken(), size)
    seen = [item for _ in range(6 // size) for item in next(stream)]
    assert seen == list(range(6))
    with pytest.raises(ValueError, match="frame 6"):
        next(stream)


def test_the_thread_ends_when_the_reader_leaves() -> None:
    before = threading.active_count()
    stream = batching.ahead(iter(range(10_000)), 2)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


class Counting:
    """Finds one person whose score is the picture's first pixel; remembers how many came at once."""

    batch_size = 4

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def detect_batch(self, images: list[np.ndarray]) -> list[Persons]:
        self.sizes.append(len(images))
        none = Persons.none(4, 4)
        return [none for _ in images]


def test_a_model_with_batches_gets_them() -> None:
    model = Counting()
    frames = [np.zeros((4, 4, 3), np.uint8)] * 10
    for images in batching.batches(frames, batching.batch_size(model)):
        batching.detect(model, images)
    assert model.sizes == [4, 4, 2]


def test_the_smallest_batch_size_counts() -> None:
    assert batching.batch_size(Counting(), object()) == 1
