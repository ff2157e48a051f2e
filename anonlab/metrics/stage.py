"""Stage metrics: what the networks saw on every kind of media against what they saw on the original."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from anonlab import tables
from anonlab.errors import InputError, ParameterError
from anonlab.files import replacing
from anonlab.metrics import observed
from anonlab.metrics.counts import ORIGINAL, action_tables, mask_table, pose_tables
from anonlab.metrics.summary import Settings, headline, summarize
from anonlab.metrics.truth import truth_tables
from anonlab.paths import DATA, ROOT


class Evaluation(NamedTuple):
    """The tables of the stage, named as their schemas, and the numbers for `dvc metrics`."""

    pose_counts: pd.DataFrame
    keypoint_counts: pd.DataFrame
    person_counts: pd.DataFrame
    action_counts: pd.DataFrame
    distribution: pd.DataFrame
    true_pose_counts: pd.DataFrame
    true_person_counts: pd.DataFrame
    true_action_counts: pd.DataFrame
    true_class_counts: pd.DataFrame
    leak_counts: pd.DataFrame
    mask_counts: pd.DataFrame
    summary: pd.DataFrame
    headline: dict[str, Any]


TABLES: Final = Evaluation._fields[:-1]


def run(
    kinds: Sequence[str],
    settings: Settings,
    seed: int,
    data: Path = DATA,
    metrics_json: Path = ROOT / "metrics.json",
) -> Evaluation:
    """Evaluate the tables below `data` and write `data`/metrics/*.parquet and `metrics_json`."""
    if seed < 0:
        raise ParameterError(f"params.yaml: seed is {seed}; use 0 or more")
    manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
    poses = {kind: tables.read(data / "pose" / f"{kind}.parquet", tables.POSE) for kind in kinds}
    actions = {kind: tables.read(data / "actions" / f"{kind}.parquet", tables.ACTIONS) for kind in kinds}
    truth = tables.read(data / "truth.parquet", tables.TRUTH)
    leaks = {kind: tables.read(data / "leaks" / f"{kind}.parquet", tables.LEAKS) for kind in kinds}
    made = {kind: tables.read(data / "anonymized" / kind / "frames.parquet", tables.FRAMES) for kind in kinds}
    rng = np.random.default_rng(seed)
    evaluation = evaluate(manifest, poses, actions, settings, rng, truth, leaks, made)
    write(evaluation, data / "metrics", metrics_json)
    return evaluation


def evaluate(
    manifest: pd.DataFrame,
    poses: Mapping[str, pd.DataFrame],
    actions: Mapping[str, pd.DataFrame],
    settings: Settings,
    rng: np.random.Generator,
    truth: pd.DataFrame | None = None,
    leaks: Mapping[str, pd.DataFrame] | None = None,
    made: Mapping[str, pd.DataFrame] | None = None,
) -> Evaluation:
    """Every metric of the paper at every threshold, per item and per scenario; and the same against exact truth.

    Args:
        manifest: MANIFEST.
        poses: POSE by kind, "original" among them.
        actions: ACTIONS of the same kinds; all empty where there is no recogniser.
        settings: thresholds and the rest.
        rng: for the bootstrap.
        truth: TRUTH, of labelled frames; none by default.
        leaks: LEAKS of the same kinds; none by default.
        made: FRAMES of the same kinds; none by default.

    Raises:
        InputError: a kind lacks a table, or a table does not fit the manifest or holds numbers that are not finite.
    """
    _check_kinds(poses, actions)
    items = observed.items(manifest)
    people = {kind: observed.people(table, items, kind, settings.pose_every) for kind, table in poses.items()}
    recognised = any(len(table) for table in actions.values())
    frames = {kind: observed.frames(table, items, kind) for kind, table in actions.items() if recognised}
    pose = pose_tables(items, people, settings.pose_every, settings.match_iou, settings.pose_threshold)
    rows = dict(zip(TABLES, (*pose, *action_tables(items, frames)), strict=False))
    found = {name: tables.table(tables.SCHEMAS[name], each) for name, each in rows.items()}
    known = tables.table(tables.TRUTH, []) if truth is None else truth
    found |= truth_tables(items, known, people, frames, leaks or {}, settings)
    found["mask_counts"] = tables.table(tables.MASK_COUNTS, mask_table(items, made or {}))
    summary = summarize(found, settings, rng)
    return Evaluation(**found, summary=summary, headline=headline(summary, settings))


def _check_kinds(poses: Mapping[str, pd.DataFrame], actions: Mapping[str, pd.DataFrame]) -> None:
    for what, found, other in (("pose", poses, actions), ("actions", actions, poses)):
        for kind in (ORIGINAL, *other):
            if kind not in found:
                raise InputError(f"{what}: no table of {kind!r}; run `dvc repro {what}@{kind}`")


def write(evaluation: Evaluation, folder: Path, metrics_json: Path) -> list[Path]:
    """Write the tables to `folder` and the numbers to `metrics_json`; returns the paths."""
    paths = [folder / f"{name}.parquet" for name in TABLES]
    for path, name in zip(paths, TABLES, strict=True):
        tables.write(path, tables.SCHEMAS[name], getattr(evaluation, name))
    text = json.dumps(evaluation.headline, indent=2, sort_keys=True, allow_nan=False)
    with replacing(metrics_json) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return [*paths, metrics_json]
