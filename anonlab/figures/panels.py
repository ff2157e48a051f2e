"""Panels that share their axes, one per scenario, and what stands in and above each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from anonlab.figures.style import COLUMN_IN, WIDTH_IN, KindStyle, kind_handles, row_major

_GRIDS: Final = {1: (1, 1), 2: (1, 2), 3: (1, 3), 4: (2, 2), 5: (2, 3), 6: (2, 3)}
_PANEL_IN: Final = {1: (3.0, 2.3), 2: (3.2, 2.15), 3: (2.0, 1.9), 4: (1.45, 1.75)}  # by number of columns

_HEAD_LOOK: Final[dict[str, Any]] = {
    **{"loc": "lower left", "bbox_to_anchor": (-0.02, 0.98), "alignment": "left", "borderpad": 0.1},
    **{"handlelength": 1.0, "handletextpad": 0.2, "columnspacing": 0.7, "labelspacing": 0.3},
    "title_fontproperties": {"size": 7.5},
}


def panels(n: int) -> tuple[Figure, list[Axes]]:
    """A figure of `n` panels that share their axes, row by row; what is left of the grid stays empty."""
    n_rows, n_columns = _GRIDS.get(n, (-(-n // 4), 4))
    size = (COLUMN_IN if n == 1 else WIDTH_IN, 0.6 + n_rows * (0.4 + _PANEL_IN[n_columns][1]))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    axes = list(grid.flat)
    for axis in axes[n:]:
        axis.remove()
    return figure, axes[:n]


def head(axis: Axes, styles: Mapping[str, KindStyle], title: str, n: int, seen: Mapping[str, int]) -> None:
    """Title and n, and per kind how many of these n have a marker."""
    handles = kind_handles(styles, filled=False)
    for kind, handle in zip(styles, handles, strict=True):
        handle.set_label(str(seen.get(kind, 0)))
    place = axis.get_subplotspec()
    width_in, _ = _PANEL_IN[place.get_gridspec().ncols if place else 1]
    axis.legend(**row_major(handles, int(width_in / 0.29)), title=f"{title} ($n$ = {n})", **_HEAD_LOOK)


def cross(axis: Axes, x: np.ndarray, y: np.ndarray, style: KindStyle) -> None:
    """Both intervals through the means; `x` and `y` are (value, low, high)."""
    tint = tuple(0.45 * np.array(to_rgb(style.colour)) + 0.55)  # solid, and markers above it stay visible
    look: dict[str, Any] = {"color": tint, "linewidth": 2, "zorder": 3, "solid_capstyle": "butt"}
    axis.plot(x[1:], [y[0], y[0]], clip_on=False, **look)
    axis.plot([x[0], x[0]], y[1:], clip_on=False, **look)
    axis.plot(x[:1], y[:1], color=style.colour, marker=style.marker, markersize=3, clip_on=False, zorder=3.5)


def open_markers(axis: Axes, x: Sequence[float], y: Sequence[float], kind: str, style: KindStyle) -> None:
    """One marker per item, open: overlapping items stay countable."""
    look: dict[str, Any] = {"color": style.colour, "marker": style.marker, "label": kind}
    look |= {"markerfacecolor": "none", "markeredgewidth": 0.8}
    axis.plot(x, y, linestyle="none", clip_on=False, zorder=4, **look)


def px_axis(axis: Axis, top: float) -> None:
    """Scale `axis` for EPE from 0 to past `top` px: linear up to 1 px, where no network is exact, logarithmic above."""
    letter = "y" if isinstance(axis, YAxis) else "x"
    getattr(axis.axes, f"set_{letter}scale")("symlog", linthresh=1, linscale=0.5)
    getattr(axis.axes, f"set_{letter}lim")(0, 1.25 * top)
    axis.set_major_locator(FixedLocator(_ticks(top)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def largest(at_least: float, *arrays: np.ndarray) -> float:
    """The largest number in all `arrays`, NaN left out; never below `at_least`."""
    return float(np.nanmax(np.concatenate([np.ravel(array) for array in arrays]), initial=at_least))


def _ticks(top: float) -> list[float]:
    """0, 1, 2, 5, 10, 20 ... past `top`; decades only where that would be too many."""
    decades = range(int(np.ceil(np.log10(top))) + 1)
    steps = (1, 2, 5) if top <= 1000 else (1,)
    return [0, *(step * 10.0**decade for decade in decades for step in steps)]


def label_outer(axes: Sequence[Axes], x: str, y: str) -> None:
    """Labels on the lowest panel of each column and the first of each row."""
    for i, axis in enumerate(axes):
        place = axis.get_subplotspec()
        columns = place.get_gridspec().ncols if place else 1
        if i + columns >= len(axes):
            axis.set_xlabel(x)
            axis.tick_params(labelbottom=True)
        if i % columns == 0:
            axis.set_ylabel(y)
