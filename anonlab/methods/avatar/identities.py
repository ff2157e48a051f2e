"""Who the avatars are: drawn from a secret of which only a hash is published, never from the people they stand for.

The secret is made once per run, in `.secrets/`, which is not committed, so that a run that was interrupted goes on with
the same identities; at its end it is forgotten. Or it comes from an environment variable. Who knows it could draw the
same identities again and tell which avatars are one track, no more: nothing of a person goes into an identity.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from anonlab.paths import ROOT
from anonlab.synth import people

SECRET: Final = ROOT / ".secrets" / "avatar"
VARIABLE: Final = "ANONLAB_AVATAR_SECRET"
CAST: Final = 24
"""So many people there are in a run; making one takes about a second, so items share them."""


def secret(path: Path = SECRET) -> bytes:
    """The secret of this run; made at the first call if there is none."""
    given = os.environ.get(VARIABLE)
    return given.encode() if given else _kept(path)


@lru_cache  # nobody changes in the middle of a clip, whatever happens to the file
def _kept(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_bytes(secrets.token_bytes(32))
    with contextlib.suppress(FileExistsError):  # another process was faster: its secret holds
        path.hardlink_to(temporary)
    temporary.unlink()
    return path.read_bytes()


def forget(path: Path = SECRET) -> None:
    """Delete the secret: from now on avatars are others."""
    path.unlink(missing_ok=True)
    _kept.cache_clear()


def fingerprint(key: bytes) -> str:
    """What may be told of a secret: the same for the same secret, and no way back."""
    return hashlib.sha256(b"anonlab avatar" + hashlib.sha256(key).digest()).hexdigest()[:32]


def cast(key: bytes, item: str, tracks: Sequence[int]) -> dict[int, int]:
    """Number in the cast, 0 to CAST - 1, of every track of an item: no two alike while the cast suffices."""
    order = _generator(key, "item", item).permutation(CAST)
    return {track: int(order[place % CAST]) for place, track in enumerate(sorted(set(tracks)))}


@lru_cache(maxsize=CAST)
def person(key: bytes, number: int) -> people.Person:
    """One of the cast."""
    rng = _generator(key, "person", str(number))
    wear = "work" if rng.random() < 0.5 else "office"
    return people.person(people.identity(rng, people.Gear(wear=wear)))


def _generator(key: bytes, *what: str) -> np.random.Generator:
    digest = hashlib.sha256(key + "\0".join(what).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))
