"""Scenarios: what pictures and clips are grouped by, with the titles and the order of the figures.

The data folder may hold a `dataset.yaml`. Its lines are a scenario's folder and its title, in the order of the figures;
scenarios that it does not list follow, by name:

    scenarios:
      office: Office
      machine_2: Machine seen from above
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from anonlab.errors import InputError, brief, suggestion
from anonlab.files import refuse_outside, replacing

SETTINGS: Final = "dataset.yaml"


def titles(folder: Path, names: Collection[str]) -> dict[str, str]:
    """Title of each of the scenarios `names`, in the order of the figures, for the data set in `folder`.

    Raises:
        InputError: dataset.yaml is wrong, or lists a scenario that is not among `names`.
    """
    listed = _settings(folder / SETTINGS)
    _refuse_unknown(folder / SETTINGS, "scenario", listed, names)
    return listed | {name: _title(name) for name in sorted(names) if name not in listed}


def write(path: Path, titles: Mapping[str, str]) -> None:
    """Write names and titles to `path` as JSON, in their order."""
    rows = [{"name": name, "title": title} for name, title in titles.items()]
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, str]:
    """Title of each scenario, in the order of the figures, as `write` left them."""
    try:
        return {row["name"]: row["title"] for row in json.loads(path.read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"{path}: missing or damaged; delete it and run `dvc repro`") from error


def _title(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or name


def _settings(path: Path) -> dict[str, str]:
    """Section `scenarios` of dataset.yaml; empty where there is no such file."""
    if not os.path.lexists(path):
        return {}
    refuse_outside(path, path.parent)
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except Exception as error:  # what the constructors of YAML's types raise on wrong values is anything
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}); correct it") from error
    if not isinstance(content, dict) or not content:
        raise InputError(
            f"{path}: holds no section; write `scenarios:` and below it lines such as `office: Office`"
        )
    _refuse_unknown(
        path, "key", [key if isinstance(key, str) else brief(key) for key in content], ["scenarios"]
    )
    return _checked(path, content["scenarios"])


def _checked(path: Path, scenarios: object) -> dict[str, str]:
    if not isinstance(scenarios, dict):
        raise InputError(
            f"{path}: `scenarios` holds lines of a folder's name and its title, such as `office: Office`"
        )
    for name, title in scenarios.items():
        if not isinstance(name, str) or not isinstance(title, str) or not title.strip():
            raise InputError(
                f"{path}: scenarios: {brief(name)}: {brief(title)} must both be text; put them in quotes"
            )
    return {name: title.strip() for name, title in scenarios.items()}


def _refuse_unknown(path: Path, what: str, given: Iterable[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise InputError(f"{path}: there is no {what} {name!r}; {suggestion(name, sorted(known))}")
