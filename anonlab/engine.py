"""Map a function over the items of a stage, side by side; what is finished survives a crash.

An item's result is a folder of files that appears when the item is done. The folder's name is a hash of all that the
item depends on: its input, the settings, the code of the stage and the versions of the libraries that touch pixels. So
an interrupted stage goes on where it was, a new item costs one item, and nothing is ever reused that should not be.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import joblib
import yaml
from joblib.externals.loky import get_reusable_executor

from anonlab import parameters
from anonlab.errors import AnonlabError, ParameterError
from anonlab.paths import ITEMS, ROOT
from anonlab.progress import bar, counting, followed

log = logging.getLogger(__name__)

LIBRARIES: Final = (
    *(
        "numpy",
        "opencv-python-headless",
        "opencv-contrib-python-headless",
        "pillow",
        "av",
        "ai-edge-litert",
        "numba",
    ),
    *("torch", "torchvision", "mmcv", "mmdet", "mmpose", "mmaction2", "onnxruntime", "detectron2"),
)
"""Those that are not installed do not count."""

ENVIRONMENT: Final = ("ANONLAB_RANDOM_WEIGHTS",)
"""Variables that change results."""


@dataclass(frozen=True)
class Task:
    """One item of a stage.

    Attributes:
        item: its id, for messages.
        arguments: keyword arguments of the stage's function.
        key: all that the result depends on beside code and libraries; plain values.
        cost: frames, or any other measure of the work; the largest start first.
    """

    item: str
    arguments: Mapping[str, Any]
    key: Mapping[str, Any]
    cost: float = 1.0


@dataclass
class ItemErrors(AnonlabError):
    """Some items of a stage could not be done; all others are finished and kept."""

    stage: str
    n_items: int
    problems: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"  {item}: {problem}" for item, problem in sorted(self.problems.items())]
        done = self.n_items - len(lines)
        head = (
            f"{self.stage}: {len(lines)} of {self.n_items} items failed; the other {done} are done and kept:"
        )
        return "\n".join([head, *lines])


def n_workers(workers: int | None, on_gpu: bool = False) -> int:
    """The number of processes: None asks `engine.workers` in params.yaml.

    0 means all cores this process may use, or one process where the work is done by a GPU, which they would fight for.
    """
    if workers is None:
        workers = parameters.load()["engine"].get("workers", 0)
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise ParameterError(f"engine.workers is {workers!r}; use a whole number, 0 for all cores")
    return workers or (1 if on_gpu else joblib.cpu_count())


def run(
    stage: str,
    function: Callable[..., None],
    tasks: Sequence[Task],
    *,
    workers: int | None = None,
    branch: str = "",
    unit: str = "item",
    store: Path | None = None,
    on_gpu: bool = False,
) -> list[Path]:
    """Folders with the results of `tasks`, in their order; only what is not there yet is computed.

    `function(folder=..., **task.arguments)` writes an item's files into `folder`; it has to be importable, because
    it runs in processes of its own. Networks it gets from `anonlab.models.load` are loaded once per process.

    Args:
        stage: name in dvc.yaml; the code that the stage declares there is part of every key.
        branch: which branch of the stage this is (the kind), for names and messages.
        workers: processes; 0 = all cores, 1 = in this process, None = as in params.yaml.
        unit: what `Task.cost` counts, for the progress bar.
        store: folder for the results; by default `.items/` of the project.
        on_gpu: the work is done by a GPU: one process, unless a number is asked for.

    Raises:
        ItemErrors: after all items were tried; names those that failed and why.
    """
    name = f"{stage}@{branch}" if branch else stage
    home = (store or ITEMS) / name
    folders = [home / _digest(stage, task.key) for task in tasks]
    todo = [(task, folder) for task, folder in zip(tasks, folders, strict=True) if not folder.is_dir()]
    todo.sort(key=lambda pair: -pair[0].cost)
    log.info("%s: %d items, %d finished before", name, len(tasks), len(tasks) - len(todo))
    errors = ItemErrors(
        name, len(tasks), _run_all(function, todo, min(n_workers(workers, on_gpu), len(todo)), name, unit)
    )
    if errors.problems:
        raise errors
    _prune(home, keep={folder.name for folder in folders})
    return folders


def _run_all(
    function: Callable[..., None], todo: Sequence[tuple[Task, Path]], workers: int, name: str, unit: str
) -> dict[str, str]:
    """Compute every pair of task and folder; returns the problem of each item that failed."""
    if not todo:
        return {}
    pool = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1, max_nbytes=None)
    problems = {}
    total, start = sum(task.cost for task, _ in todo), time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="anonlab-") as counters,
        bar(total, name, unit) as progress,
        followed(progress, Path(counters)) as add,
    ):
        work = (joblib.delayed(_run_one)(function, task, folder, Path(counters)) for task, folder in todo)
        try:
            for item, cost, problem in pool(work):
                add(cost)
                if problem:
                    log.error("%s: %s: %s", name, item, problem)
                    problems[item] = problem
        except BrokenExecutor:
            died = "a worker process died (killed, or out of memory); set engine.workers lower and run again"
            problems |= {
                task.item: died for task, folder in todo if task.item not in problems and not folder.exists()
            }
    rate = total / max(time.perf_counter() - start, 1e-9)
    log.info("%s: %.1f %s/s in %d process(es)", name, rate, unit, workers)
    if workers > 1:
        get_reusable_executor().shutdown(wait=True)  # else its processes outlive a stage's kernel
    return problems


def _run_one(
    function: Callable[..., None], task: Task, folder: Path, counters: Path
) -> tuple[str, float, str]:
    """Compute one item into a temporary folder that gets its name when it is whole; `counters` is for the bar."""
    _use_one_thread()
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{os.getpid()}-", dir=folder.parent))
    try:
        with counting(counters / folder.name):
            function(folder=temporary, **task.arguments)
        _rename(temporary, folder)
    except AnonlabError as error:
        return task.item, task.cost, str(error)
    except Exception as error:
        log.debug("%s", traceback.format_exc())
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return task.item, task.cost, f"unexpected {type(error).__name__} at {place}: {error}"
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return task.item, task.cost, ""


def _rename(temporary: Path, folder: Path) -> None:
    """Rename, unless another run has just finished the same item."""
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _use_one_thread() -> None:
    """The items run side by side, and results must not depend on how many cores there are."""
    import cv2

    cv2.setNumThreads(1)


def _prune(home: Path, keep: set[str]) -> None:
    """Forget results that the stage, now finished, no longer uses, and what a killed run left half done."""
    for folder in home.iterdir() if home.is_dir() else ():
        if folder.name not in keep and not _in_use(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def _in_use(name: str) -> bool:
    """Whether this is the temporary folder of a process that is still running."""
    match = re.match(r"\.(\d+)-", name)
    if match is None:
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _digest(stage: str, key: Mapping[str, Any]) -> str:
    """Name of the folder for a result: what it depends on, hashed."""
    around = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    everything = {"code": code_version(stage), "libraries": _library_versions(), "key": key, **around}
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()[:24]


@cache
def code_version(stage: str) -> str:
    """Hash of the modules that dvc.yaml names as dependencies of `stage`, with the data that lies in packages."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    entry = stages[stage]
    digest = hashlib.sha256()
    for dependency in sorted(entry.get("do", entry)["deps"]):
        if dependency.startswith("anonlab/"):
            path = ROOT / dependency
            for source in _files_of(path):
                digest.update(source.read_bytes())
    return digest.hexdigest()


def _files_of(module: Path) -> list[Path]:
    """A module, or all files of a package but what Python and numba keep beside the code."""
    if module.is_file():
        return [module]
    return sorted(each for each in module.rglob("*") if each.is_file() and "__pycache__" not in each.parts)


@cache
def _library_versions() -> dict[str, str]:
    return {name: found for name in LIBRARIES if (found := _version(name))}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
