"""A copy of the project in a folder of its own, and DVC run in it as a user would."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import yaml

from anonlab.paths import ROOT

EXTRA_PATH = "ANONLAB_TEST_PATH"


def copy_of_project(root: Path) -> Path:
    """The project without git and without results, as from a downloaded zip, in `root`."""
    skipped = shutil.ignore_patterns("__pycache__")
    for folder in ("anonlab", "notebooks", "figures"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    for path in (root / "figures").glob("*.[ps][nv]g"):
        path.unlink()
    for name in ("dvc.yaml", "params.yaml", ".dvcignore"):
        shutil.copy(ROOT / name, root / name)
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text((ROOT / ".dvc/config").read_text() + "    no_scm = true\n")
    (root / "models").symlink_to(ROOT / "models", target_is_directory=True)
    return root


def extra_path() -> list[str]:
    """Folders that a test wants on the import path of the processes it starts."""
    return [each for each in os.environ.get(EXTRA_PATH, "").split(os.pathsep) if each]


DVC = [sys.executable, "-m", "dvc"]


def environment(project: Path) -> dict[str, str]:
    """As a user would have it, with this environment's Python first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    python_path = os.pathsep.join([str(project), *extra_path()])
    return os.environ | {"PATH": path, "PYTHONPATH": python_path, "DVC_NO_ANALYTICS": "1"}


def dvc(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run DVC in `project`."""
    command = [*DVC, *arguments]
    return subprocess.run(
        command, cwd=project, env=environment(project), capture_output=True, text=True, check=False
    )


def kill_repro(project: Path, after_s: float) -> None:
    """Start the pipeline and kill it with all that it started, as a machine does that is out of memory."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    run = subprocess.Popen(
        [*DVC, "repro"], cwd=project, env=environment(project), start_new_session=True, **silent
    )
    with suppress(subprocess.TimeoutExpired):
        run.wait(after_s)
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def at_work(project: Path) -> list[str]:
    """The command lines of the processes that work in `project`, from /proc."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == project.resolve():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return [line for line in found if line]


def repro(project: Path, *arguments: str) -> str:
    done = dvc(project, "repro", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(output: str) -> set[str]:
    return {line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")}


def change_params(project: Path, **sections: dict[str, object]) -> None:
    path = project / "params.yaml"
    params = yaml.safe_load(path.read_text())
    for section, values in sections.items():
        params[section] |= values
    path.write_text(yaml.safe_dump(params, sort_keys=False))


def anonlab(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the small commands in `project`."""
    command = [sys.executable, "-m", "anonlab", *arguments]
    with_project = os.environ | {"PYTHONPATH": str(project)}
    return subprocess.run(command, cwd=project, env=with_project, capture_output=True, text=True, check=False)
