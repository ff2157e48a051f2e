"""The errors that a user can act on: each says what was expected, what came and what to do."""


class AnonlabError(Exception):
    """Base of every error that names its cause and the remedy; shown without a traceback."""


class InputError(AnonlabError, ValueError):
    """A file, folder or array that cannot be used as it is."""


class ParameterError(AnonlabError, ValueError):
    """A name or value in params.yaml, or in a call, that does not exist or makes no sense."""


class MissingModelError(AnonlabError):
    """A network, library or checkpoint that is not on this machine."""
