"""Pictures for the page: read, made fit to be shown, drawn on, cut, and encoded into its text.

A page to be published gets no pixel that the anonymization left as it was. Methods leave every pixel outside the
persons bit-equal and change every pixel inside, so comparing with the original tells which are which without masks:
somebody whom the detector missed is left out as the background is. That does not hold for methods that fill what they
cover with other parts of the footage: somebody who was missed there may come back here, as a pixel that did change. Of
them only poses are shown.
"""

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

from anonlab import gallery, methods, records
from anonlab.drawing import draw_pose, resized
from anonlab.figures.montage import Posed
from anonlab.items import ORIGINAL, Source, sources
from anonlab.models.contracts import Image, Pose

GREY: Final = 216
QUALITY: Final = 82
FIGURE_QUALITY: Final = 90
WIDTH_PX: Final = 400
HEIGHT_PX: Final = 300
MARGIN: Final = 0.15
MIN_CROP_PX: Final = 96

Box = tuple[int, int, int, int]


def clear_kinds(kinds: Mapping[str, Any]) -> set[str]:
    """The kinds whose pictures may show persons as they are, even where they differ from the original."""
    return {
        kind
        for kind, settings in kinds.items()
        if not methods.anonymizes(kind, settings) or methods.borrows(kind, settings)
    }


def published(image: Image, original: Image) -> Image:
    """`image` with every pixel that is as on the original replaced by grey; both (H, W, 3)."""
    changed = (image != original).any(axis=2, keepdims=True)
    return np.where(changed, image, np.uint8(GREY))


def blank(image: Image) -> Image:
    """A grey picture of the size of `image`, for a pose without its person."""
    return np.full_like(image, GREY)


@dataclass(frozen=True)
class Footage:
    """The media of a run, and what of them may be shown.

    Attributes:
        folder: the data set.
        data: tables and media of the pipeline.
        publish: show only what the anonymization changed.
        clear: from `clear_kinds`.
    """

    folder: str
    data: Path
    publish: bool
    clear: set[str]
    _known: dict[str, list[Source]] = field(default_factory=dict)

    def picture(self, kind: str, item: str, frame: int) -> Image:
        """One frame of one kind, without what may not be shown of it."""
        image = self._read(kind, item, frame)
        if not self.publish:
            return image
        return blank(image) if kind in self.clear else published(image, self._read(ORIGINAL, item, frame))

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

    def panels(self, shown: Mapping[str, Posed]) -> dict[str, Posed]:
        """Panels of Figure 1 as they may be shown: of clear kinds the pose on grey."""
        image = shown[ORIGINAL].image
        pictures = {
            kind: blank(image) if kind in self.clear else published(each.image, image)
            for kind, each in shown.items()
        }
        return {kind: Posed(pictures[kind], each.pose, each.epe_px) for kind, each in shown.items()}

    def _sources(self, kind: str) -> list[Source]:
        if kind not in self._known:
            self._known[kind] = sources(self.folder, self.data, kind)
        return self._known[kind]

    def _read(self, kind: str, item: str, frame: int) -> Image:
        (source,) = [each for each in self._sources(kind) if each.row["item"] == item]
        return gallery.frame((source, frame))


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
