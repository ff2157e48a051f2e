"""Pictures for the page: read, made fit to be shown, drawn on, cut, and encoded into its text."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from anonlab import gallery, records
from anonlab.drawing import draw_pose, resized
from anonlab.items import Source, sources
from anonlab.models.contracts import Image, Pose
from anonlab.veil import Veil

QUALITY: Final = 82
FIGURE_QUALITY: Final = 90
WIDTH_PX: Final = 400
HEIGHT_PX: Final = 300
MARGIN: Final = 0.15
MIN_CROP_PX: Final = 96

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Footage:
    """The media of a run, and what of them may be shown.

    Attributes:
        folder: the data set.
        data: tables and media of the pipeline.
        veil: over every picture.
    """

    folder: str
    data: Path
    veil: Veil
    _known: dict[str, list[Source]] = field(default_factory=dict)
    _viewers: dict[str, gallery.View] = field(default_factory=dict)

    def picture(self, kind: str, item: str, frame: int) -> Image:
        """One frame of one kind, without what may not be shown of it."""
        if kind not in self._viewers:
            self._viewers[kind] = gallery.viewer(self.folder, kind, self.veil, self.data)
        (source,) = [each for each in self._sources(kind) if each.row["item"] == item]
        return self._viewers[kind]((source, frame))

    def posed(
        self, kind: str, item: str, frame: int, table: pd.DataFrame, threshold: float
    ) -> tuple[Image, Pose]:
        """The same with its pose drawn, and the pose; table: POSE of the kind."""
        pose = records.pose(table[(table["item"] == item) & (table["frame"] == frame)])
        image = draw_pose(self.picture(kind, item, frame), pose.keypoints, pose.scores, threshold)
        return image, pose

    def samples(self, kind: str, n: int) -> list[gallery.Sample]:
        """At most `n` frames, spread over the items."""
        return gallery.samples(self._sources(kind), n)

    def _sources(self, kind: str) -> list[Source]:
        if kind not in self._known:
            self._known[kind] = sources(self.folder, self.data, kind)
        return self._known[kind]


def section(shape: Sequence[int], poses: Sequence[Pose], threshold: float) -> Box:
    """x0, y0, x1, y1 of the part of a picture (H, W, 3) that holds all keypoints above the threshold, with a margin."""
    points = np.concatenate([pose.keypoints[pose.scores > threshold] for pose in poses])
    height, width = shape[:2]
    inside = np.isfinite(points).all(axis=1) & ((points >= 0) & (points < (width, height))).all(axis=1)
    if not inside.any():
        return 0, 0, width, height
    low, high = points[inside].min(axis=0), points[inside].max(axis=0)
    reach = max(MIN_CROP_PX / 2, (0.5 + MARGIN) * float((high - low).max()))
    centre = (low + high) / 2
    x0, y0 = np.maximum(centre - reach, 0).astype(int).tolist()
    x1, y1 = np.minimum(centre + reach, (width, height)).astype(int).tolist()
    return x0, y0, x1, y1


def cut(image: Image, box: Box) -> Image:
    """The part of `image` in `box`."""
    x0, y0, x1, y1 = box
    return image[y0:y1, x0:x1]


def thumbnail(image: Image) -> dict[str, Any]:
    """`image` within 400 x 300 pixels as JPEG: its source text, width and height."""
    factor = min(WIDTH_PX / image.shape[1], HEIGHT_PX / image.shape[0], 1.0)
    small = resized(image, round(factor * image.shape[1]), round(factor * image.shape[0]))
    return {"src": jpeg(small, QUALITY), "width": small.shape[1], "height": small.shape[0]}


def jpeg(image: Image, quality: int = FIGURE_QUALITY) -> str:
    """`image` as the text of a `src` attribute."""
    _, encoded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _data_uri("image/jpeg", encoded.tobytes())


def drawing(path: Path) -> str:
    """An SVG file as the text of a `src` attribute: inside an <img> its ids meet no others."""
    return _data_uri("image/svg+xml", path.read_bytes())


def width_pt(path: Path) -> float:
    """Width of an SVG file as matplotlib writes it, in points."""
    found = re.search(r'<svg [^>]*?width="([\d.]+)pt"', path.read_text(encoding="utf-8")[:2000])
    return float(found[1]) if found else float("inf")


def raster(source: Path | Figure) -> str:
    """A PNG file, or a figure, as JPEG: for figures that are mostly photographs."""
    buffer = io.BytesIO()
    if isinstance(source, Figure):
        source.savefig(buffer, format="png", dpi=300)
    found = buffer.getvalue() if isinstance(source, Figure) else source.read_bytes()
    decoded = cv2.imdecode(np.frombuffer(found, np.uint8), cv2.IMREAD_COLOR)
    return jpeg(np.asarray(decoded, np.uint8)[:, :, ::-1])


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def names(manifest: pd.DataFrame, titles: Mapping[str, str], publish: bool) -> dict[str, str]:
    """What each item is called on the page: its name or, as that may tell who is on it, its scenario and a number."""
    if not publish:
        return {item: item.partition("/")[2] or item for item in manifest["item"]}
    number = manifest.groupby(["media", "scenario"]).cumcount() + 1
    rows = zip(manifest["item"], manifest["media"], manifest["scenario"], number, strict=True)
    return {
        item: f"{'clip' if media == 'video' else titles.get(scenario, scenario)} {n}"
        for item, media, scenario, n in rows
    }
