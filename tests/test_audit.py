"""The audit: who was missed is listed, who was covered is not in the clear, and nothing found proves nothing."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from anonlab import anonymize, audit, dataset, gallery, masks, media, models, overview, tables
from anonlab.errors import ParameterError
from anonlab.keypoints import N_KEYPOINTS
from anonlab.models.auditors import LONG_SIDE_PX, FacesAndPersons
from anonlab.models.contracts import Auditor, Findings
from tests import labels, people
from tests.people import Person

SIZE = (640, 480)
MISSED, COVERED = Person(450, 110, 290), Person(180, 110, 290)
SETTINGS = audit.Settings(n_resamples=50)
KINDS: Mapping[str, Any] = {"original": {}, "silhouette": {}, "blur": {"sigma_frac": 0.03}}


def box(person: Person) -> np.ndarray:
    """Of somebody drawn, from one hand to the other: (4,) pixels."""
    unit = person.height / 8
    edges = [person.x - 1.4 * unit, person.top, person.x + 1.4 * unit, person.top + person.height]
    return np.array(edges, np.float32)


def mask(person: Person) -> np.ndarray:
    """The pixels (H, W) on which somebody can be seen."""
    empty = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    drawn = empty.copy()
    people.draw(drawn, person)
    return cv2.dilate((drawn != empty).any(axis=2).astype(np.uint8), np.ones((7, 7))) > 0


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    from anonlab.geometry import box_iou

    return box_iou(np.reshape(a, (-1, 4)).astype(np.float32), np.reshape(b, (-1, 4)).astype(np.float32))


class Run:
    """Two pictures and a clip; of two people only one was found by the networks, the other is in the truth alone."""

    def __init__(self, home: Path) -> None:
        self.folder, self.data = home / "footage", home / "data"
        self.places = {"data": self.data, "store": home / "items", "workers": 1}
        media.write_image(self.folder / "images/room/two.png", people.room(*SIZE, [MISSED, COVERED]))
        media.write_image(self.folder / "images/room/none.png", people.room(*SIZE, seed=1))
        clip = self.folder / "videos/walk.mp4"
        clip.parent.mkdir()
        with media.VideoWriter(clip, media.Fraction(25), SIZE) as writer:
            for index in range(3):
                writer.write(people.room(*SIZE, [MISSED], seed=index))
        rng = np.random.default_rng(0)
        known = [
            labels.person(rng, tuple(box(each).astype(int).tolist()), SIZE, track=track)
            for track, each in enumerate((COVERED, MISSED))
        ]
        truth = labels.table(("images/room/two", 0, known), ("images/room/none", 0, []))
        tables.write(self.folder / "truth/truth.parquet", tables.TRUTH, truth)
        dataset.run(str(self.folder), **self.places)
        tables.write(self.data / "persons.parquet", tables.PERSONS, [self.found()])
        for kind, settings in KINDS.items():
            anonymize.run(str(self.folder), kind, settings, **self.places)

    def found(self) -> dict[str, Any]:
        """The row of PERSONS of the one who was found."""
        edges = ("x0", "y0", "x1", "y1")
        return {
            **{"item": "images/room/two", "frame": 0, "person": 0, "score": 1.0, "state": "covered"},
            **dict(zip(edges, box(COVERED), strict=True)),
            **{f"face_{edge}": np.nan for edge in edges},
            "mask_rle": masks.encode(mask(COVERED)),
        }

    def audited(self, kind: str, **how: Any) -> audit.Audit:
        return audit.run(str(self.folder), kind, SETTINGS, **{"every": 2} | self.places | how)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("audit"))


@pytest.fixture(params=["centerface", "classic"])
def auditor(request: pytest.FixtureRequest) -> Auditor:
    found: Auditor = models.load("audit", request.param)
    return found


@pytest.fixture(scope="module")
def audited(run: Run) -> dict[str, audit.Audit]:
    return {kind: run.audited(kind) for kind in KINDS}


def rate(audited: audit.Audit, name: str, what: str = "person", medium: str = "image") -> pd.Series:
    rows = audited.rates.set_index(["media", "what", "rate"])
    return rows.loc[(medium, what, name)]


@pytest.mark.parametrize("shape", [(1, 1), (5, 400), (400, 5), (20, 20), (480, 640)])
def test_nobody_is_found_where_nobody_is(auditor: Auditor, shape: tuple[int, int]) -> None:
    found = auditor.find(np.full((*shape, 3), 90, np.uint8))
    assert len(found) == 0
    assert (found.what.shape, found.boxes_xyxy.shape, found.scores.shape) == ((0,), (0, 4), (0,))


def test_people_and_faces_are_found_where_they_are_without_their_surroundings(auditor: Auditor) -> None:
    found = auditor.find(people.room(*SIZE, [MISSED, COVERED]))
    persons = found.boxes_xyxy[found.what == "person"]
    assert iou(persons, np.stack([box(MISSED), box(COVERED)])).max(axis=0).min() > 0.6
    for each in (MISSED, COVERED):
        unit = each.height / 8
        head = np.array([each.x - 0.6 * unit, each.top, each.x + 0.6 * unit, each.top + 1.2 * unit])
        assert iou(found.boxes_xyxy[found.what == "face"], head).max() > 0.4


def test_a_face_is_one_finding_and_found_in_either_direction(auditor: Auditor) -> None:
    image = people.room(*SIZE, [Person(300, 60, 360)])  # larger drawn faces are none for CenterFace
    for seen in (image, np.ascontiguousarray(image[:, ::-1])):
        found = auditor.find(seen)
        faces = found.boxes_xyxy[found.what == "face"]
        assert len(faces) >= 1
        assert np.triu(iou(faces, faces), 1).max() < 0.3


def test_a_large_picture_is_looked_at_smaller_and_boxes_stay_inside_it(auditor: Auditor) -> None:
    image = cv2.resize(people.room(*SIZE, [MISSED]), None, fx=3, fy=3)
    assert max(image.shape) > LONG_SIDE_PX
    found = auditor.find(image)
    assert iou(found.boxes_xyxy[found.what == "person"], 3 * box(MISSED)).max() > 0.6
    edge = auditor.find(people.room(*SIZE, [Person(20, 110, 290), Person(450, 180, 310)]))
    low, high = edge.boxes_xyxy[:, :2], edge.boxes_xyxy[:, 2:]
    assert (low >= 0).all()
    assert (high <= SIZE).all()


def test_the_same_picture_gives_the_same_on_any_number_of_threads(auditor: Auditor) -> None:
    image = people.room(*SIZE, [MISSED, COVERED])
    before, found = cv2.getNumThreads(), []
    for threads in (1, 2, 4):
        cv2.setNumThreads(threads)
        found.append(auditor.find(image))
    cv2.setNumThreads(before)
    for each in found[1:]:
        np.testing.assert_array_equal(each.what, found[0].what)
        np.testing.assert_array_equal(each.boxes_xyxy, found[0].boxes_xyxy)
        np.testing.assert_allclose(each.scores, found[0].scores)


def test_a_picture_of_another_size_in_between_changes_nothing(auditor: Auditor) -> None:
    image = people.room(*SIZE, [MISSED, COVERED])
    before = auditor.find(image)
    auditor.find(np.ascontiguousarray(image[:200, :300]))
    after = auditor.find(image)
    np.testing.assert_array_equal(after.boxes_xyxy, before.boxes_xyxy)
    np.testing.assert_array_equal(after.scores, before.scores)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_fit_their_schemas_and_hold_the_frames_that_were_looked_at(
    run: Run, audited: dict[str, audit.Audit], kind: str
) -> None:
    found = tables.read(run.data / f"audit/{kind}.parquet", tables.AUDIT)
    rates = tables.read(run.data / f"audited/{kind}.parquet", tables.AUDITED)
    pd.testing.assert_frame_equal(found, audited[kind].findings)
    pd.testing.assert_frame_equal(rates, audited[kind].rates)
    assert set(found.loc[found["item"].str.startswith("videos"), "frame"]) == {0, 2}
    assert (found["n_changed"] <= found["n_px"]).all()
    assert len(rates) == 2 * 2 * len(tables.AUDIT_RATES)
    assert (rates["numerator"] <= rates["denominator"]).all()
    assert rates.loc[rates["denominator"] == 0, "value"].isna().all()
    assert rates.groupby("media")["n_frames"].first().to_dict() == {"image": 2, "video": 2}


def test_the_original_is_found_again_whole_and_in_the_clear(audited: dict[str, audit.Audit]) -> None:
    assert (audited["original"].findings["n_changed"] == 0).all()
    for name in ("again", "clear", "people_again", "people_clear"):
        assert rate(audited["original"], name)["value"] == 1


def test_who_was_missed_is_listed_first_and_who_was_covered_is_not_in_the_clear(
    audited: dict[str, audit.Audit],
) -> None:
    listed = overview.suspicious(audited["silhouette"].findings, SETTINGS.max_changed)
    persons = listed[(listed["what"] == "person") & (listed["item"] == "images/room/two")]
    first = persons.iloc[0]
    assert first["clear"]
    assert first["true_person"] == 1
    assert iou(first[["x0", "y0", "x1", "y1"]].to_numpy(float), box(MISSED)).item() > 0.6
    assert not listed.loc[listed["true_person"] == 0, "clear"].any()
    assert (listed["clear"].to_numpy()[:-1] >= listed["clear"].to_numpy()[1:]).all()


@pytest.mark.parametrize("kind", ["silhouette", "blur"])
def test_rates_count_true_people(audited: dict[str, audit.Audit], kind: str) -> None:
    for name, low, above, below in (("seen", 1, 2, 2), ("people_again", 0.5, 1, 2)):
        found = rate(audited[kind], name)
        assert found["denominator"] == below
        assert found["numerator"] >= above
        assert found["value"] >= low
    clear = rate(audited[kind], "people_clear")
    assert clear["numerator"] == 1  # the one who was missed
    assert np.isnan(clear["low"])  # a single picture says nothing about the spread


def test_where_nothing_is_known_no_rate_of_people_is_given(audited: dict[str, audit.Audit]) -> None:
    for name in ("seen", "real", "people_again", "people_clear"):
        assert np.isnan(rate(audited["blur"], name, medium="video")["value"])
    assert rate(audited["blur"], "again", medium="video")["denominator"] > 0
    clip = audited["blur"].findings["item"].str.startswith("videos")
    assert audited["blur"].findings.loc[clip, "true_person"].isna().all()


def test_the_originals_are_looked_at_once(run: Run, audited: dict[str, audit.Audit], monkeypatch) -> None:
    monkeypatch.setattr(FacesAndPersons, "find", lambda *_: pytest.fail("looked at again"))
    again = run.audited("blur")
    pd.testing.assert_frame_equal(again.findings, audited["blur"].findings)


def test_two_runs_and_any_number_of_processes_give_the_same(run: Run, tmp_path: Path) -> None:
    places = {"data": run.data, "store": tmp_path, "workers": 2}
    audit.run(str(run.folder), "blur", SETTINGS, every=2, **places)
    before = (run.data / "audit/blur.parquet").read_bytes(), (run.data / "audited/blur.parquet").read_bytes()
    run.audited("blur")
    after = (run.data / "audit/blur.parquet").read_bytes(), (run.data / "audited/blur.parquet").read_bytes()
    assert before == after


def test_no_model_is_no_audit(run: Run, tmp_path: Path) -> None:
    found = run.audited("blur", model="none", store=tmp_path)
    run.audited("blur")
    assert found.findings.empty
    assert found.rates.empty
    assert overview.audited({"blur": found.rates}).empty


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> list[Findings]:
    """An auditor `planted` that finds what is in this list, picture after picture, then nothing."""
    todo: list[Findings] = []
    nothing = Findings(np.zeros(0, np.str_), np.zeros((0, 4), np.float32), np.zeros(0, np.float32))

    class Planted:
        def find(self, image: np.ndarray) -> Findings:
            return todo.pop(0) if todo else nothing

    module = types.ModuleType("anonlab.models.planted")
    vars(module)["Planted"] = Planted
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(models.REGISTRY["audit"], "planted", "anonlab.models.planted:Planted")
    models.load.cache_clear()
    return todo


def test_no_findings_say_what_could_have_been_seen(run: Run, planted: list[Findings], tmp_path: Path) -> None:
    assert planted == []
    found = run.audited("blur", model="planted", store=tmp_path)
    shown = gallery.suspicious(str(run.folder), "blur", 0.4, 2, data=run.data)
    run.audited("blur")
    assert found.findings.empty
    assert found.rates.loc[found.rates["rate"] == "seen", "numerator"].sum() == 0
    assert found.rates.loc[found.rates["rate"] == "again", "value"].isna().all()
    assert "4 frames" in shown.data
    assert "says nothing" in shown.data


def test_the_sheet_shows_the_kind_and_not_the_original(
    run: Run, audited: dict[str, audit.Audit], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    read = media.read_every
    monkeypatch.setattr(media, "read_every", lambda path, *more: shown.append(path) or read(path, *more))
    gallery.suspicious(str(run.folder), "silhouette", 0.4, 2, data=run.data)
    assert shown
    assert all(run.data / "anonymized/silhouette" in path.parents for path in shown)


def finding(
    what: str, box: tuple[float, ...], n_changed: int = 0, item: str = "images/a", frame: int = 0
) -> dict:
    x0, y0, x1, y1 = box
    return {
        **{"item": item, "frame": frame, "what": what, "score": 1.0, "x0": x0, "y0": y0, "x1": x1, "y1": y1},
        **{"n_px": int((x1 - x0) * (y1 - y0)), "n_changed": n_changed, "true_person": pd.NA},
    }


def test_findings_are_the_same_only_in_the_same_frame_at_the_same_place_and_of_the_same_sort() -> None:
    here = (0, 0, 10, 10)
    before = tables.table(tables.AUDIT, [finding("face", here), finding("person", here, item="images/b")])
    rows = [
        *(finding("person", here), finding("face", (0, 0, 10, 2.9)), finding("face", here, frame=1)),
        finding("person", here, 40, item="images/b"),
    ]
    after = tables.table(tables.AUDIT, rows)
    about = {"scenario": "a", "media": "image", "path": "", "width": 9, "height": 9, "fps": "", "n_frames": 1}
    manifest = tables.table(
        tables.MANIFEST,
        [{"item": f"images/{name}", "colour": "rgb", "sha256": "", **about} for name in "ab"],
    )
    known = tables.table(tables.TRUTH, [])
    for max_changed, clear in ((0.4, 0), (0.41, 1)):  # strictly less
        settings = SETTINGS._replace(max_changed=max_changed)
        found = {"original": before, "x": after}
        rates = audit.rates(manifest, known, found, "x", 25, settings).set_index(["what", "rate"])
        assert rates.loc[("face", "again"), ["numerator", "denominator"]].tolist() == [0, 1]
        assert rates.loc[("person", "again"), ["numerator", "denominator"]].tolist() == [1, 1]
        assert rates.loc[("person", "clear"), ["numerator", "denominator"]].tolist() == [clear, 1]


def test_faces_are_known_where_they_are_labelled_and_count_when_they_are_turned_to_the_camera() -> None:
    rng = np.random.default_rng(0)
    person = labels.person(rng, (10, 10, 60, 90), (100, 100))
    face = slice(23, 91)

    def truth(seen: int) -> pd.DataFrame:
        visibility = np.full(N_KEYPOINTS, 2, np.uint8)
        visibility[face] = seen
        known = labels.Person(0, person.box_xyxy, person.keypoints, visibility, person.mask)
        return labels.table(("images/a", 0, [known]), ("images/b", 0, []))

    low, high = person.keypoints[face].min(axis=0), person.keypoints[face].max(axis=0)
    rows = [finding("face", (*low, *high)), finding("face", (0, 0, 9, 9), item="images/b")]
    found = tables.table(tables.AUDIT, rows)
    whose = {seen: audit.with_truth(found, truth(seen), 0.3)["true_person"] for seen in (0, 1, 2)}
    assert whose[2].tolist() == [0, tables.NOBODY]
    assert whose[1].tolist() == [tables.NOBODY, tables.NOBODY]
    assert whose[0].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"every": 0}, r"audit\.every is 0"),
        ({"max_changed": 0.0}, r"audit\.max_changed is 0"),
        ({"max_changed": 1.5}, r"audit\.max_changed"),
        ({"model": "clasic"}, "did you mean 'classic'"),
    ],
)
def test_impossible_values_are_named(how: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        audit.check(**how)
