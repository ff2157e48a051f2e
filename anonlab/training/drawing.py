"""The figure of the training notebook: is a score of 0.7 right in 7 of 10 frames?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from anonlab.figures.style import FLOOR_COLOUR, INK, WIDTH_IN, styled

COLUMNS: Final = 5
PANEL_IN: Final = 1.45
SMALLEST: Final = 3.0
LARGEST: Final = 30.0
"""Area of the markers of an empty and of the fullest bin, square points."""


@styled
def reliability(report: Mapping[str, Any]) -> Figure:
    """How often each trained class holds, against the score that it got; larger markers stand for more frames."""
    classes = report["classes"]
    rows = -(-len(classes) // COLUMNS)
    figure = Figure(figsize=(WIDTH_IN, 0.3 + PANEL_IN * rows), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    for axis, (name, row) in zip(axes, classes.items(), strict=False):
        _panel(axis, name, row)
    for axis in axes[len(classes) :]:
        axis.set_visible(False)
    figure.supxlabel("score", fontsize=7)
    figure.supylabel("share of frames in which the action takes place", fontsize=7)
    return figure


def _panel(axis: Axes, name: str, row: Mapping[str, Any]) -> None:
    score, share, n = np.array(row["reliability"], float).T
    axis.plot([0, 1], [0, 1], color=FLOOR_COLOUR, linewidth=0.8, linestyle=(0, (3, 2)))
    axis.plot(score, share, color=INK, linewidth=0.8, clip_on=False)
    area = SMALLEST + (LARGEST - SMALLEST) * np.sqrt(n / n.max())
    axis.scatter(score, share, s=area, color=INK, linewidths=0, clip_on=False, zorder=3)
    axis.set_title(f"{name.split(' (')[0]}\nn = {row['n']}, ECE {row['ece']:.3f}")
    axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
