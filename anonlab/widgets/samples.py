"""What does each method do to this very picture? Frames side by side, with what was seen on them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import pandas as pd
import traitlets as t

from anonlab import drawing, figures, keypoints, parameters, scenarios, tables
from anonlab.errors import AnonlabError
from anonlab.figures.keypoints import GROUPS
from anonlab.figures.selection import ordered_scenarios, scenario_title
from anonlab.paths import DATA
from anonlab.widgets import looks, ranking
from anonlab.widgets.frames import PATIENCE_S, Frames, mask_layer
from anonlab.widgets.seen import Seen

log = logging.getLogger(__name__)

_COUNTS: Final = ("pose_counts", "person_counts", "leak_counts")
_LISTED: Final = ["item", "scenario", "media", "n_frames", "width", "height"]


def explore_samples(data: Path = DATA, params: Path = parameters.PARAMS) -> SampleExplorer:
    """The explorer of a run's pictures.

    Args:
        data: the pipeline's tables and media.
        params: of the run.

    Raises:
        InputError: the pipeline has not made its tables yet.
    """
    return SampleExplorer(data, parameters.load(params), scenarios.read(data / "scenarios.json"))


class SampleExplorer(anywidget.AnyWidget):
    """A list of items, the pictures of one of them, and under a clip its course; every trait can be set from Python.

    Attributes:
        item: id of the item that is shown.
        frame: number of its frame.
        shown: kinds that are shown.
        pose_threshold: of keypoint scores; 0.00, 0.01 ... 0.99.
    """

    _esm = looks.script("plots", "controls", "overlays", "pictures", "items", "course", "samples")
    _css = looks.stylesheet()

    about = t.Dict().tag(sync=True)
    ranks = t.Dict().tag(sync=True)
    item = t.Unicode().tag(sync=True)
    frame = t.Int(0, min=0).tag(sync=True)
    shown = t.List(t.Unicode()).tag(sync=True)
    pose_threshold = t.Float(0.5, min=0, max=0.99).tag(sync=True)

    def __init__(self, data: Path, given: dict[str, Any], titles: dict[str, str]) -> None:
        self._every = int(given["pose"].get("every", 5))
        self._seen = Seen(data, self._every, given["metrics"].get("match_iou", 0.3))
        self._frames = Frames(given["dataset"]["folder"], data, self._every)
        self._kinds = [str(kind) for kind in given["kinds"]]
        self._items = [str(item) for item in self._seen.manifest["item"]]
        self._counts = {name: _read(data / "metrics" / f"{name}.parquet") for name in _COUNTS}
        threshold = float(given["metrics"].get("pose_threshold", 0.5))
        floor = given["figures"].get("floor", figures.Settings.floor)
        settings = figures.Settings(kinds=tuple(self._kinds), titles=titles, floor=floor)
        super().__init__(
            about=self._about(given, settings),
            item=self._items[0] if self._items else "",
            shown=self._kinds[:3],
            pose_threshold=threshold,
        )
        self._rank()
        self.observe(self._rank, ["pose_threshold"])
        self.on_msg(self._receive)

    def _about(self, given: dict[str, Any], settings: figures.Settings) -> dict[str, Any]:
        """What does not change while one explores."""
        manifest = self._seen.manifest
        names = ordered_scenarios(manifest["scenario"], settings)
        return {
            "kinds": looks.kinds(self._kinds, settings),
            "items": manifest[_LISTED].to_dict("records"),
            "scenarios": [{"name": name, "title": scenario_title(name, settings)} for name in names],
            "every": self._every,
            "action_threshold": float(given["metrics"].get("action_threshold", 0.2)),
            "parts": [
                {"name": name, "colour": list(drawing.PART_COLOURS[name]), "lines": keypoints.SKELETON[name]}
                | {"first": where.start, "last": where.stop}
                for name, where in keypoints.PARTS.items()
            ],
            "groups": list(GROUPS),
            "keypoints": list(keypoints.NAMES),
        }

    def _rank(self, _: object = None) -> None:
        found = ranking.worst(
            **self._counts, items=self._items, kinds=self._kinds, threshold=self.pose_threshold
        )
        self.ranks = {name: looks.packed(values) for name, values in found.items()}

    def _receive(self, _: object, content: dict[str, Any], __: object) -> None:
        """Answer a request of the browser; an error is an answer, too."""
        answers: dict[str, Callable[[dict[str, Any]], tuple[dict[str, Any], list[bytes]]]] = {
            "thumbnails": self._thumbnails,
            "frame": self._frame,
            "ahead": self._ahead,
            "course": self._course,
        }
        do = str(content.get("do"))
        try:
            answer, buffers = answers[do](content)
        except Exception as error:  # whatever it is, the browser waits for an answer
            log.debug("%s of the sample explorer", do, exc_info=True)
            known = isinstance(error, (AnonlabError, OSError))
            answer, buffers = {"error": str(error) if known else f"{type(error).__name__}: {error}"}, []
        self.send({"do": do, "request": content, **answer}, buffers)

    def _thumbnails(self, asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        return {}, [self._frames.thumbnail(item) for item in asked["items"]]

    def _frame(self, asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Pictures and poses of a frame; or, while a clip is still being decoded, how far that is."""
        item, frame, kinds = asked["item"], asked["frame"], asked["kinds"]
        pictures = []
        for kind in kinds:
            found = self._frames.get(kind, item, frame, PATIENCE_S / len(kinds))
            if isinstance(found, int):
                return {"pending": found}, []
            pictures.append(found)
        row = self._seen.manifest.iloc[item]
        if asked.get("masks"):
            pictures.append(mask_layer(self._seen.masks(item, frame), int(row["height"]), int(row["width"])))
        seen, buffers = _split(self._seen.frame(item, frame, kinds), list(pictures))
        return {"seen": seen, "n_pictures": len(pictures)}, buffers

    def _ahead(self, asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Decode some more of a clip while nobody is waiting; the answer is up to which frame all are there."""
        end = time.monotonic() + PATIENCE_S
        last = int(self._seen.manifest["n_frames"].iloc[asked["item"]]) - 1
        frame = asked["after"]
        while frame + self._every <= last and time.monotonic() < end and self._frames.has_room():
            frame += self._every
            for kind in asked["kinds"]:
                self._frames.get(kind, asked["item"], frame, patience_s=60)
        return {"decoded": frame, "full": not self._frames.has_room()}, []

    def _course(self, asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        course = self._seen.course(asked["item"], asked["kinds"], self.pose_threshold)
        found, buffers = _split(course, [])
        return {"course": found}, buffers


def _read(path: Path) -> pd.DataFrame:
    """The table of this name; an empty one where the run does not have it."""
    schema = tables.SCHEMAS[path.stem]
    return tables.read(path, schema) if path.is_file() else tables.table(schema, [])


def _split(tree: Any, buffers: list[bytes]) -> tuple[Any, list[bytes]]:
    """A message with the bytes of packed arrays taken out: their places among `buffers` stay behind."""
    if isinstance(tree, dict):
        return {name: _split(value, buffers)[0] for name, value in tree.items()}, buffers
    if isinstance(tree, bytes):
        buffers.append(tree)
        return {"buffer": len(buffers) - 1}, buffers
    return tree, buffers
