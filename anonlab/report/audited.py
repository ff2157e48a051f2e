"""What the page says of the audit: rates, and findings in the clear as text.

There are no pictures of them: one that shows somebody who was missed must not be in a page that is to be published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from anonlab import methods, overview, tables
from anonlab.items import ORIGINAL
from anonlab.report import tabular

N_CLEAR: Final = 3
"""Findings in the clear that are listed per kind."""

Place = Callable[[str, int], str]
"""What an item and frame are called on the page."""


def section(
    data: Path, kinds: Mapping[str, Any], labels: Mapping[str, str], place: Place, max_changed: float
) -> dict[str, Any]:
    """What the template wants to know; `rates` and `listed` are None where there are none.

    Args:
        data: tables of the pipeline.
        kinds: kind -> its settings; findings in the clear are listed of those that anonymize.
        labels: of kinds.
        max_changed: less than this share of a finding in the clear was changed.
    """
    compared = [kind for kind in kinds if kind != ORIGINAL]
    rates = {kind: tables.read(data / "audited" / f"{kind}.parquet", tables.AUDITED) for kind in compared}
    table = overview.audited(rates)
    listed = [
        _clear(data, kind, place, max_changed) for kind in compared if methods.anonymizes(kind, kinds[kind])
    ]
    clear = pd.concat(listed) if listed else pd.DataFrame()
    return {
        "looked": _looked(rates),
        "rates": tabular.grouped(table, labels, "Found again on the copy") if len(table) else None,
        "listed": tabular.grouped(clear, labels, "Findings in the clear") if len(clear) else None,
    }


def _looked(rates: Mapping[str, pd.DataFrame]) -> str:
    """How many frames of a kind were looked at, in words."""
    n = max((int(each.drop_duplicates("media")["n_frames"].sum()) for each in rates.values()), default=0)
    return f"{n:,} frame{'s' * (n != 1)} of each kind"


def _clear(data: Path, kind: str, place: Place, max_changed: float) -> pd.DataFrame:
    """The first findings in the clear on one kind, by kind and place."""
    found = tables.read(data / "audit" / f"{kind}.parquet", tables.AUDIT)
    listed = overview.suspicious(found, max_changed)
    rows = listed[listed["clear"]].head(N_CLEAR)
    real = ["" if pd.isna(person) else "yes" if person >= 0 else "no" for person in rows["true_person"]]
    names = [place(*each) for each in zip(rows["item"], rows["frame"], strict=True)]
    changed = [f"{100 * each:.0f}" for each in rows["changed"]]
    cells = {"finding": list(rows["what"]), "changed (%)": changed, "true person": real}
    return pd.DataFrame(cells, index=pd.MultiIndex.from_arrays([[kind] * len(rows), names]))
