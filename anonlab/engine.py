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
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import joblib
import yaml

from anonlab import parameters
from anonlab.errors import AnonlabError, ParameterError
from anonlab.files import room_for
from anonlab.leases import Lease
from anonlab.paths import ITEMS, ROOT
from anonlab.pool import Pool, Task
from anonlab.progress import bar, followed

__all__ = ["ItemErrors", "Results", "Task", "code_version", "n_workers", "run"]

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

LOOKS: Final = ("anonlab/gallery.py", "anonlab/veil.py")
"""Dependencies of notebooks: they change what is shown of items, and no item."""

ENVIRONMENT: Final = ("ANONLAB_RANDOM_WEIGHTS",)
"""Variables that change results."""


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


class Results(list[Path]):
    """Folders of finished items; as long as this list lives, no other run in the same checkout removes them."""

    def __init__(self, folders: Sequence[Path], lease: Lease) -> None:
        super().__init__(folders)
        self._lease = lease


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
) -> Results:
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
        DiskFullError: as soon as there is no room for a result; what is finished is kept.
    """
    name = f"{stage}@{branch}" if branch else stage
    home = (store or ITEMS) / name
    folders = [home / _digest(stage, task.key) for task in tasks]
    with room_for(home):
        lease = Lease(home, {folder.name for folder in folders})
    todo = [(task, folder) for task, folder in zip(tasks, folders, strict=True) if not folder.is_dir()]
    todo.sort(key=lambda pair: -pair[0].cost)
    log.info("%s: %d items, %d finished before", name, len(tasks), len(tasks) - len(todo))
    workers = min(n_workers(workers, on_gpu), len(todo))
    errors = ItemErrors(name, len(tasks), _run_all(function, todo, workers, lease, name, unit))
    if errors.problems:
        raise errors
    lease.prune()
    return Results(folders, lease)


def _run_all(
    function: Callable[..., None],
    todo: Sequence[tuple[Task, Path]],
    workers: int,
    lease: Lease,
    name: str,
    unit: str,
) -> dict[str, str]:
    """Compute every pair of task and folder; returns the problem of each item that failed."""
    if not todo:
        return {}
    total, start = sum(task.cost for task, _ in todo), time.perf_counter()
    with (
        room_for(lease.home),
        lease.temporary() as counters,
        bar(total, name, unit) as progress,
        followed(progress, counters) as add,
    ):
        problems = Pool(function, workers, lease, counters, name, add).problems_of(todo)
    rate = total / max(time.perf_counter() - start, 1e-9)
    log.info("%s: %.1f %s/s in %d process(es)", name, rate, unit, workers)
    return problems


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
        if dependency.startswith("anonlab/") and dependency not in LOOKS:
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
