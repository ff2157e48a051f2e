"""The headline numbers of a run as lines of text, for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from anonlab import overview

_MEDIA: Final = {"image": "images", "video": "clips"}
_COLUMNS: Final = ("ptk", "epe_norm", "persons_found", "acc", "pta")


def numbers(metrics_json: Path, kinds: Iterable[str]) -> list[str]:
    """A line per method and medium, under one with the names of the columns; none where there are no numbers."""
    try:
        found = json.loads(metrics_json.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    rows = [
        [kind, name, *_cells(found[kind][medium])]
        for medium, name in _MEDIA.items()
        for kind in kinds
        if medium in found.get(kind, {})
    ]
    titles = ["", "", *(overview.METRICS[column][0] for column in _COLUMNS)]
    return _aligned([titles, *rows]) if rows else []


def _cells(values: Mapping[str, Any]) -> list[str]:
    """Rounded numbers; a dash where there is nothing to measure."""
    cells = []
    for column in _COLUMNS:
        _, factor, digits = overview.METRICS[column]
        value = values.get(column)
        cells.append("-" if value is None else f"{factor * value:.{digits}f}")
    return cells


def _aligned(rows: list[list[str]]) -> list[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        names = [cell.ljust(width) for cell, width in zip(row[:2], widths, strict=False)]
        cells = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join([*names, *cells]).rstrip())
    return lines
