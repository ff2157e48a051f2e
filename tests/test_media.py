"""Written media: bit for bit, frame for frame, nothing else in the file, and whole or not there at all."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab import media
from anonlab.errors import InputError
from tests.files import noise, smooth, write_clip

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
RATES = [
    Fraction(rate) for rate in ("25", "30000/1001", "25/2", "1/10", "100/7", "50/3", "120", "4995000/166667")
]


def write(path: Path, frames: list[np.ndarray], fps: Fraction = Fraction(25)) -> Path:
    with media.VideoWriter(path, fps, frames[0].shape[1::-1]) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def row(kind: str, **changes: object) -> dict[str, object]:
    return {"media": kind, "width": 30, "height": 20, "fps": "25", "n_frames": 3, "colour": "rgb"} | changes


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    n_frames=st.integers(1, 5),
    flat=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_every_pixel_of_every_frame_comes_back(
    tmp_path_factory: Any, size: tuple[int, int], n_frames: int, flat: bool, seed: int
) -> None:
    frames = [
        np.full((*size, 3), (seed, 255, 7 * i), np.uint8) if flat else noise(*size, seed + i)
        for i in range(n_frames)
    ]
    path = write(tmp_path_factory.mktemp("clip") / "a.mp4", frames)
    np.testing.assert_array_equal(list(media.read_video(path)), frames)


def test_every_colour_comes_back(tmp_path: Path) -> None:
    levels = np.arange(256, dtype=np.uint8)
    fixed = np.linspace(0, 255, 9).astype(np.uint8)
    frames = [np.stack(np.broadcast_arrays(levels[:, None], levels, blue), axis=2) for blue in fixed]
    path = write(tmp_path / "a.mp4", frames)
    np.testing.assert_array_equal(list(media.read_video(path)), frames)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("n_frames", [1, 2, 120])
def test_rate_and_count_are_exact(tmp_path: Path, fps: Fraction, n_frames: int) -> None:
    path = write(tmp_path / "a.mp4", [smooth(16, 16, shift=i) for i in range(n_frames)], fps)
    expected = media.VideoInfo(16, 16, fps, n_frames, gray=False, constant=True)
    assert media.probe_video(path) == expected


@pytest.mark.parametrize("fps", RATES)
def test_another_program_reads_the_same(tmp_path: Path, fps: Fraction) -> None:
    frames = [noise(16, 32, seed) for seed in range(3)]
    capture = cv2.VideoCapture(str(write(tmp_path / "a.mp4", frames, fps)))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(float(fps), rel=1e-6)
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 3
    for frame in frames:
        np.testing.assert_array_equal(capture.read()[1][..., ::-1], frame)
    assert not capture.read()[0]
    capture.release()


def test_a_clip_that_is_copied_stays_as_it_is(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "a.mp4", [smooth(48, 64, shift=i) for i in range(9)], fps=Fraction(30000, 1001)
    )
    info = media.probe_video(path)
    copy = write(tmp_path / "b.mp4", list(media.read_video(path)), info.fps)
    assert media.probe_video(copy) == info
    np.testing.assert_array_equal(list(media.read_video(copy)), list(media.read_video(path)))


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    frames = [smooth(72, 128, shift=i) for i in range(60)]
    first, second = write(tmp_path / "a.mp4", frames), write(tmp_path / "b.mp4", frames)
    assert first.read_bytes() == second.read_bytes()


def test_nothing_but_the_pictures_is_written(tmp_path: Path) -> None:
    path = write(tmp_path / "secret name.mp4", [noise(16, 16)])
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert set(container.metadata) == {"major_brand", "minor_version", "compatible_brands"}
        assert set(container.streams[0].metadata) <= {"language", "handler_name", "vendor_id"}
    assert not re.search(rb"x264|Lavf|Lavc|http|secret|creation", path.read_bytes())
    assert boxes(path.read_bytes())["mvhd"][4:12] == bytes(8)  # no time of creation or change


def boxes(data: bytes) -> dict[str, bytes]:
    """Content of each box of an MP4 that lies in `moov` or at the top, by type."""
    found, start = {}, 0
    while start < len(data):
        length, kind = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8].decode()
        found[kind] = data[start + 8 : start + length]
        start += length
    return found | (boxes(found["moov"]) if "moov" in found else {})


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def write_two_and_fail() -> None:
        with media.VideoWriter(tmp_path / "a.mp4", Fraction(25), (16, 16)) as writer:
            writer.write(noise(16, 16))
            writer.write(noise(16, 16))
            raise KeyError("in the middle")

    with pytest.raises(KeyError):
        write_two_and_fail()
    assert list(tmp_path.iterdir()) == []


def test_an_error_keeps_what_was_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [noise(16, 16)])
    before = path.read_bytes()
    with pytest.raises(InputError, match="4, 4, 3"):
        write(path, [noise(16, 16), noise(4, 4)])
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.mp4"]


def test_a_file_that_lacks_frames_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = media.VideoWriter(tmp_path / "a.mp4", Fraction(25), (16, 16))
    encode = writer._encode

    def lossy(frame: av.VideoFrame | None) -> None:
        if frame is None or frame.pts != 1:
            encode(frame)

    monkeypatch.setattr(writer, "_encode", lossy)

    def write_three() -> None:
        with writer:
            for seed in range(3):
                writer.write(noise(16, 16, seed))

    with pytest.raises(InputError, match=r"3 frames .* were written, 2 "):
        write_three()
    assert list(tmp_path.iterdir()) == []


def test_no_frame_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="no frame"),
        media.VideoWriter(tmp_path / "a.mp4", Fraction(25), (16, 16)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [Fraction(0), Fraction(-25), Fraction(2**31), Fraction(1, 2**31)])
def test_impossible_rates_are_refused(tmp_path: Path, fps: Fraction) -> None:
    with pytest.raises(InputError, match="frames per second"):
        media.VideoWriter(tmp_path / "a.mp4", fps, (16, 16))


@pytest.mark.parametrize("wrong", [noise(16, 17), noise(16, 16)[..., 0], noise(16, 16).astype(np.float32)])
def test_only_frames_of_the_clips_size_are_written(tmp_path: Path, wrong: np.ndarray) -> None:
    with (
        pytest.raises(InputError, match="uint8"),
        media.VideoWriter(tmp_path / "a.mp4", Fraction(25), (16, 16)) as writer,
    ):
        writer.write(wrong)


def test_frames_that_are_views_are_written_as_they_look(tmp_path: Path) -> None:
    large = noise(40, 50)
    path = write(tmp_path / "a.mp4", [large[::2, ::-2]])
    np.testing.assert_array_equal(next(media.read_video(path)), large[::2, ::-2])


def test_an_image_is_a_clip_of_one_frame(tmp_path: Path) -> None:
    media.write_frames(tmp_path / "a.png", [noise(20, 30)], row("image", fps="", n_frames=1))
    np.testing.assert_array_equal(
        list(media.read_frames(tmp_path / "a.png", "image", every=5)), [noise(20, 30)]
    )


def test_frames_of_a_clip(tmp_path: Path) -> None:
    frames = [noise(20, 30, seed) for seed in range(3)]
    media.write_frames(tmp_path / "a.mp4", iter(frames), row("video"))
    np.testing.assert_array_equal(list(media.read_frames(tmp_path / "a.mp4", "video")), frames)
    np.testing.assert_array_equal(list(media.read_frames(tmp_path / "a.mp4", "video", every=2)), frames[::2])


@pytest.mark.parametrize("n_frames", [2, 4])
def test_another_number_of_frames_than_the_manifests_is_not_written(tmp_path: Path, n_frames: int) -> None:
    with pytest.raises(InputError, match="3 frames came, the manifest has"):
        media.write_frames(tmp_path / "a.mp4", [noise(20, 30)] * 3, row("video", n_frames=n_frames))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "fast", "1/0"])
def test_a_rate_is_a_fraction(text: str) -> None:
    assert media.fps("30000/1001") == Fraction(30000, 1001)
    with pytest.raises(InputError, match="30000/1001"):
        media.fps(text)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real clips are not on this machine")
@pytest.mark.parametrize("name", ["worker_zone_from_above.gif", "two_faces.gif", "one_by_one.mp4"])
def test_real_clips_come_back(tmp_path: Path, name: str) -> None:
    path = REAL / "videos" / name
    frames = [frame for _, frame in zip(range(30), media.read_video(path), strict=False)]
    copy = write(tmp_path / "a.mp4", frames, Fraction(15))
    np.testing.assert_array_equal(list(media.read_video(copy)), frames)
    assert copy.stat().st_size < sum(frame.nbytes for frame in frames) / 2
