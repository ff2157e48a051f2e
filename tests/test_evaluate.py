"""The metrics stage: tables in, count tables, summary and metrics.json out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anonlab import ava, tables
from anonlab.errors import InputError, ParameterError
from anonlab.keypoints import N_KEYPOINTS
from anonlab.metrics import counts, observed
from anonlab.metrics.measures import THRESHOLDS, Frames, ratio
from anonlab.metrics.stage import TABLES, Evaluation, evaluate, run
from anonlab.metrics.summary import Settings
from tests import generate, plain

Tables = Mapping[str, pd.DataFrame]
FEW = Settings(n_resamples=100)
CLASSES = list(ava.NAMES)


class Inputs:
    """A small generated run."""

    def __init__(self, seed: int = 1, n_images: int = 8, n_videos: int = 2) -> None:
        rng = np.random.default_rng(seed)
        self.manifest = generate.manifest(rng, n_images, n_videos, 100)
        self.poses = generate.poses(rng, self.manifest, ("blur", "pixelate"))
        self.actions = generate.all_actions(rng, self.manifest, ("blur", "pixelate"))

    def evaluate(self, use: Settings = FEW, seed: int = 7) -> Evaluation:
        return evaluate(self.manifest, self.poses, self.actions, use, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return Inputs()


@pytest.fixture(scope="module")
def found(inputs: Inputs) -> Evaluation:
    return inputs.evaluate()


def against(inputs: Inputs, pose: pd.DataFrame, actions: pd.DataFrame) -> Evaluation:
    """The original against one other kind."""
    poses = {"original": inputs.poses["original"], "other": pose}
    both = {"original": inputs.actions["original"], "other": actions}
    return evaluate(inputs.manifest, poses, both, FEW, np.random.default_rng(7))


def values(evaluation: Evaluation, *metrics: str) -> pd.DataFrame:
    return evaluation.summary[evaluation.summary["metric"].isin(metrics)]


def assert_same(a: Evaluation, b: Evaluation) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(a, name), getattr(b, name))
    assert a.headline == b.headline


# Nothing, one, many


def test_no_items_give_empty_tables() -> None:
    evaluation = Inputs(n_images=0, n_videos=0).evaluate()
    assert [len(getattr(evaluation, name)) for name in TABLES] == [0] * len(TABLES)
    assert evaluation.headline == {}


def test_the_original_alone_has_nothing_to_be_compared_with(inputs: Inputs) -> None:
    alone = evaluate(
        inputs.manifest,
        {"original": inputs.poses["original"]},
        {"original": inputs.actions["original"]},
        FEW,
        np.random.default_rng(0),
    )
    assert alone.headline == {}
    assert set(alone.distribution["kind"]) == {"original"}


def test_without_a_recogniser_there_are_poses_and_no_actions(inputs: Inputs) -> None:
    nothing = tables.table(tables.ACTIONS, [])
    evaluation = evaluate(
        inputs.manifest, inputs.poses, dict.fromkeys(inputs.poses, nothing), FEW, np.random.default_rng(0)
    )
    assert evaluation.action_counts.empty
    assert evaluation.distribution.empty
    assert len(evaluation.pose_counts)
    assert "acc" not in evaluation.headline["blur"]["video"]


def test_one_image_has_values_and_no_interval() -> None:
    summary = Inputs(n_images=1, n_videos=0).evaluate().summary
    assert summary[["low", "high"]].isna().all(axis=None)
    assert set(summary["n_items"]) == {1}


def test_every_combination_has_exactly_one_row(found: Evaluation) -> None:
    n_items, n_clips = 10, 2
    assert len(found.pose_counts) == 2 * n_items * 6 * 100
    assert len(found.keypoint_counts) == 2 * n_items * N_KEYPOINTS
    assert len(found.person_counts) == 2 * n_items
    assert len(found.action_counts) == 2 * n_clips * 100
    keys = ["metric", "kind", "media", "scenario", "part", "threshold"]
    assert not found.summary.duplicated(keys).any()
    scopes = (1 + 4) + (1 + 1)  # all and four scenarios of images, all and one of clips
    assert len(found.summary) == 2 * (scopes * (5 * 6 * 100 + 2) + 2 * 3 * 100)


# Identities


def test_the_identity_loses_nothing(inputs: Inputs) -> None:
    same = against(inputs, inputs.poses["original"], inputs.actions["original"])
    assert (values(same, "epe_px", "epe_norm", "epe_item_px", "spurious")["value"].dropna() == 0).all()
    kept = values(same, "ptk", "ptk_count", "persons_found", "acc", "pta", "pta_count").dropna(subset="value")
    assert (kept["value"] == 1).all()
    assert (kept[["low", "high"]].dropna() == 1).all(axis=None)
    assert set(kept["metric"]) == {"ptk", "ptk_count", "persons_found", "acc", "pta", "pta_count"}


def test_a_method_on_which_nothing_is_detected(inputs: Inputs) -> None:
    actions = inputs.actions["original"].copy()
    actions[CLASSES] = actions[CLASSES] * np.float32(0)
    nothing = against(inputs, inputs.poses["original"].iloc[:0], actions)
    assert values(nothing, "epe_px", "epe_norm", "epe_item_px", "spurious")["value"].isna().all()
    assert (
        values(nothing, "ptk", "ptk_count", "persons_found", "pta", "pta_count")["value"].dropna() == 0
    ).all()
    rows = nothing.action_counts
    np.testing.assert_array_equal(rows["n_equal"], rows["n_frames"] - rows["n_original"])
    assert (rows["n_equal"] > 0).any()


def test_the_order_of_rows_and_the_numbers_of_persons_do_not_matter(
    inputs: Inputs, found: Evaluation
) -> None:
    def shuffled(table: pd.DataFrame) -> pd.DataFrame:
        return table.sample(frac=1, random_state=3).reset_index(drop=True)

    other = Inputs()
    other.manifest = shuffled(inputs.manifest)
    other.poses = {
        kind: shuffled(each).assign(person=range(len(each))) for kind, each in inputs.poses.items()
    }
    other.actions = {kind: shuffled(each) for kind, each in inputs.actions.items()}
    assert_same(other.evaluate(), found)


def test_the_counts_of_a_clip_do_not_depend_on_the_others(inputs: Inputs, found: Evaluation) -> None:
    def of(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["item"] == "videos/clip_01"].reset_index(drop=True)

    other = Inputs()
    other.manifest = of(inputs.manifest)
    other.poses = {kind: of(each) for kind, each in inputs.poses.items()}
    other.actions = {kind: of(each) for kind, each in inputs.actions.items()}
    alone = other.evaluate()
    for name in set(TABLES) - {"summary"}:
        pd.testing.assert_frame_equal(getattr(alone, name), of(getattr(found, name)))


def test_the_counts_of_two_clips_in_one_are_the_sum() -> None:
    apart, joined = Inputs(seed=4, n_images=0), Inputs(seed=4, n_images=0)
    for each in (apart, joined):  # the second clip must start on an analysed frame
        each.manifest = each.manifest.assign(n_frames=100)
        rng = np.random.default_rng(5)
        each.poses = generate.poses(rng, each.manifest, ("blur",))
        each.actions = generate.all_actions(rng, each.manifest, ("blur",))

    def join(table: pd.DataFrame) -> pd.DataFrame:
        second = table["item"] == "videos/clip_01"
        return table.assign(item="videos/clip_00", frame=table["frame"] + 100 * second)

    joined.manifest = joined.manifest.iloc[:1].assign(n_frames=200)
    joined.poses = {kind: join(each) for kind, each in joined.poses.items()}
    joined.actions = {kind: join(each) for kind, each in joined.actions.items()}
    a, b = apart.evaluate(), joined.evaluate()
    for name in ("pose_counts", "person_counts", "action_counts", "distribution", "keypoint_counts"):
        keys = [c for c in ("kind", "part", "keypoint", "action", "threshold") if c in getattr(a, name)]
        sums = [getattr(x, name).groupby(keys).sum(numeric_only=True) for x in (a, b)]
        pd.testing.assert_frame_equal(*sums)


def test_counts_fall_with_the_threshold_and_bound_each_other(found: Evaluation) -> None:
    pose, action = found.pose_counts, found.action_counts
    falling = ["n_original", "n_anonymized", "n_both"]
    for table, keys, names in (
        (pose, ["kind", "item", "part"], [*falling, "sum_px", "sum_norm"]),
        (action, ["kind", "item"], falling),
    ):
        assert (table.groupby(keys)[names].diff().dropna() <= 0).all(axis=None)
        assert (table["n_both"] <= table[["n_original", "n_anonymized"]].min(axis=1)).all()
    assert (values(found, "ptk", "pta", "acc", "persons_found", "spurious")["value"].dropna() <= 1).all()
    assert (action["n_equal"] <= action["n_frames"]).all()
    length = Inputs().manifest.set_index("item")["n_frames"]
    frames = action.assign(n=action["n_frames"] + action["n_not_predictable"])
    assert (frames["n"] == frames["item"].map(length)).all()


def test_the_parts_and_the_keypoints_add_up_to_all(found: Evaluation) -> None:
    names = ["n_original", "n_both", "sum_px", "sum_norm"]
    keys = ["kind", "item", "threshold"]
    whole = found.pose_counts["part"] == "all"
    parts = found.pose_counts[~whole].groupby(keys)[names].sum()
    pd.testing.assert_frame_equal(found.pose_counts[whole].set_index(keys)[names], parts, check_like=True)
    chosen = found.pose_counts[whole & (found.pose_counts["threshold"] == FEW.pose_threshold)]
    keypoints = found.keypoint_counts.groupby(keys)[names].sum()
    pd.testing.assert_frame_equal(chosen.set_index(keys)[names], keypoints, check_like=True)
    assert keypoints["n_both"].sum() > 0


# Against plain loops

SCORES = st.sampled_from([np.float32(x) for x in (0, 0.01, 0.2, 0.29, 0.3, 0.305, 0.31, 0.98, 0.99, 1)])


def frames_of(scores: np.ndarray) -> Frames:
    """Frames of one clip from its raw scores (frames, 60)."""
    rows = pd.DataFrame(scores, columns=CLASSES).assign(item="videos/a", frame=range(len(scores)))
    rows["predictable"] = ~np.isnan(scores).any(axis=1)
    return observed.frames(rows, one_clip(len(scores)), "any")


def one_clip(n_frames: int) -> pd.DataFrame:
    return pd.DataFrame([{"item": "videos/a", "scenario": "videos", "media": "video", "n_frames": n_frames}])


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_action_counts_are_those_of_a_plain_loop(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 5))
    sides = []
    for _ in range(2):
        scores = np.zeros((n, 60), np.float32)
        scores[:, [0, 7, 59]] = data.draw(arrays(np.float32, (n, 3), elements=SCORES))
        scores[data.draw(arrays(bool, n))] = np.nan
        sides.append(scores)
    a, b = (frames_of(scores) for scores in sides)
    found, distribution = counts.action_tables(one_clip(n), {"original": a, "blur": b})
    for threshold, row in found.set_index("threshold").iterrows():
        wanted = plain.action_counts(sides[0], sides[1], float(threshold))
        assert {name: row[name] for name in plain.COUNTS} == {name: wanted[name] for name in plain.COUNTS}
        seen = distribution[(distribution["kind"] == "blur") & (distribution["threshold"] == threshold)]
        classes = plain.distribution(sides[1], float(threshold))
        assert dict(zip(seen["action"], seen["n_frames"], strict=True)) == {
            CLASSES[i]: k for i, k in classes.items()
        }


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 0.5, 0.99]))
def test_epe_is_the_mean_distance_of_the_keypoints_detected_on_both(
    n: int, seed: int, threshold: float
) -> None:
    rng = np.random.default_rng(seed)
    at = int(100 * threshold)

    def side() -> list[tuple[np.ndarray, np.ndarray]]:
        scores = rng.choice([0, 0.3, 0.305, 0.5, 0.7, 0.99, 1], (n, N_KEYPOINTS)).astype(np.float32)
        return [(rng.uniform(0, 100, (N_KEYPOINTS, 2)).astype(np.float32), each) for each in scores]

    a, b = side(), side()
    order = rng.permutation(n)
    original = pose_rows("images/a", [(i, *a[i]) for i in range(n)])
    other = pose_rows("images/a", [(int(i), *b[i]) for i in order])
    manifest = observed.items(one_image())
    people = {
        kind: observed.people(rows, manifest, kind, 5)
        for kind, rows in {"original": original, "m": other}.items()
    }
    pose, _, person = counts.pose_tables(manifest, people, 5, 0.3, threshold)
    row = pose[(pose["part"] == "all")].iloc[at]
    wanted = plain.distances(a, b, threshold)
    assert person[["n_original", "n_anonymized", "n_matched"]].iloc[0].tolist() == [n] * 3
    assert row["n_both"] == len(wanted)
    epe = ratio(np.array(row["sum_px"]), np.array(row["n_both"]))
    np.testing.assert_allclose(epe, np.mean(wanted) if wanted else np.nan, rtol=1e-9)


def one_image() -> pd.DataFrame:
    return pd.DataFrame([{"item": "images/a", "scenario": "office", "media": "image", "n_frames": 1}])


def pose_rows(
    item: str, persons: Sequence[tuple[int, np.ndarray, np.ndarray]], frame: int = 0
) -> pd.DataFrame:
    """POSE of persons that stand 1000 pixels apart, by their place: (place, keypoints (133, 2), scores (133,))."""
    rows = [
        {"item": item, "frame": frame, "person": i, "score": 1.0, "x0": 1000.0 * place, "y0": 0.0}
        | {"x1": 1000.0 * place + 50, "y1": 200.0, "keypoints": points.ravel(), "keypoint_scores": scores}
        for i, (place, points, scores) in enumerate(persons)
    ]
    return tables.table(tables.POSE, rows)


def test_lost_and_spurious_persons_are_counted_apart() -> None:
    points, seen = np.zeros((N_KEYPOINTS, 2), np.float32), np.ones(N_KEYPOINTS, np.float32)
    original = pose_rows("images/a", [(0, points, seen), (1, points, seen)])
    other = pose_rows(
        "images/a", [(1, points + np.array([3, 4], np.float32), seen), (2, points, seen), (3, points, seen)]
    )
    evaluation = evaluate_images({"original": original, "m": other})
    row = evaluation.headline["m"]["image"]
    assert row["epe_px"] == 5
    assert row["epe_norm"] == 5 / 200
    assert (row["ptk"], row["persons_found"]) == (0.5, 0.5)
    values = overall(evaluation)
    assert values["ptk_count"] == 1.5
    assert values["spurious"] == pytest.approx(2 / 3)


def overall(evaluation: Evaluation) -> dict[str, float]:
    """Value of each metric over everything, at the pose threshold."""
    summary = evaluation.summary
    at = summary["threshold"].isna() | (summary["threshold"] == FEW.pose_threshold)
    rows = summary[at & (summary["part"] == "all") & (summary["scenario"] == "all")]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def evaluate_images(poses: Tables, manifest: pd.DataFrame | None = None) -> Evaluation:
    nothing = tables.table(tables.ACTIONS, [])
    items = one_image() if manifest is None else manifest
    return evaluate(items, poses, dict.fromkeys(poses, nothing), FEW, np.random.default_rng(0))


# Summary


def test_values_are_ratios_of_sums_and_the_whole_is_the_sum_of_its_scenarios(found: Evaluation) -> None:
    summary = found.summary
    expected = ratio(summary["numerator"].to_numpy(), summary["denominator"].to_numpy())
    np.testing.assert_array_equal(summary["value"], expected)
    keys = ["metric", "kind", "media", "part", "threshold"]
    whole = summary["scenario"] == "all"
    sums = [
        rows.groupby(keys, dropna=False)[["numerator", "denominator", "n_items"]].sum()
        for rows in (summary[whole], summary[~whole])
    ]
    pd.testing.assert_frame_equal(*sums)


def test_a_value_of_the_summary_is_that_of_the_counts(found: Evaluation) -> None:
    where = "kind == 'blur' and media == 'image' and part == 'face' and threshold == 0.3"
    rows = found.pose_counts.query(where)
    value = found.summary.query(f"{where} and scenario == 'all'").set_index("metric")["value"]
    per_item = rows["sum_px"] / rows["n_both"]
    assert per_item.isna().any()
    assert value["epe_px"] == pytest.approx(rows["sum_px"].sum() / rows["n_both"].sum())
    assert value["epe_item_px"] == pytest.approx(per_item.mean())
    assert value["ptk"] == pytest.approx(rows["n_both"].sum() / rows["n_original"].sum())


def test_intervals_hold_the_value_and_exist_where_they_are_promised(found: Evaluation) -> None:
    rows = found.summary[found.summary["scenario"] == "all"]
    here = rows["low"].notna()
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"]))[here].mean() > 0.95
    assert (rows["low"] <= rows["high"])[here].all()
    whole = rows["part"] == "all"
    assert set(rows[here & ~whole]["threshold"]) == {FEW.pose_threshold}
    ptk = rows[(rows["metric"] == "ptk") & (rows["kind"] == "blur") & whole]
    assert ptk[ptk["denominator"] > 0]["low"].notna().mean() > 0.9


def test_the_seed_decides_the_intervals_and_nothing_else(inputs: Inputs, found: Evaluation) -> None:
    assert_same(inputs.evaluate(), found)
    other = inputs.evaluate(seed=8)
    pd.testing.assert_series_equal(other.summary["value"], found.summary["value"])
    assert (other.summary["low"] != found.summary["low"]).any()


def test_the_intervals_of_images_do_not_depend_on_the_clips(inputs: Inputs, found: Evaluation) -> None:
    other = Inputs()
    other.manifest = inputs.manifest[inputs.manifest["media"] == "image"]
    keep = set(other.manifest["item"])
    other.poses = {kind: each[each["item"].isin(keep)] for kind, each in inputs.poses.items()}
    other.actions = dict.fromkeys(inputs.actions, tables.table(tables.ACTIONS, []))
    images = found.summary[found.summary["media"] == "image"].reset_index(drop=True)
    pd.testing.assert_frame_equal(other.evaluate().summary, images)


def test_the_headline_is_the_summary_at_the_chosen_thresholds(inputs: Inputs) -> None:
    evaluation = inputs.evaluate(Settings(pose_threshold=0.3, action_threshold=0.11, n_resamples=20))
    summary = evaluation.summary.set_index(["metric", "kind", "media", "scenario", "part", "threshold"])[
        "value"
    ]
    whole = evaluation.headline["blur"]["video"]
    assert whole["ptk"] == round(summary["ptk", "blur", "video", "all", "all", 0.3], 4)
    assert whole["acc"] == round(summary["acc", "blur", "video", "all", "all", 0.11], 4)
    assert set(evaluation.headline) == {"blur", "pixelate"}
    assert set(evaluation.headline["blur"]) == {"image", "video"}


# Files


def stage(folder: Path, inputs: Inputs) -> Evaluation:
    """The stage on tables in a folder, as the pipeline runs it."""
    tables.write(folder / "data/manifest.parquet", tables.MANIFEST, inputs.manifest)
    tables.write(folder / "data/truth.parquet", tables.TRUTH, [])
    for kind in inputs.poses:
        tables.write(folder / f"data/leaks/{kind}.parquet", tables.LEAKS, [])
        tables.write(folder / f"data/anonymized/{kind}/frames.parquet", tables.FRAMES, [])
        tables.write(folder / f"data/pose/{kind}.parquet", tables.POSE, inputs.poses[kind])
        tables.write(folder / f"data/actions/{kind}.parquet", tables.ACTIONS, inputs.actions[kind])
    return run(list(inputs.poses), FEW, seed=7, data=folder / "data", metrics_json=folder / "metrics.json")


def test_the_stage_writes_what_it_returns_and_the_same_bytes_again(tmp_path: Path, inputs: Inputs) -> None:
    first = stage(tmp_path / "a", inputs)
    stage(tmp_path / "b", inputs)
    for name in TABLES:
        path = Path("data/metrics") / f"{name}.parquet"
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()
        pd.testing.assert_frame_equal(
            tables.read(tmp_path / "a" / path, tables.SCHEMAS[name]), getattr(first, name)
        )
    text = (tmp_path / "a" / "metrics.json").read_text()
    assert text == (tmp_path / "b" / "metrics.json").read_text()
    assert json.loads(text) == first.headline


def test_an_undefined_number_is_null_in_the_json(tmp_path: Path) -> None:
    inputs = Inputs(n_videos=0)
    inputs.poses["blur"] = inputs.poses["blur"].iloc[:0]
    stage(tmp_path, inputs)
    blur = json.loads((tmp_path / "metrics.json").read_text())["blur"]["image"]
    assert blur["epe_px"] is None
    assert blur["ptk"] == 0
    assert list(blur) == sorted(blur)


# Bad input


def changed(table: pd.DataFrame, row: int, **new: Any) -> pd.DataFrame:
    """A copy with other values in one row."""
    copy = table.copy()
    for name, value in new.items():
        copy[name] = [value if i == row else old for i, old in enumerate(copy[name])]
    return copy


def with_nan(vector: Any, at: int) -> np.ndarray:
    copy = np.array(vector)
    copy[at] = np.nan
    return copy


POSE_FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "unknown item": (lambda t: changed(t, 4, item="images/elsewhere"), "images/elsewhere"),
    "frame between": (lambda t: changed(t, len(t) - 1, frame=7), "frame 7"),
    "frame beyond": (lambda t: changed(t, len(t) - 1, frame=5000), "frame 5000"),
    "twice": (lambda t: pd.concat([t, t.tail(1)], ignore_index=True), "twice"),
    "nan score": (
        lambda t: changed(t, 2, keypoint_scores=with_nan(t["keypoint_scores"][2], 5)),
        "not finite",
    ),
    "nan place": (lambda t: changed(t, 2, keypoints=with_nan(t["keypoints"][2], 5)), "not finite"),
    "nan box": (lambda t: changed(t, 2, x0=np.nan), "not finite"),
}


@pytest.mark.parametrize("fault", POSE_FAULTS)
@pytest.mark.parametrize("kind", ["original", "blur"])
def test_a_faulty_pose_table_is_named(inputs: Inputs, kind: str, fault: str) -> None:
    spoil, word = POSE_FAULTS[fault]
    poses = inputs.poses | {kind: spoil(inputs.poses[kind])}
    with pytest.raises(InputError, match=rf"pose of '{kind}': item '.*', frame \d+ .*") as error:
        evaluate(inputs.manifest, poses, inputs.actions, FEW, np.random.default_rng(0))
    assert word in str(error.value)
    assert "dvc repro" in str(error.value)


ACTION_FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "unknown item": (lambda t: changed(t, 4, item="videos/elsewhere"), "videos/elsewhere"),
    "frame missing": (lambda t: t.drop(index=3), "rows for item 'videos/clip_00'"),
    "frame twice": (lambda t: changed(t, 4, frame=3), "frame 3 is there twice"),
    "frame beyond": (lambda t: changed(t, len(t) - 1, frame=5000), "frame 5000"),
    "empty": (lambda t: t.iloc[:0], "0 rows for item 'videos/clip_00'"),
    "nan score": (lambda t: changed(t, 40, sit=np.nan), "frame 40 holds a number that is not finite"),
}


@pytest.mark.parametrize("fault", ACTION_FAULTS)
def test_a_faulty_actions_table_is_named(inputs: Inputs, fault: str) -> None:
    spoil, words = ACTION_FAULTS[fault]
    actions = inputs.actions | {"blur": spoil(inputs.actions["blur"])}
    with pytest.raises(InputError, match=r"^actions of 'blur': ") as error:
        evaluate(inputs.manifest, inputs.poses, actions, FEW, np.random.default_rng(0))
    assert words in str(error.value)


def test_a_keypoint_that_the_network_does_not_have_needs_no_place() -> None:
    points, scores = np.zeros((N_KEYPOINTS, 2), np.float32), np.ones(N_KEYPOINTS, np.float32)
    points[17:], scores[17:] = np.nan, 0
    pose = pose_rows("images/a", [(0, points, scores)])
    evaluation = evaluate_images({"original": pose, "same": pose})
    whole = evaluation.headline["same"]["image"]
    assert (whole["epe_px"], whole["ptk"]) == (0, 1)
    counts = evaluation.pose_counts
    at = (counts["part"] == "all") & (counts["threshold"] == FEW.pose_threshold)
    assert counts.loc[at, "n_original"].tolist() == [17]


@pytest.mark.parametrize("kind", ["original", "blur"])
@pytest.mark.parametrize("what", ["poses", "actions"])
def test_a_kind_without_a_table_is_named(inputs: Inputs, what: str, kind: str) -> None:
    given_tables = {"poses": dict(inputs.poses), "actions": dict(inputs.actions)}
    del given_tables[what][kind]
    with pytest.raises(InputError, match=rf"no table of '{kind}'"):
        evaluate(inputs.manifest, **given_tables, settings=FEW, rng=np.random.default_rng(0))


def test_a_scenario_may_not_be_called_all() -> None:
    with pytest.raises(InputError, match="'all' stands for every scenario"):
        observed.items(one_image().assign(scenario="all"))


def test_an_item_may_not_occur_twice() -> None:
    with pytest.raises(InputError, match="'images/a' occurs twice"):
        observed.items(pd.concat([one_image(), one_image()]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("pose_threshold", value) for value in (-0.1, 1.0, 2, 0.505, float("nan"), "0.5", None, True)),
        *(("action_threshold", value) for value in (-1, 1.5, 0.001)),
        *(("match_iou", value) for value in (0, -0.3, 1.1, float("nan"))),
        *(("confidence", value) for value in (0, 1, 95, "high")),
        *(("n_resamples", value) for value in (0, -5, 2.5)),
        *(("pose_every", value) for value in (0, 1.5)),
    ],
)
def test_a_value_out_of_range_is_named(name: str, value: Any) -> None:
    where = "pose.every" if name == "pose_every" else f"metrics.{name}"
    with pytest.raises(ParameterError, match=rf"^params\.yaml: {where} is .*; use .+"):
        Settings(**{name: value})


def test_every_hundredth_is_a_threshold() -> None:
    given_values = [0, *THRESHOLDS.tolist(), 0.1 + 0.2]
    used = [Settings(pose_threshold=value).pose_threshold for value in given_values]
    assert used == [0, *THRESHOLDS.tolist(), 0.3]


def test_a_seed_below_0_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="seed is -1"):
        run(["original"], FEW, seed=-1, data=tmp_path)
