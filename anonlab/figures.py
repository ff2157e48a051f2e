"""The paper's figures and two that look further: tables in, a matplotlib figure out.

A ratio is drawn as the summary has it, with its interval. NaN is left out and said in words, never drawn as 0.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from anonlab.curves import fig4_pta, fig5_acc, pose_over_thresholds
from anonlab.epe_ptk import PTK_IN_WORDS, fig2_epe_ptk, px_axis
from anonlab.errors import InputError
from anonlab.keypoints import PARTS
from anonlab.montage import Posed, fig1_pose
from anonlab.plot_data import DEFAULTS, Settings, at_threshold, available, distribution_intervals
from anonlab.plot_style import (
    COLUMN_IN,
    INK,
    WIDTH_IN,
    KindStyle,
    add_legend,
    kind_handles,
    kind_styles,
    save,
    styled,
)

__all__ = [
    "Posed",
    "Settings",
    "available",
    "distribution_intervals",
    "fig1_pose",
    "fig2_epe_ptk",
    "fig3_actions",
    "fig4_pta",
    "fig5_acc",
    "pose_over_thresholds",
    "ptk_by_part",
    "save",
]


@styled
def fig3_actions(
    distribution: pd.DataFrame,
    settings: Settings = DEFAULTS,
    top: int = 5,
    intervals: pd.DataFrame | None = None,
) -> Figure:
    """Frames per action at the action threshold: the original's most frequent actions, one bar per kind (Figure 3).

    Args:
        distribution: DISTRIBUTION; the original is one of its kinds.
        top: number of actions.
        intervals: from `distribution_intervals`, drawn where given.

    Raises:
        InputError: there is nothing at the threshold, or no original to choose the actions by.
    """
    rows = at_threshold(distribution, settings.action_threshold)
    counts = rows.pivot_table(index="kind", columns="action", values="n_frames", aggfunc="sum", fill_value=0)
    kinds = dict.fromkeys([*settings.kinds, "original", *distribution["kind"]])
    counts = counts.reindex(list(kinds), fill_value=0)  # no row stands for 0
    ranked = counts.loc["original"].sort_values(ascending=False, kind="stable")
    actions = list(ranked[ranked > 0].index[:top])
    if not actions:
        raise InputError(f"figure 3: no action scores above {settings.action_threshold:g} on the original")
    styles = kind_styles(kinds, settings)
    figure = Figure(
        figsize=(COLUMN_IN, 0.9 + len(actions) * (0.14 + 0.088 * len(styles))), layout="constrained"
    )
    axis = figure.subplots()
    _bars(axis, counts.loc[list(styles), actions], styles, intervals)
    axis.set_xlabel("frames")
    n = rows["item"].nunique()
    note = f"{n} clip{'s' * (n != 1)} with an action; score > {settings.action_threshold:g}."
    if intervals is not None:
        note += f" {settings.confidence:.0%} intervals over clips."
    add_legend(figure, _bar_handles(styles), 2, note)
    return figure


def _bars(
    axis: Axes, counts: pd.DataFrame, styles: Mapping[str, KindStyle], intervals: pd.DataFrame | None
) -> None:
    """Groups of horizontal bars from the top down, one per action, in the kinds' order within each."""
    groups = np.arange(counts.shape[1])
    thick = 0.84 / len(styles)
    axis.grid(visible=False, axis="y")
    furthest = 0.0
    for place, (kind, style) in enumerate(styles.items()):
        y = groups - 0.42 + (place + 0.5) * thick
        values = counts.loc[kind].to_numpy(float)
        axis.barh(y, values, height=0.86 * thick, label=kind, **_bar_look(style))
        low, high = _ends(intervals, kind, list(counts.columns))
        axis.hlines(y, low, high, color="white", linewidth=1.8)  # seen on black bars, too
        axis.hlines(y, low, high, color=INK, linewidth=0.8)
        ends = np.fmax(values, high)
        furthest = max(furthest, ends.max())
        for at, value, end in zip(y, values, ends, strict=True):
            axis.annotate(
                f"{value:,.0f}", (end, at), (2, 0), textcoords="offset points", va="center", fontsize=5.5
            )
    axis.set(xlim=(0, 1.17 * furthest), ylim=(len(groups) - 0.5, -0.5))
    axis.set_yticks(groups, [textwrap.fill(name, 17) for name in counts.columns])
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.xaxis.set_major_formatter("{x:,.0f}")


def _ends(intervals: pd.DataFrame | None, kind: str, actions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    if intervals is None:
        nothing = np.full(len(actions), np.nan)
        return nothing, nothing
    rows = intervals[intervals["kind"] == kind].set_index("action").reindex(list(actions))
    return rows["low"].to_numpy(float), rows["high"].to_numpy(float)


def _bar_handles(styles: Mapping[str, KindStyle]) -> list[Line2D]:
    shape: dict[str, Any] = {"marker": "s", "markersize": 5, "linestyle": "none"}
    looks = [_bar_look(style) for style in styles.values()]
    return [
        Line2D(
            *([], []),
            label=style.label,
            markerfacecolor=look["facecolor"],
            markeredgecolor=look["edgecolor"],
            markeredgewidth=look["linewidth"],
            **shape,
        )
        for style, look in zip(styles.values(), looks, strict=True)
    ]


def _bar_look(style: KindStyle) -> dict[str, Any]:
    """Filled; the noise floor, which has no marker, is an outline, so that grey is not taken for a faded colour."""
    face = "white" if style.marker == "None" else style.colour
    return {"facecolor": face, "edgecolor": style.colour, "linewidth": 0.7}


@styled
def ptk_by_part(summary: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """PTK and EPE by part of the body over all scenarios at the pose threshold, with intervals; the floor as a line.

    Raises:
        InputError: the summary has no such rows.
    """
    chosen = (summary["scenario"] == "all") & (summary["media"] == settings.media)
    rows = at_threshold(summary[chosen & summary["part"].isin(PARTS)], settings.pose_threshold)
    styles = kind_styles(rows["kind"], settings)
    figure = Figure(figsize=(WIDTH_IN, 0.9 + len(PARTS) * (0.15 + 0.07 * len(styles))), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, metric, scale in zip(axes, (settings.ptk, "epe_px"), (100, 1), strict=True):
        _dots(axis, rows[rows["metric"] == metric], styles, scale, settings)
    epe = rows.loc[rows["metric"] == "epe_px", ["value", "high"]].to_numpy(float)
    px_axis(axes[1].xaxis, np.nanmax(epe, initial=2))
    axes[0].set(xlabel="PTK (%)", xlim=(0, max(103, axes[0].get_xlim()[1])), ylim=(len(PARTS) - 0.5, -0.5))
    axes[1].set(xlabel="EPE (px)")
    axes[0].set_yticks(range(len(PARTS)), [part.replace("_", " ") for part in PARTS])
    n = int(rows["n_items"].max())
    note = (
        f"{PTK_IN_WORDS[settings.ptk]}. n = {n} {settings.media}s; keypoint score > {settings.pose_threshold:g}; "
        f"{settings.confidence:.0%} intervals."
    )
    add_legend(figure, kind_handles(styles), 8, note)
    return figure


def _dots(
    axis: Axes, rows: pd.DataFrame, styles: Mapping[str, KindStyle], scale: float, settings: Settings
) -> None:
    """One row per part; in it a dot with its interval per kind, and the noise floor as a line across."""
    dodge = 0.7 / max(1, len(styles) - (settings.floor in styles) - 1)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    for place, (kind, style) in enumerate(styles.items()):
        table = rows[rows["kind"] == kind].set_index("part").reindex(list(PARTS))
        value, low, high = scale * table[["value", "low", "high"]].to_numpy(float).T
        row = np.arange(len(PARTS))
        if kind == settings.floor:
            axis.vlines(
                value, row - 0.42, row + 0.42, color=style.colour, linestyle=style.line, linewidth=0.9
            )
            axis.barh(row, high - low, 0.84, low, color=style.colour, alpha=0.22, zorder=0.9)
        else:
            y = row - 0.35 + place * dodge
            axis.hlines(y, low, high, color=style.colour, linewidth=1, clip_on=False)
            axis.plot(
                value, y, color=style.colour, marker=style.marker, linestyle="none", clip_on=False, label=kind
            )
