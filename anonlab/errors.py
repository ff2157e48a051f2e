"""The errors that a user can act on: each says what was expected, what came and what to do."""

import difflib
import reprlib
from collections.abc import Iterable


class AnonlabError(Exception):
    """Base of every error that names its cause and the remedy; shown without a traceback."""


class InputError(AnonlabError, ValueError):
    """A file, folder or array that cannot be used as it is."""


class ParameterError(AnonlabError, ValueError):
    """A name or value in params.yaml, or in a call, that does not exist or makes no sense."""


class MissingModelError(AnonlabError):
    """A network, library or checkpoint that is not on this machine."""


class DiskFullError(AnonlabError):
    """There is no room left for what was to be written, or no more of it is allowed."""


_BRIEF = reprlib.Repr()
_BRIEF.maxlevel = 2


def brief(value: object) -> str:
    """A value for a message: a few lines of YAML can stand for more text than there is memory."""
    return repr(value) if isinstance(value, str) else _BRIEF.repr(value)


def suggestion(name: object, known: Iterable[str]) -> str:
    """What to write instead of an unknown `name`: the nearest known one, and all there are.

    >>> suggestion("blurr", ["blur", "pixelate"])
    "did you mean 'blur'? choose from: blur, pixelate"
    """
    names = list(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    return (f"did you mean {near[0]!r}? " if near else "") + f"choose from: {', '.join(names) or 'none yet'}"
