"""DeepPrivacy2 as a method: what its networks make, and what becomes of those whom they leave as they were.

With its own detectors DeepPrivacy2 covers a person only whom both of them find alike, and nobody who is small; others
stay in the clear without a word. Here the pixels under the masks of the table `persons` are compared afterwards. Who is
still there is counted (`untouched`) and blurred (`fallback`), as is every single pixel under the masks that kept its
value; with `faithful` the picture stays as DeepPrivacy2 made it, and is only counted.

DeepPrivacy2 grows every mask by about 1.5 % of a person's height; outside of that nothing changes. A gray picture stays
gray: like its command line for gray images, by the luma of what was generated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.errors import ParameterError
from anonlab.methods import plain, regions
from anonlab.methods.clips import Clip, Frame, Result, single
from anonlab.methods.filters import differ
from anonlab.models.contracts import Image, Persons

FACES: Final = ("face", "deep_privacy1")
"""Configurations that replace faces only."""

MIN_CHANGED: Final = 0.5
"""Who keeps more than this share of the pixels counts as left alone."""


class Network(Protocol):
    """What is asked of `anonlab.models.deepprivacy2.DeepPrivacy2`."""

    def start(self, fps: float) -> None:
        """Begin a clip; above 0 frames per second persons are tracked."""

    def anonymize(self, image: Image, seed: int, truncation: float, multi_modal: bool) -> Image:
        """A picture through the library's own detectors."""

    def replace(
        self, image: Image, masks: NDArray[np.bool_], seeds: list[int], truncation: float, multi_modal: bool
    ) -> Image:
        """A picture with what is under the masks replaced."""


@dataclass(frozen=True)
class Generative:
    """The method for one entry of `kinds`; the defaults are those of the released command line and of the paper.

    Attributes:
        region: `body` or `face`, of the check afterwards; the configurations for faces always check faces.
        grow_frac: margin around masks that are blurred or given to the network (`masks`).
        config: of the library, or `masks` for our persons and tracks instead of its detectors.
        min_score: of the library's detectors.
        truncation: 0 makes everybody the mean person, 1 gives the whole variety.
        multi_modal_truncation: several mean persons instead of one.
        track: a person keeps the latent variable from frame to frame.
        faithful: leave in the clear whom DeepPrivacy2 leaves in the clear.
        network: the networks; None loads them when the first item comes.
    """

    region: str = "body"
    grow_frac: float = 0.0
    config: str = "FB_cse"
    min_score: float = 0.3
    truncation: float = 0.0
    multi_modal_truncation: bool = False
    track: bool = False
    faithful: bool = False
    network: Network | None = None

    def __post_init__(self) -> None:
        if self.config == "masks" and self.region != "body":
            raise ParameterError(
                "kinds: the configuration `masks` of deepprivacy2 replaces bodies; for faces use `face`, or set "
                "anonymize.region to body"
            )

    @property
    def fingerprint(self) -> str:
        """Nothing beside settings and seed decides who appears."""
        return ""

    def check_files(self) -> None:
        """Raise a MissingModelError if a checkpoint of the configuration is missing or another file."""
        from anonlab import models
        from anonlab.models import deepprivacy2

        models.check_files(deepprivacy2.needed(self.config))

    def on_gpu(self) -> bool:
        """Whether the networks work on a GPU of this machine."""
        from anonlab import models
        from anonlab.models import deepprivacy2

        return models.on_gpu(*deepprivacy2.needed(self.config))

    def __call__(self, image: Image, persons: Persons, rng: np.random.Generator) -> Image:
        """A single picture; see `clip`."""
        (result,) = self.clip(single(image, persons), rng)
        return result.image

    def clip(self, clip: Clip, rng: np.random.Generator) -> Iterator[Result]:
        """Anonymize an item frame by frame; `rng` gives the latent variables and the noise of the fallback."""
        network = self.network or self._load()
        network.start(clip.fps if self.track else 0.0)
        seed = int.from_bytes(rng.bytes(8), "big")
        for index, frame in enumerate(clip.frames()):
            made = as_gray(self._made(network, frame, seed, index), frame.image)
            yield self._completed(frame, made, rng)

    def _load(self) -> Network:
        from anonlab.models import deepprivacy2

        found: Network = deepprivacy2.load(self.config, self.min_score)
        return found

    def _made(self, network: Network, frame: Frame, seed: int, index: int) -> Image:
        how: dict[str, Any] = {"truncation": self.truncation, "multi_modal": self.multi_modal_truncation}
        if self.config != "masks":
            return network.anonymize(frame.image, latent(seed, "frame", index), **how)
        when = -1 if self.track else index
        seeds = [latent(seed, "person", int(track), when) for track in frame.tracks]
        return network.replace(frame.image, self._masks(frame.persons), seeds, **how)

    def _masks(self, persons: Persons) -> NDArray[np.bool_]:
        """The masks (N, H, W) with their margin."""
        alone = [
            regions.covered(persons.take([row]), self.region, self.grow_frac) for row in range(len(persons))
        ]
        return np.array(alone, bool).reshape(persons.masks.shape)

    def _completed(self, frame: Frame, made: Image, rng: np.random.Generator) -> Result:
        """The generated picture, with whom it leaves in the clear counted and, unless `faithful`, covered."""
        region = "face" if self.config in FACES else self.region
        changed = differ(frame.image, made)
        left = untouched(frame.persons, changed, region)
        counts = {"replaced": len(left) - int(left.sum()), "untouched": int(left.sum())}
        if self.faithful:
            return Result(frame, made, counts)
        clear = regions.covered(frame.persons.take(left), region, self.grow_frac)
        known = frame.persons.take(~left & _located(frame.persons, region))
        clear |= ~changed & regions.covered(known, region, 0.0)
        cover = plain.blur(frame.image, frame.persons, rng, region=region, grow_frac=self.grow_frac)
        covered = np.where(clear[..., None], cover, made)
        return Result(frame, covered, {**counts, "fallback": int(left.sum())})


def untouched(persons: Persons, changed: NDArray[np.bool_], region: str) -> NDArray[np.bool_]:
    """Who was left alone (N,), by the pixels `changed` (H, W).

    That is who keeps more than half of the region. If the region is the face and nobody knows where it is, any change
    on the body counts as its change: a small part of a body is all that can be asked.
    """
    located = _located(persons, region)
    needed = np.where(located, MIN_CHANGED, 0.0)
    shares = [
        _share(changed, regions.covered(persons.take([row]), region, 0.0)) for row in range(len(persons))
    ]
    return np.array(shares, float).reshape(len(persons)) <= needed


def as_gray(made: Image, original: Image) -> Image:
    """`made`, as its luma (ITU-R BT.601) where the original is gray everywhere."""
    if not _is_gray(original):
        return made
    return np.repeat(cv2.cvtColor(made, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def latent(*what: int | str) -> int:
    """A seed from 0 to 2^32 - 1 for what is named; not `hash`, which differs from run to run."""
    text = ":".join(map(str, what))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _located(persons: Persons, region: str) -> NDArray[np.bool_]:
    """Whose region is known (N,)."""
    if region == "body":
        return np.ones(len(persons), bool)
    return np.asarray(np.isfinite(persons.faces_xyxy).all(axis=1))


def _share(changed: NDArray[np.bool_], area: NDArray[np.bool_]) -> float:
    """Share of an area that changed; an area without a pixel cannot show anybody."""
    return float(changed[area].mean()) if area.any() else 1.0


def _is_gray(image: Image) -> bool:
    return bool((image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all())
