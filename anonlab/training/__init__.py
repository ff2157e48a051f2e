"""Stage training: the recogniser of actions learns on synthetic scenes as the pose network sees them.

It runs when somebody asks for it (`make train`), not in `dvc repro`: what it makes comes with the project. The scenes
are of the splits "training" and "validation": other people, motions and places of the camera than those that are
evaluated, in the same four rooms.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anonlab import models
from anonlab.errors import ParameterError
from anonlab.models.skeleton_actions import network
from anonlab.paths import ROOT
from anonlab.training import lessons, observing, report
from anonlab.training.learning import Learner

log = logging.getLogger(__name__)


def run(
    seed: int,
    *,
    n_training: int = 240,
    n_validation: int = 48,
    seconds: Sequence[float] = (6.0, 9.0),
    detector: str = "blazepose",
    min_score: float = 0.5,
    hidden: int = 64,
    folds: int = 4,
    copies: int = 4,
    epochs: int = 30,
    alpha: float = 0.3,
    workers: int | None = None,
    store: Path | None = None,
    out: str | Path = network.FILE.parent,
) -> dict[str, Any]:
    """Render the scenes, look at them, learn, examine on other scenes; write weights and report.

    Args:
        seed: of the scenes and of the learning.
        n_training, n_validation: clips.
        seconds: the shortest and the longest clip.
        detector, min_score: of persons; as in the section `actions`.
        hidden, folds, copies, epochs, alpha: see `Learner`.
        out: folder for the weights and the report, relative to the project.

    Returns:
        The report, see `report.report`.
    """
    learner = Learner(seed, hidden, folds, copies, epochs, alpha)
    check(n_training, n_validation, seconds, detector, min_score)
    seen = {
        split: observing.observed(
            split,
            seed,
            n_clips,
            seconds,
            detector=detector,
            min_score=min_score,
            workers=workers,
            store=store,
        )
        for split, n_clips in (("training", n_training), ("validation", n_validation))
    }
    weights, found = learned(seen["training"], seen["validation"], learner)
    network.save(weights, ROOT / out / network.FILE.name)
    report.save(found, ROOT / out / report.FILE.name)
    return report.load(ROOT / out / report.FILE.name)


def learned(
    training: Sequence[observing.Seen], validation: Sequence[observing.Seen], learner: Learner
) -> tuple[network.Weights, dict[str, Any]]:
    """Weights taught on some clips, and the report on others, with the baseline that looks at single frames."""
    examples, exam = lessons.lessons(training), lessons.exam(validation)
    log.info("training: %d examples, %d frames to be examined on", len(examples), len(exam.labels))
    weights, thresholds = learner.fit(examples)
    single, _ = learner.of_single_frames().fit(examples)
    found = report.report(
        report.frame_scores(weights, exam),
        report.frame_scores(single, exam, moving=False),
        exam.labels,
        dict(zip(weights.classes.tolist(), thresholds.tolist(), strict=True)),
    )
    counts = {
        "training_clips": len(training),
        "training_examples": len(examples),
        "validation_clips": len(validation),
    }
    return weights, {"seed": learner.seed, "weights": weights.digest, **counts, **found}


def check(
    n_training: int, n_validation: int, seconds: Sequence[float], detector: str, min_score: float
) -> None:
    """Raise a ParameterError for a value of the section `training` that makes no sense."""
    models.check("persons", detector)
    if min(n_training, n_validation) < 1:
        raise ParameterError(f"training: {n_training} and {n_validation} clips; use 1 or more of either")
    if len(seconds) != 2 or not 0 < seconds[0] <= seconds[1]:
        raise ParameterError(f"training.seconds is {list(seconds)}; use [shortest, longest], both above 0")
    if not 0 <= min_score <= 1:
        raise ParameterError(f"training.min_score is {min_score}; use 0 to 1")
