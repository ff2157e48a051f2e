"""Pictures for the chapters of a run: what a stage has just made, before it is compared or published."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from anonlab import ava
from anonlab.errors import InputError
from anonlab.figures.curves import fig4_pta, fig5_acc, pose_over_thresholds
from anonlab.figures.selection import DEFAULTS, Settings
from anonlab.figures.style import INK, NOTE_COLOUR, WIDTH_IN, styled

VERDICT_COLOURS: Final = {"agrees": "#0072b2", "disagrees": "#d55e00", "cannot be checked": "#b0b0b0"}


@styled
def action_course(actions: pd.DataFrame, n_clips: int = 6, top: int = 6) -> Figure:
    """Scores of the strongest actions over the frames of some clips, a strip per action; grey: not predictable.

    Args:
        actions: ACTIONS of one kind; without rows the figure says so.
        n_clips: at most so many, evenly over all.
        top: actions, by their mean score.
    """
    items = list(dict.fromkeys(actions["item"]))
    if not items:
        return _words("There are no clips, or there is no recogniser (actions.model).")
    chosen = [
        items[i] for i in np.unique(np.linspace(0, len(items) - 1, min(n_clips, len(items))).astype(int))
    ]
    names = actions[list(ava.NAMES)].mean().fillna(0).nlargest(top).index.tolist()
    figure = Figure(figsize=(WIDTH_IN, 0.5 + (0.35 + 0.13 * len(names)) * len(chosen)), layout="constrained")
    axes = figure.subplots(len(chosen), 1, squeeze=False)[:, 0]
    for axis, item in zip(axes, chosen, strict=True):
        strips = _strips(axis, actions[actions["item"] == item], names)
        axis.set_title(item, loc="left")
    axes[-1].set_xlabel("frame")
    figure.colorbar(strips, ax=list(axes), label="score", shrink=min(1.0, 2 / len(chosen)), pad=0.01)
    return figure


def _strips(axis: Axes, rows: pd.DataFrame, names: list[str]) -> Any:
    scores = np.ma.masked_invalid(rows.sort_values("frame")[names].to_numpy(np.float64).T)
    axis.set_facecolor("#dddddd")
    axis.grid(False)
    axis.set_yticks(range(len(names)), [name.partition(" (")[0] for name in names])
    axis.tick_params(length=0)
    return axis.imshow(scores, aspect="auto", interpolation="nearest", vmin=0, vmax=1, cmap="cividis")


def over_thresholds(summary: pd.DataFrame, settings: Settings = DEFAULTS) -> list[Figure]:
    """PTK and EPE, PTA and ACC over their thresholds: those for which there is something to draw."""
    drawn = []
    for draw in (pose_over_thresholds, fig4_pta, fig5_acc):
        try:
            drawn.append(draw(summary, settings))
        except InputError:  # images only, or clips only, or no recogniser
            continue
    return drawn


@styled
def claims_at_a_glance(claims: pd.DataFrame) -> Figure:
    """A line per claim of the paper, by its verdict; filled: the interval leaves no other. claims: CLAIMS."""
    rows = claims.iloc[::-1].reset_index(drop=True)
    figure = Figure(figsize=(WIDTH_IN, 0.4 + 0.2 * len(rows)), layout="constrained")
    axis = figure.subplots()
    verdicts = list(VERDICT_COLOURS)
    for y, row in enumerate(rows.itertuples()):
        colour = VERDICT_COLOURS[str(row.verdict)]
        face = colour if row.sure else "none"
        axis.plot(verdicts.index(str(row.verdict)), y, "o", color=colour, markerfacecolor=face, markersize=6)
    axis.set_xticks(range(len(verdicts)), [verdict.replace(" be ", " be\n") for verdict in verdicts])
    axis.set_yticks(
        range(len(rows)), [f"{row.claim}  {_short(str(row.statement))}" for row in rows.itertuples()]
    )
    axis.set(xlim=(-0.5, len(verdicts) - 0.5), ylim=(-0.7, len(rows) - 0.3))
    axis.xaxis.tick_top()
    axis.tick_params(length=0, colors=INK)
    figure.supxlabel("Filled: sure, the interval leaves out the opposite.", fontsize=6.5, color=NOTE_COLOUR)
    return figure


def _short(statement: str, n_letters: int = 92) -> str:
    return (
        statement if len(statement) <= n_letters else statement[: n_letters - 2].rpartition(" ")[0] + " ..."
    )


def _words(text: str) -> Figure:
    """A figure that says why there is none."""
    figure = Figure(figsize=(WIDTH_IN, 0.5))
    figure.text(0.5, 0.5, text, ha="center", va="center", color=NOTE_COLOUR)
    return figure
