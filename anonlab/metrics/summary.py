"""Ratios of summed counts with their intervals: per method, medium, scenario, part and threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import tables
from anonlab.errors import ParameterError
from anonlab.metrics import measures, true_actions, true_pose
from anonlab.metrics.counts import Label, label_columns
from anonlab.metrics.intervals import bootstrap_weights, ratio_intervals
from anonlab.metrics.measures import THRESHOLDS, Array, Metric
from anonlab.metrics.observed import ALL

_SAME: Final = 1e-9  # two thresholds that differ by less are one
_BELOW_1: Final = float(np.nextafter(1, 0))


@dataclass(frozen=True)
class Settings:
    """What of params.yaml the metrics depend on; checked when made.

    Attributes:
        pose_threshold: a keypoint is detected when its score is greater; 0.00, 0.01 ... or 0.99.
        action_threshold: an action is recognised when its score is greater; 0.00, 0.01 ... or 0.99.
        match_iou: persons of two pictures can only be the same if their boxes overlap this much; above 0, at most 1.
        n_resamples: of the bootstrap.
        confidence: of the intervals, between 0 and 1.
        pose_every: of every how many frames of a clip the pose was estimated.
    """

    pose_threshold: float = 0.5
    action_threshold: float = 0.2
    match_iou: float = 0.3
    n_resamples: int = 1000
    confidence: float = 0.95
    pose_every: int = 5

    def __post_init__(self) -> None:
        for name in ("pose_threshold", "action_threshold"):
            value = getattr(self, name)
            nearest = THRESHOLDS[np.abs(THRESHOLDS - (value if _is_number(value) else 0)).argmin()]
            same = _is_number(value) and abs(value - nearest) < _SAME
            _require(same, name, value, f"one of 0.00, 0.01 ... 0.99, such as {nearest:.2f}")
            object.__setattr__(self, name, float(nearest))
        for name, value, highest in (
            ("match_iou", self.match_iou, 1.0),
            ("confidence", self.confidence, _BELOW_1),
        ):
            inside = _is_number(value) and 0 < value <= highest
            _require(inside, name, value, f"a number above 0, {'at most' if highest == 1 else 'below'} 1")
        for name in ("n_resamples", "pose_every"):
            value = getattr(self, name)
            _require(type(value) is int and value >= 1, name, value, "a whole number, at least 1")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))


def _require(met: bool, name: str, value: object, wanted: str) -> None:
    if not met:
        where = "pose.every" if name == "pose_every" else f"metrics.{name}"
        raise ParameterError(f"params.yaml: {where} is {value!r}; use {wanted}")


@dataclass(frozen=True)
class _Cube:
    """The counts of one count table for the I items of one medium.

    Attributes:
        kinds: (K,) the methods.
        scenario: (I,) of the items.
        part, threshold: (C,) of the C columns.
        counts: name -> (I, K, C).
        with_interval: (C,) whether an interval is computed.
    """

    kinds: NDArray[np.str_]
    scenario: NDArray[np.str_]
    part: NDArray[np.str_]
    threshold: Array
    counts: Mapping[str, Array]
    with_interval: NDArray[np.bool_]


def summarize(
    counted: Mapping[str, pd.DataFrame], settings: Settings, rng: np.random.Generator
) -> pd.DataFrame:
    """SUMMARY of the count tables, by name, which must be as `counts` and `truth` make them: in order, with every row.

    The ratio is that of the sums over the items of a scenario; the interval is a percentile bootstrap over these
    items, the same ones for every method and metric, and within scenarios where it is over all of them. To keep
    this fast, intervals of single parts exist at the chosen threshold only; elsewhere low and high are NaN.
    Leaks are those of kinds that anonymize: JPEG changes nearly every pixel and hides nobody.
    """
    chunks = []
    leaks = counted["leak_counts"]
    counted = {**counted, "leak_counts": leaks[leaks["anonymizes"]]}
    for medium, stream in zip(tables.MEDIA, rng.spawn(len(tables.MEDIA)), strict=True):
        draws: dict[tuple[str, ...], Array] = {}
        for name, functions in _METRICS.items():
            table = counted[name]
            rows = table[table["media"] == medium]
            if len(rows):
                items = rows.drop_duplicates("item")
                scenario, which = items["scenario"].to_numpy(np.str_), tuple(items["item"])
                if which not in draws:  # labelled items may be fewer
                    draws[which] = bootstrap_weights(scenario, settings.n_resamples, stream)
                cube = _cube(rows, scenario, _chosen(name, settings))
                found = {
                    f: _rows(cube, metric, draws[which], settings.confidence)
                    for f, metric in functions.items()
                }
                chunks += [each.assign(metric=f, media=medium) for f, each in found.items()]
    return tables.table(tables.SUMMARY, pd.concat(chunks) if chunks else [])


_METRICS: Final[dict[str, dict[str, Metric]]] = {
    "pose_counts": measures.POSE,
    "person_counts": measures.PERSONS,
    "action_counts": measures.ACTIONS,
    "true_pose_counts": true_pose.POSE,
    "true_person_counts": true_pose.PERSONS,
    "true_action_counts": true_actions.ACTIONS,
    "leak_counts": true_actions.LEAKS,
    "mask_counts": measures.MASKS,
}
"""Count table -> the metrics that are made of it."""


def _chosen(table: str, settings: Settings) -> float:
    """The threshold of params.yaml that a count table goes by; NaN for one without thresholds."""
    if table.endswith("pose_counts"):
        return settings.pose_threshold
    return settings.action_threshold if table.endswith("action_counts") else np.nan


def _cube(table: pd.DataFrame, scenario: NDArray[np.str_], chosen: float) -> _Cube:
    """A count table of one medium as arrays."""
    kinds = table["kind"].unique().astype(np.str_)
    n_columns = len(table) // (len(kinds) * len(scenario))
    first = table.iloc[:n_columns]
    part = first["part"].to_numpy(np.str_) if "part" in table else np.full(n_columns, ALL)
    threshold = (
        first["threshold"].to_numpy(np.float64) if "threshold" in table else np.full(n_columns, np.nan)
    )
    shape = (len(kinds), len(scenario), n_columns)
    names = [str(name) for name in table if str(name).startswith(("n_", "sum_"))]
    counts = {name: table[name].to_numpy(np.float64).reshape(shape).swapaxes(0, 1) for name in names}
    return _Cube(kinds, scenario, part, threshold, counts, (part == ALL) | (threshold == chosen))


def _rows(cube: _Cube, metric: Metric, weights: Array, confidence: float) -> pd.DataFrame:
    """The rows of one metric, method after method: for all scenarios, then for each, at every column."""
    numerators, denominators = metric(cube.counts)
    names = [ALL, *dict.fromkeys(cube.scenario.tolist())]
    uses = [(cube.scenario == name) | (name == ALL) for name in names]
    sums = [np.stack([x[use].sum(axis=0) for use in uses], axis=1) for x in (numerators, denominators)]
    ends = [_intervals(cube, numerators[use], denominators[use], weights[:, use], confidence) for use in uses]
    low, high = (np.stack(end, axis=1) for end in zip(*ends, strict=True))
    values = {"numerator": sums[0], "denominator": sums[1], "value": measures.ratio(*sums)}
    values |= {"low": low, "high": high}
    labels: dict[str, Label] = {"kind": (0, cube.kinds), "scenario": (1, names), "part": (2, cube.part)}
    labels |= {"threshold": (2, cube.threshold), "n_items": (1, np.array([use.sum() for use in uses]))}
    columns = label_columns(low.shape, labels, np.arange(low.size))
    return pd.DataFrame(columns | {name: value.ravel() for name, value in values.items()})


def _intervals(
    cube: _Cube, numerators: Array, denominators: Array, weights: Array, confidence: float
) -> tuple[Array, Array]:
    """Ends of the intervals, (K, C) each, NaN where none is wanted; numerators, denominators: (I, K, C)."""
    wanted = np.broadcast_to(cube.with_interval, numerators.shape[1:])
    ends = np.full((2, *wanted.shape), np.nan)
    ends[:, wanted] = ratio_intervals(numerators[:, wanted], denominators[:, wanted], weights, confidence)
    return ends[0], ends[1]


_HEADLINES: Final = {name: name for name in ("epe_px", "epe_norm", "ptk", "persons_found", "acc", "pta")}
_TRUE_HEADLINES: Final = {
    **{"true_epe_px": "epe_px", "true_epe_norm": "epe_norm", "pck": "pck", "oks": "oks"},
    **{"true_persons_found": "persons_found", "true_acc": "acc", "leaked": "leaked"},
}
"""Metric -> its name in metrics.json."""


def headline(summary: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    """What `dvc metrics` shows: kind -> medium -> metric over all scenarios; undefined is None.

    Numbers against exact truth, where there is one, stand together below "truth". The chosen thresholds count.
    Scenarios, parts and intervals are in the summary: in a line of `dvc metrics show` nobody would find them.
    """
    everywhere = (summary["part"] == ALL) & (summary["scenario"] == ALL)
    chosen = {f: _chosen(table, settings) for table, functions in _METRICS.items() for f in functions}
    at = summary["threshold"].isna() | (summary["threshold"] == summary["metric"].map(chosen))
    rows = summary[everywhere & at]
    known = _nested(rows, _TRUE_HEADLINES)
    return _nested(rows, _HEADLINES) | ({"truth": known} if known else {})


def _nested(rows: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """Kind -> medium -> name -> value of the metrics in `names`."""
    out: dict[str, Any] = {}
    for row in rows[rows["metric"].isin(list(names))].to_dict("records"):
        place = out.setdefault(row["kind"], {}).setdefault(row["media"], {"n_items": row["n_items"]})
        place[names[row["metric"]]] = None if np.isnan(row["value"]) else round(row["value"], 4)
    return out
