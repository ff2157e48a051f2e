"""Persons and poses as rows of their tables, and back."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import masks
from anonlab.keypoints import N_KEYPOINTS
from anonlab.models.contracts import Persons, Pose

BOX: Final = ["x0", "y0", "x1", "y1"]
FACE: Final = [f"face_{edge}" for edge in BOX]


def person_columns(person: Persons) -> dict[str, Any]:
    """Score, boxes and mask of one person (a group of length 1), by column name."""
    return {
        "score": person.scores[0],
        **dict(zip(BOX, person.boxes_xyxy[0], strict=True)),
        **dict(zip(FACE, person.faces_xyxy[0], strict=True)),
        "mask_rle": masks.encode(person.masks[0]),
    }


def of_frame(rows: pd.DataFrame, frame: int) -> pd.DataFrame:
    """The rows of one frame among the rows of one item, which are in the order of their frames."""
    first, last = np.searchsorted(rows["frame"].to_numpy(), [frame, frame + 1])
    return rows.iloc[first:last]


def persons(rows: pd.DataFrame, height: int, width: int) -> Persons:
    """The persons that the rows of one frame describe, in a picture of this size."""
    if rows.empty:
        return Persons.none(height, width)
    return Persons(
        boxes_xyxy=_edges(rows, BOX),
        scores=rows["score"].to_numpy(np.float32),
        masks=np.stack([masks.decode(runs, height, width) for runs in rows["mask_rle"]]),
        faces_xyxy=_edges(rows, FACE),
    )


def _edges(rows: pd.DataFrame, columns: list[str]) -> NDArray[np.float32]:
    """Columns as an array (N, 4): column by column, four times as fast as all at once where there are few rows."""
    return np.column_stack([rows[column].to_numpy(np.float32) for column in columns])


def pose_columns(person: Persons, pose: Pose) -> dict[str, Any]:
    """Score, box and keypoints of one person (groups of length 1), by column name."""
    return {
        "score": person.scores[0],
        **dict(zip(BOX, person.boxes_xyxy[0], strict=True)),
        "keypoints": pose.keypoints[0].ravel(),
        "keypoint_scores": pose.scores[0],
    }


def pose(rows: pd.DataFrame) -> Pose:
    """The keypoints that the rows of one frame of the table `pose` hold."""
    keypoints = np.array(rows["keypoints"].tolist(), np.float32).reshape(-1, N_KEYPOINTS, 2)
    scores = np.array(rows["keypoint_scores"].tolist(), np.float32).reshape(-1, N_KEYPOINTS)
    return Pose(keypoints, scores)
