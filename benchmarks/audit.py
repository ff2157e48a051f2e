"""A look for faces on one core: CenterFace against the Haar cascades, on a frame of 640 x 480 with one person."""

from __future__ import annotations

import cv2

from anonlab.models.centerface import CenterFace
from anonlab.models.classic import HaarFaces
from benchmarks.avatar import scene
from benchmarks.common import Row, side_by_side


def run() -> list[Row]:
    """Frames per second of both."""
    cv2.setNumThreads(1)
    image, _ = scene(640, 480)
    ours, theirs = CenterFace(), HaarFaces()
    times = side_by_side(lambda: ours(image), lambda: theirs(image))
    what = "audit: faces by CenterFace / by Haar cascades, 640 x 480: frames/s"
    return [Row(what, f"{1 / times.ours:.1f}", f"{1 / times.peer:.1f}", times.ratio)]
