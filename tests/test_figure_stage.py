"""The stage of figures: what is drawn, what is skipped and why, and what is left alone."""

from pathlib import Path

import numpy as np
import pytest

from anonlab import figures, tables
from anonlab.figures import stage
from anonlab.models.contracts import Pose
from tests import generate, labels, people


@pytest.fixture
def stage_data(tmp_path: Path) -> Path:
    """The tables of a run with images without a pose and clips with one, and footage for Figure 1."""
    evaluation = labels.evaluation(np.random.default_rng(3))
    data = tmp_path / "data"
    for name in stage.TABLES:
        tables.write(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name], getattr(evaluation, name))
    (data / "scenarios.json").write_text("[]")
    people.data_folder(tmp_path / "footage")
    return data


def only_other_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out Figure 1, which wants footage."""
    monkeypatch.setattr(stage, "panels", lambda *_: blank())


def blank() -> dict[str, figures.Posed]:
    nobody = Pose(np.zeros((0, 133, 2), np.float32), np.zeros((0, 133), np.float32))
    picture = np.full((40, 60, 3), 200, np.uint8)
    return {kind: figures.Posed(picture, nobody) for kind in ("original", "blur")}


def kinds() -> figures.Settings:
    return figures.Settings(kinds=("original", *generate.METHODS))


def test_the_stage_draws_all_figures_and_leaves_other_files_alone(
    stage_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_other_figures(monkeypatch)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.png").write_text("not a figure of the stage")
    drawn = figures.run("footage", kinds(), data=stage_data, out=out)
    assert not drawn.skipped
    assert {path.stem for path in out.glob("*.svg")} == set(drawn.paths)
    assert (out / "mine.png").exists()
    assert len(drawn.paths) == 10


def test_figures_that_cannot_be_drawn_are_skipped_with_a_sentence(
    stage_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_other_figures(monkeypatch)
    out = tmp_path / "out"
    figures.run("footage", kinds(), data=stage_data, out=out)
    for name in ("action_counts", "distribution"):
        tables.write(stage_data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name], [])
    drawn = figures.run("footage", kinds(), data=stage_data, out=out)
    assert set(drawn.skipped) == {"fig3_actions", "fig4_pta", "fig5_acc"}
    assert all("actions.model" in reason for reason in drawn.skipped.values())
    assert not list(out.glob("fig[345]*"))
    assert drawn.show("fig4_pta").data.startswith("*fig4_pta* skipped")


def test_without_a_pose_on_any_original_pose_figures_are_skipped(
    stage_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_other_figures(monkeypatch)
    path = stage_data / "metrics/pose_counts.parquet"
    counts = tables.read(path, tables.POSE_COUNTS)
    for column in ("n_original", "n_anonymized", "n_both", "sum_px", "sum_norm"):
        counts[column] = 0
    tables.write(path, tables.POSE_COUNTS, counts)
    drawn = figures.run("footage", kinds(), data=stage_data, out=tmp_path / "out")
    assert {"fig1_pose", "fig2_epe_ptk", "ptk_by_part"} <= set(drawn.skipped)
    assert "fig5_acc" in drawn.paths


def test_without_truth_its_figures_are_skipped(
    stage_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_other_figures(monkeypatch)
    for name in ("true_pose_counts", "leak_counts"):
        tables.write(stage_data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name], [])
    drawn = figures.run("footage", kinds(), data=stage_data, out=tmp_path / "out")
    assert set(drawn.skipped) == {"truth_epe", "leaked_people"}
    assert "truth/" in drawn.skipped["truth_epe"]


def test_clips_stand_in_where_no_image_has_a_pose() -> None:
    counts = generate.evaluation(np.random.default_rng(3)).pose_counts
    assert stage.medium(counts) == "image"
    counts.loc[counts["media"] == "image", "n_original"] = 0
    assert stage.medium(counts) == "video"


def test_the_original_alone_is_nothing_to_compare(stage_data: Path, tmp_path: Path) -> None:
    alone = figures.Settings(kinds=("original",), floor="")
    drawn = figures.run("footage", alone, data=stage_data, out=tmp_path / "out")
    assert not drawn.paths
    assert all("compare" in reason for reason in drawn.skipped.values())
