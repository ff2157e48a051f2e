"""Pictures from and to files, as (H, W, 3) uint8 RGB.

Pillow reads: it goes by the content and never by the ending, tells the size before it decodes anything, applies the
EXIF orientation, and refuses files that end too early (OpenCV returns those half grey). OpenCV decodes what has 16
bits per channel, of which Pillow keeps only the upper eight, and writes, because it is the faster of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import ImageOps, UnidentifiedImageError

from anonlab.errors import InputError
from anonlab.files import replacing

Image = NDArray[np.uint8]

MAX_PIXELS: Final = 100_000_000
GRAY_TOLERANCE: Final = 8
"""Largest difference between the channels of a gray picture: lossy coding tints gray a little."""

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
pillow.init()  # without it, `open` knows fewer formats when it is told which to try
_ORIENTATION: Final = 0x0112
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_PNG_COMPRESSION: Final = 3


def read_image(path: Path, max_pixels: int | None = MAX_PIXELS) -> Image:
    """The picture at `path`: (H, W, 3) uint8 RGB, turned upright.

    PNG, JPEG, TIFF, BMP and WebP, whatever the name's ending. Transparency is dropped, colour profiles are not
    applied. 16 bits per channel become 8 by dropping the lowest bits of the smallest of 8, 10, 12, 14 and 16 that
    holds the picture's maximum, because cameras store 12 bits as the lower part of 16.

    Raises:
        InputError: not such a picture, cut off, more than `max_pixels` (None: any size), several pages, floating point.
    """
    with _opened(path) as picture:
        _check(path, picture, max_pixels)
        pixels = _deep_pixels(path, picture) if _bits(picture) > 8 else _pixels(picture)
    return np.ascontiguousarray(pixels)


def write_image(path: Path, image: Image, gray: bool = False) -> None:
    """Write `image` (H, W, 3) uint8 RGB to `path` as PNG, in one step and without metadata.

    Args:
        path: where to; folders are made.
        image: the picture.
        gray: store a single channel if all three are equal; it is read back as three.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise InputError(f"{path}: a picture is (H, W, 3) uint8, not {image.dtype} of shape {image.shape}")
    single = gray and is_gray(image, tolerance=0)
    stored = image[..., 0] if single else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION])
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def write_jpeg(path: Path, image: Image, quality: int = 92) -> None:
    """Write `image` (H, W, 3) uint8 RGB to `path` as JPEG, in one step and without metadata."""
    stored = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def is_gray(image: Image, tolerance: int = GRAY_TOLERANCE) -> bool:
    """True where no pixel's channels differ by more than `tolerance`, for `image` (H, W, 3) uint8."""
    sample = image[::16, ::16]  # shows most coloured pictures at a fraction of the cost
    return _spread(sample) <= tolerance and _spread(image) <= tolerance


def oriented(image: Image, matrix: tuple[float, float, float, float]) -> Image:
    """`image` (H, W, 3) turned and mirrored as `matrix` says, a multiple of a quarter turn.

    Args:
        image: the picture as stored.
        matrix: a, b, c, d with x' = a x + c y and y' = b x + d y (x right, y down): ISO/IEC 14496-12, 8.3.2.
    """
    a, b, c, d = matrix
    if abs(b) > abs(a):
        image, (a, d) = image.transpose(1, 0, 2), (c, b)
    return image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def check_size(path: Path, width: int, height: int, max_pixels: int | None) -> None:
    """Refuse a picture or clip that is too large to decode; with None, anything goes."""
    if max_pixels is not None and width * height > max_pixels:
        raise InputError(
            f"{path}: {width} x {height} pixels are more than dataset.max_pixels, {max_pixels}; raise that or make "
            f"the file smaller"
        )


def _spread(image: Image) -> int:
    """Largest difference between two channels of one pixel."""
    red, green, blue = (np.ascontiguousarray(image[..., i]) for i in range(3))
    return max(
        int(cv2.absdiff(one, other).max()) for one, other in ((red, green), (green, blue), (red, blue))
    )


@contextmanager
def _opened(path: Path) -> Iterator[pillow.Image]:
    """The picture at `path`, its header read and its pixels not yet."""
    try:
        with path.open("rb") as file, _no_size_limit(), pillow.open(file, formats=_FORMATS) as picture:
            yield picture
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file") from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path}: not a picture that can be read; save it as PNG, JPEG, TIFF, BMP or WebP with 8 or 16 bits "
            f"per channel (a clip belongs below videos/)"
        ) from error
    except Exception as error:  # what a decoder raises on a damaged file is anything
        raise InputError(f"{path}: damaged or cut off ({_line(error)}); export or copy it again") from error


@contextmanager
def _no_size_limit() -> Iterator[None]:
    """Turn off Pillow's own limit for a while: ours is a parameter, checked before anything is decoded."""
    limit, pillow.MAX_IMAGE_PIXELS = pillow.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        pillow.MAX_IMAGE_PIXELS = limit


def _check(path: Path, picture: pillow.Image, max_pixels: int | None) -> None:
    """Refuse what must not, or cannot, become one picture of 8-bit colours."""
    check_size(path, *picture.size, max_pixels)
    # the further pictures in a camera's JPEG are previews of the first
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise InputError(
            f"{path}: holds several pictures; put an animation into videos/ as GIF or MP4, split a multi-page file"
        )
    tags = getattr(picture, "tag_v2", {})
    if {2, 3} & set(tags.get(_SAMPLE_FORMAT, ())) or _bits(picture) not in (1, 2, 4, 8, 16):
        raise InputError(
            f"{path}: pixels are floating point, signed or of {_bits(picture)} bits, so that white is unknown; "
            f"convert it to 8 or 16 bits per channel"
        )
    if _bits(picture) == 16 and tags.get(_PHOTOMETRIC, 1) not in (1, 2):
        raise InputError(f"{path}: a 16-bit TIFF must be gray (0 = black) or RGB; convert it to PNG")


def _bits(picture: pillow.Image) -> int:
    """Bits per channel as stored."""
    if picture.format == "TIFF":
        return int(max(getattr(picture, "tag_v2", {}).get(_BITS_PER_SAMPLE, (1,))))
    return 16 if ";16" in str(getattr(picture, "tile", "")) else 8


def _pixels(picture: pillow.Image) -> NDArray[Any]:
    return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def _deep_pixels(path: Path, picture: pillow.Image) -> NDArray[Any]:
    orientation = picture.getexif().get(_ORIENTATION, 1)
    picture.load()  # raises where the file is cut off
    # reads the orientation of a TIFF, not that of a PNG
    stored = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None or stored.dtype != np.uint16:
        raise InputError(f"{path}: a 16-bit picture of an unusual kind; convert it to PNG")
    rgb = _scaled(_rgb(stored))
    return rgb if picture.format == "TIFF" else oriented(rgb, _EXIF.get(orientation, _UPRIGHT))


def _rgb(stored: NDArray[Any]) -> NDArray[np.uint16]:
    """OpenCV's gray, BGR or BGRA as RGB."""
    return np.dstack([stored] * 3) if stored.ndim == 2 else stored[..., 2::-1]


def _scaled(deep: NDArray[np.uint16]) -> Image:
    bits = next(bits for bits in (8, 10, 12, 14, 16) if deep.max() < 2**bits)
    return (deep >> (bits - 8)).astype(np.uint8)


def _line(error: Exception) -> str:
    """An error's message on one line."""
    return " ".join(str(error).split()) or type(error).__name__


_UPRIGHT: Final = (1, 0, 0, 1)
_EXIF: Final = {
    1: _UPRIGHT,
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
"""EXIF orientation as a matrix for `oriented` (EXIF 2.32, tag 0x0112)."""
