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
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pandas as pd

from anonlab import engine, media, scenarios, tables, truth
from anonlab.errors import InputError, ParameterError, suggestion
from anonlab.files import sha256
from anonlab.inputs import Input, list_inputs, scenario_titles
from anonlab.paths import DATA, MADE, ROOT, SCENES, SYNTHETIC

log = logging.getLogger(__name__)

SOURCES: Final = (SYNTHETIC, "folder")


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
        skip_unreadable: files that cannot be used are left out. If off, the others are done all the same, and
            `refuse_unreadable` fails the run at its end.
        max_pixels: width times height from which a picture or clip is refused.
        workers: processes; 0 = all cores, None = as in params.yaml.
        data: the pipeline's tables and media.

    Returns:
        The manifest.

    Raises:
        InputError: none of the files can be used, or the truth is wrong.
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
    if manifest.empty:
        raise InputError(_left_out(folder, manifest, unreadable))
    if len(unreadable):
        then = "they are skipped" if skip_unreadable else "the others come first, then the run fails"
        log.warning("%s\n%s", _left_out(folder, manifest, unreadable), then)
    tables.write(data / "truth.parquet", tables.TRUTH, truth.read(ROOT / folder, manifest))
    return manifest


def refuse_unreadable(folder: str, *, skip_unreadable: bool = False, data: Path = DATA) -> str:
    """The end of a run: how many files of the data set are in the results.

    Raises:
        InputError: files could not be used, and `skip_unreadable` is off; names them.
    """
    manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
    unreadable = tables.read(data / "unreadable.parquet", tables.UNREADABLE)
    if len(unreadable) and not skip_unreadable:
        raise InputError(
            f"{_left_out(folder, manifest, unreadable)}\n"
            "the results (report.html, figures/, data/) are without them; correct or remove them, or set "
            "dataset.skip_unreadable: true, and run again"
        )
    return f"{len(manifest)} of {len(manifest) + len(unreadable)} files of {folder} are in the results"


def check_source(source: str, folder: str) -> None:
    """Raise a ParameterError if `dataset.source` is unknown or contradicts `dataset.folder`."""
    if source not in SOURCES:
        raise ParameterError(f"dataset.source: there is no {source!r}; {suggestion(source, SOURCES)}")
    place = (ROOT / folder).resolve()
    are_scenes = place == SCENES.resolve()
    made = [
        path for path in MADE if place.is_relative_to(path.resolve()) or path.resolve().is_relative_to(place)
    ]
    if made and not are_scenes:
        raise ParameterError(
            f"dataset.folder: {folder} would be mixed with {made[0].relative_to(ROOT)}, which the pipeline writes and "
            "clears; put your pictures into a folder of their own"
        )
    if are_scenes != (source == SYNTHETIC):
        own = "FOLDER" if are_scenes else f'"{folder}"'
        raise ParameterError(
            f"params.yaml: dataset.source is {source}, but dataset.folder is {folder}; for the synthetic scenes run "
            f"`python -m anonlab data synthetic`, for pictures of your own `python -m anonlab data {own}`"
        )


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


def _left_out(folder: str, manifest: pd.DataFrame, unreadable: pd.DataFrame) -> str:
    """The files that cannot be used, a line for each."""
    head = f"{folder}: {len(unreadable)} of {len(unreadable) + len(manifest)} files cannot be used:"
    return "\n".join([head, *(f"  {row.path}: {row.problem}" for row in unreadable.itertuples())])


def _about_image(path: Path, max_pixels: int) -> dict[str, Any]:
    image = media.read_image(path, max_pixels)
    height, width = image.shape[:2]
    colour = "gray" if media.is_gray(image) else "rgb"
    return {"width": width, "height": height, "fps": "", "n_frames": 1, "colour": colour}


def _about_video(path: Path, max_pixels: int) -> dict[str, Any]:
    info = media.probe_video(path, max_pixels)
    size = {"width": info.width, "height": info.height}
    return size | {"fps": str(info.fps), "n_frames": info.n_frames, "colour": "gray" if info.gray else "rgb"}
