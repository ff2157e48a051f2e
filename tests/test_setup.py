"""What a fresh machine gets: the lock, the environment and the commands agree with pyproject.toml."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from anonlab.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def canonical(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_every_dependency_is_locked() -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    locked = set(re.findall(r"^([a-z0-9-]+)==", LOCK, flags=re.MULTILINE))
    assert {canonical(each) for each in wanted} <= locked


def test_the_lock_has_a_hash_for_everything_and_names_no_host() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in LOCK
    assert not [line for line in LOCK.splitlines() if line.lstrip().startswith("--") and "--hash" not in line]


def test_the_conda_environment_takes_its_packages_from_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [each for each in environment["dependencies"] if isinstance(each, str)]
    (pip,) = [each["pip"] for each in environment["dependencies"] if isinstance(each, dict)]
    assert pip == ["--editable .[dev,paper]"]
    names = {canonical(each) for each in conda} - {"python"}
    assert not names & {canonical(each) for each in PROJECT["dependencies"]}
    (version,) = [each.split("=")[1] for each in conda if each.startswith("python=")]
    assert version == "3.10", "torch 2.1 and mmcv 2.1 are published compiled for it"


EXTRAS = PROJECT["optional-dependencies"]
NO_DEPS = [
    line
    for line in (ROOT / "profiles/no-deps.txt").read_text().splitlines()
    if line and not line.startswith(("#", "-"))
]


def test_the_gpu_environment_has_the_releases_that_are_known_to_fit() -> None:
    pinned = {canonical(each): each.split("==")[1].split(";")[0].strip() for each in NO_DEPS if "==" in each}
    assert {name: pinned[name] for name in ("mmengine", "mmcv", "mmdet", "mmpose", "mmaction2")} == {
        "mmengine": "0.10.7",
        "mmcv": "2.1.0",
        "mmdet": "3.3.0",
        "mmpose": "1.3.2",
        "mmaction2": "1.2.0",
    }
    assert {"torch==2.1.2", "torchvision==0.16.2"} <= set(EXTRAS["paper"])
    assert "numpy==1.26.4" in EXTRAS["openmmlab"]


def test_sources_are_taken_at_fixed_commits() -> None:
    sources = [each for each in NO_DEPS if "git+" in each]
    assert len(sources) >= 5
    assert all(re.search(r"@[0-9a-f]{40}(#|$)", each) for each in sources)


def test_no_package_is_asked_for_in_two_places() -> None:
    base = {canonical(each) for each in PROJECT["dependencies"]}
    apart = {canonical(each) for each in NO_DEPS}
    extra = {canonical(each) for each in EXTRAS["openmmlab"]} | {canonical(each) for each in EXTRAS["paper"]}
    assert not apart & (base | extra)
    allowed = {"numpy", "opencv-python-headless", "pandas", "pyarrow", "tqdm"}  # pinned closer
    assert base & extra <= allowed


def test_the_tests_of_the_paper_profile_run_on_the_same_releases() -> None:
    tested = set((ROOT / "profiles/test-paper.txt").read_text().splitlines())
    shared = ("mmengine", "mmcv", "mmdet", "mmpose", "mmaction2")
    assert {each for each in NO_DEPS if canonical(each) in shared} <= tested
    assert {"numpy==1.26.4", "xtcocotools==1.14.3"} <= tested


@pytest.mark.filterwarnings("ignore")
def test_all_packages_import_together() -> None:
    names = (
        *("dvc", "papermill", "jupyterlab", "ipykernel", "ipywidgets", "av", "cv2", "PIL", "numpy", "pandas"),
        *(
            "pyarrow",
            "pandera",
            "scipy",
            "matplotlib",
            "seaborn",
            "ai_edge_litert",
            "joblib",
            "tqdm",
            "anonlab",
        ),
    )
    for name in names:
        importlib.import_module(name)


def test_importing_a_stage_imports_no_heavy_library() -> None:
    script = (
        "import sys; from anonlab import actions, anonymize, pose, persons, metrics;"
        "print([n for n in ('torch', 'matplotlib', 'IPython', 'dvc', 'ai_edge_litert') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_make_help_lists_the_commands() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"make ([\w-]+)", done.stdout))
    assert listed >= {"repro", "test", "test-paper", "lab", "bench", "figures", "gpu", "kernels"}


@pytest.mark.parametrize("module", ["anonlab", "anonlab.run", "anonlab.models"])
def test_every_command_has_help(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "usage" in done.stdout


def test_dvc_does_not_phone_home() -> None:
    config = (ROOT / ".dvc/config").read_text()
    assert "analytics = false" in config
    assert "check_update = false" in config


def test_no_module_is_too_long_to_read() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in Path(ROOT / "anonlab").rglob("*.py")}
    assert {str(path): n for path, n in lengths.items() if n > 320} == {}
