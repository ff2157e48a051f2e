"""params.yaml: every wrong name and value is an error that names it and the remedy."""

from pathlib import Path

import pytest
import yaml

from anonlab import parameters, run
from anonlab.errors import InputError, ParameterError

ACCEPTED = {"every": 5, "hold_s": 0.5, "model": "blazepose", "seed": 0}


@pytest.fixture
def params(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Writes a changed params.yaml that is read instead of the project's."""
    content = yaml.safe_load(parameters.PARAMS.read_text())
    read = parameters.load

    def change(**sections: object) -> None:
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(content | sections))
        monkeypatch.setattr(parameters, "load", lambda: read(path))

    return change


def test_the_projects_own_parameters_fit_every_notebook() -> None:
    for stage in parameters.STAGES:
        run.values(stage, {"kind": "blur"} if stage in ("anonymize", "pose", "actions") else {})


def test_values_of_the_section_are_injected(params) -> None:
    params(persons={"every": 3})
    values = parameters.for_notebook("persons", {}, ACCEPTED)
    assert values["every"] == 3


def test_a_value_on_the_command_line_wins(params) -> None:
    params(persons={"every": 3})
    assert parameters.for_notebook("persons", {"every": 9}, ACCEPTED)["every"] == 9


def test_a_whole_number_does_for_a_float(params) -> None:
    params(persons={"hold_s": 1})
    assert parameters.for_notebook("persons", {}, ACCEPTED)["hold_s"] == 1


def test_a_mistyped_name_is_an_error_with_the_nearest_one(params) -> None:
    params(persons={"evry": 3})
    with pytest.raises(ParameterError, match=r"persons: unknown name 'evry'; did you mean 'every'\?"):
        parameters.for_notebook("persons", {}, ACCEPTED)


@pytest.mark.parametrize("value", ["3", True, 2.5, None, [1], float("nan")])
def test_a_value_of_another_type_is_an_error(params, value: object) -> None:
    params(persons={"every": value})
    with pytest.raises(ParameterError, match=r"persons\.every is .*expected int"):
        parameters.for_notebook("persons", {}, ACCEPTED)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_is_no_value(params, value: float) -> None:
    params(persons={"hold_s": value})
    with pytest.raises(ParameterError, match=r"persons\.hold_s"):
        parameters.for_notebook("persons", {}, ACCEPTED)


def test_an_unknown_kind_is_an_error(params) -> None:
    params()
    with pytest.raises(ParameterError, match="unknown name 'blurr'; did you mean 'blur'"):
        parameters.for_notebook("pose", {"kind": "blurr"}, {"kind": "original"})


def test_an_unknown_section_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(parameters.PARAMS.read_text() + "\nfiguers: {top: 5}\n")
    with pytest.raises(ParameterError, match=r"unknown name 'figuers'; did you mean 'figures'\?"):
        parameters.load(path)


def test_the_original_has_to_be_among_the_kinds(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(parameters.PARAMS.read_text().replace("  original: {}", "  #"))
    with pytest.raises(ParameterError, match="original"):
        parameters.load(path)


@pytest.mark.parametrize(("text", "message"), [("a: [1", "not valid YAML"), ("3", "expected sections")])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"params\.yaml: {message}"):
        parameters.load(path)


def test_setting_a_value_keeps_comments_and_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(parameters.PARAMS.read_text())
    parameters.set_value("dataset", "folder", "a folder/with spaces", path)
    before, after = parameters.PARAMS.read_text().splitlines(), path.read_text().splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old.split() != new.split()]
    assert len(changed) == 1
    assert yaml.safe_load(path.read_text())["dataset"]["folder"] == "a folder/with spaces"
    assert [line.count("#") for line in before] == [line.count("#") for line in after]


@pytest.mark.parametrize("name", ["..", "a/b", "a@b", "a b", "ä", ""])
def test_the_name_of_a_kind_is_a_plain_word(tmp_path: Path, name: str) -> None:
    params = yaml.safe_load(parameters.PARAMS.read_text())
    params["kinds"][name] = {"method": "blur"}
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(params))
    with pytest.raises(ParameterError, match="letters, digits"):
        parameters.load(path)


@pytest.mark.parametrize("section", ["pose", "engine"])
@pytest.mark.parametrize("value", [None, 3, []])
def test_a_section_that_is_no_section_is_an_error(tmp_path: Path, section: str, value: object) -> None:
    params = yaml.safe_load(parameters.PARAMS.read_text()) | {section: value}
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(params))
    with pytest.raises(ParameterError, match=f"{section}: expected"):
        parameters.load(path)


@pytest.mark.parametrize(
    ("section", "name", "value", "message"),
    [
        ("metrics", "pose_threshold", 0.555, r"metrics\.pose_threshold"),
        ("metrics", "match_iou", 0.0, r"metrics\.match_iou"),
        ("metrics", "n_resamples", 0, r"metrics\.n_resamples"),
        ("persons", "hold_s", -1.0, r"persons\.hold_s"),
        ("persons", "model", "blazpose", "no model 'blazpose'"),
        ("pose", "every", 0, r"pose\.every"),
        ("pose", "min_score", 7.0, r"pose\.min_score"),
        ("actions", "model", "slowfast", "no model 'slowfast'"),
        ("engine", "workers", -1, r"engine\.workers"),
        ("figures", "top", 0, r"figures\.top"),
        ("figures", "floor", "reencod", r"figures\.floor"),
        ("figures", "ptk", "ptq", "ptq"),
        ("report", "worst", 40, r"report\.worst"),
        ("anonymize", "region", "foot", "foot"),
        ("kinds", "blur", {"sigma_frac": -1}, "sigma_frac"),
        ("kinds", "x", {"method": "blurr"}, "blurr"),
        ("kinds", "truth", {"method": "blur"}, "no kind can be called truth"),
        ("scenes", "n_images", -1, "-1 images"),
        ("scenes", "image_wh", [640], r"scenes\.image_wh"),
        ("scenes", "clip_wh", [640, 4.5], r"scenes\.clip_wh"),
        ("scenes", "seconds", [8.0, 4.0], r"scenes\.seconds"),
        ("dataset", "source", "synthetc", "did you mean 'synthetic'"),
        (
            "dataset",
            "source",
            "folder",
            "data synthetic`, for pictures of your own `python -m anonlab data FOLDER`",
        ),
        (
            "dataset",
            "folder",
            "a folder/of mine",
            'pictures of your own `python -m anonlab data "a folder/of mine"`',
        ),
    ],
)
def test_check_finds_what_a_stage_would_refuse_later(
    params, monkeypatch: pytest.MonkeyPatch, section: str, name: str, value: object, message: str
) -> None:
    from anonlab import __main__, inputs

    monkeypatch.setattr(inputs, "list_inputs", lambda folder: [])
    content = yaml.safe_load(parameters.PARAMS.read_text())
    params()
    assert "kinds of media" in __main__.check()
    params(**{section: content[section] | {name: value}})
    with pytest.raises(ParameterError, match=message) as caught:
        __main__.check()
    assert "\n" not in str(caught.value)


def test_the_data_set_is_chosen_and_set_back(params, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from anonlab import __main__

    written: dict[str, object] = {}
    monkeypatch.setattr(parameters, "set_value", lambda section, name, value: written.update({name: value}))
    params()
    assert __main__.use_data("synthetic") == "dataset.folder is data/synthetic"
    assert written == {}
    picture = tmp_path / "mine/images/one.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"seen by the stage, not here")
    assert "dataset.source is now folder (was synthetic)" in __main__.use_data(str(tmp_path / "mine"))
    assert written == {"source": "folder", "folder": str(tmp_path / "mine")}
    params(dataset={"source": "folder", "folder": str(tmp_path / "mine")})
    __main__.use_data("synthetic")
    assert written == {"source": "synthetic", "folder": "data/synthetic"}


def test_an_unusable_folder_changes_nothing(params, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from anonlab import __main__

    monkeypatch.setattr(parameters, "set_value", lambda *_: pytest.fail("params.yaml was changed"))
    params()
    with pytest.raises(InputError, match="neither images/ nor videos/"):
        __main__.use_data(str(tmp_path))
