"""Curves over the score threshold: Figures 4 and 5, and PTK and EPE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from anonlab.figures.epe_ptk import PTK_IN_WORDS
from anonlab.figures.panels import px_axis
from anonlab.figures.selection import DEFAULTS, Settings, at_threshold, by_threshold, circle
from anonlab.figures.style import (
    COLUMN_IN,
    INK,
    WIDTH_IN,
    KindStyle,
    add_legend,
    kind_handles,
    kind_styles,
    styled,
)

_PTA_IN_WORDS: Final = {
    "pta": "PTA: share of the original's frames with an action in which one is found after anonymization, too",
    "pta_count": "PTA: frames with an action after anonymization over frames with one on the original",
}


@styled
def fig4_pta(summary: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """PTA against the score threshold, a curve with its interval per kind (Figure 4).

    The note says which of the paper's two readings it is, and how many frames it rests on at both ends and at the
    chosen threshold.

    Raises:
        InputError: the summary has no such rows.
    """
    rows = by_threshold(summary, settings.pta, "video")
    figure, axis, styles = _curve_figure(rows, settings)
    axis.set(xlabel="action score threshold", ylabel="PTA (%)")
    thresholds = (rows["threshold"].min(), settings.action_threshold, rows["threshold"].max())
    frames = ", ".join(f"{_denominator(rows, t):,} at {t:g}" for t in sorted(set(thresholds)))
    note = f"{_PTA_IN_WORDS[settings.pta]}. {_clips(rows)}; original's frames with an action: {frames}."
    add_legend(
        figure,
        kind_handles(styles, line=True),
        2,
        f"{note} {_reading_aid('PTA', rows, styles, settings, settings.action_threshold)}"
        + circle(settings, styles),
    )
    return figure


@styled
def fig5_acc(summary: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """ACC against the score threshold, a curve with its interval per kind (Figure 5).

    The dotted line is what a method scores on which nothing is recognised at all: the share of the original's frames
    without an action. It needs the rows of `pta` beside those of `acc`.

    Raises:
        InputError: the summary has no such rows.
    """
    rows = by_threshold(summary, "acc", "video")
    figure, axis, styles = _curve_figure(rows, settings)
    axis.set(xlabel="action score threshold", ylabel="ACC (%)")
    handles = kind_handles(styles, line=True)
    empty = _share_of_empty(rows, summary)
    if empty.notna().any():
        look: dict[str, Any] = {"color": INK, "linestyle": (0, (1, 1.5)), "linewidth": 0.9}
        axis.plot(empty.index, 100 * empty, **look)
        handles.append(Line2D([], [], label="nothing recognised", **look))
    note = "ACC: share of frames with the same set of actions as the original."
    note += f" {_clips(rows)}, {int(rows['denominator'].max()):,} frames."
    note += f" {_reading_aid('ACC', rows, styles, settings, settings.action_threshold)}"
    add_legend(figure, handles, 2, note + circle(settings, styles))
    return figure


@styled
def pose_over_thresholds(summary: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """PTK and EPE against the keypoint threshold over all scenarios, a curve with its interval per kind.

    Raises:
        InputError: the summary has no such rows.
    """
    ptk, epe = (by_threshold(summary, name, settings.media) for name in (settings.ptk, "epe_px"))
    styles = kind_styles(ptk["kind"], settings)
    figure = Figure(figsize=(WIDTH_IN, 2.7), layout="constrained")
    for axis, rows, scale, name in zip(
        figure.subplots(1, 2), (ptk, epe), (100, 1), ("PTK (%)", "EPE (px)"), strict=True
    ):
        _curves(axis, rows, styles, scale)
        axis.axvline(settings.pose_threshold, color=INK, linewidth=0.6)
        top = _top(rows)
        axis.set(xlim=(0, 1), xlabel="keypoint score threshold", ylabel=name, ylim=(0, 1.03 * scale * top))
    px_axis(axis.yaxis, top)
    n = int(ptk["n_items"].max())
    note = f"{PTK_IN_WORDS[settings.ptk]}. n = {n} {settings.media}s."
    add_legend(
        figure,
        kind_handles(styles, line=True),
        8,
        f"{note} {_reading_aid('EPE', epe, styles, settings, settings.pose_threshold)}"
        + circle(settings, styles),
    )
    return figure


def _curve_figure(rows: pd.DataFrame, settings: Settings) -> tuple[Figure, Axes, dict[str, KindStyle]]:
    figure = Figure(figsize=(COLUMN_IN, 3.0), layout="constrained")
    axis = figure.subplots()
    styles = kind_styles(rows["kind"], settings)
    _curves(axis, rows, styles, scale=100)
    axis.axvline(settings.action_threshold, color=INK, linewidth=0.6)
    axis.set(xlim=(0, 1), ylim=(0, 103 * _top(rows)))
    return figure, axis, styles


def _curves(axis: Axes, rows: pd.DataFrame, styles: Mapping[str, KindStyle], scale: float) -> None:
    """A line with its band per kind; ten markers each, shifted against each other so that none hides another."""
    for place, (kind, style) in enumerate(styles.items()):
        curve = rows[rows["kind"] == kind]
        x, value, low, high = curve[["threshold", "value", "low", "high"]].to_numpy(float).T
        step = max(1, len(x) // 10)
        axis.fill_between(x, scale * low, scale * high, color=style.colour, alpha=0.16, linewidth=0)
        axis.plot(
            *(x, scale * value),
            color=style.colour,
            linestyle=style.line,
            marker=style.marker,
            markersize=3.4,
            markevery=(place * step // len(styles), step),
            clip_on=False,
            label=kind,
        )


def _top(rows: pd.DataFrame) -> float:
    return float(np.nanmax(rows[["value", "high"]].to_numpy(float), initial=1))


def _share_of_empty(acc: pd.DataFrame, summary: pd.DataFrame) -> pd.Series:
    """Share of the frames whose original has no action, by threshold; no rows where PTA is not in the summary."""
    chosen = (summary["metric"] == "pta") & (summary["media"] == "video") & (summary["scenario"] == "all")
    acted = summary[chosen].groupby("threshold")["denominator"].max()
    return 1 - acted / acc.groupby("threshold")["denominator"].max()


def _denominator(rows: pd.DataFrame, threshold: float) -> int:
    return int(at_threshold(rows, threshold)["denominator"].max())


def _clips(rows: pd.DataFrame) -> str:
    n = int(rows["n_items"].max())
    return f"{n} clip{'s' * (n != 1)}"


def _reading_aid(
    what: str, rows: pd.DataFrame, styles: Mapping[str, KindStyle], settings: Settings, threshold: float
) -> str:
    """What the lines mean, after the names of the kinds that have none."""
    known = set(rows.loc[rows["value"].notna(), "kind"])
    names = ", ".join(style.label for kind, style in styles.items() if kind not in known)
    lacking = f"{what} undefined at every threshold: {names}. " if names else ""
    return f"{lacking}Bands: {settings.confidence:.0%} intervals. Vertical line: threshold {threshold:g}."
