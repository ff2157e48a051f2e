"""Every table that crosses a stage is written and read here, checked against its schema."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.parquet as parquet

from anonlab.errors import InputError
from anonlab.files import replacing
from anonlab.imports import without
from anonlab.keypoints import N_KEYPOINTS
from anonlab.schemas.columns import MEDIA
from anonlab.schemas.evaluated import (
    ACTION_COUNTS,
    CLAIMS,
    DISTRIBUTION,
    KEYPOINT_COUNTS,
    LEAK_COUNTS,
    MASK_COUNTS,
    PARTS_AND_ALL,
    PERSON_COUNTS,
    POSE_COUNTS,
    SUMMARY,
    TRUE_ACTION_COUNTS,
    TRUE_CLASS_COUNTS,
    TRUE_PERSON_COUNTS,
    TRUE_POSE_COUNTS,
    VERDICTS,
)
from anonlab.schemas.recorded import (
    ACTIONS,
    AUDIT,
    AUDIT_RATES,
    AUDITED,
    FINDINGS,
    FRAMES,
    LEAKS,
    MANIFEST,
    NOBODY,
    PERSONS,
    POSE,
    TEMPORAL,
    TRUTH,
    UNREADABLE,
)

# hypothesis takes a quarter of a second, and would make up tables, which nobody asks for
with suppress(ImportError), without("hypothesis"):
    importlib.import_module("pandera.strategies.pandas_strategies")

__all__ = [
    "ACTIONS",
    "ACTION_COUNTS",
    "AUDIT",
    "AUDITED",
    "AUDIT_RATES",
    "CLAIMS",
    "DISTRIBUTION",
    "FINDINGS",
    "FRAMES",
    "KEYPOINT_COUNTS",
    "LEAKS",
    "LEAK_COUNTS",
    "MANIFEST",
    "MASK_COUNTS",
    "MEDIA",
    "NOBODY",
    "PARTS_AND_ALL",
    "PERSONS",
    "PERSON_COUNTS",
    "POSE",
    "POSE_COUNTS",
    "SCHEMAS",
    "SUMMARY",
    "TEMPORAL",
    "TRUE_ACTION_COUNTS",
    "TRUE_CLASS_COUNTS",
    "TRUE_PERSON_COUNTS",
    "TRUE_POSE_COUNTS",
    "TRUTH",
    "UNREADABLE",
    "VERDICTS",
    "concat",
    "digest",
    "read",
    "table",
    "write",
]

SCHEMAS: Final = {
    schema.name: schema
    for schema in (
        *(MANIFEST, UNREADABLE, TRUTH, PERSONS, FRAMES, LEAKS, TEMPORAL, POSE, ACTIONS, AUDIT, AUDITED),
        *(POSE_COUNTS, KEYPOINT_COUNTS, PERSON_COUNTS, ACTION_COUNTS, DISTRIBUTION),
        *(TRUE_POSE_COUNTS, TRUE_PERSON_COUNTS, TRUE_ACTION_COUNTS, TRUE_CLASS_COUNTS, LEAK_COUNTS),
        *(MASK_COUNTS, SUMMARY, CLAIMS),
    )
}

_LIST_TYPES: Final = {
    "visibility": arrow.list_(arrow.uint8(), N_KEYPOINTS),
    "actions": arrow.list_(arrow.int32()),
    "mask_rle": arrow.list_(arrow.int32()),
    "keypoints": arrow.list_(arrow.float32(), 2 * N_KEYPOINTS),
    "keypoint_scores": arrow.list_(arrow.float32(), N_KEYPOINTS),
}


def table(schema: pa.DataFrameSchema, rows: Iterable[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Rows as a table of `schema`: its columns in its order with its types, checked; no rows give an empty table.

    Raises:
        InputError: a column is missing, unknown, of the wrong type or out of range.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if frame.empty:
        frame = pd.DataFrame(columns=list(schema.columns))
    known = [name for name in schema.columns if name in frame]
    frame = frame[[*known, *frame.columns.difference(known, sort=False)]]
    try:
        return schema.validate(frame.reset_index(drop=True), lazy=True)
    except (pa.errors.SchemaErrors, pa.errors.SchemaError) as error:
        first = error.failure_cases.iloc[0]
        raise InputError(
            f"table {schema.name}: {len(error.failure_cases)} problem(s), the first: {first['check']} failed in "
            f"column {first['column']!r} for {first['failure_case']!r}"
        ) from error


def write(
    path: Path, schema: pa.DataFrameSchema, rows: Iterable[Mapping[str, Any]] | pd.DataFrame
) -> pd.DataFrame:
    """Check `rows` against `schema`, write them to `path` as parquet in one step, and return the table."""
    checked = table(schema, rows)
    with replacing(path) as temporary:
        parquet.write_table(_to_arrow(checked), temporary, compression="zstd")
    return checked


def read(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The table of `schema` at `path`.

    Raises:
        InputError: the file is missing, damaged, or holds another table.
    """
    frame = _unchecked(path)
    try:
        return table(schema, frame)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def concat(paths: Iterable[Path], schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The tables of `schema` at `paths`, one below the other; checked together: one check takes as long as the other.

    Raises:
        InputError: as for `read`.
    """
    paths = list(paths)
    frames = [_unchecked(path) for path in paths]
    # what one lacks would become NaN beside the others
    if all(set(frame.columns) == set(schema.columns) for frame in frames):
        filled = [frame for frame in frames if not frame.empty]
        with suppress(InputError):
            return table(schema, pd.concat(filled, ignore_index=True) if filled else [])
    for path in paths:
        read(path, schema)  # says which of them it is
    raise InputError(f"table {schema.name}: {len(paths)} tables that do not fit together, from {paths[0]} on")


def _unchecked(path: Path) -> pd.DataFrame:
    """What the parquet file at `path` holds."""
    try:
        return parquet.read_table(path).to_pandas()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such table; `dvc repro` makes it") from error
    except Exception as error:  # what is raised for damaged metadata is anything
        raise InputError(
            f"{path}: not a readable parquet file ({error}); delete it and run `dvc repro`"
        ) from error


def digest(frame: pd.DataFrame) -> str:
    """Hash of the content of a table."""
    found = hashlib.sha256()
    for name, column in frame.items():
        found.update(f"{name} {len(column)}\0".encode())
        if name in _LIST_TYPES:
            for values in column:
                found.update(f"{len(values)}\0".encode() + np.asarray(values).tobytes())
        elif pd.api.types.is_numeric_dtype(column):
            found.update(column.to_numpy().tobytes())
        else:
            found.update("\0".join(map(str, column)).encode())
    return found.hexdigest()


def _to_arrow(frame: pd.DataFrame) -> arrow.Table:
    """As arrow, without pandas' own metadata (it names library versions) and with typed lists."""
    columns = {
        name: arrow.array(list(column), _LIST_TYPES[str(name)])
        if name in _LIST_TYPES
        else arrow.Array.from_pandas(column)
        for name, column in frame.items()
    }
    return arrow.table(columns)
