"""Stick figures that walk, stand, sit and bend: windows of observations with known actions, without any picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anonlab.models.skeleton_actions.observation import N_POINTS, Observation
from anonlab.training import observing

ACTIONS = {"stand": (12,), "walk": (14,), "sit": (11,), "bend": (1, 59)}
HALF = np.array([0.0, 0.04, -0.04, 0.09, -0.09, 0.28, -0.28, 0.36, -0.36, 0.38, -0.38, 0.16, -0.16])


def figure(action: str, phase: float = 0.0) -> NDArray[np.float64]:
    """Points (21, 2) of a person, trunks from the hips, y down; `phase` is where in a step or gesture it is."""
    x = np.zeros(N_POINTS)
    x[:13] = HALF
    x[[13, 15, 17, 18]], x[[14, 16, 19, 20]] = 0.17, -0.17
    x[[17, 19]] += (0.05, -0.05)
    y = np.zeros(N_POINTS)
    y[:5] = (-1.35, -1.4, -1.4, -1.37, -1.37)
    y[5:13] = (-1, -1, -0.45, -0.45, 0.05, 0.05, 0, 0)
    y[13:] = (0.85, 0.85, 1.65, 1.65, 1.75, 1.7, 1.75, 1.7)
    points = np.column_stack([x, y])
    if action == "walk":
        swing = 0.45 * np.sin(phase)
        points[[15, 17, 18], 0] += swing
        points[[16, 19, 20], 0] -= swing
        points[9, 0], points[10, 0] = points[9, 0] - 0.3 * swing, points[10, 0] + 0.3 * swing
    if action == "sit":
        points[[13, 14], 1] = 0.25
        points[15:, 1] -= 0.7
    if action == "bend":
        upper = np.arange(11)
        turned = points[upper] @ np.array([[0.25, 0.97], [-0.97, 0.25]])
        points[upper] = turned
        points[[9, 10], 1] += 0.4 + 0.05 * np.sin(phase)
    return points


def sequence(
    action: str, rng: np.random.Generator, length: int = 8, size: float | None = None
) -> NDArray[np.float32]:
    """Points (length, 21, 2) of somebody somewhere in a picture, pixels."""
    size = rng.uniform(30, 80) if size is None else size
    start, way = rng.uniform(150, 450, 2), rng.choice([-1, 1]) * rng.uniform(0.5, 0.9) * (action == "walk")
    phase, step = rng.uniform(0, 6), rng.uniform(0.9, 2.2)
    points = [figure(action, phase + step * t) + np.array([way * t, 0]) for t in range(length)]
    noise = rng.normal(0, 0.03, (length, N_POINTS, 2))
    return (start + size * (np.array(points) + noise)).astype(np.float32)


def boxes(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes (N, 4) around points (N, K, 2)."""
    return np.concatenate([keypoints.min(axis=1) - 4, keypoints.max(axis=1) + 4], axis=1)


def observations(people: NDArray[np.float32], score: float = 0.8) -> list[Observation]:
    """Observations of people (N, T, 21, 2) who are seen all the time."""
    return [
        Observation(boxes(people[:, t]), people[:, t], np.full(people[:, t].shape[:2], score, np.float32))
        for t in range(people.shape[1])
    ]


def seen(action: str, rng: np.random.Generator, length: int = 12) -> observing.Seen:
    """A clip of one person who does one thing."""
    found = observations(sequence(action, rng, length)[None])
    row = observing.labels(ACTIONS[action])
    return observing.collected(found, [[(each.boxes_xyxy[0], row)] for each in found])


def clips(n: int, rng: np.random.Generator) -> list[observing.Seen]:
    """So many clips, the actions in turn."""
    names = list(ACTIONS)
    return [seen(names[number % len(names)], rng) for number in range(n)]
