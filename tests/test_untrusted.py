"""Files from others: nothing in them is executed, no name means anything, and no link leads out of the folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anonlab import anonymize, dataset, items, media, persons, tables
from anonlab.errors import InputError
from anonlab.files import sha256
from anonlab.models import REGISTRY
from anonlab.paths import ROOT
from tests.files import smooth
from tests.test_kill import Middle

PACKAGE = ROOT / "anonlab"

DOCUMENTED = {("models/openmmlab.py", "torch.load(weights_only=False)")}
"""Checkpoints of the paper profile, whose hash was checked before."""

NAMES = [
    "with space",
    "-rf",
    "--help",
    "qu'o\"te",
    "line\nbreak",
    "größe_人",
    "a%03d",
    "semi;colon",
    "$(id)",
    "a\\b",
    "http:x",
    "a|b",
    "*?[x]",
    "x" * 250,
]


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a module with the name of what is called, such as `torch.load`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def dangers(path: Path) -> Iterator[str]:
    """The calls of a module that could execute what a file, or its name, holds."""
    for name, call in calls(path):
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        last = name.rpartition(".")[2]
        if name in ("eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput"):
            yield name
        if name.split(".")[0] in ("pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"):
            yield name
        if name in ("joblib.load", "pd.read_pickle", "yaml.load", "yaml.unsafe_load", "yaml.full_load"):
            yield name
        if name.startswith(("os.exec", "os.spawn")):
            yield name
        if given.get("shell", "False") != "False":
            yield f"{name}(shell=True)"
        if given.get("allow_pickle", "False") != "False":
            yield f"{name}(allow_pickle=True)"
        if name in ("np.load", "numpy.load") and "allow_pickle" not in given:
            yield f"{name} without allow_pickle=False"
        if name == "torch.load" and given.get("weights_only") != "True":
            yield "torch.load(weights_only=False)"
        if last == "YAML" and given.get("typ", "'safe'") not in ("'safe'", "'rt'"):
            yield f"{name}(typ={given['typ']})"


def test_nothing_that_a_file_holds_is_executed() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), danger)
        for path in PACKAGE.rglob("*.py")
        for danger in dangers(path)
    }
    assert found == DOCUMENTED


@pytest.mark.parametrize(
    "line",
    [
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "pickle.loads(data)",
        "eval(text)",
        "os.system(f'ffmpeg -i {path}')",
        "subprocess.run(f'ls {path}', shell=True)",
        "yaml.load(text, Loader=yaml.Loader)",
        "YAML(typ='unsafe')",
    ],
)
def test_what_would_execute_it_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text(line)
    assert list(dangers(tmp_path / "a.py"))


def test_no_command_is_told_a_name_by_a_shell() -> None:
    lists = (ast.List, ast.Name)
    for path in PACKAGE.rglob("*.py"):
        for name, call in calls(path):
            if name.startswith("subprocess."):
                assert isinstance(call.args[0], lists), path


class Places:
    """A data set and what the stages make of it."""

    def __init__(self, home: Path) -> None:
        self.folder, self.data = home / "in", home / "data"
        self.places = {"data": self.data, "store": home / "items", "workers": 1}

    def stages(self) -> None:
        dataset.run(str(self.folder), **self.places)
        persons.run(str(self.folder), model="middle", every=1, **self.places)
        anonymize.run(str(self.folder), "blur", {"sigma_frac": 0.03}, **self.places)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setitem(REGISTRY["persons"], "middle", f"{Middle.__module__}:{Middle.__name__}")
    return Places(tmp_path)


def picture(path: Path) -> None:
    media.write_image(path, smooth(24, 32))


def clip(path: Path) -> None:
    with media.VideoWriter(path, Fraction(25), (32, 24)) as writer:
        for index in range(2):
            writer.write(smooth(24, 32, shift=index))


def test_no_name_of_a_file_or_folder_means_anything_to_a_stage(run: Places) -> None:
    for name in NAMES:
        short = name[:200]
        picture(run.folder / "images" / short / f"{name}.png")
        if name in ("-rf", "line\nbreak", "a%03d", "http:x"):
            clip(run.folder / "videos" / short / f"{name}.mp4")
    run.stages()
    for original, copy in zip(
        items.sources(run.folder, run.data), items.sources(run.folder, run.data, "blur"), strict=True
    ):
        assert original.path.stem == copy.path.stem
        assert sha256(copy.path) == copy.sha256
        before, after = (
            next(iter(media.read_frames(each.path, each.row["media"]))) for each in (original, copy)
        )
        assert (before != after).any()
    assert len(tables.read(run.data / "manifest.parquet", tables.MANIFEST)) == len(NAMES) + 4


@pytest.mark.parametrize("names", [("x" * 255,), ("x" * 250 + ".png", "x" * 250 + ".jpg")])
def test_a_name_that_leaves_no_room_for_an_ending_is_refused(run: Places, names: tuple[str, ...]) -> None:
    for name in names:
        picture(run.folder / "images/a.png")
        (run.folder / "images/a.png").rename(run.folder / "images" / name)
    with pytest.raises(InputError, match=r"the name is too long; shorten it"):
        dataset.run(str(run.folder), **run.places)


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that can be told of a folder: content, times of change, permissions, links, places on the disk."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        about = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (content, about.st_mtime_ns, about.st_ctime_ns, about.st_mode, about.st_nlink)
    return found


def test_a_data_set_that_may_not_be_written_to_is_all_that_is_needed(run: Places) -> None:
    picture(run.folder / "images/office/a.png")
    clip(run.folder / "videos/a.mp4")
    (run.folder / "dataset.yaml").write_text("scenarios:\n  office: Office\n")
    everything = [run.folder, *run.folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = state(run.folder)
    try:
        run.stages()
        anonymize.run(str(run.folder), "original", {}, **run.places)
        assert state(run.folder) == before
    finally:
        for path in everything:
            path.chmod(0o755)


@pytest.mark.parametrize("name", ["dataset.yaml", "truth", "truth/truth.parquet", "truth/labels.json"])
def test_links_beside_the_media_may_not_leave_the_folder_either(
    run: Places, tmp_path: Path, name: str
) -> None:
    picture(run.folder / "images/a.png")
    outside = tmp_path / "outside"
    if name == "truth":
        outside.mkdir()
    else:
        outside.write_text("root:x:0:0")
    (run.folder / name).parent.mkdir(exist_ok=True)
    (run.folder / name).symlink_to(outside)
    with pytest.raises(InputError, match="points outside the data folder") as caught:
        dataset.run(str(run.folder), **run.places)
    assert str(run.folder / name) in str(caught.value)
    assert "root:x" not in str(caught.value)


def test_links_beside_the_media_may_stay_inside(run: Places) -> None:
    picture(run.folder / "images/office/a.png")
    (run.folder / "titles").write_text("scenarios:\n  office: Büro\n", encoding="utf-8")
    (run.folder / "dataset.yaml").symlink_to("titles")
    dataset.run(str(run.folder), **run.places)
    assert "Büro" in (run.data / "scenarios.json").read_text(encoding="utf-8")
    assert np.all(tables.read(run.data / "manifest.parquet", tables.MANIFEST)["scenario"] == "office")
