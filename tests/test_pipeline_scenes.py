"""The whole pipeline without data of one's own: tiny synthetic scenes, their truth, and to a folder and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anonlab import tables
from tests import people
from tests.pipeline import anonlab, change_params, copy_of_project, ran, repro

TINY = {"n_images": 2, "n_clips": 1, "image_wh": [320, 240], "clip_wh": [160, 120], "seconds": [1.0, 1.0]}
METHODS = ("blur", "pixelate", "silhouette")  # with the same masks


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that has run once on scenes of its own."""
    root = copy_of_project(tmp_path_factory.mktemp("anonlab"))
    change_params(root, scenes=TINY, engine={"workers": 1})
    change_params(root, kinds={"pixelate": {"cells": 12}})
    repro(root)
    return root


def truth(project: Path) -> dict:
    return json.loads((project / "metrics.json").read_text())["truth"]


def test_the_scenes_are_a_data_set_with_truth_for_every_frame(project: Path) -> None:
    manifest = tables.read(project / "data/manifest.parquet", tables.MANIFEST)
    assert sorted(manifest["media"]) == ["image", "image", "video"]
    known = tables.read(project / "data/truth.parquet", tables.TRUTH)
    frames = known.drop_duplicates(["item", "frame"])["item"].value_counts()
    assert frames.to_dict() == manifest.set_index("item")["n_frames"].to_dict()
    coco = json.loads((project / "data/synthetic/truth/coco_wholebody.json").read_text())
    assert len(coco["images"]) == manifest["n_frames"].sum()
    assert len(coco["annotations"]) == (known["person"] != tables.NOBODY).sum()


def test_every_kind_is_measured_against_truth(project: Path) -> None:
    assert set(truth(project)) == {"original", *METHODS, "avatar", "reencode"}
    assert "leaked" not in truth(project)["original"]["image"]
    shares = [truth(project)[kind]["image"]["leaked"] for kind in METHODS]
    assert len(set(shares)) == 1  # the same masks
    assert shares[0] < 1


def test_no_pixel_under_a_mask_leaks(project: Path) -> None:
    for kind in METHODS:
        leaks = tables.read(project / f"data/leaks/{kind}.parquet", tables.LEAKS)
        assert len(leaks)
        assert (leaks["n_leaked"] == leaks["n_true"] - leaks["n_masked"]).all()


def test_a_folder_takes_the_place_of_the_scenes_and_they_come_back(project: Path) -> None:
    folder = people.data_folder(project / "mine", n_frames=2)
    items = {path.name for path in (project / ".items/scenes").iterdir()}
    done = anonlab(project, "data", "mine")
    assert done.returncode == 0, done.stderr
    assert ran(repro(project, "scenes", "dataset")) == {"scenes", "dataset"}
    assert not list((project / "data/synthetic").iterdir())
    assert tables.read(project / "data/truth.parquet", tables.TRUTH).empty
    assert folder.is_dir()
    assert {path.name for path in (project / ".items/scenes").iterdir()} == items
    assert anonlab(project, "data", "synthetic").returncode == 0
    repro(project, "scenes", "dataset")
    assert len(list((project / "data/synthetic/images").rglob("*.png"))) == 2
    assert ran(repro(project, "scenes", "dataset")) == set()
