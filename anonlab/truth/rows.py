"""Rows of the table TRUTH."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from anonlab import masks, tables
from anonlab.keypoints import N_KEYPOINTS

log = logging.getLogger(__name__)

BOX: Final = ["x0", "y0", "x1", "y1"]


class Person(Protocol):
    """What is known of one person in one frame."""

    @property
    def track(self) -> int:
        """Number, constant over a clip."""

    @property
    def box_xyxy(self) -> NDArray[np.float32]:
        """(4,) pixels, around what can be seen of the person."""

    @property
    def keypoints(self) -> NDArray[np.float32]:
        """(133, 2) pixels."""

    @property
    def visibility(self) -> NDArray[np.uint8]:
        """(133,) 0 outside the picture, 1 hidden, 2 visible."""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(H, W), of what can be seen."""

    @property
    def actions(self) -> tuple[int, ...]:
        """AVA ids."""


def rows(item: str, frame: int, persons: Iterable[Person]) -> list[dict[str, Any]]:
    """Rows of TRUTH for a frame of which everything is known: one per person, or one that says nobody is there."""
    found = [_row(item, frame, person) for person in persons]
    return found or [nobody(item, frame, has_actions=True)]


def nobody(item: str, frame: int, has_actions: bool) -> dict[str, Any]:
    """The row of TRUTH for a labelled frame without people."""
    return {
        **{"item": item, "frame": frame, "person": tables.NOBODY},
        **dict.fromkeys(BOX, np.nan),
        "keypoints": np.full(2 * N_KEYPOINTS, np.nan, np.float32),
        "visibility": np.zeros(N_KEYPOINTS, np.uint8),
        **{"mask_rle": [], "actions": [], "has_actions": has_actions},
    }


def _row(item: str, frame: int, person: Person) -> dict[str, Any]:
    return {
        **{"item": item, "frame": frame, "person": person.track},
        **dict(zip(BOX, person.box_xyxy, strict=True)),
        "keypoints": np.asarray(person.keypoints, np.float32).ravel(),
        "visibility": np.asarray(person.visibility, np.uint8),
        "mask_rle": masks.encode(person.mask),
        **{"actions": list(person.actions), "has_actions": True},
    }


def warn_unmatched(path: Path, names: list[str], n_all: int) -> None:
    """Say which labelled pictures the data set does not have."""
    if names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        log.warning("%s: %d of %d labelled items are not in the data set: %s", path, len(names), n_all, shown)
