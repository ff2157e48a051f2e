"""The figures that exact truth makes possible show what the tables say."""

from __future__ import annotations

import numpy as np
import pytest

from anonlab import figures, tables
from anonlab.errors import InputError
from anonlab.figures import Settings
from anonlab.figures.style import save
from anonlab.metrics.stage import Evaluation
from tests import generate, labels

KINDS = Settings(kinds=("original", *generate.METHODS))


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return labels.evaluation(np.random.default_rng(5))


def epe(found: Evaluation, settings: Settings = KINDS):
    return figures.truth_epe(found.pose_counts, found.true_pose_counts, found.summary, settings)


def leaked(found: Evaluation, settings: Settings = KINDS):
    return figures.leaked_people(found.leak_counts, found.summary, settings)


def lines(axis, label: str) -> list[tuple[float, float]]:
    return [
        (x, y)
        for line in axis.get_lines()
        if line.get_label() == label
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def test_there_is_a_panel_per_scenario_on_the_same_axes(found: Evaluation) -> None:
    axes = epe(found).axes
    assert len(axes) == 4
    assert {axis.get_xlim() for axis in axes} == {axis.get_ylim() for axis in axes}
    assert len({axis.get_xlim() for axis in axes}) == 1


def test_a_marker_stands_where_the_two_errors_are(found: Evaluation) -> None:
    shown = sorted(point for axis in epe(found).axes for point in lines(axis, "blur"))
    rows = {}
    for table, n in ((found.pose_counts, "n_both"), (found.true_pose_counts, "n_detected")):
        at = table[(table["kind"] == "blur") & (table["part"] == "all") & np.isclose(table["threshold"], 0.5)]
        at = at[(at["media"] == "image") & (at[n] > 0)].set_index("item")
        rows[n] = at["sum_px"] / at[n]
    both = rows["n_both"].to_frame("x").join(rows["n_detected"].rename("y"), how="inner")
    np.testing.assert_allclose(shown, sorted(map(tuple, both.to_numpy())))


def test_n_is_the_number_of_labelled_items(found: Evaluation) -> None:
    titles = [axis.get_legend().get_title().get_text() for axis in epe(found).axes]
    assert all("= 3)" in title for title in titles)


def test_kinds_that_cover_nobody_are_named_and_not_drawn(found: Evaluation) -> None:
    figure = leaked(found)
    assert {line.get_label() for line in figure.axes[0].get_lines()} == {"blur", "pixelate", "silhouette"}
    assert "original, reencode" in figure.get_supxlabel()


def test_a_dot_stands_at_the_summarys_value(found: Evaluation) -> None:
    summary = found.summary
    chosen = (summary["metric"] == "leaked") & (summary["kind"] == "blur") & (summary["scenario"] == "all")
    expected = 100 * summary.loc[chosen & (summary["media"] == "image"), "value"].item()
    axis = leaked(found).axes[0]
    row = [text.get_text() for text in axis.get_yticklabels()].index("all images")
    assert any(np.isclose(x, expected) and abs(y - row) < 0.5 for x, y in lines(axis, "blur"))


def test_nothing_labelled_is_an_error_that_says_so(found: Evaluation) -> None:
    nothing = found._replace(
        true_pose_counts=tables.table(tables.TRUE_POSE_COUNTS, found.true_pose_counts.assign(media="video")),
        leak_counts=found.leak_counts.assign(anonymizes=False),
    )
    with pytest.raises(InputError, match="nothing to draw"):
        epe(nothing)
    with pytest.raises(InputError, match="no kind of media that anonymizes"):
        leaked(nothing)


@pytest.mark.parametrize("draw", [epe, leaked])
def test_the_same_tables_give_the_same_bytes(found: Evaluation, tmp_path, draw) -> None:
    paths = [save(draw(found), tmp_path / name) for name in ("a", "b")]
    for first, again in zip(*paths, strict=True):
        assert first.read_bytes() == again.read_bytes()
