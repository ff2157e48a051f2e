"""Run the pipeline's notebooks through papermill.

    python -m anonlab.run notebooks             code-only copies: notebooks/*.ipynb -> build/notebooks/
    python -m anonlab.run STAGE [name=value]    execute one of them with the section STAGE of params.yaml -> runs/

DVC calls these commands; `dvc repro` calls DVC.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from anonlab import parameters
from anonlab.errors import AnonlabError, InputError, ParameterError
from anonlab.files import full, is_full, replacing
from anonlab.imports import without
from anonlab.paths import ROOT
from anonlab.progress import TEXT_VARIABLE
from anonlab.watch import end_with

# with it jsonschema would build a grammar of internet addresses, which takes 2 seconds
with without("rfc3987_syntax"):
    import nbformat

SOURCE: Final = ROOT / "notebooks"
CLEAN: Final = ROOT / "build" / "notebooks"
RUNS: Final = ROOT / "runs"
FROM_DVC: Final = "DVC_STAGE"
"""A variable of the environment that DVC sets for the commands of stages."""
KERNEL: Final = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def strip_all() -> None:
    """Write code-only copies of the stage notebooks, so that saving one in JupyterLab reruns nothing."""
    for source in sorted(SOURCE.glob("*.ipynb")):
        with replacing(CLEAN / source.name) as temporary:
            nbformat.write(code_only(_read(source)), temporary)


def code_only(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Sources and tags of `notebook`; no outputs, counts, ids or kernel of whoever saved it last."""
    cells = []
    for number, cell in enumerate(notebook.cells):
        make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        metadata = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
        cells.append(make(cell.source, id=f"cell-{number:02d}", metadata=metadata))
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )


def execute(stage: str, overrides: Mapping[str, Any]) -> Path:
    """Execute the notebook of `stage` and return the executed copy, which is kept even when it fails.

    Raises:
        ParameterError: a name or value does not fit the notebook's parameters cell.
        AnonlabError: the notebook raised an error; the message is its last line and where to read the rest.
    """
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from papermill.exceptions import PapermillExecutionError

    given, kernel = values(stage, overrides), parameters.kernel(stage, overrides)
    source = CLEAN / _name(stage)
    if not source.exists() or stage in parameters.APART:  # DVC looks after those of the others
        strip_all()
    target = RUNS / ("-".join([source.stem, *(str(value) for value in overrides.values())]) + ".ipynb")
    target.parent.mkdir(exist_ok=True)
    os.environ[TEXT_VARIABLE] = "1"  # the kernel inherits it
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters=given,
            kernel_name=kernel,
            cwd=str(ROOT),
            progress_bar=False,
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            # asked to end, a kernel waits 2 seconds for helpers of its pool that do not heed its signal
            shutdown_kernel="immediate",
        )
    except PapermillExecutionError as error:
        kind = "" if _is_ours(error.ename) else f"{error.ename}: "
        raise AnonlabError(f"{kind}{error.evalue}\nfull traceback: {target.relative_to(ROOT)}") from error
    except NoSuchKernel as error:
        raise AnonlabError(
            f"there is no Jupyter kernel {kernel!r} (engine.kernels in params.yaml); register it from its "
            f"environment with: python -m ipykernel install --user --name {kernel}"
        ) from error
    settle(target)
    return target


def values(stage: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that the notebook of `stage` gets, checked; see `parameters.for_notebook`."""
    return parameters.for_notebook(stage, overrides, _accepted(SOURCE / _name(stage)))


def settle(path: Path) -> None:
    """Drop what differs between two identical runs from an executed notebook: clock times and progress bars."""
    notebook = _read(path)
    kept = {
        name: notebook.metadata[name] for name in ("kernelspec", "language_info") if name in notebook.metadata
    }
    notebook.metadata = nbformat.from_dict(kept)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({"tags": cell.metadata.tags} if cell.metadata.get("tags") else {})
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_progress(output)]
    with replacing(path) as temporary:
        nbformat.write(notebook, temporary)


def _is_progress(output: Any) -> bool:
    """Whether this is a stream of a progress bar or a log, whose text depends on the clock."""
    return bool(output.output_type == "stream" and output.name == "stderr")


def _is_ours(error_name: str) -> bool:
    import anonlab.errors

    return error_name == "ItemErrors" or hasattr(anonlab.errors, error_name)


def _name(stage: str) -> str:
    """File name of the notebook of `stage`."""
    parameters.check_names("stage", [stage], (*parameters.STAGES, *parameters.APART))
    if stage in parameters.APART:
        return f"{parameters.APART[stage]}.ipynb"
    return f"{parameters.STAGES.index(stage):02d}_{stage}.ipynb"


def _accepted(source: Path) -> dict[str, Any]:
    """Name -> default of the cell tagged `parameters`."""
    for cell in _read(source).cells:
        if "parameters" in cell.metadata.get("tags", []):
            return parameters.parameters_cell(cell.source)
    raise InputError(f"{source}: no cell is tagged `parameters`")


def _read(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable notebook ({error})") from error


def _override(text: str) -> tuple[str, Any]:
    match = re.fullmatch(r"(\w+)=(.*)", text, flags=re.DOTALL)
    if not match:
        raise ParameterError(f"{text!r}: expected name=value")
    return match[1], yaml.safe_load(match[2])


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m anonlab.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stages = ", ".join((*parameters.STAGES, *parameters.APART))
    parser.add_argument("stage", help=f"notebooks, or one of: {stages}")
    parser.add_argument(
        "overrides", nargs="*", metavar="name=value", help="instead of the value in params.yaml"
    )
    options = parser.parse_args(arguments)
    if FROM_DVC in os.environ:
        end_with(os.getppid())  # a killed `dvc` takes its stage with it: the next one starts it anew
    try:
        if options.stage == "notebooks":
            strip_all()
        else:
            execute(options.stage, dict(map(_override, options.overrides)))
    except AnonlabError as error:
        sys.stderr.write(f"\n{options.stage}: {error}\n")
        return 1
    except OSError as error:
        if not is_full(error):
            raise
        sys.stderr.write(f"\n{options.stage}: {full(RUNS)}\n")
        return 1
    except KeyboardInterrupt:
        logging.getLogger("asyncio").disabled = True  # else it repeats at length what was interrupted
        sys.stderr.write(f"\n{options.stage}: interrupted; `dvc repro` goes on where it was\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
