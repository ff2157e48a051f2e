"""What was found against what is known: identities first, then numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from anonlab import ava, masks, overview, tables
from anonlab.errors import InputError
from anonlab.keypoints import N_KEYPOINTS, PARTS
from anonlab.metrics.stage import Evaluation, evaluate
from anonlab.metrics.summary import Settings
from tests import generate, labels

FEW = Settings(n_resamples=50)


class Inputs:
    """A small generated run whose truth is exactly what was found on the original."""

    def __init__(self, seed: int = 1, n_images: int = 8, n_videos: int = 2) -> None:
        rng = np.random.default_rng(seed)
        self.manifest = generate.manifest(rng, n_images, n_videos, 100)
        self.poses = generate.poses(rng, self.manifest, ("blur", "pixelate"))
        self.actions = generate.all_actions(rng, self.manifest, ("blur", "pixelate"))
        self.truth = labels.of_poses(self.poses["original"], self.manifest, actions=self.actions["original"])

    def evaluate(self, truth: pd.DataFrame | None = None, leaks: dict | None = None) -> Evaluation:
        known = self.truth if truth is None else truth
        rng = np.random.default_rng(7)
        return evaluate(self.manifest, self.poses, self.actions, FEW, rng, known, leaks)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return Inputs()


@pytest.fixture(scope="module")
def found(inputs: Inputs) -> Evaluation:
    return inputs.evaluate()


def value(
    evaluation: Evaluation,
    metric: str,
    kind: str = "original",
    media: str = "image",
    threshold: float | None = 0.5,
    part: str = "all",
) -> float:
    summary = evaluation.summary
    chosen = (summary["metric"] == metric) & (summary["kind"] == kind) & (summary["media"] == media)
    chosen &= (summary["scenario"] == "all") & (summary["part"] == part)
    at = summary["threshold"].isna() if threshold is None else np.isclose(summary["threshold"], threshold)
    return float(summary.loc[chosen & at, "value"].item())


# Nothing known


def test_without_truth_there_is_no_row_and_no_number(inputs: Inputs) -> None:
    nothing = inputs.evaluate(tables.table(tables.TRUTH, []))
    for name in ("true_pose_counts", "true_person_counts", "true_action_counts", "true_class_counts"):
        assert getattr(nothing, name).empty
    assert nothing.leak_counts.empty
    assert "truth" not in nothing.headline
    assert not set(nothing.summary["metric"]) & {"pck", "oks", "true_acc", "leaked"}


def test_truth_does_not_touch_the_papers_numbers(inputs: Inputs, found: Evaluation) -> None:
    without = inputs.evaluate(tables.table(tables.TRUTH, []))
    shared = found.summary[found.summary["metric"].isin(without.summary["metric"].unique())]
    keys = ["metric", "kind", "media", "scenario", "part", "threshold"]
    pd.testing.assert_frame_equal(
        shared.sort_values(keys, ignore_index=True), without.summary.sort_values(keys, ignore_index=True)
    )


# Identities


def test_a_perfect_detector_makes_no_error(inputs: Inputs, found: Evaluation) -> None:
    assert value(found, "true_epe_px") == 0
    assert value(found, "pck", threshold=0.0) == value(found, "true_kept", threshold=0.0)
    for metric in ("oks", "oks_found", "true_persons_found"):
        assert value(found, metric, threshold=None) == pytest.approx(1)
    assert value(found, "true_spurious", threshold=None) == 0


def test_where_the_original_is_the_truth_the_protocol_makes_no_error(found: Evaluation) -> None:
    for kind in ("blur", "pixelate"):
        for protocol, true in (("epe_px", "true_epe_px"), ("epe_norm", "true_epe_norm")):
            assert value(found, true, kind, threshold=0.0) == pytest.approx(
                value(found, protocol, kind, threshold=0.0), rel=0.05
            )
        assert value(found, "true_persons_found", kind, threshold=None) == value(
            found, "persons_found", kind, threshold=None
        )


def test_true_actions_are_recognised_exactly(found: Evaluation) -> None:
    for metric in ("true_acc", "action_precision", "action_recall"):
        assert value(found, metric, media="video", threshold=0.2) == pytest.approx(1)
    for metric in ("true_acc", "action_recall"):
        assert value(found, metric, "blur", "video", threshold=0.2) < 1


def test_counts_bound_each_other_and_fall_with_the_threshold(found: Evaluation) -> None:
    pose = found.true_pose_counts
    assert (pose["n_near"] <= pose["n_detected"]).all()
    assert (pose["n_detected"] <= pose["n_true"]).all()
    by_threshold = pose.groupby(["kind", "item", "part"])
    assert by_threshold["n_detected"].apply(lambda n: n.is_monotonic_decreasing).all()
    assert (by_threshold["n_true"].min() == by_threshold["n_true"].max()).all()
    people = found.true_person_counts
    assert (people["n_matched"] <= people[["n_true", "n_found"]].min(axis=1)).all()
    assert (people["sum_oks"] <= people["n_posed_matched"] + 1e-9).all()


def test_parts_add_up_to_all(found: Evaluation) -> None:
    pose = found.true_pose_counts
    for name in ("n_true", "n_detected", "n_near"):
        wide = pose.pivot_table(name, ["kind", "item", "threshold"], "part", aggfunc="sum")
        assert (wide[list(PARTS)].sum(axis=1) == wide["all"]).all()


def test_only_labelled_items_count(inputs: Inputs) -> None:
    images = inputs.manifest.loc[inputs.manifest["media"] == "image", "item"]
    some = inputs.truth[inputs.truth["item"].isin(images[:3])]
    few = inputs.evaluate(some)
    assert set(few.true_pose_counts["item"]) == set(images[:3])
    assert few.true_action_counts.empty
    rows = few.summary[(few.summary["metric"] == "pck") & (few.summary["scenario"] == "all")]
    assert set(rows["n_items"]) == {3}


def test_the_headline_has_truth_in_a_place_of_its_own(found: Evaluation) -> None:
    assert set(found.headline) == {"blur", "pixelate", "truth"}
    assert set(found.headline["truth"]) == {"original", "blur", "pixelate"}
    assert found.headline["truth"]["original"]["image"]["epe_px"] == 0
    assert found.headline["truth"]["original"]["video"]["acc"] == 1


# Numbers


def one_image() -> pd.DataFrame:
    row = {"item": "images/a", "scenario": "a", "media": "image", "path": "images/a.png", "width": 200}
    row |= {"height": 120, "fps": "", "n_frames": 1, "colour": "rgb", "sha256": "0"}
    return tables.table(tables.MANIFEST, [row])


def at(*people: tuple[float, float]) -> pd.DataFrame:
    """POSE of people in boxes of 40 x 100 px, all keypoints at the box's corner plus a shift to the right."""
    rows = []
    for number, (x0, shift) in enumerate(people):
        box = {"x0": x0, "y0": 10, "x1": x0 + 40, "y1": 110}
        keypoints = np.tile(np.float32([x0 + shift, 10]), N_KEYPOINTS)
        rows.append(
            {"item": "images/a", "frame": 0, "person": number, "score": 1.0, **box, "keypoints": keypoints}
            | {"keypoint_scores": np.full(N_KEYPOINTS, 0.9, np.float32)}
        )
    return tables.table(tables.POSE, rows)


def against(truth: pd.DataFrame, **poses: pd.DataFrame) -> Evaluation:
    empty = tables.table(tables.ACTIONS, [])
    rng = np.random.default_rng(0)
    return evaluate(one_image(), poses, dict.fromkeys(poses, empty), FEW, rng, truth)


def test_an_error_is_a_distance_to_the_true_place() -> None:
    truth = labels.of_poses(at((20, 0), (100, 0)), one_image())
    result = against(truth, original=at((20, 9), (150, 0)), blur=at((20, 11)))
    assert value(result, "true_epe_px") == pytest.approx(9)
    assert value(result, "true_epe_norm") == pytest.approx(0.09)
    assert value(result, "pck") == 0.5  # one person of two is missed
    assert value(result, "pck", "blur") == 0  # 11 px are more than a tenth of 100
    assert value(result, "true_kept", "blur") == 0.5
    assert value(result, "true_persons_found", threshold=None) == 0.5
    assert value(result, "true_spurious", threshold=None) == 0.5
    assert value(result, "epe_px", "blur") == pytest.approx(2)  # what the paper's protocol says


def test_oks_is_that_of_the_definition() -> None:
    truth = labels.of_poses(at((20, 0)), one_image())
    result = against(truth, original=at((20, 5)))
    sigmas = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
    expected = np.exp(-25 / (2 * 4000 * (2 * sigmas) ** 2)).mean()
    assert value(result, "oks", threshold=None) == pytest.approx(expected)


def test_a_keypoint_that_is_not_labelled_does_not_count() -> None:
    truth = labels.of_poses(at((20, 0)), one_image())
    visibility = np.zeros(N_KEYPOINTS, np.uint8)
    visibility[:5] = (1, 2, 2, 2, 2)
    keypoints = truth["keypoints"].iloc[0].copy()
    keypoints[10:] = np.nan
    partly = truth.assign(visibility=[visibility], keypoints=[keypoints])
    result = against(partly, original=at((20, 3)))
    assert result.true_pose_counts["n_true"].max() == 5
    assert value(result, "true_epe_px") == pytest.approx(3)
    assert np.isnan(value(result, "true_epe_px", part="face"))


def test_a_frame_with_nobody_makes_everybody_spurious() -> None:
    nobody = labels.table(("images/a", 0, []))
    result = against(nobody, original=at((20, 0)))
    assert value(result, "true_spurious", threshold=None) == 1
    assert np.isnan(value(result, "true_persons_found", threshold=None))
    assert np.isnan(value(result, "oks", threshold=None))


def test_frames_without_action_labels_are_left_out(inputs: Inputs) -> None:
    half = inputs.truth.copy()
    half.loc[half["frame"] >= 50, "has_actions"] = False
    counts = inputs.evaluate(half).true_action_counts
    whole = inputs.evaluate().true_action_counts
    assert 0 < counts["n_frames"].sum() < whole["n_frames"].sum()


def test_classes_are_counted_one_by_one(inputs: Inputs, found: Evaluation) -> None:
    counts, sums = found.true_class_counts, found.true_action_counts
    at_chosen = sums[np.isclose(sums["threshold"], 0.2)].groupby("kind")
    for name in ("n_true", "n_found", "n_both"):
        expected = at_chosen[f"{name}_labels"].sum()
        pd.testing.assert_series_equal(counts.groupby("kind")[name].sum(), expected, check_names=False)
    assert set(counts["action"]) <= set(ava.NAMES)


def leaks(*rows: tuple[int, int, int], anonymizes: bool = True) -> pd.DataFrame:
    """LEAKS of one picture: true, masked and leaked pixels of each person."""
    names = ("n_true", "n_masked", "n_leaked")
    about = {"item": "images/a", "frame": 0, "anonymizes": anonymizes}
    return tables.table(
        tables.LEAKS,
        [about | {"person": n} | dict(zip(names, row, strict=True)) for n, row in enumerate(rows)],
    )


def test_leaks_are_shares_of_peoples_pixels() -> None:
    poses = {"original": at(), "blur": at()}
    empty = tables.table(tables.ACTIONS, [])
    known = {
        "original": leaks((100, 90, 100), (300, 0, 300), anonymizes=False),
        "blur": leaks((100, 90, 10), (300, 0, 300)),
    }
    rng = np.random.default_rng(0)
    result = evaluate(one_image(), poses, dict.fromkeys(poses, empty), FEW, rng, leaks=known)
    assert value(result, "leaked", "blur", threshold=None) == pytest.approx(310 / 400)
    assert value(result, "mask_recall", "blur", threshold=None) == pytest.approx(90 / 400)
    assert value(result, "exposed", "blur", threshold=None) == 0.5  # a tenth is not more than a tenth
    counts = result.leak_counts.set_index("kind")
    assert counts.loc["original", "n_leaked_px"] == counts.loc["original", "n_true_px"]
    assert set(result.summary.loc[result.summary["metric"] == "leaked", "kind"]) == {"blur"}
    assert result.leak_counts.set_index("kind")["anonymizes"].to_dict() == {"original": False, "blur": True}
    assert result.headline["truth"]["blur"]["image"]["leaked"] == pytest.approx(310 / 400)


def test_who_is_blurred_instead_is_a_share_of_the_masks_of_methods_that_say_so() -> None:
    poses = {"original": at(), "blur": at(), "avatar": at()}
    empty = tables.table(tables.ACTIONS, [])
    made = {kind: frames(n_persons=8) for kind in ("original", "blur")} | {
        "avatar": frames(n_persons=8, n_avatar=5, n_fallback=2, n_nobody=1)
    }
    rng = np.random.default_rng(0)
    result = evaluate(one_image(), poses, dict.fromkeys(poses, empty), FEW, rng, made=made)
    assert value(result, "fallback", "avatar", threshold=None) == pytest.approx(2 / 8)
    assert set(result.mask_counts["kind"]) == {"avatar"}
    assert "blurred instead (%)" in overview.metrics(result.summary, "image", [0.5])


def frames(**counts: int) -> pd.DataFrame:
    """FRAMES of one image."""
    names = [name for name in tables.FRAMES.columns if name.startswith("n_")]
    row = dict.fromkeys(names, 0) | {"item": "images/a", "n_frames": 1, "n_covered": 1} | counts
    return tables.table(tables.FRAMES, [row | {"mask_share": 0.1, "sha256": "", "identities": ""}])


def test_a_table_of_another_data_set_is_refused(inputs: Inputs) -> None:
    with pytest.raises(
        InputError, match="truth of 'the data set': item 'images/a', frame 0 is not in the manifest"
    ):
        inputs.evaluate(labels.table(("images/a", 0, [])))


def test_masks_of_fabricated_people_are_whole() -> None:
    truth = labels.of_poses(at((20, 0)), one_image())
    assert masks.decode(truth["mask_rle"].iloc[0], 120, 200).sum() == 4000
