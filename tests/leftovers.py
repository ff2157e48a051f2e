"""What a run leaves in the project, made up: generated tables, and small pictures and clips to go with them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from anonlab import items, masks, media, records, scenarios, tables
from anonlab.metrics import Settings, evaluate
from anonlab.metrics.stage import write
from anonlab.paths import ROOT
from tests import generate

SHRINK = 4  # generated persons stand in pictures of 1280 x 720
SIZE_WH = (1280 // SHRINK, 720 // SHRINK)


def leave(
    root: Path,
    n_images: int = 4,
    n_videos: int = 1,
    n_frames: int = 120,
    methods: Sequence[str] = ("blur", "pixelate", "reencode"),
    recognised: bool = True,
) -> Path:
    """Write params.yaml, data/ and the media of a run into `root`, and return it.

    Args:
        recognised: whether there are actions.
    """
    rng = np.random.default_rng(0)
    manifest = generate.manifest(rng, n_images, n_videos, n_frames)
    kinds = ["original", *methods]
    poses = {kind: _shrunk(table) for kind, table in generate.poses(rng, manifest, methods).items()}
    manifest = manifest.assign(width=SIZE_WH[0], height=SIZE_WH[1])
    actions = generate.all_actions(rng, manifest, methods)
    if not recognised:
        actions = {kind: tables.table(tables.ACTIONS, []) for kind in kinds}
    data = root / "data"
    _params(root, kinds)
    tables.write(data / "manifest.parquet", tables.MANIFEST, manifest)
    titles = {name: name.replace("_", " ").capitalize() for name in manifest["scenario"].unique()}
    scenarios.write(data / "scenarios.json", titles)
    for kind in kinds:
        tables.write(data / "pose" / f"{kind}.parquet", tables.POSE, poses[kind])
        tables.write(data / "actions" / f"{kind}.parquet", tables.ACTIONS, actions[kind])
        _media(root, manifest, kind)
    tables.write(data / "persons.parquet", tables.PERSONS, _persons(poses["original"]))
    leaks = {kind: _leaks(poses["original"], kind) for kind in kinds}
    for kind, table in leaks.items():
        tables.write(data / "leaks" / f"{kind}.parquet", tables.LEAKS, table)
    evaluation = evaluate(manifest, poses, actions, Settings(n_resamples=100), rng, leaks=leaks)
    write(evaluation, data / "metrics", root / "metrics.json")
    return root


def _params(root: Path, kinds: Sequence[str]) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["kinds"] = {kind: params["kinds"].get(kind, {}) for kind in kinds}
    params["dataset"]["folder"] = str(root / "footage")
    params["pose"]["every"] = generate.EVERY
    params["metrics"]["n_resamples"] = 100
    root.mkdir(parents=True, exist_ok=True)
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    shutil.copy(ROOT / "dvc.yaml", root)


def _shrunk(pose: pd.DataFrame) -> pd.DataFrame:
    edges = {edge: pose[edge] / SHRINK for edge in records.BOX}
    return pose.assign(**edges, keypoints=[np.asarray(xy) / SHRINK for xy in pose["keypoints"]])


def _persons(pose: pd.DataFrame) -> pd.DataFrame:
    """A person is its box."""
    rows = pose[["item", "frame", "person", "score", *records.BOX]].assign(state="covered")
    boxes = rows[records.BOX].round().clip(lower=0).astype(int).to_numpy()
    return rows.assign(**dict.fromkeys(records.FACE, np.nan), mask_rle=[_runs(*box) for box in boxes])[
        list(tables.PERSONS.columns)
    ]


def _leaks(pose: pd.DataFrame, kind: str) -> pd.DataFrame:
    """A tenth of everybody is left as it was."""
    area = ((pose["x1"] - pose["x0"]) * (pose["y1"] - pose["y0"])).round().astype(int)
    rows = pose[["item", "frame", "person"]].assign(anonymizes=kind not in ("original", "reencode"))
    return rows.assign(n_true=area, n_masked=area, n_leaked=area // 10)


def _runs(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(SIZE_WH[::-1], bool)
    mask[y0:y1, x0:x1] = True
    return masks.encode(mask)


def _media(root: Path, manifest: pd.DataFrame, kind: str) -> None:
    for number, row in enumerate(manifest.to_dict("records")):
        original = root / "footage" / row["path"]
        path = original if kind == items.ORIGINAL else items.anonymized_path(root / "data", kind, row)
        media.write_frames(path, (_picture(number, frame) for frame in range(row["n_frames"])), row)
    frames = [accounted(row) for row in manifest.to_dict("records")]
    tables.write(root / "data/anonymized" / kind / "frames.parquet", tables.FRAMES, frames)


def _picture(number: int, frame: int) -> np.ndarray:
    """A ramp in a colour of the item's own; a line across it moves with the frame."""
    width, height = SIZE_WH
    ramp = np.linspace(60, 220, width).astype(np.uint8)
    picture = np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2)
    picture[:, :, number % 3] //= 2
    picture[:, (3 * frame) % width] = 255
    return picture


def accounted(row: Mapping[str, object]) -> dict[str, object]:
    """A row of the table `frames` for an item in which nobody was found."""
    states = ("n_empty", "n_covered", "n_held", "n_whole", "n_refused")
    counts = dict.fromkeys((*states, "n_persons", "n_avatar", "n_fallback", "n_nobody", "n_untouched"), 0)
    return {"item": row["item"], "n_frames": row["n_frames"], **counts, "mask_share": 0.1} | {
        "sha256": "",
        "identities": "",
    }
