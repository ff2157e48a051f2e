"""Pictures and clips as other programs write them, for tests of the readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def noise(height: int, width: int, seed: int = 0) -> Image:
    """A picture in which every pixel is different."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(height: int, width: int, shift: int = 0) -> Image:
    """A picture that lossy codecs keep well: colours that change slowly."""
    y, x = np.mgrid[:height, :width]
    planes = (90 + 60 * np.sin((x + shift) / 15), 120 + 60 * np.cos(y / 15), 110 + 40 * np.sin((x + y) / 20))
    return np.stack(planes, axis=2).astype(np.uint8)


def write_clip(
    path: Path,
    images: Iterable[Image],
    codec: str = "libx264",
    pixels: str = "yuv420p",
    fps: Fraction = Fraction(25),
    container: str | None = None,
    options: Mapping[str, str] | None = None,
    mux: Mapping[str, str] | None = None,
    ticks: Sequence[int] | None = None,
    rotation: tuple[float, bool, bool] | None = None,
) -> Path:
    """Encode `images` to `path`; `ticks` are times in 1/100 s instead of an even rate."""
    tick_s = 1 / fps if ticks is None else Fraction(1, 100)
    with av.open(str(path), "w", format=container, options=dict(mux or {})) as output:
        stream = None
        for index, image in enumerate(images):
            if stream is None:
                stream = output.add_stream(codec, rate=fps, options=dict(options or {}))
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt, stream.codec_context.time_base = pixels, tick_s
                stream.bit_rate = 8_000_000  # mpeg4 and mjpeg else save too much
                if rotation:
                    stream.set_display_rotation(*rotation)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index if ticks is None else ticks[index], tick_s
            output.mux(stream.encode(frame))
        if stream is not None:
            output.mux(stream.encode())
    return path


def cut(path: Path, share: float, target: Path | None = None) -> Path:
    """The first `share` of a file's bytes, in place or as `target`."""
    data = path.read_bytes()
    target = target or path
    target.write_bytes(data[: int(len(data) * share)])
    return target
