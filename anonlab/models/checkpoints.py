"""The checkpoints of the paper profile: where they lie, whether they are the right ones, and getting them.

A file is taken only when its hash is the one that is known: the sha256, or the md5 where the publisher gives that.
Where there are no more than its first eight digits, as OpenMMLab has them in its file names, those are checked. The
whole hash is written beside the file on the first download, so that a file cannot change unnoticed afterwards.
"""

from __future__ import annotations

import hashlib
import logging
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from anonlab.errors import InputError, MissingModelError, ParameterError, suggestion
from anonlab.files import sha256
from anonlab.models.table import CHECKPOINTS, PAPER, Checkpoint
from anonlab.paths import ROOT
from anonlab.progress import bar

log = logging.getLogger(__name__)

FOLDER: Final = ROOT / "models" / "paper"
FETCH: Final = "python -m anonlab.models fetch paper"
CHUNK: Final = 1 << 20
TIMEOUT_S: Final = 60
NOT_SATISFIABLE: Final = 416
PARTIAL: Final = 206


def named(name: str) -> Checkpoint:
    """The checkpoint called `name`.

    Raises:
        ParameterError: there is none; the message lists those there are.
    """
    known = {each.name: each for each in CHECKPOINTS}
    if name not in known:
        raise ParameterError(f"there is no checkpoint {name!r}; {suggestion(name, known)}")
    return known[name]


def path(name: str, folder: Path | None = None) -> Path:
    """Where the checkpoint called `name` lies, checked; by default in `FOLDER`.

    Raises:
        MissingModelError: it is not there or is not the file that was meant; the message says where to put it.
    """
    checkpoint = named(name)
    place = (folder or FOLDER) / checkpoint.file
    if not place.is_file():
        raise MissingModelError(
            f"the checkpoint {place} is not on this machine; get it with: {FETCH} {name}, or put "
            f"{checkpoint.urls[0]} there"
        )
    check(checkpoint, place)
    return place


def check(checkpoint: Checkpoint, place: Path) -> str:
    """The sha256 of the file at `place`.

    Raises:
        MissingModelError: it is not the hash that is published, or not the one of the first download.
    """
    stat = place.stat()
    found, md5 = _hashes(place, stat.st_size, stat.st_mtime_ns)
    note = _note(place)
    first = note.read_text(encoding="utf-8").strip() if note.is_file() else ""
    wrong = _mismatch(checkpoint, found, md5) or (
        "" if found.startswith(first) else f"expected sha256 {first}"
    )
    if wrong:
        raise MissingModelError(
            f"the checkpoint {place} has sha256 {found} and md5 {md5}, {wrong}; delete it and get it again with: "
            f"{FETCH} {checkpoint.name}"
        )
    return found


def fetch(names: Sequence[str] | None = None, folder: Path | None = None) -> list[Path]:
    """Download every checkpoint that is missing; returns the files written. An interrupted download goes on.

    Args:
        names: which; None for those of the paper profile.
        folder: where they go; by default `FOLDER`.

    Raises:
        InputError: what came is not the file that is published; nothing is put in place.
        MissingModelError: no address answered, or a file that is there is a wrong one.
        ParameterError: a name that does not exist.
    """
    wanted = [named(name) for name in (PAPER if names is None else names)]
    folder = folder or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    missing = [each for each in wanted if not (folder / each.file).is_file()]
    for each in wanted:
        if each not in missing:
            check(each, folder / each.file)
    return [_fetch_one(each, folder) for each in missing]


def _fetch_one(checkpoint: Checkpoint, folder: Path) -> Path:
    place = folder / checkpoint.file
    part = place.with_name(place.name + ".part")
    _download(checkpoint, part)
    found, md5 = sha256(part), _md5(part)
    if wrong := _mismatch(checkpoint, found, md5):
        part.unlink()
        raise InputError(
            f"{checkpoint.urls[0]}: what came has sha256 {found} and md5 {md5}, {wrong}; nothing was kept"
        )
    _note(place).write_text(found + "\n", encoding="utf-8")
    part.replace(place)
    return place


def _mismatch(checkpoint: Checkpoint, found: str, md5: str) -> str:
    """What is known of a checkpoint and does not hold for a file with these hashes; empty if all holds."""
    if not found.startswith(checkpoint.sha256):
        return f"expected sha256 {checkpoint.sha256}..."
    return f"expected md5 {checkpoint.md5}" if checkpoint.md5 not in ("", md5) else ""


@lru_cache(maxsize=64)
def _hashes(place: Path, size: int, changed_ns: int) -> tuple[str, str]:
    """sha256 and md5 of a file, once per process for each state of it."""
    del size, changed_ns
    return sha256(place), _md5(place)


def _md5(place: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with place.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _download(checkpoint: Checkpoint, part: Path) -> None:
    """Bytes of the first address that answers, appended to what an earlier attempt left in `part`."""
    problems = []
    for url in checkpoint.urls:
        try:
            return _append(url, part, checkpoint.name)
        except (OSError, urllib.error.URLError) as error:
            problems.append(f"{url}: {error}")
    raise MissingModelError(
        f"could not download {checkpoint.name} ({'; '.join(problems)}). The same command goes on where it stopped. "
        f"Without a network, put the file at {part.with_suffix('')}"
    )


def _append(url: str, part: Path, name: str) -> None:
    start = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - addresses of the table only
    except urllib.error.HTTPError as error:
        if start and error.code == NOT_SATISFIABLE:
            return  # all of it had come before
        raise
    with answer:
        _save(answer, part, start if answer.status == PARTIAL else 0, name)


def _save(answer: Any, part: Path, start: int, name: str) -> None:
    """Write an answer to `part` from its byte `start` on.

    Raises:
        OSError: fewer bytes came than were announced; they are kept.
    """
    size = int(answer.headers.get("Content-Length") or 0)
    came = 0
    with part.open("ab" if start else "wb") as file, bar(start + size, name, "byte") as progress:
        progress.update(start)
        for chunk in _chunks(answer):
            came += file.write(chunk)
            progress.update(len(chunk))
    if came < size:
        raise ConnectionError(f"the connection ended after {came} of {size} bytes")


def _chunks(answer: Any) -> Iterable[bytes]:
    while chunk := answer.read(CHUNK):
        yield chunk


def _note(place: Path) -> Path:
    """The file beside a checkpoint that keeps the hash of its first download."""
    return place.with_name(place.name + ".sha256")
