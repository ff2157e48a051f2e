"""A run as the pipeline would leave it, made in seconds and without a network: footage, tables, figures, claims.

Every original shows a picture of people with a patch of `PLANTED` far from everybody: whoever finds that colour in what
is to be published has found a pixel that should not be there. Methods that fill what they cover with other parts of the
footage have it in the place of the person, too, as if somebody who was missed had come back there.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from anonlab import audit, claims, figures, media, methods, metrics, records, report, scenarios, tables
from anonlab.models.contracts import Image, Persons
from tests import generate, leftovers, people

PLANTED = (255, 0, 255)
WIDTH, HEIGHT = 320, 240
STRETCH = 4  # generated poses stand in 1280 x 720
KINDS: Mapping[str, Any] = {
    "original": {},
    "blur": {"sigma_frac": 0.05},
    "pixelate": {},
    "silhouette": {},
    "avatar": {},
    "reencode": {},
}


@dataclass
class Run:
    """Where a finished run lies, and what it was made with."""

    root: Path
    kinds: Mapping[str, Any]
    settings: figures.Settings
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.root / "data"


def make(
    root: Path,
    kinds: Mapping[str, Any] = KINDS,
    n_images: int = 5,
    n_videos: int = 2,
    titles: Mapping[str, str] | None = None,
    with_actions: bool = True,
) -> Run:
    """A run of `n_images` and `n_videos` below `root`."""
    rng = np.random.default_rng(11)
    manifest = generate.manifest(rng, n_images, n_videos, n_frames=90)
    manifest = manifest.assign(width=WIDTH, height=HEIGHT, colour="rgb")
    manifest["path"] = [f"{item}{'.png' if item[0] == 'i' else '.mkv'}" for item in manifest["item"]]
    run = Run(
        root,
        kinds,
        figures.Settings(kinds=tuple(kinds), floor="reencode" if "reencode" in kinds else ""),
        titles or {},
    )
    tables.write(run.data / "manifest.parquet", tables.MANIFEST, manifest)
    tables.write(run.data / "unreadable.parquet", tables.UNREADABLE, [])
    tables.write(run.data / "truth.parquet", tables.TRUTH, [])
    tables.write(run.data / "persons.parquet", tables.PERSONS, _found(manifest))
    scenarios.write(run.data / "scenarios.json", dict(run.titles))
    poses = {kind: _shrunk(table) for kind, table in generate.poses(rng, manifest, _methods(kinds)).items()}
    actions = generate.all_actions(rng, manifest, _methods(kinds))
    nothing = tables.table(tables.ACTIONS, [])
    for kind in kinds:
        tables.write(run.data / "pose" / f"{kind}.parquet", tables.POSE, poses[kind])
        seen = actions[kind] if with_actions else nothing
        tables.write(run.data / "actions" / f"{kind}.parquet", tables.ACTIONS, seen)
        tables.write(run.data / "leaks" / f"{kind}.parquet", tables.LEAKS, [])
        tables.write(run.data / "temporal" / f"{kind}.parquet", tables.TEMPORAL, [])
        _write_media(run, kind, manifest)
    _audit(run, manifest)
    _evaluate(run)
    return run


def page(run: Run, **settings: object) -> Path:
    """The report of a run, with these settings of it."""
    return report.run(
        str(run.root / "footage"),
        run.kinds,
        run.settings,
        report.Settings(**settings),  # type: ignore[arg-type]
        data=run.data,
        drawn=run.root / "figures",
        out=run.root / "report.html",
    )


def _methods(kinds: Mapping[str, Any]) -> list[str]:
    return [kind for kind in kinds if kind != "original"]


def _shrunk(poses: pd.DataFrame) -> pd.DataFrame:
    """Poses in pictures a quarter as large."""
    edges = ["x0", "y0", "x1", "y1"]
    smaller = poses.assign(keypoints=[each / STRETCH for each in poses["keypoints"]])
    smaller[edges] = smaller[edges] / STRETCH
    return tables.table(tables.POSE, smaller)


def _found(manifest: pd.DataFrame) -> list[dict[str, Any]]:
    """The person of `picture`, in every frame."""
    row = {"person": 0, "state": "covered", **records.person_columns(somebody())}
    frames = [
        (item, frame)
        for item, n in zip(manifest["item"], manifest["n_frames"], strict=True)
        for frame in range(n)
    ]
    return [{"item": item, "frame": frame, **row} for item, frame in frames]


def _audit(run: Run, manifest: pd.DataFrame) -> None:
    """On every image a person found again, on the second of them in the clear."""
    rows = [
        {
            "item": item,
            "frame": 0,
            "what": "person",
            "score": 1.0,
            "x0": 0.0,
            "y0": 0.0,
            "x1": 10.0,
            "y1": 20.0,
        }
        | {"n_px": 200, "n_changed": 0 if number == 1 else 150, "true_person": -1 if number == 1 else pd.NA}
        for number, item in enumerate(manifest.loc[manifest["media"] == "image", "item"])
    ]
    found = tables.table(tables.AUDIT, rows)
    nothing = tables.table(tables.TRUTH, [])
    for kind in run.kinds:
        tables.write(run.data / "audit" / f"{kind}.parquet", tables.AUDIT, found)
        both = {"original": found, kind: found}
        rates = audit.rates(manifest, nothing, both, kind, 25, audit.Settings(n_resamples=50))
        tables.write(run.data / "audited" / f"{kind}.parquet", tables.AUDITED, rates)


def _evaluate(run: Run) -> None:
    metrics.run(
        list(run.kinds),
        metrics.Settings(n_resamples=50),
        0,
        data=run.data,
        metrics_json=run.root / "metrics.json",
    )
    parts = claims.Settings(generative="silhouette", n_resamples=50)
    claims.run(list(run.kinds), parts, 0, data=run.data, root=run.root)
    figures.run(str(run.root / "footage"), run.settings, data=run.data, out=run.root / "figures")


def _write_media(run: Run, kind: str, manifest: pd.DataFrame) -> None:
    """Originals into the footage, copies of other kinds where the pipeline has them, and the table of frames."""
    fills = methods.borrows(kind, run.kinds[kind])
    anonymize = _filled if fills else methods.anonymizer(kind, run.kinds[kind], "body", 0.02)
    rng = np.random.default_rng(0)
    rows = []
    for row in manifest.to_dict("records"):
        frames = [anonymize(picture(i), somebody(), rng) for i in range(min(row["n_frames"], 200))]
        place = run.root / "footage" / row["path"]
        if kind != "original":
            suffix = media.IMAGE_SUFFIX if row["media"] == "image" else media.VIDEO_SUFFIX
            place = run.data / "anonymized" / kind / f"{row['item']}{suffix}"
        _write(place, frames)
        rows.append(leftovers.accounted(row) | {"n_persons": row["n_frames"]})
    tables.write(run.data / "anonymized" / kind / "frames.parquet", tables.FRAMES, rows)


def _filled(image: Image, persons: Persons, rng: np.random.Generator) -> Image:
    """`image` with the planted colour where the persons are, and no pixel there as it was."""
    del rng
    inside = persons.masks.any(axis=0)
    assert (image[inside] != PLANTED).any(axis=1).all()
    return np.where(inside[..., None], np.uint8(PLANTED), image)


def _write(path: Path, frames: list[Image]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        media.write_image(path, frames[0])
        return
    with media.VideoWriter(path, Fraction(30), (WIDTH, HEIGHT)) as clip:
        for frame in frames:
            clip.write(frame)


@functools.cache
def picture(index: int = 0) -> Image:
    """A room with somebody in it, and the planted patch in a corner."""
    image = people.room(WIDTH, HEIGHT, [people.Person(150, 30, 190)], seed=index)
    image[-60:, -60:] = PLANTED
    return image


def somebody() -> Persons:
    """The person in `picture`, with a box for a mask."""
    mask = np.zeros((1, HEIGHT, WIDTH), bool)
    mask[:, 25:225, 110:195] = True
    box = np.array([[110, 25, 195, 225]], np.float32)
    return Persons(box, np.ones(1, np.float32), mask, np.full((1, 4), np.nan, np.float32))
