"""What the parameters of a method may be, and the errors for those that are something else."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass

from anonlab.errors import ParameterError, suggestion


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


Option = Strength | tuple[str, ...] | type[bool]
"""A number, one of several names, or true or false."""


def check_value(where: str, value: object, option: Option) -> None:
    """Raise a ParameterError unless `value` is what `option` admits; `where` names it in the message."""
    if isinstance(option, tuple):
        check_known(where, "choice", value, option)
    elif not (option.admits(value) if isinstance(option, Strength) else isinstance(value, bool)):
        expected = option if isinstance(option, Strength) else "true or false"
        raise ParameterError(f"{where}: expected {expected}, got {value!r}")


def check_known(where: str, what: str, name: object, possible: Iterable[str]) -> None:
    """Raise a ParameterError unless `name` is one of the `possible` ones; `what` it is goes into the message."""
    choices = list(possible)
    if name not in choices:
        raise ParameterError(f"{where}: there is no {what} {name!r}; {suggestion(name, choices)}")
