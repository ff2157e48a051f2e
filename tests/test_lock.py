"""A lock that was cut off is made anew, and a whole one is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from anonlab import lock

OUT = {"path": "data/a.parquet", "hash": "md5", "md5": "0" * 32, "size": 7}
STAGE = {
    "cmd": "python -m anonlab.run a",
    "deps": [OUT],
    "params": {"params.yaml": {"seed": 7}},
    "outs": [OUT],
}
WHOLE = yaml.safe_dump({"schema": "2.0", "stages": {"a": STAGE, "b": STAGE}}, sort_keys=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dvc.lock"


def test_a_whole_lock_stays(path: Path) -> None:
    path.write_text(WHOLE)
    assert not lock.mend(path)
    assert path.read_text() == WHOLE


def test_where_there_is_none_there_is_nothing_to_mend(path: Path) -> None:
    assert not lock.mend(path)


@pytest.mark.parametrize("content", ["", "schema", "schema: '2.0'\nstages:\n  a:\n    cmd: [", "\0\1"])
def test_one_that_dvc_cannot_read_is_made_anew(
    path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(content)
    assert lock.mend(path)
    assert not path.exists()
    assert path.with_name("dvc.lock.unreadable").read_text() == content
    assert "cut off" in caplog.text


def test_wherever_it_is_cut_off_dvc_can_read_what_is_left(path: Path) -> None:
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA

    for length in range(len(WHOLE)):
        path.write_text(WHOLE[:length])
        if not lock.mend(path):
            COMPILED_LOCKFILE_SCHEMA(yaml.safe_load(path.read_text()))
