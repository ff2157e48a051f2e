"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from anonlab.errors import DiskFullError, InputError

_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, delete it on an error.

    The temporary name keeps the ending, by which image and video writers choose their format, and nothing else: a name
    may be as long as the disk allows.

    Raises:
        DiskFullError: there is no room for the file; the message names it.
    """
    temporary = path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    with room_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Raise a DiskFullError that names `path` where there is no room for what is written in the block."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFullError(full(path)) from error
        raise


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk is full, or that the user may write no more to it."""
    return isinstance(error, DiskFullError) or (isinstance(error, OSError) and error.errno in _FULL)


def full(path: Path) -> str:
    """What to say when there is no room for `path`."""
    place = next(each for each in (path, *path.absolute().parents) if each.exists())
    free = shutil.disk_usage(place).free / 1e6
    return f"{path}: the disk is full ({free:.1f} MB free); make space and run again, it goes on where it was"


def refuse_outside(path: Path, folder: Path) -> None:
    """Raise an InputError if `path`, below `folder`, is or passes a link that leads out of `folder`."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{path}: a link that points outside the data folder; copy the file itself here")


def sha256(path: Path) -> str:
    """Hash of a file's content, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def publish(source: Path, target: Path) -> None:
    """Put a finished file in its place: a hard link where the disk allows it, else a copy.

    Both names are one file then, so it is made read-only: who edits the copy must not change the finished item.
    """
    if target.exists() and target.samefile(source):
        return
    source.chmod(0o444)
    with replacing(target) as temporary:
        try:
            temporary.hardlink_to(source)
        except OSError:
            shutil.copyfile(source, temporary)
