"""Which items went worst: a number per kind and item for every way to sort them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab.figures.selection import SAME_SCORE
from anonlab.metrics import measures

Array = NDArray[np.float64]


def worst(
    pose_counts: pd.DataFrame,
    person_counts: pd.DataFrame,
    leak_counts: pd.DataFrame,
    items: Sequence[str],
    kinds: Sequence[str],
    threshold: float,
) -> dict[str, Array]:
    """EPE, PTK, persons lost and share of pixels leaked: (kinds, items) each, NaN where nothing is known.

    Args:
        pose_counts: POSE_COUNTS.
        person_counts: PERSON_COUNTS.
        leak_counts: LEAK_COUNTS; empty where nobody's true mask is known.
        items: in the order of the answer.
        kinds: in the order of the answer.
        threshold: of keypoint scores.
    """
    rows = pose_counts[
        (pose_counts["part"] == "all") & ((pose_counts["threshold"] - threshold).abs() < SAME_SCORE)
    ]
    counts = {name: _grid(rows, name, items, kinds) for name in ("n_original", "n_both", "sum_px")}
    seen, kept = (_grid(person_counts, name, items, kinds) for name in ("n_original", "n_matched"))
    found = {
        "epe": measures.ratio(*measures.epe_px(counts)),
        "ptk": measures.ratio(*measures.ptk(counts)),
        "lost": seen - kept,
    }
    if len(leak_counts):
        leaked = (_grid(leak_counts, name, items, kinds) for name in ("n_leaked_px", "n_true_px"))
        found["leaks"] = measures.ratio(*leaked)
    return found


def _grid(rows: pd.DataFrame, column: str, items: Sequence[str], kinds: Sequence[str]) -> Array:
    """The sums of a column by kind and item."""
    sums = rows.pivot_table(index="kind", columns="item", values=column, aggfunc="sum")
    return sums.reindex(index=list(kinds), columns=list(items)).to_numpy(np.float64)
