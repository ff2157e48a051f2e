"""Points with depth, from the same three networks: where a person's joints are in space, not only in the picture."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.body import Bodies, joined
from anonlab.models.blazepose.estimator import BlazePoseEstimator, fit
from anonlab.models.blazepose.extremities import Parts
from anonlab.models.contracts import DeepPose, Image

Floats = NDArray[np.floating[Any]]

N_BODY: Final = 33
KNOWN: Final = 0.35
"""A body found through the region of the frame before has to fit its box this well, or the box is looked at anew."""


class BlazePoseDepthEstimator:
    """Estimates points with depth of persons whose boxes are known; a `DepthEstimator`."""

    def __init__(self) -> None:
        """Open the networks.

        Raises:
            MissingModelError: a network file or LiteRT is missing; the message says how to get it.
        """
        self.points = BlazePoseEstimator()

    def estimate(self, image: Image, boxes_xyxy: Floats, hints: Floats | None = None) -> DeepPose:
        """Points of each box (N, 4) of `image` (H, W, 3); a row that is all NaN could not be looked at.

        Args:
            hints: (N, 4) regions from the frame before, as `DeepPose.hints` gave them; NaN where there was none. They
                save three looks of four, and they are kept to only as far as what they show fits the box.
        """
        good = roi_rules.usable(roi_rules.from_boxes(boxes_xyxy, 1.0), *image.shape[:2])
        out = DeepPose.none(len(boxes_xyxy))
        if good.any():
            known = None if hints is None else hints[good]
            out.put(good, self._estimated(roi_rules.pyramid(image), boxes_xyxy[good], known))
        return out

    def _estimated(self, levels: list[Image], boxes_xyxy: Floats, hints: Floats | None) -> DeepPose:
        bodies = self._bodies(levels, boxes_xyxy, hints)
        n = len(bodies)
        face = self.points.face(levels, bodies.xy)
        sides = ["left"] * n + ["right"] * n
        hands = self.points.hand(levels, np.concatenate([bodies.xy, bodies.xy]), sides)
        left, right = _with_depth(hands.take(slice(0, n))), _with_depth(hands.take(slice(n, None)))
        return DeepPose(
            body=in_space(bodies)[:, :N_BODY],
            scores=bodies.scores()[:, :N_BODY],
            faces=_with_depth(face),
            face_scores=face.scores,
            hands=np.stack([left, right], axis=1),
            hand_scores=np.stack([hands.scores[:n], hands.scores[n:]], axis=1),
            hints=bodies.next_rois(),
        )

    def _bodies(self, levels: list[Image], boxes_xyxy: Floats, hints: Floats | None) -> Bodies:
        """Bodies through the hinted regions where those serve, else from the boxes alone."""
        if hints is None:
            return self.points.bodies(levels, boxes_xyxy)
        usable = roi_rules.usable(hints, *levels[0].shape[:2])
        rois = np.where(usable[:, None], hints, roi_rules.from_boxes(boxes_xyxy, 1.0))
        hinted = self.points.body(levels, rois)
        lost = ~usable | (fit(hinted, boxes_xyxy) < KNOWN)
        if not lost.any():
            return hinted
        anew = self.points.bodies(levels, boxes_xyxy[lost])
        rows = np.arange(len(hinted))
        rows[lost] = len(hinted) + np.arange(len(anew))
        return joined(hinted, anew).take(rows)


def in_space(bodies: Bodies) -> Floats:
    """Points (N, 39, 3) in pixels: x and y as in the picture, depth from the network's metres at the same scale."""
    scale = px_per_metre(bodies)
    depth = bodies.world[..., 2] * scale[:, None]
    hips = depth[:, [23, 24]].mean(axis=1, keepdims=True)
    return np.concatenate([bodies.xy, (depth - hips)[..., None]], axis=-1).astype(np.float32)


def px_per_metre(bodies: Bodies) -> Floats:
    """Scale (N,) that lays the network's metres over the picture's pixels: least squares, sure points count more."""
    weight = np.clip(bodies.scores()[:, :N_BODY, None], 0.02, 1)
    px, metres = bodies.xy[:, :N_BODY], bodies.world[:, :N_BODY, :2]
    px = px - (weight * px).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    metres = metres - (weight * metres).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    along = (weight * px * metres).sum(axis=(1, 2))
    return np.asarray(along / np.maximum((weight * metres**2).sum(axis=(1, 2)), 1e-9))


def _with_depth(parts: Parts) -> Floats:
    """Points (N, K, 3): x, y and depth, pixels."""
    return np.concatenate([parts.xy, parts.depth[..., None]], axis=-1).astype(np.float32)
