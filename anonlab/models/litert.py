"""A network file run by LiteRT: numpy arrays in and out, one thread, repeatable to the bit."""

from __future__ import annotations

import contextlib
import importlib
import os
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.errors import MissingModelError

Floats = NDArray[np.float32]

BATCHES: Final = (4, 2, 1)
"""Batch sizes a network is prepared for; larger ones gain nothing on one thread."""
SHAPES: Final = 6
"""Shapes of its input that a fully convolutional network is kept ready for, the last that were used: enough for the
views of pictures of one size. Each costs some 40 MB, and a tenth of a second to build."""


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
            batches: batch sizes to use, descending, ending in 1. Networks that mix up the items of a batch want (1,).

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
                self._interpreters[size] = _prepared(self._num_threads, size, model_path=str(self._path))
        return self._interpreters[size]


class GridNetwork:
    """A .tflite file of a fully convolutional network, made for a square input, run on oblong ones.

    What it says about a place depends on what is around it, not on where in the input that is, but for the zeros
    around the border. One long input costs less than the overlapping squares that cover it.

    Attributes:
        size: side of the square input that the file is made for, pixels.
        seconds: time spent in the network's arithmetic so far, over all calls.
    """

    def __init__(self, path: Path, num_threads: int = 1) -> None:
        """Open the network at `path`.

        Raises:
            MissingModelError: LiteRT is not installed.
        """
        self._content, self._num_threads = path.read_bytes(), num_threads
        graph = _imported("schema_py_generated").Model.GetRootAs(self._content, 0).Subgraphs(0)
        self.size = int(graph.Tensors(graph.Inputs(0)).Shape(1))
        self.seconds = 0.0
        self._interpreter = lru_cache(maxsize=SHAPES)(self._built)

    def __call__(self, tensor: Floats) -> list[Floats]:
        """Run the network on `tensor` (H, W, C) float32, whose sides are multiples of its coarsest grid's step.

        Returns:
            One array (N, ...) per output, in the order of the outputs' names: N cells of the grids, row by row.
        """
        interpreter = self._interpreter(*tensor.shape[:2])
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor[None])
        start = time.perf_counter()
        interpreter.invoke()
        self.seconds += time.perf_counter() - start
        return [interpreter.get_tensor(detail["index"])[0] for detail in _outputs(interpreter)]

    def _built(self, height: int, width: int) -> Any:
        with _quiet():
            content = _stretched(self._content, height / self.size, width / self.size)
            return _prepared(self._num_threads, 1, height, width, model_content=content)


def _prepared(num_threads: int, n_items: int, *sides: int, **model: Any) -> Any:
    """An interpreter for batches of `n_items` inputs, whose height and width are `sides` if they are given."""
    interpreter = _imported("interpreter").Interpreter(num_threads=num_threads, **model)
    detail = interpreter.get_input_details()[0]
    shape = [n_items, *sides, *detail["shape"][1 + len(sides) :].tolist()]
    interpreter.resize_tensor_input(detail["index"], shape)
    interpreter.allocate_tensors()
    return interpreter


def _imported(name: str) -> Any:
    """A module of LiteRT: `interpreter`, or `schema_py_generated`, which reads its files."""
    try:
        return importlib.import_module(f"ai_edge_litert.{name}")
    except ImportError as error:
        raise MissingModelError("LiteRT is not installed; get it with: pip install ai-edge-litert") from error


def _stretched(content: bytes, down: float, across: float) -> bytes:
    """The file of a fully convolutional network, with the sizes that are written into it made to fit another input.

    All others follow from the input's. Written down are what maps are enlarged to, which is stretched by `down` and
    `across`, and the number of cells of the grids, which is left for LiteRT to find out.
    """
    schema = _imported("schema_py_generated")
    copy = bytearray(content)
    model = schema.Model.GetRootAs(copy, 0)
    graph = model.Subgraphs(0)
    sizes = {}
    for number in range(graph.OperatorsLength()):
        step = graph.Operators(number)
        code = model.OperatorCodes(step.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())  # older files know the latter only
        if kind in (schema.BuiltinOperator.RESIZE_BILINEAR, schema.BuiltinOperator.RESHAPE):
            sizes[graph.Tensors(step.Inputs(1)).Buffer()] = kind  # several steps may share one
    for buffer, kind in sizes.items():
        written = model.Buffers(buffer).DataAsNumpy().view(np.int32)
        if kind == schema.BuiltinOperator.RESHAPE:
            written[1] = -1
        else:
            written[:] = np.round(written * (down, across))
    return bytes(copy)


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
