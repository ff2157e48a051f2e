"""Copies to hand out: of one kind, as MP4 (H.264) and JPEG, with nothing in them but the pictures.

The study's own copies are lossless, large, and for few players. What is handed out is made from them and nothing else:
each is checked against the hash that the run noted. What the run refused or could not read is left out, and so is an
item in which a method left somebody as they were and was told to (`faithful` of DeepPrivacy2). The list `delivery.csv`
beside them says of every file in how many frames nobody was found, so that somebody can look there first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from anonlab import items, media, methods, tables
from anonlab.errors import InputError, ParameterError
from anonlab.files import replacing, sha256
from anonlab.models.contracts import Image
from anonlab.paths import DATA, ROOT
from anonlab.progress import bar

LIST: Final = "delivery.csv"
STATES: Final = ("n_frames", "n_empty", "n_covered", "n_held", "n_whole", "n_refused", "n_untouched")


def run(kind: str, kinds: Mapping[str, Any], folder: str, target: Path, *, data: Path = DATA) -> pd.DataFrame:
    """Write the anonymized items of a kind to `target`, and return what `delivery.csv` lists.

    Args:
        kind: name of the kind.
        kinds: the section of params.yaml.
        folder: the data set, into which nothing is written.
        target: an empty folder, or one that is not there.
        data: the pipeline's tables and media.

    Raises:
        ParameterError: there is no such kind, or it covers nobody.
        InputError: the target is in use or inside the data set; a copy is missing or is not the one of the run.
    """
    if kind not in kinds:
        raise ParameterError(f"there is no kind {kind!r} in params.yaml; choose from: {', '.join(kinds)}")
    if not methods.anonymizes(kind, kinds[kind]):
        raise ParameterError(f"{kind} covers nobody, so it is not handed out")
    _check_target(target, ROOT / folder)
    frames = tables.read(data / "anonymized" / kind / "frames.parquet", tables.FRAMES).set_index("item")
    sources = items.sources(folder, data, kind)
    leaves_them = bool((kinds[kind] or {}).get("faithful"))
    rows = []
    with bar(len(sources), f"deliver {kind}", "item") as progress:
        for source in sources:
            account = frames.loc[source.row["item"]]
            clear = account["n_refused"] or (account["n_untouched"] and leaves_them)
            file = "" if clear else _written(source, target)
            rows.append({"item": source.row["item"], "file": file, **account[list(STATES)]})
            progress.update(1)
    unreadable = tables.read(data / "unreadable.parquet", tables.UNREADABLE)["path"]
    rows += [{"item": path, "file": "", **dict.fromkeys(STATES, 0)} for path in unreadable]
    listed = pd.DataFrame(rows)
    with replacing(target / LIST) as temporary:
        listed.to_csv(temporary, index=False)
    return listed


def _check_target(target: Path, folder: Path) -> None:
    if target.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{target} is inside the data set, into which nothing is written; choose another folder"
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is not empty; nothing is overwritten there: choose a new folder")


def _written(source: items.Source, target: Path) -> str:
    """Write one item; returns its path in `target`."""
    if sha256(source.path) != source.sha256:
        raise InputError(f"{source.path}: not the file that the run wrote; run `dvc repro` again")
    row = source.row
    images = media.read_frames(source.path, row["media"])
    if row["media"] == "image":
        name = f"{row['item']}.jpg"
        media.write_jpeg(target / name, next(images))
        return name
    name = f"{row['item']}.mp4"
    size_wh = (int(row["width"]) + int(row["width"]) % 2, int(row["height"]) + int(row["height"]) % 2)
    with media.VideoWriter(target / name, media.fps(row["fps"]), size_wh, media.PLAYABLE) as writer:
        for image in images:
            writer.write(even(image))
    return name


def even(image: Image) -> Image:
    """A picture (H, W, 3) of even height and width: H.264 shares colours between neighbours, so a last odd row or
    column is repeated.
    """
    height, width = image.shape[:2]
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
