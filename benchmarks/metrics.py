"""All metrics at the paper's size on one core, and the counting against a plain loop over frames.

Times are processor time of one thread, so that other work on the machine does not count; a process of its own, because
numpy's linear algebra decides at import how many threads it takes. The plain loop runs on a part of the frames and
images, spread evenly, and its time is scaled up: all of it would take minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from anonlab import ava
from anonlab.keypoints import N_KEYPOINTS
from anonlab.metrics import observed
from anonlab.metrics.counts import action_tables, pose_tables
from anonlab.metrics.measures import THRESHOLDS
from anonlab.metrics.stage import evaluate
from anonlab.metrics.summary import Settings
from anonlab.paths import ROOT
from benchmarks.common import Row
from tests import generate, plain

N_IMAGES, N_CLIPS, N_FRAMES = 38, 14, 21_111
METHODS = ("blur", "pixelate", "silhouette")
PART_FRAMES, PART_IMAGES = 100, 5  # every how many are given to the plain loop
GOAL_S, GOAL_RATIO = 2.0, 50.0
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Tables = Mapping[str, pd.DataFrame]


def run() -> list[Row]:
    """Time of everything with summary and intervals; time of the counting alone against a plain loop."""
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    times: dict[str, float] = json.loads(done.stdout)
    size = f"{N_IMAGES} images, {N_FRAMES} frames, {len(METHODS)} methods, {len(THRESHOLDS)} thresholds"
    return [
        Row(
            f"all metrics, {size}, s",
            f"{times['all']:.2f}",
            ratio=times["all"],
            goal=GOAL_S,
            at_most=True,
        ),
        Row(
            "all metrics with intervals against plain loops that only count, s",
            f"{times['all']:.2f}",
            f"{times['plain actions'] + times['plain pose']:.1f}",
            (times["plain actions"] + times["plain pose"]) / times["all"],
            GOAL_RATIO,
        ),
        _against("counting actions against a plain loop, s", times, "actions", GOAL_RATIO),
        _against("counting keypoints against a plain loop, s", times, "pose", None),
    ]


def measure() -> dict[str, float]:
    """Seconds of each job, ours and as a plain loop."""
    manifest, poses, actions = paper_size()
    return {
        "all": _cpu_s(lambda: evaluate(manifest, poses, actions, Settings(), np.random.default_rng(0))),
        "actions": _cpu_s(lambda: _count_actions(manifest, actions)),
        "pose": _cpu_s(lambda: _count_pose(manifest, poses)),
        "plain actions": _cpu_s(lambda: _plain_actions(actions), rounds=1) * PART_FRAMES,
        "plain pose": _cpu_s(lambda: _plain_pose(manifest, poses), rounds=1) * PART_IMAGES,
    }


def paper_size() -> tuple[pd.DataFrame, Tables, Tables]:
    """Manifest, poses of the images and actions of the clips, as many as in the paper."""
    rng = np.random.default_rng(0)
    manifest = generate.manifest(rng, N_IMAGES, N_CLIPS)
    lengths = np.full(N_CLIPS, N_FRAMES // N_CLIPS)
    lengths[: N_FRAMES % N_CLIPS] += 1
    manifest.loc[manifest["media"] == "video", "n_frames"] = lengths
    images = manifest[manifest["media"] == "image"]
    return manifest, generate.poses(rng, images, METHODS), generate.all_actions(rng, manifest, METHODS)


def _count_actions(manifest: pd.DataFrame, actions: Tables) -> None:
    items = observed.items(manifest)
    action_tables(items, {kind: observed.frames(table, items, kind) for kind, table in actions.items()})


def _count_pose(manifest: pd.DataFrame, poses: Tables) -> None:
    items = observed.items(manifest)
    people = {kind: observed.people(table, items, kind, 5) for kind, table in poses.items()}
    pose_tables(items, people, every=5, match_iou=0.3, threshold=0.5)


def _plain_actions(actions: Tables) -> None:
    """Counts and distribution of every `PART_FRAMES`th frame at every threshold."""
    scores = {
        kind: table[list(ava.NAMES)].to_numpy(np.float32)[::PART_FRAMES].copy()
        for kind, table in actions.items()
    }
    for threshold in THRESHOLDS:
        for kind in METHODS:
            plain.action_counts(scores["original"], scores[kind], threshold)
        for kind in scores:
            plain.distribution(scores[kind], threshold)


def _plain_pose(manifest: pd.DataFrame, poses: Tables) -> None:
    """Distances on every `PART_IMAGES`th image at every threshold, with the persons' pairs given."""
    chosen = set(manifest.loc[manifest["media"] == "image", "item"].iloc[::PART_IMAGES])
    people = {kind: _by_person(table[table["item"].isin(chosen)]) for kind, table in poses.items()}
    for kind in METHODS:
        both = [person for person in people["original"] if person in people[kind]]
        sides = [[people[side][person] for person in both] for side in ("original", kind)]
        for threshold in THRESHOLDS:
            plain.distances(sides[0], sides[1], threshold)


def _by_person(table: pd.DataFrame) -> dict[tuple[str, int], tuple[np.ndarray, np.ndarray]]:
    keys = zip(table["item"], table["person"], strict=True)
    points = (np.asarray(each).reshape(N_KEYPOINTS, 2) for each in table["keypoints"])
    return dict(zip(keys, zip(points, table["keypoint_scores"], strict=True), strict=True))


def _against(what: str, times: Mapping[str, float], name: str, goal: float | None) -> Row:
    ours, peer = times[name], times[f"plain {name}"]
    return Row(what, f"{ours:.3f}", f"{peer:.1f}", peer / ours, goal)


def _cpu_s(call: Callable[[], Any], rounds: int = 5) -> float:
    """Median processor time of one call, after one to warm up where there are several rounds."""
    if rounds > 1:
        call()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return float(np.median(times))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
