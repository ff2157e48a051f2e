"""Small commands around the pipeline; `dvc repro` runs the pipeline itself.

python -m anonlab data FOLDER    use the images and clips in FOLDER from now on
python -m anonlab data synthetic use the synthetic scenes again, as at first (a folder of this name: ./synthetic)
python -m anonlab profile NAME   use the models and methods of a profile: embedded or paper
python -m anonlab check          is everything there and spelled right, before anything runs?
python -m anonlab complete       is every file of the data set in the results? the last stage
python -m anonlab summary        what the last run made, and where it lies
python -m anonlab deliver KIND FOLDER  copies of a kind to hand out, MP4 and JPEG without metadata

`make help` lists the commands that set up, run, test and explore. A value in params.yaml is a setting of the stage of
the same name; `dvc repro` runs what a change calls for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anonlab import __version__, parameters
from anonlab.errors import AnonlabError
from anonlab.paths import DATA, FIGURES, ROOT, SCENES, SYNTHETIC


def use_data(folder: str) -> str:
    """Write to params.yaml which data set is used, a path relative to the project if given so, and say what changed."""
    from anonlab import dataset, inputs

    before = parameters.load()["dataset"]
    if folder == SYNTHETIC:
        now = {"source": SYNTHETIC, "folder": SCENES.relative_to(ROOT).as_posix()}
    else:
        inputs.list_inputs(Path(folder))  # an unusable folder ends here
        path = folder if Path(folder).is_absolute() else Path(os.path.relpath(folder, ROOT)).as_posix()
        now = {"source": "folder", "folder": path}
        dataset.check_source(**now)
    changed = {name: value for name, value in now.items() if before.get(name) != value}
    for name, value in changed.items():
        parameters.set_value("dataset", name, value)
    if not changed:
        return f"dataset.folder is {now['folder']}"
    return "params.yaml: " + ", ".join(
        f"dataset.{name} is now {value} (was {before.get(name)})" for name, value in changed.items()
    )


def check() -> str:
    """Look at params.yaml and the data folder the way that every stage will, in seconds rather than in an hour."""
    from anonlab import (
        actions,
        audit,
        engine,
        figures,
        lock,
        methods,
        metrics,
        persons,
        pose,
        report,
        run,
        scenes,
    )

    lock.mend()
    params = parameters.load()
    kinds = params["kinds"]
    for stage in parameters.STAGES:
        branch = {"kind": "original"} if stage in parameters.BRANCHED else {}
        run.values(stage, branch)
        parameters.kernel(stage, branch)
    for kind, settings in kinds.items():
        methods.check_files(methods.anonymizer(kind, settings or {}, **params["anonymize"]))
    for module in (scenes, persons, pose, actions, audit):
        module.check(**params[module.__name__.rpartition(".")[2]])
    metrics.Settings(**params["metrics"], pose_every=params["pose"].get("every", 5))
    drawing = params["figures"]
    figures.Settings(**{name: drawing[name] for name in ("ptk", "pta") if name in drawing})
    figures.check(list(kinds), drawing.get("floor", ""), drawing.get("top", 5))
    report.Settings(**params["report"])
    engine.n_workers(None)
    return f"{_data(params)}, {len(kinds)} kinds of media"


def _data(params: Mapping[str, Any]) -> str:
    """The data set in words, checked as far as it is there before the first stage."""
    from anonlab import dataset, inputs

    source, folder = params["dataset"].get("source", SYNTHETIC), params["dataset"]["folder"]
    dataset.check_source(source, folder)
    if source == SYNTHETIC:
        n = {name: params["scenes"].get(f"n_{name}", "") for name in ("images", "clips")}
        return f"{n['images']} images and {n['clips']} clips of synthetic scenes"
    return f"{len(inputs.list_inputs(ROOT / folder))} files in {folder}"


def complete() -> str:
    """End a run: how many files of the data set are in the results; an error if some could not be read.

    The secret of its avatars is forgotten, unless there is something left to repair and to add.
    """
    from anonlab import dataset
    from anonlab.methods.avatar import identities

    section = parameters.load()["dataset"]
    found = dataset.refuse_unreadable(
        section["folder"], skip_unreadable=section.get("skip_unreadable", False)
    )
    identities.forget()
    return found


def summary() -> str:
    """What the last run made."""
    from anonlab import recap, tables

    manifest = tables.read(DATA / "manifest.parquet", tables.MANIFEST)
    left_out = tables.read(DATA / "unreadable.parquet", tables.UNREADABLE)["path"]
    n = manifest["media"].value_counts()
    figures = sorted(path.name for path in FIGURES.glob("*.png"))
    kinds = list(parameters.load()["kinds"])
    found = recap.numbers(ROOT / "metrics.json", kinds)
    lines = [
        *([*found, ""] if found else []),
        f"made from   {n.get('image', 0)} image(s) and {n.get('video', 0)} clip(s), as {', '.join(kinds)}",
        *([f"left out    {', '.join(left_out)}: could not be read"] if len(left_out) else []),
        f"figures/    {', '.join(figures) or 'none yet'}",
        "numbers     metrics.json (`dvc metrics show`), data/metrics/*.parquet",
        "report      report.html, one page with all of it; `claims.csv`: the paper's claims against this run",
        "chapters    runs/*.ipynb, one per stage; `make lab` opens them",
        "explore     notebooks/explore_thresholds.ipynb and explore_samples.ipynb, in `make lab`",
        "media       data/anonymized/<kind>/",
    ]
    return "\n".join(lines)


def deliver(kind: str, target: str) -> str:
    """Write copies of a kind to hand out to the folder `target`, and say what to look at."""
    from anonlab import deliver as stage

    params = parameters.load()
    listed = stage.run(kind, params["kinds"], params["dataset"]["folder"], Path(target))
    refused = int((listed["file"] == "").sum())
    return (
        f"{len(listed) - refused} file(s) in {target}, {refused} left out; in {listed['n_empty'].sum():,} of "
        f"{listed['n_frames'].sum():,} frames nobody was found, and they are as they were filmed: look at these first "
        f"({stage.LIST} says where)"
    )


def use_profile(name: str) -> str:
    """Write the profile called `name` to params.yaml, but for its data set, and say what it needs."""
    parameters.use_profile(name)
    needs = "; its checkpoints: python -m anonlab.models fetch paper" if name == "paper" else ""
    return f"params.yaml: the profile {name}; dataset is as it was{needs}"


def _run(options: argparse.Namespace) -> str:
    """Do what the command line asks for, and say what was done."""
    if options.command == "data":
        return use_data(options.folder)
    if options.command == "deliver":
        return deliver(options.kind, options.folder)
    if options.command == "profile":
        return use_profile(options.name)
    return {"check": check, "complete": complete, "summary": summary}[options.command]()


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m anonlab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    data = commands.add_parser(
        "data", help="use the images and clips in FOLDER, or `synthetic` scenes, from now on"
    )
    data.add_argument("folder", help="holds images/<scenario>/* or videos/*, or both; or the word synthetic")
    profile = commands.add_parser("profile", help="use the models and methods of a profile from now on")
    profile.add_argument("name", help="embedded (any CPU) or paper (GPU, checkpoints)")
    commands.add_parser("check", help="is everything there and spelled right?")
    commands.add_parser("complete", help="is every file of the data set in the results?")
    commands.add_parser("summary", help="what the last run made")
    delivery = commands.add_parser(
        "deliver", help="copies of a kind to hand out, MP4 and JPEG without metadata"
    )
    delivery.add_argument("kind", help="a name in the section kinds of params.yaml, such as blur")
    delivery.add_argument("folder", help="where to; empty or not there yet")
    options = parser.parse_args(arguments)
    try:
        text = _run(options)
    except AnonlabError as error:
        sys.stderr.write(f"anonlab: {error}\n")
        return 1
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
