"""What if the threshold were different? One screen: Figure 2, PTA, ACC and the actions, under two sliders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import anywidget
import numpy as np
import pandas as pd
import traitlets as t

from anonlab import figures, metrics, overview, parameters, scenarios, tables
from anonlab.errors import AnonlabError
from anonlab.figures.selection import SAME_SCORE, ordered_scenarios, scenario_title
from anonlab.figures.stage import NO_ACTIONS
from anonlab.metrics.measures import THRESHOLDS
from anonlab.paths import DATA
from anonlab.widgets import looks, rerun, sweeps

NO_POSES: Final = "No keypoint was detected on an original here."
_TABLES: Final = ("pose_counts", "action_counts", "distribution")


def explore_thresholds(data: Path = DATA, params: Path = parameters.PARAMS) -> ThresholdExplorer:
    """The explorer of a run's tables.

    Args:
        data: the pipeline's tables.
        params: where the run's thresholds stand, and where chosen ones are written to.

    Raises:
        InputError: the pipeline has not made its tables yet.
    """
    found = {
        name: tables.read(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name]) for name in _TABLES
    }
    return ThresholdExplorer(found, scenarios.read(data / "scenarios.json"), params)


class ThresholdExplorer(anywidget.AnyWidget):
    """Sliders, choices, plots and numbers; every trait can be set from Python, too.

    Attributes:
        pose_threshold, action_threshold: 0.00, 0.01 ... 0.99.
        hidden: kinds that are not drawn.
        scenarios: those that count; empty for all.
        part: of the body, or "all".
        media: what poses are shown of, "image" or "video".
        top: actions in the distribution.
    """

    _esm = looks.script("plots", "controls", "scatter", "curves", "numbers", "thresholds")
    _css = looks.stylesheet()

    about = t.Dict().tag(sync=True)
    pose = t.Dict().tag(sync=True)
    actions = t.Dict().tag(sync=True)
    whiskers = t.Dict().tag(sync=True)
    message = t.Unicode().tag(sync=True)

    pose_threshold = t.Float(0.5, min=0, max=0.99).tag(sync=True)
    action_threshold = t.Float(0.2, min=0, max=0.99).tag(sync=True)
    hidden = t.List(t.Unicode()).tag(sync=True)
    scenarios = t.List(t.Unicode()).tag(sync=True)
    part = t.Enum(tables.PARTS_AND_ALL, "all").tag(sync=True)
    media = t.Enum(tables.MEDIA, "image").tag(sync=True)
    top = t.Int(5, min=1, max=10).tag(sync=True)

    def __init__(self, found: dict[str, pd.DataFrame], titles: dict[str, str], params: Path) -> None:
        self._found = found
        self._params = params
        given = parameters.load(params)
        self._settings = metrics.Settings(**given["metrics"], pose_every=given["pose"].get("every", 5))
        drawing = {
            name: given["figures"][name] for name in ("floor", "ptk", "pta") if name in given["figures"]
        }
        self._figures = figures.Settings(
            kinds=tuple(given["kinds"]), titles=titles, confidence=self._settings.confidence, **drawing
        )
        self._seed = given["seed"]
        with_poses = [medium for medium in tables.MEDIA if self._has_poses(medium)]
        super().__init__(
            pose_threshold=self._settings.pose_threshold,
            action_threshold=self._settings.action_threshold,
            media=(with_poses or ["image"])[0],
            top=max(1, min(10, given["figures"].get("top", 5))),
            about=self._about(with_poses),
        )
        self._sweep_poses()
        self._sweep_actions()
        self._draw_whiskers()
        self.observe(self._sweep_poses, ["scenarios", "part", "media"])
        self.observe(self._sweep_actions, ["scenarios"])
        self.observe(self._draw_whiskers, ["action_threshold", "scenarios"])
        self.on_msg(self._receive)

    def _has_poses(self, medium: str) -> bool:
        counts = self._found["pose_counts"]
        return figures.available(counts[counts["media"] == medium])

    def _about(self, with_poses: Sequence[str]) -> dict[str, Any]:
        """What does not change while one explores."""
        counts = self._found["pose_counts"]
        present = [*counts["kind"], *self._found["distribution"]["kind"]]
        names = ordered_scenarios(
            [*counts["scenario"], *self._found["action_counts"]["scenario"]], self._figures
        )
        return {
            "kinds": looks.kinds(present, self._figures),
            "scenarios": [{"name": n, "title": scenario_title(n, self._figures)} for n in names],
            "parts": list(tables.PARTS_AND_ALL),
            "media": list(with_poses),
            "readings": {"ptk": self._figures.ptk, "pta": self._figures.pta},
            "columns": overview.METRICS,
            "confidence": self._settings.confidence,
            "written": [self._settings.pose_threshold, self._settings.action_threshold],
            "no_actions": _sentence(NO_ACTIONS),
            "no_poses": NO_POSES,
        }

    def _chosen(self) -> list[str]:
        return self.scenarios or [each["name"] for each in self.about["scenarios"]]

    def _sweep_poses(self, _: object = None) -> None:
        """Count anew what the choice of scenarios, part and medium changes."""
        drawing = figures.Settings(**{**vars(self._figures), "media": self.media})
        counts = self._found["pose_counts"]
        self.pose = sweeps.pose(counts, self._chosen(), self.part, self._settings, drawing, self._rng())

    def _sweep_actions(self, _: object = None) -> None:
        counts = self._found["action_counts"], self._found["distribution"]
        self.actions = sweeps.actions(*counts, self._chosen(), self._settings, self._figures, self._rng())

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self._seed)

    def _draw_whiskers(self, _: object = None) -> None:
        """Intervals of the distribution, which exist for one threshold at a time: the one the slider rests at."""
        place = int(np.abs(THRESHOLDS - self.action_threshold).argmin())
        rows = sweeps.chosen(self._found["distribution"], "video", self._chosen())
        clips = sweeps.chosen(self._found["action_counts"], "video", self._chosen())["item"].unique()
        at = figures.Settings(**{**vars(self._figures), "action_threshold": float(THRESHOLDS[place])})
        if not (np.abs(rows["threshold"] - THRESHOLDS[place]) < SAME_SCORE).any():
            self.whiskers = {"at": place, "ends": {}}
            return
        ends = figures.distribution_intervals(rows, list(clips), self._rng(), at)
        self.whiskers = {"at": place, "ends": _nested(ends.dropna())}

    def _receive(self, _: object, content: dict[str, Any], __: object) -> None:
        """The button: write the thresholds, and say what would run again."""
        if content.get("do") != "write":
            return
        try:
            for name in ("pose_threshold", "action_threshold"):
                self.set_trait(name, content.get(name, getattr(self, name)))
            self.write()
            self.message = _announcement(rerun.stages(self._params.parent))
        except (AnonlabError, OSError, t.TraitError) as error:
            self.message = str(error)

    def write(self) -> None:
        """Write both thresholds to params.yaml."""
        for name in ("pose_threshold", "action_threshold"):
            parameters.set_value("metrics", name, round(float(getattr(self, name)), 2), self._params)


def _nested(ends: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """Kind -> action -> low and high."""
    out: dict[str, dict[str, list[float]]] = {}
    for row in ends.itertuples():
        out.setdefault(str(row.kind), {})[str(row.action)] = [float(str(row.low)), float(str(row.high))]
    return out


def _announcement(stages: Sequence[str]) -> str:
    if not stages:
        return "Written to params.yaml. Nothing would run again: these are the thresholds of the last run."
    return f"Written to params.yaml. `dvc repro` would now run: {', '.join(stages)}."


def _sentence(reason: str) -> str:
    """A reason for skipping a figure, as a sentence."""
    text = reason.partition(": ")[2]
    return f"{text[:1].upper()}{text[1:]}."
