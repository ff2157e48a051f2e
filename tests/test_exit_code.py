"""The command lines that DVC calls: a bad file is named, the others are done, and the last exit code is not 0."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from anonlab import media, tables
from tests.files import smooth
from tests.pipeline import copy_of_project


def test_a_bad_file_is_named_and_fails_the_last_command_and_the_others_are_done(tmp_path: Path) -> None:
    project = copy_of_project(tmp_path / "project")
    for number in range(9):
        media.write_image(project / f"in/images/{number}.png", smooth(16, 16, shift=number))
    (project / "in/images/bad.png").write_text("no picture")
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["dataset"] |= {"source": "folder", "folder": "in"}
    params["engine"]["workers"] = 1
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    done = command(project, "anonlab.run", "dataset")
    assert done.returncode == 0, done.stderr
    assert "images/bad.png: not a picture" in done.stderr
    assert len(tables.read(project / "data/manifest.parquet", tables.MANIFEST)) == 9
    secret = project / ".secrets/avatar"
    secret.parent.mkdir()
    secret.write_bytes(b"of this run")
    done = command(project, "anonlab", "complete")
    assert done.returncode == 1
    assert "in: 1 of 10 files cannot be used" in done.stderr
    assert "images/bad.png: not a picture" in done.stderr
    assert "Traceback" not in done.stderr
    assert secret.exists(), "there is something left to repair and to add"

    params["dataset"]["skip_unreadable"] = True
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    done = command(project, "anonlab", "complete")
    assert done.returncode == 0, done.stderr
    assert not secret.exists(), "the run has ended: only the hash is kept"


def command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As dvc.yaml calls it."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
    )
