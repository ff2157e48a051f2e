"""From what the body network says about a region to a person's mask, box and head in the picture.

The mask errs on the side of covering too much: it is the network's own mask, joined with limbs and a head drawn from
the points it is sure of, widened, its holes filled. All of this happens on a small canvas around the region, at the
network's resolution; only the result is enlarged to the picture.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose import rois as roi_rules
from anonlab.models.blazepose.body import SIZE, Bodies
from anonlab.models.blazepose.search import sigmoid

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

MIN_PROBABILITY: Final = 0.3
DILATE_FRAC: Final = 0.01
"""The mask is widened by this share of the person's long side."""
SURE: Final = 0.5
"""Points with a score of at least this are drawn into the mask and lie inside the box."""
MARGIN: Final = 64
"""Cells of canvas around the network's 256 x 256, for limbs that reach out of the region."""
CANVAS: Final = SIZE + 2 * MARGIN

LIMBS: Final = (
    *((11, 12), (11, 23), (12, 24), (23, 24)),
    *((11, 13), (13, 15), (15, 19), (15, 17), (12, 14), (14, 16), (16, 20), (16, 18)),
    *((23, 25), (25, 27), (27, 29), (29, 31), (24, 26), (26, 28), (28, 30), (30, 32)),
)
LIMB_FRAC: Final = 0.025
"""Half thickness of a drawn limb over the person's long side."""
HEAD_RADIUS: Final = 0.65
"""Over the head's height: half of it and a margin for hair, a hat or a helmet."""
N_BODY: Final = 33
HEAD_POINTS: Final = 11
EYE, OTHER_EYE, EAR, OTHER_EAR, MOUTH, OTHER_MOUTH = 2, 5, 7, 8, 9, 10


def head_circles(bodies: Bodies) -> Floats:
    """Circle (N, 3) around each head with hair and chin: centre x, y and radius, pixels; NaN if no head was seen.

    The eyes lie half way between chin and crown; from eyes to mouth it is about 0.3 of a head's height, from ear to ear
    0.65, from the tip of the nose to the ears 0.5. Seen from any side one of them has nearly its full length, so the
    longest decides.
    """
    xy = bodies.xy[:, :HEAD_POINTS].astype(np.float64)
    eyes = (xy[:, EYE] + xy[:, OTHER_EYE]) / 2
    ears = (xy[:, EAR] + xy[:, OTHER_EAR]) / 2
    mouth = (xy[:, MOUTH] + xy[:, OTHER_MOUTH]) / 2
    height = np.maximum(_length(eyes - mouth) / 0.3, _length(xy[:, EAR] - xy[:, OTHER_EAR]) / 0.65)
    height = np.maximum(height, _length(xy[:, 0] - ears) / 0.5)
    centre = (eyes + ears) / 2
    seen = bodies.scores()[:, :HEAD_POINTS].max(axis=1) >= SURE
    circles = np.column_stack([centre, HEAD_RADIUS * height])
    return np.where(seen[:, None], circles, np.nan).astype(np.float32)


def _length(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def heads_xyxy(bodies: Bodies, height: int, width: int) -> Floats:
    """Boxes (N, 4) of the heads, cut to the picture; NaN where no head was seen or it lies outside."""
    circle = head_circles(bodies)
    boxes = np.concatenate([circle[:, :2] - circle[:, 2:], circle[:, :2] + circle[:, 2:]], axis=1)
    boxes = np.clip(boxes, 0, np.array([width, height, width, height]))
    empty = ~((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    boxes[empty] = np.nan
    return boxes.astype(np.float32)


def canvases(bodies: Bodies) -> Mask:
    """Masks (N, CANVAS, CANVAS) in the frame of each region with a margin around it."""
    circles = head_circles(bodies)
    points = roi_rules.to_roi(bodies.xy, bodies.rois) * SIZE + MARGIN
    centres = roi_rules.to_roi(circles[:, None, :2], bodies.rois)[:, 0] * SIZE + MARGIN
    radii = circles[:, 2] / bodies.rois[:, 2] * SIZE
    sure = bodies.scores() >= SURE
    out = np.zeros((len(bodies), CANVAS, CANVAS), bool)
    for i, logits in enumerate(bodies.mask_logits):
        canvas = np.zeros((CANVAS, CANVAS), np.uint8)
        canvas[MARGIN:-MARGIN, MARGIN:-MARGIN] = sigmoid(logits) >= MIN_PROBABILITY
        long_side = _extent(canvas, points[i][sure[i]])
        _draw_limbs(canvas, points[i], sure[i], LIMB_FRAC * long_side)
        if np.isfinite(radii[i]):
            _disc(canvas, centres[i], radii[i])
        out[i] = filled(widened(canvas, DILATE_FRAC * long_side))
    return out


def _extent(canvas: NDArray[np.uint8], points: Floats) -> float:
    """Long side of the box around the mask and the points, in cells."""
    rows, columns = np.nonzero(canvas.any(axis=1))[0], np.nonzero(canvas.any(axis=0))[0]
    x, y = np.append(columns, points[:, 0]), np.append(rows, points[:, 1])
    return float(max(np.ptp(x), np.ptp(y), 1)) if len(x) and len(y) else 1.0


def _draw_limbs(canvas: NDArray[np.uint8], points: Floats, sure: Mask, radius: float) -> None:
    thickness = max(1, round(2 * radius))
    ends = np.round(np.clip(points, -CANVAS, 2 * CANVAS)).astype(int)
    for a, b in LIMBS:
        if sure[a] and sure[b]:
            cv2.line(canvas, tuple(ends[a].tolist()), tuple(ends[b].tolist()), 1, thickness)


def _disc(canvas: NDArray[np.uint8], centre: Floats, radius: float) -> None:
    x, y = np.clip(centre, -CANVAS, 2 * CANVAS).round().astype(int).tolist()
    cv2.circle(canvas, (x, y), max(1, round(min(float(radius), CANVAS))), 1, -1)


def widened(canvas: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """The mask grown by `radius` cells, at least one."""
    reach = max(1, round(radius))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(canvas, kernel), np.uint8)


def filled(canvas: NDArray[np.uint8]) -> Mask:
    """The mask with everything inside its outlines."""
    outlines, _ = cv2.findContours(canvas, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(canvas), outlines, -1, 1, cv2.FILLED), bool)


def placed(canvas: Mask, roi: Floats, height: int, width: int) -> Mask:
    """A canvas in the picture: (height, width)."""
    out = np.zeros((height, width), bool)
    wide = np.array([roi[0], roi[1], roi[2] * CANVAS / SIZE, roi[3]])
    corners = roi_rules.to_image(np.array([[[0.0, 0.0], [1, 0], [0, 1], [1, 1]]]), wide[None])[0]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)), 0, (width, height)).astype(int)
    if x1 <= x0 or y1 <= y0:
        return out
    to_picture = roi_rules.affine(wide, CANVAS, (CANVAS, CANVAS))
    to_picture[:, 2] -= (x0 + 0.5, y0 + 0.5)
    soft = cv2.warpAffine(
        canvas.astype(np.uint8) * 255, to_picture, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR
    )
    out[y0:y1, x0:x1] = soft >= 128
    return out


def boxes_xyxy(bodies: Bodies, height: int, width: int) -> Floats:
    """Boxes (N, 4) around each person's likely pixels and sure points, as far as they lie in the picture.

    Of several patches of likely pixels only those that hold a sure point count. A person without any gets an empty box.
    """
    boxes = np.zeros((len(bodies), 4))
    sure = bodies.scores()[:, :N_BODY] >= SURE
    for i in range(len(bodies)):
        points = bodies.xy[i, :N_BODY][sure[i]]
        cells = _connected(
            bodies.mask_logits[i] >= 0, roi_rules.to_roi(points[None], bodies.rois[i : i + 1])[0]
        )
        points = np.concatenate([roi_rules.to_image(cells[None], bodies.rois[i : i + 1])[0], points])
        points = points[((points >= 0) & (points <= (width, height))).all(axis=1)]
        if len(points):
            boxes[i] = [*points.min(axis=0), *points.max(axis=0)]
    return boxes.astype(np.float32)


def _connected(likely: Mask, points: Floats) -> Floats:
    """Centres (M, 2), in shares of the ROI, of the cells of the patches of a mask that hold any of `points` (P, 2)."""
    _, patches = cv2.connectedComponents(likely.astype(np.uint8))
    x, y = np.floor(points * SIZE).astype(int)[((points >= 0) & (points < 1)).all(axis=1)].T
    rows, columns = np.nonzero(likely & np.isin(patches, patches[y, x]))
    return np.asarray((np.column_stack([columns, rows]) + 0.5) / SIZE)
