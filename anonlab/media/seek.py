"""Frames from the middle of a clip, without decoding all that comes before them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import av
from av.video.reformatter import VideoReformatter

from anonlab.errors import InputError
from anonlab.media.images import Image
from anonlab.media.video import _decoded, _image, _opened, _rotation, read_video

_SEEKABLE: Final = ("h264", "hevc", "mpeg4", "vp8", "vp9", "av1", "mjpeg", "ffv1")
"""Codecs whose keyframes stand for themselves; a GIF's do not."""


def read_from(path: Path, first: int, n_frames: int, every: int = 1) -> Iterator[Image]:
    """Every `every`-th frame of a clip from `first` on, the same ones as `read_video` gives.

    Where the container does not say when each of its `n_frames` frames is shown, all before `first` are decoded.
    """
    ticks = _ticks(path) if first else []
    if len(ticks) != n_frames or len(set(ticks)) != n_frames:
        yield from islice(read_video(path), first, None, every)
        return
    place = first
    try:
        for place, image in _after_seek(path, ticks, first, every):
            yield image
            place += every
    except (InputError, av.FFmpegError, LookupError):
        yield from islice(read_video(path), place, None, every)


def _ticks(path: Path) -> list[int]:
    """When each frame is shown, in their order; none where that cannot be told or is of no use."""
    with _opened(path) as (container, stream):
        if stream.codec_context.name not in _SEEKABLE:
            return []
        packets = [packet.pts for packet in container.demux(stream) if packet.size]
    return [] if None in packets else sorted(pts for pts in packets if pts is not None)


def _after_seek(path: Path, ticks: list[int], first: int, every: int) -> Iterator[tuple[int, Image]]:
    """Number and picture of the wanted frames from the keyframe before `first` on."""
    with _opened(path) as (container, stream):
        container.seek(ticks[first], stream=stream, backward=True)
        converter, turn = VideoReformatter(), None
        for frame in _decoded(path, container, stream):
            turn = turn or _rotation(frame)
            place = bisect_left(ticks, frame.pts if frame.pts is not None else -1)
            if place >= len(ticks) or ticks[place] != frame.pts:
                raise LookupError("a frame that no packet announced")
            if place >= first and (place - first) % every == 0:
                yield place, _image(path, converter, frame, turn)
