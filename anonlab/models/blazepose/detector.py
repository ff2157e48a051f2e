"""Several persons with networks made for one: search on tiles, verify each candidate, drop repetitions."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose import masks
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.body import Bodies, BodyNetwork, chosen
from anonlab.models.blazepose.search import BODY_SCALE, PersonSearch, levels_for, tiles
from anonlab.models.contracts import Image, Persons

Floats = NDArray[np.float32]

CANDIDATE: Final = 0.3
PLAUSIBLE: Final = 0.3
"""Flag below which a candidate gets no second look."""
PERSON: Final = 0.5
"""Flag from which a region shows a person."""
SAME_POSE: Final = 0.4
POSE_SPREAD: Final = 0.07
COMPARED: Final = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])


class BlazePoseDetector:
    """Finds persons by BlazePose's detector on tiles and its body network; a `TrackingDetector`."""

    def __init__(self) -> None:
        """Open the networks.

        Raises:
            MissingModelError: a network file or LiteRT is missing; the message says how to get it.
        """
        self.search = PersonSearch()
        self.body = BodyNetwork()

    def detect(self, image: Image) -> Persons:
        """Persons in `image` (H, W, 3), best score first."""
        height, width = image.shape[:2]
        levels = roi_rules.pyramid(image)
        all_tiles = np.concatenate([tiles(height, width, level) for level in levels_for(height, width)])
        found = self.search(levels, all_tiles, CANDIDATE)
        rois = found.rois[roi_rules.usable(found.rois, height, width)]
        bodies = self._looked_at_twice(levels, rois)
        return _persons(bodies.take(distinct(bodies)), height, width)

    def follow(self, image: Image, previous: Persons) -> tuple[Persons, NDArray[np.bool_]]:
        """The persons of `previous` in `image`, in the same order, and (N,) bool: True where still seen."""
        height, width = image.shape[:2]
        rois = _hinted(previous)
        good = np.nonzero(roi_rules.usable(rois, height, width))[0]
        bodies = self.body(roi_rules.pyramid(image), rois[good])
        keep = bodies.flags >= PERSON
        now = _persons(bodies.take(keep), height, width)
        seen = np.zeros(len(previous), bool)
        seen[good[keep]] = True
        return _replaced(previous, seen, now), seen

    def _looked_at_twice(self, levels: list[Image], rois: Floats) -> Bodies:
        first = self.body(levels, rois)
        first = first.take(first.flags >= PLAUSIBLE)
        again = self._again(levels, first)
        return again.take(again.flags >= PERSON)

    def _again(self, levels: list[Image], first: Bodies) -> Bodies:
        """The bodies seen again through the regions that fit them, where that is no worse."""
        rois = first.next_rois()
        fits = roi_rules.usable(rois, *levels[0].shape[:2])
        second = self.body(levels, np.where(fits[:, None], rois, first.rois))
        return chosen(second.flags >= first.flags - 0.2, first, second)


def _hinted(previous: Persons) -> Floats:
    if previous.hints is not None:
        return previous.hints
    return roi_rules.from_boxes(previous.boxes_xyxy, BODY_SCALE)


def _persons(bodies: Bodies, height: int, width: int) -> Persons:
    canvases = masks.canvases(bodies)
    placed = [masks.placed(c, roi, height, width) for c, roi in zip(canvases, bodies.rois, strict=True)]
    return Persons(
        boxes_xyxy=masks.boxes_xyxy(bodies, height, width),
        scores=bodies.flags,
        masks=np.stack(placed) if placed else np.zeros((0, height, width), bool),
        faces_xyxy=masks.heads_xyxy(bodies, height, width),
        hints=bodies.next_rois(),
    )


def _replaced(previous: Persons, seen: NDArray[np.bool_], now: Persons) -> Persons:
    """`previous` with the rows that are `seen` taken from `now`."""
    rows = np.arange(len(previous))
    rows[seen] = len(previous) + np.arange(len(now))
    hinted = Persons(
        previous.boxes_xyxy, previous.scores, previous.masks, previous.faces_xyxy, _hinted(previous)
    )
    return Persons.concatenate([hinted, now]).take(rows)


def distinct(bodies: Bodies) -> NDArray[np.intp]:
    """Rows of the bodies that are not the same person as a better one, best first."""
    kept: list[int] = []
    for row in np.argsort(-bodies.flags, kind="stable").tolist():
        if not kept or pose_similarity(bodies, row, np.array(kept)).max() <= SAME_POSE:
            kept.append(row)
    return np.array(kept, np.intp)


def pose_similarity(bodies: Bodies, row: int, others: NDArray[np.intp]) -> Floats:
    """Likeness (len(others),) of one body's points to those of others, 0 to 1, relative to their regions."""
    apart = np.linalg.norm(bodies.xy[others][:, COMPARED] - bodies.xy[row, COMPARED], axis=-1)
    size = (bodies.rois[others, 2] + bodies.rois[row, 2]) / 2 / BODY_SCALE
    return np.exp(-((apart / size[:, None] / POSE_SPREAD) ** 2) / 2).mean(axis=1)
