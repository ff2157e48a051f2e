"""The pipeline's graph and the package's shape: what dvc.yaml says is what the code does."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest
import yaml

from anonlab import parameters, run
from anonlab.paths import ROOT

PLUMBING = {
    *(
        "__init__",
        "engine",
        "errors",
        "files",
        "imports",
        "items",
        "leases",
        "overview",
        "parameters",
        "paths",
        "progress",
        "schemas",
        "tables",
    ),
}
"""Modules that move, check or show data and cannot change a value."""

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def imports(path: Path) -> set[str]:
    """What a file imports of anonlab: modules and packages directly below it, and `models/contracts`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "anonlab":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "anonlab.models.contracts":
            found.add("models/contracts")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("anonlab."):
            found.add((node.module or "").split(".")[1])
    return {name for name in found if home(name).exists()}


def home(name: str) -> Path:
    package = ROOT / "anonlab" / name
    return package if package.is_dir() else ROOT / "anonlab" / f"{name}.py"


def closure(name: str, seen: set[str]) -> set[str]:
    """All that `name` needs, directly or not."""
    if name in seen or name in PLUMBING:
        return seen
    seen.add(name)
    path = home(name)
    for source in path.rglob("*.py") if path.is_dir() else [path]:
        for other in imports(source):
            closure(other, seen)
    return seen


@pytest.mark.parametrize("stage", parameters.STAGES)
def test_a_stage_depends_on_all_code_that_can_change_its_values(stage: str) -> None:
    entry = STAGES[stage].get("do", STAGES[stage])
    code = [each for each in entry["deps"] if each.startswith("anonlab/") and not each.endswith(".npz")]
    declared = {each[len("anonlab/") :].removesuffix(".py") for each in code}
    needed = closure(stage, set())
    if "models" in needed:
        needed.discard("models/contracts")
    if "gallery." in (ROOT / "notebooks" / f"{parameters.STAGES.index(stage):02d}_{stage}.ipynb").read_text():
        needed |= {"gallery", "veil"}  # what a notebook shows follows what may be shown
    assert declared == needed


@pytest.mark.parametrize("name", ["models", "methods", "media", "keypoints", "masks", "geometry", "tables"])
def test_what_lies_below_knows_no_stage(name: str) -> None:
    stages = set(parameters.STAGES)
    assert not closure(name, set()) & (stages - {name})


@pytest.mark.parametrize("name", ["metrics", "tables", "claims"])
def test_metrics_know_tables_and_no_models(name: str) -> None:
    path = home(name)
    for source in path.rglob("*.py") if path.is_dir() else [path]:
        assert not imports(source) & {"models", "models/contracts", "media", "methods"}


def test_stages_know_each_other_only_through_tables() -> None:
    for stage in parameters.STAGES:
        path = home(stage)
        for source in path.rglob("*.py") if path.is_dir() else [path]:
            others = set(parameters.STAGES) - {stage}
            if stage in ("figures", "claims", "audit"):
                others -= {
                    "metrics"
                }  # intervals of the bars of Figure 3, of the claims, and of what is found again
            if stage == "report":
                others -= {
                    "metrics",
                    "figures",
                }  # looks as the figures do, and draws one again to be published
            assert not imports(source) & others, source


def test_there_is_a_notebook_a_section_and_a_module_for_every_stage() -> None:
    params = yaml.safe_load(parameters.PARAMS.read_text())
    for number, stage in enumerate(parameters.STAGES):
        assert (ROOT / "notebooks" / f"{number:02d}_{stage}.ipynb").is_file()
        assert stage in params
        assert home(stage).exists()
        assert stage in STAGES


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs_and_tell_a_story(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count is None and not cell.outputs for cell in code)
    assert notebook.cells[0].cell_type == "markdown"
    assert "?" in notebook.cells[0].source
    assert not [
        node
        for cell in code
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.FunctionDef)
    ]


EXPLORERS = [path for path in NOTEBOOKS if path.stem.startswith("explore_")]


@pytest.mark.parametrize("path", sorted({*NOTEBOOKS} - {*EXPLORERS}), ids=lambda path: path.stem)
def test_a_stage_takes_parameters_and_says_what_it_wrote(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[1].metadata.tags == ["parameters"]
    assert cells[-1].source.startswith("Written:")


@pytest.mark.parametrize("path", EXPLORERS, ids=lambda path: path.stem)
def test_an_explorer_says_what_to_see_and_belongs_to_no_stage(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert any(cell.source.startswith("**What to see.**") for cell in cells)
    assert f"notebooks/{path.name}" not in STAGES["notebooks"]["deps"]


def test_code_only_copies_do_not_depend_on_who_saved_a_notebook() -> None:
    path = ROOT / "notebooks/04_pose.ipynb"
    clean, dirty = (nbformat.read(path, as_version=4) for _ in range(2))
    dirty.metadata.kernelspec.name = "somebody-else"
    for cell in dirty.cells:
        cell.id = f"x{cell.id}"
        if cell.cell_type == "code":
            cell.execution_count = 3
            cell.outputs = [nbformat.v4.new_output("stream", text="something")]
    assert run.code_only(clean) == run.code_only(dirty)
