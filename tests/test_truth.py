"""The pipeline with its default parameters against labelled photographs, where these are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anonlab import media, models, parameters, persons, pose
from anonlab.geometry import box_iou
from anonlab.keypoints import PARTS
from anonlab.paths import ROOT

REAL = ROOT.parent / "shared/data/real"
TRUTH = REAL / "truth/coco_wholebody_2images.json"

pytestmark = pytest.mark.skipif(not TRUTH.is_file(), reason=f"no labelled photographs: {TRUTH} is not there")


@pytest.fixture(scope="module")
def labelled() -> list[tuple[Path, list[dict[str, Any]]]]:
    """Photographs and the people labelled in them who have at least one body keypoint."""
    truth = json.loads(TRUTH.read_text())
    return [
        (
            REAL / "images/everyday" / f"coco_{image['file_name']}",
            [a for a in truth["annotations"] if a["image_id"] == image["id"] and a["num_keypoints"]],
        )
        for image in truth["images"]
    ]


def boxes(labels: list[dict[str, Any]]) -> np.ndarray:
    corners = np.array([label["bbox"] for label in labels], np.float32)
    corners[:, 2:] += corners[:, :2]
    return corners


def test_at_most_one_labelled_person_is_missed(labelled: list[tuple[Path, list[dict[str, Any]]]]) -> None:
    settings = parameters.load()["persons"]
    detector = models.load("persons", settings["model"])
    missed = 0
    for path, labels in labelled:
        rows = persons.track([media.read_image(path)], detector, 1, 0, settings["min_score"])
        found = np.array(
            [[row[edge] for edge in ("x0", "y0", "x1", "y1")] for group in rows for row in group]
        )
        missed += int((box_iou(boxes(labels), found.astype(np.float32)).max(axis=1) < 0.5).sum())
    assert missed <= 1


def test_body_keypoints_lie_within_a_tenth_of_the_long_side(
    labelled: list[tuple[Path, list[dict[str, Any]]]],
) -> None:
    settings = parameters.load()["pose"]
    networks = models.load("persons", settings["detector"]), models.load("pose", settings["model"])
    near: list[bool] = []
    for path, labels in labelled:
        (found,) = pose.estimate([media.read_image(path)], *networks, settings["min_score"])
        at = np.array([[row[edge] for edge in ("x0", "y0", "x1", "y1")] for row in found], np.float32)
        overlap = box_iou(boxes(labels), at)
        for label, row in zip(labels, overlap.argmax(axis=1), strict=True):
            points = np.array(label["keypoints"], np.float32).reshape(17, 3)
            guess = found[row]["keypoints"].reshape(-1, 2)[PARTS["body"]]
            apart = np.linalg.norm(guess - points[:, :2], axis=1) / max(label["bbox"][2:])
            near += (
                (apart < 0.1)[points[:, 2] > 0].tolist() if overlap[labels.index(label)].max() >= 0.5 else []
            )
    assert len(near) > 40
    assert np.mean(near) >= 0.85
