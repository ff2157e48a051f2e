"""Masks: grown, and stored as COCO run lengths (column by column, the first run is background).

Source: the uncompressed `counts` of the COCO annotation format (Lin et al., *Microsoft COCO*, ECCV 2014).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from anonlab.errors import InputError


def encode(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Run lengths of `mask` (H, W) bool: (R,) int32, background and person in turn, adding up to H * W.

    >>> encode(np.array([[False, True], [True, True]])).tolist()
    [1, 3]
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise InputError(f"a mask is an (H, W) array of bool, not {mask.dtype} of shape {mask.shape}")
    pixels = mask.ravel(order="F")
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    runs = np.diff(changes, prepend=0, append=pixels.size)
    starts_in_person = bool(pixels[:1].any())
    return np.concatenate(([0] if starts_in_person else [], runs)).astype(np.int32)


def decode(rle: ArrayLike, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) bool whose run lengths are `rle`.

    Raises:
        InputError: the runs are negative or do not add up to height * width.
    """
    runs = np.asarray(rle, dtype=np.int64)
    if runs.ndim != 1 or (runs < 0).any() or runs.sum() != height * width:
        raise InputError(
            f"run lengths of a {width} x {height} mask are at least 0 and add up to {height * width}; "
            f"these add up to {runs.sum()}"
        )
    is_person = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(is_person, runs).reshape(width, height).T)


def grow(mask: NDArray[np.bool_], radius_px: float) -> NDArray[np.bool_]:
    """Every pixel at most `radius_px` from `mask` (H, W) bool, between pixel centres."""
    if not mask.any():
        return mask.copy()
    # a distance transform costs the same for every radius; dilation grows with its square
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= radius_px)
