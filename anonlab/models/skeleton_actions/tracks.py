"""Who is who over a window of observations: everybody seen near its centre is followed to either end.

Near, and not only in it: a detector loses people who bend or turn, and what they did before and after tells what they
do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.geometry import assign, box_iou
from anonlab.models.skeleton_actions.observation import N_POINTS, Observation

Floats = NDArray[np.floating[Any]]

REACH: Final = 0.5
"""How far the middle of somebody's box may move from one observation to the next, in long sides of the box."""
FAR: Final = 1e6
NEAR: Final = 2
"""Observations from the centre within which somebody has to be seen to be scored."""


@dataclass(frozen=True)
class Windows:
    """N persons over T observations.

    Attributes:
        keypoints: (N, T, 21, 2) float32, pixels; anything where not seen.
        scores: (N, T, 21) float32, 0 to 1.
        seen: (N, T) bool, whether the person was found in that observation.
    """

    keypoints: Floats
    scores: Floats
    seen: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.seen)

    def take(self, rows: NDArray[Any]) -> Windows:
        """The persons at `rows`."""
        return Windows(self.keypoints[rows], self.scores[rows], self.seen[rows])

    @classmethod
    def concatenate(cls, parts: Sequence[Windows]) -> Windows:
        """The persons of several windows of the same length; at least one window."""
        names = ("keypoints", "scores", "seen")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def link(window: Sequence[Observation]) -> Windows:
    """Everybody seen near the centre, observation `len(window) // 2`, through the whole window; see `followed`."""
    return linked(window, followed(window))


def linked(window: Sequence[Observation], rows: NDArray[np.intp]) -> Windows:
    """The persons whose row (N, T) in every observation is known; -1 where missing."""
    n_persons, length = rows.shape
    keypoints = np.zeros((n_persons, length, N_POINTS, 2), np.float32)
    scores = np.zeros((n_persons, length, N_POINTS), np.float32)
    for step, observation in enumerate(window):
        seen = rows[:, step] >= 0
        keypoints[seen, step] = observation.keypoints[rows[seen, step]]
        scores[seen, step] = observation.scores[rows[seen, step]]
    return Windows(keypoints, scores, rows >= 0)


def followed(window: Sequence[Observation]) -> NDArray[np.intp]:
    """Row of each person in every observation: (N, T), -1 where missing.

    First everybody in the centre, in its order; then who is only seen up to NEAR observations from it, nearest first.
    """
    length, centre = len(window), len(window) // 2
    free = [np.ones(len(observation), bool) for observation in window]
    found = [np.zeros((0, length), np.intp)]
    for step in sorted(range(length), key=lambda step: abs(step - centre)):
        if abs(step - centre) <= NEAR:
            found.append(_followed_from(window, step, free))
    return np.concatenate(found)


def boxes_at_centre(window: Sequence[Observation], rows: NDArray[np.intp]) -> Floats:
    """Box (N, 4) of each person in the centre: interpolated in time where missing there, or the nearest one."""
    centre, boxes = len(window) // 2, np.zeros((len(rows), 4), np.float32)
    for person, row in enumerate(rows):
        steps = np.flatnonzero(row >= 0)
        there = np.array([window[int(step)].boxes_xyxy[row[step]] for step in steps])
        boxes[person] = [np.interp(centre, steps, edge) for edge in there.T]
    return boxes


def _followed_from(
    window: Sequence[Observation], start: int, free: Sequence[NDArray[np.bool_]]
) -> NDArray[np.intp]:
    """Who is free in observation `start`, in every observation: (N, T); takes them from `free`."""
    begun = np.flatnonzero(free[start])
    rows = np.full((len(begun), len(window)), -1, np.intp)
    rows[:, start] = begun
    free[start][begun] = False
    for steps in (range(start + 1, len(window)), range(start - 1, -1, -1)):
        boxes = window[start].boxes_xyxy[begun]
        gaps = np.ones(len(rows))
        for step in steps:
            there = np.flatnonzero(free[step])
            match = assigned(boxes, gaps, window[step].boxes_xyxy[there])
            found = match >= 0
            rows[found, step] = there[match[found]]
            free[step][rows[found, step]] = False
            boxes[found] = window[step].boxes_xyxy[rows[found, step]]
            gaps = np.where(found, 1, gaps + 1)
    return rows


def assigned(boxes_xyxy: Floats, gaps: Floats, others_xyxy: Floats) -> NDArray[np.intp]:
    """Which of the boxes (M, 4) each person is, last seen in a box (N, 4) `gaps` observations ago: (N,), -1 for none.

    One to one, near and overlapping boxes first; nobody moves further than REACH per observation.
    """
    found = np.full(len(boxes_xyxy), -1, np.intp)
    if not len(boxes_xyxy) or not len(others_xyxy):
        return found
    distance = distances(boxes_xyxy, others_xyxy)
    near = distance <= REACH * gaps[:, None]
    person, other = assign(box_iou(boxes_xyxy, others_xyxy) - distance, near).T
    found[person] = other
    return found


def distances(boxes_xyxy: Floats, others_xyxy: Floats) -> Floats:
    """Distance (N, M) between the middles of boxes (N, 4) and (M, 4), in mean long sides; NaN boxes are far."""
    apart = np.linalg.norm(_middles(boxes_xyxy)[:, None] - _middles(others_xyxy)[None], axis=-1)
    size = (_long_sides(boxes_xyxy)[:, None] + _long_sides(others_xyxy)[None]) / 2
    return np.asarray(np.nan_to_num(apart / np.maximum(size, 1e-6), nan=FAR, posinf=FAR))


def _middles(boxes_xyxy: Floats) -> Floats:
    return (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2


def _long_sides(boxes_xyxy: Floats) -> Floats:
    return np.asarray((boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1))
