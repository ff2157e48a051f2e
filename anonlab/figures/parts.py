"""PTK and EPE by part of the body."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from anonlab.figures.epe_ptk import PTK_IN_WORDS
from anonlab.figures.panels import px_axis
from anonlab.figures.selection import DEFAULTS, Settings, at_threshold
from anonlab.figures.style import (
    WIDTH_IN,
    KindStyle,
    add_legend,
    kind_handles,
    kind_styles,
    styled,
)
from anonlab.keypoints import PARTS


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
