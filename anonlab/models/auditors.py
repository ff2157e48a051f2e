"""Auditors: a detector of faces and one of people, of other families than the networks that drive the anonymization."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.centerface import CenterFace
from anonlab.models.classic import HaarFaces, HogPersons
from anonlab.models.contracts import Findings, Image

LONG_SIDE_PX: Final = 800
"""A larger picture is looked at in this size: what costs time is area, and people in large pictures are large."""


class Finder(Protocol):
    """Finds one sort of thing in a picture."""

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """x0, y0, x1, y1 and score (N, 5) of each in `image` (H, W, 3), pixels; they may reach beyond its border."""
        ...


class FacesAndPersons:
    """An `Auditor` that asks one detector for faces and another for persons; scores are as each of them gives them."""

    def __init__(self, faces: Finder, persons: Finder) -> None:
        self._faces, self._persons = faces, persons

    def find(self, image: Image) -> Findings:
        """Faces, then persons in `image` (H, W, 3), the best of each first."""
        factor = min(1.0, LONG_SIDE_PX / max(image.shape[:2]))
        height, width = (max(1, round(factor * side)) for side in image.shape[:2])
        small = image if factor == 1 else cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        faces, persons = (
            _ordered(finder(np.asarray(small, np.uint8))) for finder in (self._faces, self._persons)
        )
        found = np.concatenate([faces, persons])
        scale = np.array([image.shape[1] / width, image.shape[0] / height] * 2, np.float32)
        limit = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
        what = np.array(["face"] * len(faces) + ["person"] * len(persons), np.str_)
        return Findings(what, np.clip(found[:, :4] * scale, 0, limit), found[:, 4])


def _ordered(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best first; equal ones by their place, so that the order of OpenCV's threads does not show."""
    return found[np.lexsort((*found[:, :4].T, -found[:, 4]))]


def classic() -> FacesAndPersons:
    """Without neural networks and without a file: Haar cascades and HOG."""
    return FacesAndPersons(HaarFaces(), HogPersons())


def centerface() -> FacesAndPersons:
    """CenterFace for faces, and HOG for people."""
    return FacesAndPersons(CenterFace(), HogPersons())
