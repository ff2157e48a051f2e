"""What the figures of a run show, in which order and in which words; no drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from anonlab.errors import InputError, ParameterError
from anonlab.metrics.intervals import bootstrap_weights

SAME_SCORE: Final = 1e-6  # thresholds are hundredths as floats
_CHOICES: Final = {"ptk": ("ptk", "ptk_count"), "pta": ("pta", "pta_count"), "media": ("image", "video")}


@dataclass(frozen=True)
class Settings:
    """What the figures of one run have in common.

    Attributes:
        kinds: every kind of the run in its order; kinds that only a table names follow in that table's order.
        titles: scenario -> title, in the order of the panels; other scenarios follow, titled by their names.
        floor: the kind that is the noise floor.
        pose_threshold, action_threshold: the scores at which single values are shown.
        confidence: of the intervals in the summary, 0 to 1.
        ptk, pta: which reading is shown, `ptk` or `ptk_count`, `pta` or `pta_count`.
        media: what the pose figures are made of, `image` or `video`.
        circular: kinds that are drawn from what the network sees that measures them; captions say so.
    """

    kinds: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    floor: str = "reencode"
    pose_threshold: float = 0.5
    action_threshold: float = 0.2
    confidence: float = 0.95
    ptk: str = "ptk"
    pta: str = "pta"
    media: str = "image"
    circular: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ParameterError(
                    f"figures: {name} is {getattr(self, name)!r}; choose from: {', '.join(allowed)}"
                )


DEFAULTS: Final = Settings()


def available(counts: pd.DataFrame) -> bool:
    """Whether POSE_COUNTS, ACTION_COUNTS or DISTRIBUTION holds anything to draw.

    Where it does not, as with `actions.model: none`, the figures of that table are to be skipped.
    """
    column = "n_frames" if "n_frames" in counts else "n_original"
    return bool((counts[column] > 0).any())


def ordered_kinds(present: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """The kinds in `present`: the original first, then as `settings.kinds` has them, then the rest, the floor last."""
    found = dict.fromkeys(present)
    listed = dict.fromkeys([*(kind for kind in settings.kinds if kind in found), *found])
    middle = [kind for kind in listed if kind not in ("original", settings.floor)]
    first, last = ([kind] if kind in found else [] for kind in ("original", settings.floor))
    return (*first, *middle, *last)


def ordered_scenarios(present: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """The scenarios in `present`, those with a title first, in the titles' order."""
    found = dict.fromkeys(present)
    return tuple(dict.fromkeys([*(name for name in settings.titles if name in found), *found]))


def circle(settings: Settings, present: Iterable[str]) -> str:
    """What a caption says of kinds that are drawn from what their own judge sees; empty without any."""
    found = [kind for kind in settings.circular if kind in set(present)]
    if not found:
        return ""
    subject = f"The kind {found[0]} is" if len(found) == 1 else f"The kinds {' and '.join(found)} are"
    return (
        f" {subject} drawn from what the same pose network sees that measures here: that looks "
        "better than it is."
    )


def scenario_title(scenario: str, settings: Settings) -> str:
    """The title that the user gave, or the folder's name as words."""
    words = scenario.replace("_", " ").strip()
    return settings.titles.get(scenario, words[:1].upper() + words[1:])


def at_threshold(table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """The rows of `table` at `threshold`.

    Raises:
        InputError: there are none; the message names some thresholds that there are.
    """
    rows = table[(table["threshold"] - threshold).abs() < SAME_SCORE]
    if rows.empty:
        has = ", ".join(f"{value:g}" for value in sorted(table["threshold"].dropna().unique())[:5])
        raise InputError(
            f"figures: nothing to draw at threshold {threshold:g}; the table has {has or 'no rows at all'}"
        )
    return rows


def distribution_intervals(
    distribution: pd.DataFrame,
    items: Sequence[str],
    rng: np.random.Generator,
    settings: Settings = DEFAULTS,
    n_resamples: int = 1000,
) -> pd.DataFrame:
    """Bootstrap intervals over clips of the frames per action: kind, action, low, high; NaN for fewer than two clips.

    Args:
        distribution: DISTRIBUTION.
        items: every clip that was analysed, also those in which nothing was recognised.
        rng: source of randomness.
        n_resamples: of the bootstrap.
    """
    rows = at_threshold(distribution, settings.action_threshold)
    counts = rows.pivot_table(
        index="item", columns=["kind", "action"], values="n_frames", aggfunc="sum", fill_value=0
    ).reindex(list(items), fill_value=0)
    weights = bootstrap_weights(np.zeros(len(items), np.int64), n_resamples, rng)
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(weights @ counts.to_numpy(np.float64), [tail, 1 - tail], axis=0)
    enough = len(items) >= 2
    return counts.columns.to_frame(index=False).assign(
        low=low if enough else np.nan, high=high if enough else np.nan
    )


def by_threshold(summary: pd.DataFrame, metric: str, media: str) -> pd.DataFrame:
    """The rows of one metric of SUMMARY over all scenarios and parts, in the thresholds' order.

    Raises:
        InputError: there are none.
    """
    chosen = (summary["metric"] == metric) & (summary["media"] == media)
    chosen &= (summary["scenario"] == "all") & (summary["part"] == "all")
    if not chosen.any():
        raise InputError(f"figures: the summary has no {metric} of {media}s over all scenarios")
    return summary[chosen].sort_values("threshold", kind="stable")
