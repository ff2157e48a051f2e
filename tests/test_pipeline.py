"""The whole pipeline, notebooks and all, on three tiny scenes; and what a change reruns."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from anonlab import tables
from anonlab.widgets import rerun
from tests import people
from tests.pipeline import (
    DVC,
    anonlab,
    at_work,
    change_params,
    copy_of_project,
    dvc,
    environment,
    kill_repro,
    ran,
    repro,
)

BAD_FILE = "footage with spaces/images/office/bad.jpg"
KINDS = {"original": {}, "blur": {"sigma_frac": 0.03}, "reencode": {"quality": 90}}


@pytest.fixture(scope="module")
def project_with_a_bad_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, set to tiny scenes of its user's, of which one picture is none."""
    root = copy_of_project(tmp_path_factory.mktemp("anonlab"))
    people.data_folder(root / "footage with spaces")
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["kinds"] = KINDS
    params["dataset"] |= {"source": "folder", "folder": "footage with spaces"}
    params["engine"]["workers"] = 1
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    (root / BAD_FILE).write_text("no picture")
    return root


@pytest.fixture(scope="module")
def first_run(project_with_a_bad_file: Path) -> subprocess.CompletedProcess[str]:
    return dvc(project_with_a_bad_file, "repro")


@pytest.fixture(scope="module")
def project(project_with_a_bad_file: Path, first_run: subprocess.CompletedProcess[str]) -> Path:
    """The copy after its run, from which the bad file is gone, and after the run that takes note of that."""
    assert first_run.returncode, "it has a bad file"
    (project_with_a_bad_file / BAD_FILE).unlink()
    assert ran(repro(project_with_a_bad_file)) == {"dataset", "report", "complete"}
    return project_with_a_bad_file


def test_a_bad_file_is_named_the_others_are_done_and_the_exit_code_says_so(
    first_run: subprocess.CompletedProcess[str], project: Path
) -> None:
    said = first_run.stdout + first_run.stderr
    assert first_run.returncode != 0
    assert ran(first_run.stdout) >= {"report", "complete"}
    assert "1 of 4 files cannot be used" in said
    assert said.count("images/office/bad.jpg: not a picture") == 2, "at its stage and at the end"
    assert "skip_unreadable" in said
    assert "Traceback" not in said


def test_every_table_is_there_and_fits_its_schema(project: Path) -> None:
    data = project / "data"
    manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
    assert sorted(manifest["media"]) == ["image", "image", "video"]
    assert manifest.set_index("item")["colour"].to_dict()["images/workshop/gray"] == "gray"
    found = tables.read(data / "persons.parquet", tables.PERSONS)
    assert set(found["item"]) == set(manifest["item"])
    for kind in KINDS:
        frames = tables.read(data / "anonymized" / kind / "frames.parquet", tables.FRAMES)
        assert list(frames["item"]) == list(manifest["item"])
        tables.read(data / "pose" / f"{kind}.parquet", tables.POSE)
        actions = tables.read(data / "actions" / f"{kind}.parquet", tables.ACTIONS)
        assert set(actions["item"]) == set(manifest.loc[manifest["media"] == "video", "item"])
        assert not actions["predictable"].any(), "the clip is shorter than a window"
    for name in ("pose_counts", "person_counts", "summary"):
        assert not tables.read(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name]).empty


def test_the_noise_floor_keeps_the_pose(project: Path) -> None:
    metrics = json.loads((project / "metrics.json").read_text())
    summary = tables.read(project / "data/metrics/summary.parquet", tables.SUMMARY)
    ptk = summary[
        (summary["metric"] == "ptk") & (summary["kind"] == "reencode") & (summary["scenario"] == "all")
    ]
    assert ptk.loc[(ptk["part"] == "all") & ptk["threshold"].between(0.495, 0.505), "value"].min() > 0.8
    assert set(metrics) >= {"blur", "reencode"}


def test_figures_1_and_2_are_drawn_and_the_others_are_not(project: Path) -> None:
    drawn = {path.name for path in (project / "figures").iterdir()}
    assert {f"{name}.{end}" for name in ("fig1_pose", "fig2_epe_ptk") for end in ("svg", "png")} <= drawn
    assert not [name for name in drawn if name.startswith(("fig3", "fig4", "fig5"))]


def test_the_claims_and_the_report_are_written(project: Path) -> None:
    claims = json.loads((project / "claims.json").read_text())
    assert claims["cannot_be_checked"] > 0
    assert tables.read(project / "data/claims.parquet", tables.CLAIMS)["claim"].is_unique
    report = (project / "report.html").read_text(encoding="utf-8")
    assert report.startswith("<!doctype html>")
    assert str(project) not in report


def test_every_stage_left_an_executed_notebook_without_clock_times(project: Path) -> None:
    runs = {path.stem for path in (project / "runs").glob("*.ipynb")}
    plain = {"00_scenes", "01_dataset", "02_persons", "06_metrics", "07_figures", "08_claims", "09_report"}
    assert runs == plain | {
        f"{n}-{kind}" for n in ("03_anonymize", "04_pose", "05_actions", "10_audit") for kind in KINDS
    }
    for path in (project / "runs").glob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        assert any(cell.get("outputs") for cell in cells)
        assert "start_time" not in path.read_text()
        assert str(project) not in path.read_text()


def test_nothing_is_known_of_a_users_people(project: Path) -> None:
    assert [path.name for path in (project / "data/synthetic").iterdir()] == []
    assert tables.read(project / "data/truth.parquet", tables.TRUTH).empty
    assert tables.read(project / "data/leaks/blur.parquet", tables.LEAKS).empty
    assert "truth" not in json.loads((project / "metrics.json").read_text())


def test_no_copy_of_the_original_is_made(project: Path) -> None:
    assert [path.name for path in (project / "data/anonymized/original").iterdir()] == ["frames.parquet"]


def test_a_second_run_does_nothing(project: Path) -> None:
    assert ran(repro(project)) == set()


def test_saving_a_notebook_reruns_no_stage(project: Path) -> None:
    path = project / "notebooks/04_pose.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["kernelspec"]["display_name"] = "my kernel"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 7
    path.write_text(json.dumps(notebook))
    assert ran(repro(project)) == {"notebooks"}


def test_a_threshold_reruns_metrics_and_what_follows_only(project: Path) -> None:
    change_params(project, metrics={"pose_threshold": 0.3})
    assert ran(repro(project)) == {"metrics", "figures", "claims", "report", "complete"}


def test_dvc_says_what_a_threshold_would_rerun(project: Path) -> None:
    before = (project / "params.yaml").read_bytes()
    assert rerun.stages(project) == []
    change_params(project, metrics={"pose_threshold": 0.31})
    found = rerun.stages(project)
    assert found[0] == "metrics"
    assert "figures" in found
    assert not [name for name in found if name.startswith(("persons", "anonymize", "pose", "actions"))]
    (project / "params.yaml").write_bytes(before)


def test_a_strength_reruns_the_branch_of_its_method_only(project: Path) -> None:
    change_params(project, kinds={"blur": {"sigma_frac": 0.04}})
    branch = {"anonymize@blur", "pose@blur", "actions@blur", "audit@blur"}
    assert ran(repro(project)) - branch == {"metrics", "figures", "claims", "report", "complete"}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are listed elsewhere here")
def test_a_stage_whose_dvc_is_killed_alone_ends_too(project: Path) -> None:
    change_params(project, kinds={"blur": {"sigma_frac": 0.05}})
    run = subprocess.Popen(
        [*DVC, "repro"],
        cwd=project,
        env=environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: any("ipykernel" in line for line in at_work(project)))
    run.kill()
    run.wait()
    wait_until(lambda: not at_work(project))
    repro(project)
    assert ran(repro(project)) == set()


def wait_until(is_so: Callable[[], bool], patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end, "it never is"
        time.sleep(0.1)


def test_a_run_from_scratch_killed_ten_times_on_more_cores_ends_with_the_same_lock(project: Path) -> None:
    """The lock has the hash of every table, picture and notebook."""
    change_params(project, engine={"workers": 2})
    before = (project / "dvc.lock").read_bytes()
    for name in (".items", "build", "data", "runs", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(project / name, ignore_errors=True)
    for name in ("dvc.lock", "metrics.json", "claims.json", "claims.csv", "report.html"):
        (project / name).unlink()
    rng = random.Random(4)
    for _ in range(10):
        kill_repro(project, rng.uniform(4, 20))
    # as `make repro` does, for DVC may have been killed at its lock
    assert anonlab(project, "check").returncode == 0
    repro(project)
    assert (project / "dvc.lock").read_bytes() == before


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"pose": {"evry": 3}}, "did you mean 'every'"),
        ({"kinds": {"blurr": {"method": "blurr"}}}, "did you mean 'blur'"),
        ({"kinds": {"blur": {"sigma_frac": 0}}}, "sigma_frac"),
    ],
)
def test_wrong_parameters_end_in_one_line(project: Path, sections: dict, message: str) -> None:
    before = (project / "params.yaml").read_text()
    change_params(project, **sections)
    done = anonlab(project, "check")
    (project / "params.yaml").write_text(before)
    assert done.returncode != 0
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
