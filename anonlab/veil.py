"""What may be shown of the footage where notebooks, figures and report are to be published.

No pixel that the anonymization left as it was gets out. Methods leave every pixel outside the persons bit-equal and
change every pixel inside, so comparing with the original tells which are which: somebody whom the detector missed is
left out as the background is. Where pixels far from everybody who was found differ, the two files were not decoded
alike, and nothing is shown. Nor does it hold for methods that fill what they cover with other parts of the footage:
somebody who was missed there may come back here, as a pixel that did change. Of them, and of kinds that anonymize
nothing, only what is drawn on top is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonlab.models.contracts import Image

Mask = NDArray[np.bool_]

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


NONE: Final = Veil()


def changed_only(image: Image, original: Image, people: Mask) -> Image:
    """`image` with every pixel that is as on the original replaced by grey; both (H, W, 3).

    All of it is grey if a pixel differs that is not near `people` (H, W).
    """
    changed = (image != original).any(axis=2)
    shown = changed & (not (changed & ~people).any())
    return np.where(shown[..., None], image, np.uint8(GREY))


def blank(image: Image) -> Image:
    """A grey picture of the size of `image`, for a pose without its person."""
    return np.full_like(image, GREY)
