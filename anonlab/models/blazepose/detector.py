"""Several persons with networks made for one: search, verify each candidate, drop repetitions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose import heads, masks
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.body import BODY_17, Bodies, BodyNetwork, again
from anonlab.models.blazepose.faces import Faces, FaceSearch, agreement, owned
from anonlab.models.blazepose.search import BODY_SCALE, Candidates, PersonSearch, thinned
from anonlab.models.blazepose.views import View, banded, whole
from anonlab.models.contracts import Image, Persons

Floats = NDArray[np.floating[Any]]

CANDIDATE: Final = 0.27
"""Score from which the search's proposals are looked at."""
PLAUSIBLE_FLAG: Final = 0.2
PLAUSIBLE_HEAT: Final = 0.25
"""A candidate below either gets no second look."""
FLOOR: Final = 0.25
"""Score from which a candidate is reported. Who wants fewer mistakes asks for more."""
STEADY_SHARE: Final = 0.23
"""Weight of "says the same twice" in the confidence; the rest is the heatmaps'."""
FACE_SHARE: Final = 0.25
"""This share of what a body's score lacks to 1 is made up by a face of score 1."""
HEAD_SHARE: Final = 0.5
"""Score of somebody of whom only a face was found, over the score of the face."""
PERSON_FLAG: Final = 0.5
SURE: Final = 0.6
COVERED: Final = 0.85
"""Somebody less sure than SURE, without a face, so much of whose mask lies within those of surer people is a second
look at parts of them. Nothing stays clear for it."""
FOLLOWED_HEAT: Final = 0.35
"""Certainty from which somebody who was there in the frame before still is."""
SAME_POSE: Final = 0.4
SAME_HEAD: Final = 0.5
POSE_SPREAD: Final = 0.07
N_HEAD: Final = 7
"""Of the points compared, those of the head and shoulders come first: no two people share them."""


class BlazePoseDetector:
    """Finds persons by BlazePose's detector, at several sizes, and its body network; a `TrackingDetector`."""

    def __init__(self) -> None:
        """Open the networks.

        Raises:
            MissingModelError: a network file or LiteRT is missing; the message says how to get it.
        """
        self.search = PersonSearch()
        self.faces = FaceSearch()
        self.body = BodyNetwork()

    def detect(self, image: Image) -> Persons:
        """Persons in `image` (H, W, 3), best score first."""
        height, width = image.shape[:2]
        levels = roi_rules.pyramid(image)
        faces = self.faces(levels, whole(height, width))
        rois = self._proposed(levels, banded(height, width), faces)
        bodies, scores = self._looked_at_twice(levels, rois[roi_rules.usable(rois, height, width)], faces)
        owner = owned(faces, bodies)
        scores = confirmed(scores, owner, faces)
        best = distinct(bodies, scores, owner)
        best = best[scores[best] >= FLOOR]
        persons = _persons(bodies.take(best), scores[best], height, width)
        apart = (owner[best] >= 0) | (persons.scores >= SURE) | not_covered(persons.masks)
        alone = np.setdiff1d(np.arange(len(faces)), owner[best])
        others = heads.persons(faces.take(alone), HEAD_SHARE, height, width)
        persons = Persons.concatenate([persons.take(apart), others])
        persons = persons.take(np.argsort(-persons.scores, kind="stable"))
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

    def _proposed(self, levels: list[Image], views: list[View], faces: Faces) -> Floats:
        """Regions (N, 4) in which there may be a person: from the search for bodies, and below faces."""
        found = self.search(levels, views, CANDIDATE)
        below = Candidates(0 * faces.scores, faces.boxes_xyxy, faces.body_rois())
        return thinned(found.joined(below)).rois

    def _looked_at_twice(self, levels: list[Image], rois: Floats, faces: Faces) -> tuple[Bodies, Floats]:
        """The people in those of the regions `rois` (N, 4) that hold one, and how sure that is (M,), 0 to 1."""
        first = self.body(levels, rois)
        first = first.take((first.flags >= PLAUSIBLE_FLAG) & (first.certainty() >= PLAUSIBLE_HEAT))
        first = first.take(distinct(first, first.flags * first.certainty() * agreement(faces, first)))
        second = again(self.body, levels, first)
        steady = np.diagonal(closeness(first, second).mean(axis=-1))
        confidence = (1 - STEADY_SHARE) * second.certainty() + STEADY_SHARE * steady
        scores = second.flags * confidence * agreement(faces, second)
        return second, scores


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


def confirmed(scores: Floats, owner: NDArray[np.intp], faces: Faces) -> Floats:
    """Scores (N,) of bodies, raised for those that own a face."""
    face = np.append(faces.scores, 0)[owner]
    return np.asarray(scores + FACE_SHARE * face * (1 - scores), np.float32)


def distinct(bodies: Bodies, scores: Floats, owner: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """Rows of the bodies that are not the same person as one with a better score (N,), best first.

    Two bodies are the same person if they have the same pose, the same head or own (N,) the same face; with a face
    each of their own they are two.
    """
    near = closeness(bodies, bodies)
    same = (near.mean(axis=-1) > SAME_POSE) | (near[..., :N_HEAD].mean(axis=-1) > SAME_HEAD)
    if owner is not None:
        has = (owner[:, None] >= 0) & (owner[None] >= 0)
        same = np.where(has, owner[:, None] == owner[None], same)
    kept: list[int] = []
    for row in np.argsort(-scores, kind="stable").tolist():
        if not same[row, kept].any():
            kept.append(row)
    return np.array(kept, np.intp)


def not_covered(masks_: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the masks (N, H, W) add something (N,) to those before them."""
    before = np.zeros(masks_.shape[1:], bool)
    adds = np.ones(len(masks_), bool)
    for row, mask in enumerate(masks_):
        adds[row] = (mask & before).sum() <= COVERED * mask.sum()
        before |= mask
    return adds


def closeness(bodies: Bodies, others: Bodies) -> Floats:
    """Closeness (N, M, 17) of the points of bodies to those of others, 0 to 1, relative to their size."""
    points, other_points = bodies.xy[:, BODY_17], others.xy[:, BODY_17]
    apart = np.linalg.norm(points[:, None] - other_points[None], axis=-1)
    size = (bodies.rois[:, None, 2] + others.rois[None, :, 2]) / 2 / BODY_SCALE
    return np.asarray(np.exp(-((apart / size[..., None] / POSE_SPREAD) ** 2) / 2))
