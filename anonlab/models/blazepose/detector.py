"""Several persons with networks made for one: search on tiles, verify each candidate, drop repetitions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose import masks
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.body import BODY_17, Bodies, BodyNetwork, again
from anonlab.models.blazepose.search import BODY_SCALE, PersonSearch, all_tiles
from anonlab.models.contracts import Image, Persons

Floats = NDArray[np.floating[Any]]

CANDIDATE: Final = 0.35
"""Score from which the search's proposals are looked at."""
PLAUSIBLE_FLAG: Final = 0.3
PLAUSIBLE_HEAT: Final = 0.28
"""A candidate below either gets no second look."""
PERSON_FLAG: Final = 0.5
PERSON_CONFIDENCE: Final = 0.48
PERSON_SCORE: Final = 0.42
"""A region shows a person from here on: the network says so (flag), is sure where the points are and says the same
twice (confidence), and the product of both (score) is high. The flag alone also takes wheels and trees for people:
over 99 regions it tells them apart with an AUC of 0.81, the mean of the heatmaps' maxima with 0.96."""
STEADY_SHARE: Final = 0.23
"""Weight of "says the same twice" in the confidence; the rest is the heatmaps'."""
FOLLOWED_HEAT: Final = 0.35
"""Certainty from which somebody who was there in the frame before still is."""
SAME_POSE: Final = 0.4
SAME_HEAD: Final = 0.5
POSE_SPREAD: Final = 0.07
N_HEAD: Final = 7
"""Of the points compared, those of the head and shoulders come first: no two people share them."""


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
        found = self.search(levels, all_tiles(height, width), CANDIDATE)
        rois = found.rois[roi_rules.usable(found.rois, height, width)]
        bodies, scores = self._looked_at_twice(levels, rois)
        best = distinct(bodies, scores)
        persons = _persons(bodies.take(best), scores[best], height, width)
        return persons.take(_in_picture(persons))

    def follow(self, image: Image, previous: Persons) -> tuple[Persons, NDArray[np.bool_]]:
        """The persons of `previous` in `image`, in the same order, and (N,) bool: True where still seen."""
        height, width = image.shape[:2]
        rois = _hinted(previous)
        good = np.nonzero(roi_rules.usable(rois, height, width))[0]
        bodies = self.body(roi_rules.pyramid(image), rois[good])
        now = _persons(bodies, bodies.flags * bodies.certainty(), height, width)
        keep = (bodies.flags >= PERSON_FLAG) & (bodies.certainty() >= FOLLOWED_HEAT) & _in_picture(now)
        seen = np.zeros(len(previous), bool)
        seen[good[keep]] = True
        return _replaced(previous, seen, now.take(keep)), seen

    def _looked_at_twice(self, levels: list[Image], rois: Floats) -> tuple[Bodies, Floats]:
        """The people in those of the regions `rois` (N, 4) that hold one, and how sure that is (M,), 0 to 1."""
        first = self.body(levels, rois)
        first = first.take((first.flags >= PLAUSIBLE_FLAG) & (first.certainty() >= PLAUSIBLE_HEAT))
        first = first.take(distinct(first, first.flags * first.certainty()))
        second = again(self.body, levels, first)
        steady = np.diagonal(closeness(first, second).mean(axis=-1))
        confidence = (1 - STEADY_SHARE) * second.certainty() + STEADY_SHARE * steady
        scores = second.flags * confidence
        sure = (second.flags >= PERSON_FLAG) & (confidence >= PERSON_CONFIDENCE) & (scores >= PERSON_SCORE)
        return second.take(sure), scores[sure]


def _in_picture(persons: Persons) -> NDArray[np.bool_]:
    """Which persons (N,) show at least a pixel's worth of themselves."""
    size = persons.boxes_xyxy[:, 2:] - persons.boxes_xyxy[:, :2]
    return np.asarray((size.min(axis=1) >= 1) & persons.masks.any(axis=(1, 2)))


def _hinted(previous: Persons) -> Floats:
    if previous.hints is not None:
        return previous.hints
    return roi_rules.from_boxes(previous.boxes_xyxy, BODY_SCALE)


def _persons(bodies: Bodies, scores: Floats, height: int, width: int) -> Persons:
    canvases = masks.canvases(bodies)
    placed = [masks.placed(c, roi, height, width) for c, roi in zip(canvases, bodies.rois, strict=True)]
    return Persons(
        boxes_xyxy=masks.boxes_xyxy(bodies, height, width),
        scores=scores.astype(np.float32),
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


def distinct(bodies: Bodies, scores: Floats) -> NDArray[np.intp]:
    """Rows of the bodies that are not the same person as one with a better score (N,), best first."""
    near = closeness(bodies, bodies)
    same = (near.mean(axis=-1) > SAME_POSE) | (near[..., :N_HEAD].mean(axis=-1) > SAME_HEAD)
    kept: list[int] = []
    for row in np.argsort(-scores, kind="stable").tolist():
        if not same[row, kept].any():
            kept.append(row)
    return np.array(kept, np.intp)


def closeness(bodies: Bodies, others: Bodies) -> Floats:
    """Closeness (N, M, 17) of the points of bodies to those of others, 0 to 1, relative to their size."""
    points, other_points = bodies.xy[:, BODY_17], others.xy[:, BODY_17]
    apart = np.linalg.norm(points[:, None] - other_points[None], axis=-1)
    size = (bodies.rois[:, None, 2] + others.rois[None, :, 2]) / 2 / BODY_SCALE
    return np.asarray(np.exp(-((apart / size[..., None] / POSE_SPREAD) ** 2) / 2))
