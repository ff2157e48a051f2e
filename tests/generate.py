"""Tables as a run would leave them, drawn at random: for tests, benchmarks and drawing figures without a network.

Every method disturbs the original in its own way, so that the tables have the shape of real ones: `reencode` hardly
matters, `blur` moves and loses keypoints, `pixelate` hides nearly everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava, tables
from anonlab.keypoints import N_KEYPOINTS, PARTS
from anonlab.metrics.stage import Evaluation, evaluate
from anonlab.metrics.summary import Settings

SCENARIOS = ("office", "visionlab_assembly", "visionlab_machine", "industrial_machine")
HORIZON = 31  # frames at either end of a clip for which no action can be predicted
WINDOW = 8  # frames that share one prediction
EVERY = 5  # frames from one estimate of the pose to the next


class Effect(NamedTuple):
    """What a method does to the results of the networks."""

    shift: float  # of a keypoint, standard deviation in shares of the person's long side
    score: float  # factor on every score
    found: float  # share of the original's persons that are still found
    spurious: float  # persons found only after anonymization, per frame


EFFECTS: Mapping[str, Effect] = {
    "original": Effect(0.0, 1.0, 1.0, 0.0),
    "reencode": Effect(0.004, 0.99, 1.0, 0.01),
    "blur": Effect(0.05, 0.75, 0.85, 0.05),
    "pixelate": Effect(0.12, 0.4, 0.1, 0.05),
    "silhouette": Effect(0.08, 0.55, 0.5, 0.05),
}
METHODS = tuple(kind for kind in EFFECTS if kind != "original")


def manifest(
    rng: np.random.Generator,
    n_images: int = 38,
    n_videos: int = 4,
    n_frames: int = 300,
    scenarios: Sequence[str] = SCENARIOS,
) -> pd.DataFrame:
    """MANIFEST of `n_images` images spread over `scenarios` and `n_videos` clips of about `n_frames` frames."""
    images = [_image(scenarios[i % len(scenarios)], i) for i in range(n_images)]
    lengths = rng.integers(max(1, n_frames * 4 // 5), max(2, n_frames * 6 // 5), n_videos)
    videos = [_video(i, int(length)) for i, length in enumerate(lengths)]
    rows = pd.DataFrame(images + videos, columns=list(tables.MANIFEST.columns))
    return tables.table(tables.MANIFEST, rows.sort_values("item"))


def _image(scenario: str, index: int) -> dict[str, object]:
    item = f"images/{scenario}/picture_{index:03d}"
    colour = "gray" if scenario.endswith("_machine") else "rgb"
    return _media(item, scenario, "image", ".png") | {"fps": "", "n_frames": 1, "colour": colour}


def _video(index: int, n_frames: int) -> dict[str, object]:
    item = f"videos/clip_{index:02d}"
    return _media(item, "videos", "video", ".mp4") | {"fps": "30/1", "n_frames": n_frames, "colour": "rgb"}


def _media(item: str, scenario: str, media: str, ending: str) -> dict[str, object]:
    place = {"item": item, "scenario": scenario, "media": media, "path": item + ending}
    return place | {"width": 1280, "height": 720, "sha256": "0" * 64}


def frames_of(manifest: pd.DataFrame, every: int = EVERY) -> list[tuple[str, int]]:
    """(item, frame) of every picture whose pose is estimated: frame 0 of images, every n-th frame of clips."""
    lengths = zip(manifest["item"], manifest["n_frames"], strict=True)
    return [(str(item), frame) for item, n in lengths for frame in range(0, int(n), every)]


def pose(
    rng: np.random.Generator,
    manifest: pd.DataFrame,
    kind: str = "original",
    original: pd.DataFrame | None = None,
    every: int = EVERY,
) -> pd.DataFrame:
    """POSE of `kind`: new persons for the original, and `original` as disturbed by the method for the others.

    A kind that `EFFECTS` does not know disturbs as `blur` does.
    """
    frames = frames_of(manifest, every)
    if original is None:
        found = [(item, frame, n) for item, frame in frames for n in range(int(rng.integers(0, 4)))]
        return _pose_table(found, *_people(rng, len(found)))
    effect = EFFECTS.get(kind, EFFECTS["blur"])
    keep = original[rng.random(len(original)) < effect.found]
    alien = [(item, frame, 90) for item, frame in frames if rng.random() < effect.spurious]
    kept = list(zip(keep["item"], keep["frame"], keep["person"], strict=True))
    parts = zip(_disturbed(rng, keep, effect), _people(rng, len(alien)), strict=True)
    return _pose_table(kept + alien, *(np.concatenate(pair) for pair in parts))


def poses(
    rng: np.random.Generator, manifest: pd.DataFrame, kinds: Sequence[str] = METHODS, every: int = EVERY
) -> dict[str, pd.DataFrame]:
    """POSE of the original and of each of `kinds`, by kind."""
    original = pose(rng, manifest, every=every)
    return {"original": original} | {kind: pose(rng, manifest, kind, original, every) for kind in kinds}


def _people(
    rng: np.random.Generator, n: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Boxes (n, 4), keypoints (n, 133, 2) and scores (n, 133) of persons that stand about in a 1280 x 720 picture."""
    height = rng.uniform(150, 500, n)
    corner = rng.uniform(0, 1, (n, 2)) * np.stack([1280 - height * 0.4, 720 - height], axis=1)
    size = np.stack([height * 0.4, height], axis=1)
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    places = np.empty((n, N_KEYPOINTS, 2))
    for part, (x, y, spread) in _PLACES.items():
        slots = PARTS[part]
        places[:, slots] = np.array((x, y)) + rng.uniform(-spread, spread, (n, slots.stop - slots.start, 2))
    keypoints = (corner[:, None] + places * size[:, None]).astype(np.float32)
    return boxes, keypoints, _scores(rng, n)


_PLACES: Mapping[str, tuple[float, float, float]] = {  # centre and spread of a part, in shares of the box
    "body": (0.5, 0.5, 0.45),
    "feet": (0.5, 0.95, 0.05),
    "face": (0.5, 0.08, 0.06),
    "left_hand": (0.8, 0.55, 0.05),
    "right_hand": (0.2, 0.55, 0.05),
}


def _scores(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Keypoint scores (n, 133): the hands are seen less well than the rest, now and then not at all."""
    scores = rng.beta(8, 2, (n, N_KEYPOINTS))
    for part, unseen in {"face": 0.2, "left_hand": 0.4, "right_hand": 0.4}.items():
        slots = PARTS[part]
        scores[:, slots] *= 0.95 * (rng.random((n, 1)) >= unseen)
    return scores.astype(np.float32)


def _disturbed(
    rng: np.random.Generator, keep: pd.DataFrame, effect: Effect
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    n = len(keep)
    boxes = keep[["x0", "y0", "x1", "y1"]].to_numpy(np.float64)
    long = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    keypoints = np.array(list(keep["keypoints"])).reshape(n, N_KEYPOINTS, 2)
    scores = np.array(list(keep["keypoint_scores"])).reshape(n, N_KEYPOINTS)
    reach = effect.shift * long * rng.gamma(2, 0.5, n)
    keypoints = keypoints + reach[:, None, None] * rng.normal(size=keypoints.shape)
    boxes = boxes + 0.5 * effect.shift * long[:, None] * rng.normal(size=boxes.shape)
    fade = np.clip(effect.score * rng.normal(1, 0.1, scores.shape), 0, 1) if effect.shift else 1.0
    return boxes.astype(np.float32), keypoints.astype(np.float32), (scores * fade).astype(np.float32)


def _pose_table(
    found: Sequence[tuple[str, int, int]],
    boxes: NDArray[np.float32],
    keypoints: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> pd.DataFrame:
    columns: dict[str, object] = dict(
        zip(("item", "frame", "person"), zip(*found, strict=True) if found else ((), (), ()), strict=True)
    )
    columns["score"] = scores[:, : PARTS["body"].stop].mean(axis=1) if found else []
    columns |= {edge: boxes[:, i] for i, edge in enumerate(("x0", "y0", "x1", "y1"))}
    columns["keypoints"] = list(keypoints.reshape(len(found), 2 * N_KEYPOINTS))
    columns["keypoint_scores"] = list(scores)
    rows = pd.DataFrame(columns).sort_values(["item", "frame", "person"], kind="stable")
    return tables.table(tables.POSE, rows)


def actions(
    rng: np.random.Generator,
    manifest: pd.DataFrame,
    kind: str = "original",
    original: pd.DataFrame | None = None,
    horizon: int = HORIZON,
) -> pd.DataFrame:
    """ACTIONS of `kind` for the clips of `manifest`: new ones for the original, `original` as disturbed otherwise.

    Both ends of a clip, `horizon` frames long, cannot be predicted; frames between share one prediction by eights.
    """
    videos = manifest[manifest["media"] == "video"]
    if original is None:
        return _actions_table(
            [_clip_scores(rng, int(n), horizon) for n in videos["n_frames"]], list(videos["item"])
        )
    effect = EFFECTS.get(kind, EFFECTS["blur"])
    clips = [rows for _, rows in original.groupby("item", sort=False)]
    scores = [_disturbed_scores(rng, rows[list(ava.NAMES)].to_numpy(np.float32), effect) for rows in clips]
    return _actions_table(scores, [str(rows["item"].iloc[0]) for rows in clips])


def all_actions(
    rng: np.random.Generator, manifest: pd.DataFrame, kinds: Sequence[str] = METHODS
) -> dict[str, pd.DataFrame]:
    """ACTIONS of the original and of each of `kinds`, by kind."""
    original = actions(rng, manifest)
    return {"original": original} | {kind: actions(rng, manifest, kind, original) for kind in kinds}


def evaluation(
    rng: np.random.Generator,
    n_images: int = 38,
    n_videos: int = 4,
    n_frames: int = 300,
    kinds: Sequence[str] = METHODS,
    settings: Settings | None = None,
) -> Evaluation:
    """What the metrics stage makes of generated tables: count tables, summary and headline."""
    items = manifest(rng, n_images, n_videos, n_frames)
    used = settings or Settings()
    found = poses(rng, items, kinds, used.pose_every), all_actions(rng, items, kinds)
    return evaluate(items, *found, used, rng)


def summary(rng: np.random.Generator, kinds: Sequence[str] = METHODS) -> pd.DataFrame:
    """SUMMARY of a generated run of the paper's number of images and four short clips."""
    return evaluation(rng, kinds=kinds).summary


_COMMON = {
    "stand": 0.6,
    "carry/hold (an object)": 0.45,
    "touch (an object)": 0.3,
    "walk": 0.25,
    "watch (a person)": 0.2,
}


def _clip_scores(rng: np.random.Generator, n_frames: int, horizon: int) -> NDArray[np.float32]:
    """Scores (n_frames, 60) of a clip: a few common classes come and go, about every seventh window is empty."""
    n = -(-n_frames // WINDOW)
    level = np.array([_COMMON.get(name, 0.01) for name in ava.NAMES])
    drift = np.cumsum(rng.normal(0, 0.15, (n, ava.N_CLASSES)), axis=0)
    scores = np.clip(level * (1 + np.sin(drift + rng.uniform(0, 6, ava.N_CLASSES))), 0, 0.995)
    scores *= (scores > 0.005) & (rng.random((n, 1)) >= 0.15)
    frames = np.repeat(scores, WINDOW, axis=0)[:n_frames].astype(np.float32)
    frames[:horizon] = np.nan
    frames[max(0, n_frames - horizon) :] = np.nan
    return frames


def _disturbed_scores(
    rng: np.random.Generator, scores: NDArray[np.float32], effect: Effect
) -> NDArray[np.float32]:
    n = -(-len(scores) // WINDOW)
    factor = effect.score * rng.normal(1, 5 * effect.shift, (n, ava.N_CLASSES))
    factor *= rng.random((n, 1)) < effect.found
    return np.clip(scores * np.repeat(factor, WINDOW, axis=0)[: len(scores)], 0, 1).astype(np.float32)


def _actions_table(clips: Sequence[NDArray[np.float32]], items: Sequence[str]) -> pd.DataFrame:
    scores = np.concatenate([np.zeros((0, ava.N_CLASSES), np.float32), *clips])
    lengths = [len(clip) for clip in clips]
    columns = {
        "item": np.repeat(np.array(items, dtype=object), lengths),
        "frame": np.concatenate([np.zeros(0, np.int64), *(np.arange(n) for n in lengths)]),
        "predictable": ~np.isnan(scores).any(axis=1),
    }
    rows = pd.concat([pd.DataFrame(columns), pd.DataFrame(scores, columns=list(ava.NAMES))], axis=1)
    return tables.table(tables.ACTIONS, rows)
