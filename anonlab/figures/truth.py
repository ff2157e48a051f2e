"""What exact truth shows: how far off the paper's protocol is, and how much of people is left in the clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from anonlab.errors import InputError
from anonlab.figures.panels import cross, head, label_outer, largest, open_markers, panels, px_axis
from anonlab.figures.selection import DEFAULTS, Settings, at_threshold, ordered_scenarios, scenario_title
from anonlab.figures.style import (
    INK,
    WIDTH_IN,
    KindStyle,
    add_legend,
    kind_handles,
    kind_styles,
    styled,
)

_ENDS: Final = ["value", "low", "high"]

Means: TypeAlias = Mapping[tuple[str, str], NDArray[np.float64]]
"""Value, low and high of a kind's metric."""


@styled
def truth_epe(
    pose_counts: pd.DataFrame,
    true_pose_counts: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Settings = DEFAULTS,
) -> Figure:
    """EPE against exact truth over EPE against the original, one panel per scenario on shared axes.

    One open marker per item that has both, and per kind a cross of the two means' intervals. On the diagonal the
    paper's protocol is right. The band is the original's own true error, and the grey line the protocol's EPE of the
    noise floor.

    Args:
        pose_counts: POSE_COUNTS.
        true_pose_counts: TRUE_POSE_COUNTS.
        summary: SUMMARY with `epe_item_px` and `true_epe_item_px` by scenario.

    Raises:
        InputError: there are no rows of `settings.media` at the threshold.
    """
    items = _items(pose_counts, true_pose_counts, settings)
    means = summary[(summary["part"] == "all") & (summary["media"] == settings.media)]
    means = at_threshold(means[means["scenario"] != "all"], settings.pose_threshold)
    means = means[means["metric"].isin(["epe_item_px", "true_epe_item_px"])]
    scenarios = ordered_scenarios(items["scenario"], settings)
    styles = kind_styles(items["kind"], settings)
    figure, axes = panels(len(scenarios))
    for axis, scenario in zip(axes, scenarios, strict=True):
        here = _by_kind(means[means["scenario"] == scenario])
        _references(axis, here, settings)
        rows = items[items["scenario"] == scenario]
        _kinds(axis, rows, here, styles, settings)
        seen = rows.dropna(subset=["epe_px", "true_px"]).groupby("kind")["item"].nunique()
        head(axis, styles, scenario_title(scenario, settings), rows["item"].nunique(), seen.to_dict())
    top = largest(2, items[["epe_px", "true_px"]].to_numpy(float), means[_ENDS].to_numpy(float))
    for each in (axes[0].xaxis, axes[0].yaxis):
        px_axis(each, top)
    label_outer(axes, "EPE against the original (px)", "EPE against truth (px)")
    add_legend(figure, [*kind_handles(styles, filled=False), *_reference_handles()], 8, _note(settings))
    return figure


def _items(pose_counts: pd.DataFrame, true_counts: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Kind, item and scenario of labelled items with both EPEs, NaN where undefined."""
    keys = ["kind", "item", "scenario"]
    both = [
        at_threshold(
            table[(table["part"] == "all") & (table["media"] == settings.media)], settings.pose_threshold
        )
        for table in (pose_counts, true_counts)
    ]
    protocol, true = (
        table[[*keys, "sum_px", n]] for table, n in zip(both, ("n_both", "n_detected"), strict=True)
    )
    rows = protocol.merge(true, on=keys, suffixes=("", "_true"))
    if rows.empty:
        raise InputError(f"figures: no labelled {settings.media} has been compared with its original")
    return rows.assign(
        epe_px=rows["sum_px"] / rows["n_both"].where(rows["n_both"] > 0),
        true_px=rows["sum_px_true"] / rows["n_detected"].where(rows["n_detected"] > 0),
    )


def _by_kind(means: pd.DataFrame) -> Means:
    """Value, low and high by kind and metric."""
    keys = zip(means["kind"], means["metric"], strict=True)
    return dict(zip(keys, means[_ENDS].to_numpy(np.float64), strict=True))


def _references(axis: Axes, means: Means, settings: Settings) -> None:
    """The diagonal, the original's own error as a line on its interval, and the floor's EPE as a line on its own."""
    axis.plot([0, 1e6], [0, 1e6], color="#b5b5b5", linewidth=0.8, zorder=1.4)
    look: dict[str, Any] = {"linewidth": 0.9, "zorder": 1.6}
    if ("original", "true_epe_item_px") in means:
        value, low, high = means["original", "true_epe_item_px"]
        axis.axhline(value, color=INK, **look)
        if np.isfinite([low, high]).all():
            axis.axhspan(low, high, color=INK, alpha=0.12, linewidth=0, zorder=1.5)
    if (settings.floor, "epe_item_px") in means:
        style = kind_styles([settings.floor], settings)[settings.floor]
        value, low, high = means[settings.floor, "epe_item_px"]
        axis.axvline(value, color=style.colour, linestyle=style.line, **look)
        if np.isfinite([low, high]).all():
            axis.axvspan(low, high, color=style.colour, alpha=0.22, linewidth=0, zorder=1.5)


def _kinds(
    axis: Axes, rows: pd.DataFrame, means: Means, styles: Mapping[str, KindStyle], settings: Settings
) -> None:
    """Markers of the items and the cross of the means, for every kind but the floor."""
    for kind, style in styles.items():
        seen = rows[rows["kind"] == kind].dropna(subset=["epe_px", "true_px"])
        if kind == settings.floor or seen.empty:
            continue
        cross(axis, means[kind, "epe_item_px"], means[kind, "true_epe_item_px"], style)
        open_markers(axis, seen["epe_px"], seen["true_px"], kind, style)
    if not rows.loc[rows["kind"] != settings.floor, ["epe_px", "true_px"]].notna().all(axis=1).any():
        axis.text(0.5, 0.5, "no pose to compare", transform=axis.transAxes, ha="center", va="center")


def _reference_handles() -> list[Line2D]:
    return [
        Line2D([], [], color=INK, linewidth=0.9, label="the original's own error"),
        Line2D([], [], color="#b5b5b5", linewidth=0.8, label="both the same"),
    ]


def _note(settings: Settings) -> str:
    what = "image" if settings.media == "image" else "clip"
    return (
        f"Open: one {what}. Cross: means of the {what}s with {settings.confidence:.0%} intervals. Above each panel: "
        f"{what}s with a marker, of the n labelled ones (score > {settings.pose_threshold:g}). Against the original: "
        "keypoints detected on both; against truth: labelled keypoints that were detected. Band: interval of the "
        "original's own error."
    )


_LEAKED: Final = {
    "leaked": "pixels of people left as they were (%)",
    "exposed": "people of whom over a tenth is left (%)",
}
_MEDIA: Final = {"image": "images", "video": "clips"}


@styled
def leaked_people(leak_counts: pd.DataFrame, summary: pd.DataFrame, settings: Settings = DEFAULTS) -> Figure:
    """Share of people's true pixels, and of people, that a kind leaves in the clear, by scenario and medium.

    Kinds that cover nobody on purpose are left out, and named in the note.

    Args:
        leak_counts: LEAK_COUNTS.
        summary: SUMMARY with `leaked` and `exposed`.

    Raises:
        InputError: no kind that anonymizes has a row.
    """
    covering = leak_counts.loc[leak_counts["anonymizes"], "kind"].unique()
    rows = summary[summary["metric"].isin(list(_LEAKED)) & summary["kind"].isin(covering)]
    if rows.empty:
        raise InputError("figures: no kind of media that anonymizes has people with true masks")
    places = _places(rows, settings)
    styles = kind_styles(covering, settings)
    size = (WIDTH_IN, 0.9 + len(places) * (0.12 + 0.075 * len(styles)))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, (metric, label) in zip(axes, _LEAKED.items(), strict=True):
        shown = rows[rows["metric"] == metric].set_index(["kind", "media", "scenario"])[_ENDS]
        _dots(axis, shown.sort_index(), places, styles)
        axis.set(xlabel=label, xlim=(0, min(103, 1.08 * largest(2, 100 * shown.to_numpy(float)))))
    axes[0].set(ylim=(len(places) - 0.5, -0.5))
    axes[0].set_yticks(range(len(places)), list(places.values()))
    add_legend(figure, kind_handles(styles), 8, _leak_note(leak_counts, settings))
    return figure


def _places(rows: pd.DataFrame, settings: Settings) -> dict[tuple[str, str], str]:
    """Medium and scenario of each line with its label: the scenarios of the images, all of them; then the clips'."""
    places = {}
    for medium in _MEDIA:
        here = rows[rows["media"] == medium]
        scenarios = ordered_scenarios(here.loc[here["scenario"] != "all", "scenario"], settings)
        for scenario in scenarios:
            places[medium, scenario] = f"{scenario_title(scenario, settings)}, {_MEDIA[medium]}"
        if len(scenarios) > 1:
            places[medium, "all"] = f"all {_MEDIA[medium]}"
    return places


def _dots(
    axis: Axes, shown: pd.DataFrame, places: Mapping[tuple[str, str], str], styles: Mapping[str, KindStyle]
) -> None:
    """In each line a dot with its interval per kind, one below the other; the sums of images and clips are shaded."""
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    for row, (_, scenario) in enumerate(places):
        if scenario == "all":
            axis.axhspan(row - 0.5, row + 0.5, color="#f2f2f2", linewidth=0, zorder=0.5)
    look: dict[str, Any] = {"linestyle": "none", "clip_on": False}
    for place, (kind, style) in enumerate(styles.items()):
        y = np.arange(len(places)) + 0.66 * ((place + 0.5) / len(styles) - 0.5)
        rows = shown.loc[kind].reindex(pd.MultiIndex.from_tuples(places))
        value, low, high = 100 * rows.to_numpy(float).T
        axis.hlines(y, low, high, color=style.colour, linewidth=1, clip_on=False)
        axis.plot(value, y, color=style.colour, marker=style.marker, markersize=3.4, label=kind, **look)


def _leak_note(counts: pd.DataFrame, settings: Settings) -> str:
    others = counts.loc[~counts["anonymizes"], "kind"].unique()
    n = int(counts.groupby("kind")["n_persons"].sum().max())
    left_out = f" Left out, because they cover nobody: {', '.join(others)}." if len(others) else ""
    return (
        f"Pixels of people's true masks that the copy shows unchanged in all three channels; people are counted frame "
        f"by frame (n = {n:,}). {settings.confidence:.0%} intervals over images and clips.{left_out}"
    )
