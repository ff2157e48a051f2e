"""The cases in which a method did worst: where keypoints moved furthest, and where persons were lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from anonlab.figures import Settings
from anonlab.figures.selection import SAME_SCORE
from anonlab.items import ORIGINAL


class Case(NamedTuple):
    """One item of one kind, the frame of it to look at, and what went wrong."""

    kind: str
    item: str
    frame: int
    lost: bool
    what: str


def cases(
    pose_counts: pd.DataFrame,
    person_counts: pd.DataFrame,
    poses: Mapping[str, pd.DataFrame],
    settings: Settings,
    n: int,
) -> list[Case]:
    """At most `n` items with the largest EPE and `n` with most lost persons, of every kind but the noise floor.

    Args:
        pose_counts: POSE_COUNTS.
        person_counts: PERSON_COUNTS.
        poses: kind -> POSE.
        settings: kinds, medium and threshold.
        n: cases of either sort per kind.
    """
    found = []
    for kind in settings.kinds:
        if kind not in (ORIGINAL, settings.floor):
            found += _moved(_of(pose_counts, kind, settings), poses, settings, n)
            found += _lost(_of(person_counts, kind, settings), poses, n)
    return found


def _of(counts: pd.DataFrame, kind: str, settings: Settings) -> pd.DataFrame:
    return counts[(counts["kind"] == kind) & (counts["media"] == settings.media)]


def _moved(counts: pd.DataFrame, poses: Mapping[str, pd.DataFrame], settings: Settings, n: int) -> list[Case]:
    near = (counts["threshold"] - settings.pose_threshold).abs() < SAME_SCORE
    rows = counts[(counts["part"] == "all") & near & (counts["n_both"] > 0)]
    worst = rows.assign(epe=rows["sum_px"] / rows["n_both"]).nlargest(n, "epe")
    return [
        Case(
            kind=row["kind"],
            item=row["item"],
            frame=_most_keypoints(poses[ORIGINAL], row["item"], settings.pose_threshold),
            lost=False,
            what=f"EPE {row['epe']:.1f} px over {row['n_both']} of {row['n_original']} keypoints",
        )
        for row in worst.to_dict("records")
    ]


def _lost(counts: pd.DataFrame, poses: Mapping[str, pd.DataFrame], n: int) -> list[Case]:
    missing = counts.assign(lost=counts["n_original"] - counts["n_matched"])
    worst = missing[missing["lost"] > 0].nlargest(n, "lost")
    return [
        Case(
            kind=row["kind"],
            item=row["item"],
            frame=_most_lost(poses[ORIGINAL], poses[row["kind"]], row["item"]),
            lost=True,
            what=f"{row['lost']} of {row['n_original']} persons lost"
            + (f", over {row['n_frames']} frames" if row["n_frames"] > 1 else ""),
        )
        for row in worst.to_dict("records")
    ]


def _most_keypoints(original: pd.DataFrame, item: str, threshold: float) -> int:
    """The frame of an item with most keypoints above the threshold on the original."""
    rows = original[original["item"] == item]
    n = np.array([(np.asarray(scores) > threshold).sum() for scores in rows["keypoint_scores"]])
    return int(pd.Series(n).groupby(rows["frame"].to_numpy()).sum().idxmax())


def _most_lost(original: pd.DataFrame, anonymized: pd.DataFrame, item: str) -> int:
    """The frame of an item in which the number of persons falls most."""
    before, after = (table[table["item"] == item].groupby("frame").size() for table in (original, anonymized))
    return int((before - after.reindex(before.index, fill_value=0)).idxmax())
