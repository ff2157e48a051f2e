"""How good the recogniser is on clips it was not taught on: per class, beside chance and a look at single frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava
from anonlab.files import replacing
from anonlab.models.skeleton_actions.features import centre_only
from anonlab.models.skeleton_actions.network import Weights
from anonlab.models.skeleton_actions.recognizer import COLUMNS, highest, person_scores
from anonlab.paths import ROOT
from anonlab.training.lessons import Exam

Floats = NDArray[np.floating[Any]]

FILE: Final = ROOT / "anonlab" / "weights" / "skeleton_actions.json"
THRESHOLDS: Final = (0.5, 0.2)
"""The first is the one that the text speaks of; the second is that of the paper's distribution of actions."""
EDGES: Final = np.linspace(0, 1, 11)
DIGITS: Final = 4


def frame_scores(weights: Weights, exam: Exam, *, moving: bool = True) -> Floats:
    """Scores (M, 60) of every frame of an exam; `moving=False` shows the recogniser the centre observation only."""
    windows = exam.windows if moving else centre_only(exam.windows)
    scores = person_scores(weights, windows)
    classes = weights.classes.tolist()
    return np.array([highest(scores[exam.frames == frame], classes) for frame in range(len(exam.labels))])


def report(
    scores: Floats, single: Floats, labels: NDArray[np.bool_], trained: Mapping[int, float]
) -> dict[str, Any]:
    """All that is worth knowing, as plain values.

    Args:
        scores: (M, 60) of the frames.
        single: (M, 60), the same of the baseline that looks at single frames.
        labels: (M, 60), what is true.
        trained: AVA ids of the classes that were taught, each with a threshold chosen on the clips to learn from.
    """
    columns = [COLUMNS[each] for each in trained]
    classes = {
        ava.CLASSES[each]: examined(scores[:, column], single[:, column], labels[:, column], chosen)
        for (each, chosen), column in zip(trained.items(), columns, strict=True)
    }
    means = [name for name, value in next(iter(classes.values())).items() if isinstance(value, float)]
    return {
        "frames": len(labels),
        "trained": {ava.CLASSES[each]: each for each in trained},
        "untrained": [name for each, name in ava.CLASSES.items() if each not in trained],
        "macro": {name: _rounded(np.nanmean([row[name] for row in classes.values()])) for name in means},
        "classes": classes,
    }


def examined(scores: Floats, single: Floats, labels: NDArray[np.bool_], chosen: float) -> dict[str, Any]:
    """Measures of one class from scores (M,), those of the baseline (M,) and what is true (M,).

    Rare classes are decided best well below a score of 0.5, so there is also the F1 at a threshold chosen beforehand.

    Chance says yes as often as the class occurs, at random: its precision, recall, F1 and average precision are all the
    share of frames in which the class occurs.
    """
    row: dict[str, Any] = {"n": int(labels.sum())}
    for threshold in THRESHOLDS:
        measured = zip(("precision", "recall", "f1"), decisions(scores > threshold, labels), strict=True)
        row |= {f"{name}_{threshold}": _rounded(value) for name, value in measured}
    curve = reliability(scores, labels)
    row |= {
        "threshold": _rounded(chosen),
        "f1_threshold": _rounded(decisions(scores > chosen, labels)[2]),
        "average_precision": _rounded(average_precision(scores, labels)),
        "ece": _rounded(calibration_error(curve)),
        "chance": _rounded(labels.mean()),
        "single_f1_0.5": _rounded(decisions(single > THRESHOLDS[0], labels)[2]),
        "single_average_precision": _rounded(average_precision(single, labels)),
        "reliability": [[_rounded(value) for value in each] for each in curve.tolist()],
    }
    return row


def decisions(said: NDArray[np.bool_], labels: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Precision, recall and F1 of what was said (M,) about labels (M,); NaN where nothing was said or is true."""
    hits = float((said & labels).sum())
    with np.errstate(invalid="ignore"):
        precision = np.float64(hits) / said.sum()
        recall = np.float64(hits) / labels.sum()
        f1 = 2 * np.float64(hits) / (said.sum() + labels.sum())
    return float(precision), float(recall), float(f1)


def average_precision(scores: Floats, labels: NDArray[np.bool_]) -> float:
    """Area under the curve of precision against recall; NaN if the class never occurs."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(labels, scores)) if labels.any() else float("nan")


def reliability(scores: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Mean score, share of frames where the class holds, and number of frames, in ten bins of the score: (10, 3)."""
    place = np.clip(np.digitize(scores, EDGES) - 1, 0, len(EDGES) - 2)
    n, total, true = (
        np.bincount(place, weights, minlength=len(EDGES) - 1) for weights in (None, scores, labels)
    )
    with np.errstate(invalid="ignore"):
        return np.column_stack([total / n, true / n, n])


def calibration_error(curve: Floats) -> float:
    """Expected calibration error: distance between score and share (10, 3), each bin by its number of frames."""
    gaps = np.nan_to_num(np.abs(curve[:, 0] - curve[:, 1]))
    return float((gaps * curve[:, 2]).sum() / curve[:, 2].sum())


def save(found: Mapping[str, Any], path: Path = FILE) -> None:
    """Write a report as JSON; undefined is null."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(_without_nan(found), indent=1) + "\n", encoding="utf-8")


def load(path: Path = FILE) -> dict[str, Any]:
    """Read a report."""
    return json.loads(path.read_text(encoding="utf-8"))


def overview(found: Mapping[str, Any]) -> pd.DataFrame:
    """A row per class, and the mean over the classes."""
    table = pd.DataFrame(found["classes"]).T.drop(columns="reliability")
    return pd.concat([table, pd.DataFrame({"mean over classes": found["macro"]}).T])


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and np.isnan(value) else value
