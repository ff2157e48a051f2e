"""The items of one kind of media: where each lies, what it is, and the work that a stage does on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anonlab import media, tables
from anonlab.engine import Task
from anonlab.errors import InputError
from anonlab.paths import ROOT

ORIGINAL = "original"
"""The kind that is read where it lies: no copy of it is made."""


@dataclass(frozen=True)
class Source:
    """One image or clip of one kind.

    Attributes:
        row: its row of the manifest.
        path: the file.
        sha256: of the file.
    """

    row: Mapping[str, Any]
    path: Path
    sha256: str

    def task(self, settings: Mapping[str, Any], *, cost: float | None = None, **depends_on: Any) -> Task:
        """Work on this item with `settings`; `depends_on` names what else the result depends on."""
        return Task(
            item=self.row["item"],
            arguments={"path": self.path, "row": self.row, **settings},
            key={"sha256": self.sha256, "row": dict(self.row), **settings, **depends_on},
            cost=self.row["n_frames"] if cost is None else cost,
        )


def sources(folder: str | Path, data: Path, kind: str = ORIGINAL) -> list[Source]:
    """Every item of the manifest as media of `kind`, in the manifest's order.

    Args:
        folder: the data set; relative to the project.
        data: the pipeline's tables and media.

    Raises:
        InputError: a table or a file is missing.
    """
    manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
    rows = [{str(name): value for name, value in row.items()} for row in manifest.to_dict("records")]
    if kind == ORIGINAL:
        found = [Source(row, ROOT / folder / row["path"], row["sha256"]) for row in rows]
    else:
        frames = tables.read(data / "anonymized" / kind / "frames.parquet", tables.FRAMES)
        hashes = dict(zip(frames["item"], frames["sha256"], strict=True))
        found = [Source(row, anonymized_path(data, kind, row), hashes[row["item"]]) for row in rows]
    for source in found:
        if not source.path.is_file():
            raise InputError(f"{source.path}: gone since the stage that listed it; run `dvc repro`")
    return found


def anonymized_path(data: Path, kind: str, row: Mapping[str, Any]) -> Path:
    """Where the anonymized copy of an item lies: lossless, so its ending is not the original's."""
    suffix = media.IMAGE_SUFFIX if row["media"] == "image" else media.VIDEO_SUFFIX
    return data / "anonymized" / kind / f"{row['item']}{suffix}"
