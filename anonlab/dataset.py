"""Stage dataset: a folder of images and clips becomes the manifest; every file in it is accounted for.

<folder>/images/<scenario>/**    a picture directly in images/ belongs to the scenario "images"
<folder>/videos/<scenario>/**    a clip directly in videos/ belongs to the scenario "videos"
<folder>/dataset.yaml            optional: titles of scenarios, in the order of the figures
<folder>/truth/*                 optional: what is known of the people in them; see `truth`

scenarios:                       # dataset.yaml; scenarios that it does not list follow, by name
  office: Office
  machine_2: Machine seen from above
"""

from __future__ import annotations

import logging
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd

from anonlab import engine, media, scenarios, tables, truth
from anonlab.errors import InputError, ParameterError, suggestion
from anonlab.files import sha256
from anonlab.paths import DATA, ROOT, SCENES, SYNTHETIC

log = logging.getLogger(__name__)

RESERVED: Final = "all"
SOURCES: Final = (SYNTHETIC, "folder")
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


def run(
    folder: str,
    *,
    source: str = "folder",
    skip_unreadable: bool = False,
    max_pixels: int = media.MAX_PIXELS,
    workers: int | None = None,
    data: Path = DATA,
    store: Path | None = None,
) -> pd.DataFrame:
    """Inspect every file of the data set; write `manifest`, `unreadable`, `truth` and scenarios.json.

    Args:
        folder: the data set; relative to the project.
        source: `synthetic` or `folder`; has to agree with `folder`.
        skip_unreadable: go on without the files that cannot be used; they are listed in any case.
        max_pixels: width times height from which a picture or clip is refused.
        workers: processes; 0 = all cores, None = as in params.yaml.
        data: the pipeline's tables and media.

    Returns:
        The manifest.

    Raises:
        InputError: a file cannot be used and `skip_unreadable` is off, or none can; or the truth is wrong.
    """
    check_source(source, folder)
    inputs = list_inputs(ROOT / folder)
    tasks = [_task(file, max_pixels) for file in inputs]
    folders = engine.run("dataset", inspect_item, tasks, workers=workers, unit="byte", store=store)
    manifest = tables.concat((each / "manifest.parquet" for each in folders), tables.MANIFEST)
    unreadable = tables.concat((each / "unreadable.parquet" for each in folders), tables.UNREADABLE)
    tables.write(data / "manifest.parquet", tables.MANIFEST, manifest)
    tables.write(data / "unreadable.parquet", tables.UNREADABLE, unreadable)
    scenarios.write(data / "scenarios.json", scenario_titles(ROOT / folder, inputs))
    _refuse_unreadable(folder, manifest, unreadable, skip_unreadable)
    tables.write(data / "truth.parquet", tables.TRUTH, truth.read(ROOT / folder, manifest))
    return manifest


def check_source(source: str, folder: str) -> None:
    """Raise a ParameterError if `dataset.source` is unknown or contradicts `dataset.folder`."""
    if source not in SOURCES:
        raise ParameterError(f"dataset.source: there is no {source!r}; {suggestion(source, SOURCES)}")
    are_scenes = (ROOT / folder).resolve() == SCENES.resolve()
    if are_scenes != (source == SYNTHETIC):
        own = "FOLDER" if are_scenes else f'"{folder}"'
        raise ParameterError(
            f"params.yaml: dataset.source is {source}, but dataset.folder is {folder}; for the synthetic scenes run "
            f"`python -m anonlab data synthetic`, for pictures of your own `python -m anonlab data {own}`"
        )


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


def inspect(file: Input, max_pixels: int = media.MAX_PIXELS) -> dict[str, Any]:
    """Row of the manifest for one file, which is decoded from end to end.

    Raises:
        InputError: it cannot be used; the message names the file and the remedy.
    """
    if file.problem:
        raise InputError(f"{file.path}: {file.problem}")
    path = file.folder / file.path
    about = _about_image(path, max_pixels) if file.media == "image" else _about_video(path, max_pixels)
    place = {"item": file.item, "scenario": file.scenario, "media": file.media, "path": file.path}
    return place | about | {"sha256": sha256(path)}


def inspect_item(folder: Path, file: Input, max_pixels: int) -> None:
    """Write what `inspect` finds to `folder`: a row of `manifest` or a row of `unreadable`, the other table empty."""
    rows, problems = [], []
    try:
        rows = [inspect(file, max_pixels)]
    except InputError as error:
        problems = [{"path": file.path, "problem": problem_of(file, error)}]
    tables.write(folder / "manifest.parquet", tables.MANIFEST, rows)
    tables.write(folder / "unreadable.parquet", tables.UNREADABLE, problems)


def scenario_titles(folder: Path, inputs: list[Input]) -> dict[str, str]:
    """Title of every scenario of `inputs`, in the order of the figures."""
    return scenarios.titles(folder, {each.scenario for each in inputs})


def problem_of(file: Input, error: InputError) -> str:
    """An error of `inspect` on one line, without the file's name at its start."""
    text = " ".join(str(error).split())
    for name in (str(file.folder / file.path), file.path):
        text = text.removeprefix(" ".join(f"{name}: ".split()) + " ")
    return text


def _task(file: Input, max_pixels: int) -> engine.Task:
    """The work on one file: done again when its size or its time of change differs."""
    n_bytes, changed = 0, 0
    if not file.problem:
        status = (file.folder / file.path).stat()
        n_bytes, changed = status.st_size, status.st_mtime_ns
    arguments = {"file": file, "max_pixels": max_pixels}
    key = {
        **asdict(file),
        "folder": str(file.folder),
        "changed": [n_bytes, changed],
        "max_pixels": max_pixels,
    }
    return engine.Task(file.item, arguments, key, cost=n_bytes)


def _refuse_unreadable(
    folder: str, manifest: pd.DataFrame, unreadable: pd.DataFrame, skip_unreadable: bool
) -> None:
    """The end of the stage for a data set with files that cannot be used."""
    problems = [f"  {row.path}: {row.problem}" for row in unreadable.itertuples()]
    if manifest.empty or (problems and not skip_unreadable):
        head = f"{folder}: {len(problems)} of {len(problems) + len(manifest)} files cannot be used"
        remedy = "" if manifest.empty else "; correct or remove them, or set dataset.skip_unreadable: true"
        raise InputError("\n".join([f"{head}{remedy}:", *problems]))
    for problem in problems:
        log.warning("skipped, unreadable:%s", problem)


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


def _about_image(path: Path, max_pixels: int) -> dict[str, Any]:
    image = media.read_image(path, max_pixels)
    height, width = image.shape[:2]
    colour = "gray" if media.is_gray(image) else "rgb"
    return {"width": width, "height": height, "fps": "", "n_frames": 1, "colour": colour}


def _about_video(path: Path, max_pixels: int) -> dict[str, Any]:
    info = media.probe_video(path, max_pixels)
    size = {"width": info.width, "height": info.height}
    return size | {"fps": str(info.fps), "n_frames": info.n_frames, "colour": "gray" if info.gray else "rgb"}
