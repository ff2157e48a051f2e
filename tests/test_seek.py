"""Frames from the middle of a clip are the ones that reading from its start gives."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from anonlab.errors import InputError
from anonlab.media import CAMERA, PLAYABLE, VideoWriter, read_video, seek
from anonlab.media.seek import read_from
from anonlab.media.writer import LOSSLESS

N = 130  # more than two keyframes of a written clip


def picture(frame: int) -> np.ndarray:
    image = np.full((48, 64, 3), 40, np.uint8)
    image[:, frame % 64] = (frame, 255 - frame, 128)
    return image


@pytest.fixture(scope="module", params=[LOSSLESS, PLAYABLE, CAMERA], ids=["lossless", "playable", "camera"])
def mp4(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    with VideoWriter(
        path, Fraction(30000, 1001), (64, 48), request.param
    ) as writer:  # two have frames out of order
        for frame in range(N):
            writer.write(picture(frame))
    return path


@pytest.fixture(scope="module")
def gif(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.gif"
    first, *others = (PilImage.fromarray(picture(3 * frame)) for frame in range(20))
    first.save(path, save_all=True, append_images=others, duration=40)
    return path


@pytest.mark.parametrize("first", [0, 1, 49, 50, 51, 99, 129])
@pytest.mark.parametrize("every", [1, 5, 8, 25, 200])
def test_a_written_clip(mp4: Path, first: int, every: int) -> None:
    wanted = list(islice(read_video(mp4), first, None, every))
    got = list(read_from(mp4, first, N, every))
    assert len(got) == len(wanted)
    assert all(np.array_equal(a, b) for a, b in zip(got, wanted, strict=True))


@pytest.mark.parametrize("first", [0, 1, 19])
def test_a_gif_whose_frames_build_on_each_other(gif: Path, first: int) -> None:
    wanted = list(islice(read_video(gif), first, None))
    got = list(read_from(gif, first, len(list(read_video(gif)))))
    assert all(np.array_equal(a, b) for a, b in zip(got, wanted, strict=True))


def test_another_number_of_frames_than_announced_is_read_from_the_start(mp4: Path) -> None:
    (image,) = islice(read_from(mp4, 60, N + 1), 1)
    assert np.array_equal(image, next(islice(read_video(mp4), 60, None)))


def test_few_frames_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, Fraction(25), (64, 48)) as writer:
        for frame in range(N):
            writer.write(picture(frame))
    decoded, whole = [], seek._decoded
    monkeypatch.setattr(seek, "_decoded", lambda *where: (decoded.append(1) or one for one in whole(*where)))
    assert len(list(read_from(path, 0, N, 8))) == len(decoded) == 17
    assert len(list(read_from(path, 0, N, 25))) == 6
    assert len(decoded) < 17 + 6 * 8


def test_a_damaged_middle_is_told_as_when_all_is_read(mp4: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "clip.mp4"
    content = bytearray(mp4.read_bytes())
    content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
    damaged.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        list(read_video(damaged))
    with pytest.raises(InputError, match="damaged"):
        list(read_from(damaged, 0, N, 5))
