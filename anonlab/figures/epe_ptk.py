"""Figure 2: EPE against PTK, one panel per scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from anonlab.figures.selection import DEFAULTS, Settings, at_threshold, ordered_scenarios, scenario_title
from anonlab.figures.style import (
    COLUMN_IN,
    WIDTH_IN,
    KindStyle,
    add_legend,
    kind_handles,
    kind_styles,
    row_major,
    styled,
)

PTK_IN_WORDS: Final = {
    "ptk": "PTK: share of the original's keypoints kept",
    "ptk_count": "PTK: keypoints found after anonymization over those found on the original",
}
_PTK_NUMERATOR: Final = {"ptk": "n_both", "ptk_count": "n_anonymized"}
_GRIDS: Final = {1: (1, 1), 2: (1, 2), 3: (1, 3), 4: (2, 2), 5: (2, 3), 6: (2, 3)}
_PANEL_IN: Final = {1: (3.0, 2.3), 2: (3.2, 2.15), 3: (2.0, 1.9), 4: (1.45, 1.75)}  # by number of columns

_HEAD_LOOK: Final[dict[str, Any]] = {
    **{"loc": "lower left", "bbox_to_anchor": (-0.02, 0.98), "alignment": "left", "borderpad": 0.1},
    **{"handlelength": 1.0, "handletextpad": 0.2, "columnspacing": 0.7, "labelspacing": 0.3},
    "title_fontproperties": {"size": 7.5},
}


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
    figure, axes = _panels(len(scenarios))
    for axis, scenario in zip(axes, scenarios, strict=True):
        rows = items[items["scenario"] == scenario]
        _means(axis, means[means["scenario"] == scenario], styles, settings)
        _markers(axis, rows, styles, settings)
        _head(axis, rows, styles, scenario_title(scenario, settings))
    _limits(axes, items, means, settings)
    _label_outer(axes, "PTK (%)", "EPE (px)")
    add_legend(figure, kind_handles(styles, filled=False), 2 if len(axes) == 1 else 8, _note(settings))
    return figure


def _items(pose_counts: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Rows of all keypoints together at the threshold, with `epe_px` and `ptk_percent`, NaN where undefined."""
    chosen = (pose_counts["part"] == "all") & (pose_counts["media"] == settings.media)
    rows = at_threshold(pose_counts[chosen], settings.pose_threshold)
    both, original = (rows[name].where(rows[name] > 0) for name in ("n_both", "n_original"))
    percent = 100 * rows[_PTK_NUMERATOR[settings.ptk]] / original
    return rows.assign(epe_px=rows["sum_px"] / both, ptk_percent=percent)


def _panels(n: int) -> tuple[Figure, list[Axes]]:
    """A figure of `n` panels that share their axes, row by row; what is left of the grid stays empty."""
    n_rows, n_columns = _GRIDS.get(n, (-(-n // 4), 4))
    size = (COLUMN_IN if n == 1 else WIDTH_IN, 0.6 + n_rows * (0.4 + _PANEL_IN[n_columns][1]))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    axes = list(grid.flat)
    for axis in axes[n:]:
        axis.remove()
    return figure, axes[:n]


def _markers(axis: Axes, rows: pd.DataFrame, styles: Mapping[str, KindStyle], settings: Settings) -> None:
    for kind, style in styles.items():
        seen = rows[(rows["kind"] == kind) & (rows["n_both"] > 0)]
        if kind != settings.floor and not seen.empty:
            look: dict[str, Any] = {"color": style.colour, "marker": style.marker, "label": kind}
            look |= {
                "markerfacecolor": "none",
                "markeredgewidth": 0.8,
            }  # open: overlapping items stay countable
            axis.plot(seen["ptk_percent"], seen["epe_px"], linestyle="none", clip_on=False, zorder=4, **look)
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
            draw = _floor_lines if kind == settings.floor else _cross
            draw(axis, 100 * ptk, epe, style)


def _cross(axis: Axes, x: np.ndarray, y: np.ndarray, style: KindStyle) -> None:
    """Both intervals through the means; `x` and `y` are (value, low, high)."""
    tint = tuple(0.45 * np.array(to_rgb(style.colour)) + 0.55)  # solid, and markers above it stay visible
    look: dict[str, Any] = {"color": tint, "linewidth": 2, "zorder": 3, "solid_capstyle": "butt"}
    axis.plot(x[1:], [y[0], y[0]], clip_on=False, **look)
    axis.plot([x[0], x[0]], y[1:], clip_on=False, **look)
    axis.plot(x[:1], y[:1], color=style.colour, marker=style.marker, markersize=3, clip_on=False, zorder=3.5)


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
    handles = kind_handles(styles, filled=False)
    for kind, handle in zip(styles, handles, strict=True):
        handle.set_label(str(seen.get(kind, 0)))
    place = axis.get_subplotspec()
    width_in, _ = _PANEL_IN[place.get_gridspec().ncols if place else 1]
    axis.legend(
        **row_major(handles, int(width_in / 0.29)),
        title=f"{title} ($n$ = {posed['item'].nunique()})",
        **_HEAD_LOOK,
    )


def _limits(axes: Sequence[Axes], items: pd.DataFrame, means: pd.DataFrame, settings: Settings) -> None:
    """Axes that hold every marker and interval, start at 0 and reach at least 100 %."""
    ends = ["value", "low", "high"]
    shown = means[means["kind"].isin(items["kind"])]
    ptk = 100 * shown.loc[shown["metric"] == settings.ptk, ends].to_numpy(np.float64)
    epe = shown.loc[shown["metric"] == "epe_item_px", ends].to_numpy(np.float64)
    right = _largest(100, items.loc[items["n_both"] > 0, "ptk_percent"].to_numpy(np.float64), ptk)
    top = _largest(2, items["epe_px"].to_numpy(np.float64), epe)
    axes[0].set_xlim(0, 1.03 * right)
    px_axis(axes[0].yaxis, top)


def px_axis(axis: Axis, top: float) -> None:
    """Scale `axis` for EPE from 0 to past `top` px: linear up to 1 px, where no network is exact, logarithmic above."""
    letter = "y" if isinstance(axis, YAxis) else "x"
    getattr(axis.axes, f"set_{letter}scale")("symlog", linthresh=1, linscale=0.5)
    getattr(axis.axes, f"set_{letter}lim")(0, 1.25 * top)
    axis.set_major_locator(FixedLocator(_ticks(top)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _largest(at_least: float, *arrays: np.ndarray) -> float:
    return float(np.nanmax(np.concatenate([np.ravel(array) for array in arrays]), initial=at_least))


def _ticks(top: float) -> list[float]:
    """0, 1, 2, 5, 10, 20 ... past `top`; decades only where that would be too many."""
    decades = range(int(np.ceil(np.log10(top))) + 1)
    steps = (1, 2, 5) if top <= 1000 else (1,)
    return [0, *(step * 10.0**decade for decade in decades for step in steps)]


def _label_outer(axes: Sequence[Axes], x: str, y: str) -> None:
    """Labels on the lowest panel of each column and the first of each row."""
    for i, axis in enumerate(axes):
        place = axis.get_subplotspec()
        columns = place.get_gridspec().ncols if place else 1
        if i + columns >= len(axes):
            axis.set_xlabel(x)
            axis.tick_params(labelbottom=True)
        if i % columns == 0:
            axis.set_ylabel(y)


def _note(settings: Settings) -> str:
    what = "image" if settings.media == "image" else "clip"
    return (
        f"Open: one {what}. Cross: mean EPE of the {what}s and PTK of all together, {settings.confidence:.0%} "
        f"intervals. Above each panel: {what}s with a pose, of the n with one on the original (score > "
        f"{settings.pose_threshold:g}). {PTK_IN_WORDS[settings.ptk]}."
    )
