"""The processes that work on the items of a stage, each item into a folder that gets its name when it is whole."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice, starmap, takewhile
from pathlib import Path
from typing import Any, Final

import joblib
from joblib.externals.loky import ProcessPoolExecutor

from anonlab.errors import AnonlabError, DiskFullError, InputError
from anonlab.files import full, is_full
from anonlab.leases import Lease
from anonlab.progress import counting
from anonlab.watch import end_with

log = logging.getLogger(__name__)

_BEGUN: Final = ".begun"
"""Lies in a temporary folder from the start: one that was removed and that a writer made anew does not hold all."""

_THREADS: Final = (
    *(f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMBA", "NUMEXPR")),
    "VECLIB_MAXIMUM_THREADS",
)

_DIED: Final = (
    "the worker process died over it (killed, or out of memory), alone, too; remove it from the data, or set "
    "engine.workers lower and run again"
)


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


@dataclass(frozen=True)
class _Outcome:
    """How the work on an item ended: its problem, if any, and whether that is a full disk."""

    item: str
    cost: float
    problem: str = ""
    disk_full: bool = False


@dataclass
class Pool:
    """The processes that work on the items of a stage, and what they could not do."""

    function: Callable[..., None]
    workers: int
    lease: Lease
    counters: Path
    name: str
    add: Callable[[float], None]
    problems: dict[str, str] = field(default_factory=dict)

    def problems_of(self, todo: Sequence[tuple[Task, Path]]) -> dict[str, str]:
        """Compute every pair of task and folder; returns the problem of each item that failed.

        An item over which a process dies is tried once more alone, and costs no other item its turn.

        Raises:
            DiskFullError: after the items that were begun; no other is.
        """
        left = list(todo)
        while left and not self._compute(left):
            left = self._after_a_death(left)
        return self.problems

    def _after_a_death(self, left: Sequence[tuple[Task, Path]]) -> list[tuple[Task, Path]]:
        """Try those that were begun when a process died, one by one; returns those that were not."""
        left = [pair for pair in left if pair[0].item not in self.problems and not pair[1].exists()]
        begun = [pair for pair in left if (self.counters / pair[1].name).exists()]
        for task, folder in begun or left:
            (self.counters / folder.name).unlink(missing_ok=True)
            if begun and self._compute([(task, folder)]):
                continue
            self.add(task.cost)
            self._note(task.item, _DIED)
        return [pair for pair in left if pair not in begun] if begun else []

    def _compute(self, pairs: Sequence[tuple[Task, Path]]) -> bool:
        """Compute `pairs`; False if a process died over it."""
        full_disk: list[str] = []
        how = self.function, self.lease.token, self.counters, os.getpid()
        calls = takewhile(lambda _: not full_disk, ((task, folder, *how) for task, folder in pairs))
        try:
            with closing(self._outcomes(calls, min(self.workers, len(pairs)))) as outcomes:
                for done in outcomes:
                    self.add(done.cost)
                    if done.disk_full:
                        full_disk.append(done.problem)
                    elif done.problem:
                        self._note(done.item, done.problem)
        except BrokenExecutor:
            return False
        if full_disk:
            raise DiskFullError(f"{self.name}: {full_disk[0]}; finished items are kept")
        return True

    def _outcomes(self, calls: Iterator[Any], processes: int) -> Generator[_Outcome, None, None]:
        """What `_run_one` returns for each of `calls`, in the order in which it ends."""
        if self.workers == 1:
            yield from starmap(_run_one, calls)
            return
        executor = ProcessPoolExecutor(processes, env=_threads(processes))
        running: set[Future[_Outcome]] = set()
        ended = False
        try:
            while not ended:
                running |= {
                    executor.submit(_run_one, *call) for call in islice(calls, processes - len(running))
                }
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in sorted(done, key=_failed))
                ended = not done
        finally:
            executor.shutdown(kill_workers=not ended)  # else its processes outlive a stage's kernel

    def _note(self, item: str, problem: str) -> None:
        log.error("%s: %s: %s", self.name, item, problem)
        self.problems[item] = problem


def _failed(future: Future[_Outcome]) -> bool:
    """Whether a process died before it could say how its item ended."""
    return future.exception() is not None


def _threads(processes: int) -> dict[str, str]:
    """Variables that give each process its share of the cores, for libraries that use several; those set stay."""
    share = str(max(joblib.cpu_count() // processes, 1))
    return {name: os.environ.get(name, share) for name in _THREADS}


def _run_one(
    task: Task, folder: Path, function: Callable[..., None], token: str, counters: Path, run: int
) -> _Outcome:
    """Compute one item into a temporary folder that gets its name when it is whole; `counters` is for the bar."""
    if os.getpid() != run:
        end_with(run)
    if folder.is_dir():  # another run was faster
        return _Outcome(task.item, task.cost)
    temporary = None
    try:
        _use_one_thread()
        temporary = Path(tempfile.mkdtemp(prefix=f".{token}-", dir=folder.parent))
        (temporary / _BEGUN).touch()
        with counting(counters / folder.name):
            function(folder=temporary, **task.arguments)
        _rename(temporary, folder)
    except Exception as error:
        return _outcome(task, error, folder.parent)
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
    return _Outcome(task.item, task.cost)


def _outcome(task: Task, error: Exception, home: Path) -> _Outcome:
    """What to say of an item that an error ended."""
    if is_full(error):
        return _Outcome(task.item, task.cost, full(home), disk_full=True)
    if isinstance(error, AnonlabError):
        return _Outcome(task.item, task.cost, str(error))
    log.debug("%s", traceback.format_exc())
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return _Outcome(task.item, task.cost, f"unexpected {type(error).__name__} at {place}: {error}")


def _rename(temporary: Path, folder: Path) -> None:
    """Give a whole item its name, unless another run has just finished the same one."""
    try:
        (temporary / _BEGUN).unlink()
    except FileNotFoundError as error:
        raise InputError(f"{folder.parent}: removed while the stage ran; run again") from error
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _use_one_thread() -> None:
    """The items run side by side, and results must not depend on how many cores there are."""
    import cv2

    cv2.setNumThreads(1)
