"""The training stage, on stick figures: examples and labels, learning in seconds, the report, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from anonlab import ava, training
from anonlab.errors import InputError, ParameterError
from anonlab.models.skeleton_actions import SkeletonActions, network
from anonlab.models.skeleton_actions.recognizer import COLUMNS
from anonlab.paths import ROOT
from anonlab.training import drawing, lessons, observing, report
from anonlab.training.learning import Learner, decisive, platt, taught
from tests import pipeline, sticks
from tests.test_skeleton_actions import random_weights

QUICK = Learner(seed=3, hidden=16, folds=2, copies=3, epochs=40, alpha=0.05)


@pytest.fixture(scope="module")
def learned():
    rng = np.random.default_rng(5)
    return training.learned(sticks.clips(32, rng), sticks.clips(12, rng), QUICK)


def test_no_clips_give_no_lessons_and_short_ones_neither() -> None:
    assert len(lessons.lessons([])) == 0
    short = sticks.seen("walk", np.random.default_rng(0), length=7)
    assert len(lessons.lessons([short])) == 0
    assert lessons.exam([short]).labels.shape == (0, ava.N_CLASSES)


def test_a_clip_gives_a_lesson_per_window_with_the_label_of_its_centre() -> None:
    found = lessons.lessons([sticks.seen("bend", np.random.default_rng(0), length=12)])
    assert len(found) == 5
    assert {each for each in ava.CLASSES if found.labels[0, COLUMNS[each]]} == {1, 59}


def test_who_is_not_there_does_nothing_and_doubtful_ones_teach_nothing() -> None:
    true = np.float32([[0, 0, 100, 200]])
    found = np.float32([[0, 0, 100, 190], [500, 0, 600, 200], [80, 0, 180, 200]])
    person, clear = lessons.matched(found, true)
    assert person.tolist() == [0, -1, -1]
    assert clear.tolist() == [True, True, False]


def test_frames_with_people_who_were_not_found_are_examined_too() -> None:
    seen = sticks.seen("walk", np.random.default_rng(0))
    blind = observing.collected(
        [
            replace(each, **{name: getattr(each, name)[:0] for name in ("boxes_xyxy", "keypoints", "scores")})
            for each in seen.observations()
        ],
        [list(zip(boxes, rows, strict=True)) for boxes, rows in seen.truths()],
    )
    exam = lessons.exam([blind])
    assert len(exam.windows) == 0
    assert exam.labels[:, COLUMNS[14]].all()
    assert (report.frame_scores(random_weights(), exam) == 0).all()


def test_what_was_seen_is_written_and_read(tmp_path: Path) -> None:
    seen = sticks.seen("sit", np.random.default_rng(0))
    observing.save(seen, tmp_path / "seen.npz")
    again = observing.load(tmp_path / "seen.npz")
    np.testing.assert_array_equal(again.keypoints, seen.keypoints)
    assert len(again.observations()) == len(again.truths()) == 12


def test_varied_windows_forget_some_observations_and_keep_who_is_who() -> None:
    found = lessons.lessons(sticks.clips(4, np.random.default_rng(0))).windows
    changed = lessons.varied(found, np.random.default_rng(1))
    assert not (changed.seen & ~found.seen).any()
    assert changed.keypoints.shape == found.keypoints.shape
    assert not changed.seen.all()


def test_it_learns(learned) -> None:
    weights, found = learned
    assert weights.classes.tolist() == [1, 11, 12, 14, 59]
    assert found["macro"]["f1_0.5"] > 0.9 > found["macro"]["chance"]
    walk = found["classes"]["walk"]
    assert walk["average_precision"] > walk["chance"]
    assert walk["f1_threshold"] > 0.9
    assert len(found["untrained"]) == ava.N_CLASSES - 5


def test_the_learned_weights_recognise_actions(learned) -> None:
    recognizer = SkeletonActions(learned[0])
    rng = np.random.default_rng(11)
    for action, (first, *_) in sticks.ACTIONS.items():
        scores = recognizer.recognize(sticks.observations(sticks.sequence(action, rng)[None]))
        assert list(ava.CLASSES)[int(scores.argmax())] in sticks.ACTIONS[action], action
        assert scores[COLUMNS[first]] > 0.5


def test_the_same_seed_gives_the_same_weights() -> None:
    clips = sticks.clips(24, np.random.default_rng(5))
    examples = lessons.lessons(clips)
    first, again, other = (each.fit(examples)[0].digest for each in (QUICK, QUICK, replace(QUICK, seed=4)))
    assert first == again != other


def test_no_network_is_calibrated_on_clips_that_it_saw() -> None:
    clips = np.repeat(np.arange(10), 7)
    fold = QUICK._folds(clips)
    assert all(len(set(fold[clips == each])) == 1 for each in range(10))
    assert np.bincount(fold).tolist() == [35, 35]


def test_a_rare_class_is_not_taught() -> None:
    examples = lessons.lessons(sticks.clips(8, np.random.default_rng(0)))
    with pytest.raises(InputError, match="n_training"):
        taught(examples)


def test_the_chosen_threshold_has_the_highest_f1() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random((400, 2)) < [0.5, 0.05]
    scores = np.clip(0.3 * labels + rng.random((400, 2)) * 0.6, 0, 1)
    for column, chosen in enumerate(decisive(scores, labels)):
        known = labels[:, column]
        best = max(
            report.decisions(scores[:, column] > each, known)[2] for each in np.linspace(0, 0.99, 1000)
        )
        assert report.decisions(scores[:, column] > chosen, known)[2] >= best - 1e-9


def test_platts_calibration_undoes_a_factor() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(0, 4, (20000, 1))
    labels = rng.random((20000, 1)) < network.sigmoid(raw / 2 - 1)
    np.testing.assert_allclose(platt(raw, labels), [[0.5, -1]], atol=0.07)
    assert platt(raw, np.zeros_like(labels)).tolist() == [[1, 0]]


def test_the_reports_measures() -> None:
    scores, labels = np.array([0.9, 0.6, 0.4, 0.1]), np.array([True, False, True, False])
    assert report.decisions(scores > 0.5, labels) == (0.5, 0.5, 0.5)
    assert np.isnan(report.decisions(scores > 1, np.zeros(4, bool))[2])
    perfect = report.reliability(np.array([0.0, 1.0]), np.array([False, True]))
    assert report.calibration_error(perfect) == 0
    assert report.calibration_error(report.reliability(np.ones(4), labels)) == 0.5


def test_the_report_is_kept_shown_and_drawn(learned, tmp_path: Path) -> None:
    report.save(learned[1], tmp_path / "report.json")
    found = report.load(tmp_path / "report.json")
    assert found["weights"] == learned[0].digest
    assert report.overview(found).index[-1] == "mean over classes"
    assert len(drawing.reliability(found).axes) >= 5


@pytest.mark.parametrize(
    ("name", "value"), [("hidden", 0), ("folds", 1), ("copies", 0), ("epochs", 0), ("alpha", -1.0)]
)
def test_a_learner_that_cannot_learn_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=f"training.{name}"):
        replace(QUICK, **{name: value})


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ((0, 1, (4, 8), 0.5), (1, 1, (8, 4), 0.5), (1, 1, (4, 8), 1.5)):
        with pytest.raises(ParameterError, match="training"):
            training.check(*wrong[:3], "blazepose", wrong[3])


def test_training_is_frozen_and_what_it_makes_is_what_actions_depend_on() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    made = {name for out in stages["training"]["outs"] for name in out}
    assert stages["training"]["frozen"]
    assert network.FILE.relative_to(ROOT).as_posix() in made & set(stages["actions"]["do"]["deps"])


def test_dvc_never_trains(tmp_path: Path) -> None:
    project = pipeline.copy_of_project(tmp_path)
    (project / "anonlab/training/observing.py").write_text("changed")
    assert pipeline.ran(pipeline.repro(project, "training")) == set()
    for path in (network.FILE, report.FILE):
        assert (project / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
