"""Every number at all thresholds at once, for a choice of scenarios and of a part of the body.

The numbers are those of the stage metrics: its counts, its ratios, its intervals. A slider then only looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import metrics, tables
from anonlab.figures import Settings
from anonlab.figures.selection import ordered_scenarios, scenario_title
from anonlab.metrics import measures
from anonlab.metrics.summary import summarize
from anonlab.widgets.looks import packed

Array = NDArray[np.float64]

POSE_METRICS: Final = ("epe_px", "epe_norm", "epe_item_px")
NOTHING: Final[dict[str, Any]] = {"kinds": [], "scenarios": []}


def chosen(table: pd.DataFrame, media: str, scenarios: Sequence[str]) -> pd.DataFrame:
    """The rows of one medium and of these scenarios."""
    return table[(table["media"] == media) & table["scenario"].isin(list(scenarios))]


def pose(
    pose_counts: pd.DataFrame,
    scenarios: Sequence[str],
    part: str,
    settings: metrics.Settings,
    figures: Settings,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """EPE and PTK of every item, and of all together with intervals: kinds x items, or scenarios, x thresholds.

    Args:
        pose_counts: POSE_COUNTS.
        scenarios: those that count.
        part: of the body, or "all".
        settings: of the intervals.
        figures: medium, titles and which reading of PTK.
        rng: for the bootstrap.
    """
    counts = chosen(pose_counts[pose_counts["part"] == part], figures.media, scenarios)
    if counts.empty:
        return NOTHING
    summary = _summary({"pose_counts": counts.assign(part="all")}, settings, rng)
    cube = _cube(counts)
    epe, ptk = (measures.ratio(*measures.POSE[name](cube)) for name in ("epe_px", figures.ptk))
    names = ordered_scenarios(counts["scenario"], figures)
    first = counts.drop_duplicates("item")
    return {
        "kinds": list(counts["kind"].unique()),
        "scenarios": [_scenario(name, figures) for name in names],
        "items": list(first["item"]),
        "item_scenario": [names.index(name) for name in first["scenario"]],
        "posed": packed(cube["n_original"][0] > 0, "uint8"),
        "epe": packed(epe),
        "ptk": packed(ptk),
        "summary": _values(summary, (*POSE_METRICS, figures.ptk), ("all", *names)),
        "limits": {"epe": _largest(2, epe), "ptk": 100 * _largest(1, ptk)},
    }


def _scenario(name: str, figures: Settings) -> dict[str, str]:
    return {"name": name, "title": scenario_title(name, figures)}


def actions(
    action_counts: pd.DataFrame,
    distribution: pd.DataFrame,
    scenarios: Sequence[str],
    settings: metrics.Settings,
    figures: Settings,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """PTA and ACC with intervals, and frames per action: kinds x thresholds."""
    counts = chosen(action_counts, "video", scenarios)
    if not (counts["n_original"] > 0).any():
        return NOTHING
    summary = _summary({"action_counts": counts}, settings, rng)
    totals = {name: values[0].sum(axis=0) for name, values in _cube(counts).items()}
    return {
        "kinds": list(counts["kind"].unique()),
        "scenarios": [_scenario(name, figures) for name in ordered_scenarios(counts["scenario"], figures)],
        "summary": _values(summary, ("acc", figures.pta), ("all",)),
        "empty": packed(1 - measures.ratio(totals["n_original"], totals["n_frames"])),
        "n_clips": counts["item"].nunique(),
        "limits": {"pta": _largest(1, summary[["value", "high"]].to_numpy(np.float64))},
        "seen": _seen(chosen(distribution, "video", scenarios)),
    }


def _summary(
    counted: Mapping[str, pd.DataFrame], settings: metrics.Settings, rng: np.random.Generator
) -> pd.DataFrame:
    """SUMMARY of some count tables; all others are empty."""
    empty = {
        name: tables.table(schema, []) for name, schema in tables.SCHEMAS.items() if name.endswith("_counts")
    }
    return summarize({**empty, **counted}, settings, rng)


def _seen(distribution: pd.DataFrame) -> dict[str, Any]:
    """Frames in which each action is above each threshold: kinds x actions x thresholds."""
    kind, kinds = pd.factorize(distribution["kind"])
    action, actions = pd.factorize(distribution["action"])
    at = np.searchsorted(measures.THRESHOLDS, distribution["threshold"].to_numpy() - 1e-9)
    frames = np.zeros((len(kinds), len(actions), len(measures.THRESHOLDS)))
    np.add.at(frames, (kind, action, at), distribution["n_frames"].to_numpy())
    return {"kinds": list(kinds), "actions": list(actions), "frames": packed(frames)}


def _cube(counts: pd.DataFrame) -> dict[str, Array]:
    """Counts as (kinds, items, thresholds): count tables hold every combination, in this order."""
    shape = (counts["kind"].nunique(), counts["item"].nunique(), len(measures.THRESHOLDS))
    names = [str(name) for name in counts if str(name).startswith(("n_", "sum_"))]
    return {name: counts[name].to_numpy(np.float64).reshape(shape) for name in names}


def _values(summary: pd.DataFrame, names: Sequence[str], scenarios: Sequence[str]) -> Mapping[str, Any]:
    """Metric -> value, low, high and denominator: (kinds, scenarios, thresholds, 4)."""
    rows = summary[summary["scenario"].isin(scenarios)]
    order = pd.Categorical(rows["scenario"], list(scenarios))
    kind = pd.Categorical(rows["kind"], rows["kind"].unique())
    rows = rows.assign(kind=kind, scenario=order).sort_values(["kind", "scenario", "threshold"])
    shape = (rows["kind"].nunique(), len(scenarios), len(measures.THRESHOLDS), 4)
    columns = ["value", "low", "high", "denominator"]
    return {
        name: packed(rows.loc[rows["metric"] == name, columns].to_numpy(np.float64).reshape(shape))
        for name in names
    }


def _largest(at_least: float, values: Array) -> float:
    return float(np.nanmax(values, initial=at_least))
