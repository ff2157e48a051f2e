"""Small rotation matrices for posing: about an axis, from one direction to another, split into swing and twist."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

X: Vector = np.array([1.0, 0.0, 0.0])
Y: Vector = np.array([0.0, 1.0, 0.0])
Z: Vector = np.array([0.0, 0.0, 1.0])


def unit(vector: ArrayLike) -> Vector:
    """The vector (..., 3) at length 1; a zero vector stays zero."""
    v = np.asarray(vector, np.float64)
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def about(axis: Iterable[float], degrees: float) -> Matrix:
    """The rotation (3, 3) by an angle about an axis, right-handed (Rodrigues)."""
    x, y, z = (float(part) for part in axis)  # plain numbers: thousands of these make a pose
    length = max(math.sqrt(x * x + y * y + z * z), 1e-12)
    x, y, z = x / length, y / length, z / length
    angle = math.radians(degrees)
    s, c = math.sin(angle), math.cos(angle)
    t = 1.0 - c
    return np.array(
        [
            [c + t * x * x, t * x * y - s * z, t * x * z + s * y],
            [t * x * y + s * z, c + t * y * y, t * y * z - s * x],
            [t * x * z - s * y, t * y * z + s * x, c + t * z * z],
        ]
    )


def heading(yaw: float) -> Matrix:
    """The turn (3, 3) of something that looks along +z at yaw 0 and along +x at yaw 90."""
    return about(Y, yaw)


def across(vector: ArrayLike, direction: ArrayLike) -> Vector:
    """The part of a vector that is at right angles to a direction, at length 1."""
    v, d = np.asarray(vector, np.float64), unit(direction)
    return unit(v - (v @ d) * d)


def basis(first: ArrayLike, second: ArrayLike) -> Matrix:
    """Columns: the first direction, the second made perpendicular to it, and their cross product."""
    u = unit(first)
    v = across(second, u)
    return np.stack([u, v, np.cross(u, v)], 1)


def between(
    first_from: ArrayLike, second_from: ArrayLike, first_to: ArrayLike, second_to: ArrayLike
) -> Matrix:
    """The rotation that brings one pair of directions onto another; the first of each pair exactly."""
    return basis(first_to, second_to) @ basis(first_from, second_from).T


def split_twist(rotation: Matrix, axis: Vector) -> tuple[float, Matrix]:
    """(degrees, swing): rotation = about(axis, degrees) @ swing, where the swing does not turn about the axis."""
    w = np.sqrt(max(0.0, 1.0 + np.trace(rotation))) / 2.0
    if w < 1e-4:  # half a turn: no twist can be told from the swing
        return 0.0, rotation
    skew = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    degrees = float(np.degrees(2.0 * np.arctan2((skew / (4.0 * w)) @ unit(axis), w)))
    return degrees, about(axis, -degrees) @ rotation


def limited(rotation: Matrix, degrees: float) -> Matrix:
    """The same rotation, by at most so many degrees."""
    angle = np.degrees(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0)))
    if angle <= degrees:
        return rotation
    skew = rotation - rotation.T
    return about([skew[2, 1], skew[0, 2], skew[1, 0]], degrees)


def slerp(a: Matrix, b: Matrix, share: float) -> Matrix:
    """The rotation that is a share of the way from a to b."""
    step = a.T @ b
    angle = float(np.degrees(np.arccos(np.clip((np.trace(step) - 1.0) / 2.0, -1.0, 1.0))))
    skew = step - step.T
    axis = np.array([skew[2, 1], skew[0, 2], skew[1, 0]])
    if angle < 1e-4 or np.linalg.norm(axis) < 1e-9:
        return a if share < 0.5 else b
    return a @ about(axis, angle * share)
