"""Who uses the results in a store: every run leaves a note there, and what a living run names is not removed.

A run holds its note locked until it ends, however it ends, so a note that can be locked is a dead run's. Nothing is
removed under its own name: it is renamed first, so that a removal that is killed leaves no half of a result, and
a process that outlived its run cannot give a half-removed folder the name of a whole one.

Where files cannot be locked (Windows, some network drives) the note of a killed run stays, and with it what it names.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOCK: Final = ".lock"
_NOTE: Final = ".run-"
_GONE: Final = ".gone-"


class Lease:
    """A run's claim on results in `home`, from its making until it is forgotten.

    Attributes:
        home: the folder of the results.
        token: begins the names of the run's temporary folders.
    """

    def __init__(self, home: Path, names: Collection[str]) -> None:
        """Claim the results `names`, whether they are there or not, and clear away what dead runs left half done."""
        self.home, self.token, self._names = home, secrets.token_hex(8), set(names)
        home.mkdir(parents=True, exist_ok=True)
        with alone(home):
            _forget_dead(home)
            note = home / f"{_NOTE}{self.token}"
            self._end = weakref.finalize(self, _end, note, _held(note, self._names))
            gone = self._put_away(self._left())
        _remove(gone)

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A folder beside the results, which goes in the end, or with what the run left if it is killed."""
        with tempfile.TemporaryDirectory(prefix=f".{self.token}-", dir=self.home) as folder:
            yield Path(folder)

    def prune(self) -> None:
        """Remove the results that neither this nor another living run names; for the end of a run."""
        with alone(self.home):
            _forget_dead(self.home)
            used = self._names.union(*(_names(note) for note in _notes(self.home)))
            unused = [
                each
                for each in self.home.iterdir()
                if not each.name.startswith(".") and each.name not in used
            ]
            gone = self._put_away(unused)
        _remove(gone)

    def _left(self) -> list[Path]:
        """Temporary folders of runs that are no more."""
        alive = (_LOCK, _NOTE, *(f".{note.name.removeprefix(_NOTE)}-" for note in _notes(self.home)))
        return [
            each
            for each in self.home.iterdir()
            if each.name.startswith(".") and not each.name.startswith(alive)
        ]

    def _put_away(self, folders: list[Path]) -> list[Path]:
        """Take `folders` their names; returns where they are now."""
        gone = []
        for folder in folders:
            place = self.home / f"{_GONE}{secrets.token_hex(8)}"
            try:
                folder.rename(place)
            except OSError:  # finished under its own name, or removed, just now
                continue
            gone.append(place)
        return gone


def _held(note: Path, names: Collection[str]) -> int:
    """Write a note and lock it; returns the open file, which no child process inherits."""
    file = os.open(note, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        _lock(file)
        note.write_text(json.dumps(sorted(names)))
    except BaseException:
        _end(note, file)
        raise
    return file


def _end(note: Path, file: int) -> None:
    os.close(file)
    note.unlink(missing_ok=True)


def _forget_dead(home: Path) -> None:
    """Remove the notes of runs that are no more."""
    for note in _notes(home):
        try:
            file = os.open(note, os.O_RDWR)
        except FileNotFoundError:  # its run has just ended
            continue
        dead = _lock(file, wait=False)
        os.close(file)
        if dead:
            note.unlink(missing_ok=True)


def _notes(home: Path) -> list[Path]:
    return [each for each in home.iterdir() if each.name.startswith(_NOTE)]


def _names(note: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads(note.read_text())]
    except (OSError, ValueError):  # its run has just ended
        return []


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Let one process at a time into the block, of those that name the same folder, which has to be there."""
    file = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(file)
        yield
    finally:
        os.close(file)


def _lock(file: int, wait: bool = True) -> bool:
    """Lock an open file; False if another process holds it and this one does not wait, or if nothing can be locked."""
    if not fcntl:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
