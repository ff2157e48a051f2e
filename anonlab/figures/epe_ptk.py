"""Figure 2: EPE against PTK, one panel per scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from anonlab.figures.panels import cross, head, label_outer, largest, open_markers, panels, px_axis
from anonlab.figures.selection import (
    DEFAULTS,
    Settings,
    at_threshold,
    circle,
    ordered_scenarios,
    scenario_title,
)
from anonlab.figures.style import KindStyle, add_legend, kind_handles, kind_styles, styled

PTK_IN_WORDS: Final = {
    "ptk": "PTK: share of the original's keypoints kept",
    "ptk_count": "PTK: keypoints found after anonymization over those found on the original",
}
_PTK_NUMERATOR: Final = {"ptk": "n_both", "ptk_count": "n_anonymized"}


@styled
def fig2_epe_ptk(pose_counts: pd.DataFrame, summary: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """EPE against PTK at the pose threshold, one panel per scenario on shared axes.

    One open marker per item with a keypoint detected both on it and on its original. Per kind a cross spans the
    intervals of the scenario's EPE and PTK; for the noise floor, lines on bands. Above each panel stands n, the
    items with a pose on the original, and for each kind how many of these have a marker.

    Args:
        pose_counts: POSE_COUNTS.
        summary: SUMMARY with `epe_item_px`, the mean over items, and `settings.ptk` by scenario.

    Raises:
        InputError: there are no rows of `settings.media` at the threshold.
    """
    items = _items(pose_counts, settings)
    means = summary[(summary["part"] == "all") & (summary["media"] == settings.media)]
    means = at_threshold(means[means["scenario"] != "all"], settings.pose_threshold)
    scenarios = ordered_scenarios(items["scenario"], settings)
    styles = kind_styles(items["kind"], settings)
    figure, axes = panels(len(scenarios))
    for axis, scenario in zip(axes, scenarios, strict=True):
        rows = items[items["scenario"] == scenario]
        _means(axis, means[means["scenario"] == scenario], styles, settings)
        _markers(axis, rows, styles, settings)
        _head(axis, rows, styles, scenario_title(scenario, settings))
    _limits(axes, items, means, settings)
    label_outer(axes, "PTK (%)", "EPE (px)")
    add_legend(
        figure,
        kind_handles(styles, filled=False),
        2 if len(axes) == 1 else 8,
        _note(settings) + circle(settings, styles),
    )
    return figure


def _items(pose_counts: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Rows of all keypoints together at the threshold, with `epe_px` and `ptk_percent`, NaN where undefined."""
    chosen = (pose_counts["part"] == "all") & (pose_counts["media"] == settings.media)
    rows = at_threshold(pose_counts[chosen], settings.pose_threshold)
    both, original = (rows[name].where(rows[name] > 0) for name in ("n_both", "n_original"))
    percent = 100 * rows[_PTK_NUMERATOR[settings.ptk]] / original
    return rows.assign(epe_px=rows["sum_px"] / both, ptk_percent=percent)


def _markers(axis: Axes, rows: pd.DataFrame, styles: Mapping[str, KindStyle], settings: Settings) -> None:
    for kind, style in styles.items():
        seen = rows[(rows["kind"] == kind) & (rows["n_both"] > 0)]
        if kind != settings.floor and not seen.empty:
            open_markers(axis, seen["ptk_percent"], seen["epe_px"], kind, style)
    if not (rows["n_both"] > 0).any():
        axis.text(
            0.5, 0.5, "no pose found\nafter anonymization", transform=axis.transAxes, ha="center", va="center"
        )


def _means(axis: Axes, means: pd.DataFrame, styles: Mapping[str, KindStyle], settings: Settings) -> None:
    for kind, style in styles.items():
        rows = means[means["kind"] == kind].set_index("metric")
        if not {"epe_item_px", settings.ptk} <= set(rows.index):
            continue
        ends = rows[["value", "low", "high"]]
        ptk, epe = (ends.loc[name].to_numpy(np.float64) for name in (settings.ptk, "epe_item_px"))
        if np.isfinite([ptk[0], epe[0]]).all():
            draw = _floor_lines if kind == settings.floor else cross
            draw(axis, 100 * ptk, epe, style)


def _floor_lines(axis: Axes, x: np.ndarray, y: np.ndarray, style: KindStyle) -> None:
    """The noise floor's means across the panel, on bands as wide as its intervals."""
    look: dict[str, Any] = {"color": style.colour, "linestyle": style.line, "linewidth": 0.9, "zorder": 1.6}
    axis.axhline(y[0], **look)
    axis.axvline(x[0], **look)
    if np.isfinite([x, y]).all():
        axis.axhspan(y[1], y[2], color=style.colour, alpha=0.22, linewidth=0, zorder=1.5)
        axis.axvspan(x[1], x[2], color=style.colour, alpha=0.22, linewidth=0, zorder=1.5)


def _head(axis: Axes, rows: pd.DataFrame, styles: Mapping[str, KindStyle], title: str) -> None:
    """Title, n, and per kind in how many of the n items with a pose on the original a pose is found again."""
    posed = rows[rows["n_original"] > 0]
    seen = posed[posed["n_both"] > 0].groupby("kind")["item"].nunique()
    head(axis, styles, title, posed["item"].nunique(), seen.to_dict())


def _limits(axes: Sequence[Axes], items: pd.DataFrame, means: pd.DataFrame, settings: Settings) -> None:
    """Axes that hold every marker and interval, start at 0 and reach at least 100 %."""
    ends = ["value", "low", "high"]
    shown = means[means["kind"].isin(items["kind"])]
    ptk = 100 * shown.loc[shown["metric"] == settings.ptk, ends].to_numpy(np.float64)
    epe = shown.loc[shown["metric"] == "epe_item_px", ends].to_numpy(np.float64)
    right = largest(100, items.loc[items["n_both"] > 0, "ptk_percent"].to_numpy(np.float64), ptk)
    top = largest(2, items["epe_px"].to_numpy(np.float64), epe)
    axes[0].set_xlim(0, 1.03 * right)
    px_axis(axes[0].yaxis, top)


def _note(settings: Settings) -> str:
    what = "image" if settings.media == "image" else "clip"
    return (
        f"Open: one {what}. Cross: mean EPE of the {what}s and PTK of all together, {settings.confidence:.0%} "
        f"intervals. Above each panel: {what}s with a pose, of the n with one on the original (score > "
        f"{settings.pose_threshold:g}). {PTK_IN_WORDS[settings.ptk]}."
    )
