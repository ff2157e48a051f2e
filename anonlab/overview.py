"""The tables that the notebooks show: the long ones of the pipeline, summed up for a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from anonlab import guard
from anonlab.keypoints import N_KEYPOINTS, PARTS

METRICS: Final = {
    "epe_px": ("EPE (px)", 1, 1),
    "epe_norm": ("EPE (% of person)", 100, 2),
    "ptk": ("PTK (%)", 100, 1),
    "persons_found": ("persons found (%)", 100, 1),
    "fallback": ("blurred instead (%)", 100, 1),
    "acc": ("ACC (%)", 100, 1),
    "pta": ("PTA (%)", 100, 1),
}
TRUE_METRICS: Final = {
    "true_epe_px": ("EPE (px)", 1, 1),
    "true_epe_norm": ("EPE (% of person)", 100, 2),
    "pck": ("PCK@0.1 (%)", 100, 1),
    "oks": ("OKS", 1, 3),
    "oks_found": ("OKS of those found", 1, 3),
    "true_persons_found": ("persons found (%)", 100, 1),
    "true_spurious": ("not there (%)", 100, 1),
    "true_acc": ("ACC, true (%)", 100, 1),
    "action_precision": ("precision (%)", 100, 1),
    "action_recall": ("recall (%)", 100, 1),
    "mask_recall": ("under masks (%)", 100, 1),
    "leaked": ("leaked (%)", 100, 1),
}
"""Metric -> column title, factor, digits; of what is compared with the original, and with exact truth."""
AUDITED: Final = {
    "again": "found again (%)",
    "clear": "of these in the clear (%)",
    "people_again": "true people found again (%)",
    "people_clear": "of these people in the clear (%)",
    "real": "true people among its findings (%)",
    "seen": "true people it finds (%)",
}
_FINDINGS: Final = {
    ("image", "person"): "persons on images",
    ("image", "face"): "faces on images",
    ("video", "person"): "persons in clips",
    ("video", "face"): "faces in clips",
}
_OF_ACTIONS: Final = ("acc", "pta", "pta_count", "true_acc", "action_precision", "action_recall")


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
    """Persons and their masks, and frames by state, by item."""
    groups = {str(item): rows for item, rows in found.groupby("item")}
    rows = {}
    for item, n_frames in zip(manifest["item"], manifest["n_frames"], strict=True):
        here = groups.get(item, found.iloc[:0])
        people = guard.people(here)
        counted = {"n_frames": n_frames, "persons": people["person"].nunique(), "masks": len(people)}
        rows[item] = counted | {name[2:]: n for name, n in guard.states(here, n_frames).items()}
    columns = ["n_frames", "persons", "masks", "empty", "covered", "held", "whole", "refused"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("item").astype("int64")


def pose(found: pd.DataFrame, threshold: float = 0.5) -> pd.DataFrame:
    """Persons, and the mean number of keypoints that score above `threshold` by part of the body, by item."""
    scores = np.array(found["keypoint_scores"].tolist(), np.float32).reshape(-1, N_KEYPOINTS)
    parts = {part: (scores[:, where] > threshold).sum(axis=1) for part, where in PARTS.items()}
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


def against_truth(summary: pd.DataFrame, media: str, thresholds: Sequence[float]) -> pd.DataFrame:
    """The same for what is compared with exact truth; no rows where nothing is known."""
    chosen = summary[(summary["media"] == media) & (summary["part"] == "all") & _at(summary, thresholds)]
    return _wide(chosen, ["scenario", "kind"], TRUE_METRICS)


def classes(counts: pd.DataFrame) -> pd.DataFrame:
    """Frames in which an action is done, and recall and precision of it in percent, by action and kind."""
    sums = counts.groupby(["action", "kind"], sort=False)[["n_true", "n_found", "n_both"]].sum()
    recall, precision = (100 * sums["n_both"] / sums[n].where(sums[n] > 0) for n in ("n_true", "n_found"))
    table = sums.assign(recall=recall.round(1), precision=precision.round(1)).drop(columns="n_both")
    return table.sort_values("n_true", ascending=False, kind="stable")


def leaks(found: pd.DataFrame, n: int = 20) -> pd.DataFrame:
    """Shares of people's true pixels in percent, by item: under the masks, and left as they were; the worst first."""
    exposed = found["n_leaked"] > 0.1 * found["n_true"]
    by_item = found.assign(exposed=exposed, people=1).groupby("item", sort=False)
    sums = by_item[["people", "n_true", "n_masked", "n_leaked", "exposed"]].sum()
    shares = {
        "under masks": 100 * sums["n_masked"] / sums["n_true"],
        "leaked": 100 * sums["n_leaked"] / sums["n_true"],
        "exposed": 100 * sums["exposed"] / sums["people"],
    }
    table = sums[["people"]].assign(**{name: share.astype(float).round(1) for name, share in shares.items()})
    return table.sort_values("leaked", ascending=False, kind="stable").head(n)


def changes(found: pd.DataFrame) -> pd.DataFrame:
    """Mean change of people's pixels from frame to frame in levels, on the original and anonymized, by clip."""
    by_item = found.set_index("item")
    seen = by_item["n_px"].where(by_item["n_px"] > 0)
    own, here = by_item["sum_original"], by_item["sum_anonymized"]
    table = {"pairs of frames": by_item["n_pairs"], "original": own / seen, "anonymized": here / seen}
    return pd.DataFrame(table | {"ratio": here / own.where(own > 0)}).round(2)


def audited(rates: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rates of the audit with their intervals by sort of finding and kind; rates: kind -> AUDITED."""
    rows = [each.assign(kind=kind) for kind, each in rates.items() if len(each)]
    if not rows:
        return pd.DataFrame()
    found = pd.concat(rows, ignore_index=True)
    found["cell"] = [_cell(row, 100, 1) for row in found.itertuples()]
    found["of"] = [
        _FINDINGS[medium, what] for medium, what in zip(found["media"], found["what"], strict=True)
    ]
    cells, counts = (
        found.pivot_table(index=["of", "kind"], columns="rate", values=name, aggfunc="first")
        for name in ("cell", "denominator")
    )
    table = cells[list(AUDITED)].rename(columns=AUDITED)
    table.insert(0, "findings on the original", counts["again"].astype(str))
    table.insert(1, "true people there", counts["seen"].astype(str))
    order = [(of, kind) for of in _FINDINGS.values() for kind in rates]
    return table.reindex([each for each in order if each in table.index])


def suspicious(found: pd.DataFrame, max_changed: float) -> pd.DataFrame:
    """Rows of AUDIT, those to look at first: in the clear before others, then by score among their sort of finding.

    Columns item, frame, what, score, `changed` (share of the box), `clear`, true_person and the box.
    """
    changed = (found["n_changed"] / found["n_px"].where(found["n_px"] > 0)).astype(float)
    rank = found.groupby("what")["score"].rank(pct=True)
    rows = found.assign(changed=changed.round(2), clear=changed < max_changed, rank=rank)
    rows = rows.sort_values(["clear", "rank"], ascending=False, kind="stable")
    return rows.drop(columns=["n_px", "n_changed", "rank"]).reset_index(drop=True)


def by_part(summary: pd.DataFrame, media: str, threshold: float) -> pd.DataFrame:
    """EPE and PTK with their intervals by part of the body and kind, over all scenarios."""
    everywhere = (summary["media"] == media) & (summary["scenario"] == "all") & (summary["part"] != "all")
    chosen = summary[everywhere & _at(summary, [threshold])]
    return _wide(chosen, ["part", "kind"])


def claims(verdicts: pd.DataFrame) -> pd.DataFrame:
    """What the paper says, what this run has for it, and the verdict, by claim."""
    measured = [_measured(row) for row in verdicts.itertuples()]
    columns = {
        "the paper": verdicts["statement"],
        "its figure": verdicts["figure"],
        "here": measured,
        "n": verdicts["n_items"],
        "verdict": verdicts["verdict"],
        "why": verdicts["why"],
    }
    return pd.DataFrame(columns).set_index(verdicts["claim"])


def _measured(row: Any) -> str:
    """The quantity behind a verdict with its interval; empty where there is none."""
    if not row.quantity:
        return ""
    known = {"share": (100, 0, " %"), "px": (1, 1, " px"), "times": (1, 2, " times")}
    factor, digits, unit = known.get(row.unit, (1, 0, f" {row.unit}"))
    value, low, high = (f"{factor * each:,.{digits}f}" for each in (row.value, row.low, row.high))
    interval = "" if np.isnan(row.low) else f" [{low}, {high}]"
    return f"{row.quantity}: {value}{unit}{interval}"


def _at(summary: pd.DataFrame, thresholds: Sequence[float]) -> pd.Series:
    """Rows at one threshold for pose and one for actions, and those without a threshold."""
    pose_threshold, action_threshold = thresholds[0], thresholds[-1]
    wanted = np.where(summary["metric"].isin(_OF_ACTIONS), action_threshold, pose_threshold)
    return summary["threshold"].isna() | np.isclose(summary["threshold"], wanted)


def _wide(
    rows: pd.DataFrame, index: list[str], metrics: Mapping[str, tuple[str, int, int]] = METRICS
) -> pd.DataFrame:
    """One column per metric, each cell as text: value and interval."""
    known = rows[rows["metric"].isin(list(metrics))]
    cells = known.assign(cell=[_cell(row, *metrics[row.metric][1:]) for row in known.itertuples()])
    wide = cells.pivot_table(index=index, columns="metric", values="cell", aggfunc="first", sort=False)
    present = [metric for metric in metrics if metric in wide]
    return wide[present].rename(columns={metric: metrics[metric][0] for metric in present})


def _cell(row: Any, factor: int, digits: int) -> str:
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
