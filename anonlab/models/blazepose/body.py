"""The body network: one person's points, mask and whether there is a person at all, for a region of the picture.

Constants: mediapipe/modules/pose_landmark/*.pbtxt (pose_landmark_by_roi_cpu, pose_landmarks_to_roi,
tensors_to_pose_landmarks_and_segmentation).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models import weights
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.search import BODY_SCALE, sigmoid
from anonlab.models.contracts import Image
from anonlab.models.litert import Network

Floats = NDArray[np.floating[Any]]

SIZE: Final = 256
N_POINTS: Final = 39
"""33 body points, the hip centre and rim of the body's circle (33, 34), and four of the hands' frames."""
BODY_17: Final = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
"""The network's points that are COCO's 17, in COCO's order."""
HEAT_SIZE: Final = 64
KERNEL: Final = 7
MIN_HEAT: Final = 0.5
WORSE: Final = 0.2
"""A second look whose flag is lower by more than this has lost the person."""


@dataclass(frozen=True)
class Bodies:
    """What the network says about N regions.

    Attributes:
        flags: (N,) float32, probability that the region shows a person.
        xy: (N, 39, 2) float32, pixels of the picture.
        visibility: (N, 39) float32, probability that a point is in the picture and not hidden.
        heat: (N, 39) float32, highest value of a point's heatmap, 0 to 1.
        mask_logits: (N, 256, 256) float32, over the region; above 0 = more likely person than not.
        rois: (N, 4) float32, the regions.
        world: (N, 39, 3) float32, metres from the hips' centre: x right and y down in the picture, z away from it.
    """

    flags: Floats
    xy: Floats
    visibility: Floats
    heat: Floats
    mask_logits: Floats
    rois: Floats
    world: Floats

    def __len__(self) -> int:
        return len(self.flags)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Bodies:
        """The bodies at `rows`."""
        return Bodies(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def scores(self) -> Floats:
        """How far each point (N, 39) can be trusted, 0 to 1: flag * sqrt(visibility * heat)."""
        return self.flags[:, None] * np.sqrt(self.visibility * self.heat)

    def certainty(self) -> Floats:
        """Mean of the heatmap maxima of the 17 body points (N,): how sure the network is where they are, 0 to 1."""
        return np.asarray(self.heat[:, BODY_17].mean(axis=1), np.float32)

    def next_rois(self) -> Floats:
        """Regions (N, 4) that fit these bodies better, from the circle that the network draws around each."""
        return roi_rules.from_circle(self.xy[:, 33], self.xy[:, 34], BODY_SCALE)


def joined(first: Bodies, second: Bodies) -> Bodies:
    """The bodies of both, those of `first` first."""
    names = [field.name for field in fields(Bodies)]
    return Bodies(**{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names})


class BodyNetwork:
    """Finds one person's points in each region."""

    def __init__(self) -> None:
        self.network = Network(weights.network_path("pose_landmark_full"))

    def __call__(self, levels: list[Image], rois: Floats) -> Bodies:
        """Bodies in the regions `rois` (N, 4) of a picture (its pyramid)."""
        tensors = roi_rules.crops(levels, rois, SIZE) * np.float32(1 / 255)
        points, flags, masks, heat, world = self.network(tensors)
        points = points.reshape(-1, N_POINTS, 5)
        xy = refined(points[..., :2] / SIZE, heat)
        return Bodies(
            flags=np.clip(flags[:, 0], 0, 1),
            xy=roi_rules.to_image(xy, rois),
            visibility=sigmoid(points[..., 3]),
            heat=sigmoid(heat.max(axis=(1, 2), initial=-60)),
            mask_logits=masks[..., 0],
            rois=rois.astype(np.float32),
            world=roi_rules.turned(world.reshape(-1, N_POINTS, 3), rois),
        )


def again(network: BodyNetwork, levels: list[Image], first: Bodies) -> Bodies:
    """The bodies looked at again through the regions that fit them, unless that is clearly worse."""
    rois = first.next_rois()
    fits = roi_rules.usable(rois, *levels[0].shape[:2])
    second = network(levels, np.where(fits[:, None], rois, first.rois))
    rows = np.arange(len(first)) + len(first) * (second.flags >= first.flags - WORSE)
    return joined(first, second).take(rows)


def refined(xy: Floats, heat_logits: Floats) -> Floats:
    """Points (N, K, 2), in shares of the ROI, moved to the centre of mass of their heatmap nearby.

    Points whose heatmap (N, 64, 64, K) stays below 0.5 within the 7 x 7 cells around them stay where they are.
    Source: RefineLandmarksFromHeatmapCalculator.
    """
    reach = np.arange(KERNEL) - KERNEL // 2
    cells = np.floor(np.nan_to_num(xy) * HEAT_SIZE).astype(np.intp)
    inside = ((cells >= 0) & (cells < HEAT_SIZE)).all(axis=-1)
    columns, rows = cells[..., 0, None] + reach, cells[..., 1, None] + reach
    weight = _window(heat_logits, rows, columns)
    total = weight.sum(axis=(-2, -1))
    moved = np.stack(
        [(weight * columns[..., None, :]).sum(axis=(-2, -1)), (weight * rows[..., None]).sum(axis=(-2, -1))],
        axis=-1,
    )
    sure = inside & (weight.max(axis=(-2, -1), initial=0) >= MIN_HEAT)
    moved = moved / np.maximum(total, 1e-6)[..., None] / HEAT_SIZE
    return np.where(sure[..., None], moved, xy).astype(np.float32)


def _window(heat_logits: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
    """Heat (N, K, 7, 7) at rows and columns (N, K, 7); 0 outside the map."""
    person, point = np.ogrid[: rows.shape[0], : rows.shape[1]]
    y, x = rows[..., None], columns[..., None, :]
    near_y, near_x = (np.clip(index, 0, HEAT_SIZE - 1) for index in (y, x))
    heat = sigmoid(heat_logits[person[..., None, None], near_y, near_x, point[..., None, None]])
    return heat * ((y == near_y) & (x == near_x))
