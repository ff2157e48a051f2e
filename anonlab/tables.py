"""The schema of every table that crosses a stage, and the only way such a table is written or read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.parquet as parquet

from anonlab import ava
from anonlab.errors import InputError
from anonlab.files import replacing
from anonlab.keypoints import N_KEYPOINTS, NAMES, PARTS

MEDIA: Final = ("image", "video")
PARTS_AND_ALL: Final = ("all", *PARTS)


def _schema(name: str, **columns: pa.Column) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=True, coerce=True)


def _text(*allowed: str) -> pa.Column:
    return pa.Column(str, pa.Check.isin(allowed) if allowed else None)


def _count(nullable: bool = False) -> pa.Column:
    return pa.Column("Int64" if nullable else "int64", pa.Check.ge(0), nullable=nullable)


def _number(low: float | None = None, nullable: bool = False, dtype: str = "float32") -> pa.Column:
    return pa.Column(dtype, pa.Check.ge(low) if low is not None else None, nullable=nullable)


def _lists(length: int | None = None) -> pa.Column:
    """A column of sequences, all `length` long where that is given."""
    check = pa.Check(lambda row: len(row) == length, element_wise=True) if length else None
    return pa.Column(object, check)


_ITEM = {"item": _text(), "scenario": _text(), "media": _text(*MEDIA)}

MANIFEST: Final = _schema(
    "manifest",
    **_ITEM,
    path=_text(),  # below the data set's folder, with forward slashes
    width=_count(),
    height=_count(),
    fps=_text(),  # a fraction such as "30000/1001"; empty for images
    n_frames=_count(),
    colour=_text("rgb", "gray"),
    sha256=_text(),
)

UNREADABLE: Final = _schema("unreadable", path=_text(), problem=_text())

PERSONS: Final = _schema(
    "persons",
    item=_text(),
    frame=_count(),
    person=_count(),  # constant over a track
    score=_number(0),
    **{edge: _number() for edge in ("x0", "y0", "x1", "y1")},
    **{edge: _number(nullable=True) for edge in ("face_x0", "face_y0", "face_x1", "face_y1")},
    state=_text("covered", "held"),  # held: carried over frames in which the person was not seen
    mask_rle=_lists(),  # COCO run lengths: column by column, starting with the background
)

FRAMES: Final = _schema(
    "frames",
    item=_text(),
    n_frames=_count(),
    n_empty=_count(),  # frames in which nobody was found: written as they are
    n_held=_count(),  # frames with at least one held mask
    n_persons=_count(),  # masks applied, over all frames
    mask_share=_number(0, nullable=True, dtype="float64"),  # mean share of the frame that was changed
    sha256=_text(),  # of the file written; empty for the original, of which no copy is made
)

POSE: Final = _schema(
    "pose",
    item=_text(),
    frame=_count(),
    person=_count(),
    score=_number(0),
    **{edge: _number() for edge in ("x0", "y0", "x1", "y1")},
    keypoints=_lists(2 * N_KEYPOINTS),  # x0, y0, x1, y1 ... in pixels
    keypoint_scores=_lists(N_KEYPOINTS),
)

ACTIONS: Final = _schema(
    "actions",
    item=_text(),
    frame=_count(),
    predictable=pa.Column(bool),  # False: no prediction possible here, all scores NaN; not the same as empty
    **{name: _number(0, nullable=True) for name in ava.NAMES},
)

POSE_COUNTS: Final = _schema(
    "pose_counts",
    kind=_text(),
    **_ITEM,
    part=_text(*PARTS_AND_ALL),
    threshold=_number(0, dtype="float64"),
    n_original=_count(),  # keypoints detected on the original
    n_anonymized=_count(),  # keypoints detected on the anonymized item, spurious persons included
    n_both=_count(),  # keypoints of matched persons detected on both
    sum_px=_number(0, dtype="float64"),  # of the distances of those, pixels
    sum_norm=_number(0, dtype="float64"),  # of the distances over the long side of the original person's box
)

KEYPOINT_COUNTS: Final = _schema(
    "keypoint_counts",
    kind=_text(),
    **_ITEM,
    keypoint=_text(*NAMES),
    threshold=_number(0, dtype="float64"),  # the one that params.yaml chooses
    n_original=_count(),
    n_both=_count(),
    sum_px=_number(0, dtype="float64"),
    sum_norm=_number(0, dtype="float64"),
)

PERSON_COUNTS: Final = _schema(
    "person_counts",
    kind=_text(),
    **_ITEM,
    n_frames=_count(),  # analysed frames
    n_original=_count(),
    n_anonymized=_count(),
    n_matched=_count(),
)

ACTION_COUNTS: Final = _schema(
    "action_counts",
    kind=_text(),
    **_ITEM,
    threshold=_number(0, dtype="float64"),
    n_frames=_count(),  # frames predictable on both
    n_equal=_count(),  # the two sets are equal
    n_original=_count(),  # frames with at least one action on the original
    n_anonymized=_count(),
    n_both=_count(),
    n_not_predictable=_count(),
)

DISTRIBUTION: Final = _schema(
    "distribution",
    kind=_text(),  # here the original is a kind too
    **_ITEM,
    action=_text(*ava.NAMES),
    threshold=_number(0, dtype="float64"),
    n_frames=_count(),  # at least 1: a row that is not there stands for 0
)

SUMMARY: Final = _schema(
    "summary",
    metric=_text(
        *("epe_px", "epe_norm", "epe_item_px", "ptk", "ptk_count"),
        *("persons_found", "spurious"),
        *("acc", "pta", "pta_count"),
    ),
    kind=_text(),
    media=_text(*MEDIA),
    scenario=_text(),  # "all": over every scenario
    part=_text(*PARTS_AND_ALL),  # "all" for metrics that have no parts
    threshold=_number(0, nullable=True, dtype="float64"),  # NaN: the metric has no threshold
    numerator=_number(0, dtype="float64"),
    denominator=_number(0, dtype="float64"),
    value=_number(0, nullable=True, dtype="float64"),  # NaN: undefined
    low=_number(0, nullable=True, dtype="float64"),
    high=_number(0, nullable=True, dtype="float64"),
    n_items=_count(),  # images or clips that the interval resamples
)

SCHEMAS: Final = {
    schema.name: schema
    for schema in (
        *(MANIFEST, UNREADABLE, PERSONS, FRAMES, POSE, ACTIONS),
        *(POSE_COUNTS, KEYPOINT_COUNTS, PERSON_COUNTS, ACTION_COUNTS, DISTRIBUTION, SUMMARY),
    )
}

_LIST_TYPES: Final = {
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
    try:
        frame = parquet.read_table(path).to_pandas()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such table; `dvc repro` makes it") from error
    except (arrow.ArrowException, OSError) as error:
        raise InputError(
            f"{path}: not a readable parquet file ({error}); delete it and run `dvc repro`"
        ) from error
    try:
        return table(schema, frame)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def concat(paths: Iterable[Path], schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The tables of `schema` at `paths`, one below the other."""
    frames = [frame for frame in (read(path, schema) for path in paths) if not frame.empty]
    return pd.concat(frames, ignore_index=True) if frames else table(schema, [])


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
