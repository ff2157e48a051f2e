"""The kinds of columns that tables are made of."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa

MEDIA: Final = ("image", "video")


def schema(name: str, **columns: pa.Column) -> pa.DataFrameSchema:
    """A table of exactly these columns, in this order; values are converted where that loses nothing."""
    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=True, coerce=True)


def text(*allowed: str) -> pa.Column:
    """Strings, of the `allowed` ones where any are given."""
    return pa.Column(str, pa.Check.isin(allowed) if allowed else None)


def count(nullable: bool = False) -> pa.Column:
    """Whole numbers from 0."""
    return pa.Column("Int64" if nullable else "int64", pa.Check.ge(0), nullable=nullable)


def number(low: float | None = None, nullable: bool = False, dtype: str = "float32") -> pa.Column:
    """Numbers, from `low` where it is given; `nullable`: NaN is a value, too."""
    return pa.Column(dtype, pa.Check.ge(low) if low is not None else None, nullable=nullable)


def lists(length: int | None = None) -> pa.Column:
    """A column of sequences, all `length` long where that is given."""
    check = pa.Check(lambda row: len(row) == length, element_wise=True) if length else None
    return pa.Column(object, check)


ITEM: Final = {"item": text(), "scenario": text(), "media": text(*MEDIA)}
"""What every table of items starts with."""
