"""The stage of scenes: what it writes, what it keeps, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anonlab import dataset, engine, media, scenes, tables, truth
from anonlab.errors import ParameterError
from anonlab.synth import footage, shots

SMALL = {"n_images": 1, "n_clips": 0, "image_wh": [64, 48], "workers": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """A data set of one tiny image."""
    home = tmp_path_factory.mktemp("scenes")
    return home, scenes.run("synthetic", 7, **SMALL, out=home / "out", store=home / "items")


def test_what_is_made_is_a_data_set_that_the_next_stage_can_read(made: tuple[Path, pd.DataFrame]) -> None:
    home, table = made
    manifest = dataset.run(str(home / "out"), workers=1, data=home / "data", store=home / "items")
    for column in ("item", "scenario", "media", "path", "width", "height", "n_frames"):
        assert list(table[column]) == list(manifest[column])
    known = tables.read(home / "data/truth.parquet", tables.TRUTH)
    assert list(known["item"].unique()) == list(manifest["item"])
    assert known["has_actions"].all()


def test_the_json_says_what_the_table_says(made: tuple[Path, pd.DataFrame], tmp_path: Path) -> None:
    home, table = made
    manifest = tables.table(tables.MANIFEST, dataset_rows(table))
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth/coco.json").write_text((home / "out/truth" / scenes.COCO).read_text())
    as_table, as_json = truth.read(home / "out", manifest), truth.read(tmp_path, manifest)
    assert list(as_table["person"]) == list(as_json["person"])
    assert [list(runs) for runs in as_table["mask_rle"]] == [list(runs) for runs in as_json["mask_rle"]]
    assert [list(ids) for ids in as_table["actions"]] == [list(ids) for ids in as_json["actions"]]


def dataset_rows(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["item", "scenario", "media", "path", "width", "height", "n_frames"]
    return table[columns].assign(fps="", colour="rgb", sha256="0")


def test_a_second_run_makes_nothing_anew(made: tuple[Path, pd.DataFrame]) -> None:
    home, table = made
    before = np.asarray([path.stat().st_mtime_ns for path in (home / "items/scenes").iterdir()])
    again = scenes.run("synthetic", 7, **SMALL, out=home / "out", store=home / "items")
    pd.testing.assert_frame_equal(table, again)
    after = [path.stat().st_mtime_ns for path in (home / "items/scenes").iterdir()]
    np.testing.assert_array_equal(before, after)


def test_a_folder_of_ones_own_leaves_nothing_and_asks_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "run", lambda *_, **__: pytest.fail("something was made"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old.txt").write_text("of the last run")
    assert scenes.run("folder", 7, out=tmp_path / "out").empty
    assert list((tmp_path / "out").iterdir()) == []


def test_the_scenarios_are_those_of_the_plan_in_the_papers_order() -> None:
    assert list(scenes.TITLES) == list(shots.SCENARIOS)


def test_training_never_sees_an_evaluated_scene() -> None:
    drawn = {
        split: {
            tuple(shot.sequence().generate_state(4)) for seed in range(3) for shot in shots.plan(split, seed)
        }
        for split in shots.SPLITS
    }
    for split in set(shots.SPLITS) - {scenes.SPLIT}:
        assert not drawn[scenes.SPLIT] & drawn[split]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_images": 0, "n_clips": 0}, "0 images and 0 clips"),
        ({"image_wh": [640, 8]}, r"scenes\.image_wh"),
        ({"clip_wh": [640]}, r"scenes\.clip_wh"),
        ({"clip_wh": [641, 480]}, r"scenes\.clip_wh.*even"),
        ({"seconds": [0.0, 4.0]}, r"scenes\.seconds"),
        ({"seconds": [5.0, 4.0]}, r"scenes\.seconds"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    tmp_path: Path, wrong: dict, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        scenes.run("synthetic", 7, **wrong, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_clip_is_stored_as_cameras_do_it_and_keeps_its_frames_and_its_gray(tmp_path: Path) -> None:
    clips = shots.plan("tuning", 0, 0, 4, clip_wh=(64, 48), seconds=(0.2, 0.2))
    for shot in clips:
        folder = tmp_path / shot.scenario
        folder.mkdir()
        scenes.render_item(folder, shot)
        (path,) = folder.glob("*.mp4")
        info = media.probe_video(path)
        assert (info.n_frames, info.width, info.height) == (shot.n_frames, 64, 48)
        assert info.gray == ("machine" in shot.scenario)
        drawn = [frame.image for frame in footage.frames(shot)]
        change = np.abs(np.stack(list(media.read_video(path))).astype(int) - drawn)
        assert 0 < change.mean() < 12, "compressed, and still the same picture"
