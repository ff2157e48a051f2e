"""The data folder: every file in it ends in the manifest or is named with what is wrong with it."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonlab import dataset, inputs, scenarios, tables
from anonlab.engine import ItemErrors
from anonlab.errors import InputError, ParameterError
from anonlab.media import images
from tests.files import cut, noise, smooth, write_clip

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"


def picture(path: Path, image: np.ndarray | None = None) -> Path:
    images.write_image(path, noise(6, 8) if image is None else image)
    return path


def clip(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_clip(path, [smooth(48, 64, shift=i) for i in range(5)], container="mp4")


def run(tmp_path: Path, **settings: object) -> pd.DataFrame:
    where = {"workers": 1, "data": tmp_path / "data", "store": tmp_path / "store"}
    return dataset.run(str(tmp_path / "in"), **where, **settings)


def unreadable(tmp_path: Path) -> dict[str, str]:
    table = tables.read(tmp_path / "data" / "unreadable.parquet", tables.UNREADABLE)
    return dict(zip(table["path"], table["problem"], strict=True))


def ids(folder: Path) -> list[str]:
    return [each.item for each in inputs.list_inputs(folder)]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"nowhere: there is no such folder; put pictures into images/<scenario>/"
    ):
        inputs.list_inputs(tmp_path / "nowhere")


@pytest.mark.parametrize("place", ["", "photos", "images", "videos", "images/office"])
def test_a_folder_without_files_says_what_belongs_there(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    with pytest.raises(
        InputError, match=r"(has neither images/ nor videos/|has no files in).*; put pictures into"
    ):
        inputs.list_inputs(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        inputs.list_inputs(picture(tmp_path / "a.png"))


def test_one_picture(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "images" / "office" / "a.png")
    (row,) = run(tmp_path).to_dict("records")
    assert row == {
        "item": "images/office/a",
        "scenario": "office",
        "media": "image",
        "path": "images/office/a.png",
        "width": 8,
        "height": 6,
        "fps": "",
        "n_frames": 1,
        "colour": "rgb",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    assert unreadable(tmp_path) == {}


def test_one_clip(tmp_path: Path) -> None:
    clip(tmp_path / "in" / "videos" / "a.mov")
    (row,) = run(tmp_path).to_dict("records")
    found = {name: row[name] for name in ("item", "scenario", "media", "width", "height", "fps", "n_frames")}
    assert found == {
        "item": "videos/a",
        "scenario": "videos",
        "media": "video",
        "width": 64,
        "height": 48,
        "fps": "25",
        "n_frames": 5,
    }


def test_gray_pictures_are_known(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "images" / "a.png", np.dstack([noise(6, 8)[..., 0]] * 3))
    assert run(tmp_path)["colour"].tolist() == ["gray"]


def test_scenarios_are_the_first_folders(tmp_path: Path) -> None:
    for name in ("images/a.png", "images/office/b.png", "images/office/deep/er/c.png", "images/lab/d.png"):
        picture(tmp_path / name)
    found = {each.item: each.scenario for each in inputs.list_inputs(tmp_path)}
    assert found == {
        "images/a": "images",
        "images/lab/d": "lab",
        "images/office/b": "office",
        "images/office/deep/er/c": "office",
    }


def test_other_folders_and_hidden_and_system_files_are_no_inputs(tmp_path: Path) -> None:
    names = (
        "a.png",
        ".hidden.png",
        ".git/b.png",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX/c.png",
        "deep/.DS_Store",
    )
    for name in names:
        picture(tmp_path / "images" / name)
    picture(tmp_path / "truth" / "d.png")
    assert ids(tmp_path) == ["images/a"]


def test_ids_that_would_be_the_same_keep_their_endings(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "b.jpg", "B.png", "c.png", "a.png.png", "d", "é.png", "e\u0301.jpg"):
        picture(tmp_path / "images" / name)
    expected = {"a.jpg", "a.png", "a.png.png", "b.jpg", "B.png", "c", "d", "é.png", "e\u0301.jpg"}
    assert set(ids(tmp_path)) == {f"images/{name}" for name in expected}


paths = st.lists(
    st.from_regex(r"([aAb][aA.b]{0,2}/)?[aA.b]{1,4}", fullmatch=True), min_size=1, max_size=8, unique=True
)


@given(paths)
def test_ids_differ_and_only_repeat_endings_where_they_must(names: list[str]) -> None:
    files = [inputs.Input(Path(), f"images/{name}x", "", "", "image") for name in names]
    named = inputs._with_unique_items(files)
    assert len({each.item for each in named}) == len(names)
    assert all(each.path.startswith(each.item) for each in named)


ODD_NAMES = [
    "with space",
    "-rf",
    "qu'o\"te",
    "line\nbreak",
    "größe_人",
    "a%03d",
    "semi;colon",
    "$HOME",
    "a\\b",
]


def test_odd_names_work(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        picture(tmp_path / "in" / "images" / name / f"{name}.png")
    clip(tmp_path / "in" / "videos" / "line\nbreak.mp4")
    manifest = run(tmp_path)
    assert set(manifest["scenario"]) == {*ODD_NAMES, "videos"}
    assert all((tmp_path / "in" / path).is_file() for path in manifest["path"])


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on POSIX only")
def test_names_that_are_no_utf8_are_reported(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "images" / "a.png")
    try:
        picture(Path(os.fsdecode(os.fsencode(tmp_path / "in" / "images") + b"/b\xff.png")))
    except OSError:
        pytest.skip("this disk refuses such names")
    assert run(tmp_path, skip_unreadable=True)["item"].tolist() == ["images/a"]
    ((path, problem),) = unreadable(tmp_path).items()
    assert path == "images/b\\xff.png"
    assert "b'b\\xff.png' is not valid UTF-8; rename it" in problem


def bad_files(folder: Path) -> dict[str, str]:
    """Files that cannot be used, and a part of what must be said about each."""
    picture(folder / "images" / "good.png")
    (folder / "images" / "text.jpg").write_text("not a picture")
    (folder / "images" / "nothing.png").touch()
    cut(picture(folder / "images" / "half.png", noise(50, 50)), 0.5)
    clip(folder / "images" / "clip.png")
    (folder / "videos").mkdir()
    (folder / "videos" / "notes.txt").write_text("not a clip")
    (folder / "videos" / "nothing.mp4").touch()
    cut(clip(folder / "videos" / "half.mp4"), 0.5)
    picture(folder / "videos" / "picture.mp4")
    return {
        "images/text.jpg": "PNG, JPEG",
        "images/nothing.png": "empty file",
        "images/half.png": "cut off",
        "images/clip.png": "videos/",
        "videos/notes.txt": "MP4",
        "videos/nothing.mp4": "empty file",
        "videos/half.mp4": "cut off before its end, 0 frames",
        "videos/picture.mp4": "images/",
    }


def test_unreadable_files_are_named_and_the_others_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = bad_files(tmp_path / "in")
    assert run(tmp_path)["item"].tolist() == ["images/good"]
    found = unreadable(tmp_path)
    assert set(found) == set(expected)
    for path, part in expected.items():
        assert part in found[path]
        assert ";" in found[path]
        assert not found[path].startswith(str(tmp_path))
        assert "\n" not in found[path]
        assert f"{path}: {found[path]}" in caplog.text


def test_unreadable_files_fail_the_end_of_the_run_unless_skipped(tmp_path: Path) -> None:
    expected = bad_files(tmp_path / "in")
    run(tmp_path)
    with pytest.raises(InputError, match=r"8 of 9 files cannot be used") as caught:
        dataset.refuse_unreadable("in", data=tmp_path / "data")
    assert all(path in str(caught.value) for path in expected)
    assert "skip_unreadable" in str(caught.value)
    said = dataset.refuse_unreadable("in", skip_unreadable=True, data=tmp_path / "data")
    assert said == "1 of 9 files of in are in the results"


@pytest.mark.parametrize("error", [MemoryError("no room"), PermissionError(13, "not yours")])
def test_what_is_no_fault_of_a_file_is_named_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for name in ("a", "b", "c"):
        picture(tmp_path / "in" / "images" / f"{name}.png")
    hashed = dataset.sha256

    def fails(path: Path) -> str:
        if path.name == "b.png":
            raise error
        return hashed(path)

    with monkeypatch.context() as patched:
        patched.setattr(dataset, "sha256", fails)
        with pytest.raises(ItemErrors, match=r"1 of 3 items failed; the other 2 are done") as caught:
            run(tmp_path)
    assert "images/b" in str(caught.value)
    assert len(run(tmp_path)) == 3


def test_nothing_readable_is_an_error_even_so(tmp_path: Path) -> None:
    (tmp_path / "in" / "images").mkdir(parents=True)
    (tmp_path / "in" / "images" / "a.jpg").touch()
    with pytest.raises(InputError, match="1 of 1 files cannot be used"):
        run(tmp_path, skip_unreadable=True)


def test_too_large_pictures_are_refused_by_the_parameter(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "images" / "a.png")
    with pytest.raises(InputError, match=r"8 x 6 pixels are more than dataset\.max_pixels, 47"):
        run(tmp_path, max_pixels=47)
    assert len(run(tmp_path, max_pixels=48)) == 1


def test_links_may_not_leave_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "in" / "images"
    picture(inside / "a.png")
    picture(tmp_path / "secret.png")
    picture(tmp_path / "more" / "b.png")
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    (inside / "relative.png").symlink_to("../../secret.png")
    (inside / "broken.png").symlink_to(tmp_path / "gone.png")
    (inside / "folder").symlink_to(tmp_path / "more")
    (inside / "around").symlink_to(inside)
    (inside / "same.png").symlink_to(inside / "a.png")
    manifest = run(tmp_path, skip_unreadable=True)
    assert manifest["item"].tolist() == ["images/a", "images/same"]
    problems = unreadable(tmp_path)
    assert {path for path, text in problems.items() if "points outside the data folder" in text} == {
        "images/link.png",
        "images/relative.png",
        "images/folder",
    }
    assert "leads nowhere" in problems["images/broken.png"]
    assert "a folder that is a link" in problems["images/around"]


def test_the_data_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    picture(tmp_path / "real" / "images" / "a.png")
    (tmp_path / "in").symlink_to(tmp_path / "real")
    assert len(run(tmp_path)) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipes_are_not_opened(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "images" / "a.png")
    os.mkfifo(tmp_path / "in" / "images" / "pipe.png")
    run(tmp_path, skip_unreadable=True)
    assert "not a file" in unreadable(tmp_path)["images/pipe.png"]


def test_very_deep_folders_work(tmp_path: Path) -> None:
    deep = tmp_path / "images"
    for _ in range(600):
        deep = deep / "d"
    deep.mkdir(parents=True)
    picture(deep / "a.png")
    assert len(ids(tmp_path)) == 1


def test_inputs_are_not_changed(tmp_path: Path) -> None:
    bad_files(tmp_path / "in")
    before = {path: path.read_bytes() for path in (tmp_path / "in").rglob("*") if path.is_file()}
    run(tmp_path, skip_unreadable=True)
    assert {path: path.read_bytes() for path in (tmp_path / "in").rglob("*") if path.is_file()} == before


def test_the_work_on_a_file_can_go_to_another_process(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    (file,) = inputs.list_inputs(tmp_path)
    function, sent = pickle.loads(pickle.dumps((dataset.inspect, file)))
    assert function(sent) == dataset.inspect(file)


def test_a_changed_file_is_looked_at_again(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "images" / "a.png")
    assert run(tmp_path)["width"].tolist() == [8]
    picture(path, noise(6, 9))
    assert run(tmp_path)["width"].tolist() == [9]


def two_scenarios(folder: Path, settings: str | None = None) -> Path:
    for name in ("machine_2", "office", "lab"):
        picture(folder / "images" / name / "a.png")
    if settings is not None:
        (folder / "dataset.yaml").write_text(settings, encoding="utf-8")
    return folder


def titles(folder: Path) -> list[tuple[str, str]]:
    return list(inputs.scenario_titles(folder, inputs.list_inputs(folder)).items())


def test_titles_without_a_file_of_settings(tmp_path: Path) -> None:
    expected = [("lab", "Lab"), ("machine_2", "Machine 2"), ("office", "Office")]
    assert titles(two_scenarios(tmp_path)) == expected


def test_titles_and_their_order_can_be_given(tmp_path: Path) -> None:
    folder = two_scenarios(tmp_path / "in", "scenarios:\n  office: Büro\n  machine_2: Machine, from above\n")
    expected = [("office", "Büro"), ("machine_2", "Machine, from above"), ("lab", "Lab")]
    assert titles(folder) == expected
    assert run(tmp_path)["scenario"].tolist() == ["office", "machine_2", "lab"]
    assert list(scenarios.read(tmp_path / "data" / "scenarios.json").items()) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("", "holds no section"),
        ("scenarios", "holds no section"),
        ("scenario:\n  office: Office\n", r"no key 'scenario'; did you mean 'scenarios'"),
        ("scenarios:\n  ofice: Office\n", r"no scenario 'ofice'; did you mean 'office'"),
        ("scenarios:\n  xyzzy: Office\n", r"no scenario 'xyzzy'; choose from: lab, machine_2, office"),
        ("scenarios: [office]\n", "lines of a folder's name and its title"),
        ("scenarios:\n  office: 3\n", "must both be text"),
        ("scenarios:\n  office:\n", "must both be text"),
        ("scenarios:\n  7: Seven\n", "must both be text"),
        ("scenarios:\n  office: A\n  office: B\n", "not valid YAML"),
        ("scenarios: {office: [\n", "not valid YAML"),
        ("scenarios: !!python/object/apply:os.system [ls]\n", "not valid YAML"),
        ("\0", "not valid YAML"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, settings: str, message: str) -> None:
    two_scenarios(tmp_path, settings)
    with pytest.raises(InputError, match=message) as caught:
        inputs.list_inputs(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'dataset.yaml'}: ")
    assert "\n" not in str(caught.value)


def test_settings_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    two_scenarios(tmp_path)
    (tmp_path / "dataset.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="not valid YAML"):
        inputs.list_inputs(tmp_path)


@given(st.dictionaries(st.text(), st.text()))
def test_titles_keep_their_order_on_disk(
    tmp_path_factory: pytest.TempPathFactory, titles: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("titles") / "scenarios.json"
    scenarios.write(path, titles)
    assert list(scenarios.read(path).items()) == list(titles.items())


@pytest.mark.parametrize("content", [None, "", "{}x", "[1]", '[{"name": "a"}]'])
def test_damaged_titles_are_an_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "scenarios.json").write_text(content)
    with pytest.raises(
        InputError, match=r"scenarios\.json: missing or damaged; delete it and run `dvc repro`"
    ):
        scenarios.read(tmp_path / "scenarios.json")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data set is not on this machine")
def test_the_real_data_set(tmp_path: Path) -> None:
    (tmp_path / "in").symlink_to(REAL)
    manifest = run(tmp_path).set_index("item")
    assert unreadable(tmp_path) == {}
    n_files = sum(path.is_file() for place in inputs.PLACES for path in (REAL / place).rglob("*"))
    assert len(manifest) == n_files
    assert manifest.loc["videos/one_by_one", ["fps", "n_frames"]].tolist() == ["10", 1394]
    assert set(manifest.loc[manifest["scenario"] == "workshop_from_above", "colour"]) == {"gray"}


@pytest.mark.parametrize(
    "folder", ["data", ".", "data/synthetic/mine", "data/anonymized", "figures/mine", ".items"]
)
def test_a_data_set_is_kept_apart_from_what_the_pipeline_clears(folder: str) -> None:
    with pytest.raises(ParameterError, match="of their own"):
        dataset.check_source("folder", folder)


def test_a_data_set_may_lie_beside_what_the_pipeline_makes() -> None:
    dataset.check_source("folder", "data/real")
    dataset.check_source("synthetic", "data/synthetic")
