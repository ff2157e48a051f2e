"""A network file run by LiteRT: numpy batches in, numpy arrays out, one thread, repeatable to the bit."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.errors import MissingModelError

Floats = NDArray[np.float32]

BATCHES: Final = (4, 2, 1)
"""Batch sizes a network is prepared for; larger ones gain nothing on one thread."""


class Network:
    """One .tflite file.

    A batch of any length is cut into runs of 4, 2 and 1, each with an interpreter of its own that is built when it is
    first needed: resizing one interpreter back and forth costs more than a run. The results do not depend on the cut.

    Attributes:
        shape: of one input, usually (height, width, channels).
        outputs: names of the outputs in the order in which they are returned.
        seconds: time spent in the networks' arithmetic so far, over all calls.
    """

    def __init__(self, path: Path, num_threads: int = 1, batches: tuple[int, ...] = BATCHES) -> None:
        """Open the network at `path`.

        Args:
            path: the .tflite file.
            num_threads: threads per run; results are repeatable with 1.
            batches: batch sizes to use, descending, ending in 1. Networks whose outputs run the items of a batch
                together (the single-shot detectors) want (1,).

        Raises:
            MissingModelError: LiteRT is not installed.
        """
        self._path, self._num_threads, self._batches = path, num_threads, batches
        self._interpreters: dict[int, Any] = {}
        interpreter = self._interpreter(1)
        self.shape: tuple[int, ...] = tuple(interpreter.get_input_details()[0]["shape"][1:].tolist())
        self.outputs: tuple[str, ...] = tuple(detail["name"] for detail in _outputs(interpreter))
        self.seconds = 0.0

    def __call__(self, batch: Floats) -> list[Floats]:
        """Run the network on `batch` (N, *shape) float32.

        Returns:
            One array (N, ...) per output, in the order of `outputs` (that of the names, which is that of the file).
            N = 0 gives an empty list of items, with the right shapes.
        """
        if not len(batch):
            return [np.zeros((0, *shape), np.float32) for shape in self._output_shapes()]
        pieces = [self._run(batch[start:stop]) for start, stop in _cuts(len(batch), self._batches)]
        return [np.concatenate(output) for output in zip(*pieces, strict=True)]

    def _output_shapes(self) -> list[tuple[int, ...]]:
        return [tuple(detail["shape"][1:].tolist()) for detail in _outputs(self._interpreter(1))]

    def _run(self, batch: Floats) -> list[Floats]:
        interpreter = self._interpreter(len(batch))
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch)
        start = time.perf_counter()
        interpreter.invoke()
        self.seconds += time.perf_counter() - start
        return [interpreter.get_tensor(detail["index"]) for detail in _outputs(interpreter)]

    def _interpreter(self, size: int) -> Any:
        if size not in self._interpreters:
            with _quiet():
                self._interpreters[size] = _prepared(self._path, size, self._num_threads)
        return self._interpreters[size]


def _prepared(path: Path, size: int, num_threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise MissingModelError("LiteRT is not installed; get it with: pip install ai-edge-litert") from error
    interpreter = Interpreter(model_path=str(path), num_threads=num_threads)
    detail = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(detail["index"], [size, *detail["shape"][1:].tolist()])
    interpreter.allocate_tensors()
    return interpreter


def _outputs(interpreter: Any) -> list[dict[str, Any]]:
    return sorted(interpreter.get_output_details(), key=lambda detail: detail["name"])


def _cuts(n: int, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Start and stop of consecutive runs that cover n items, each of a size in `sizes` (descending, ending in 1)."""
    start = 0
    while start < n:
        size = next(size for size in sizes if size <= n - start)
        yield start, start + size
        start += size


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the banner that the C++ library writes to the process's stderr when an interpreter is built."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
