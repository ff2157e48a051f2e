"""Work on an item that takes a while and leaves several files: something to be killed in. Imports next to nothing."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from anonlab import engine

N_FILES = 4


def write_files(folder: Path, value: int) -> None:
    for number in range(N_FILES):
        time.sleep(0.02)
        with (folder / f"{number}.bin").open("wb") as file:
            for part in range(20):
                file.write(hashlib.sha512(f"{value} {number} {part}".encode()).digest() * 50)


def tasks(n: int) -> list[engine.Task]:
    return [engine.Task(f"item-{value}", {"value": value}, {"value": value}) for value in range(n)]


def stage(home: Path, n: int, workers: int) -> None:
    """A stage of `n` items whose files end up in one, as the real ones write their tables."""
    folders = engine.run("pose", write_files, tasks(n), workers=workers, store=home / "items")
    parts = [(folder / f"{number}.bin").read_bytes() for folder in folders for number in range(N_FILES)]
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "all.bin").write_bytes(b"".join(parts))
