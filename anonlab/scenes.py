"""Stage scenes: without data of one's own, synthetic recordings of people at work, with exact truth beside them.

They are a data set like any other: images/, videos/, compressed as cameras do it, and dataset.yaml, and in truth/ the
table TRUTH and the same as COCO-WholeBody JSON. Where the data set is a folder of the user's, nothing is made and the
folder of the scenes is emptied; finished ones are kept in `.items/`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml

from anonlab import ava, engine, media, tables, truth
from anonlab.errors import ParameterError
from anonlab.files import publish, sha256
from anonlab.media.images import Image
from anonlab.paths import SCENES, SYNTHETIC
from anonlab.progress import counted
from anonlab.synth import shots
from anonlab.synth.shots import Shot
from anonlab.truth import coco

SPLIT: Final = "evaluation"
"""Never trained or tuned on: the other splits have other random numbers, whatever the seed."""

TITLES: Final = {
    "office": "Office",
    "visionlab_assembly": "Visionlab assembly",
    "visionlab_machine": "Visionlab machine",
    "industrial_machine": "Industrial machine",
}
"""In the paper's order."""

COCO: Final = "coco_wholebody.json"
MIN_SIDE_PX: Final = 16
FRAME_PX: Final = 640 * 480
SET_UP: Final = 20
"""What a shot costs before its first frame, in frames of so many pixels: its room is drawn and lit."""
_BODY: Final = Path(shots.__file__).parent / "body" / "body.npz.xz"
_MEDIA: Final = {"images": ("image", media.IMAGE_SUFFIX), "videos": ("video", media.VIDEO_SUFFIX)}
_COLUMNS: Final = ["item", "scenario", "media", "path", "width", "height", "n_frames"]


def run(
    source: str,
    seed: int,
    *,
    n_images: int = 38,
    n_clips: int = 14,
    image_wh: Sequence[int] = (1280, 960),
    clip_wh: Sequence[int] = (640, 480),
    seconds: Sequence[float] = (4.0, 8.0),
    workers: int | None = None,
    out: Path = SCENES,
    store: Path | None = None,
) -> pd.DataFrame:
    """Make the data set of synthetic scenes in `out`, and return a row for each item of it.

    Args:
        source: `synthetic`; anything else leaves `out` empty.
        seed: of all that is drawn at random.
        n_images, n_clips: how many, evenly over the four scenarios.
        image_wh, clip_wh: width and height, pixels; those of clips are even.
        seconds: the shortest and the longest clip.
        workers: processes; 0 = all cores, None = as in params.yaml.
    """
    check(n_images, n_clips, image_wh, clip_wh, seconds)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if source != SYNTHETIC:
        return pd.DataFrame(columns=_COLUMNS)
    sizes = (image_wh[0], image_wh[1]), (clip_wh[0], clip_wh[1]), (seconds[0], seconds[1])
    plan = shots.plan(SPLIT, seed, n_images, n_clips, *sizes)
    folders = engine.run(
        "scenes", render_item, [_task(shot) for shot in plan], workers=workers, unit="step", store=store
    )
    return _publish(plan, folders, out)


def check(
    n_images: int = 38,
    n_clips: int = 14,
    image_wh: Sequence[int] = (1280, 960),
    clip_wh: Sequence[int] = (640, 480),
    seconds: Sequence[float] = (4.0, 8.0),
) -> None:
    """Raise a ParameterError for a value of the section `scenes` that makes no sense."""
    if min(n_images, n_clips) < 0 or n_images + n_clips < 1:
        raise ParameterError(f"scenes: {n_images} images and {n_clips} clips; use 0 or more, and 1 of either")
    for name, size in (("image_wh", image_wh), ("clip_wh", clip_wh)):
        if len(size) != 2 or not all(type(side) is int and side >= MIN_SIDE_PX for side in size):
            raise ParameterError(
                f"scenes.{name} is {size}; use [width, height], at least {MIN_SIDE_PX} px each"
            )
    if any(side % 2 for side in clip_wh):
        raise ParameterError(f"scenes.clip_wh is {clip_wh}; use even numbers, as cameras do")
    if len(seconds) != 2 or not all(type(each) in (int, float) for each in seconds):
        raise ParameterError(f"scenes.seconds is {seconds}; use [shortest, longest]")
    if not 0 < seconds[0] <= seconds[1] < float("inf"):
        raise ParameterError(f"scenes.seconds is {seconds}; use [shortest, longest], both above 0")


def render_item(folder: Path, shot: Shot) -> None:
    """Write one image or clip, and the truth of every frame of it, to `folder`."""
    known: list[dict[str, Any]] = []
    images = _images(shot, known)
    first = next(images)
    row = _row(shot) | {"fps": str(Fraction(shot.fps)), "colour": "gray" if media.is_gray(first) else "rgb"}
    media.write_frames(folder / Path(row["path"]).name, chain([first], images), row, media.CAMERA)
    tables.write(folder / truth.TABLE, tables.TRUTH, known)


def _images(shot: Shot, known: list[dict[str, Any]]) -> Iterator[Image]:
    """The pictures of a shot, one by one; appends what is true of each to `known`."""
    from anonlab.synth import footage  # compiles the renderer

    for frame in counted(footage.frames(shot), units=_cost(shot) / shot.n_frames):
        known += truth.rows(shot.item, frame.index, frame.persons)
        yield frame.image


def _task(shot: Shot) -> engine.Task:
    """The work on one shot; what numba makes of the same code may differ in the last digit."""
    key = {"shot": asdict(shot), "numba": version("numba"), "body": sha256(_BODY)}
    return engine.Task(shot.item, {"shot": shot}, key, cost=_cost(shot))


def _cost(shot: Shot) -> int:
    """About how long it takes, in frames of FRAME_PX."""
    return SET_UP + shot.n_frames * shot.width * shot.height // FRAME_PX


def _row(shot: Shot) -> dict[str, Any]:
    """The item as the manifest will have it."""
    kind, suffix = _MEDIA[shot.media]
    place = {"item": shot.item, "scenario": shot.scenario, "media": kind, "path": shot.item + suffix}
    return place | {"width": shot.width, "height": shot.height, "n_frames": shot.n_frames}


def _publish(plan: Sequence[Shot], folders: Sequence[Path], out: Path) -> pd.DataFrame:
    """Put the finished items, their truth and the scenarios' titles in place."""
    made = pd.DataFrame([_row(shot) for shot in plan], columns=_COLUMNS)
    for path, folder in zip(made["path"], folders, strict=True):
        publish(folder / Path(path).name, out / path)
    known = tables.concat((folder / truth.TABLE for folder in folders), tables.TRUTH)
    tables.write(out / truth.FOLDER / truth.TABLE, tables.TRUTH, known)
    coco.write(out / truth.FOLDER / COCO, known, made)
    titles = {name: title for name, title in TITLES.items() if name in set(made["scenario"])}
    text = yaml.safe_dump({"scenarios": titles}, sort_keys=False)
    (out / "dataset.yaml").write_text(text, encoding="utf-8")
    return _described(made, known)


def _described(made: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The items with what is in them: persons, frames without anybody, and the names of the actions."""
    people = known[known["person"] != tables.NOBODY].groupby("item")
    n_seen = people["frame"].nunique().reindex(made["item"], fill_value=0)
    return made.assign(
        persons=people["person"].nunique().reindex(made["item"], fill_value=0).to_numpy(),
        empty_frames=made["n_frames"] - n_seen.to_numpy(),
        actions=[_names(known.loc[known["item"] == item, "actions"]) for item in made["item"]],
    )


def _names(actions: pd.Series) -> str:
    """The actions in several lists of ids, each once."""
    return ", ".join(name for each, name in ava.CLASSES.items() if any(each in ids for ids in actions))
