"""What the figures show follows from the tables; how they look is the same everywhere and on every run."""

import functools

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from anonlab import figures, tables
from anonlab.errors import InputError, ParameterError
from anonlab.figures import Posed, Settings
from anonlab.figures.selection import ordered_kinds, ordered_scenarios, scenario_title
from anonlab.figures.style import kind_styles
from anonlab.keypoints import PARTS
from anonlab.metrics import summary as summary_stage
from anonlab.metrics.stage import evaluate
from anonlab.models.contracts import Pose
from tests import generate

METHODS = ("blur", "pixelate", "reencode")
MANY = ("blur", "pixelate", "silhouette", "avatar", "sketch", "blur_strong", "reencode")
SCENARIOS = (
    "office",
    "visionlab_assembly",
    "visionlab_machine",
    "industrial_machine",
    "yard",
    "gate",
    "hall",
)
THRESHOLDS = (0.2, 0.29, 0.5)  # 0.29 is not 29 * 0.01
KEPT = {"pixelate": 0.0, "reencode": 0.98, "blur": 0.7}
EPE_PX = {"pixelate": 90.0, "reencode": 0.5, "blur": 20.0}


def pose_counts(kinds=METHODS, n_scenarios=2, n_items=3):
    """POSE_COUNTS in which blur keeps most, the noise floor nearly all, and pixelation nothing in most images."""
    return _pose_counts(kinds, n_scenarios, n_items).copy()


@functools.lru_cache
def _pose_counts(kinds, n_scenarios, n_items):
    rng = np.random.default_rng(0)
    rows = [
        {"kind": kind, "item": f"images/{scenario}/{i}", "scenario": scenario, "media": "image"}
        | {"part": part, "threshold": threshold}
        | _counts(rng, kind, part, first=i == 0)
        for scenario in SCENARIOS[:n_scenarios]
        for i in range(n_items)
        for kind in kinds
        for part in tables.PARTS_AND_ALL
        for threshold in THRESHOLDS
    ]
    return tables.table(tables.POSE_COUNTS, rows)


def _counts(rng, kind, part, first):
    n = 133 if part == "all" else PARTS[part].stop - PARTS[part].start
    kept = KEPT.get(kind, 0.5) * rng.uniform(0.8, 1) + 0.1 * (kind == "pixelate" and first)
    both = int(kept * n)
    sum_px = both * EPE_PX.get(kind, 30.0) * rng.lognormal(0, 0.4)
    return {
        "n_original": n,
        "n_anonymized": both + (n // 2 if first else 0),
        "n_both": both,
        "sum_px": sum_px,
        "sum_norm": sum_px / 300,
    }


RATIOS = {
    "epe_px": ("sum_px", "n_both"),
    "epe_item_px": ("item_px", "defined"),
    "ptk": ("n_both", "n_original"),
    "ptk_count": ("n_anonymized", "n_original"),
    "acc": ("n_equal", "n_frames"),
    "pta": ("n_both", "n_original"),
    "pta_count": ("n_anonymized", "n_original"),
}


def summary(counts, *metrics):
    """SUMMARY of summed counts, with an interval of 10 % either way."""
    keys = [key for key in ("kind", "media", "scenario", "part", "threshold") if key in counts]
    if "sum_px" in counts:
        defined = counts["n_both"] > 0
        counts = counts.assign(
            defined=defined, item_px=(counts["sum_px"] / counts["n_both"]).where(defined, 0)
        )
    chunks = []
    for scope in (counts, counts.assign(scenario="all")):
        groups = scope.groupby(keys, sort=False)
        sums = groups.sum(numeric_only=True).assign(n_items=groups.size()).reset_index()
        for metric in metrics:
            over, under = (sums[name].astype(float) for name in RATIOS[metric])
            value = over / under.where(under > 0)
            chunk = {"metric": metric, "numerator": over, "denominator": under, "value": value}
            chunks.append(sums.assign(**chunk, low=0.9 * value, high=1.1 * value))
    rows = pd.concat(chunks)
    rows = rows if "part" in keys else rows.assign(part="all")
    return tables.table(tables.SUMMARY, rows[list(tables.SUMMARY.columns)])


def pose_summary(counts):
    return summary(counts, "epe_px", "epe_item_px", "ptk", "ptk_count")


def action_counts(kinds=METHODS, n_clips=3):
    """ACTION_COUNTS: at threshold 0.5 no original frame has an action; pixelation hides all of them."""
    rows = []
    for clip in range(n_clips):
        for kind in kinds:
            for threshold in THRESHOLDS:
                n, acted = 100 + clip, 0 if threshold == 0.5 else 60 - round(100 * threshold)
                both = 0 if kind == "pixelate" else acted - 5 * (acted > 0)
                rows.append(
                    {"kind": kind, "item": f"videos/{clip}", "scenario": "videos", "media": "video"}
                    | {"threshold": threshold, "n_frames": n, "n_equal": n - acted + both // 2}
                    | {
                        "n_original": acted,
                        "n_anonymized": both + 20,
                        "n_both": both,
                        "n_not_predictable": 62,
                    }
                )
    return tables.table(tables.ACTION_COUNTS, rows)


def action_summary(counts):
    return summary(counts, "acc", "pta", "pta_count")


ACTIONS = ("stand", "walk", "carry/hold (an object)", "sit", "open (e.g., a window, a car door)", "jump/leap")


def distribution(kinds=("original", *METHODS), n_clips=3):
    rows = [
        {"kind": kind, "item": f"videos/{clip}", "scenario": "videos", "media": "video"}
        | {"action": action, "threshold": 0.2, "n_frames": 1000 // (place + 1) + clip}
        for clip in range(n_clips)
        for kind in kinds
        for place, action in enumerate(ACTIONS)
        if kind != "pixelate"
    ]
    return tables.table(tables.DISTRIBUTION, rows)


def posed(n_persons=1, score=0.9, size=(90, 120), epe_px=float("nan"), seed=0):
    rng = np.random.default_rng(seed)
    keypoints = rng.uniform(30, 60, (n_persons, 133, 2)).astype(np.float32)
    scores = np.full((n_persons, 133), score, np.float32)
    return Posed(rng.integers(0, 256, (*size, 3), np.uint8), Pose(keypoints, scores), epe_px)


def item(*kinds, **look):
    return {kind: posed(**look) for kind in kinds}


FIGURES = ("fig1", "fig2", "fig3", "fig4", "fig5", "parts", "thresholds")


def draw(name, n_scenarios=1, kinds=METHODS, n_items=2):
    run = Settings(kinds=kinds)
    if name == "fig1":
        return figures.fig1_pose([item("original", *kinds)], run)
    if name == "fig3":
        return figures.fig3_actions(distribution(("original", *kinds), n_items), run)
    if name in ("fig4", "fig5"):
        table = action_summary(action_counts(kinds, n_items))
        return {"fig4": figures.fig4_pta, "fig5": figures.fig5_acc}[name](table, run)
    counts = pose_counts(kinds, n_scenarios, n_items)
    table = pose_summary(counts)
    if name == "fig2":
        return figures.fig2_epe_ptk(counts, table, run)
    return {"parts": figures.ptk_by_part, "thresholds": figures.pose_over_thresholds}[name](table, run)


def markers(axis, kind):
    """The points drawn for the single items of a kind."""
    return np.concatenate([line.get_xydata() for line in axis.lines if line.get_label() == kind] or [[]])


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def words(figure):
    """Everything that is written in a figure, as one line."""
    texts = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    return " ".join(" ".join(texts).split())


# Everything is on the page, in every size


@pytest.mark.parametrize(("n_scenarios", "kinds", "n_items"), [(1, ("blur",), 1), (7, MANY, 2)])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_leaves_the_page_or_overlaps_the_legend(name, n_scenarios, kinds, n_items):
    figure = draw(name, n_scenarios, kinds, n_items)
    figure.draw_without_rendering()
    page, used, slack = figure.bbox_inches, figure.get_tightbbox(), 0.02
    assert min(used.x0, used.y0) >= -slack
    assert used.x1 <= page.width + slack
    assert used.y1 <= page.height + slack
    legend = figure.legends[0].get_window_extent()
    assert not [axis for axis in figure.axes if legend.overlaps(axis.get_tightbbox())]


@pytest.mark.parametrize("kinds", [("original",), ("original", "avatar"), ("original", *MANY)])
def test_figure_1_makes_room_for_a_long_note(kinds):
    figure = figures.fig1_pose([item(*kinds)], Settings(kinds=kinds, circular=("avatar", "deepprivacy2")))
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert not [axis for axis in figure.axes if legend.overlaps(axis.get_tightbbox())]
    assert figure.get_tightbbox().y0 >= -0.02


@pytest.mark.parametrize("name", FIGURES[1:])
def test_every_kind_is_in_the_legend_once(name):
    texts = legend_texts(draw(name, kinds=MANY))
    expected = {style.label for style in kind_styles(MANY, Settings()).values()}
    assert len(texts) == len(set(texts))
    assert set(texts) - {"original", "nothing recognised"} == expected


# Bytes


@pytest.mark.parametrize("name", ["fig1", "fig4"])
def test_two_saves_are_byte_identical_and_tell_nothing_of_time_or_software(tmp_path, name):
    first, second = (figures.save(draw(name), tmp_path / folder / "a.b") for folder in ("one", "two"))
    assert [path.name for path in first] == ["a.b.svg", "a.b.png"]
    for a, b in zip(first, second, strict=True):
        content = a.read_bytes()
        assert content == b.read_bytes()
        telltales = (
            (b"tEXt", b"iTXt", b"tIME")
            if a.suffix == ".png"
            else (b"Matplotlib v", b"matplotlib.org", b"<dc:")
        )
        assert not [telltale for telltale in telltales if telltale in content]


def test_the_users_own_style_changes_nothing(tmp_path):
    plain = figures.save(draw("fig4"), tmp_path / "plain")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False, "savefig.dpi": 50, "svg.hashsalt": "x"}):
        styled = figures.save(draw("fig4"), tmp_path / "styled")
        assert matplotlib.rcParams["font.size"] == 20
    for a, b in zip(plain, styled, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_drawing_changes_no_table_and_leaves_no_file_behind(tmp_path):
    counts = pose_counts()
    means = pose_summary(counts)
    before = counts.copy(), means.copy()
    figures.save(figures.fig2_epe_ptk(counts, means), tmp_path / "x")
    pd.testing.assert_frame_equal(counts, before[0])
    pd.testing.assert_frame_equal(means, before[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.png", "x.svg"]


# Kinds, scenarios, settings


def test_every_kind_has_a_colour_of_its_own():
    unknown = [f"kind_{i}" for i in range(60)]
    styles = kind_styles(["original", "deepprivacy2", *MANY, *unknown], Settings())
    assert len({to_hex(style.colour) for style in styles.values()}) == len(styles)


def test_a_kind_looks_the_same_whatever_else_is_drawn():
    run = Settings(kinds=("original", "sketch", "blur", "mine", "reencode"))
    everyone = kind_styles(run.kinds, run)
    assert list(everyone) == ["original", "sketch", "blur", "mine", "reencode"]
    for kind in run.kinds:
        assert kind_styles([kind], run) == {kind: everyone[kind]}
    assert kind_styles(["blur"], Settings())["blur"] == everyone["blur"]


def test_the_original_comes_first_and_the_noise_floor_last():
    assert ordered_kinds(["jpeg", "b", "original", "a"], Settings(kinds=("a",), floor="jpeg")) == (
        *("original", "a"),
        *("b", "jpeg"),
    )
    assert ordered_kinds([], Settings()) == ()


def test_scenarios_are_ordered_and_titled_by_the_user_where_the_user_did():
    settings = Settings(titles={"b": "The B", "absent": "?"})
    assert ordered_scenarios(["a", "b", "c"], settings) == ("b", "a", "c")
    assert [scenario_title(name, settings) for name in ("b", "loading_bay")] == ["The B", "Loading bay"]


def test_an_unknown_reading_is_refused():
    with pytest.raises(ParameterError, match="ptk_count"):
        Settings(ptk="ptq")


def test_availability_is_having_something_to_draw():
    for counts in (pose_counts(), action_counts(), distribution()):
        assert figures.available(counts)
        assert not figures.available(counts.iloc[:0])


# Figure 1


def test_one_panel_per_kind_from_left_to_right_with_one_section():
    figure = figures.fig1_pose([item("reencode", "blur", "original")])
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["original", "blur", "re-encoded (noise floor)"]
    lefts = [axis.get_position().x0 for axis in figure.axes]
    assert lefts == sorted(lefts)
    assert len({axis.images[0].get_array().shape for axis in figure.axes}) == 1


def test_captions_count_persons_and_keypoints_above_the_threshold():
    panels = {
        "original": posed(n_persons=2),
        "blur": posed(n_persons=1, epe_px=3.14),
        "pixelate": posed(n_persons=0),
    }
    captions = [axis.get_xlabel() for axis in figures.fig1_pose([panels]).axes]
    assert captions[0] == "2 persons, 266 keypoints"
    assert captions[1] == "1 person, 133 keypoints (50%)\nEPE 3.1 px"
    assert captions[2] == "nobody found, 0 keypoints (0%)\nEPE undefined"
    equal = figures.fig1_pose([item("original", score=0.5)], Settings(pose_threshold=0.5))
    assert equal.axes[0].get_xlabel() == "1 person, 0 keypoints"


def test_small_persons_are_cropped_to_and_others_are_not():
    small = figures.fig1_pose([item("original", "blur", size=(400, 900))]).axes[0].images[0].get_array()
    whole = figures.fig1_pose([item("original", "blur", size=(66, 80))]).axes[0].images[0].get_array()
    assert small.shape[1] / small.shape[0] < 1.5  # of 2.25 for the whole picture
    assert whole.shape[1] / whole.shape[0] == pytest.approx(80 / 66, rel=0.01)


@pytest.mark.parametrize("size", [(40, 400), (400, 40), (1, 1)])
@pytest.mark.parametrize("n_items", [1, 3])
def test_wide_and_tall_pictures_keep_their_shape_within_the_page(size, n_items):
    kinds = ("original", *MANY[:6])
    figure = figures.fig1_pose([item(*kinds, size=size, n_persons=0)] * n_items, titles=["A row"] * n_items)
    assert figure.get_size_inches()[0] <= 7.2
    for axis in figure.axes:
        place = axis.get_window_extent()
        assert place.height / place.width == pytest.approx(size[0] / size[1], rel=0.01)
    assert len(figure.axes) == 7 * n_items


def test_pictures_that_do_not_belong_together_are_refused():
    with pytest.raises(InputError, match="no pictures"):
        figures.fig1_pose([])
    with pytest.raises(InputError, match="differ in size"):
        figures.fig1_pose([{"original": posed(), "blur": posed(size=(80, 80))}])
    with pytest.raises(InputError, match="all the same"):
        figures.fig1_pose([item("original", "blur"), item("original")])


# Figure 2


@pytest.mark.parametrize("n_scenarios", [1, 2, 3, 5, 7])
def test_one_panel_per_scenario_and_one_marker_per_item_with_a_common_keypoint(n_scenarios):
    counts = pose_counts(n_scenarios=n_scenarios)
    scenarios = SCENARIOS[:n_scenarios]
    figure = figures.fig2_epe_ptk(counts, pose_summary(counts), Settings())
    assert len(figure.axes) == len(scenarios)
    rows = counts[(counts["part"] == "all") & (counts["threshold"] == 0.5) & (counts["n_both"] > 0)]
    for axis, scenario in zip(figure.axes, scenarios, strict=True):
        for kind in ("blur", "pixelate"):
            seen = rows[(rows["scenario"] == scenario) & (rows["kind"] == kind)]
            expected = np.stack(
                [100 * seen["n_both"] / seen["n_original"], seen["sum_px"] / seen["n_both"]], axis=1
            )
            np.testing.assert_allclose(markers(axis, kind).reshape(-1, 2), expected)
        assert not len(markers(axis, "reencode"))


def test_the_head_of_a_panel_counts_items_with_a_pose():
    counts = pose_counts(n_scenarios=2, n_items=5)
    nobody = counts["item"].str.endswith("office/4")
    counts.loc[nobody, ["n_original", "n_anonymized", "n_both", "sum_px", "sum_norm"]] = 0
    office, assembly = (
        axis.get_legend()
        for axis in figures.fig2_epe_ptk(counts, pose_summary(counts), Settings(titles={"office": "O"})).axes
    )
    assert office.get_title().get_text() == "O ($n$ = 4)"
    assert assembly.get_title().get_text() == "Visionlab assembly ($n$ = 5)"
    assert [text.get_text() for text in office.get_texts()] == ["4", "1", "4"]


def test_panels_share_limits_that_hold_every_marker_beyond_100_percent():
    counts = pose_counts()
    figure = figures.fig2_epe_ptk(counts, pose_summary(counts), Settings(ptk="ptk_count"))
    assert len({axis.get_xlim() for axis in figure.axes}) == 1
    assert len({axis.get_ylim() for axis in figure.axes}) == 1
    points = np.concatenate([markers(axis, "blur") for axis in figure.axes])
    assert points[:, 0].max() > 100
    assert (points >= 0).all()
    assert (points < [figure.axes[0].get_xlim()[1], figure.axes[0].get_ylim()[1]]).all()
    assert "over those found on the original" in words(figure)


def test_the_noise_floor_is_where_its_means_are():
    counts = pose_counts(n_scenarios=1)
    means = pose_summary(counts)
    axis = figures.fig2_epe_ptk(counts, means).axes[0]
    chosen = (means["kind"] == "reencode") & (means["scenario"] == "office") & (means["part"] == "all")
    floor = means[chosen & (means["threshold"] == 0.5)].set_index("metric")["value"]
    lines = [line.get_xydata().tolist() for line in axis.lines]
    assert [[0, floor["epe_item_px"]], [1, floor["epe_item_px"]]] in lines
    assert [[100 * floor["ptk"], 0], [100 * floor["ptk"], 1]] in lines


def test_a_panel_says_that_no_pose_was_found():
    counts = pose_counts(n_scenarios=2)
    counts.loc[counts["scenario"] == "office", ["n_anonymized", "n_both", "sum_px", "sum_norm"]] = 0
    figure = figures.fig2_epe_ptk(counts, pose_summary(counts))
    figure.draw_without_rendering()
    office, assembly = ([text.get_text() for text in axis.texts] for axis in figure.axes)
    assert office == ["no pose found\nafter anonymization"]
    assert assembly == []


def test_epe_that_is_zero_has_a_place():
    counts = pose_counts(n_scenarios=1)
    counts["sum_px"] = 0.0
    axis = figures.fig2_epe_ptk(counts, pose_summary(counts)).axes[0]
    assert set(markers(axis, "blur")[:, 1]) == {0.0}
    assert axis.get_ylim()[0] == 0


def test_tables_without_rows_for_the_figure_are_refused():
    counts = pose_counts()
    with pytest.raises(InputError, match="no rows at all"):
        figures.fig2_epe_ptk(counts.iloc[:0], pose_summary(counts))
    with pytest.raises(InputError, match=r"threshold 0\.77; the table has 0\.2, 0\.29, 0\.5"):
        figures.fig2_epe_ptk(counts, pose_summary(counts), Settings(pose_threshold=0.77))
    with pytest.raises(InputError, match="no rows at all"):
        figures.fig2_epe_ptk(counts, pose_summary(counts), Settings(media="video"))


# Figure 3


def bars(axis, n_actions):
    """Lengths by kind."""
    containers = {container.get_label(): container for container in axis.containers}
    widths = {kind: [bar.get_width() for bar in container] for kind, container in containers.items()}
    assert all(len(lengths) == n_actions for lengths in widths.values())
    return widths


def test_bars_are_sums_over_clips_of_the_originals_most_frequent_actions():
    table = distribution()
    axis = figures.fig3_actions(table, top=5).axes[0]
    assert [text.get_text().replace("\n", " ") for text in axis.get_yticklabels()] == list(ACTIONS[:5])
    drawn = bars(axis, 5)
    for kind in ("original", "blur", "reencode"):
        sums = table[table["kind"] == kind].groupby("action")["n_frames"].sum()
        assert drawn[kind] == [sums[action] for action in ACTIONS[:5]]
    assert f"{int(drawn['blur'][0]):,}" in [text.get_text() for text in axis.texts]


def test_a_kind_without_any_action_has_bars_of_length_zero():
    axis = figures.fig3_actions(distribution(), Settings(kinds=("original", "blur", "pixelate"))).axes[0]
    assert bars(axis, 5)["pixelate"] == [0] * 5


def test_fewer_actions_than_asked_for_are_all_shown():
    table = distribution()
    table = table[table["action"].isin(["walk", "sit"])]
    assert bars(figures.fig3_actions(table).axes[0], 2)["original"] == [1503, 753]


def test_no_action_on_the_original_is_refused():
    with pytest.raises(InputError, match="no action"):
        figures.fig3_actions(distribution(("blur",)))
    with pytest.raises(InputError, match="no rows at all"):
        figures.fig3_actions(distribution().iloc[:0])


def test_intervals_of_counts_hold_them_and_are_undefined_for_one_clip():
    table = distribution(n_clips=6)
    clips = sorted(table["item"].unique())
    found = figures.distribution_intervals(table, clips, np.random.default_rng(0))
    sums = table.groupby(["kind", "action"])["n_frames"].sum()
    for kind, action, low, high in found.itertuples(index=False):
        assert low <= sums[kind, action] <= high
        assert low < high
    single = figures.distribution_intervals(
        table[table["item"] == clips[0]], clips[:1], np.random.default_rng(0)
    )
    assert single["low"].isna().all()
    figure = figures.fig3_actions(table, intervals=found)
    drawn = figure.axes[0].collections[-1].get_segments()  # of the last kind, the noise floor
    ends = found[found["kind"] == "reencode"].set_index("action").loc[list(ACTIONS[:5]), ["low", "high"]]
    np.testing.assert_allclose([segment[:, 0] for segment in drawn], ends)
    assert "95% intervals" in words(figure)


def test_clips_without_an_action_widen_the_interval():
    table = distribution(n_clips=4)
    with_empty = [*sorted(table["item"].unique()), *(f"videos/empty{i}" for i in range(4))]
    narrow, wide = (
        figures.distribution_intervals(table, clips, np.random.default_rng(0))
        for clips in (with_empty[:4], with_empty)
    )
    assert ((wide["high"] - wide["low"]) > (narrow["high"] - narrow["low"])).all()


# Figures 4 and 5


@pytest.mark.parametrize(
    ("figure_of", "metric", "settings"),
    [
        (figures.fig4_pta, "pta", Settings()),
        (figures.fig4_pta, "pta_count", Settings(pta="pta_count")),
        (figures.fig5_acc, "acc", Settings()),
    ],
)
def test_curves_are_the_summary_in_percent_with_gaps_where_undefined(figure_of, metric, settings):
    table = action_summary(action_counts())
    figure = figure_of(table, settings)
    figure.draw_without_rendering()
    axis = figure.axes[0]
    rows = table[(table["metric"] == metric) & (table["scenario"] == "all")]
    for kind in METHODS:
        expected = rows[rows["kind"] == kind].sort_values("threshold")[["threshold", "value"]].to_numpy(float)
        np.testing.assert_array_equal(markers(axis, kind), expected * (1, 100))
    shown = rows[["value", "high"]].max().max()
    assert axis.get_ylim()[0] == 0
    assert axis.get_ylim()[1] > 100 * shown
    assert [0.2, 0.2] in [list(line.get_xdata()) for line in axis.lines]  # the chosen threshold


def test_notes_say_the_reading_and_the_numbers_of_clips_and_frames():
    table = action_summary(action_counts(n_clips=3))
    share, ratio = (words(figures.fig4_pta(table, Settings(pta=pta))) for pta in ("pta", "pta_count"))
    assert "share of the original's frames with an action in which one is found" in share
    assert "frames with an action after anonymization over frames with one on the original" in ratio
    assert "3 clips; original's frames with an action: 120 at 0.2, 0 at 0.5" in share
    assert "3 clips, 303 frames" in words(figures.fig5_acc(table))
    assert "1 clip, 100 frames" in words(figures.fig5_acc(action_summary(action_counts(n_clips=1))))


def test_nothing_recognised_is_the_share_of_empty_originals():
    axis = figures.fig5_acc(action_summary(action_counts())).axes[0]
    drawn = np.array([line.get_xydata() for line in axis.lines if len(line.get_xdata()) == 3])
    expected = np.stack([THRESHOLDS, 100 * (1 - np.array([120, 93, 0]) / 303)], axis=1)
    assert np.isclose(drawn, expected).all(axis=(1, 2)).any()
    assert "nothing recognised" in legend_texts(figures.fig5_acc(action_summary(action_counts())))
    alone = figures.fig5_acc(summary(action_counts(), "acc"))
    assert "nothing recognised" not in legend_texts(alone)


def test_kinds_without_a_defined_value_are_named():
    counts = action_counts()
    counts[["n_original", "n_both"]] = 0
    figure = figures.fig4_pta(action_summary(counts))
    figure.draw_without_rendering()
    assert "undefined at every threshold: blur, pixelation, re-encoded (noise floor)." in words(figure)


@pytest.mark.parametrize("figure_of", [figures.fig4_pta, figures.fig5_acc, figures.pose_over_thresholds])
def test_a_summary_without_the_metric_is_refused(figure_of):
    with pytest.raises(InputError, match="the summary has no"):
        figure_of(tables.table(tables.SUMMARY, []))


# Beyond the paper


def test_parts_are_drawn_at_their_values():
    table = pose_summary(pose_counts())
    ptk, epe = figures.ptk_by_part(table).axes
    chosen = (table["scenario"] == "all") & (table["kind"] == "blur") & (table["threshold"] == 0.5)
    values = table[chosen].set_index(["metric", "part"])["value"]
    assert [text.get_text() for text in ptk.get_yticklabels()] == [part.replace("_", " ") for part in PARTS]
    np.testing.assert_allclose(markers(ptk, "blur")[:, 0], [100 * values["ptk", part] for part in PARTS])
    np.testing.assert_allclose(markers(epe, "blur")[:, 0], [values["epe_px", part] for part in PARTS])


def test_pose_curves_are_drawn_at_their_values():
    table = pose_summary(pose_counts())
    ptk, epe = figures.pose_over_thresholds(table).axes
    chosen = (table["scenario"] == "all") & (table["kind"] == "blur") & (table["part"] == "all")
    values = table[chosen].set_index(["metric", "threshold"])["value"]
    for axis, metric, scale in ((ptk, "ptk", 100), (epe, "epe_px", 1)):
        expected = [[threshold, scale * values[metric, threshold]] for threshold in THRESHOLDS]
        np.testing.assert_allclose(markers(axis, "blur"), expected)


# The tables as the metrics stage makes them


def test_the_tables_of_a_run_can_be_drawn():
    rng = np.random.default_rng(0)
    manifest = generate.manifest(rng, n_images=8, n_videos=2, n_frames=100)
    poses, actions = generate.poses(rng, manifest, METHODS), generate.all_actions(rng, manifest, METHODS)
    run = evaluate(manifest, poses, actions, summary_stage.Settings(n_resamples=20), rng)
    settings = Settings(kinds=("original", *METHODS))
    drawn = [
        figures.fig2_epe_ptk(run.pose_counts, run.summary, settings),
        figures.fig3_actions(run.distribution, settings),
        figures.fig4_pta(run.summary, settings),
        figures.fig5_acc(run.summary, settings),
        figures.ptk_by_part(run.summary, settings),
        figures.pose_over_thresholds(run.summary, settings),
    ]
    for figure in drawn:
        figure.draw_without_rendering()
    seen = run.pose_counts.query("kind == 'blur' and part == 'all' and media == 'image' and n_both > 0")
    at_half = int(np.isclose(seen["threshold"], 0.5).sum())
    assert sum(markers(axis, "blur").size // 2 for axis in drawn[0].axes) == at_half > 0
    assert len(markers(drawn[2].axes[0], "blur")) == 100


def test_every_keypoint_belongs_to_one_group() -> None:
    from anonlab.figures.keypoints import GROUPS, group
    from anonlab.keypoints import NAMES

    assert {group(name) for name in NAMES} == set(GROUPS)
    assert len(GROUPS) == 18
    assert group("left_big_toe") == "big toe"
    assert group("nose") == "nose"
    assert group("face-16") == "jaw"
    assert group("face-17") == "eyebrows"


def test_cells_of_the_keypoint_figure_are_ratios_of_sums() -> None:
    from tests import generate

    counts = generate.evaluation(np.random.default_rng(1)).keypoint_counts
    figure = figures.epe_by_keypoint(counts, figures.Settings())
    kept = figure.axes[1]
    rows = counts[(counts["kind"] == "blur") & counts["keypoint"].isin(["left_knee", "right_knee"])]
    rows = rows[rows["media"] == "image"]
    wanted = 100 * rows["n_both"].sum() / rows["n_original"].sum()
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    kinds = [label.get_text() for label in kept.get_xticklabels()]
    cells = kept.collections[0].get_array().reshape(len(names), len(kinds))
    assert cells[names.index("knee"), kinds.index("blur")] == pytest.approx(wanted)
