"""The learning: a few small networks, each on other clips, calibrated on the clips that each did not see."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from anonlab import ava
from anonlab.errors import InputError, ParameterError
from anonlab.models.skeleton_actions import network
from anonlab.models.skeleton_actions.features import centre_only, features, mirrored
from anonlab.models.skeleton_actions.network import Weights
from anonlab.models.skeleton_actions.tracks import Windows
from anonlab.training.lessons import Lessons, varied

Floats = NDArray[np.floating[Any]]

MIN_EXAMPLES: Final = 20
MIN_CLIPS: Final = 5
"""A class with fewer examples, or from fewer clips, is not learned: it could only be learned by heart."""
FLAT: Final = 1e-3
"""A feature that varies less than this is only noise when it does vary."""


@dataclass(frozen=True)
class Learner:
    """How to learn.

    Attributes:
        seed: of all that is drawn at random.
        hidden: units of a network's hidden layer.
        folds: networks; each leaves out one part of the clips, and all are averaged.
        copies: how often each example is shown in an epoch, each time changed a little.
        epochs: passes over all copies.
        alpha: L2 penalty of the weights.
        moving: False = from the centre observation alone, the baseline.
    """

    seed: int = 7
    hidden: int = 64
    folds: int = 4
    copies: int = 8
    epochs: int = 40
    alpha: float = 0.3
    moving: bool = True

    def __post_init__(self) -> None:
        for name in ("hidden", "copies", "epochs"):
            if getattr(self, name) < 1:
                raise ParameterError(f"training.{name} is {getattr(self, name)}; use 1 or more")
        if self.folds < 2:
            raise ParameterError(
                f"training.folds is {self.folds}; use 2 or more, to calibrate on what is left out"
            )
        if self.alpha < 0:
            raise ParameterError(f"training.alpha is {self.alpha}; use 0 or more")

    def fit(self, lessons: Lessons) -> tuple[Weights, Floats]:
        """Networks that were taught the classes of which there are examples enough.

        Returns:
            The networks, and for each class (C,) the threshold that decides best about the clips left out.

        Raises:
            InputError: there are not enough examples of any class.
        """
        classes = taught(lessons)
        labels = lessons.labels[:, [list(ava.CLASSES).index(each) for each in classes]]
        fold = self._folds(lessons.clips)
        rngs = np.random.default_rng(self.seed).spawn(self.folds)
        mean, deviation = _standard(self._features(lessons.windows))
        raw = np.zeros(labels.shape)
        layers = []
        for number, rng in enumerate(rngs):
            rest, left_out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            x, y = self._examples(lessons.windows.take(rest), labels[rest], rng)
            one = _learned(network.standardized(x, mean, deviation), y, self, int(rng.integers(2**31)))
            layers.append(one)
            weights = _weights(classes, mean, deviation, [one], np.tile([1.0, 0.0], (len(classes), 1)))
            raw[left_out] = network.logits(weights, self._features(lessons.windows.take(left_out)))[0]
        calibration = platt(raw, labels)
        likely = expit(raw * calibration[:, 0] + calibration[:, 1])
        return _weights(classes, mean, deviation, layers, calibration), decisive(likely, labels)

    def of_single_frames(self) -> Learner:
        """The same, of the centre observation alone."""
        return replace(self, moving=False)

    def _features(self, windows: Windows) -> Floats:
        return features(windows if self.moving else centre_only(windows))

    def _examples(
        self, windows: Windows, labels: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Features and labels of the windows, their mirror images and changed copies."""
        shown = [windows, mirrored(windows), *(varied(windows, rng) for _ in range(self.copies))]
        x = np.concatenate([self._features(each) for each in shown])
        return x, np.concatenate([labels] * len(shown))

    def _folds(self, clips: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which network leaves out each example (N,): all of a clip, and as many clips for each."""
        different = np.unique(clips)
        number = np.random.default_rng([self.seed, 1]).permutation(len(different)) % self.folds
        return number[np.searchsorted(different, clips)]


def taught(lessons: Lessons) -> list[int]:
    """AVA ids, rising, of the classes that have enough examples from enough clips."""
    found = []
    for column, ava_id in enumerate(ava.CLASSES):
        rows = lessons.labels[:, column]
        if rows.sum() >= MIN_EXAMPLES and len(np.unique(lessons.clips[rows])) >= MIN_CLIPS:
            found.append(ava_id)
    if not found:
        raise InputError(
            f"training: no class has {MIN_EXAMPLES} examples from {MIN_CLIPS} clips among {len(lessons)} examples; "
            "raise training.n_training"
        )
    return found


def platt(raw: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Slope and offset (C, 2) that turn logits (N, C) into probabilities of labels (N, C); the slope is not negative.

    Source: Platt, *Probabilistic Outputs for Support Vector Machines*, 1999.
    """
    from sklearn.linear_model import LogisticRegression

    found = np.tile([1.0, 0.0], (raw.shape[1], 1))
    for column in range(raw.shape[1]):
        known = labels[:, column]
        if known.any() and not known.all():
            fitted = LogisticRegression(C=100).fit(raw[:, [column]], known)
            found[column] = max(fitted.coef_[0, 0], 0), fitted.intercept_[0]
    return found


def decisive(scores: Floats, labels: NDArray[np.bool_]) -> Floats:
    """For each class the threshold (C,) with the highest F1 of scores (N, C) above it about labels (N, C)."""
    from sklearn.metrics import precision_recall_curve

    best = np.full(labels.shape[1], 0.5)
    for column in range(labels.shape[1]):
        precision, recall, reached = precision_recall_curve(labels[:, column], scores[:, column])
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        at = int(f1[:-1].argmax())
        best[column] = (reached[at] + (reached[at - 1] if at else 0)) / 2  # halfway to the next one below
    return best


def _learned(x: Floats, y: NDArray[np.bool_], learner: Learner, seed: int) -> tuple[Floats, ...]:
    """Hidden weights and bias, output weights and bias, of one network."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    model = MLPClassifier(
        hidden_layer_sizes=(learner.hidden,),
        alpha=learner.alpha,
        batch_size=min(256, len(x)),
        max_iter=learner.epochs,
        n_iter_no_change=learner.epochs,
        random_state=seed,
    )
    with threadpool_limits(1), warnings.catch_warnings():  # sums do not depend on how many cores there are
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is chosen
        model.fit(x, y.astype(int) if y.shape[1] > 1 else y[:, 0].astype(int))
    (hidden, out), (hidden_bias, out_bias) = model.coefs_, model.intercepts_
    return hidden, hidden_bias, out, out_bias


def _weights(
    classes: list[int],
    mean: Floats,
    deviation: Floats,
    layers: list[tuple[Floats, ...]],
    calibration: Floats,
) -> Weights:
    hidden, hidden_bias, out, out_bias = (
        np.stack(each).astype(np.float32) for each in zip(*layers, strict=True)
    )
    return Weights(
        np.array(classes, np.int32),
        mean.astype(np.float32),
        deviation.astype(np.float32),
        hidden,
        hidden_bias,
        out,
        out_bias,
        calibration.astype(np.float32),
    )


def _standard(x: Floats) -> tuple[Floats, Floats]:
    """Mean and deviation (F,) of features (N, F); a feature that is always the same gets the deviation 1."""
    deviation = x.std(axis=0)
    return x.mean(axis=0), np.where(deviation < FLAT, 1, deviation)
