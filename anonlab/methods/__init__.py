"""The anonymization methods: pure functions of a picture, its persons and a random generator.

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

import functools
import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from anonlab.errors import InputError, ParameterError, suggestion
from anonlab.methods import filters, regions
from anonlab.methods.regions import Area, Window
from anonlab.models.contracts import Image, Persons

Anonymizer = Callable[[Image, Persons, np.random.Generator], Image]

SIGMA_FRAC: Final = 0.015
CELLS: Final = 24
LEVEL: Final = 128
QUALITY: Final = 90

MIN_SIGMA_PX: Final = 1.0
"""The weakest blur, however small the person is: below it a Gaussian leaves a picture as it was."""

MIN_BLOCK_PX: Final = 2
"""The smallest block, however small the person is: blocks of 1 px are the original."""


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
        return _blurred(image, area, sigma_px or sigma_frac * area.long_side_px)

    return _cover(image, persons, rng, region, grow_frac, fill)


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
        return _pixelated(image, area, block_px or math.ceil(area.long_side_px / cells))

    return _cover(image, persons, rng, region, grow_frac, fill)


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

    return _cover(image, persons, rng, region, grow_frac, fill)


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


@dataclass(frozen=True)
class Strength:
    """What a strength parameter may be: a number from `low` to `high`, and its default if it has one."""

    low: float
    high: float = math.inf
    whole: bool = False
    above: bool = False  # `low` itself is excluded
    default: float | None = None

    def admits(self, value: object) -> bool:
        """Whether a value from params.yaml is such a number."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
            return False
        number = float(value)
        in_range = self.low <= number <= self.high and not (self.above and number == self.low)
        return in_range and (not self.whole or number.is_integer())

    def __str__(self) -> str:
        noun = "a whole number" if self.whole else "a number"
        if self.high < math.inf:
            return f"{noun} from {self.low:g} to {self.high:g}"
        return f"{noun} above {self.low:g}" if self.above else f"{noun} of at least {self.low:g}"


@dataclass(frozen=True)
class Method:
    """A function, and the strength parameters of which a kind may set one."""

    function: Callable[..., Image]
    strengths: Mapping[str, Strength]


METHODS: Final[dict[str, Method]] = {
    "original": Method(original, {}),
    "blur": Method(
        blur,
        {
            "sigma_frac": Strength(0, above=True, default=SIGMA_FRAC),
            "sigma_px": Strength(MIN_SIGMA_PX),
        },
    ),
    "pixelate": Method(
        pixelate,
        {
            "cells": Strength(1, whole=True, default=CELLS),
            "block_px": Strength(MIN_BLOCK_PX, whole=True),
        },
    ),
    "silhouette": Method(silhouette, {"level": Strength(0, 255, whole=True, default=LEVEL)}),
    "reencode": Method(reencode, {"quality": Strength(1, 100, whole=True, default=QUALITY)}),
}


def anonymizer(kind: str, settings: Mapping[str, Any] | None, region: str, grow_frac: float) -> Anonymizer:
    """The function that an entry of `kinds` in params.yaml stands for; it can be sent to another process.

    Args:
        kind: name of the entry; of a method too, unless `settings` name one under `method`.
        settings: the entry: at most one strength; the default where there is none.
        region: `body` or `face`.
        grow_frac: by how much the region is grown, as a share of the person's long side; at least 0.

    Raises:
        ParameterError: an unknown method, region or parameter, two strengths, or an impossible value.

    >>> anonymizer("blur_strong", {"method": "blur", "sigma_px": 20}, "body", 0.02).keywords["sigma_px"]
    20
    """
    where = f"kinds.{kind}"
    if not isinstance(settings, Mapping | None):
        raise ParameterError(f"{where}: expected parameters such as {{sigma_frac: 0.015}}, got {settings!r}")
    strength = dict(settings or {})
    name = strength.pop("method", kind)
    _check_known(where, "method", name, METHODS)
    if kind == "original" and name != "original":
        raise ParameterError(
            f"{where}: the original has no method, got {name!r}; give this kind another name"
        )
    _check_strength(where, name, strength)
    _check_known("anonymize.region", "region", region, regions.REGIONS)
    _check_value("anonymize.grow_frac", grow_frac, Strength(0))
    return functools.partial(METHODS[name].function, region=region, grow_frac=float(grow_frac), **strength)


def _check_strength(where: str, method: str, given: Mapping[str, Any]) -> None:
    possible = METHODS[method].strengths
    for name, value in given.items():
        _check_known(where, f"parameter of {method}", name, possible)
        _check_value(f"{where}.{name}", value, possible[name])
    if len(given) > 1:
        raise ParameterError(f"{where}: {' and '.join(given)} exclude each other; keep one of them")


def _check_value(where: str, value: object, strength: Strength) -> None:
    if not strength.admits(value):
        raise ParameterError(f"{where}: expected {strength}, got {value!r}")


def _check_known(where: str, what: str, name: object, possible: Iterable[str]) -> None:
    choices = list(possible)
    if name not in choices:
        raise ParameterError(f"{where}: there is no {what} {name!r}; {suggestion(name, choices)}")


def _blurred(image: Image, area: Area, sigma_px: float) -> Image:
    height, width = image.shape[:2]
    # Far beyond the picture's size a Gaussian is its mean, and a larger number only overflows.
    sigma_px = min(max(sigma_px, MIN_SIGMA_PX), 10 * max(height, width))
    around = area.window.grown(math.ceil(3 * sigma_px), height, width)
    return filters.gaussian(image[around.at], sigma_px)[area.window.inside(around)]


def _pixelated(image: Image, area: Area, block_px: int) -> Image:
    block_px = max(block_px, MIN_BLOCK_PX)
    x, y = (math.floor(edge) for edge in area.box_xyxy[:2])
    rows = filters.grid_lines(area.window.y0, area.window.y1, y, block_px, image.shape[0])
    columns = filters.grid_lines(area.window.x0, area.window.x1, x, block_px, image.shape[1])
    around = Window(rows[0], rows[-1], columns[0], columns[-1])
    return filters.blocks(image, rows, columns)[area.window.inside(around)]


def _cover(
    image: Image,
    persons: Persons,
    rng: np.random.Generator,
    region: str,
    grow_frac: float,
    fill: Callable[[Area], Image],
) -> Image:
    _check_picture(image, persons)
    result = image.copy()
    areas = regions.find(persons, region, grow_frac)
    if not areas:
        return result
    noise = np.frombuffer(rng.bytes(image[..., 0].size), np.uint8).reshape(image.shape[:2])
    for area in areas:
        unlike = filters.unlike(image[area.window.at], fill(area), noise[area.window.at])
        cv2.copyTo(unlike, area.mask.view(np.uint8), result[area.window.at])
    return result


def _check_picture(image: Image, persons: Persons) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"expected a picture (H, W, 3) of uint8, got {image.shape} of {image.dtype}")
    if persons.masks.shape[1:] != image.shape[:2]:
        raise InputError(
            f"the masks are {persons.masks.shape[1:]}, the picture is {image.shape[:2]}; scale the masks first"
        )
