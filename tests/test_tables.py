"""Tables one below the other: checked as one, and who is wrong is still named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from anonlab import tables
from anonlab.errors import InputError

ROW = {"item": "videos/a", "n_pairs": 3, "n_px": 12, "sum_original": 4.0, "sum_anonymized": 2.0}


def _written(folder: Path, n: int) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(n)]
    for number, path in enumerate(paths):
        tables.write(path, tables.TEMPORAL, [ROW | {"n_px": number}] * number)
    return paths


def test_tables_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    joined = tables.concat(_written(tmp_path, 4), tables.TEMPORAL)
    assert joined["n_px"].tolist() == [1, 2, 2, 3, 3, 3]
    parts = [tables.read(path, tables.TEMPORAL) for path in _written(tmp_path, 4)]
    pd.testing.assert_frame_equal(joined, pd.concat(parts[1:], ignore_index=True))


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_below_nothing_is_an_empty_table(tmp_path: Path, n: int) -> None:
    joined = tables.concat(_written(tmp_path, n), tables.TEMPORAL)
    pd.testing.assert_frame_equal(joined, tables.table(tables.TEMPORAL, []))


def test_the_one_that_does_not_fit_is_named(tmp_path: Path) -> None:
    paths = _written(tmp_path, 4)
    parquet.write_table(arrow.table({"item": ["videos/a"], "n_pairs": [-1]}), paths[2])
    with pytest.raises(InputError, match=r"2\.parquet: table temporal"):
        tables.concat(iter(paths), tables.TEMPORAL)


def test_what_one_lacks_does_not_become_nan(tmp_path: Path) -> None:
    leak = {"item": "images/a", "frame": 0, "person": 0, "anonymizes": False} | dict.fromkeys(
        ("n_true", "n_masked", "n_leaked"), 1
    )
    paths = [tmp_path / "whole.parquet", tmp_path / "old.parquet"]
    tables.write(paths[0], tables.LEAKS, [leak])
    parquet.write_table(parquet.read_table(paths[0]).drop_columns("anonymizes"), paths[1])
    with pytest.raises(InputError, match=r"old\.parquet: .*anonymizes"):
        tables.concat(paths, tables.LEAKS)


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"PAR1")])
def test_a_missing_or_damaged_one_is_named(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    paths = _written(tmp_path, 3)
    damage(paths[1])
    with pytest.raises(InputError, match=r"1\.parquet: .*dvc repro"):
        tables.concat(paths, tables.TEMPORAL)
