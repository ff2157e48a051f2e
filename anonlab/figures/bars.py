"""Figure 3: how often the most frequent actions are recognised on each kind."""

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

from anonlab.errors import InputError
from anonlab.figures.selection import DEFAULTS, Settings, at_threshold, circle
from anonlab.figures.style import (
    COLUMN_IN,
    INK,
    KindStyle,
    add_legend,
    kind_styles,
    styled,
)


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
    add_legend(figure, _bar_handles(styles), 2, note + circle(settings, styles))
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
