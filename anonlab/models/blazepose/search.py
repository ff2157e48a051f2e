"""The search for people: the single-shot pose detector on overlapping tiles of several sizes.

Constants: mediapipe/modules/pose_detection/pose_detection_cpu.pbtxt and pose_landmark/pose_detection_to_roi.pbtxt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.geometry import box_iou
from anonlab.models import weights
from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.contracts import Image
from anonlab.models.litert import Network

Floats = NDArray[np.floating[Any]]

SIZE: Final = 224
STRIDES: Final = ((8, 2), (16, 2), (32, 6))
"""Grid step in pixels of the tensor, and anchors per cell."""
BODY_SCALE: Final = 1.25
"""Side of a body's ROI over the diameter of the circle that the detector draws around it."""
SAME_FACE_IOU: Final = 0.3
SAME_ROI_IOU: Final = 0.6
SAME_ROI_TURN: Final = 0.5
"""Regions that overlap this much and are turned alike (radians) are looked at once."""
TILE_SCALE: Final = 1.35
"""Side of a tile of level n over the n-th part of the picture's long side."""
WIDER_SCALE: Final = 1.39
"""The same where level 3 is the finest: just enough for three times two of its tiles to cover a picture of 4:3, which
find as many people as three times three, and in clips half as many who are not there."""
PADDED: Final = 1.5
"""Side of the padded view over the picture's long side."""
SMALL_PICTURE: Final = 500
"""Long side in pixels up to which a picture is searched in enlarged tiles."""
FINEST: Final = 166
"""A level n is worth searching if the n-th part of the long side has so many pixels: its tiles are no smaller then than
the network's input."""
FINEST_OF_SMALL: Final = 111
"""The same for small pictures."""
TILE_OVERLAP: Final = 0.38
"""Smallest share of a tile's side that it shares with its neighbour: people up to that size lie whole in a tile."""


@dataclass(frozen=True)
class Candidates:
    """Places where N people may be, not yet verified.

    Attributes:
        scores: (N,) float32, 0 to 1.
        faces: (N, 4) float32, face boxes xyxy, pixels.
        rois: (N, 4) float32, regions of the whole bodies.
    """

    scores: Floats
    faces: Floats
    rois: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: list[int]) -> Candidates:
        """The candidates at `rows`."""
        return Candidates(self.scores[rows], self.faces[rows], self.rois[rows])

    def joined(self, other: Candidates) -> Candidates:
        """These candidates and others."""
        pairs = ((self.scores, other.scores), (self.faces, other.faces), (self.rois, other.rois))
        return Candidates(*(np.concatenate(pair) for pair in pairs))


def all_tiles(height: int, width: int) -> Floats:
    """Every tile (N, 4) in which to search a picture, as ROIs: all levels and a padded view.

    The padded view shows the picture small, in a black surround: people whom its border cuts off, or who fill it, look
    more like the whole people whom the network knows.
    """
    padded = np.array([[width / 2, height / 2, PADDED * max(height, width), 0]], np.float32)
    levels = levels_for(height, width)
    scale = WIDER_SCALE if levels[-1] == 3 else TILE_SCALE
    return np.concatenate([padded, *(tiles(height, width, level, scale) for level in levels)])


def tiles(height: int, width: int, level: int, scale: float = TILE_SCALE) -> Floats:
    """Square tiles (N, 4), as ROIs, that together cover the picture; `level` 1 is one tile around all of it.

    A tile of level n has `scale` times the n-th part of the picture's long side.
    """
    long_side = max(height, width)
    side = min(long_side, scale * long_side / level)
    across, down = _centres(width, side), _centres(height, side)
    return np.array([(x, y, side, 0) for y in down for x in across], np.float32)


def _centres(length: float, side: float) -> Floats:
    """Centres of the fewest spans of `side` that cover 0 to `length` and overlap by TILE_OVERLAP."""
    if length <= side:
        return np.array([length / 2], np.float32)
    n = math.ceil((length - side) / (side * (1 - TILE_OVERLAP)) - 1e-6) + 1
    return np.linspace(side / 2, length - side / 2, n, dtype=np.float32)


def levels_for(height: int, width: int) -> tuple[int, ...]:
    """Tile levels worth searching: down to tiles about as large as the network's input.

    In small pictures people are small in pixels too, and finer, enlarged tiles are cheap enough.
    """
    long_side = max(height, width)
    levels, finest = ((1, 2, 4), FINEST_OF_SMALL) if long_side <= SMALL_PICTURE else ((1, 2, 3, 5, 8), FINEST)
    return tuple(level for level in levels if level == 1 or long_side / level >= finest)


def anchors() -> Floats:
    """Centres (2254, 2) of the detector's anchors in units of the tensor's side; their size is fixed to 1."""
    grids = []
    for stride, per_cell in STRIDES:
        n = SIZE // stride
        y, x = np.mgrid[0:n, 0:n]
        grid = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / n
        grids.append(np.repeat(grid, per_cell, axis=0))
    return np.concatenate(grids).astype(np.float32)


class PersonSearch:
    """Proposes people."""

    def __init__(self) -> None:
        self.network = Network(weights.network_path("pose_detection"), batches=(1,))
        self._anchors = anchors()

    def __call__(self, levels: list[Image], tile_rois: Floats, threshold: float) -> Candidates:
        """Candidates with a score of at least `threshold` in the tiles (N, 4) of a picture (its pyramid)."""
        tensors = roi_rules.crops(levels, tile_rois, SIZE, cv2.BORDER_CONSTANT)
        boxes, logits = self.network(tensors * np.float32(2 / 255) - np.float32(1))
        scores = sigmoid(logits[..., 0])
        tile, anchor = np.nonzero(scores >= threshold)
        found = self._decoded(boxes[tile, anchor], anchor, tile_rois[tile])
        return thinned(merged(Candidates(scores[tile, anchor], *found)))

    def _decoded(self, raw: Floats, anchor: NDArray[np.intp], in_tile: Floats) -> tuple[Floats, Floats]:
        """Face boxes and body ROIs (N, 4) of raw detections (N, 12): x, y, w, h and four points."""
        points = raw[:, [0, 1, 4, 5, 6, 7]].reshape(-1, 3, 2) / SIZE + self._anchors[anchor][:, None]
        placed = roi_rules.to_image(points, in_tile)
        half = raw[:, 2:4] / SIZE * in_tile[:, 2:3] / 2
        faces = np.concatenate([placed[:, 0] - half, placed[:, 0] + half], axis=1)
        return faces, roi_rules.from_circle(placed[:, 1], placed[:, 2], BODY_SCALE)


def merged(found: Candidates) -> Candidates:
    """Candidates of the same face joined into their mean, weighted by score; the best score stays."""
    left = np.argsort(-found.scores, kind="stable")
    groups = []
    while len(left):
        same = box_iou(found.faces[left[:1]], found.faces[left])[0] >= SAME_FACE_IOU
        same[0] = True
        groups.append(left[same])
        left = left[~same]
    rows = [_mean(found, group) for group in groups]
    return Candidates(
        np.array([found.scores[group[0]] for group in groups], np.float32),
        np.array([faces for faces, _ in rows], np.float32).reshape(-1, 4),
        np.array([rois for _, rois in rows], np.float32).reshape(-1, 4),
    )


def thinned(found: Candidates) -> Candidates:
    """The candidates without those whose region is nearly that of a better one."""
    half = found.rois[:, 2:3] / 2
    squares = np.concatenate([found.rois[:, :2] - half, found.rois[:, :2] + half], axis=1)
    turn = np.abs(roi_rules.wrapped(found.rois[:, None, 3] - found.rois[None, :, 3]))
    same = (box_iou(squares, squares) > SAME_ROI_IOU) & (turn < SAME_ROI_TURN)
    kept: list[int] = []
    for row in np.argsort(-found.scores, kind="stable").tolist():
        if not same[row, kept].any():
            kept.append(row)
    return found.take(kept)


def _mean(found: Candidates, group: NDArray[np.intp]) -> tuple[Floats, Floats]:
    share = found.scores[group] / found.scores[group].sum()
    roi = found.rois[group]
    turn = roi[0, 3] + (share * roi_rules.wrapped(roi[:, 3] - roi[0, 3])).sum()
    place = (share[:, None] * roi[:, :3]).sum(axis=0)
    return (share[:, None] * found.faces[group]).sum(axis=0), np.append(place, turn)


def sigmoid(logits: Floats) -> Floats:
    """Logits as probabilities, float32."""
    return (1 / (1 + np.exp(-np.clip(logits, -60, 60)))).astype(np.float32)
