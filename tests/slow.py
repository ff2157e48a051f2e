"""Work on an item that takes a while and leaves several files: something to be killed in. Imports next to nothing."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from anonlab import engine, files

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
    with files.replacing(home / "data" / "all.bin") as temporary:
        temporary.write_bytes(b"".join(parts))


def write_value(folder: Path, value: int) -> None:
    (folder / "value").write_text(str(value))


def look_again_and_again(home: Path, first: int) -> None:
    """Runs of one stage with settings that change, so that each has no use for most of what the others make."""
    for number in range(15):
        wanted = tasks(10 + first + number)[first + number :]
        folders = engine.run("pose", write_value, wanted, workers=1, store=home)
        found = [(folder / "value").read_text() for folder in folders]
        assert found == [str(task.arguments["value"]) for task in wanted]
