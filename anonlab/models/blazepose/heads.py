"""People of whom a face was found and no body: the head and what is surely below it."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.blazepose.faces import Faces
from anonlab.models.contracts import Persons

Floats = NDArray[np.floating[Any]]

HEAD_RADIUS: Final = 0.95
HEAD_UP: Final = 0.2
"""The head with hair and chin around a face: radius, and how far its centre lies above the face's, in face widths."""
SHOULDERS: Final = 1.5
CHEST: Final = 3.0
"""Half the breadth of the shoulders, and how far below the face's centre the mask ends, in face widths."""


def persons(faces: Faces, share: float, height: int, width: int) -> Persons:
    """The owners of faces, as far down as the chest; a score is `share` of the face's."""
    masks = [_drawn(c, w, height, width) for c, w in zip(faces.centres(), faces.widths(), strict=True)]
    return Persons(
        boxes_xyxy=_cut(_around(faces, SHOULDERS, CHEST), height, width),
        scores=(share * faces.scores).astype(np.float32),
        masks=np.stack(masks) if masks else np.zeros((0, height, width), bool),
        faces_xyxy=_cut(_around(faces, HEAD_RADIUS, HEAD_RADIUS - HEAD_UP), height, width),
        hints=faces.body_rois(),
    )


def _around(faces: Faces, half: float, down: float) -> Floats:
    """Boxes (N, 4) from the crown, `half` a face width to both sides and `down` below the face's centre."""
    up = HEAD_RADIUS + HEAD_UP
    reach = np.array([-half, -up, half, down])
    return np.asarray(np.tile(faces.centres(), 2) + reach * faces.widths()[:, None])


def _cut(boxes: Floats, height: int, width: int) -> NDArray[np.float32]:
    return np.clip(boxes, 0, np.array([width, height, width, height])).astype(np.float32)


def _drawn(centre: Floats, unit: float, height: int, width: int) -> NDArray[np.bool_]:
    """Mask (height, width) of a head, and of shoulders and chest as a block below it."""
    canvas = np.zeros((height, width), np.uint8)
    x, y = (float(value) for value in centre)
    cv2.circle(canvas, (round(x), round(y - HEAD_UP * unit)), max(1, round(HEAD_RADIUS * unit)), 1, -1)
    low = (
        (round(x - SHOULDERS * unit), round(y + unit / 2)),
        (round(x + SHOULDERS * unit), round(y + CHEST * unit)),
    )
    cv2.rectangle(canvas, *low, 1, -1)
    return canvas > 0
