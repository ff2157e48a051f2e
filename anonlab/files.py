"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, delete it on an error.

    The temporary name keeps the ending, by which image and video writers choose their format.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
    target.parent.mkdir(parents=True, exist_ok=True)
    source.chmod(0o444)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
