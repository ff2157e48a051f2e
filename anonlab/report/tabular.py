"""Tables as the page sets them: headings, groups of rows, and cells of a value with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def grouped(frame: pd.DataFrame, labels: Mapping[str, str], caption: str) -> dict[str, Any]:
    """A table of `overview` with one or two levels of index.

    Args:
        frame: cells such as "3.1 [2.0, 4.2]".
        labels: what scenarios, kinds and parts are called.
        caption: what the table shows.

    Returns:
        caption, columns, and rows of group (empty where it is that of the row above), size of the group, name, cells.
    """
    rows, above = [], None
    groups = frame.index.get_level_values(0) if frame.index.nlevels == 2 else pd.Index([""] * len(frame))
    for group, name, cells in zip(
        groups, frame.index.get_level_values(-1), frame.to_numpy(object), strict=True
    ):
        first = group != above and frame.index.nlevels == 2
        size = int((groups == group).sum()) if first else 0
        row = {
            "group": labels.get(group, group) if first else "",
            "size": size,
            "name": labels.get(name, name),
        }
        rows.append(row | {"cells": [_cell(text) for text in cells]})
        above = group
    return {"caption": caption, "columns": list(frame.columns), "rows": rows, "two": frame.index.nlevels == 2}


def _cell(text: Any) -> tuple[str, str]:
    """Value and interval; nothing stands for a column that has no such row, and a dash for NaN."""
    if not isinstance(text, str):
        return ("", "") if pd.isna(text) else (str(text), "")
    value, bracket, interval = text.partition(" [")
    return ("–" if value == "NaN" else value.replace("-", "−")), (bracket + interval).strip().replace(
        "-", "−"
    )
