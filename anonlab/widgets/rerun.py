"""Which stages would run again: DVC's word on what has changed, and all that follows from it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from anonlab.errors import AnonlabError
from anonlab.paths import ROOT


def stages(root: Path = ROOT) -> list[str]:
    """The stages that `dvc repro` would run now, in their order.

    Raises:
        AnonlabError: DVC cannot say; the message is its last line.
    """
    changed = [name for name in json.loads(_dvc(root, "status", "--json")) if not name.startswith("data/")]
    return following(changed, edges(_dvc(root, "dag", "--dot")))


def edges(dot: str) -> dict[str, list[str]]:
    """Stage -> stages that depend on it, from the text of `dvc dag --dot`.

    >>> edges('strict digraph {"a"; "b"; "a" -> "b";}')
    {'a': ['b']}
    """
    found: dict[str, list[str]] = {}
    for source, target in re.findall(r'"([^"]+)"\s*->\s*"([^"]+)"', dot):
        found.setdefault(source, []).append(target)
    return found


def following(changed: Iterable[str], dependents: Mapping[str, Iterable[str]]) -> list[str]:
    """`changed` and all that depends on it, directly or not, each after what it depends on.

    >>> following(["a"], {"a": ["c", "b"], "b": ["c"]})
    ['a', 'b', 'c']
    """
    order: list[str] = []

    def visit(stage: str) -> None:
        if stage not in order:
            for each in dependents.get(stage, ()):
                visit(each)
            order.insert(0, stage)

    for stage in changed:
        visit(stage)
    return order


def _dvc(root: Path, *arguments: str) -> str:
    """What a DVC command prints."""
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise AnonlabError(f"dvc {arguments[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout
