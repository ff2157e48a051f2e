"""params.yaml: read, checked against what the notebooks take, and changed without losing its comments."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from anonlab.errors import InputError, ParameterError, brief, suggestion
from anonlab.paths import ROOT

STAGES: Final = (
    "scenes",
    "dataset",
    "persons",
    "anonymize",
    "pose",
    "actions",
    "metrics",
    "figures",
    "claims",
    "report",
    "audit",
)
"""In the order of their numbers, which is the one in which they run, but that the report shows what the audit found.

Each is a notebook, a module and a section of params.yaml.
"""

APART: Final = {"training": "train_actions"}
"""Stages that run when asked for only, with their notebooks: what they make comes with the project."""

BRANCHED: Final = ("anonymize", "pose", "actions", "audit")
"""Those that run once per kind of media."""

SHARED: Final = ("seed", "publish", "engine", "kinds")
"""The sections that belong to no stage."""

PARAMS: Final = ROOT / "params.yaml"
PROFILES: Final = ROOT / "profiles"
KERNEL: Final = "python3"
"""The Jupyter kernel of whoever started the run."""


def load(path: Path = PARAMS) -> dict[str, Any]:
    """All parameters.

    Raises:
        InputError: the file is missing or not YAML; the message names the line.
        ParameterError: a section is unknown or missing, or `kinds` lacks the original.
    """
    try:
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except Exception as error:  # what the constructors of YAML's types raise on wrong values is anything
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(params, dict):
        raise InputError(
            f"{path}: expected sections such as `dataset:` and `pose:`, got {type(params).__name__}"
        )
    sections = (*SHARED, *STAGES, *APART)
    check_names("params.yaml", params, sections)
    if missing := [name for name in sections if name not in params]:
        raise ParameterError(f"params.yaml: section missing: {', '.join(missing)}")
    kinds = params["kinds"]
    if not isinstance(kinds, dict) or "original" not in kinds:
        raise ParameterError(
            "params.yaml: `kinds` has to list `original: {}` and the methods to compare it with"
        )
    _check_values(params)
    return params


def _check_values(params: Mapping[str, Any]) -> None:
    """What can be told of the sections without knowing the stages."""
    for kind in params["kinds"]:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", str(kind)):
            raise ParameterError(
                f"params.yaml: kinds: {brief(kind)} is no name; use letters, digits, _ and -"
            )
        if kind == "truth":  # has a place of its own in metrics.json
            raise ParameterError("params.yaml: kinds: no kind can be called truth; rename it")
    seed = params["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ParameterError(f"params.yaml: seed is {brief(seed)}; use a whole number, 0 or more")
    if not isinstance(params["publish"], bool):
        raise ParameterError(f"params.yaml: publish is {brief(params['publish'])}; use true or false")
    for name in (*STAGES, *APART, "engine"):
        if not isinstance(params[name], dict):
            raise ParameterError(
                f"params.yaml: {name}: expected `name: value` lines, got {brief(params[name])}"
            )


def for_notebook(stage: str, overrides: Mapping[str, Any], accepted: Mapping[str, Any]) -> dict[str, Any]:
    """The values to inject into the notebook of `stage`.

    Args:
        overrides: name -> value from the command line; `kind` also brings that kind's settings.
        accepted: name -> default of the notebook's parameters cell.

    Raises:
        ParameterError: a name that the notebook does not take, or a value of another type than its default.
    """
    params = load()
    section = params[stage]
    shared = {name: params[name] for name in ("seed", "publish", "kinds")}
    shared |= {name: params["dataset"].get(name, "") for name in ("folder", "source")}
    shared["pose_every"] = params["pose"].get("every", 5)
    shared |= {name: params[name] for name in ("pose", "audit")}
    reads_metrics = ("figures", "claims", "report", "audit")
    shared |= {name: value for name, value in params["metrics"].items() if stage in reads_metrics}
    shared |= {name: value for name, value in params["figures"].items() if stage == "report"}
    check_names("params.yaml: engine", params["engine"], ("workers", "kernels"))
    if "kind" in overrides:
        shared["settings"] = _kind_settings(params["kinds"], overrides["kind"])
    values = {name: value for name, value in shared.items() if name in accepted}
    check_names(f"params.yaml: {stage}", section, accepted)
    check_names(stage, overrides, accepted)
    values |= section
    values |= overrides
    for name, value in values.items():
        _check_type(f"{stage}.{name}" if name in section else name, value, accepted[name])
    return values


def kernel(stage: str, overrides: Mapping[str, Any]) -> str:
    """Name of the Jupyter kernel in which the notebook of `stage` runs, from `engine.kernels` in params.yaml.

    An entry is for a stage, or, as `stage@kind`, for one kind of media; the latter wins. Default: `python3`.

    Raises:
        ParameterError: an entry is for no stage or no kind, or names no kernel.
    """
    params = load()
    kernels = params["engine"].get("kernels") or {}
    if not isinstance(kernels, dict) or not all(isinstance(name, str) for name in kernels.values()):
        raise ParameterError(
            f"params.yaml: engine.kernels: expected `stage: kernel` or `stage@kind: kernel`, got {brief(kernels)}"
        )
    branches = [f"{branched}@{kind}" for branched in BRANCHED for kind in params["kinds"]]
    check_names("params.yaml: engine.kernels", kernels, (*STAGES, *APART, *branches))
    return str(kernels.get(f"{stage}@{overrides.get('kind')}", kernels.get(stage, KERNEL)))


def check_names(where: str, given: Iterable[str], accepted: Iterable[str]) -> None:
    """Raise a ParameterError for the first name that is not accepted, with the nearest one that is."""
    accepted = list(accepted)
    for name in given:
        if name not in accepted:
            raise ParameterError(f"{where}: unknown name {name!r}; {suggestion(name, accepted)}")


def parameters_cell(source: str) -> dict[str, Any]:
    """Name -> default of the assignments in a notebook's parameters cell."""
    defaults = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            defaults[node.target.id] = ast.literal_eval(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            defaults[node.targets[0].id] = ast.literal_eval(node.value)
    return defaults


def use_profile(name: str, path: Path = PARAMS, profiles: Path = PROFILES) -> None:
    """Write params.yaml anew as the profile called `name`, with all of its comments; the section `dataset` stays.

    Raises:
        ParameterError: there is no such profile; the message lists those there are.
    """
    check_names("profile", [name], sorted(each.stem for each in profiles.glob("*.yaml")))
    source = profiles / f"{name}.yaml"
    kept = _section(path, "dataset") if path.is_file() else None
    document = _editor().load(source.read_text(encoding="utf-8"))
    if kept is not None:
        document["dataset"] = kept
    _write(document, path)


def set_value(section: str, name: str, value: Any, path: Path = PARAMS) -> None:
    """Change one value of params.yaml and leave every comment and all the rest as they are."""
    document = _document(path)
    _section(path, section, document)[name] = value
    _write(document, path)


def _document(path: Path) -> Any:
    """params.yaml with its comments."""
    try:
        return _editor().load(path.read_text(encoding="utf-8"))
    except Exception as error:  # as in `load`
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error


def _section(path: Path, name: str, document: Any = None) -> Any:
    """A section of the document, by default of the one at `path`."""
    document = _document(path) if document is None else document
    if not isinstance(document, dict) or not isinstance(document.get(name), dict):
        raise InputError(f"{path}: has no section `{name}` of `name: value` lines; add it")
    return document[name]


def _editor() -> Any:
    """Reads and writes YAML with its comments."""
    from ruamel.yaml import YAML

    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 4096
    return editor


def _write(document: Any, path: Path) -> None:
    from anonlab.files import replacing

    with replacing(path) as temporary:
        _editor().dump(document, temporary)


def _kind_settings(kinds: Mapping[str, Any], kind: str) -> dict[str, Any]:
    check_names("kind", [kind], kinds)
    settings = kinds[kind] or {}
    if not isinstance(settings, dict):
        raise ParameterError(f"params.yaml: kinds.{kind}: expected `{{name: value}}`, got {brief(settings)}")
    return settings


def _check_type(name: str, value: Any, default: Any) -> None:
    """A value has the type of the default; whole numbers do for floats, but true is no number and NaN no value."""
    if default is None:
        return
    accepted = (int, float) if type(default) is float else (type(default),)
    wrong = not isinstance(value, accepted) or (isinstance(value, bool) and not isinstance(default, bool))
    if wrong or (isinstance(value, float) and not math.isfinite(value)):
        raise ParameterError(
            f"params.yaml: {name} is {brief(value)}; expected {type(default).__name__}, for example {default!r}"
        )
