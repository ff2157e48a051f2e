"""Stage anonymize: write every item once more, with the persons of the table `persons` made unrecognizable.

Images become PNG, clips lossless video of the same rate and length: a lossy codec would be measured as anonymization.
Of the original no copy is made: later stages read it where it lies, and lossless copies read back the same.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from anonlab import engine, items, media, methods, records, tables
from anonlab.files import sha256
from anonlab.methods.filters import differ
from anonlab.models.contracts import Image, Persons
from anonlab.paths import DATA


def run(
    folder: str,
    kind: str,
    settings: Mapping[str, Any],
    *,
    region: str = "body",
    grow_frac: float = 0.02,
    seed: int = 0,
    workers: int | None = None,
    data: Path = DATA,
    store: Path | None = None,
) -> pd.DataFrame:
    """Write the anonymized items of one kind and the table `frames`, which accounts for every frame.

    Args:
        folder: the data set.
        kind: name of the kind; `original` writes no media.
        settings: the kind's entry in params.yaml, such as `{"sigma_frac": 0.03}`.
        region: `body` or `face`.
        grow_frac: margin around the masks, as a share of the person's long side.
        seed: for methods that draw random numbers; split per item.
        data: folder of the pipeline's tables and media.
    """
    methods.anonymizer(kind, settings, region=region, grow_frac=grow_frac)  # a wrong setting ends here
    sources = items.sources(folder, data)
    found = tables.read(data / "persons.parquet", tables.PERSONS)
    by_item = {source.row["item"]: found[found["item"] == source.row["item"]] for source in sources}
    how = {"kind": kind, "settings": dict(settings), "region": region, "grow_frac": grow_frac, "seed": seed}
    tasks = [_task(source, by_item[source.row["item"]], how) for source in sources]
    folders = engine.run(
        "anonymize", anonymize_item, tasks, workers=workers, branch=kind, unit="frame", store=store
    )
    shutil.rmtree(data / "anonymized" / kind, ignore_errors=True)
    if kind != items.ORIGINAL:
        for source, result in zip(sources, folders, strict=True):
            target = items.anonymized_path(data, kind, source.row)
            _publish(result / target.name, target)
    frames = tables.concat((result / "frames.parquet" for result in folders), tables.FRAMES)
    return tables.write(data / "anonymized" / kind / "frames.parquet", tables.FRAMES, frames)


def _task(source: items.Source, found: pd.DataFrame, how: Mapping[str, Any]) -> engine.Task:
    """The work on one item: depends on who was found in it."""
    task = source.task(how, persons=tables.digest(found))
    return replace(task, arguments={**task.arguments, "found": found})


def anonymize_item(
    folder: Path,
    path: Path,
    row: Mapping[str, Any],
    found: pd.DataFrame,
    kind: str,
    settings: Mapping[str, Any],
    region: str,
    grow_frac: float,
    seed: int,
) -> None:
    """Write one anonymized item and its row of the table `frames` to `folder`."""
    digest, changed = "", [np.nan]
    if kind != items.ORIGINAL:
        method = methods.anonymizer(kind, settings, region=region, grow_frac=grow_frac)
        rng = np.random.default_rng(_item_seed(seed, row["item"]))
        written = folder / items.anonymized_path(folder, kind, row).name
        changed = []
        images = _anonymized(path, row, found, lambda image, here: method(image, here, rng), changed)
        media.write_frames(written, images, row)
        digest = sha256(written)
    account = _account(row, found) | {"mask_share": float(np.mean(changed)), "sha256": digest}
    tables.write(folder / "frames.parquet", tables.FRAMES, [account])


def _anonymized(
    path: Path,
    row: Mapping[str, Any],
    found: pd.DataFrame,
    method: Callable[[Image, Persons], Image],
    changed: list[float],
) -> Iterator[Image]:
    """Anonymized frames of an item, one by one; appends the share of each frame that was changed to `changed`."""
    for index, image in enumerate(media.read_frames(path, row["media"])):
        here = records.persons(records.of_frame(found, index), *image.shape[:2])
        result = method(image, here)
        changed.append(float(differ(image, result).mean()))
        yield result


def _account(row: Mapping[str, Any], found: pd.DataFrame) -> dict[str, Any]:
    """How many frames there are, how many without anybody, and how many with a mask that was carried over."""
    return {
        "item": row["item"],
        "n_frames": row["n_frames"],
        "n_empty": row["n_frames"] - found["frame"].nunique(),
        "n_held": found.loc[found["state"] == "held", "frame"].nunique(),
        "n_persons": len(found),
    }


def _item_seed(seed: int, item: str) -> np.random.SeedSequence:
    """A seed of its own for every item, whatever the other items are."""
    return np.random.SeedSequence([seed, int.from_bytes(hashlib.sha256(item.encode()).digest()[:8], "big")])


def _publish(source: Path, target: Path) -> None:
    """Put a finished file in its place: a hard link where the disk allows it, else a copy.

    Both names are one file then, so it is made read-only: who edits the copy must not change the finished item.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    source.chmod(0o444)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
