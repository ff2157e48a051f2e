"""Frames from the middle of a clip are the ones that reading from its start gives."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from anonlab.media import VideoWriter, read_video
from anonlab.media.seek import read_from

N = 130  # more than two keyframes of a written clip


def picture(frame: int) -> np.ndarray:
    image = np.full((48, 64, 3), 40, np.uint8)
    image[:, frame % 64] = (frame, 255 - frame, 128)
    return image


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    with VideoWriter(path, Fraction(30000, 1001), (64, 48)) as writer:
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
@pytest.mark.parametrize("every", [1, 5])
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
