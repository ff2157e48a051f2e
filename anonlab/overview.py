"""The tables that the notebooks show: the long ones of the pipeline, summed up for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from anonlab.keypoints import PARTS

METRICS: Final = {
    "epe_px": ("EPE (px)", 1, 1),
    "epe_norm": ("EPE (% of person)", 100, 2),
    "ptk": ("PTK (%)", 100, 1),
    "persons_found": ("persons found (%)", 100, 1),
    "acc": ("ACC (%)", 100, 1),
    "pta": ("PTA (%)", 100, 1),
}
"""Metric -> column title, factor, digits."""


def dataset(manifest: pd.DataFrame) -> pd.DataFrame:
    """Items, frames, sizes and colour by scenario and medium."""
    sized = manifest.assign(size=manifest["width"].astype(str) + " x " + manifest["height"].astype(str))
    groups = sized.groupby(["media", "scenario"], sort=False)
    return groups.agg(
        items=("item", "size"),
        frames=("n_frames", "sum"),
        sizes=("size", _distinct),
        colour=("colour", _distinct),
    )


def persons(found: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """Persons, and frames with nobody or with a held mask, by item."""
    by_item = found.groupby("item")
    held = found[found["state"] == "held"].groupby("item")["frame"].nunique()
    table = manifest.set_index("item")[["n_frames"]].assign(
        persons=by_item["person"].nunique(),
        masks=by_item.size(),
        empty=manifest.set_index("item")["n_frames"] - by_item["frame"].nunique(),
        held=held,
    )
    table["empty"] = table["empty"].fillna(table["n_frames"])
    return table.fillna(0).astype("int64")


def pose(found: pd.DataFrame, threshold: float = 0.5) -> pd.DataFrame:
    """Persons, and the mean number of keypoints that score above `threshold` by part of the body, by item."""
    scores = np.array(found["keypoint_scores"].tolist(), np.float32).reshape(len(found), -1)
    parts = {part: (scores[:, where] > threshold).sum(axis=1) for part, where in PARTS.items() if scores.size}
    per_person = pd.DataFrame({"item": found["item"], **parts})
    means = per_person.groupby("item", sort=False).mean().round(1)
    means.insert(0, "persons", found.groupby("item").size())
    return means


def actions(found: pd.DataFrame) -> pd.DataFrame:
    """Frames that can be predicted, and the mean score of the strongest actions, by item; empty for no recogniser."""
    scores = found.drop(columns=["frame", "predictable"]).groupby("item", sort=False).mean()
    strongest = scores.mean().nlargest(5).index
    counts = found.groupby("item", sort=False)["predictable"].agg(frames="size", predictable="sum")
    return counts.join(scores[strongest].round(2))


def metrics(summary: pd.DataFrame, media: str, thresholds: Sequence[float]) -> pd.DataFrame:
    """Values with their intervals by scenario and kind at the chosen thresholds of pose and actions."""
    chosen = summary[(summary["media"] == media) & (summary["part"] == "all") & _at(summary, thresholds)]
    return _wide(chosen, ["scenario", "kind"])


def by_part(summary: pd.DataFrame, media: str, threshold: float) -> pd.DataFrame:
    """EPE and PTK with their intervals by part of the body and kind, over all scenarios."""
    everywhere = (summary["media"] == media) & (summary["scenario"] == "all") & (summary["part"] != "all")
    chosen = summary[everywhere & _at(summary, [threshold])]
    return _wide(chosen, ["part", "kind"])


def _at(summary: pd.DataFrame, thresholds: Sequence[float]) -> pd.Series:
    """Rows at one threshold for pose and one for actions, and those without a threshold."""
    pose_threshold, action_threshold = thresholds[0], thresholds[-1]
    wanted = np.where(summary["metric"].isin(["acc", "pta", "pta_count"]), action_threshold, pose_threshold)
    return summary["threshold"].isna() | np.isclose(summary["threshold"], wanted)


def _wide(rows: pd.DataFrame, index: list[str]) -> pd.DataFrame:
    """One column per metric, each cell as text: value and interval."""
    known = rows[rows["metric"].isin(list(METRICS))]
    cells = known.assign(cell=[_cell(row) for row in known.itertuples()])
    wide = cells.pivot_table(index=index, columns="metric", values="cell", aggfunc="first", sort=False)
    present = [metric for metric in METRICS if metric in wide]
    return wide[present].rename(columns={metric: METRICS[metric][0] for metric in present})


def _cell(row: pd.Series) -> str:
    _, factor, digits = METRICS[row.metric]
    if np.isnan(row.value):
        return "NaN"
    interval = (
        "" if np.isnan(row.low) else f" [{factor * row.low:.{digits}f}, {factor * row.high:.{digits}f}]"
    )
    return f"{factor * row.value:.{digits}f}{interval}"


def _distinct(values: pd.Series) -> str:
    """Up to three of the different values."""
    different = list(dict.fromkeys(values))
    return ", ".join(different[:3]) + (", ..." if len(different) > 3 else "")
