"""Fabricated truth: people with every label there is, for tests of what reads, writes and evaluates it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import masks, tables, truth
from anonlab.keypoints import N_KEYPOINTS
from anonlab.metrics.stage import Evaluation, evaluate
from anonlab.metrics.summary import Settings
from tests import generate


@dataclass(frozen=True)
class Person:
    """As the synthetic scenes have it."""

    track: int
    box_xyxy: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    actions: tuple[int, ...] = ()


def person(
    rng: np.random.Generator,
    box: tuple[int, int, int, int],
    size_wh: tuple[int, int],
    track: int = 0,
    actions: tuple[int, ...] = (12,),
) -> Person:
    """Somebody whose mask is an ellipse in `box`, with keypoints all over it, a tenth of them hidden."""
    x0, y0, x1, y1 = box
    y, x = np.mgrid[: size_wh[1], : size_wh[0]] + 0.5
    centre, radius = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
    mask = ((x - centre[0]) / radius[0]) ** 2 + ((y - centre[1]) / radius[1]) ** 2 <= 1
    keypoints = rng.uniform((x0, y0), (x1, y1), (N_KEYPOINTS, 2)).astype(np.float32)
    visibility = rng.choice([1, 2], N_KEYPOINTS, p=[0.1, 0.9]).astype(np.uint8)
    return Person(track, np.array(box, np.float32), keypoints, visibility, mask, actions)


def table(*groups: tuple[str, int, list[Person]]) -> pd.DataFrame:
    """TRUTH of frames, each an item, a frame's number and its people."""
    return tables.table(tables.TRUTH, [row for each in groups for row in truth.rows(*each)])


def of_poses(
    poses: pd.DataFrame, manifest: pd.DataFrame, every: int = 5, actions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """TRUTH that says of every analysed frame exactly what a POSE table has, with the whole box as mask.

    Args:
        actions: ACTIONS; the classes that score above 0.2 in a frame are done by everybody in it.
    """
    rows = []
    for about in manifest.to_dict("records"):
        for frame in range(0, about["n_frames"], every):
            here = poses[(poses["item"] == about["item"]) & (poses["frame"] == frame)]
            done = _done(actions, about["item"], frame)
            rows += [_row(each, about, done) for each in here.to_dict("records")]
            rows += [] if len(here) else [truth.nobody(about["item"], frame, has_actions=not done)]
    return tables.table(tables.TRUTH, rows)


def disturbed(poses: pd.DataFrame, rng: np.random.Generator, shift: float = 0.03) -> pd.DataFrame:
    """POSE with every keypoint moved by about `shift` of the person's long side: truth that nobody sees exactly."""
    long = (poses[["x1", "y1"]].to_numpy() - poses[["x0", "y0"]].to_numpy()).max(axis=1)
    moved = [
        (np.asarray(keypoints) + rng.normal(0, shift * size, 2 * N_KEYPOINTS)).astype(np.float32)
        for keypoints, size in zip(poses["keypoints"], long, strict=True)
    ]
    return poses.assign(keypoints=moved)


def leaks(truth: pd.DataFrame, rng: np.random.Generator, kinds: Sequence[str]) -> dict[str, pd.DataFrame]:
    """LEAKS by kind: nearly everybody is covered nearly whole, now and then somebody is missed."""
    people = truth.loc[truth["person"] != tables.NOBODY, ["item", "frame", "person"]].reset_index(drop=True)
    n_true = np.array([np.sum(np.asarray(runs)[1::2]) for runs in truth["mask_rle"] if len(runs)], np.int64)
    missed = rng.random(len(people)) < 0.05
    share = np.where(missed, 1, np.minimum(1, rng.gamma(0.6, 0.04, len(people))))
    shown = (n_true * share).astype(np.int64)
    found = {}
    for kind in kinds:
        covers = kind not in ("original", "reencode")
        rows = people.assign(anonymizes=covers, n_true=n_true, n_masked=n_true - shown)
        found[kind] = tables.table(tables.LEAKS, rows.assign(n_leaked=shown if covers else n_true))
    return found


def evaluation(rng: np.random.Generator, n_images: int = 12, n_videos: int = 2) -> Evaluation:
    """What the metrics stage makes of generated tables with generated truth."""
    manifest = generate.manifest(rng, n_images, n_videos, 80)
    poses, actions = generate.poses(rng, manifest), generate.all_actions(rng, manifest)
    truth = of_poses(disturbed(poses["original"], rng), manifest, actions=actions["original"])
    settings = Settings(n_resamples=100)
    return evaluate(manifest, poses, actions, settings, rng, truth, leaks(truth, rng, list(poses)))


def _done(actions: pd.DataFrame | None, item: str, frame: int) -> list[int]:
    from anonlab import ava

    if actions is None:
        return []
    row = actions[(actions["item"] == item) & (actions["frame"] == frame)]
    return [key for key, name in ava.CLASSES.items() if len(row) and row[name].iloc[0] > np.float32(0.2)]


def _row(each: dict, about: dict, done: list[int]) -> dict:
    mask = np.zeros((about["height"], about["width"]), bool)
    x0, y0, x1, y1 = (max(0, int(each[edge])) for edge in ("x0", "y0", "x1", "y1"))
    mask[y0:y1, x0:x1] = True
    keep = {name: each[name] for name in ("item", "frame", "person", "x0", "y0", "x1", "y1", "keypoints")}
    seen = np.full(N_KEYPOINTS, 2, np.uint8)
    return keep | {"visibility": seen, "mask_rle": masks.encode(mask), "actions": done, "has_actions": True}
