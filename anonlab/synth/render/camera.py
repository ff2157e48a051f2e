"""A pinhole camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = tuple[float, float, float]
NEAR = 0.05
"""Metres; what is nearer is not seen."""


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from.

    Attributes:
        eye, target: metres; the target is seen in the middle of the picture.
        fov_deg: vertical field of view.
        width, height: of the picture, pixels.
    """

    eye: Vector
    target: Vector
    fov_deg: float
    width: int
    height: int

    @cached_property
    def rotation(self) -> NDArray[np.float64]:
        """Rows: right, down and forward in the picture, as directions in the world (3, 3)."""
        forward = np.subtract(self.target, self.eye).astype(np.float64)
        forward /= np.linalg.norm(forward)
        up = np.array([0.0, 1.0, 0.0]) if abs(forward[1]) < 0.999 else np.array([0.0, 0.0, -1.0])
        right = np.cross(forward, up)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    @cached_property
    def focal(self) -> float:
        """Pixels per unit of x / depth."""
        return float(0.5 * self.height / np.tan(np.radians(self.fov_deg) / 2))

    @property
    def lens(self) -> NDArray[np.float64]:
        """(focal, middle x, middle y) in pixels, for compiled loops."""
        return np.array([self.focal, self.width / 2, self.height / 2])

    def scaled(self, factor: int) -> Camera:
        """The same view in more pixels."""
        return replace(self, width=self.width * factor, height=self.height * factor)

    def view(self, points: ArrayLike) -> NDArray[np.float32]:
        """Points (N, 3) in the camera's own axes, right, down and forward: (N, 3) float32, metres."""
        return np.asarray(_turned(np.asarray(points, np.float32), np.asarray(self.eye), self.rotation))

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points in the world (N, 3) to the picture (N, 3): x px, y px, depth m; the first pixel's centre is .5.

        What lies behind the camera has a depth below 0 and an x and y that mean nothing.
        """
        moved = (np.asarray(points, np.float64) - np.asarray(self.eye)) @ self.rotation.T
        depth = moved[..., 2:]
        scale = self.focal / np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        middle = np.array([self.width, self.height]) / 2
        return np.concatenate([middle + moved[..., :2] * scale, depth], axis=-1)


@numba.njit(cache=True, nogil=True)
def _turned(points: Any, eye: Any, rotation: Any) -> Any:
    """Rotation (3, 3) of points (N, 3) about the eye; ten times as fast as the general product of matrices."""
    out = np.empty((len(points), 3), np.float32)
    for i in range(len(points)):
        x, y, z = points[i, 0] - eye[0], points[i, 1] - eye[1], points[i, 2] - eye[2]
        for k in range(3):
            out[i, k] = rotation[k, 0] * x + rotation[k, 1] * y + rotation[k, 2] * z
    return out
