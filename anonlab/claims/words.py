"""The paper's vague words as numbers, and numbers as words. Chosen before any run was judged by them."""

from __future__ import annotations

from typing import Final

import numpy as np

from anonlab.claims.evidence import Estimate

NEAR: Final = 0.95
"""A share *near 100 %* is at least this."""

EVERY: Final = 0.995
"""*Every* leaves room for one in two hundred."""

NEARLY_ALL: Final = 0.9
ALMOST_NOBODY: Final = 0.1

FAR: Final = 2.0
"""*Far larger* is at least this many times as large."""

CLOSE: Final = 0.1
"""Two shares that are *close*, or a share that is *about* a number, differ by at most this."""

CHANGES: Final = 1.5
"""What *changes from frame to frame* does so at least this many times as much as the original."""

FAR_ABOVE: Final = 0.2
"""A share *far above* another exceeds it by at least this."""

FEW: Final = 0.1
"""*Very few* keypoints are at most this share of those on the original."""


def px(found: Estimate) -> str:
    """Pixels with their interval.

    >>> px(Estimate(-3.21, -5.0, -1.0, 9))
    '-3.2 px [-5.0, -1.0]'
    """
    return _with_interval(found, 1, 1, " px")


def percent(found: Estimate) -> str:
    """A share as percent with its interval.

    >>> percent(Estimate(0.5))
    '50 %'
    """
    return _with_interval(found, 100, 0, " %")


def points(found: Estimate) -> str:
    """A difference of shares in percentage points, with its interval."""
    return _with_interval(found, 100, 0, " points")


def times(found: Estimate) -> str:
    """A factor with its interval."""
    return _with_interval(found, 1, 2, " times")


def frames(found: Estimate) -> str:
    """A number of frames with its interval."""
    return _with_interval(found, 1, 0, " frames")


def _with_interval(found: Estimate, factor: float, digits: int, unit: str) -> str:
    if np.isnan(found.value):
        return "undefined"
    value, low, high = (
        f"{round(factor * each, digits) + 0.0:,.{digits}f}" for each in found[:3]
    )  # never "-0"
    return f"{value}{unit}" + ("" if np.isnan(found.low) else f" [{low}, {high}]")
