"""Which points of the body move and vanish: EPE and PTK for groups of keypoints."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from anonlab.errors import InputError
from anonlab.figures.selection import DEFAULTS, Settings
from anonlab.figures.style import NOTE_COLOUR, NOTE_PT, WIDTH_IN, kind_styles, styled
from anonlab.keypoints import BODY, FEET, NAMES

FACE: Final = {
    "jaw": (0, 17),
    "eyebrows": (17, 27),
    "nose bridge": (27, 36),
    "eyelids": (36, 48),
    "mouth": (48, 68),
}
"""Groups of the 68 face points: first and last (exclusive)."""


def group(keypoint: str) -> str:
    """The group of a keypoint: left and right together, the face by its features, the hands as a whole.

    >>> group("left_knee"), group("face-60"), group("right_thumb2")
    ('knee', 'mouth', 'hand')
    """
    side, _, name = keypoint.partition("_")
    if keypoint.startswith("face-"):
        number = int(keypoint.removeprefix("face-"))
        return next(feature for feature, (first, last) in FACE.items() if first <= number < last)
    if keypoint in (*BODY, *FEET):
        return (name if side in ("left", "right") else keypoint).replace("_", " ")
    return "hand"


GROUPS: Final = tuple(dict.fromkeys(group(name) for name in NAMES))


@styled
def epe_by_keypoint(keypoint_counts: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """EPE in percent of the person's long side, and share of keypoints kept, by group of keypoints and kind.

    Grey cells have nothing to measure.

    Args:
        keypoint_counts: KEYPOINT_COUNTS.

    Raises:
        InputError: there are no rows of `settings.media`.
    """
    rows = keypoint_counts[keypoint_counts["media"] == settings.media]
    if rows.empty:
        raise InputError(f"keypoint_counts has no rows of {settings.media}s")
    sums = rows.assign(group=rows["keypoint"].map(group)).groupby(["group", "kind"])
    totals = sums[["sum_norm", "n_both", "n_original"]].sum()
    seen = [name for name in GROUPS if totals.loc[name, "n_original"].sum()]
    styles = kind_styles(rows["kind"].unique(), settings)
    floor = {settings.floor: "noise floor"}
    figure = Figure(figsize=(WIDTH_IN, 0.9 + 0.19 * len(seen)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axis, counted, title, look in (
        (left, _percent(totals, "sum_norm", "n_both"), "EPE (% of the person's long side)", _MOVED),
        (right, _percent(totals, "n_both", "n_original"), "PTK (%)", _KEPT),
    ):
        cells = counted.rename("cell").reset_index().pivot_table("cell", "group", "kind", dropna=False)
        table = cells.reindex(index=seen, columns=list(styles))
        _heat(
            axis,
            table.rename(columns={kind: each.label for kind, each in styles.items()} | floor),
            title,
            look,
        )
    n = rows["item"].nunique()
    note = f"n = {n} {settings.media}s; keypoint score > {settings.pose_threshold:g}; all scenarios together."
    figure.supxlabel(note, fontsize=NOTE_PT, color=NOTE_COLOUR)
    return figure


_MOVED: Final = {"cmap": "rocket_r", "vmin": 0, "fmt": ".1f"}
_KEPT: Final = {"cmap": "mako_r", "vmin": 0, "vmax": 100, "fmt": ".0f"}


def _percent(totals: pd.DataFrame, numerator: str, denominator: str) -> pd.Series:
    return 100 * totals[numerator] / totals[denominator].where(totals[denominator] > 0, np.nan)


def _heat(axis: Axes, table: pd.DataFrame, title: str, look: dict[str, Any]) -> None:
    """One panel; NaN stays light grey."""
    import seaborn

    seaborn.heatmap(
        table, ax=axis, annot=True, annot_kws={"size": 6}, linewidths=0.6, cbar_kws={"shrink": 0.7}, **look
    )
    axis.set(title=title, xlabel="", ylabel="")
    axis.grid(visible=False)
    axis.set_facecolor("#f2f2f2")
    axis.tick_params(length=0)
    for label in axis.get_xticklabels():
        label.set(rotation=0 if table.shape[1] <= 5 else 25, ha="center" if table.shape[1] <= 5 else "right")
