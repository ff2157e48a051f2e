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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from anonlab.errors import InputError, ParameterError
from anonlab.methods import regions
from anonlab.methods.covering import MIN_BLOCK_PX, MIN_SIGMA_PX, blurred, cover, pixelated
from anonlab.methods.regions import Area
from anonlab.methods.settings import Option, Strength, check_known, check_value
from anonlab.models.contracts import Image, Persons
from anonlab.veil import Veil

Anonymizer = Callable[[Image, Persons, np.random.Generator], Image]

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


def avatar(*, region: str = "body", grow_frac: float = 0.0) -> Anonymizer:
    """The method that puts an artificial person in the place of every person: see `anonlab.methods.avatar`."""
    from anonlab.methods.avatar import Avatar  # bodies and networks are not for those who only blur

    return Avatar(region=region, grow_frac=grow_frac)


def deepprivacy2(*, region: str = "body", grow_frac: float = 0.0, **options: Any) -> Any:
    """The method that puts generated persons or faces in the place of real ones: see `methods.deepprivacy2`."""
    from anonlab.methods.deepprivacy2 import Generative

    return Generative(region=region, grow_frac=grow_frac, **options)


@dataclass(frozen=True)
class Method:
    """A function, and the strength parameters of which a kind may set one.

    Attributes:
        function: an anonymizer, or where `of_items` holds what makes one.
        strengths: by name.
        of_items: the anonymizer is an object that wants whole items (`clips.ClipMethod`).
        options: further settings, of which a kind may set any number.
        borrows: what is covered is filled with pixels from elsewhere in the footage, or from around.
    """

    function: Callable[..., Any]
    strengths: Mapping[str, Strength]
    of_items: bool = False
    options: Mapping[str, Option] = field(default_factory=dict)
    borrows: bool = False


DEEPPRIVACY2: Final[dict[str, Option]] = {
    "config": ("FB_cse", "FB_cse_mask_face", "face", "deep_privacy1", "masks"),
    "min_score": Strength(0, 1),
    "truncation": Strength(0, 1),
    "multi_modal_truncation": bool,
    "track": bool,
    "faithful": bool,
}

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
    "avatar": Method(avatar, {}, of_items=True, borrows=True),
    "deepprivacy2": Method(deepprivacy2, {}, of_items=True, options=DEEPPRIVACY2, borrows=True),
    "reencode": Method(reencode, {"quality": Strength(1, 100, whole=True, default=QUALITY)}),
}


def anonymizer(kind: str, settings: Mapping[str, Any] | None, region: str, grow_frac: float) -> Anonymizer:
    """The function that an entry of `kinds` in params.yaml stands for; it can be sent to another process.

    Args:
        kind: name of the entry; of a method too, unless `settings` name one under `method`.
        settings: the entry: at most one strength, and options; the defaults where there are none.
        region: `body` or `face`.
        grow_frac: by how much the region is grown, as a share of the person's long side; at least 0.

    Raises:
        ParameterError: an unknown method, region or parameter, two strengths, or an impossible value.

    >>> anonymizer("blur_strong", {"method": "blur", "sigma_px": 20}, "body", 0.02).keywords["sigma_px"]
    20
    """
    where = f"kinds.{kind}"
    if not isinstance(settings, Mapping | None):
        raise ParameterError(f"{where}: expected parameters such as {{sigma_frac: 0.01}}, got {settings!r}")
    strength = dict(settings or {})
    name = strength.pop("method", kind)
    check_known(where, "method", name, METHODS)
    if kind == "original" and name != "original":
        raise ParameterError(
            f"{where}: the original has no method, got {name!r}; give this kind another name"
        )
    _check_strength(where, name, strength)
    check_known("anonymize.region", "region", region, regions.REGIONS)
    check_value("anonymize.grow_frac", grow_frac, Strength(0))
    method = METHODS[name]
    if method.of_items:
        made: Anonymizer = method.function(region=region, grow_frac=float(grow_frac), **strength)
        return made
    return functools.partial(method.function, region=region, grow_frac=float(grow_frac), **strength)


def anonymizes(kind: str, settings: Mapping[str, Any] | None) -> bool:
    """Whether an entry of `kinds` covers anybody on purpose: the original and the noise floor do not."""
    return str((settings or {}).get("method", kind)) not in ("original", "reencode")


def borrows(kind: str, settings: Mapping[str, Any] | None) -> bool:
    """Whether what an entry of `kinds` changes may come from elsewhere in the footage, and so show who was missed."""
    return METHODS[str((settings or {}).get("method", kind))].borrows


def veil(publish: bool, kinds: Mapping[str, Any]) -> Veil:
    """What may be shown of these entries of `kinds` (kind -> settings) where `publish` is on."""
    return Veil(
        publish,
        frozenset(
            kind
            for kind, settings in kinds.items()
            if anonymizes(kind, settings) and not borrows(kind, settings)
        ),
    )


def circular(kinds: Mapping[str, Any], pose_model: str) -> tuple[str, ...]:
    """The entries of `kinds` that are drawn from what the pose network sees that measures them, called `pose_model`."""
    if not pose_model.startswith("blazepose"):  # avatars are posed by BlazePose's points
        return ()
    return tuple(kind for kind, settings in kinds.items() if (settings or {}).get("method", kind) == "avatar")


def check_files(made: Any) -> None:
    """Raise a MissingModelError if an anonymizer needs a file that is not there; most need none."""
    if hasattr(made, "check_files"):
        made.check_files()


def on_gpu(made: Any) -> bool:
    """Whether an anonymizer works on a GPU of this machine; most have no network."""
    return bool(hasattr(made, "on_gpu") and made.on_gpu())


def fingerprint(kind: str, settings: Mapping[str, Any] | None) -> str:
    """What the results of an entry of `kinds` depend on beside settings and seed: a hash of the secret, or nothing."""
    method = METHODS[str((settings or {}).get("method", kind))]
    return str(method.function().fingerprint) if method.of_items else ""


def _check_strength(where: str, method: str, given: Mapping[str, Any]) -> None:
    strengths, options = METHODS[method].strengths, METHODS[method].options
    possible: dict[str, Option] = {**strengths, **options}
    for name, value in given.items():
        check_known(where, f"parameter of {method}", name, possible)
        check_value(f"{where}.{name}", value, possible[name])
    if len(chosen := [name for name in given if name in strengths]) > 1:
        raise ParameterError(f"{where}: {' and '.join(chosen)} exclude each other; keep one of them")
