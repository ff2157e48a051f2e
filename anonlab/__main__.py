"""Small commands around the pipeline; `dvc repro` runs the pipeline itself.

python -m anonlab data FOLDER    use the images and clips in FOLDER from now on
python -m anonlab check          is everything there and spelled right, before anything runs?
python -m anonlab summary        what the last run made, and where it lies
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from anonlab import __version__, parameters
from anonlab.errors import AnonlabError
from anonlab.paths import DATA, FIGURES, ROOT


def use_data(folder: str) -> str:
    """Write `folder` to params.yaml, relative to the project where it was given so, and say what changed."""
    from anonlab import dataset

    dataset.list_inputs(Path(folder))  # an unusable folder ends here
    path = folder if Path(folder).is_absolute() else Path(os.path.relpath(folder, ROOT)).as_posix()
    before = parameters.load()["dataset"]["folder"]
    if before == path:
        return f"dataset.folder is {path}"
    parameters.set_value("dataset", "folder", path)
    return f"params.yaml: dataset.folder is now {path} (was {before})"


def check() -> str:
    """Look at params.yaml and the data folder the way that every stage will, in seconds rather than in an hour."""
    from anonlab import actions, dataset, engine, figures, methods, metrics, persons, pose, run

    params = parameters.load()
    kinds = params["kinds"]
    for stage in parameters.STAGES:
        run.values(stage, {"kind": "original"} if stage in parameters.BRANCHED else {})
    for kind, settings in kinds.items():
        methods.anonymizer(kind, settings or {}, **params["anonymize"])
    for module in (persons, pose, actions):
        module.check(**params[module.__name__.rpartition(".")[2]])
    metrics.Settings(**params["metrics"], pose_every=params["pose"].get("every", 5))
    drawing = params["figures"]
    figures.Settings(**{name: drawing[name] for name in ("ptk", "pta") if name in drawing})
    figures.check(list(kinds), drawing.get("floor", ""), drawing.get("top", 5))
    engine.n_workers(None)
    inputs = dataset.list_inputs(ROOT / params["dataset"]["folder"])
    return f"{len(inputs)} files in {params['dataset']['folder']}, {len(kinds)} kinds of media"


def summary() -> str:
    """What the last run made."""
    from anonlab import tables

    manifest = tables.read(DATA / "manifest.parquet", tables.MANIFEST)
    n = manifest["media"].value_counts()
    figures = sorted(path.name for path in FIGURES.glob("*.png"))
    kinds = list(parameters.load()["kinds"])
    lines = [
        f"made from   {n.get('image', 0)} image(s) and {n.get('video', 0)} clip(s), as {', '.join(kinds)}",
        f"figures/    {', '.join(figures) or 'none yet'}",
        "numbers     metrics.json (`dvc metrics show`), data/metrics/*.parquet",
        "chapters    runs/*.ipynb, one per stage; `make lab` opens them",
        "media       data/anonymized/<kind>/",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m anonlab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    data = commands.add_parser("data", help="use the images and clips in FOLDER from now on")
    data.add_argument("folder", help="holds images/<scenario>/* or videos/*, or both")
    commands.add_parser("check", help="is everything there and spelled right?")
    commands.add_parser("summary", help="what the last run made")
    options = parser.parse_args(arguments)
    try:
        if options.command == "data":
            text = use_data(options.folder)
        else:
            text = check() if options.command == "check" else summary()
    except AnonlabError as error:
        sys.stderr.write(f"anonlab: {error}\n")
        return 1
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
