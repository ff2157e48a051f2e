"""The anonymization methods, and what an entry of `kinds` in params.yaml means."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from anonlab.errors import ParameterError
from anonlab.methods import regions
from anonlab.methods.covering import MIN_BLOCK_PX, MIN_SIGMA_PX
from anonlab.methods.plain import (
    CELLS,
    LEVEL,
    QUALITY,
    SIGMA_FRAC,
    blur,
    original,
    pixelate,
    reencode,
    silhouette,
)
from anonlab.methods.settings import Option, Strength, check_known, check_value
from anonlab.models.contracts import Image, Persons
from anonlab.veil import Veil

Anonymizer = Callable[[Image, Persons, np.random.Generator], Image]


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
        borrows: what is covered may be filled with pixels from elsewhere in the footage, or from around, so nothing of
            it is published (`publish`); False where a method is known not to.
        posed_by: start of the names of the pose networks whose points it draws people from; empty for none.
    """

    function: Callable[..., Any]
    strengths: Mapping[str, Strength]
    of_items: bool = False
    options: Mapping[str, Option] = field(default_factory=dict)
    borrows: bool = True
    posed_by: str = ""


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
        borrows=False,
    ),
    "pixelate": Method(
        pixelate,
        {
            "cells": Strength(1, whole=True, default=CELLS),
            "block_px": Strength(MIN_BLOCK_PX, whole=True),
        },
        borrows=False,
    ),
    "silhouette": Method(silhouette, {"level": Strength(0, 255, whole=True, default=LEVEL)}, borrows=False),
    "avatar": Method(avatar, {}, of_items=True, posed_by="blazepose"),
    "deepprivacy2": Method(deepprivacy2, {}, of_items=True, options=DEEPPRIVACY2),
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
    return _method(kind, settings).borrows


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
    return tuple(
        kind
        for kind, settings in kinds.items()
        if (drawn := _method(kind, settings).posed_by) and pose_model.startswith(drawn)
    )


def check_files(made: Any) -> None:
    """Raise a MissingModelError if an anonymizer needs a file that is not there; most need none."""
    if hasattr(made, "check_files"):
        made.check_files()


def on_gpu(made: Any) -> bool:
    """Whether an anonymizer works on a GPU of this machine; most have no network."""
    return bool(hasattr(made, "on_gpu") and made.on_gpu())


def fingerprint(kind: str, settings: Mapping[str, Any] | None) -> str:
    """What the results of an entry of `kinds` depend on beside settings and seed: a hash of the secret, or nothing."""
    method = _method(kind, settings)
    return str(method.function().fingerprint) if method.of_items else ""


def _method(kind: str, settings: Mapping[str, Any] | None) -> Method:
    return METHODS[str((settings or {}).get("method", kind))]


def _check_strength(where: str, method: str, given: Mapping[str, Any]) -> None:
    strengths, options = METHODS[method].strengths, METHODS[method].options
    possible: dict[str, Option] = {**strengths, **options}
    for name, value in given.items():
        check_known(where, f"parameter of {method}", name, possible)
        check_value(f"{where}.{name}", value, possible[name])
    if len(chosen := [name for name in given if name in strengths]) > 1:
        raise ParameterError(f"{where}: {' and '.join(chosen)} exclude each other; keep one of them")
