"""Images and clips alike: a picture is a clip of one frame. The formats are in `images`, `video` and `writer`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from anonlab.errors import InputError
from anonlab.media.images import MAX_PIXELS, Image, is_gray, read_image, write_image, write_jpeg
from anonlab.media.seek import read_from
from anonlab.media.video import VideoInfo, probe_video, read_video
from anonlab.media.writer import CAMERA, LOSSLESS, PLAYABLE, Encoding, VideoWriter

__all__ = [
    "CAMERA",
    "IMAGE_SUFFIX",
    "MAX_PIXELS",
    "PLAYABLE",
    "VIDEO_SUFFIX",
    "VideoInfo",
    "VideoWriter",
    "fps",
    "is_gray",
    "probe_video",
    "read_every",
    "read_frames",
    "read_image",
    "read_video",
    "write_frames",
    "write_image",
    "write_jpeg",
]

IMAGE_SUFFIX: Final = ".png"
VIDEO_SUFFIX: Final = ".mp4"


def read_frames(path: Path, media: str, every: int = 1) -> Iterator[Image]:
    """Every `every`-th frame of an item of the manifest, one by one, each (H, W, 3) uint8 RGB.

    Its size was checked when the manifest was made.

    Args:
        path: the file.
        media: "image" (one frame) or "video".
        every: frames from one to the next; 1 = all.
    """
    return read_video(path, every) if media == "video" else iter([read_image(path, max_pixels=None)])


def read_every(path: Path, row: Mapping[str, Any], every: int, first: int = 0) -> Iterator[Image]:
    """Every `every`-th frame of an item from `first` on, each (H, W, 3) uint8 RGB, decoding few of those between.

    Args:
        path: the file.
        row: of the manifest.
    """
    if row["media"] == "video":
        return read_from(path, first, int(row["n_frames"]), every)
    return iter([read_image(path, max_pixels=None)][first:])


def write_frames(
    path: Path, images: Iterable[Image], row: Mapping[str, Any], encoding: Encoding = LOSSLESS
) -> None:
    """Write the frames of an item at once, an image losslessly and a clip as `encoding` says.

    The manifest's `row` says what they must be.

    Raises:
        InputError: the frames are not of the size or number that the row tells; then nothing is written.
    """
    if row["media"] == "image":
        (image,) = images
        write_image(path, image, gray=row["colour"] == "gray")
        return
    size_wh = int(row["width"]), int(row["height"])
    with VideoWriter(path, fps(row["fps"]), size_wh, encoding) as writer:
        for image in images:
            writer.write(image)
        if writer.n_frames != row["n_frames"]:
            raise InputError(
                f"{path}: {writer.n_frames} frames came, the manifest has {row['n_frames']}; run `dvc repro`"
            )


def fps(text: str) -> Fraction:
    """Frames per second from the manifest's text, such as "30000/1001"."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"a frame rate is a fraction such as 30000/1001, not {text!r}") from error
