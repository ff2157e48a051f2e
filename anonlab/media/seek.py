"""Some frames of a clip, without decoding all that lie before and between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
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

    Where the container does not say when each of its `n_frames` frames is shown, all of them are decoded.
    """
    ticks, keys = _places(path) if first or every > 1 else ([], [])
    if len(ticks) != n_frames or len(set(ticks)) != n_frames:
        yield from islice(read_video(path), first, None, every)
        return
    place = first
    try:
        for image in _after_seeks(path, ticks, keys, first, every):
            yield image
            place += every
    except (InputError, av.FFmpegError, LookupError):
        yield from islice(read_video(path), place, None, every)


def _places(path: Path) -> tuple[list[int], list[int]]:
    """When each frame is shown, in their order, and the numbers of keyframes; none where that cannot be told."""
    with _opened(path) as (container, stream):
        if stream.codec_context.name not in _SEEKABLE:
            return [], []
        packets = [(packet.pts, packet.is_keyframe) for packet in container.demux(stream) if packet.size]
    shown = sorted((pts, is_key) for pts, is_key in packets if pts is not None)
    if len(shown) < len(packets):
        return [], []
    return [pts for pts, _ in shown], [place for place, (_, is_key) in enumerate(shown) if is_key]


def _after_seeks(
    path: Path, ticks: Sequence[int], keys: Sequence[int], first: int, every: int
) -> Iterator[Image]:
    """The wanted frames; each is decoded from the keyframe before it, or from the one wanted before, on."""
    with _opened(path) as (container, stream):
        converter, turn = VideoReformatter(), None
        place = first
        while place < len(ticks):
            container.seek(ticks[place], stream=stream, backward=True)
            key = bisect_right(keys, place)
            end = keys[key] if key < len(keys) else len(ticks)  # from there on, another keyframe is nearer
            for frame in _decoded(path, container, stream):
                turn = turn or _rotation(frame)
                shown = bisect_left(ticks, frame.pts if frame.pts is not None else -1)
                if shown > place or ticks[shown] != frame.pts:
                    raise LookupError("a frame that no packet announced, or one that was passed over")
                if shown == place:
                    yield _image(path, converter, frame, turn)
                    place += every
                    if place >= end:
                        break
            else:
                raise LookupError("fewer frames than packets")
