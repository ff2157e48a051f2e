"""Change from frame to frame inside people's masks, on an anonymized clip and on its original.

A person who moves changes pixels on the original, too; so does sensor noise. What a method adds to that is seen in the
ratio of the two: 1 for a copy, below 1 for a blur, well above 1 where somebody looks different in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.models.contracts import Image

Mask = NDArray[np.bool_]


def change(before: Image, after: Image, inside: Mask) -> float:
    """Sum over the pixels `inside` (H, W) of the absolute difference of two pictures (H, W, 3), mean of the channels.

    >>> black = np.zeros((2, 2, 3), np.uint8)
    >>> change(black, black + np.uint8(4), np.eye(2, dtype=bool))
    8.0
    """
    return float(cv2.norm(before, after, cv2.NORM_L1, inside.view(np.uint8)) / 3)


@dataclass
class Counted:
    """What is summed up while the frames of a clip pass by.

    Attributes:
        n_pairs: neighbouring frames with a pixel that belongs to somebody in both.
        n_px: such pixels, over all pairs.
        sum_original, sum_anonymized: levels by which they change on either side.
    """

    n_pairs: int = 0
    n_px: int = 0
    sum_original: float = 0.0
    sum_anonymized: float = 0.0
    _last: tuple[Image, Image, Mask] | None = field(default=None, repr=False)

    def add(self, original: Image, anonymized: Image, people: Mask) -> None:
        """Count the next frame; people: (H, W), the pixels that belong to anybody."""
        last, self._last = self._last, (original, anonymized, people)
        if last is None or not (both := last[2] & people).any():
            return
        self.n_pairs += 1
        self.n_px += int(np.count_nonzero(both))
        self.sum_original += change(last[0], original, both)
        self.sum_anonymized += change(last[1], anonymized, both)

    def row(self, item: str) -> dict[str, Any]:
        """The row of TEMPORAL of this clip."""
        names = ("n_pairs", "n_px", "sum_original", "sum_anonymized")
        return {"item": item, **{name: getattr(self, name) for name in names}}
