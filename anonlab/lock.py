"""DVC's lock: DVC writes it in place, so that half of one is left where it is killed meanwhile."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from anonlab.paths import ROOT

log = logging.getLogger(__name__)

LOCK: Final = ROOT / "dvc.lock"


def mend(path: Path = LOCK) -> bool:
    """Remove a lock that DVC would refuse to read; whether it was one.

    The next run makes it anew: every stage runs again, and takes what it has computed from its store.
    """
    if not path.exists() or is_whole(path):
        return False
    path.unlink()
    log.warning(
        "%s was cut off when a run was killed; it is made anew, from results that are kept", path.name
    )
    return True


def is_whole(path: Path) -> bool:
    """Whether DVC can read the lock at `path`."""
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from voluptuous import Invalid

    try:
        COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (YAMLError, Invalid, UnicodeDecodeError):
        return False
    return True
