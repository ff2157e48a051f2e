"""DVC's lock: DVC writes it in place, so that half of one is left where it is killed meanwhile."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from anonlab.paths import ROOT

log = logging.getLogger(__name__)

LOCK: Final = ROOT / "dvc.lock"


def mend(path: Path = LOCK) -> bool:
    """Put a lock aside that DVC would refuse to read; whether it was one.

    The next run makes it anew: every stage runs again, and takes what it has computed from its store.
    """
    if not path.exists() or is_whole(path):
        return False
    aside = path.replace(path.with_name(f"{path.name}.unreadable"))
    log.warning("%s was cut off, so it is now %s, and made anew from kept results", path.name, aside.name)
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
