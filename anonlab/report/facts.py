"""How a run was made: parameters, versions, revision, and hashes of what went in and came out."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from anonlab import __version__, tables
from anonlab.items import ORIGINAL
from anonlab.paths import ROOT

PACKAGES: Final = (
    *("numpy", "pandas", "scipy", "opencv-python-headless", "av", "ai-edge-litert"),
    *("matplotlib", "pyarrow", "papermill", "dvc"),
)
CODE: Final = ("anonlab", "notebooks", "dvc.yaml", "params.yaml")
NAMING: Final = (("dataset", "folder"), ("figures", "item"))
"""Parameters that may name people."""
NOT_SHOWN: Final = ("engine", "training")
"""Change no result of the pipeline, so that they must not change the page either."""


def parameters(params: Mapping[str, Any], publish: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """Sections of params.yaml with their lines; to be published, without what may name people."""
    sections = [(name, value) for name, value in params.items() if name not in NOT_SHOWN]
    return [
        (name, [(key, _shown(name, key, each, publish)) for key, each in section.items()])
        for name, section in ((n, v if isinstance(v, dict) else {"": v}) for n, v in sections)
    ]


def _shown(section: str, key: str, value: Any, publish: bool) -> str:
    if publish and (section, key) in NAMING:
        return "left out"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items()) or "as it is"
    if isinstance(value, bool) or value == "":
        return str(value).lower() or "(empty)"
    return f"{value:,}" if isinstance(value, int) else str(value)


def versions() -> list[tuple[str, str]]:
    """anonlab, Python and the packages that numbers or pictures can depend on."""
    found = [("anonlab", __version__), ("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return found


def revision(root: Path = ROOT) -> str:
    """The git commit of the code, with a note where the code was changed since; without git, a sentence."""
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return "not known: no git repository"
    return commit + (", with changes" if _git(root, "status", "--porcelain", "--", *CODE) else "")


def _git(root: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if not git or not (root / ".git").exists():
        return ""
    done = subprocess.run([git, *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def hashes(data: Path, kinds: list[str]) -> list[tuple[str, str]]:
    """Digests of the list of originals, of each kind's anonymized files, of the summary and of the verdicts."""
    found = [("originals", data / "manifest.parquet", tables.MANIFEST)]
    found += [
        (f"media of {kind}", data / "anonymized" / kind / "frames.parquet", tables.FRAMES)
        for kind in kinds
        if kind != ORIGINAL
    ]
    found.append(("numbers", data / "metrics" / "summary.parquet", tables.SUMMARY))
    found.append(("claims", data / "claims.parquet", tables.CLAIMS))
    return [(name, tables.digest(tables.read(path, schema))) for name, path, schema in found]
