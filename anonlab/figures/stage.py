"""Stage figures: draw all that the tables of a run allow, and say of the rest why it is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from anonlab import gallery, items, records, scenarios, tables
from anonlab.errors import ParameterError, suggestion
from anonlab.figures.bars import fig3_actions
from anonlab.figures.curves import fig4_pta, fig5_acc, pose_over_thresholds
from anonlab.figures.epe_ptk import fig2_epe_ptk
from anonlab.figures.keypoints import epe_by_keypoint
from anonlab.figures.montage import Posed, fig1_pose
from anonlab.figures.parts import ptk_by_part
from anonlab.figures.selection import Settings, available, distribution_intervals
from anonlab.figures.style import save
from anonlab.figures.truth import leaked_people, truth_epe
from anonlab.paths import DATA, FIGURES
from anonlab.progress import shown
from anonlab.veil import NONE, Veil

log = logging.getLogger(__name__)

NO_ACTIONS: Final = "skipped: no actions were recognised (actions.model in params.yaml, or no clips)"
NO_POSES: Final = "skipped: no keypoint on any original scores above metrics.pose_threshold"
NO_TRUTH: Final = "skipped: the data set does not say who is where (truth/ in its folder)"
NO_MASKS: Final = "skipped: no true masks of people, or nothing that covers them"
NOTHING_TO_COMPARE: Final = "skipped: `kinds` in params.yaml lists nothing to compare the original with"
TABLES: Final = (
    *("pose_counts", "keypoint_counts", "action_counts", "distribution", "summary"),
    *("true_pose_counts", "leak_counts"),
)


@dataclass
class Drawn:
    """The figures of a run: name -> path of the PNG, and name -> why there is none."""

    paths: dict[str, Path] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def show(self, name: str) -> Any:
        """A figure, or the sentence that says why it was skipped, for a notebook."""
        from IPython.display import Image, Markdown

        if name in self.skipped:
            return Markdown(f"*{name}* {self.skipped[name]}.")
        return Image(filename=str(self.paths[name]), width=900)


def run(
    folder: str,
    settings: Settings,
    *,
    item: str = "",
    top: int = 5,
    seed: int = 0,
    veil: Veil = NONE,
    data: Path = DATA,
    out: Path = FIGURES,
) -> Drawn:
    """Draw every figure into `out` as SVG and PNG; those that this run does not allow are removed.

    Args:
        folder: the data set, of which Figure 1 shows an item.
        settings: kinds, thresholds and readings; titles come from the data set.
        item: for Figure 1; empty for the one with most keypoints on the original.
        top: actions in Figure 3.
        seed: of the intervals in Figure 3.
        veil: over the pictures of Figure 1.
    """
    check(list(settings.kinds), settings.floor, top)
    found = {name: tables.read(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name]) for name in TABLES}
    titles = scenarios.read(data / "scenarios.json")
    settings = replace(settings, titles=titles, media=medium(found["pose_counts"]))
    drawn = Drawn()
    todo = _figures(folder, settings, item, top, seed, veil, data, found)
    for name, draw in shown(todo.items(), "figures", "figure"):
        problem = _problem(name, found, settings)
        if problem:
            log.warning("%s %s", name, problem)
            drawn.skipped[name] = problem
            for suffix in (".svg", ".png"):
                (out / f"{name}{suffix}").unlink(missing_ok=True)
        else:
            drawn.paths[name] = save(draw(), out / name)[1]
    return drawn


def check(kinds: Sequence[str], floor: str, top: int) -> None:
    """Raise a ParameterError for a noise floor that is no kind, or for no actions in Figure 3."""
    if floor and floor not in kinds:
        raise ParameterError(f'figures.floor: there is no kind {floor!r}; {suggestion(floor, kinds)}, or ""')
    if top < 1:
        raise ParameterError(f"figures.top is {top}; use 1 or more actions")


def medium(counts: pd.DataFrame) -> str:
    """What the pose figures are made of: images as in the paper, or clips where no image has a pose."""
    seen = counts.loc[counts["n_original"] > 0, "media"].unique()
    return "video" if list(seen) == ["video"] else "image"


def _figures(
    folder: str,
    settings: Settings,
    item: str,
    top: int,
    seed: int,
    veil: Veil,
    data: Path,
    found: Mapping[str, pd.DataFrame],
) -> dict[str, Callable[[], Figure]]:
    summary, counts, distribution = found["summary"], found["pose_counts"], found["distribution"]

    def intervals() -> pd.DataFrame:
        clips = list(found["action_counts"]["item"].unique())
        return distribution_intervals(distribution, clips, np.random.default_rng(seed), settings)

    return {
        "fig1_pose": lambda: fig1_pose([panels(folder, settings, item, data, counts, veil)], settings),
        "fig2_epe_ptk": lambda: fig2_epe_ptk(counts, summary, settings),
        "fig3_actions": lambda: fig3_actions(distribution, settings, top, intervals()),
        "fig4_pta": lambda: fig4_pta(summary, settings),
        "fig5_acc": lambda: fig5_acc(summary, settings),
        "ptk_by_part": lambda: ptk_by_part(summary, settings),
        "epe_by_keypoint": lambda: epe_by_keypoint(found["keypoint_counts"], settings),
        "pose_over_thresholds": lambda: pose_over_thresholds(summary, settings),
        "truth_epe": lambda: truth_epe(counts, found["true_pose_counts"], summary, settings),
        "leaked_people": lambda: leaked_people(found["leak_counts"], summary, settings),
    }


def _problem(name: str, found: Mapping[str, pd.DataFrame], settings: Settings) -> str:
    """Why a figure cannot be drawn; empty if it can."""
    if len(settings.kinds) < 2:
        return NOTHING_TO_COMPARE
    if name in ("fig3_actions", "fig4_pta", "fig5_acc"):
        return "" if available(found["action_counts"]) else NO_ACTIONS
    if name == "leaked_people":
        return "" if found["leak_counts"]["anonymizes"].any() else NO_MASKS
    true = found["true_pose_counts"]
    if name == "truth_epe" and not true.loc[true["media"] == settings.media, "n_true"].any():
        return NO_TRUTH
    counts = found["pose_counts"]
    at_all = counts[
        np.isclose(counts["threshold"], settings.pose_threshold) & (counts["media"] == settings.media)
    ]
    return "" if available(at_all) else NO_POSES


def panels(
    folder: str, settings: Settings, item: str, data: Path, counts: pd.DataFrame, veil: Veil
) -> dict[str, Posed]:
    """What Figure 1 shows of one item: the frame with most keypoints on the original, on every kind."""
    poses = {kind: tables.read(data / "pose" / f"{kind}.parquet", tables.POSE) for kind in settings.kinds}
    item, frame = _best_frame(poses[items.ORIGINAL], item, settings)
    shown = {}
    for kind, table in poses.items():
        sources = {source.row["item"]: source for source in items.sources(folder, data, kind)}
        here = table[(table["item"] == item) & (table["frame"] == frame)]
        image = gallery.viewer(folder, kind, veil, data)((sources[item], frame))
        shown[kind] = Posed(image, records.pose(here), _epe_px(counts, kind, item, settings))
    return shown


def _best_frame(original: pd.DataFrame, item: str, settings: Settings) -> tuple[str, int]:
    """Item and frame with most keypoints on the original: of `item`, or where that is empty of the figures' medium."""
    place = "images/" if settings.media == "image" else "videos/"
    chosen = original[original["item"] == item] if item else original[original["item"].str.startswith(place)]
    if chosen.empty:
        known = original["item"].unique()
        raise ParameterError(f"figures.item: nobody was found on {item!r}; {suggestion(item, known)}")
    scores = np.array(chosen["keypoint_scores"].tolist(), np.float32)
    detected = pd.Series((scores > settings.pose_threshold).sum(axis=1), index=chosen.index)
    best, frame = detected.groupby([chosen["item"], chosen["frame"]]).sum().idxmax()
    return str(best), int(frame)


def _epe_px(counts: pd.DataFrame, kind: str, item: str, settings: Settings) -> float:
    """EPE of an item at the threshold, from its counts; NaN where nothing is common, or for the original."""
    chosen = counts[(counts["kind"] == kind) & (counts["item"] == item) & (counts["part"] == "all")]
    chosen = chosen[np.isclose(chosen["threshold"], settings.pose_threshold)]
    n_both = chosen["n_both"].sum()
    return float(chosen["sum_px"].sum() / n_both) if n_both else float("nan")
