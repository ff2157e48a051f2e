"""Which files of a folder are a data set's images and clips, what each is called, and what is wrong unopened."""

from __future__ import annotations

import logging
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from anonlab import media, scenarios
from anonlab.errors import InputError

log = logging.getLogger(__name__)

RESERVED: Final = "all"
PLACES: Final = {"images": "image", "videos": "video"}
SYSTEM_FILES: Final = ("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir")

LONGEST_NAME: Final = 255
"""Bytes in the name of a file, on nearly every disk; the anonymized copy's has an ending."""

_LAYOUT: Final = "put pictures into images/<scenario>/ and clips into videos/, or set dataset.folder"


@dataclass(frozen=True)
class Input:
    """A file of the data set.

    Attributes:
        folder: the data set.
        path: below the folder, with forward slashes; bytes that are no UTF-8 are written out.
        item: its id: the path without its ending, or with it where two files would get the same id.
        scenario: what it is grouped by.
        media: "image" or "video".
        problem: why it cannot be used, known before it is opened; empty if nothing is known.
    """

    folder: Path
    path: str
    item: str
    scenario: str
    media: str
    problem: str = ""


def list_inputs(folder: Path) -> list[Input]:
    """Every file below images/ and videos/ of `folder`, by scenario in the order of the figures, then by item.

    Hidden files and those that operating systems leave behind are skipped.

    Raises:
        InputError: no such folder, no files in it, or dataset.yaml is wrong.
    """
    found = [each for place in PLACES for each in _inputs_below(folder, place)]
    if not found:
        raise InputError(f"{folder}: {_what_is_missing(folder)}; {_LAYOUT}")
    if any(each.scenario == RESERVED for each in found):
        raise InputError(
            f"{folder}: a scenario cannot be called {RESERVED!r}, which means all together; rename it"
        )
    found = [_with_room_for_an_ending(each) for each in _with_unique_items(found)]
    order = {name: number for number, name in enumerate(scenario_titles(folder, found))}
    return sorted(found, key=lambda each: (order[each.scenario], each.item))


def scenario_titles(folder: Path, inputs: list[Input]) -> dict[str, str]:
    """Title of every scenario of `inputs`, in the order of the figures."""
    return scenarios.titles(folder, {each.scenario for each in inputs})


def _what_is_missing(folder: Path) -> str:
    if not folder.is_dir():
        return "there is no such folder" if not folder.exists() else "not a folder"
    if not any((folder / place).is_dir() for place in PLACES):
        return "has neither images/ nor videos/"
    return "has no files in images/ and videos/"


def _inputs_below(folder: Path, place: str) -> Iterator[Input]:
    for path in _files(folder / place):
        relative = path.relative_to(folder)
        problem = _problem(path, folder)
        shown = os.fsencode(relative.as_posix()).decode("utf-8", "backslashreplace")
        below = PurePosixPath(shown).parts[1:]
        scenario = below[0] if len(below) > 1 else place
        yield Input(folder, shown, "", scenario, PLACES[place], problem)


def _files(top: Path) -> Iterator[Path]:
    """All below `top` that is no folder, and the folders that are links or cannot be read; skips what is hidden."""
    waiting = [top] if os.path.lexists(top) else []
    while waiting:
        path = waiting.pop()
        entries = _entries(path)
        if entries is None:
            yield path
        else:
            waiting += [each for each in entries if not _is_hidden(each)]


def _entries(path: Path) -> list[Path] | None:
    """What a folder holds; None for all else."""
    try:
        return list(path.iterdir()) if path.is_dir() and not path.is_symlink() else None
    except OSError:
        return None


def _is_hidden(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.lower() in SYSTEM_FILES
    if hidden:
        log.info("skipped, because hidden or of the operating system: %r", str(path))
    return hidden


def _problem(path: Path, folder: Path) -> str:
    """What can be told of an input without opening it."""
    try:
        str(path).encode("utf-8")
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except UnicodeEncodeError:
        return f"the name {os.fsencode(path.name)!r} is not valid UTF-8; rename it"
    except OSError:
        return (
            "a link that leads nowhere, or a place that may not be read; remove it or change its permissions"
        )
    if path.is_symlink() and not target.is_relative_to(folder.resolve()):
        return "points outside the data folder; copy the file itself here"
    if stat.S_ISDIR(mode):
        return "a folder that is a link or may not be read; put the folder itself here"
    if not stat.S_ISREG(mode):
        return "not a file but a device, pipe or socket; remove it"
    return "" if target.stat().st_size else "an empty file; copy it again or remove it"


def _with_unique_items(files: list[Input]) -> list[Input]:
    """Ids without the ending; with it where they would not differ, also on disks that ignore case."""
    keep: set[str] = set()
    while True:
        named = [replace(file, item=_item(file.path, file.path in keep)) for file in files]
        n_same = Counter(_folded(file.item) for file in named)
        same = {file.path for file in named if n_same[_folded(file.item)] > 1}
        if same <= keep:
            return named
        keep |= same


def _with_room_for_an_ending(file: Input) -> Input:
    """The input, or a problem with it: what is made of it is called as its item is, and has another ending."""
    longest = LONGEST_NAME - len(media.VIDEO_SUFFIX)
    if file.problem or len(os.fsencode(PurePosixPath(file.item).name)) <= longest:
        return file
    return replace(file, problem=f"the name is too long; shorten it to {longest} bytes")


def _item(path: str, keep_ending: bool) -> str:
    place = PurePosixPath(path)
    return path if keep_ending else str(place.parent / place.stem)


def _folded(item: str) -> str:
    return unicodedata.normalize("NFC", item).casefold()
