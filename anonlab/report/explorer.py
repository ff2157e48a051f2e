"""The numbers behind the page's sliders: every metric at every threshold, small enough to travel in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from anonlab.figures import Settings
from anonlab.figures.selection import ordered_scenarios, scenario_title
from anonlab.figures.style import kind_styles
from anonlab.metrics.measures import THRESHOLDS

MAX_SERIES: Final = 1500
"""Markers, items times kinds: more are thinned out evenly, so that the page stays small."""

N: Final = len(THRESHOLDS)
_DIGITS: Final = {"px": 1, "share": 3}  # as shown: what is rounded twice may differ from the page's tables


def explorer(
    found: Mapping[str, pd.DataFrame], settings: Settings, names: Mapping[str, str], top: int
) -> dict[str, Any]:
    """All that the sliders need; `pose` or `actions` is None where a run has nothing of it.

    Args:
        found: pose_counts, action_counts, distribution and summary.
        settings: kinds, thresholds, readings and medium.
        names: item -> what it is called.
        top: actions in the distribution.
    """
    styles = kind_styles([kind for kind in settings.kinds if kind != "original"], settings)
    kinds = [
        {"name": k, "label": s.label, "colour": s.colour, "marker": s.marker, "floor": k == settings.floor}
        for k, s in styles.items()
    ]
    return {
        "kinds": kinds,
        "pose": _pose(found["pose_counts"], found["summary"], settings, names),
        "actions": _actions(found["distribution"], found["summary"], settings, top),
    }


def _pose(
    counts: pd.DataFrame, summary: pd.DataFrame, settings: Settings, names: Mapping[str, str]
) -> dict[str, Any] | None:
    counts = counts[(counts["media"] == settings.media) & (counts["part"] == "all")]
    if not (counts["n_original"] > 0).any():
        return None
    rows = summary[(summary["media"] == settings.media) & (summary["part"] == "all")]
    scenarios = ordered_scenarios(counts["scenario"], settings)
    points, left_out = _points(counts, settings, names)
    return {
        "start": round(100 * settings.pose_threshold),
        "unit": "image" if settings.media == "image" else "clip",
        "scenarios": [[name, scenario_title(name, settings)] for name in scenarios],
        "n": _n_with_pose(counts),
        "epe": _curves(rows, "epe_px", "px"),
        "epe_item": _curves(rows, "epe_item_px", "px"),
        "ptk": _curves(rows, settings.ptk, "share"),
        "points": points,
        "left_out": left_out,
    }


def _n_with_pose(counts: pd.DataFrame) -> dict[str, list[int]]:
    """Scenario -> at each threshold, the items with a keypoint on the original: the n of Figure 2."""
    one = counts[counts["kind"] == counts["kind"].iloc[0]]
    found = one.assign(has=one["n_original"] > 0).pivot_table(
        index="scenario", columns="threshold", values="has", aggfunc="sum"
    )
    return {str(name): [int(n) for n in row] for name, row in zip(found.index, found.to_numpy(), strict=True)}


def _points(counts: pd.DataFrame, settings: Settings, names: Mapping[str, str]) -> tuple[list[Any], int]:
    """[scenario, kind, item, EPE at each threshold, PTK at each] of every marker, and how many were left out."""
    shape = (-1, N)
    first = counts.iloc[::N]
    both, original = (counts[name].to_numpy(np.float64).reshape(shape) for name in ("n_both", "n_original"))
    numerator = (
        counts["n_both" if settings.ptk == "ptk" else "n_anonymized"].to_numpy(np.float64).reshape(shape)
    )
    epe = _ratio(counts["sum_px"].to_numpy(np.float64).reshape(shape), both)
    ptk = np.where(both > 0, _ratio(numerator, original), np.nan)  # no marker without an EPE
    seen = np.flatnonzero(np.isfinite(epe).any(axis=1))
    chosen = seen[np.unique(np.linspace(0, len(seen) - 1, min(len(seen), MAX_SERIES)).round().astype(int))]
    labels = first[["scenario", "kind", "item"]].to_numpy(object)
    points = [
        [
            *labels[i][:2],
            names.get(labels[i][2], labels[i][2]),
            _numbers(epe[i], "px"),
            _numbers(ptk[i], "share"),
        ]
        for i in chosen
    ]
    return points, len(seen) - len(chosen)


def _actions(
    distribution: pd.DataFrame, summary: pd.DataFrame, settings: Settings, top: int
) -> dict[str, Any] | None:
    rows = summary[(summary["media"] == "video") & (summary["scenario"] == "all")]
    if not (rows["metric"] == "acc").any():
        return None
    frames = distribution.assign(at=(100 * distribution["threshold"]).round().astype(int))
    sums = frames.groupby(["action", "kind", "at"])["n_frames"].sum()
    return {
        "start": round(100 * settings.action_threshold),
        "top": top,
        "acc": _curves(rows, "acc", "share"),
        "pta": _curves(rows, settings.pta, "share"),
        "frames": {
            str(action): {
                kind: _dense(each.droplevel(["action", "kind"])) for kind, each in some.groupby("kind")
            }
            for action, some in sums.groupby("action")
        },
    }


def _dense(counts: pd.Series) -> list[int]:
    """Counts at 0.00, 0.01 ... without the zeros at the end."""
    dense = counts.reindex(range(int(counts.index.max()) + 1), fill_value=0)
    return [int(each) for each in dense]


def _curves(rows: pd.DataFrame, metric: str, unit: str) -> dict[str, dict[str, list[Any]]]:
    """Kind -> scenario -> value, low and high at each threshold."""
    curves: dict[str, dict[str, list[Any]]] = {}
    for (kind, scenario), each in rows[rows["metric"] == metric].groupby(["kind", "scenario"], sort=False):
        ordered = each.sort_values("threshold")
        curves.setdefault(kind, {})[scenario] = [
            _numbers(ordered[end], unit) for end in ("value", "low", "high")
        ]
    return curves


def _numbers(values: Sequence[float] | np.ndarray | pd.Series, unit: str) -> list[float | None]:
    """Rounded to what is shown; NaN is None. Whole numbers lose their ".0", which JSON would repeat a million times."""
    rounded = (round(float(value), _DIGITS[unit]) for value in values)
    return [None if np.isnan(each) else int(each) if each == int(each) else each for each in rounded]


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    out = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)
