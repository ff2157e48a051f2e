"""The report: one page that stands alone, escapes what it is given, and shows what it may."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from anonlab import figures, gallery, items, methods, parameters, report, tables, veil
from anonlab.errors import ParameterError
from anonlab.models.contracts import Pose
from anonlab.report import explorer, facts, page, pictures, tabular, worst
from anonlab.veil import GREY
from tests import finished, generate

VOID = {"meta", "link", "img", "input", "br", "hr", "wbr"}
HOSTILE = "<img src=x onerror=alert(1)> & \"quotes\" 'too' </script>"


class Page(HTMLParser):
    """What a browser would make of a page: tags that close, ids, sources, text, and the embedded numbers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.json = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["script"] and self.open[-1:] != ["style"]:
            self.text += data
        elif dict(self.tags[-1][1]).get("type") == "application/json":
            self.json += data

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    def images(self) -> list[np.ndarray]:
        """Every JPEG on the page, RGB."""
        coded = [src.partition(",")[2] for src in self.values("src") if src.startswith("data:image/jpeg")]
        arrays = [np.frombuffer(base64.b64decode(each), np.uint8) for each in coded]
        return [cv2.imdecode(each, cv2.IMREAD_COLOR)[:, :, ::-1] for each in arrays]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> finished.Run:
    return finished.make(tmp_path_factory.mktemp("run"), titles={"office": f"Office {HOSTILE}"})


def write(run: finished.Run, **settings: object) -> str:
    return finished.page(run, **settings).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(run: finished.Run) -> str:
    return write(run, title=HOSTILE)


def is_planted(image: np.ndarray) -> bool:
    """Whether a patch of the planted colour is on a picture, as far as JPEG keeps colours."""
    near = (np.abs(image.astype(int) - finished.PLANTED) < 40).all(axis=2)
    return bool(near.sum() >= 4)


def test_the_page_is_well_formed_and_all_ids_differ(text: str) -> None:
    found = Page(text)
    assert text.startswith("<!doctype html>")
    assert not found.open
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    wanted = {each for name in ("for", "aria-labelledby") for each in found.values(name)}
    wanted |= {each[1:] for each in found.values("href") if each.startswith("#")}
    assert wanted <= set(ids)


def test_the_page_asks_nobody_for_anything(text: str) -> None:
    found = Page(text)
    assert not re.findall(r"(?:https?:)?//[a-z]", re.sub(r"base64,[A-Za-z0-9+/=]*", "", text))
    assert all(src.startswith("data:image/") for src in found.values("src"))
    assert not [attributes for tag, attributes in found.tags if tag == "script" and "src" in attributes]
    (policy,) = [a["content"] for _, a in found.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_findings_in_the_clear_are_listed_as_text_and_never_as_pictures(run: finished.Run, text: str) -> None:
    shown, published = (
        each.partition('<section id="audit">')[2].partition("</section>")[0]
        for each in (text, write(run, publish=True))
    )
    second = tables.read(run.data / "audit/blur.parquet", tables.AUDIT)["item"].iloc[1]
    assert "found again" in shown
    assert second.partition("/")[2] in shown
    assert second.partition("/")[2] not in published
    for each in (shown, published):
        assert "Findings in the clear" in each
        assert "<img" not in each
        assert "no leak" not in each.lower()


def test_every_picture_has_words_and_every_control_a_label(text: str) -> None:
    found = Page(text)
    assert all(attributes.get("alt") for tag, attributes in found.tags if tag == "img")
    controls = {attributes["id"] for tag, attributes in found.tags if tag == "input"}
    assert controls == {"pose-slider", "actions-slider"}
    assert controls <= set(found.values("for"))


def test_names_and_titles_are_text_and_never_markup(text: str) -> None:
    found = Page(text)
    assert "onerror" not in {name for _, attributes in found.tags for name in attributes}
    assert HOSTILE in found.text
    numbers = json.loads(found.json)
    assert f"Office {HOSTILE}" in [title for _, title in numbers["pose"]["scenarios"]]
    assert "<" not in found.json


def test_all_parts_are_there(text: str) -> None:
    found = Page(text)
    for name in ("fig1_pose", "fig2_epe_ptk", "fig3_actions", "fig4_pta", "fig5_acc", "ptk_by_part"):
        assert name in found.values("id")
    for verdict in ("agrees", "disagrees", "cannot be checked"):
        assert f'<span class="badge {verdict.split()[0]}">{verdict}</span>' in text
    assert "sigma_frac: 0.05" not in found.text  # parameters are those of params.yaml
    assert tables.digest(tables.table(tables.MANIFEST, [])) not in found.text
    assert {"anonlab", "numpy"} <= set(found.text.split())


def test_the_same_inputs_give_the_same_bytes(run: finished.Run, text: str) -> None:
    assert write(run, title=HOSTILE) == text


def test_the_page_stays_small(text: str) -> None:
    assert len(text.encode()) < 8e6


def test_originals_are_shown_unless_the_page_is_to_be_published(run: finished.Run, text: str) -> None:
    assert any(map(is_planted, Page(text).images()))
    published = Page(write(run, publish=True))
    images = published.images()
    assert len(images) > 10
    assert not any(map(is_planted, images))


@pytest.mark.parametrize("publish", [False, True])
def test_the_worst_cases_for_the_chapter_show_what_the_page_shows(run: finished.Run, publish: bool) -> None:
    folder, settings = str(run.root / "footage"), report.Settings(publish=publish)
    sheet = report.worst_sheet(folder, run.kinds, run.settings, settings, run.data)
    shown = cv2.imdecode(np.frombuffer(sheet.data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert is_planted(shown) is not publish


def test_without_a_worst_case_the_chapter_says_so(run: finished.Run) -> None:
    nothing = report.worst_sheet(
        str(run.root / "footage"), run.kinds, run.settings, report.Settings(worst=0), run.data
    )
    assert "nothing to show" in nothing.data


def test_what_is_published_names_no_file_and_no_folder(run: finished.Run) -> None:
    found = Page(write(run, publish=True))
    assert "picture_0" not in found.text + found.json
    assert "clip_0" not in found.text + found.json
    assert "left out" in found.text


def test_nothing_is_published_of_kinds_that_anonymize_nothing() -> None:
    kinds = {"original": {}, "floor": {"method": "reencode", "quality": 50}, "reencode": None, "blur": {}}
    assert methods.veil(True, kinds).safe == {"blur"}


def test_nothing_is_published_of_kinds_that_fill_with_other_parts_of_the_footage(run: finished.Run) -> None:
    kinds = {"original": {}, "blur": {}, "someone": {"method": "avatar"}, "deepprivacy2": {}}
    over = methods.veil(True, kinds)
    assert over.safe == {"blur"}
    folder = str(run.root / "footage")
    for kind in ("original", "avatar", "reencode"):
        (sample, *_) = gallery.samples(items.sources(folder, run.data, kind), 1)
        assert is_planted(gallery.frame(sample))
        assert (gallery.viewer(folder, kind, over, run.data)(sample) == GREY).all()


def test_only_what_changed_is_published() -> None:
    original, persons = finished.picture(), finished.somebody()
    anonymized = original.copy()
    anonymized[persons.masks[0]] ^= 1
    shown = veil.changed_only(anonymized, original, persons.masks[0])
    np.testing.assert_array_equal(shown[persons.masks[0]], anonymized[persons.masks[0]])
    assert (shown[~persons.masks[0]] == GREY).all()
    assert (veil.changed_only(original, original, persons.masks[0]) == GREY).all()


def test_nothing_is_published_where_two_files_were_not_decoded_alike() -> None:
    original, persons = finished.picture(), finished.somebody()
    for elsewhere in (np.s_[:1, :1], np.s_[:]):
        otherwise = original.copy()
        otherwise[elsewhere] ^= 1
        assert (veil.changed_only(otherwise, original, persons.masks[0]) == GREY).all()


def test_without_actions_the_page_says_so(tmp_path: Path) -> None:
    text = write(finished.make(tmp_path, n_images=2, n_videos=1, with_actions=False))
    found = Page(text)
    assert json.loads(found.json)["actions"] is None
    assert "actions-slider" not in found.values("id")
    assert "fig4_pta" not in found.values("id")
    assert "Figure 4" in found.text


def test_the_original_alone_makes_a_page(tmp_path: Path) -> None:
    run = finished.make(tmp_path, kinds={"original": {}}, n_images=1, n_videos=0, with_actions=False)
    found = Page(write(run, publish=True))
    assert not found.images()
    assert "There is nothing to compare" in found.text


@pytest.fixture(scope="module")
def evaluation() -> dict[str, pd.DataFrame]:
    made = generate.evaluation(np.random.default_rng(3), n_images=8, n_videos=2)
    return {name: getattr(made, name) for name in ("pose_counts", "action_counts", "distribution", "summary")}


SETTINGS = figures.Settings(kinds=("original", *generate.METHODS))


def test_the_numbers_behind_the_sliders_are_those_of_the_summary(evaluation: dict[str, pd.DataFrame]) -> None:
    found = json.loads(json.dumps(explorer.explorer(evaluation, SETTINGS, {}, 5), allow_nan=False))
    summary = evaluation["summary"]
    for metric, media, curves in (
        ("ptk", "image", found["pose"]["ptk"]),
        ("acc", "video", found["actions"]["acc"]),
    ):
        chosen = (summary["metric"] == metric) & (summary["media"] == media) & (summary["part"] == "all")
        rows = summary[chosen & (summary["kind"] == "blur") & (summary["scenario"] == "all")]
        for place, end in enumerate(("value", "low", "high")):
            expected = [None if np.isnan(each) else pytest.approx(each, abs=6e-4) for each in rows[end]]
            assert curves["blur"]["all"][place] == expected


def test_a_marker_stands_where_the_item_has_an_epe(evaluation: dict[str, pd.DataFrame]) -> None:
    counts = evaluation["pose_counts"]
    points, left_out = explorer._points(
        counts[(counts["media"] == "image") & (counts["part"] == "all")], SETTINGS, {}
    )
    assert left_out == 0
    for scenario, kind, item, epe, ptk in points[:5]:
        rows = counts[(counts["kind"] == kind) & (counts["item"] == item) & (counts["part"] == "all")]
        assert (rows["scenario"] == scenario).all()
        assert [each is not None for each in epe] == (rows["n_both"] > 0).tolist()
        assert [each is not None for each in ptk] == (rows["n_both"] > 0).tolist()
        row = rows[rows["n_both"] > 0].iloc[0]
        at = round(100 * row["threshold"])
        assert epe[at] == pytest.approx(row["sum_px"] / row["n_both"], abs=0.051)
        assert ptk[at] == pytest.approx(row["n_both"] / row["n_original"], abs=6e-4)


def test_frames_per_action_are_those_of_the_distribution(evaluation: dict[str, pd.DataFrame]) -> None:
    found = explorer.explorer(evaluation, SETTINGS, {}, 5)["actions"]["frames"]
    rows = evaluation["distribution"]
    for action, kinds in found.items():
        for kind, series in kinds.items():
            chosen = rows[(rows["action"] == action) & (rows["kind"] == kind)]
            assert sum(series) == chosen["n_frames"].sum()
            assert len(series) <= 100


def test_many_items_are_thinned_out_and_counted() -> None:
    n = explorer.MAX_SERIES + 10
    counts = pd.DataFrame(
        {
            "scenario": "a",
            "kind": "blur",
            "item": np.repeat([f"i{i}" for i in range(n)], explorer.N),
            "n_original": 10,
            "n_anonymized": 10,
            "n_both": 8,
            "sum_px": 123.456,
        }
    )
    points, left_out = explorer._points(counts, SETTINGS, {})
    assert (len(points), left_out) == (explorer.MAX_SERIES, 10)
    assert len(json.dumps(points)) < 2.5e6


def test_empty_tables_have_nothing_to_move() -> None:
    names = ("pose_counts", "action_counts", "distribution", "summary")
    nothing = {name: tables.table(tables.SCHEMAS[name], []) for name in names}
    found = explorer.explorer(nothing, SETTINGS, {}, 5)
    assert (found["pose"], found["actions"]) == (None, None)


def test_an_identity_method_has_no_worst_case_but_epe_0() -> None:
    rng = np.random.default_rng(1)
    manifest = generate.manifest(rng, n_images=4, n_videos=0)
    pose = generate.pose(rng, manifest)
    poses = {"original": pose, "blur": pose}
    nothing = dict.fromkeys(poses, tables.table(tables.ACTIONS, []))
    found = generate.evaluate(manifest, poses, nothing, generate.Settings(n_resamples=2), rng)
    settings = figures.Settings(kinds=("original", "blur"))
    cases = worst.cases(found.pose_counts, found.person_counts, poses, settings, 3)
    assert all(case.what.startswith("EPE 0.0 px") and not case.lost for case in cases)


def test_lost_persons_are_shown_where_most_are_lost(run: finished.Run) -> None:
    poses = {kind: tables.read(run.data / "pose" / f"{kind}.parquet", tables.POSE) for kind in run.kinds}
    counts = [
        tables.read(run.data / f"metrics/{n}.parquet", tables.SCHEMAS[n])
        for n in ("pose_counts", "person_counts")
    ]
    cases = worst.cases(*counts, poses, run.settings, 1)
    lost = [case for case in cases if case.lost and case.kind == "pixelate"]
    missing = counts[1][(counts[1]["kind"] == "pixelate") & (counts[1]["media"] == "image")]
    assert [case.what.split()[0] for case in lost] == [
        str((missing["n_original"] - missing["n_matched"]).max())
    ]


def test_a_section_holds_all_keypoints_and_stays_inside_the_picture() -> None:
    nobody = Pose(np.zeros((0, 133, 2), np.float32), np.zeros((0, 133), np.float32))
    assert pictures.section((100, 200, 3), [nobody], 0.5) == (0, 0, 200, 100)
    points = np.full((1, 133, 2), (150, 90), np.float32)
    one = Pose(points, np.ones((1, 133), np.float32))
    x0, y0, x1, y1 = pictures.section((100, 200, 3), [nobody, one], 0.5)
    assert 0 <= x0 < 150 < x1 <= 200
    assert 0 <= y0 < 90 < y1 <= 100


def test_a_table_without_rows_has_none() -> None:
    assert tabular.grouped(pd.DataFrame({"a": []}), {}, "")["rows"] == []


def test_cells_are_values_with_intervals_or_a_dash() -> None:
    frame = pd.DataFrame({"x": ["-3.1 [-4.0, -2.0]", "NaN", np.nan]}, index=["a", "b", "c"])
    cells = [row["cells"][0] for row in tabular.grouped(frame, {}, "")["rows"]]
    assert cells == [("−3.1", "[−4.0, −2.0]"), ("–", ""), ("", "")]


def test_parameters_leave_out_what_changes_no_result() -> None:
    shown = dict(facts.parameters(parameters.load(), publish=True))
    assert not {"engine", "training"} & set(shown)
    assert ("folder", "left out") in shown["dataset"]


def test_a_folder_without_git_has_no_revision(tmp_path: Path) -> None:
    assert facts.revision(tmp_path) == "not known: no git repository"


def test_too_many_worst_cases_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"report\.worst is 40"):
        report.Settings(worst=40)


def test_the_script_and_the_style_name_no_address() -> None:
    for name in ("page.css", "page.js"):
        assert "://" not in (page.HERE / name).read_text()
