"""Models by the names that params.yaml uses; each adapter imports its library when it is loaded, not before."""

from __future__ import annotations

import functools
import importlib
from typing import Any

from anonlab.errors import ParameterError, suggestion

REGISTRY: dict[str, dict[str, str]] = {
    "persons": {"blazepose": "anonlab.models.blazepose:BlazePoseDetector"},
    "pose": {"blazepose": "anonlab.models.blazepose:BlazePoseEstimator"},
    "actions": {},
}
"""Role -> name in params.yaml -> "module:class". Adding a model is one file and one line here."""


@functools.lru_cache(maxsize=4)
def load(role: str, name: str) -> Any:
    """The model called `name` for `role`, constructed once per process.

    Raises:
        ParameterError: there is no such model; the message lists those there are.
        MissingModelError: its library or files are not on this machine; the message says how to get them.
    """
    check(role, name)
    module, _, attribute = REGISTRY[role][name].partition(":")
    return getattr(importlib.import_module(module), attribute)()


def check(role: str, name: str) -> None:
    """Raise a ParameterError if there is no model called `name` for `role`; loads nothing."""
    if name not in REGISTRY[role]:
        raise ParameterError(f"{role}: there is no model {name!r}; {suggestion(name, REGISTRY[role])}")
