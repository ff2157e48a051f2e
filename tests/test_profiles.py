"""Profiles are whole params files: each passes every check, and taking one keeps the data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from anonlab import __main__ as command
from anonlab import parameters, run
from anonlab.errors import AnonlabError, ParameterError
from anonlab.models import RANDOM

NAMES = sorted(path.stem for path in parameters.PROFILES.glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text()))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Makes a profile, with changes, the params.yaml that is read; networks have random weights."""
    load = parameters.load

    def take(name: str, **engine: Any) -> None:
        path = tmp_path / "params.yaml"
        path.write_text("dataset: {source: synthetic, folder: data/synthetic}\n")
        parameters.use_profile(name, path)
        if engine:
            path.write_text(yaml.safe_dump(read(path) | {"engine": engine}))
        monkeypatch.setattr(parameters, "load", lambda: load(path))
        monkeypatch.setenv(RANDOM, "1")

    return take


def test_there_are_two() -> None:
    assert NAMES == ["embedded", "paper"]


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_passes_every_check(taken: Any, name: str) -> None:
    taken(name)
    assert "kinds of media" in command.check()


def test_the_default_is_the_embedded_profile() -> None:
    ours, profile = read(parameters.PARAMS), read(parameters.PROFILES / "embedded.yaml")
    assert ours | {"dataset": None} == profile | {"dataset": None}, "cp params.yaml profiles/embedded.yaml"


def test_profiles_differ_in_models_and_methods_only() -> None:
    one, other = (read(parameters.PROFILES / f"{name}.yaml") for name in NAMES)
    different = {name for name in one if one[name] != other[name]}
    assert different <= {"kinds", "persons", "pose", "actions", "claims", "audit"}


def test_a_profile_keeps_the_data_set_and_brings_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    dataset = {"source": "folder", "folder": "my footage", "skip_unreadable": True}
    path.write_text(yaml.safe_dump({"dataset": dataset, "seed": 99}))
    parameters.use_profile("paper", path)
    assert read(path)["dataset"] == dataset
    assert read(path)["pose"]["model"] == "hrnet"
    assert read(path)["seed"] == read(parameters.PROFILES / "paper.yaml")["seed"]
    assert "# R50-FPN, COCO" in path.read_text()
    parameters.use_profile("embedded", path)
    assert read(path)["pose"]["model"] == "blazepose"
    assert read(path)["dataset"] == dataset


def test_an_unknown_profile(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="did you mean 'paper'"):
        parameters.use_profile("papr", tmp_path / "params.yaml")


def test_the_paper_profile_is_the_paper() -> None:
    params = read(parameters.PROFILES / "paper.yaml")
    assert params["kinds"]["deepprivacy2"] == {"faithful": True}
    models = {name: params[name]["model"] for name in ("persons", "pose", "actions")}
    assert models == {"persons": "mask_rcnn", "pose": "hrnet", "actions": "slowonly"}
    assert (params["pose"]["detector"], params["actions"]["detector"]) == ("mask_rcnn", "faster_rcnn")
    assert params["metrics"]["pose_threshold"] == 0.5
    assert params["metrics"]["action_threshold"] == 0.2


def test_missing_checkpoints_stop_the_check(taken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    taken("paper")
    monkeypatch.delenv(RANDOM)
    from anonlab.models import checkpoints

    monkeypatch.setattr(checkpoints, "FOLDER", Path("/nowhere"))
    with pytest.raises(AnonlabError, match=r"/nowhere/.* is not on this machine; get it with: .*fetch paper"):
        command.check()


def test_kernels_are_named_by_stage_or_kind(taken: Any) -> None:
    taken("paper", workers=1, kernels={"anonymize@deepprivacy2": "dp2", "pose": "mm"})
    assert parameters.kernel("anonymize", {"kind": "deepprivacy2"}) == "dp2"
    assert parameters.kernel("anonymize", {"kind": "blur"}) == "python3"
    assert parameters.kernel("pose", {"kind": "blur"}) == "mm"
    assert parameters.kernel("metrics", {}) == "python3"


@pytest.mark.parametrize(
    ("kernels", "message"),
    [
        ({"poze": "mm"}, "did you mean 'pose'"),
        ({"anonymize@blurr": "mm"}, "did you mean 'anonymize@blur'"),
        ({"pose": 3}, "stage: kernel"),
        ("mm", "stage: kernel"),
    ],
)
def test_wrong_kernels_end_in_one_line(taken: Any, kernels: object, message: str) -> None:
    taken("paper", workers=1, kernels=kernels)
    with pytest.raises(ParameterError, match=message):
        parameters.kernel("pose", {})


def test_a_kernel_that_is_not_there_is_named(taken: Any) -> None:
    taken("paper", workers=1, kernels={"metrics": "no-such-kernel"})
    with pytest.raises(AnonlabError, match=r"no-such-kernel.*ipykernel install"):
        run.execute("metrics", {})
