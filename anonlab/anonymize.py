"""Stage anonymize: write every item once more, with the persons of the table `persons` made unrecognizable.

Images become PNG, clips lossless video of the same rate and length: a lossy codec would be measured as anonymization.
Of the original no copy is made: later stages read it where it lies, and lossless copies read back the same.

Where the people's true masks are known, the table `leaks` counts for every kind which of their pixels were left as they
were. The original and kinds that cover nobody on purpose are counted, too, and marked. The table `temporal` says how
much people change from frame to frame on a clip's copy and on the clip itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import engine, guard, items, leaks, leases, media, methods, progress, records, tables, temporal
from anonlab.files import publish, sha256
from anonlab.methods import clips, covering, regions
from anonlab.methods.filters import differ
from anonlab.models import batching
from anonlab.models.contracts import Image, Persons
from anonlab.paths import DATA, ITEMS

FRAMES: Final = "frames.parquet"


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
    """Write the anonymized items of one kind and the tables `leaks`, `temporal` and `frames`, which accounts for them.

    Args:
        folder: the data set.
        kind: name of the kind; `original` writes no media.
        settings: the kind's entry in params.yaml, such as `{"sigma_frac": 0.03}`.
        region: `body` or `face`.
        grow_frac: margin around the masks, as a share of the person's long side.
        seed: for methods that draw random numbers; split per item.
        data: folder of the pipeline's tables and media.
    """
    # a wrong setting, or a missing file, ends here
    method = methods.anonymizer(kind, settings, region=region, grow_frac=grow_frac)
    methods.check_files(method)
    sources = items.sources(folder, data)
    found = tables.read(data / "persons.parquet", tables.PERSONS)
    known = tables.read(data / "truth.parquet", tables.TRUTH)
    how = {"kind": kind, "settings": dict(settings), "region": region, "grow_frac": grow_frac, "seed": seed}
    tasks = [_task(source, found, known, how) for source in sources]
    folders = engine.run(
        "anonymize",
        anonymize_item,
        tasks,
        workers=workers,
        branch=kind,
        unit="frame",
        store=store,
        on_gpu=methods.on_gpu(method),
    )
    with leases.alone(store or ITEMS):  # what a killed `dvc` left running may be at the same point
        return _published(kind, sources, folders, data)


def _published(kind: str, sources: list[items.Source], folders: list[Path], data: Path) -> pd.DataFrame:
    """Put the finished items of a kind and their tables where later stages read them; returns `frames`.

    What is there already is left alone or replaced, never missing: another stage may read it.
    """
    home = data / "anonymized" / kind
    copies = (
        {}
        if kind == items.ORIGINAL
        else {
            items.anonymized_path(data, kind, source.row): result
            for source, result in zip(sources, folders, strict=True)
        }
    )
    for target, result in copies.items():
        publish(result / target.name, target)
    for path in home.rglob("*"):
        if path.is_file() and path not in copies and path != home / FRAMES:
            path.unlink()
    for name, schema in (("leaks", tables.LEAKS), ("temporal", tables.TEMPORAL)):
        counted = tables.concat((result / f"{name}.parquet" for result in folders), schema)
        tables.write(data / name / f"{kind}.parquet", schema, counted)
    frames = tables.concat((result / FRAMES for result in folders), tables.FRAMES)
    return tables.write(home / FRAMES, tables.FRAMES, frames)


def _task(
    source: items.Source, found: pd.DataFrame, known: pd.DataFrame, how: Mapping[str, Any]
) -> engine.Task:
    """The work on one item: depends on who was found in it, and on who is known to be."""
    people = {
        "found": found[found["item"] == source.row["item"]],
        "known": leaks.with_masks(known[known["item"] == source.row["item"]]),
    }
    task = source.task(
        how,
        persons=tables.digest(people["found"]),
        truth=tables.digest(people["known"]),
        identities=methods.fingerprint(how["kind"], how["settings"]),
    )
    return replace(task, arguments={**task.arguments, **people})


def anonymize_item(
    folder: Path,
    path: Path,
    row: Mapping[str, Any],
    found: pd.DataFrame,
    known: pd.DataFrame,
    kind: str,
    settings: Mapping[str, Any],
    region: str,
    grow_frac: float,
    seed: int,
) -> None:
    """Write one anonymized item and its rows of the tables `frames`, `leaks` and `temporal` to `folder`."""
    method = methods.anonymizer(kind, settings, region=region, grow_frac=grow_frac)
    rng = np.random.default_rng(_item_seed(seed, row["item"]))
    counted = _Counted(
        known, lambda here: regions.covered(here, region, grow_frac), guard.whole_frames(found)
    )
    digest = ""
    if kind == items.ORIGINAL:
        counted.look_at_original(row, found)
    else:
        written = folder / items.anonymized_path(folder, kind, row).name
        clip = clips.Clip(lambda: _frames(path, row, found), _fps(row), row["item"])
        results = clips.results(method, clip, rng)
        if methods.anonymizes(kind, settings):
            noise = np.random.default_rng(_item_seed(seed, f"{row['item']} as a whole"))
            results = _with_whole_frames(results, counted.whole, noise)
        images = _anonymized(results, counted)
        # a GPU makes the next frame while this one is encoded
        media.write_frames(written, batching.ahead(images, 2) if methods.on_gpu(method) else images, row)
        digest = sha256(written)
    share = float(np.mean(counted.shares)) if counted.shares else np.nan
    account = _account(row, found) | {"mask_share": share, "sha256": digest}
    account |= {f"n_{how}": counted.treated[how] for how in ("avatar", "fallback", "nobody", "untouched")}
    account["identities"] = methods.fingerprint(kind, settings)
    tables.write(folder / FRAMES, tables.FRAMES, [account])
    about = {"item": row["item"], "anonymizes": methods.anonymizes(kind, settings)}
    tables.write(folder / "leaks.parquet", tables.LEAKS, [about | each for each in counted.leaked])
    changes = [counted.changes.row(row["item"])] if row["media"] == "video" and kind != items.ORIGINAL else []
    tables.write(folder / "temporal.parquet", tables.TEMPORAL, changes)


@dataclass
class _Counted:
    """What is counted while the frames of an item pass by.

    Attributes:
        known: from `leaks.with_masks`.
        cover: the pixels (H, W) that a frame's persons cover.
        whole: the frames that are covered as a whole, with their state.
        shares: of each frame, the share of the picture that was changed.
        leaked: rows of LEAKS without item and kind.
        treated: persons, frame by frame, by what was done with them, where a method tells.
        changes: from frame to frame, inside the persons' masks.
    """

    known: pd.DataFrame
    cover: Callable[[Persons], NDArray[np.bool_]]
    whole: Mapping[int, str]
    shares: list[float] = field(default_factory=list)
    leaked: list[dict[str, Any]] = field(default_factory=list)
    treated: Counter[str] = field(default_factory=Counter)
    changes: temporal.Counted = field(default_factory=temporal.Counted)

    def look_at(self, index: int, here: Persons, changed: NDArray[np.bool_]) -> None:
        """Count one frame, of which the pixels `changed` (H, W) differ from the original."""
        self.shares.append(float(changed.mean()))
        known = records.of_frame(self.known, index)
        if len(known):
            self.leaked += leaks.rows(known, self._covered(index, here), changed)

    def look_at_original(self, row: Mapping[str, Any], found: pd.DataFrame) -> None:
        """Count the frames of the original, of which no pixel is changed."""
        people = guard.people(found)
        for index in self.known["frame"].unique():
            here = records.persons(records.of_frame(people, index), row["height"], row["width"])
            covered = self._covered(index, here)
            self.leaked += leaks.rows(records.of_frame(self.known, index), covered, None)

    def _covered(self, index: int, here: Persons) -> NDArray[np.bool_]:
        covered = self.cover(here)
        return np.ones_like(covered) if index in self.whole else covered


def _frames(path: Path, row: Mapping[str, Any], found: pd.DataFrame) -> Iterator[clips.Frame]:
    """The frames of an item with the persons who were found in them, from the first."""
    unsure, people = guard.whole_frames(found), guard.people(found)
    for index, image in enumerate(media.read_frames(path, row["media"])):
        here = records.of_frame(people, index)
        tracks = here["person"].to_numpy(np.intp)
        held = (here["state"] == guard.HELD).to_numpy()
        yield clips.Frame(image, records.persons(here, *image.shape[:2]), tracks, held, index in unsure)


def _fps(row: Mapping[str, Any]) -> float:
    return float(media.fps(row["fps"])) if row["media"] == "video" else 0.0


def _with_whole_frames(
    results: Iterator[clips.Result], states: Mapping[int, str], rng: np.random.Generator
) -> Iterator[clips.Result]:
    """The results, those of the frames in `states` covered from edge to edge, whatever the method made of them."""
    for index, result in enumerate(results):
        if index not in states:
            yield result
            continue
        refused = states[index] == guard.REFUSED
        yield clips.Result(result.frame, covering.whole(result.frame.image, rng, refused))


def _anonymized(results: Iterator[clips.Result], counted: _Counted) -> Iterator[Image]:
    """Anonymized frames of an item, one by one, each counted."""
    for index, result in enumerate(progress.counted(results)):
        counted.look_at(index, result.frame.persons, differ(result.frame.image, result.image))
        counted.treated.update(result.counts)
        people = np.asarray(result.frame.persons.masks.any(axis=0))
        counted.changes.add(result.frame.image, result.image, people)
        yield result.image


def _account(row: Mapping[str, Any], found: pd.DataFrame) -> dict[str, Any]:
    """How many frames there are in which state, and how many masks of persons."""
    n_persons = len(guard.people(found))
    states = guard.states(found, row["n_frames"])
    return {"item": row["item"], "n_frames": row["n_frames"], **states, "n_persons": n_persons}


def _item_seed(seed: int, item: str) -> np.random.SeedSequence:
    """A seed of its own for every item, whatever the other items are."""
    return np.random.SeedSequence([seed, int.from_bytes(hashlib.sha256(item.encode()).digest()[:8], "big")])
