"""The learned part: small networks of one hidden layer, calibrated, as plain arrays in one .npz file."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab import ava
from anonlab.errors import InputError, MissingModelError
from anonlab.files import replacing
from anonlab.paths import ROOT

Floats = NDArray[np.floating[Any]]

FILE: Final = ROOT / "anonlab" / "weights" / "skeleton_actions.npz"
TRAIN: Final = "make train"
LIMIT: Final = 30.0
"""Logits beyond this are as good as certain."""
UNUSUAL: Final = 6.0
"""A feature counts at most this many deviations from its mean: what was never seen shall not be shouted about."""


@dataclass(frozen=True)
class Weights:
    """K networks from F features over H hidden units to C classes; their answers are averaged.

    Attributes:
        classes: (C,) int32, AVA ids, rising. All others always score 0.
        mean, deviation: (F,) of the features in training.
        hidden: (K, F, H); hidden_bias: (K, H).
        out: (K, H, C); out_bias: (K, C).
        calibration: (C, 2), slope and offset of the logits (Platt), learned on clips that a network did not see.
    """

    classes: NDArray[np.int32]
    mean: Floats
    deviation: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats
    calibration: Floats

    def __post_init__(self) -> None:
        n_networks, n_features, n_hidden = self.hidden.shape
        n_classes = len(self.classes)
        wanted = {
            "mean": (n_features,),
            "deviation": (n_features,),
            "hidden_bias": (n_networks, n_hidden),
            "out": (n_networks, n_hidden, n_classes),
            "out_bias": (n_networks, n_classes),
            "calibration": (n_classes, 2),
        }
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has the shape {getattr(self, name).shape}; expected {shape}")
        unknown = sorted(set(self.classes.tolist()) - set(ava.CLASSES))
        if unknown or (np.diff(self.classes) <= 0).any():
            raise ValueError(f"classes are rising AVA ids; got {self.classes.tolist()}")

    @property
    def digest(self) -> str:
        """Sha256 of all arrays, in hexadecimal: the version of the recogniser."""
        found = hashlib.sha256()
        for field in fields(self):
            array = np.ascontiguousarray(getattr(self, field.name))
            found.update(f"{field.name} {array.dtype.str} {array.shape} ".encode())
            found.update(array.tobytes())
        return found.hexdigest()


def scores(weights: Weights, features: Floats) -> Floats:
    """Probability (N, C) that each class holds, for features (N, F): the mean over the networks."""
    return np.asarray(calibrated(logits(weights, features), weights.calibration).mean(axis=0))


def logits(weights: Weights, features: Floats) -> Floats:
    """What the K networks say (K, N, C) before calibration."""
    standard = standardized(features, weights.mean, weights.deviation)
    hidden = np.maximum(standard @ weights.hidden + weights.hidden_bias[:, None], 0)
    return np.asarray(hidden @ weights.out + weights.out_bias[:, None])


def standardized(features: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Features (N, F) as deviations from their means, limited."""
    return np.asarray(np.clip((features - mean) / deviation, -UNUSUAL, UNUSUAL))


def calibrated(raw: Floats, calibration: Floats) -> Floats:
    """Probabilities (..., C) from logits (..., C) and slope and offset (C, 2) of each class."""
    return sigmoid(raw * calibration[:, 0] + calibration[:, 1])


def sigmoid(raw: Floats) -> Floats:
    """Logits as probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -LIMIT, LIMIT))))


def save(weights: Weights, path: Path = FILE) -> None:
    """Write the arrays and their digest, compressed; the same arrays give the same bytes."""
    arrays = {field.name: getattr(weights, field.name) for field in fields(weights)}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, digest=np.array(weights.digest), **arrays)


def load(path: Path = FILE) -> Weights:
    """The arrays of a file, checked; nothing in the file is run.

    Raises:
        MissingModelError: there is no such file.
        InputError: it is not what `save` writes, or was changed since.
    """
    if not path.is_file():
        raise MissingModelError(f"{path} is not there; it comes with the project, or from: {TRAIN}")
    try:
        with np.load(path, allow_pickle=False) as file:
            weights = Weights(**{field.name: file[field.name] for field in fields(Weights)})
            expected = str(file["digest"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is no file of weights ({error}); get it again, or make it: {TRAIN}"
        ) from error
    if weights.digest != expected:
        raise InputError(f"{path} is damaged: its arrays are not those that were written; get it again")
    return weights
