"""The whole pipeline with the paper's profile, on random weights with planted persons: stages, tables and figures.

Its scenes are an image and a clip. Three things differ from `profiles/paper.yaml`: DeepPrivacy2 gets our masks, because
its own detectors need detectron2; the recogniser of actions looks at neighbouring frames, so that a short clip has
windows; and keypoints count from a lower score on, because random heatmaps are low. The stage `pose` runs in a Jupyter
kernel of its own, registered for this test.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from anonlab import parameters, tables
from anonlab.models import RANDOM, deepprivacy2
from anonlab.models.contracts import Image
from tests import people
from tests.pipeline import EXTRA_PATH, copy_of_project, ran, repro

HOME = Path(os.environ.get(deepprivacy2.VARIABLE) or deepprivacy2.HOME)
pytestmark = pytest.mark.skipif(
    not (HOME / "dp2").is_dir() or importlib.util.find_spec("tops") is None,
    reason="no checkout of DeepPrivacy2, or not the packages it needs",
)

N_FRAMES = 14
SIZE_WH = (160, 120)
KINDS = ("original", "deepprivacy2", "blur", "pixelate", "reencode")


def scene(width: int, height: int, seed: int) -> Image:
    person = people.Person(width / 2, 0.12 * height, 0.8 * height)
    return people.room(width, height, [person], seed=seed)


def write_scenes(folder: Path) -> None:
    from anonlab import media

    media.write_image(folder / "images/office/one.png", scene(320, 240, 0))
    (folder / "videos").mkdir()
    with media.VideoWriter(folder / "videos/walk.mkv", media.Fraction(25), SIZE_WH) as clip:
        for index in range(N_FRAMES):
            clip.write(scene(*SIZE_WH, seed=index))


def write_kernel(folder: Path, name: str) -> None:
    """Register a kernel that is this Python, and that leaves a line in `started` whenever it starts."""
    home = folder / "kernels" / name
    home.mkdir(parents=True)
    note = f'echo "$0" >> "{folder}/started"; exec "{sys.executable}" -m ipykernel_launcher -f "$0"'
    spec = {"argv": ["sh", "-c", note, "{connection_file}"], "display_name": name, "language": "python"}
    (home / "kernel.json").write_text(json.dumps(spec))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that has run once."""
    root = copy_of_project(tmp_path_factory.mktemp("anonlab"))
    write_scenes(root / "footage")
    write_kernel(root / "jupyter", "openmmlab")
    parameters.use_profile("paper", root / "params.yaml")
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["dataset"] |= {"source": "folder", "folder": "footage"}
    params["engine"] = {"workers": 1, "kernels": {"pose": "openmmlab"}}
    params["kinds"]["deepprivacy2"] = {"config": "masks"}
    params["actions"]["frame_interval"] = 1
    params["metrics"]["pose_threshold"] = 0.1
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RANDOM, "7")
        patch.setenv(deepprivacy2.VARIABLE, str(HOME.resolve()))
        patch.setenv(EXTRA_PATH, str(Path(__file__).parent / "planted"))
        patch.setenv("JUPYTER_PATH", str(root / "jupyter"))
        repro(root)
        assert ran(repro(root)) == set(), "a second run does nothing"
    return root


def test_the_planted_person_is_found_in_every_frame(project: Path) -> None:
    found = tables.read(project / "data/persons.parquet", tables.PERSONS)
    assert found.groupby("item").size().to_dict() == {"images/office/one": 1, "videos/walk": N_FRAMES}
    assert found.groupby("item")["person"].nunique().eq(1).all()


def test_deepprivacy2_replaces_everybody(project: Path) -> None:
    frames = tables.read(project / "data/anonymized/deepprivacy2/frames.parquet", tables.FRAMES)
    assert frames["n_persons"].sum() == N_FRAMES + 1
    assert frames["n_untouched"].sum() == frames["n_fallback"].sum() == 0
    assert frames["mask_share"].gt(0.1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_poses_and_actions_are_there_for_every_kind(project: Path, kind: str) -> None:
    poses = tables.read(project / "data/pose" / f"{kind}.parquet", tables.POSE)
    assert set(poses["item"]) == {"images/office/one", "videos/walk"}
    actions = tables.read(project / "data/actions" / f"{kind}.parquet", tables.ACTIONS)
    assert len(actions) == N_FRAMES
    scores = actions.drop(columns=["item", "frame", "predictable"]).to_numpy(float)
    predictable = actions["predictable"].to_numpy(bool)
    assert 0 < predictable.sum() < N_FRAMES
    assert np.isfinite(scores[predictable]).all()
    assert np.isnan(scores[~predictable]).all()


def test_metrics_claims_and_report_are_written(project: Path) -> None:
    assert set(json.loads((project / "metrics.json").read_text())) >= {"deepprivacy2", "blur", "pixelate"}
    assert tables.read(project / "data/claims.parquet", tables.CLAIMS)["claim"].is_unique
    assert (project / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_all_figures_are_drawn(project: Path) -> None:
    drawn = {path.stem.split("_")[0] for path in (project / "figures").glob("*.svg")}
    assert drawn >= {"fig1", "fig2", "fig3", "fig4", "fig5"}


def test_the_stage_ran_in_the_kernel_that_was_named(project: Path) -> None:
    assert len((project / "jupyter/started").read_text().splitlines()) == len(KINDS), "a pose stage per kind"
