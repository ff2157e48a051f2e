"""The end-point error of the stage `metrics`, from tables to summary, is that of MMPose wherever that is defined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mmpose.evaluation.functional import keypoint_epe

from anonlab import records, tables
from anonlab.metrics.stage import evaluate
from anonlab.metrics.summary import Settings
from tests import generate

THRESHOLDS = (0.0, 0.3, 0.5, 0.9)


@pytest.fixture(scope="module")
def manifest() -> pd.DataFrame:
    return generate.manifest(np.random.default_rng(1), n_images=12, n_videos=0)


@pytest.fixture(scope="module")
def poses(manifest: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Everybody, and everybody again with all keypoints moved and scored anew; boxes say who is who."""
    rng = np.random.default_rng(2)
    original = generate.poses(rng, manifest, ())["original"]
    moved = original.copy()
    moved["keypoints"] = [np.asarray(each) + rng.normal(0, 9, len(each)) for each in original["keypoints"]]
    moved["keypoint_scores"] = [rng.random(len(each)) for each in original["keypoint_scores"]]
    return {"original": original, "moved": tables.table(tables.POSE, moved)}


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_epe_is_that_of_the_library(
    manifest: pd.DataFrame, poses: dict[str, pd.DataFrame], threshold: float
) -> None:
    rng = np.random.default_rng(3)
    actions = generate.all_actions(rng, manifest, ("moved",))
    evaluation = evaluate(manifest, poses, actions, Settings(n_resamples=100), rng)
    summary = evaluation.summary[evaluation.summary["metric"] == "epe_px"]
    chosen = (summary["scenario"] == "all") & (summary["part"] == "all") & (summary["media"] == "image")
    (ours,) = summary.loc[chosen & np.isclose(summary["threshold"], threshold), "value"]
    truth, found = records.pose(poses["original"]), records.pose(poses["moved"])
    seen = (truth.scores > np.float32(threshold)) & (found.scores > np.float32(threshold))
    assert seen.any()
    assert ours == pytest.approx(keypoint_epe(found.keypoints, truth.keypoints, seen), rel=1e-5)


def test_where_it_is_not_defined_the_library_says_0_and_we_say_nothing(
    manifest: pd.DataFrame, poses: dict[str, pd.DataFrame]
) -> None:
    nothing = poses["moved"].copy()
    nothing["keypoint_scores"] = [np.zeros(len(each), np.float32) for each in nothing["keypoint_scores"]]
    rng = np.random.default_rng(3)
    both = {"original": poses["original"], "moved": tables.table(tables.POSE, nothing)}
    actions = generate.all_actions(rng, manifest, ("moved",))
    summary = evaluate(manifest, both, actions, Settings(n_resamples=100), rng).summary
    assert summary.loc[summary["metric"] == "epe_px", "value"].isna().all()
    seen = np.zeros((2, 133), bool)
    assert keypoint_epe(np.ones((2, 133, 2)), np.zeros((2, 133, 2)), seen) == 0
