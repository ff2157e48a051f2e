"""The pictures in the chapters: what they show follows from the tables, also where these are empty."""

from __future__ import annotations

import numpy as np
import pytest

from anonlab import figures, methods, tables
from tests import generate


def test_without_actions_the_course_says_why() -> None:
    figure = figures.action_course(tables.table(tables.ACTIONS, []))
    assert "no recogniser" in figure.texts[0].get_text()


def test_a_strip_shows_the_scores_and_leaves_out_what_cannot_be_predicted() -> None:
    rng = np.random.default_rng(0)
    manifest = generate.manifest(rng, n_images=0, n_videos=3, n_frames=120)
    actions = generate.actions(rng, manifest)
    figure = figures.action_course(actions, n_clips=2, top=4)
    first, last, _bar = figure.axes
    titles = [axis.get_title(loc="left") for axis in (first, last)]
    assert titles == [actions["item"].iloc[0], actions["item"].iloc[-1]]
    shown = first.images[0].get_array()
    rows = actions[actions["item"] == titles[0]]
    assert shown.shape == (4, len(rows))
    np.testing.assert_array_equal(shown.mask.all(axis=0), ~rows["predictable"])


@pytest.mark.parametrize(("n_images", "n_videos", "n"), [(3, 0, 1), (0, 2, 2), (3, 2, 3), (0, 0, 0)])
def test_only_what_there_is_is_drawn_over_thresholds(n_images: int, n_videos: int, n: int) -> None:
    summary = generate.evaluation(np.random.default_rng(1), n_images, n_videos, n_frames=120).summary
    assert len(figures.over_thresholds(summary)) == n


def test_every_claim_has_a_mark_in_the_column_of_its_verdict() -> None:
    verdicts = ["agrees", "disagrees", "cannot be checked", "agrees"]
    rows = [
        {
            "claim": f"pose-{i}",
            "statement": "so " * 60,
            "figure": "",
            "quantity": "",
            "unit": "",
            "value": np.nan,
        }
        | {
            "low": np.nan,
            "high": np.nan,
            "media": "",
            "n_items": 0,
            "verdict": verdict,
            "sure": i == 0,
            "why": "",
        }
        for i, verdict in enumerate(verdicts)
    ]
    (axis,) = figures.claims_at_a_glance(tables.table(tables.CLAIMS, rows)).axes
    assert [int(mark.get_xdata()[0]) for mark in axis.lines] == [0, 2, 1, 0]
    filled = [mark.get_markerfacecolor() != "none" for mark in axis.lines]
    assert filled == [False, False, False, True]


def test_captions_say_which_kinds_are_drawn_from_what_their_judge_sees() -> None:
    kinds = {"original": {}, "someone": {"method": "avatar"}, "blur": None}
    assert methods.circular(kinds, "blazepose") == ("someone",)
    assert methods.circular(kinds, "rtmw_l") == ()
    found = generate.evaluation(np.random.default_rng(1), 3, 0, kinds=("blur",))
    plain, circular = (
        figures.fig2_epe_ptk(
            found.pose_counts, found.summary, figures.Settings(circular=names)
        ).get_supxlabel()
        for names in ((), ("blur", "absent"))
    )
    assert "same pose network" not in plain
    assert "The kind blur is drawn from" in " ".join(circular.split())
