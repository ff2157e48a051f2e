"""Curves over time that start and stop gently: keys, and between them minimum jerk."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]


def ease(share: float) -> float:
    """The share of a movement that is done after a share of its time, with least jerk.

    Source: Flash and Hogan, *The coordination of arm movements*, J. Neurosci. 1985.

    >>> ease(0.0), ease(0.5), ease(1.0)
    (0.0, 0.5, 1.0)
    """
    s = min(max(share, 0.0), 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)


class Curve:
    """A value over time, a number or a vector; before the first key and after the last one it rests."""

    def __init__(self, start: ArrayLike) -> None:
        first = np.asarray(start, np.float64)
        self._times: list[float] = [-1e9]
        self._values: list[Values] = [first]
        self._jumps: set[int] = set()

    @property
    def last(self) -> Values:
        """The value of the last key."""
        return self._values[-1]

    def move(self, start: float, end: float, value: ArrayLike) -> None:
        """Rest until `start`, then be at `value` at `end`; the key before decides where it comes from.

        A start before the last key's time is set to that time: movements follow each other.
        """
        begin = max(start, self._times[-1])
        self._key(begin, self.last)
        self._key(max(end, begin + 1e-3), np.asarray(value, np.float64))

    def jump(self, time: float, value: ArrayLike) -> None:
        """Be at a value from a time on, without a movement; at the earliest from the last key's time on."""
        self._jumps.add(len(self._times))
        self._key(max(time, self._times[-1]), np.asarray(value, np.float64))

    @property
    def busy_until(self) -> float:
        """The time of the last key, seconds."""
        return self._times[-1]

    def at(self, time: float) -> Values:
        """The value at a time, seconds."""
        i = bisect_right(self._times, time) - 1
        if i < 0 or i >= len(self._times) - 1:
            return self._values[min(max(i, 0), len(self._values) - 1)]
        a, b = self._values[i], self._values[i + 1]
        if a is b or i + 1 in self._jumps:
            return a
        share = (time - self._times[i]) / (self._times[i + 1] - self._times[i])
        return a + (b - a) * ease(share)

    def _key(self, time: float, value: Values) -> None:
        self._times.append(time)
        self._values.append(value)


class Wander:
    """A slow, small, smooth wandering around 0: the sum of a few sines, as of a body that never stands still."""

    def __init__(
        self, rng: np.random.Generator, size: float, slowest: float = 7.0, fastest: float = 2.2
    ) -> None:
        self._omega = 2 * np.pi / rng.uniform(fastest, slowest, 4)
        self._phase = rng.uniform(0, 2 * np.pi, 4)
        self._size = size / np.sqrt(2.0)

    def at(self, time: float) -> float:
        """The deviation at a time; its standard deviation is the size."""
        return float(self._size * np.sin(self._omega * time + self._phase).mean() * 2.0)


def smoothed(values: Values, width: int) -> Values:
    """Samples (T,) or (T, d) averaged twice over a window of so many samples, the ends continued."""
    if width < 2:
        return values
    kernel = np.convolve(np.full(width, 1 / width), np.full(width, 1 / width))
    pad = len(kernel) // 2
    flat = np.atleast_2d(values.T)
    padded = np.pad(flat, ((0, 0), (pad, len(kernel) - 1 - pad)), mode="edge")
    out = np.stack([np.convolve(row, kernel, mode="valid") for row in padded])
    return out.T if values.ndim == 2 else out[0]
