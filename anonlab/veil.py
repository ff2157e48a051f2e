"""What may be shown of the footage where notebooks, figures and report are to be published.

No pixel that the anonymization left as it was gets out. Methods leave every pixel outside the persons bit-equal and
change every pixel inside, so comparing with the original tells which are which without masks: somebody whom the
detector missed is left out as the background is. That does not hold for methods that fill what they cover with other
parts of the footage: somebody who was missed there may come back here, as a pixel that did change. Of them, and of
kinds that anonymize nothing, only what is drawn on top is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from anonlab.models.contracts import Image

GREY: Final = 216


@dataclass(frozen=True)
class Veil:
    """Lies over every picture of the footage that leaves the folder `data`.

    Attributes:
        publish: whether it hides anything; `publish` in params.yaml.
        safe: kinds of which the pixels that differ from the original may be shown; `methods.veil` knows them.
    """

    publish: bool = False
    safe: frozenset[str] = frozenset()

    def over(self, image: Image, kind: str, original: Callable[[], Image]) -> Image:
        """`image` (H, W, 3) of this kind without what may not be shown; `original` gives the frame as filmed."""
        if not self.publish:
            return image
        return changed_only(image, original()) if kind in self.safe else blank(image)


NONE: Final = Veil()


def changed_only(image: Image, original: Image) -> Image:
    """`image` with every pixel that is as on the original replaced by grey; both (H, W, 3)."""
    changed = (image != original).any(axis=2, keepdims=True)
    return np.where(changed, image, np.uint8(GREY))


def blank(image: Image) -> Image:
    """A grey picture of the size of `image`, for a pose without its person."""
    return np.full_like(image, GREY)
