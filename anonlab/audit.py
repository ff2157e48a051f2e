"""Stage audit: detectors of another family look at every kind of media for whom the networks may have let through.

What the auditor finds on the original is the reference. Reported is how much of it is found again at the same place on
the copy, and how much of that on pixels that hardly anybody changed. The auditor is half blind, and sees people where
there are none: where the truth is known, its own recall and precision stand beside, and an empty list says no more than
that nothing was found which it could have seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import engine, items, media, models, records, tables
from anonlab.errors import ParameterError
from anonlab.keypoints import N_KEYPOINTS, PARTS
from anonlab.metrics.intervals import bootstrap_weights, ratio_intervals
from anonlab.metrics.matching import match
from anonlab.metrics.measures import ratio
from anonlab.models.contracts import Auditor, Image
from anonlab.paths import DATA
from anonlab.progress import counted

NO_MODEL: Final = "none"

_TURNED: Final = 0.5  # of the face's points visible: the face can be seen
_FACE_SIDE: Final = 1.3  # side of a face's square over the long side of its points, which end at the eyebrows
_VISIBLE: Final = 2


class Audit(NamedTuple):
    """What the stage writes of one kind: the tables `audit` and `audited`."""

    findings: pd.DataFrame
    rates: pd.DataFrame


class Settings(NamedTuple):
    """What the rates depend on.

    Attributes:
        max_changed: a finding is in the clear if less than this share of its box was changed.
        match_iou: two findings can only be the same if their boxes overlap this much.
        n_resamples, confidence: of the bootstrap over whole items.
        seed: of the bootstrap.
    """

    max_changed: float = 0.4
    match_iou: float = 0.3
    n_resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0


def run(
    folder: str,
    kind: str,
    settings: Settings,
    *,
    model: str = "centerface",
    every: int = 25,
    workers: int | None = None,
    data: Path = DATA,
    store: Path | None = None,
) -> Audit:
    """Look at every image, and at every n-th frame of every clip, of one kind; write the tables `audit` and `audited`.

    The originals are looked at, too, unless that was done before: the engine keeps what was found on them.

    Args:
        folder: the data set.
        kind: which media.
        settings: of the rates.
        model: name of the auditor; `none` for empty tables.
        every: frames of video from one look to the next.
    """
    check(model, every, settings.max_changed)
    manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
    truth = tables.read(data / "truth.parquet", tables.TRUTH)
    truth = truth[truth["frame"] % every == 0]
    places: dict[str, Any] = {"workers": workers, "data": data, "store": store}
    found = {
        each: with_truth(_findings(folder, each, model, every, **places), truth, settings.match_iou)
        for each in dict.fromkeys((items.ORIGINAL, kind))
    }
    looked = pd.DataFrame() if model == NO_MODEL else rates(manifest, truth, found, kind, every, settings)
    return Audit(
        tables.write(data / "audit" / f"{kind}.parquet", tables.AUDIT, found[kind]),
        tables.write(data / "audited" / f"{kind}.parquet", tables.AUDITED, looked),
    )


def check(model: str = "centerface", every: int = 25, max_changed: float = 0.4) -> None:
    """Raise a ParameterError for a value of the section `audit` that makes no sense."""
    if model != NO_MODEL:
        models.check("audit", model)
    if every < 1:
        raise ParameterError(f"audit.every is {every}; use 1 for every frame of a clip, or more")
    if not 0 < max_changed <= 1:
        raise ParameterError(
            f"audit.max_changed is {max_changed}; use a share of a finding's box above 0, at most 1"
        )


def _findings(
    folder: str,
    kind: str,
    model: str,
    every: int,
    workers: int | None,
    data: Path,
    store: Path | None,
) -> pd.DataFrame:
    """The table `audit` of one kind, without what is known of the people."""
    if model == NO_MODEL:
        return tables.table(tables.AUDIT, [])
    originals = items.sources(folder, data)
    tasks = []
    for source, original in zip(items.sources(folder, data, kind), originals, strict=True):
        task = source.task(
            {"model": model, "every": every},
            cost=_n_frames(source.row["n_frames"], every),
            original=original.sha256,
        )
        tasks.append(replace(task, arguments={**task.arguments, "original": original.path}))
    folders = engine.run("audit", audit_item, tasks, workers=workers, branch=kind, unit="frame", store=store)
    return tables.concat((each / "audit.parquet" for each in folders), tables.AUDIT)


def _n_frames(n_frames: Any, every: int) -> Any:
    """How many frames of an item are looked at."""
    return -(-n_frames // every)


def audit_item(
    folder: Path, path: Path, row: Mapping[str, Any], original: Path, model: str, every: int
) -> None:
    """Write the findings on the item at `path`, and how much of each was changed since `original`, to `folder`."""
    frames = media.read_every(path, row, every)
    before = None if path == original else media.read_every(original, row, every)
    pairs = ((image, image) for image in frames) if before is None else zip(frames, before, strict=True)
    auditor = models.load("audit", model)
    found = [
        {"item": row["item"], "frame": number * every, **each}
        for number, pair in enumerate(counted(pairs))
        for each in look(auditor, *pair)
    ]
    tables.write(folder / "audit.parquet", tables.AUDIT, found)


def look(auditor: Auditor, image: Image, original: Image) -> Iterator[dict[str, Any]]:
    """Rows of AUDIT, without item and frame, for `image` (H, W, 3), which was `original` before."""
    found = auditor.find(image)
    changed = (image != original).any(axis=2)
    for what, box, score in zip(found.what, found.boxes_xyxy, found.scores, strict=True):
        x0, y0, x1, y1 = np.round(box).astype(int)
        inside = changed[y0:y1, x0:x1]
        yield {
            **{"what": str(what), "score": score},
            **dict(zip(records.BOX, box, strict=True)),
            **{"n_px": inside.size, "n_changed": np.count_nonzero(inside), "true_person": pd.NA},
        }


def in_the_clear(found: pd.DataFrame, max_changed: float) -> NDArray[np.bool_]:
    """Which findings (N,) of AUDIT lie on pixels of which less than this share was changed."""
    return np.asarray(found["n_changed"] < max_changed * found["n_px"], bool)


def with_truth(found: pd.DataFrame, truth: pd.DataFrame, match_iou: float) -> pd.DataFrame:
    """AUDIT that says whose each finding is, in frames that are labelled (for faces: with faces)."""
    person = np.full(len(found), np.nan)
    for what in tables.FINDINGS:
        rows = np.flatnonzero(found["what"] == what)
        known, people = _known(truth, what)
        here = found.iloc[rows]
        person[rows[_moments(here).isin(known)]] = tables.NOBODY
        pairs = _pairs(here, people, match_iou)
        person[rows[pairs[:, 0]]] = people["person"].to_numpy()[pairs[:, 1]]
    return tables.table(tables.AUDIT, found.assign(true_person=pd.array(person, "Float64").astype("Int64")))


def rates(
    manifest: pd.DataFrame,
    truth: pd.DataFrame,
    found: Mapping[str, pd.DataFrame],
    kind: str,
    every: int,
    settings: Settings,
) -> pd.DataFrame:
    """AUDITED: shares of sums over all images, and over all clips, with intervals over whole items.

    seen: of the true persons on the original (for faces: of those whose face is turned to the camera), how many the
    auditor finds there. real: of its findings on the original, how many are a true person; both in labelled frames.
    again: of its findings on the original, how many it finds at the same place on the copy. clear: of these, how many
    lie in the clear there. people_again, people_clear: the same of findings that are a true person.

    Args:
        manifest: MANIFEST.
        truth: TRUTH of the frames that were looked at.
        found: AUDIT by kind, from `with_truth`; the original and `kind`.
        kind: which one is compared with the original.
        every: of every how many frames of a clip one was looked at.
    """
    rng = np.random.default_rng(settings.seed)
    n_frames = _n_frames(manifest["n_frames"].to_numpy(), every)
    counts = {
        what: _counts(manifest, truth, found[items.ORIGINAL], found[kind], what, settings)
        for what in tables.FINDINGS
    }
    rows = []
    for medium, stream in zip(tables.MEDIA, rng.spawn(len(tables.MEDIA)), strict=True):
        use = (manifest["media"] == medium).to_numpy()
        if not use.any():
            continue
        weights = bootstrap_weights(manifest["scenario"].to_numpy(np.str_)[use], settings.n_resamples, stream)
        for what, of_items in counts.items():
            above, below = (np.stack([pair[i][use] for pair in of_items.values()], axis=1) for i in (0, 1))
            low, high = ratio_intervals(above, below, weights, settings.confidence)
            values = ratio(above.sum(axis=0), below.sum(axis=0))
            about = {"media": medium, "what": what, "n_items": use.sum(), "n_frames": n_frames[use].sum()}
            columns = (of_items, above.sum(axis=0), below.sum(axis=0), values, low, high)
            names = ("rate", "numerator", "denominator", "value", "low", "high")
            rows += [about | dict(zip(names, each, strict=True)) for each in zip(*columns, strict=True)]
    return tables.table(tables.AUDITED, rows)


def _counts(
    manifest: pd.DataFrame,
    truth: pd.DataFrame,
    original: pd.DataFrame,
    copy: pd.DataFrame,
    what: str,
    settings: Settings,
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Numerator and denominator of each rate, (n_items,) each."""
    place = pd.Index(manifest["item"])

    def count(rows: pd.DataFrame) -> NDArray[np.float64]:
        return np.bincount(place.get_indexer(pd.Index(rows["item"])), minlength=len(place)).astype(float)

    before, after = (each[each["what"] == what].reset_index(drop=True) for each in (original, copy))
    _, people = _known(truth, what)
    pairs = _pairs(before, after, settings.match_iou)
    clear = in_the_clear(after, settings.max_changed)[pairs[:, 1]]
    again, is_real = before.iloc[pairs[:, 0]], (before["true_person"] >= 0).fillna(False).astype(bool)
    real, labelled = before[is_real], before[before["true_person"].notna()]
    still_real = is_real.to_numpy()[pairs[:, 0]]
    return {
        "seen": (count(real), count(people)),
        "real": (count(real), count(labelled)),
        "again": (count(again), count(before)),
        "clear": (count(again[clear]), count(again)),
        "people_again": (count(again[still_real]), count(real)),
        "people_clear": (count(again[still_real & clear]), count(again[still_real])),
    }


def _moments(rows: pd.DataFrame) -> pd.Index:
    """Item and frame of each row."""
    return pd.MultiIndex.from_frame(rows[["item", "frame"]])


def _pairs(a: pd.DataFrame, b: pd.DataFrame, match_iou: float) -> NDArray[np.intp]:
    """Rows (pairs, 2) of two tables with boxes that lie at the same place of the same frame, one to one."""
    number, _ = pd.factorize(_moments(a).append(_moments(b)))
    boxes_a, boxes_b = (each[records.BOX].to_numpy(np.float64) for each in (a, b))
    return match(number[: len(a)], boxes_a, number[len(a) :], boxes_b, match_iou)


def _known(truth: pd.DataFrame, what: str) -> tuple[pd.Index, pd.DataFrame]:
    """The frames in which it is known where every face, or person, is; and item, frame, person and box of each."""
    people = truth[truth["person"] != tables.NOBODY]
    if what == "person":
        return _moments(truth), people.dropna(subset=records.BOX)
    seen = np.array(people["visibility"].tolist(), np.uint8).reshape(-1, N_KEYPOINTS)[:, PARTS["face"]]
    without = _moments(people[(seen == 0).all(axis=1)])
    xy = np.array(people["keypoints"].tolist(), np.float32).reshape(-1, N_KEYPOINTS, 2)[:, PARTS["face"]]
    turned = (seen == _VISIBLE).mean(axis=1) >= _TURNED
    points = np.where(seen[turned, :, None] > 0, xy[turned], np.nan)
    low, high = np.nanmin(points, axis=1), np.nanmax(points, axis=1)
    reach = _FACE_SIDE / 2 * (high - low).max(axis=1, keepdims=True)
    square = np.concatenate([(low + high) / 2 - reach, (low + high) / 2 + reach], axis=1)
    faces = people.loc[turned, ["item", "frame", "person"]].reset_index(drop=True)
    moments = _moments(truth)
    return moments[~moments.isin(without)], faces.assign(**dict(zip(records.BOX, square.T, strict=True)))
