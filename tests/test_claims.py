"""The paper's claims against tables of which the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anonlab import claims, overview, scenarios, tables
from anonlab.claims import actions, catalogue, stage
from anonlab.claims.evidence import Estimate
from anonlab.metrics import Settings as MetricSettings
from anonlab.metrics import evaluate
from tests import generate, leftovers

KINDS = ("blur", "pixelate", "reencode")
PARTS = claims.Settings(generative="silhouette", n_resamples=200)


def evidence(
    poses: dict[str, pd.DataFrame],
    actions: dict[str, pd.DataFrame],
    manifest: pd.DataFrame,
    settings: claims.Settings = PARTS,
    n_empty: int = 0,
    changes: float = 1.0,
) -> claims.Evidence:
    """What a run over these tables would know; changes: from frame to frame, over the original's, of every kind."""
    measured = evaluate(manifest, poses, actions, MetricSettings(n_resamples=2), np.random.default_rng(0))
    counts = stage.COUNTS
    rows = [
        {
            **leftovers.accounted({"item": item, "n_frames": n}),
            "n_empty": n_empty,
            "n_persons": n,
        }
        for item, n in zip(manifest["item"], manifest["n_frames"], strict=True)
    ]
    return claims.Evidence(
        settings=settings,
        titles={},
        manifest=manifest,
        poses=poses,
        frames={settings.generative: tables.table(tables.FRAMES, rows)},
        temporal=dict.fromkeys(poses, temporal(manifest, changes)),
        **{name: getattr(measured, name) for name in counts},
    )


def temporal(manifest: pd.DataFrame, changes: float) -> pd.DataFrame:
    clips = manifest.loc[manifest["media"] == "video", "item"]
    rows = [
        {
            "item": item,
            "n_pairs": 10,
            "n_px": 100,
            "sum_original": 50.0 + i,
            "sum_anonymized": changes * (50 + i),
        }
        for i, item in enumerate(clips)
    ]
    return tables.table(tables.TEMPORAL, rows)


def generated(kinds: tuple[str, ...] = (*KINDS, "silhouette"), n_videos: int = 3) -> claims.Evidence:
    rng = np.random.default_rng(5)
    manifest = generate.manifest(rng, n_videos=n_videos, n_frames=200)
    return evidence(
        generate.poses(rng, manifest, kinds), generate.all_actions(rng, manifest, kinds), manifest
    )


def unchanged(manifest: pd.DataFrame, kinds: tuple[str, ...]) -> claims.Evidence:
    """Every kind is the original: EPE 0, PTK 1, PTA 1, ACC 1."""
    rng = np.random.default_rng(2)
    pose, action = generate.pose(rng, manifest), generate.actions(rng, manifest)
    return evidence(
        dict.fromkeys(("original", *kinds), pose), dict.fromkeys(("original", *kinds), action), manifest
    )


def verdicts(run: claims.Evidence) -> dict[str, str]:
    table = claims.judge(run)
    return dict(zip(table["claim"], table["verdict"], strict=True))


def row(run: claims.Evidence, claim: str) -> pd.Series:
    return claims.judge(run).set_index("claim").loc[claim]


def test_a_run_without_any_item_checks_nothing_and_lists_every_claim() -> None:
    manifest = tables.table(tables.MANIFEST, [])
    nothing = {kind: tables.table(tables.POSE, []) for kind in ("original", "blur")}
    still = {kind: tables.table(tables.ACTIONS, []) for kind in ("original", "blur")}
    table = claims.judge(evidence(nothing, still, manifest))
    assert list(table["claim"]) == [claim.name for claim in catalogue.CLAIMS]
    assert set(table["verdict"]) == {"cannot be checked"}
    assert table["why"].str.len().min() > 10
    assert table["value"].isna().all()


def test_the_original_alone_checks_nothing() -> None:
    assert set(verdicts(generated(kinds=())).values()) == {"cannot be checked"}


def test_without_a_generative_method_its_claims_say_so() -> None:
    table = claims.judge(generated(kinds=KINDS)).set_index("claim")
    missing = table["why"].str.startswith("no generative method in this run")
    assert set(table.index[missing]) == {
        *("pose-1", "pose-3", "pose-5a", "act-2", "act-3b", "act-4", "act-5", "vis-1a", "vis-1b"),
    }
    assert set(table.loc[missing, "verdict"]) == {"cannot be checked"}
    checked = ["pose-2", "pose-4", "pose-5b", "act-1", "act-3a", "act-6"]
    assert set(table.loc[checked, "verdict"]) <= {"agrees", "disagrees"}


def test_without_pixelation_its_claims_say_so() -> None:
    table = claims.judge(generated(kinds=("blur", "silhouette"))).set_index("claim")
    assert table.loc[["pose-2", "act-1", "act-5", "act-6"], "why"].str.contains("'pixelate'").all()


def test_methods_that_change_nothing_agree_with_what_is_kept_and_with_nothing_else() -> None:
    manifest = generate.manifest(np.random.default_rng(0), n_frames=200)
    found = verdicts(unchanged(manifest, ("silhouette", "blur", "pixelate")))
    assert {name for name, verdict in found.items() if verdict == "agrees"} == {"pose-3", "act-3a", "vis-1a"}
    assert "cannot be checked" not in found.values()


def test_epe_0_is_no_difference() -> None:
    manifest = generate.manifest(np.random.default_rng(0), n_videos=0)
    found = row(unchanged(manifest, ("silhouette", "blur", "pixelate")), "pose-1")
    assert (found["value"], found["low"], found["high"]) == (0, 0, 0)
    assert found["n_items"] > 0


def test_a_method_after_which_nobody_is_left_fails_on_every_image() -> None:
    rng = np.random.default_rng(1)
    manifest = generate.manifest(rng, n_frames=200)
    pose, actions = generate.pose(rng, manifest), generate.actions(rng, manifest)
    still = actions.assign(**dict.fromkeys(generate.ava.NAMES, 0.0)).where(actions.notna())
    still = tables.table(tables.ACTIONS, still[list(tables.ACTIONS.columns)])
    empty = tables.table(tables.POSE, [])
    poses = {"original": pose, "pixelate": empty}
    run = evidence(poses, {"original": actions, "pixelate": still}, manifest)
    for claim, value in (("pose-2", 1.0), ("act-1", 0.0)):
        found = row(run, claim)
        assert (found["verdict"], found["value"], found["sure"]) == ("agrees", value, True)
    counts = run.actions("pixelate")
    rise = (counts["n_original"][:, 0] - counts["n_original"][:, 90]).sum() / counts["n_frames"][:, 0].sum()
    assert row(run, "act-6")["value"] == pytest.approx(rise)  # only empty sets agree


def test_generated_tables_give_numbers_with_intervals() -> None:
    table = claims.judge(generated()).set_index("claim")
    assert (table["verdict"] != "cannot be checked").all()
    assert table["value"].notna().all()
    with_interval = table.drop(index=["pose-4", "vis-1a"])
    assert (with_interval["low"] <= with_interval["value"]).all()
    assert (with_interval["value"] <= with_interval["high"]).all()
    assert (table["n_items"] > 0).all()


def test_a_single_clip_has_no_interval_and_is_never_sure() -> None:
    table = claims.judge(generated(n_videos=1)).set_index("claim")
    clips = table[(table["media"] == "video")]
    assert len(clips)
    assert clips["low"].isna().all()
    assert not clips["sure"].any()


@pytest.mark.parametrize(
    ("value", "low", "high", "holds", "sure"),
    [
        (0.0, -0.05, 0.05, True, True),
        (0.0, -0.2, 0.05, True, False),
        (0.3, 0.2, 0.4, False, True),
        (0.3, 0.05, 0.4, False, False),
        (-0.3, -0.4, -0.2, False, True),
        (0.0, np.nan, np.nan, True, False),
    ],
)
def test_close_is_sure_only_if_the_whole_interval_is_on_its_side(
    value: float, low: float, high: float, holds: bool, sure: bool
) -> None:
    assert actions._within(Estimate(value, low, high, 9), 0.1) == (holds, sure)


def test_a_tie_speaks_for_neither_side() -> None:
    """Two methods that are both the original: `below` does not hold, and that is not sure."""
    manifest = generate.manifest(np.random.default_rng(0), n_videos=4, n_frames=200)
    found = row(unchanged(manifest, (*KINDS, "silhouette")), "act-3b")
    assert (found["verdict"], found["sure"]) == ("disagrees", False)


def test_without_clips_coverage_counts_images_and_says_so() -> None:
    run = generated(n_videos=0)
    assert row(run, "vis-1a")["media"] == "image"


def test_images_only_cannot_check_actions() -> None:
    table = claims.judge(generated(n_videos=0)).set_index("claim")
    actions = table.index.str.startswith("act-")
    assert set(table.loc[actions, "why"]) == {"no clips in this run"}


def test_no_recogniser_is_named() -> None:
    run = generated()
    without = replace(run, action_counts=run.action_counts.iloc[:0], distribution=run.distribution.iloc[:0])
    assert row(without, "act-4")["why"] == "no actions were recognised in this run (actions.model)"
    assert row(without, "act-1")["verdict"] != "cannot be checked"


def test_a_scenario_goes_by_its_folder_or_its_title() -> None:
    run = generated()
    other = replace(run, settings=replace(PARTS, machine="Machine <2>"))
    assert "claims.machine" in row(other, "pose-3")["why"]
    titled = replace(other, titles={"visionlab_machine": "machine <2>"})
    assert row(titled, "pose-3")["value"] == row(run, "pose-3")["value"]


def test_the_jawline_moves_up_where_every_keypoint_does() -> None:
    rng = np.random.default_rng(4)
    manifest = generate.manifest(rng, n_videos=0)
    pose = generate.pose(rng, manifest)
    shift = np.tile(np.array([0, -3], np.float32), 133)
    raised = tables.table(tables.POSE, pose.assign(keypoints=[each + shift for each in pose["keypoints"]]))
    run = evidence(
        {"original": pose, "blur": raised}, dict.fromkeys(("original", "blur"), NO_ACTIONS), manifest
    )
    assert "moves down by -3.0 px [-3.0, -3.0]" in row(run, "pose-5b")["why"]


NO_ACTIONS = tables.table(tables.ACTIONS, [])


def test_frames_in_which_nobody_was_found_leave_coverage_open() -> None:
    rng = np.random.default_rng(4)
    manifest = generate.manifest(rng, n_images=2)
    kinds = ("silhouette",)
    poses, actions = generate.poses(rng, manifest, kinds), generate.all_actions(rng, manifest, kinds)
    found = row(evidence(poses, actions, manifest, n_empty=1), "vis-1a")
    assert found["verdict"] == "cannot be checked"
    assert "nobody was found in 4 of" in found["why"]


@pytest.mark.parametrize(("n_exposed", "verdict"), [(0, "agrees"), (3, "disagrees")])
def test_where_true_masks_are_known_coverage_is_counted_on_them(n_exposed: int, verdict: str) -> None:
    run = generated()
    clips = run.items("video")[["item", "scenario", "media"]]
    counts = {"n_true_px": 100, "n_masked_px": 100, "n_leaked_px": 0, "n_persons": 10, "n_exposed": n_exposed}
    rows = clips.assign(kind="silhouette", anonymizes=True, **counts)
    known = tables.table(tables.LEAK_COUNTS, rows[list(tables.LEAK_COUNTS.columns)])
    found = row(replace(run, leak_counts=known), "vis-1a")
    assert (found["verdict"], found["sure"]) == (verdict, True)
    assert found["value"] == pytest.approx(1 - n_exposed / 10)


@pytest.mark.parametrize(("changes", "verdict"), [(0.2, "disagrees"), (1.0, "disagrees"), (3.0, "agrees")])
def test_who_changes_more_than_on_the_original_changes_from_frame_to_frame(
    changes: float, verdict: str
) -> None:
    run = generated(n_videos=4)
    measured = replace(run, temporal=dict.fromkeys(run.temporal, temporal(run.manifest, changes)))
    found = row(measured, "vis-1b")
    assert (found["verdict"], found["sure"], found["unit"], found["n_items"]) == (verdict, True, "times", 4)
    assert found["value"] == pytest.approx(changes)
    assert "DeepPrivacy2" in found["why"]


def test_without_a_table_of_changes_or_anybody_in_it_nothing_is_claimed_of_them() -> None:
    run = generated()
    assert row(replace(run, temporal={}), "vis-1b")["verdict"] == "cannot be checked"
    nobody = dict.fromkeys(run.temporal, tables.table(tables.TEMPORAL, []))
    assert "neighbouring frames" in row(replace(run, temporal=nobody), "vis-1b")["why"]


def with_acc(run: claims.Evidence, shares: list[float]) -> claims.Evidence:
    """The same with these shares of equal frames at 0.0, 0.1 ... 0.9, in every clip and kind."""
    at = np.minimum((run.action_counts["threshold"] * 10 + 1e-6).astype(int), 9)
    counts = run.action_counts.assign(n_frames=100, n_equal=(100 * np.array(shares)).round().astype(int)[at])
    return replace(run, action_counts=counts)


def test_acc_that_falls_on_the_way_does_not_rise_with_the_threshold() -> None:
    run = generated(n_videos=4)
    rising = [0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    found = row(with_acc(run, rising), "act-6")
    assert (found["verdict"], found["sure"]) == ("agrees", True)
    assert found["value"] == pytest.approx(0.8)
    found = row(with_acc(run, [*rising[:5], 0.1, *rising[6:]]), "act-6")
    assert (found["verdict"], found["sure"]) == ("disagrees", True)
    assert found["value"] == pytest.approx(-0.3)
    assert "from 0.4 to 0.5" in found["why"]


def test_the_same_seed_gives_the_same_verdicts() -> None:
    pd.testing.assert_frame_equal(claims.judge(generated()), claims.judge(generated()))


def test_the_stage_writes_table_csv_and_headline(tmp_path: Path) -> None:
    run, data = generated(), tmp_path / "data"
    for name in stage.COUNTS:
        tables.write(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name], getattr(run, name))
    tables.write(data / "manifest.parquet", tables.MANIFEST, run.manifest)
    for kind in ("original", "blur"):
        tables.write(data / "pose" / f"{kind}.parquet", tables.POSE, run.poses[kind])
    tables.write(data / "anonymized/silhouette/frames.parquet", tables.FRAMES, run.frames["silhouette"])
    for kind in ("silhouette", "blur", "pixelate"):
        tables.write(data / f"temporal/{kind}.parquet", tables.TEMPORAL, run.temporal[kind])
    scenarios.write(data / "scenarios.json", {})
    written = claims.run(["original", *KINDS, "silhouette"], PARTS, 0, data, tmp_path)
    pd.testing.assert_frame_equal(written, claims.judge(run))
    pd.testing.assert_frame_equal(written, tables.read(data / "claims.parquet", tables.CLAIMS))
    assert len(pd.read_csv(tmp_path / "claims.csv")) == len(catalogue.CLAIMS)
    numbers = json.loads((tmp_path / "claims.json").read_text())
    assert sum(numbers[name] for name in ("agrees", "disagrees", "cannot_be_checked")) == len(written)
    assert set(numbers["value"]) == set(written["claim"])
    assert len(overview.claims(written)) == len(written)
