"""The methods that need nothing but OpenCV: pure functions of a picture, its persons and a random generator.

Blur, pixelate and silhouette promise, for every picture and all persons:

- outside the areas of `regions.find` the result is bit-equal to the picture;
- inside, up to the picture's border, every pixel differs from the original in at least one channel, so that
  coverage can be proved afterwards by comparing pixels;
- gray stays gray; size and type stay; the picture is not changed in place; the same generator state gives the
  same result, in whichever order the persons come;
- every area is made from the original picture, never from another covered area; where areas overlap, that of
  the person with the longest long side is on top, which is the strongest where strength is relative.

Relative strengths refer to the long side of the *person's* box, for the region `face` too: a head is treated
as it is when the whole body is covered, so the two regions differ in where they cover and in nothing else, and
a person whose face is lost for a frame does not change strength.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from anonlab.errors import InputError
from anonlab.methods.covering import blurred, cover, pixelated
from anonlab.methods.regions import Area
from anonlab.models.contracts import Image, Persons

SIGMA_FRAC: Final = 0.01
CELLS: Final = 24
LEVEL: Final = 128
QUALITY: Final = 90


def original(
    image: Image, persons: Persons, rng: np.random.Generator, *, region: str = "body", grow_frac: float = 0.0
) -> Image:
    """A copy of the picture as it is."""
    del persons, rng, region, grow_frac
    return image.copy()


def blur(
    image: Image,
    persons: Persons,
    rng: np.random.Generator,
    *,
    region: str = "body",
    grow_frac: float = 0.0,
    sigma_frac: float = SIGMA_FRAC,
    sigma_px: float | None = None,
) -> Image:
    """Blur every person with a Gaussian.

    Args:
        image: (H, W, 3) uint8.
        persons: the persons in it.
        rng: hides which pixels had to be moved off their original value (`filters.unlike`).
        region: `body` or `face`.
        grow_frac: by how much the region is grown, as a share of the person's long side.
        sigma_frac: standard deviation as a share of the person's long side; never below `MIN_SIGMA_PX`.
        sigma_px: standard deviation in pixels; replaces `sigma_frac`.

    Raises:
        InputError: the picture is not (H, W, 3) uint8 or the masks are of another size.
    """

    def fill(area: Area) -> Image:
        return blurred(image, area, sigma_px or sigma_frac * area.long_side_px)

    return cover(image, persons, rng, region, grow_frac, fill)


def pixelate(
    image: Image,
    persons: Persons,
    rng: np.random.Generator,
    *,
    region: str = "body",
    grow_frac: float = 0.0,
    cells: int = CELLS,
    block_px: int | None = None,
) -> Image:
    """Replace every person by square blocks, each the mean of the picture below it; arguments as in `blur`.

    The grid starts at the corner of the person's box, so it moves with the person and not with the picture. A
    block that the picture's border cuts is the mean of what there is of it.

    Args:
        cells: blocks along the person's long side at most; a block is a whole number of pixels, rounded up,
            never below `MIN_BLOCK_PX`.
        block_px: side of a block in pixels; replaces `cells`.
    """

    def fill(area: Area) -> Image:
        return pixelated(image, area, block_px or math.ceil(area.long_side_px / cells))

    return cover(image, persons, rng, region, grow_frac, fill)


def silhouette(
    image: Image,
    persons: Persons,
    rng: np.random.Generator,
    *,
    region: str = "body",
    grow_frac: float = 0.0,
    level: int = LEVEL,
) -> Image:
    """Fill every person with one gray; arguments as in `blur`.

    Gray and not a colour, so that a grayscale picture stays one.

    Args:
        level: 0 (black) to 255 (white).
    """

    def fill(area: Area) -> Image:
        return np.full((*area.mask.shape, 3), level, np.uint8)

    return cover(image, persons, rng, region, grow_frac, fill)


def reencode(
    image: Image,
    persons: Persons,
    rng: np.random.Generator,
    *,
    region: str = "body",
    grow_frac: float = 0.0,
    quality: int = QUALITY,
) -> Image:
    """The whole picture through JPEG and back: the noise floor of every metric, and no anonymization.

    Args:
        quality: 1 to 100, with colour at half the resolution (4:2:0) as cameras and tools write it.

    Raises:
        InputError: a side is longer than JPEG allows.
    """
    del persons, rng, region, grow_frac
    if max(image.shape) > 65_500:
        raise InputError(
            f"reencode: JPEG holds 65,500 px a side, the picture has {max(image.shape)}; scale it"
        )
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
