"""The explorers without a browser: the numbers they send, and what they do when asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from anonlab import tables
from anonlab.errors import InputError
from anonlab.metrics.measures import THRESHOLDS
from anonlab.widgets import SampleExplorer, ThresholdExplorer, explore_samples, explore_thresholds, rerun
from anonlab.widgets import thresholds as module
from anonlab.widgets.frames import Frames, Store
from anonlab.widgets.looks import marker
from anonlab.widgets.ranking import worst
from tests.generate import EVERY
from tests.leftovers import leave


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return leave(tmp_path_factory.mktemp("run"))


def thresholds(root: Path) -> ThresholdExplorer:
    return explore_thresholds(root / "data", root / "params.yaml")


def samples(root: Path) -> SampleExplorer:
    return explore_samples(root / "data", root / "params.yaml")


def unpacked(sent: Mapping[str, Any]) -> np.ndarray:
    n = int(np.prod(sent["shape"]))
    return np.frombuffer(sent["data"], "uint8" if len(sent["data"]) == n else "float32").reshape(
        sent["shape"]
    )


def in_summary(root: Path, metric: str, kind: str, scenario: str = "all") -> pd.DataFrame:
    summary = tables.read(root / "data/metrics/summary.parquet", tables.SUMMARY)
    media = "video" if metric in ("acc", "pta") else "image"
    rows = summary[(summary["metric"] == metric) & (summary["kind"] == kind) & (summary["media"] == media)]
    return rows[(rows["scenario"] == scenario) & (rows["part"] == "all")].sort_values("threshold")


@pytest.mark.parametrize("metric", ["epe_px", "epe_norm", "ptk", "acc", "pta"])
def test_the_numbers_are_those_of_the_stage_metrics(root: Path, metric: str) -> None:
    explorer = thresholds(root)
    sent = explorer.actions if metric in ("acc", "pta") else explorer.pose
    values = unpacked(sent["summary"][metric])
    for k, kind in enumerate(sent["kinds"]):
        rows = in_summary(root, metric, kind)[["value", "low", "high", "denominator"]]
        np.testing.assert_allclose(values[k, 0], rows.to_numpy(np.float64), rtol=1e-5)


def test_numbers_of_a_scenario_are_those_of_its_panel(root: Path) -> None:
    sent = thresholds(root).pose
    values = unpacked(sent["summary"]["ptk"])
    for s, scenario in enumerate(sent["scenarios"], start=1):
        rows = in_summary(root, "ptk", "blur", scenario["name"])
        np.testing.assert_allclose(values[sent["kinds"].index("blur"), s, :, 0], rows["value"], rtol=1e-5)


def test_a_choice_of_scenarios_leaves_the_others_out(root: Path) -> None:
    explorer = thresholds(root)
    explorer.scenarios = ["office"]
    assert {item.split("/")[1] for item in explorer.pose["items"]} == {"office"}
    assert explorer.actions["kinds"] == []
    explorer.scenarios = ["(none)"]
    assert explorer.pose["kinds"] == []


def test_a_part_has_fewer_keypoints_than_all(root: Path) -> None:
    explorer = thresholds(root)
    n_all = unpacked(explorer.pose["summary"]["ptk"])[..., 3].max()
    explorer.part = "face"
    assert 0 < unpacked(explorer.pose["summary"]["ptk"])[..., 3].max() < n_all


def test_frames_per_action_are_those_of_the_distribution(root: Path) -> None:
    seen = thresholds(root).actions["seen"]
    table = tables.read(root / "data/metrics/distribution.parquet", tables.DISTRIBUTION)
    assert unpacked(seen["frames"]).sum() == table["n_frames"].sum()
    row = table.sort_values("n_frames").iloc[-1]
    at = int(np.abs(THRESHOLDS - row["threshold"]).argmin())
    place = seen["kinds"].index(row["kind"]), seen["actions"].index(row["action"]), at
    assert unpacked(seen["frames"])[place] == row["n_frames"]


@pytest.mark.parametrize(
    ("made", "poses", "acts"),
    [
        ({"n_videos": 0}, True, False),
        ({"n_images": 0}, True, True),
        ({"recognised": False}, True, False),
        ({"methods": ()}, False, False),
        ({"n_images": 0, "n_videos": 0}, False, False),
    ],
    ids=["no clips", "no images", "no recogniser", "nothing to compare", "nothing at all"],
)
def test_both_explorers_take_any_run(tmp_path: Path, made: dict[str, Any], poses: bool, acts: bool) -> None:
    root = leave(tmp_path, **({"n_images": 3, "n_videos": 2, "n_frames": 80} | made))
    explorer = thresholds(root)
    assert bool(explorer.pose["kinds"]) is poses
    assert bool(explorer.actions["kinds"]) is acts
    browser = Browser(samples(root))
    if browser.explorer.about["items"]:
        assert browser.ask(do="frame", item=0, frame=0, kinds=["original"])["seen"]


def test_without_a_run_the_error_says_what_to_do(tmp_path: Path) -> None:
    leave(tmp_path, n_images=1, n_videos=0)
    (tmp_path / "data/metrics/pose_counts.parquet").unlink()
    with pytest.raises(InputError, match="dvc repro"):
        thresholds(tmp_path)


def test_the_button_writes_the_thresholds_and_says_what_would_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer = thresholds(leave(tmp_path, n_images=2, n_videos=0))
    monkeypatch.setattr(module.rerun, "stages", lambda root: ["metrics", "figures"])
    explorer.pose_threshold, explorer.action_threshold = 0.35, 0.1
    explorer._receive(None, {"do": "write"}, None)
    written = yaml.safe_load((tmp_path / "params.yaml").read_text())["metrics"]
    assert (written["pose_threshold"], written["action_threshold"]) == (0.35, 0.1)
    assert "metrics, figures" in explorer.message
    # the numbers that come with the click count: the state may still be on its way
    explorer._receive(None, {"do": "write", "pose_threshold": 0.21, "action_threshold": 0.42}, None)
    written = yaml.safe_load((tmp_path / "params.yaml").read_text())["metrics"]
    assert (written["pose_threshold"], written["action_threshold"]) == (0.21, 0.42)
    explorer._receive(None, {"do": "write", "pose_threshold": "much"}, None)
    assert "pose_threshold" in explorer.message


def test_what_reruns_is_what_changed_and_all_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "status": json.dumps({"metrics": [], "data/input.dvc": []}),
        "dag": '"pose" -> "metrics";"metrics" -> "figures";',
    }
    monkeypatch.setattr(rerun, "_dvc", lambda root, command, *_: answers[command])
    assert rerun.stages(tmp_path) == ["metrics", "figures"]


class Browser:
    """Stands in for one: sends requests and keeps the last answer."""

    def __init__(self, explorer: SampleExplorer) -> None:
        self.explorer = explorer
        self.buffers: list[bytes] = []
        explorer.send = self._take  # type: ignore[method-assign]

    def _take(self, answer: dict[str, Any], buffers: Any = None) -> None:
        self.answer, self.buffers = answer, list(buffers or [])

    def ask(self, **request: Any) -> dict[str, Any]:
        self.explorer._receive(None, request, None)
        return self.answer

    def array(self, sent: Mapping[str, Any]) -> np.ndarray:
        return unpacked({"shape": sent["shape"], "data": self.buffers[sent["data"]["buffer"]]})


def test_a_frame_comes_as_pictures_masks_and_poses(root: Path) -> None:
    browser = Browser(samples(root))
    kinds = ["original", "blur"]
    for item in range(len(browser.explorer.about["items"])):
        answer = browser.ask(do="frame", item=item, frame=0, kinds=kinds, masks=True)
        assert [each[:2] for each in browser.buffers[:3]] == [b"\xff\xd8", b"\xff\xd8", b"\x89P"]
        seen = answer["seen"]["blur"]
        assert browser.array(seen["keypoints"]).shape == (seen["n_persons"], 133, 2)


def test_epe_and_ptk_of_an_image_are_those_of_the_counts(root: Path) -> None:
    browser = Browser(samples(root))
    counts = tables.read(root / "data/metrics/pose_counts.parquet", tables.POSE_COUNTS)
    item = browser.explorer.about["items"][0]["item"]
    rows = counts[(counts["item"] == item) & (counts["kind"] == "blur") & (counts["part"] == "all")]
    seen = browser.ask(do="frame", item=0, frame=0, kinds=["blur"])["seen"]["blur"]
    both = rows["n_both"].where(rows["n_both"] > 0)
    np.testing.assert_allclose(browser.array(seen["epe"]), rows["sum_px"] / both, rtol=1e-5)
    np.testing.assert_allclose(browser.array(seen["ptk"]), rows["n_both"] / rows["n_original"], rtol=1e-5)


def test_the_original_against_itself_has_no_error(root: Path) -> None:
    browser = Browser(samples(root))
    seen = browser.ask(do="frame", item=0, frame=0, kinds=["original"])["seen"]["original"]
    assert np.nanmax(browser.array(seen["groups"])) == 0


def test_the_course_of_a_clip(root: Path) -> None:
    browser = Browser(samples(root))
    clip = next(i for i, each in enumerate(browser.explorer.about["items"]) if each["media"] == "video")
    kinds = ["original", "blur"]
    course = browser.ask(do="course", item=clip, kinds=kinds)["course"]
    n = browser.explorer.about["items"][clip]["n_frames"]
    assert browser.array(course["persons"]).shape == (2, -(-n // EVERY))
    levels = browser.array(course["levels"])
    assert levels.shape == (2, 5, n)
    assert (levels[:, :, 0] == 255).all()  # no prediction at the ends
    assert (levels[:, :, n // 2] < 255).all()


def test_frames_of_a_clip_are_the_same_however_they_are_come_by(root: Path) -> None:
    clip = next(i for i, each in enumerate(samples(root).about["items"]) if each["media"] == "video")
    frames = [Frames(root / "footage", root / "data", every=EVERY) for _ in range(2)]
    onward = {f: frames[0].get("blur", clip, f, patience_s=60) for f in range(0, 95, 5)}
    for f in (90, 0, 5, 80, 75):
        assert frames[1].get("blur", clip, f, patience_s=60) == onward[f]


def test_without_patience_the_place_is_told(root: Path) -> None:
    clip = next(i for i, each in enumerate(samples(root).about["items"]) if each["media"] == "video")
    frames = Frames(root / "footage", root / "data", every=EVERY)
    frames.get("blur", clip, 0)
    assert frames.get("blur", clip, 50, patience_s=-1) == 5
    browser = Browser(samples(root))
    n = browser.explorer.about["items"][clip]["n_frames"]
    after = -5
    while after < n - 6:
        answer = browser.ask(do="ahead", item=clip, after=after, kinds=["original"])
        assert answer["decoded"] > after
        after = answer["decoded"]


def test_a_missing_file_is_an_answer_and_no_crash(tmp_path: Path) -> None:
    root = leave(tmp_path, n_images=2, n_videos=0)
    browser = Browser(samples(root))
    next((root / "data/anonymized/blur").rglob("*.png")).unlink()
    assert "dvc repro" in browser.ask(do="frame", item=0, frame=0, kinds=["blur"])["error"]


def test_every_request_is_answered_even_one_that_makes_no_sense(root: Path) -> None:
    browser = Browser(samples(root))
    clip = next(i for i, each in enumerate(browser.explorer.about["items"]) if each["media"] == "video")
    assert "error" in browser.ask(do="frame", item=clip, frame=10_000, kinds=["blur"])
    assert browser.ask(do="course", item=clip, kinds=[])["course"]["actions"] == []


def test_the_store_forgets_what_was_not_asked_for_the_longest() -> None:
    store = Store(room_bytes=10)
    for key in "abc":
        store.put((key,), b"1234")
        store.get(("a",))
    assert [store.get((key,)) is not None for key in "abc"] == [True, False, True]
    assert store.n_bytes == 8


def test_ranks_are_nan_where_nothing_is_known_and_leaks_only_where_masks_are(root: Path) -> None:
    names = ("pose_counts", "person_counts", "leak_counts")
    *counts, leaks = (
        tables.read(root / f"data/metrics/{name}.parquet", tables.SCHEMAS[name]) for name in names
    )
    items = list(counts[0]["item"].unique())
    found = worst(*counts, leaks, items, ["original", "blur"], 0.5)
    assert np.isnan(found["epe"][0]).all()
    assert np.nanmax(np.abs(found["leaks"] - 0.1)) < 0.01
    assert "leaks" not in worst(*counts, leaks[:0], items, ["blur"], 0.5)


@pytest.mark.parametrize("name", ["o", "D", "s", "^", "v", "P", "h", "*"])
def test_markers_are_about_one_across(name: str) -> None:
    corners = np.array(marker(name))
    assert 0.5 < np.ptp(corners, axis=0).max() < 1.5
