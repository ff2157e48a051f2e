"""Frames of a clip, one by one, as (H, W, 3) uint8 RGB.

Decoded by FFmpeg through PyAV, on one thread: the items of a stage run side by side. Only the first video stream
counts; sound, subtitles, data and cover art are left alone. Rotation flags are applied. Colours are converted by the
matrix and range that the clip is flagged with, without a flag by BT.601 and limited range, as FFmpeg and OpenCV do;
deep colours are rounded to 8 bits, interlaced frames stay as they are, and pixels count as square.
"""

from __future__ import annotations

import logging
from array import array
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from anonlab.errors import InputError
from anonlab.media.containers import is_cut_off
from anonlab.media.images import MAX_PIXELS, Image, check_size, is_gray, oriented

log = logging.getLogger(__name__)

DEFAULT_FPS: Final = Fraction(25)
"""For clips that tell no frame rate at all, such as those of a single frame."""

_INT32_MAX: Final = 2**31 - 1  # FFmpeg's fractions

# Only files that hold their pictures themselves: a playlist could name other files, or addresses on the network.
_DEMUXERS: Final = (
    *(
        "mov",
        "mp4",
        "matroska",
        "webm",
        "avi",
        "gif",
        "mpeg",
        "mpegts",
        "mpegvideo",
        "flv",
        "asf",
        "ogg",
        "mxf",
    ),
    *(
        "nut",
        "ivf",
        "yuv4mpegpipe",
        "dv",
        "rm",
        "wtv",
        "apng",
        "m4v",
        "h264",
        "hevc",
        "av1",
        "obu",
        "vc1",
        "mjpeg",
    ),
)
_OPTIONS: Final = {"format_whitelist": ",".join(_DEMUXERS), "protocol_whitelist": "file"}

# SWS_BILINEAR, and flags that PyAV names from version 18 on. SWS_ACCURATE_RND and SWS_BITEXACT: the same pixels on
# every processor. SWS_FULL_CHR_H_INT: full colour resolution between the samples of 4:2:0.
CONVERSION: Final = 2 | 0x40000 | 0x80000 | 0x2000

# Titles may be in any encoding; before version 19 PyAV stops at those that are no UTF-8.
_LENIENT: Final[dict[str, Any]] = (
    {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
)


Matrix = tuple[float, float, float, float]


@dataclass(frozen=True)
class VideoInfo:
    """What a clip holds, after decoding all of it.

    Attributes:
        width: pixels, upright.
        height: pixels, upright.
        fps: frames per second; the average where the rate varies.
        n_frames: frames that can be decoded, at least 1.
        gray: no frame has colour.
        constant: every frame is shown when `fps` says, to one tick of the container's clock.
    """

    width: int
    height: int
    fps: Fraction
    n_frames: int
    gray: bool
    constant: bool


def read_video(path: Path, every: int = 1) -> Generator[Image, None, None]:
    """Every `every`-th frame of the clip at `path`, from the first on, each (H, W, 3) uint8 RGB.

    Holds one frame in memory. The file is closed at the end, or with the generator.

    Raises:
        InputError: not a clip, or damaged; the message says after how many frames.
    """
    with _opened(path) as (container, stream):
        converter, turn = VideoReformatter(), None
        for index, frame in enumerate(_decoded(path, container, stream)):
            turn = turn or _rotation(frame)
            if index % every == 0:
                yield _image(path, converter, frame, turn)


def probe_video(path: Path, max_pixels: int | None = MAX_PIXELS) -> VideoInfo:
    """Decode the clip at `path` from end to end and say what it holds.

    Raises:
        InputError: not a clip, damaged, cut off, without a frame, or frames of more than `max_pixels`.
    """
    ticks, gray, known = array("q"), True, True
    with _opened(path, max_pixels) as (container, stream):
        check_size(path, stream.codec_context.width, stream.codec_context.height, max_pixels)
        converter, turn = VideoReformatter(), None
        for frame in _decoded(path, container, stream):
            turn = turn or _rotation(frame)
            gray = gray and (frame.format.name == "gray" or is_gray(_image(path, converter, frame, turn)))
            known = known and frame.pts is not None
            ticks.append(frame.pts or 0)
            size_wh = _upright_size(frame, turn)
        rates = (stream.average_rate, stream.base_rate, stream.guessed_rate)
        declared = [_fraction(rate) for rate in rates if rate]
        tick_s = _fraction(stream.time_base or Fraction(1))
    _check_whole(path, len(ticks))
    fps, constant = frame_rate(np.array(ticks if known else ticks[:1]), tick_s, declared)
    if not constant:
        log.warning("%s: the frame rate varies; its average of %.3f frames/s is used", path, fps)
    return VideoInfo(*size_wh, fps=fps, n_frames=len(ticks), gray=gray, constant=constant)


def _fraction(number: Fraction) -> Fraction:
    """Python's own fraction: PyAV's, from version 19 on, is another class and prints 25 as 25/1."""
    return Fraction(number.numerator, number.denominator)


def frame_rate(
    ticks: NDArray[np.int64], tick_s: Fraction, declared: Sequence[Fraction | None]
) -> tuple[Fraction, bool]:
    """Frames per second, and whether that is constant: no frame is more than one tick off.

    Args:
        ticks: (n_frames,) time of each frame; containers round it.
        tick_s: seconds per tick.
        declared: what the container says, most trusted first; it is right only if the frames obey it.
    """
    rates = [rate for rate in declared if rate]
    span_s = (int(ticks[-1]) - int(ticks[0])) * tick_s
    if span_s <= 0:
        return [*rates, DEFAULT_FPS][0], True
    for tolerance in (0.001, 1.001):
        for rate in rates:
            if _worst_deviation(ticks, 1 / (rate * tick_s)) <= tolerance:
                return rate, True
    exact = (len(ticks) - 1) / span_s
    measured = exact.limit_denominator(max(1, int(_INT32_MAX / max(1.0, float(exact)))))
    return measured, _worst_deviation(ticks, 1 / (measured * tick_s)) <= 1.001


def _worst_deviation(ticks: NDArray[np.int64], period: Fraction) -> float:
    """Largest distance, in ticks, between a frame and its place in an even row."""
    return float(np.abs(ticks - ticks[0] - np.arange(len(ticks)) * float(period)).max())


@contextmanager
def _opened(path: Path, max_pixels: int | None = None) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container at `path` and its first video stream, of which no frame of more than `max_pixels` is decoded."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    try:
        # an absolute path cannot be taken for an address, nor its first letter for an option
        container = av.open(str(path.absolute()), options=dict(_OPTIONS), **_LENIENT)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(_not_a_clip(path)) from error
    with container:
        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams or streams[0].codec_context is None:
            raise InputError(_not_a_clip(path))
        streams[0].codec_context.thread_count = 1
        if max_pixels is not None:  # a later frame may be larger than the first
            streams[0].codec_context.options = {"max_pixels": str(max_pixels)}
        yield container, streams[0]


def _not_a_clip(path: Path) -> str:
    if is_cut_off(path):
        return f"{path}: cut off before its end, 0 frames could be read; copy or record it again"
    return f"{path}: not a clip that can be read; export it as MP4, AVI, MKV, MOV or GIF (pictures go to images/)"


def _decoded(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames as FFmpeg gives them; stops with an error at the first that is damaged or of another size."""
    n_frames, size = 0, None
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise InputError(_damaged(path, n_frames))
            for frame in packet.decode():
                size = size or (frame.width, frame.height)
                if frame.is_corrupt or size != (frame.width, frame.height):
                    raise InputError(_damaged(path, n_frames))
                n_frames += 1
                yield frame
    except av.FFmpegError as error:
        raise InputError(_damaged(path, n_frames)) from error


def _damaged(path: Path, n_frames: int) -> str:
    return (
        f"{path}: cut off, damaged or of another size after {n_frames} frames that could be read; copy it again, or "
        f"export it anew as MP4"
    )


def _check_whole(path: Path, n_frames: int) -> None:
    if is_cut_off(path):
        raise InputError(
            f"{path}: cut off before its end, {n_frames} frames could be read; copy or record it again"
        )
    if n_frames == 0:
        raise InputError(f"{path}: a clip without a single frame; remove it or export it again")


def _image(path: Path, converter: VideoReformatter, frame: VideoFrame, turn: Matrix) -> Image:
    """A frame as (H, W, 3) uint8 RGB, upright."""
    try:
        rgb: NDArray[Any] = converter.reformat(
            frame, format="rgb24", interpolation=CONVERSION, threads=1
        ).to_ndarray()
    except (av.FFmpegError, ValueError) as error:
        raise InputError(
            f"{path}: colours of an unusual kind ({frame.format.name}); export it as MP4"
        ) from error
    return np.ascontiguousarray(oriented(rgb, turn))


def _rotation(frame: VideoFrame) -> Matrix:
    """The rotation flag as a matrix for `oriented`.

    To be asked of a clip's first frame only: a frame whose side data was looked at lives until the garbage collector
    comes by, and by then hundreds would.
    """
    side_data: Mapping[Any, Any] = frame.side_data  # PyAV's annotation lacks most of its keys
    stored = side_data.get(Type.DISPLAYMATRIX)
    if stored is None:
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(stored, np.int32)[:5].tolist()
    return a, b, c, d


def _upright_size(frame: VideoFrame, turn: Matrix) -> tuple[int, int]:
    """Width and height after rotation."""
    a, b, _, _ = turn
    return (frame.height, frame.width) if abs(b) > abs(a) else (frame.width, frame.height)
