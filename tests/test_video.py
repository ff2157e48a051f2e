"""Clips: every frame, at its rate, upright, in its colours; and nothing that is cut off passes for whole."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.errors import InputError
from anonlab.media import CAMERA, VideoWriter, video
from anonlab.media.containers import is_cut_off
from tests.files import cut, noise, smooth, write_clip

# name -> codec, pixel format, container, options for the muxer, largest mean error of `smooth`
CONTAINERS: dict[str, tuple[str, str, str, dict[str, str], float]] = {
    "mp4": ("libx264", "yuv420p", "mp4", {}, 3),
    "mp4, index first": ("libx264", "yuv420p", "mp4", {"movflags": "+faststart"}, 3),
    "mp4 in fragments": ("libx264", "yuv420p", "mp4", {"movflags": "+frag_keyframe+empty_moov"}, 3),
    "mov": ("mjpeg", "yuvj420p", "mov", {}, 4),
    "avi": ("mpeg4", "yuv420p", "avi", {}, 4),
    "mkv": ("ffv1", "bgr0", "matroska", {}, 0),
    "webm": ("libvpx-vp9", "yuv420p", "webm", {}, 6),
    "gif": ("gif", "rgb8", "gif", {}, 30),
    "ts": ("libx264", "yuv420p", "mpegts", {}, 3),
}
TELL_THEIR_LENGTH = [name for name in CONTAINERS if name != "ts"]
QUICK = {
    "libx264": {"preset": "ultrafast", "qp": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}
N_FRAMES = 12


def clip(path: Path, name: str, size: tuple[int, int] = (48, 64)) -> Path:
    codec, pixels, container, mux, _ = CONTAINERS[name]
    images = [smooth(*size, shift=4 * i) for i in range(N_FRAMES)]
    return write_clip(path, images, codec, pixels, container=container, mux=mux, options=QUICK.get(codec))


def error_of(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found.astype(int) - expected).mean())


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_frame_arrives_in_order(tmp_path: Path, name: str) -> None:
    frames = list(video.read_video(clip(tmp_path / "clip", name)))
    assert len(frames) == N_FRAMES
    for index, frame in enumerate(frames):
        assert error_of(frame, smooth(48, 64, shift=4 * index)) <= CONTAINERS[name][-1]
        assert error_of(frame, smooth(48, 64, shift=4 * index)) < error_of(
            frame, smooth(48, 64, shift=4 * index + 12)
        )


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_clip_tells_what_it_holds(tmp_path: Path, name: str) -> None:
    path = clip(tmp_path / "clip", name)
    assert video.probe_video(path) == video.VideoInfo(
        64, 48, Fraction(25), N_FRAMES, gray=False, constant=True
    )


@pytest.mark.parametrize("ending", [".txt", ".avi", ".jpg", ".m3u8", ""])
@pytest.mark.parametrize("name", ["mp4", "gif", "mkv"])
def test_the_ending_does_not_matter(tmp_path: Path, name: str, ending: str) -> None:
    path = clip(tmp_path / f"clip{ending}", name)
    assert video.probe_video(path).n_frames == N_FRAMES


@pytest.mark.parametrize(
    "name", ["with space", "-i", "qu'o\"te", "line\nbreak", "größe_人", "http:x", "%03d", "a|b"]
)
def test_names_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    clip(tmp_path / name, "mp4")
    monkeypatch.chdir(tmp_path)
    assert video.probe_video(Path(name)).n_frames == N_FRAMES


@pytest.mark.parametrize("size", [(1, 1), (17, 13), (35, 51)])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "bgr0", "yuv444p10le"])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int], pixels: str) -> None:
    path = write_clip(tmp_path / "a.mkv", [smooth(*size)] * 2, "ffv1", pixels)
    frames = list(video.read_video(path))
    assert [frame.shape for frame in frames] == [(*size, 3)] * 2
    assert error_of(frames[0], smooth(*size)) < 6


@pytest.mark.parametrize("every", [1, 3, 5, 100])
def test_every_nth_frame(tmp_path: Path, every: int) -> None:
    path = clip(tmp_path / "a.mkv", "mkv")
    frames = list(video.read_video(path, every))
    expected = [smooth(48, 64, shift=4 * i) for i in range(0, N_FRAMES, every)]
    np.testing.assert_array_equal(frames, expected)


def test_a_clip_of_one_frame(tmp_path: Path) -> None:
    info = video.probe_video(write_clip(tmp_path / "a.mp4", [smooth(48, 64)]))
    assert (info.n_frames, info.fps) == (1, 25)


RATES = [*map(Fraction, ("25", "30000/1001", "12.5", "50", "24000/1001", "15", "1/10"))]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("container", ["mp4", "matroska", "avi"])
@pytest.mark.parametrize("n_frames", [1, 40])
def test_constant_rates_are_exact(tmp_path: Path, fps: Fraction, container: str, n_frames: int) -> None:
    path = write_clip(tmp_path / "a", [smooth(16, 16)] * n_frames, "mpeg4", fps=fps, container=container)
    info = video.probe_video(path)
    assert (info.fps, info.constant) == (fps, True)


@pytest.mark.parametrize("centiseconds", [2, 7, 10, 100])
def test_delays_of_a_gif(tmp_path: Path, centiseconds: int) -> None:
    ticks = [i * centiseconds for i in range(9)]
    path = write_clip(tmp_path / "a.gif", [noise(8, 8, i) for i in range(9)], "gif", "rgb8", ticks=ticks)
    info = video.probe_video(path)
    assert (info.fps, info.n_frames, info.constant) == (Fraction(100, centiseconds), 9, True)


def test_a_varying_rate_is_averaged_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    images = [noise(8, 8, i) for i in range(5)]
    path = write_clip(tmp_path / "a.gif", images, "gif", "rgb8", ticks=[0, 10, 20, 90, 100])
    info = video.probe_video(path)
    assert (info.fps, info.n_frames, info.constant) == (4, 5, False)
    assert "rate varies" in caplog.text


any_rate = st.fractions(min_value=Fraction(1, 10), max_value=240, max_denominator=1001)


@given(
    any_rate,
    st.integers(2, 300),
    st.sampled_from([1000, 90_000]),
    st.sampled_from([np.floor, np.round, np.ceil]),
)
def test_a_rounded_clock_still_keeps_the_rate(
    fps: Fraction, n_frames: int, ticks_per_s: int, rounded: Callable[[Any], Any]
) -> None:
    ticks = rounded(np.arange(n_frames) * float(ticks_per_s / fps)).astype(np.int64)
    assert video.frame_rate(ticks, Fraction(1, ticks_per_s), [fps]) == (fps, True)


@given(any_rate, any_rate)
def test_a_declared_rate_that_the_frames_do_not_obey_is_ignored(true: Fraction, declared: Fraction) -> None:
    ticks = (np.arange(100) * float(90_000 / true)).astype(np.int64)
    found, constant = video.frame_rate(ticks, Fraction(1, 90_000), [declared])
    assert constant
    assert abs(found / true - 1) < Fraction(1, 1000)


@pytest.mark.parametrize("ticks", [[5], [5, 5]])
def test_without_any_rate_there_is_a_default(ticks: list[int]) -> None:
    found = video.frame_rate(np.array(ticks), Fraction(1, 100), [None, Fraction(0)])
    assert found == (video.DEFAULT_FPS, True)


def test_gray_is_exact_and_known_as_gray(tmp_path: Path) -> None:
    gray = np.dstack([noise(20, 30)[..., 0]] * 3)
    path = write_clip(tmp_path / "a.mkv", [gray] * 3, "ffv1", "gray")
    assert video.probe_video(path).gray
    np.testing.assert_array_equal(next(video.read_video(path)), gray)


def test_gray_in_a_coloured_codec_is_gray(tmp_path: Path) -> None:
    gray = np.dstack([smooth(48, 64)[..., 0]] * 3)
    assert video.probe_video(write_clip(tmp_path / "a.mp4", [gray] * 3)).gray


def test_gray_stays_exactly_gray_as_cameras_store_it(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", Fraction(25), (64, 48), CAMERA) as writer:
        for seed in range(5):
            writer.write(np.dstack([noise(48, 64, seed)[..., 0]] * 3))
    for image in video.read_video(writer.path):
        np.testing.assert_array_equal(image, image[..., [0, 0, 0]])


@pytest.mark.parametrize("where", [0, 5, 9])
def test_one_coloured_frame_makes_a_clip_coloured(tmp_path: Path, where: int) -> None:
    images = [np.full((48, 64, 3), 90, np.uint8) for _ in range(10)]
    images[where] = smooth(48, 64)
    assert not video.probe_video(write_clip(tmp_path / "a.mp4", images)).gray


def test_ten_bits_become_eight(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", [smooth(48, 64)], "ffv1", "gbrp10le")
    assert np.abs(next(video.read_video(path)).astype(int) - smooth(48, 64)).max() <= 1


MATRICES = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 2: (0.299, 0.114), 9: (0.2627, 0.0593)}


@pytest.mark.parametrize("flag", MATRICES)
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("pixels", ["yuv444p", "yuv420p"])
def test_colours_follow_the_flags(tmp_path: Path, flag: int, full_range: bool, pixels: str) -> None:
    fields = noise(4, 4).repeat(16, axis=0).repeat(16, axis=1)
    path = tmp_path / "a.mp4"
    write_planes(path, ycbcr(fields, *MATRICES[flag], full_range), pixels, flag, 2 if full_range else 1)
    centre = (slice(8, None, 16), slice(8, None, 16))
    difference = next(video.read_video(path))[centre].astype(int) - fields[centre]
    assert np.abs(difference).max() <= 2


def ycbcr(rgb: np.ndarray, red: float, blue: float, full_range: bool) -> np.ndarray:
    """Planes (3, H, W) uint8 by the definition in ITU-R BT.601, BT.709 and BT.2020."""
    r, g, b = rgb.transpose(2, 0, 1) / 255
    y = red * r + (1 - red - blue) * g + blue * b
    chroma = np.stack([(b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)])
    scaled = [255 * y[None], 128 + 255 * chroma] if full_range else [16 + 219 * y[None], 128 + 224 * chroma]
    return np.concatenate(scaled).round().clip(0, 255).astype(np.uint8)


def write_planes(path: Path, planes: np.ndarray, pixels: str, matrix: int, value_range: int) -> None:
    frame = av.VideoFrame(planes.shape[2], planes.shape[1], pixels)
    for index, (plane, values) in enumerate(zip(frame.planes, planes, strict=True)):
        step = 2 if index and pixels == "yuv420p" else 1
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, : plane.width] = values[::step, ::step]
        plane.update(rows.tobytes())
    frame.pts, frame.colorspace, frame.color_range = 0, matrix, value_range
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"qp": "0", "preset": "ultrafast"})
        stream.height, stream.width, stream.pix_fmt = *planes.shape[1:], pixels
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, value_range
        output.mux(stream.encode(frame))
        output.mux(stream.encode())


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
def test_rotation_flags_are_applied(tmp_path: Path, degrees: int, mirrored: bool, upside_down: bool) -> None:
    stored = smooth(32, 64)
    expected = np.rot90(stored, degrees // 90)
    expected = expected[:, ::-1] if mirrored else expected
    expected = expected[::-1] if upside_down else expected
    path = write_clip(tmp_path / "a.mp4", [stored], rotation=(degrees, mirrored, upside_down))
    (frame,) = video.read_video(path)
    assert error_of(frame, expected) < 3
    info = video.probe_video(path)
    assert (info.height, info.width) == expected.shape[:2]


def test_sound_and_cover_art_are_left_alone(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        cover = output.add_stream("mjpeg", rate=25)
        picture = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        sound = output.add_stream("aac", rate=8000)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        output.mux(cover.encode(av.VideoFrame.from_ndarray(noise(16, 16))))
        output.mux(cover.encode())
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(smooth(48, 64))
            frame.pts = index
            output.mux(picture.encode(frame))
        output.mux(picture.encode())
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), format="fltp", layout="mono")
        samples.sample_rate, samples.pts = 8000, 0
        output.mux(sound.encode(samples))
        output.mux(sound.encode())
    info = video.probe_video(tmp_path / "a.mp4")
    assert (info.width, info.height, info.n_frames) == (64, 48, 3)


def test_titles_in_another_encoding_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as output:
        output.metadata["title"] = "Umlaute"
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        output.mux(stream.encode(av.VideoFrame.from_ndarray(smooth(48, 64))))
        output.mux(stream.encode())
    path.write_bytes(path.read_bytes().replace(b"Umlaute", b"\xe4\xf6\xfc\xc4\xd6\xdc\xff"))
    assert video.probe_video(path).n_frames == 1


def test_sound_alone_is_no_clip(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        sound = output.add_stream("aac", rate=8000)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), format="fltp", layout="mono")
        samples.sample_rate, samples.pts = 8000, 0
        output.mux(sound.encode(samples))
        output.mux(sound.encode())
    with pytest.raises(InputError, match="not a clip"):
        video.probe_video(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", TELL_THEIR_LENGTH)
def test_a_whole_file_is_not_cut_off(tmp_path: Path, name: str) -> None:
    path = clip(tmp_path / "clip", name)
    assert not is_cut_off(path)
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    assert not is_cut_off(path)


@pytest.mark.parametrize("name", TELL_THEIR_LENGTH)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_is_an_error_that_counts_its_frames(tmp_path: Path, name: str, share: float) -> None:
    path = cut(clip(tmp_path / "whole.clip", name), share, tmp_path / "part.clip")
    with pytest.raises(InputError, match=r"part\.clip: cut off.* \d+ frames") as caught:
        video.probe_video(path)
    assert "copy" in str(caught.value)


def test_the_frames_before_the_cut_are_counted(tmp_path: Path) -> None:
    path = cut(clip(tmp_path / "a.gif", "gif"), 0.5)
    with pytest.raises(InputError) as caught:
        video.probe_video(path)
    n_frames = int(str(caught.value).split(" frames")[0].rsplit(" ", 1)[1])
    assert 4 <= n_frames <= 8


def test_a_cut_in_the_middle_of_reading_is_an_error(tmp_path: Path) -> None:
    path = cut(clip(tmp_path / "a.mp4", "mp4, index first"), 0.7)
    with pytest.raises(InputError, match=r"a\.mp4: cut off"):
        list(video.read_video(path))


def test_a_clip_without_frames_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a" + b"\x08\0\x08\0\0\0\0" + b";")
    with pytest.raises(InputError, match=r"a\.gif: "):
        video.probe_video(tmp_path / "a.gif")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"only text\n",
        b"#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile other.mp4\n",
    ],
)
@pytest.mark.parametrize("ending", [".mp4", ".txt", ".m3u8"])
def test_what_is_no_clip_is_refused_and_names_no_other_file(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    clip(tmp_path / "other.mp4", "mp4")
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"not a clip.*export it as MP4"):
        video.probe_video(path)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tiff", ".bmp", ".webp"])
def test_a_picture_is_no_clip(tmp_path: Path, ending: str) -> None:
    assert cv2.imwrite(str(tmp_path / f"a{ending}"), noise(16, 16))
    with pytest.raises(InputError, match="images/"):
        video.probe_video(tmp_path / f"a{ending}")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "a.mp4", tmp_path):
        with pytest.raises(InputError, match=f"{path}: there is no such file"):
            video.probe_video(path)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"GIF89a", b"\x1a\x45\xdf\xa3", b"\0\0\0\x20ftypisom", b"RIFF"]),
)
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_a_clip_or_an_error(tmp_path_factory: Any, data: bytes, head: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.mp4"
    path.write_bytes(head + data)
    try:
        assert video.probe_video(path).n_frames > 0
    except InputError:
        return


def test_too_many_pixels_are_refused(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", "mp4")
    assert video.probe_video(path, max_pixels=64 * 48).width == 64
    with pytest.raises(InputError, match=r"64 x 48 pixels.*max_pixels"):
        video.probe_video(path, max_pixels=64 * 48 - 1)


def test_frames_of_another_size_are_an_error(tmp_path: Path) -> None:
    small, large = clip(tmp_path / "a.ts", "ts"), clip(tmp_path / "b.ts", "ts", size=(96, 128))
    (tmp_path / "both.ts").write_bytes(small.read_bytes() + large.read_bytes())
    with pytest.raises(InputError, match="another size after 12 frames"):
        video.probe_video(tmp_path / "both.ts")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files by /proc")
def test_a_reader_that_stops_early_closes_the_file(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", "mp4")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        frames = video.read_video(path)
        next(frames)
        frames.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_frames_kept_do_not_change(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", "mp4")
    kept = list(video.read_video(path))
    for frame, again in zip(kept, video.read_video(path), strict=True):
        np.testing.assert_array_equal(frame, again)
        assert frame.flags.c_contiguous


COPY = """
import sys
from fractions import Fraction
from pathlib import Path
from anonlab.media import video, writer
with writer.VideoWriter(Path(sys.argv[1] + ".copy.mp4"), Fraction(25), (112, 80)) as clip:
    for frame in video.read_video(Path(sys.argv[1])):
        clip.write(frame)
assert clip.n_frames == video.probe_video(Path(sys.argv[1])).n_frames
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="reads the peak of memory from /proc")
def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    peaks, moving = [], [smooth(80, 112, shift=i) for i in range(50)]
    for n_frames in (200, 2000):
        path = tmp_path / f"{n_frames}.mp4"
        write_clip(path, (moving[i % 50] for i in range(n_frames)), options={"preset": "ultrafast"})
        done = subprocess.run(
            [sys.executable, "-c", COPY, str(path)], capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="reads the use of memory from /proc")
def test_no_frame_waits_for_the_garbage_collector(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, (smooth(480, 640, shift=i) for i in range(60)), options={"preset": "ultrafast"})
    frames = video.read_video(path)
    for _ in range(5):
        n_bytes = next(frames).nbytes
    gc.disable()
    try:
        before = resident_bytes()
        for frame in frames:
            assert frame.nbytes == n_bytes
        assert resident_bytes() - before < 10 * n_bytes
    finally:
        gc.enable()


def resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
