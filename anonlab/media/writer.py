"""Clips as H.264 in MP4: lossless in RGB (x264 at quantizer 0) for the study, as cameras store them, and for players.

Compared with FFV1 in Matroska, on real and noisy footage (one thread, 720p): 6 to 8 times as fast to write and read on
footage that had been compressed before, and a third of its size, because what stands still costs nothing; twice as fast
and a sixth larger on fresh camera noise. And Matroska rounds times to milliseconds, while MP4 keeps any rate exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from anonlab.errors import InputError, MissingModelError
from anonlab.files import replacing
from anonlab.media.images import Image
from anonlab.media.video import CONVERSION


@dataclass(frozen=True)
class Encoding:
    """How frames are stored: x264's variant, the layout of its pixels, keyframes (one in so many), and its options.

    One thread and no choice by processor: the same input gives the same bytes.
    """

    codec: str
    pixels: str
    keyframe_every: int
    options: Mapping[str, str]


_SAME_BYTES: Final = {"x264-params": "threads=1:cpu-independent=1"}
LOSSLESS: Final = Encoding("libx264rgb", "rgb24", 8, {"qp": "0", "preset": "ultrafast", **_SAME_BYTES})
"""Stages that look at every n-th frame decode few others; a clip is 1 % larger than with a keyframe in 50 on camera
noise, up to 30 % on footage that was compressed before."""
PLAYABLE: Final = Encoding("libx264", "yuv420p", 50, {"crf": "18", "preset": "medium", **_SAME_BYTES})
"""What every player and browser shows; sizes have to be even."""
CAMERA: Final = Encoding("libx264", "yuv420p", 25, {"crf": "23", "preset": "veryfast", **_SAME_BYTES})
"""About what a camera makes of what it sees: 1 to 3 KB a frame of 640 x 480. Lossless copies of it are written and read
three times as fast as of raw sensor noise, and take a fifth of the room. Sizes have to be even."""

_NO_SETTINGS: Final = "filter_units=remove_types=6"
"""Leaves out x264's message with its version and settings (H.264, 7.4.1: SEI is type 6)."""
_LIMIT: Final = 2**31


class VideoWriter:
    """Writes a clip, frame by frame, at a constant rate; one stream and no metadata.

    A context manager. The file appears under its name when the block ends, and only if it holds every frame; after an
    error nothing is left.

    Attributes:
        n_frames: frames written so far.
    """

    def __init__(
        self, path: Path, fps: Fraction, size_wh: tuple[int, int], encoding: Encoding = LOSSLESS
    ) -> None:
        if fps <= 0 or fps.numerator >= _LIMIT or fps.denominator >= _LIMIT:
            raise InputError(f"{path}: cannot write {fps} frames per second; use a fraction above 0")
        self.path, self.fps, self.size_wh, self.n_frames = path, fps, size_wh, 0
        self._encoding, self._converter = encoding, VideoReformatter()
        self._container: OutputContainer
        self._stream: VideoStream
        self._filter: BitStreamFilterContext | None = None

    def __enter__(self) -> VideoWriter:
        self._block: AbstractContextManager[None] = self._writing()
        self._block.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._block.__exit__(kind, error, trace)

    def write(self, image: Image) -> None:
        """Append one frame, (height, width, 3) uint8 RGB."""
        width, height = self.size_wh
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise InputError(
                f"{self.path}: a frame is ({height}, {width}, 3) uint8, not {image.dtype} of shape {image.shape}"
            )
        frame = self._converter.reformat(
            VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"),
            format=self._encoding.pixels,
            interpolation=CONVERSION,
            threads=1,
        )
        frame.pts, frame.time_base = self.n_frames, 1 / self.fps
        self._encode(frame)
        self.n_frames += 1

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with replacing(self.path) as temporary:
            with av.open(
                str(temporary.absolute()), "w", format="mp4", options={"fflags": "+bitexact"}
            ) as container:
                self._container, self._stream = container, self._new_stream(container)
                yield
                if self.n_frames == 0:
                    raise InputError(f"{self.path}: there was no frame to write")
                self._encode(None)
            self._check(temporary)

    def _new_stream(self, container: OutputContainer) -> VideoStream:
        try:
            stream = container.add_stream(
                self._encoding.codec, rate=self.fps, options=dict(self._encoding.options)
            )
        except (ValueError, av.FFmpegError) as error:
            raise MissingModelError(
                f"this build of PyAV lacks the encoder {self._encoding.codec}; install the wheel: "
                "pip install --force-reinstall av"
            ) from error
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = self.size_wh
        stream.pix_fmt = self._encoding.pixels
        context = stream.codec_context
        context.time_base, context.thread_count = 1 / self.fps, 1
        context.gop_size = self._encoding.keyframe_every
        context.flags |= Flags.bitexact
        return stream

    def _encode(self, frame: VideoFrame | None) -> None:
        """Encode a frame, or with None what is still waiting."""
        packets = self._stream.encode(frame)
        if packets and self._filter is None:
            self._filter = BitStreamFilterContext(_NO_SETTINGS, self._stream)
        for packet in packets:
            assert self._filter is not None
            self._container.mux(self._filter.filter(packet))

    def _check(self, temporary: Path) -> None:
        """Refuse to publish a file that does not hold what was written."""
        with av.open(str(temporary.absolute())) as container:
            stored = container.streams.video[0]
            n_packets = sum(packet.size > 0 for packet in container.demux(stored))
            found = (n_packets, stored.average_rate, stored.width, stored.height)
        if found != (self.n_frames, self.fps, *self.size_wh):
            raise InputError(
                f"{self.path}: {self.n_frames} frames at {self.fps}/s were written, {found[0]} at {found[1]}/s "
                f"arrived; is the disk full?"
            )
