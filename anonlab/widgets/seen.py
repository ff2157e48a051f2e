"""What the networks saw on one item, kind by kind: poses of a frame, and the course of a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import ava, items, tables
from anonlab.figures.keypoints import GROUPS, group
from anonlab.keypoints import NAMES
from anonlab.metrics import measures, observed
from anonlab.metrics.matching import match
from anonlab.metrics.measures import THRESHOLDS, Array, Common, People
from anonlab.widgets.looks import packed

N_THRESHOLDS: Final = len(THRESHOLDS)
TOP_ACTIONS: Final = 5
_GROUP: Final = np.array([GROUPS.index(group(name)) for name in NAMES])


class Seen:
    """The tables of a run, read when they are first needed.

    Args:
        data: the pipeline's tables.
        every: of every how many frames of a clip the pose was estimated.
        match_iou: the gate of the metrics.
    """

    def __init__(self, data: Path, every: int, match_iou: float) -> None:
        self._data, self._every, self._match_iou = data, every, match_iou
        self.manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
        self._rows = lru_cache(maxsize=None)(self._read)

    def frame(self, item: int, frame: int, kinds: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Keypoints of one frame on each kind, and on each method how far they are from the original's.

        A keypoint is above threshold j where its level is greater than j.
        """
        original = self._people(items.ORIGINAL, item, frame)
        seen = {kind: self._against(original, self._people(kind, item, frame)) for kind in kinds}
        return {kind: {**each, "leaked": self._leaked(kind, item, frame)} for kind, each in seen.items()}

    def _leaked(self, kind: str, item: int, frame: int) -> float | None:
        """Share of people's true pixels that are as they were; None where that is not known."""
        if not (self._data / "leaks" / f"{kind}.parquet").is_file():
            return None
        rows = self._rows("leaks", kind, item)
        n_true, n_leaked = rows.loc[rows["frame"] == frame, ["n_true", "n_leaked"]].sum()
        return float(n_leaked / n_true) if n_true else None

    def _against(self, original: People, found: People) -> dict[str, Any]:
        pairs, common = self._matched(original, found)
        counts = measures.pose_counts(original, found, common, 1, N_THRESHOLDS)
        total = {name: count[0, 0] for name, count in counts.items()}
        return {
            "n_persons": len(found.item),
            "keypoints": packed(found.keypoints),
            "level": packed(found.level, "uint8"),
            "from": packed(original.keypoints[pairs[:, 0]]),
            "to": packed(found.keypoints[pairs[:, 1]]),
            "common": packed(common.level, "uint8"),
            "epe": packed(measures.ratio(*measures.epe_px(total))),
            "ptk": packed(measures.ratio(*measures.ptk(total))),
            "groups": packed(by_group(common)),
        }

    def _matched(self, original: People, found: People) -> tuple[NDArray[np.intp], Common]:
        moments = (each.item * (1 << 32) + each.frame for each in (original, found))
        boxes = original.boxes_xyxy, found.boxes_xyxy
        first, second = moments
        pairs = match(first, boxes[0], second, boxes[1], self._match_iou)
        return pairs, measures.common_keypoints(original, found, pairs)

    def course(self, item: int, kinds: Sequence[str], threshold: float) -> dict[str, Any]:
        """A clip from its start to its end: persons and EPE on every analysed frame, actions on every frame."""
        n_frames = int(self.manifest["n_frames"].iloc[item])
        n = -(-n_frames // self._every)
        original = self._by_frame(items.ORIGINAL, item)
        at = int(np.abs(THRESHOLDS - threshold).argmin())
        epe, persons = [], []
        for kind in kinds:
            found = self._by_frame(kind, item)
            counts = measures.pose_counts(original, found, self._matched(original, found)[1], n, N_THRESHOLDS)
            epe.append(measures.ratio(*measures.epe_px({name: c[:, 0, at] for name, c in counts.items()})))
            persons.append(np.bincount(found.item, minlength=n))
        course = {"epe": packed(np.reshape(epe, (-1, n))), "persons": packed(np.reshape(persons, (-1, n)))}
        return {"n_frames": n_frames, "kinds": list(kinds)} | course | self._actions(item, kinds)

    def _by_frame(self, kind: str, item: int) -> People:
        """The persons of a clip with every analysed frame counted as an item of its own."""
        people = self._people(kind, item)
        return people._replace(item=people.frame // self._every)

    def _actions(self, item: int, kinds: Sequence[str]) -> dict[str, Any]:
        """Levels of the original's most frequent actions: kinds x actions x frames; 255 where not predictable."""
        rows = {kind: self._rows("actions", kind, item).sort_values("frame") for kind in kinds}
        if not rows or any(table.empty for table in rows.values()):
            return {"actions": []}
        scores = {kind: table[list(ava.NAMES)].to_numpy(np.float32) for kind, table in rows.items()}
        first = np.nan_to_num(scores.get(items.ORIGINAL, next(iter(scores.values()))))
        names = np.argsort(-first.mean(axis=0), kind="stable")[:TOP_ACTIONS]
        levels = [np.where(np.isnan(s), 255, measures.levels(np.nan_to_num(s))) for s in scores.values()]
        chosen = np.stack(levels)[:, :, names].swapaxes(1, 2)
        return {"actions": [ava.NAMES[name] for name in names], "levels": packed(chosen, "uint8")}

    def masks(self, item: int, frame: int) -> list[NDArray[np.int32]]:
        """Run lengths of the persons on a frame of the original."""
        rows = self._rows("persons", "", item)
        return [np.asarray(runs, np.int32) for runs in rows.loc[rows["frame"] == frame, "mask_rle"]]

    def _people(self, kind: str, item: int, frame: int | None = None) -> People:
        rows = self._rows("pose", kind, item)
        rows = rows if frame is None else rows[rows["frame"] == frame]
        return observed.people(rows, self.manifest.iloc[[item]].reset_index(drop=True), kind, self._every)

    def _read(self, name: str, kind: str, item: int) -> pd.DataFrame:
        """The rows of one item in one table."""
        table, places = self._table(name, kind)
        return table.iloc[places.get(self.manifest["item"].iloc[item], np.zeros(0, np.intp))]

    @lru_cache(maxsize=32)  # noqa: B019 - lives as long as its explorer
    def _table(self, name: str, kind: str) -> tuple[pd.DataFrame, Mapping[Any, Any]]:
        path = self._data / name / f"{kind}.parquet" if kind else self._data / f"{name}.parquet"
        table = tables.read(path, tables.SCHEMAS[name])
        return table, table.groupby("item").indices


def by_group(common: Common) -> Array:
    """EPE in pixels by group of keypoints at every threshold: (groups, thresholds)."""
    where = np.broadcast_to(_GROUP, common.level.shape).ravel()
    level, shape = common.level.ravel(), (len(GROUPS), N_THRESHOLDS)
    return measures.ratio(
        measures.count_above(level, where, *shape, common.px.ravel()),
        measures.count_above(level, where, *shape),
    )
