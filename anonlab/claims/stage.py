"""Stage claims: test every claim of the paper on the tables of a run, and write the verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from anonlab import scenarios, tables
from anonlab.claims.catalogue import CLAIMS, Claim
from anonlab.claims.evidence import Estimate, Evidence, Finding, Settings, Uncheckable
from anonlab.files import replacing
from anonlab.paths import DATA, ROOT

COUNTS: Final = (
    "pose_counts",
    "keypoint_counts",
    "person_counts",
    "action_counts",
    "distribution",
    "leak_counts",
)
NOTHING: Final = Finding("", "", Estimate(float("nan")), False, False, "")


def run(
    kinds: Sequence[str], settings: Settings, seed: int, data: Path = DATA, root: Path = ROOT
) -> pd.DataFrame:
    """Judge every claim by the tables below `data`; write `data`/claims.parquet, and claims.csv and .json to `root`."""
    verdicts = judge(evidence(kinds, settings, seed, data))
    tables.write(data / "claims.parquet", tables.CLAIMS, verdicts)
    with replacing(root / "claims.csv") as temporary:
        verdicts.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")
    with replacing(root / "claims.json") as temporary:
        text = json.dumps(headline(verdicts), indent=2, sort_keys=True, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return verdicts


def evidence(kinds: Sequence[str], settings: Settings, seed: int, data: Path = DATA) -> Evidence:
    """The tables below `data` that the claims are about."""
    found = {name: tables.read(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name]) for name in COUNTS}
    posed = [kind for kind in ("original", settings.blur) if kind in kinds]
    played = [kind for kind in (settings.generative, settings.blur, settings.pixelate) if kind in kinds]
    covered = [kind for kind in kinds if kind == settings.generative]
    return Evidence(
        settings=settings,
        titles=scenarios.read(data / "scenarios.json"),
        manifest=tables.read(data / "manifest.parquet", tables.MANIFEST),
        temporal={k: tables.read(data / "temporal" / f"{k}.parquet", tables.TEMPORAL) for k in played},
        frames={k: tables.read(data / "anonymized" / k / "frames.parquet", tables.FRAMES) for k in covered},
        poses={kind: tables.read(data / "pose" / f"{kind}.parquet", tables.POSE) for kind in posed},
        seed=seed,
        **found,
    )


def judge(evidence: Evidence) -> pd.DataFrame:
    """CLAIMS: one row per claim of the paper, also where it cannot be checked."""
    return tables.table(tables.CLAIMS, [_row(claim, evidence) for claim in CLAIMS])


def headline(verdicts: pd.DataFrame) -> dict[str, Any]:
    """What `dvc metrics` shows: the number of each verdict, and the value behind each claim, None without one."""
    counts = verdicts["verdict"].value_counts()
    numbers = {verdict.replace(" ", "_"): int(counts.get(verdict, 0)) for verdict in tables.VERDICTS}
    values = zip(verdicts["claim"], verdicts["value"], strict=True)
    return numbers | {"value": {name: None if np.isnan(value) else round(value, 4) for name, value in values}}


def _row(claim: Claim, evidence: Evidence) -> Mapping[str, Any]:
    try:
        found = claim.test(evidence)
        verdict, why = ("agrees" if found.holds else "disagrees"), found.why
    except Uncheckable as missing:
        found, verdict, why = NOTHING, "cannot be checked", str(missing)
    value, low, high, n = found.estimate
    return {
        "claim": claim.name,
        "statement": claim.statement,
        "figure": claim.figure,
        "quantity": found.quantity,
        "unit": found.unit,
        "value": value,
        "low": low,
        "high": high,
        "media": (found.media or claim.media) if found.quantity else "",
        "n_items": n,
        "verdict": verdict,
        "sure": bool(found.sure),
        "why": why,
    }
