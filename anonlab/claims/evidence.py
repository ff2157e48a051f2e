"""What a run knows about the paper's claims: its count tables, who plays which part, and estimates with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab.metrics.intervals import bootstrap_weights, paired_difference, ratio_intervals
from anonlab.metrics.measures import THRESHOLDS, Array, Ratio, ratio

ROLES: Final = ("generative", "blur", "pixelate")
"""The paper's methods: DeepPrivacy2, or another generative one in its place, blur, and pixelation."""


class Uncheckable(Exception):
    """A claim about something that this run does not have; the message says what is missing."""


class Estimate(NamedTuple):
    """A number with the interval of a bootstrap over `n` images or clips; NaN: undefined."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0


class Finding(NamedTuple):
    """What a run says about a claim: the number that decides, whether the claim holds, how sure, and in words.

    `media` says over what `n` counts where that is not the claim's own medium.
    """

    quantity: str
    unit: str
    estimate: Estimate
    holds: bool
    sure: bool
    why: str
    media: str = ""


@dataclass(frozen=True)
class Settings:
    """What of params.yaml the claims depend on.

    Attributes:
        generative, blur, pixelate: the kinds that play the parts of the paper's methods.
        machine: the scenario that plays *Visionlab machine*, by its folder's name or its title.
        industrial: the one that plays *Industrial machine*.
        pose_threshold, action_threshold, match_iou, n_resamples, confidence, pose_every: as in the metrics.
    """

    generative: str = "avatar"
    blur: str = "blur"
    pixelate: str = "pixelate"
    machine: str = "visionlab_machine"
    industrial: str = "industrial_machine"
    pose_threshold: float = 0.5
    action_threshold: float = 0.2
    match_iou: float = 0.3
    n_resamples: int = 1000
    confidence: float = 0.95
    pose_every: int = 5


@dataclass(frozen=True)
class Evidence:
    """The tables of a run.

    Attributes:
        settings: parts and thresholds.
        titles: scenario -> title.
        manifest: MANIFEST.
        pose_counts, keypoint_counts, person_counts, action_counts, distribution, leak_counts: of the metrics.
        frames: kind -> FRAMES, of the kinds that have one.
        poses: kind -> POSE, of the kinds whose keypoints themselves are looked at.
        temporal: kind -> TEMPORAL, of the kinds that have one.
        seed: of the bootstrap.
    """

    settings: Settings
    titles: Mapping[str, str]
    manifest: pd.DataFrame
    pose_counts: pd.DataFrame
    keypoint_counts: pd.DataFrame
    person_counts: pd.DataFrame
    action_counts: pd.DataFrame
    distribution: pd.DataFrame
    leak_counts: pd.DataFrame
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    poses: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    temporal: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seed: int = 0

    def kind(self, role: str) -> str:
        """The kind that plays `role`.

        Raises:
            Uncheckable: it is not in this run.
        """
        kind: str = getattr(self.settings, role)
        if kind not in set(self.person_counts["kind"]):
            method = "generative method" if role == "generative" else f"method {role!r}"
            raise Uncheckable(f"no {method} in this run (claims.{role} is {kind!r})")
        return kind

    def present(self) -> list[str]:
        """The roles that are played in this run."""
        known = set(self.person_counts["kind"])
        return [role for role in ROLES if getattr(self.settings, role) in known]

    def scenario(self, part: str) -> str:
        """The scenario that plays `part`, `machine` or `industrial`, by name or by title.

        Raises:
            Uncheckable: it has no images in this run.
        """
        wanted: str = getattr(self.settings, part)
        for name in self.items("image")["scenario"].unique():
            if _plain(wanted) in (_plain(name), _plain(self.titles.get(name, name))):
                return str(name)
        raise Uncheckable(f"no images of scenario {wanted!r} in this run (claims.{part})")

    def items(self, media: str) -> pd.DataFrame:
        """MANIFEST of one medium in the order of the count tables.

        Raises:
            Uncheckable: there are none.
        """
        rows = self.manifest[self.manifest["media"] == media].sort_values("item", ignore_index=True)
        if rows.empty:
            raise Uncheckable(f"no {'images' if media == 'image' else 'clips'} in this run")
        return rows

    def pose(self, role: str) -> dict[str, Array]:
        """Counts (n_images,) by name of all keypoints above the chosen threshold."""
        rows = self._of(self.pose_counts, role, "image")
        return _arrays(rows[(rows["part"] == "all") & _near(rows, self.settings.pose_threshold)])

    def keypoints(self, role: str) -> tuple[list[str], dict[str, Array]]:
        """Names of the keypoints, and counts (n_images, 133) by name at the chosen threshold."""
        rows = self._of(self.keypoint_counts, role, "image")
        names = list(dict.fromkeys(rows["keypoint"]))
        return names, {name: array.reshape(-1, len(names)) for name, array in _arrays(rows).items()}

    def persons(self, role: str, media: str) -> dict[str, Array]:
        """Counts of persons (n_items,) by name."""
        return _arrays(self._of(self.person_counts, role, media))

    def leaks(self, role: str, media: str) -> dict[str, Array]:
        """Counts of covered persons (n_items,) by name; 0 where no true masks are known."""
        rows = self._of(self.leak_counts, role, media).set_index("item").select_dtypes("number")
        return _arrays(rows.reindex(self.items(media)["item"], fill_value=0))

    def changes(self, role: str) -> Ratio:
        """Levels (n_clips,) by which people's pixels change from frame to frame, anonymized and original.

        Raises:
            Uncheckable: this was not measured.
        """
        kind, items = self.kind(role), self.items("video")["item"]
        if kind not in self.temporal:
            raise Uncheckable(f"no table of how {kind!r} changes from frame to frame")
        rows = self.temporal[kind].set_index("item").reindex(items, fill_value=0)
        return rows["sum_anonymized"].to_numpy(np.float64), rows["sum_original"].to_numpy(np.float64)

    def actions(self, role: str) -> dict[str, Array]:
        """Counts of frames (n_clips, 100 thresholds) by name.

        Raises:
            Uncheckable: no actions were recognised.
        """
        self.recognised()
        counts = _arrays(self._of(self.action_counts, role, "video"))
        return {name: array.reshape(-1, len(THRESHOLDS)) for name, array in counts.items()}

    def recognised(self) -> None:
        """Raise Uncheckable where no actions were recognised."""
        self.items("video")
        if self.action_counts.empty or not self.action_counts["n_original"].any():
            raise Uncheckable("no actions were recognised in this run (actions.model)")

    def share(self, found: Ratio, media: str, use: NDArray[np.bool_] | None = None) -> Estimate:
        """Sum of numerators over sum of denominators, both (n_items,), of the items in `use`."""
        use = np.ones(len(found[0]), bool) if use is None else use
        numerator, denominator = (part[use, None] for part in found)
        weights = self._weights[media][:, use]
        low, high = ratio_intervals(numerator, denominator, weights, self.settings.confidence)
        value = ratio(numerator.sum(axis=0), denominator.sum(axis=0))
        return Estimate(float(value[0]), float(low[0]), float(high[0]), int((denominator > 0).sum()))

    def difference(
        self, first: Ratio, second: Ratio, media: str, use: NDArray[np.bool_] | None = None
    ) -> Estimate:
        """First minus second ratio of the same items, which are resampled together; arguments as in `share`."""
        use = np.ones(len(first[0]), bool) if use is None else use
        numerators, denominators = zip(
            *([part[use, None] for part in pair] for pair in (first, second)), strict=True
        )
        weights = self._weights[media][:, use]
        found = paired_difference(numerators, denominators, weights, self.settings.confidence)
        n = np.logical_or(*(part > 0 for part in denominators)).sum()
        value, low, high = (float(each[0]) for each in found)
        return Estimate(value, low, high, int(n))

    def statistic(self, samples: Array, value: float) -> Estimate:
        """`value` with the interval of its resamples (n_resamples,), which come from `weights` of clips."""
        tail = (1 - self.settings.confidence) / 2
        n = len(self.items("video"))
        low, high = np.quantile(samples, [tail, 1 - tail]) if n >= 2 else (np.nan, np.nan)
        return Estimate(value, float(low), float(high), n)

    def weights(self, media: str) -> Array:
        """How often each item is drawn in each resample: (n_resamples, n_items)."""
        return self._weights[media]

    @cached_property
    def _weights(self) -> dict[str, Array]:
        streams = np.random.default_rng(self.seed).spawn(2)
        strata = [
            self.manifest[self.manifest["media"] == media].sort_values("item")["scenario"].to_numpy(np.str_)
            for media in ("image", "video")
        ]
        n = self.settings.n_resamples
        drawn = [bootstrap_weights(each, n, rng) for each, rng in zip(strata, streams, strict=True)]
        return dict(zip(("image", "video"), drawn, strict=True))

    def _of(self, table: pd.DataFrame, role: str, media: str) -> pd.DataFrame:
        kind = self.kind(role)
        self.items(media)
        return table[(table["kind"] == kind) & (table["media"] == media)]


def shared(quantity: str, found: Estimate, holds: bool, limit: float, why: str) -> Finding:
    """A finding decided by a share at a limit; sure where the interval leaves the limit out."""
    return Finding(quantity, "share", found, holds, beyond(found, limit), why)


def beyond(found: Estimate, limit: float) -> bool:
    """Whether the interval lies on the value's own side of `limit`; without an interval it does not."""
    return found.low > limit if found.value > limit else found.high < limit


def defined(found: Estimate, why: str) -> None:
    """Raise Uncheckable, for the reason `why`, where there is no value."""
    if np.isnan(found.value):
        raise Uncheckable(why)


def _arrays(rows: pd.DataFrame) -> dict[str, Array]:
    """The counts and sums of a count table by name."""
    names = [str(name) for name in rows if str(name).startswith(("n_", "sum_"))]
    return {name: rows[name].to_numpy(np.float64) for name in names}


def _near(rows: pd.DataFrame, threshold: float) -> pd.Series:
    return (rows["threshold"] - threshold).abs() < 1e-6


def _plain(name: str) -> str:
    """A name as it is compared: `Visionlab machine` is `visionlab_machine`."""
    return name.replace("_", " ").strip().casefold()
