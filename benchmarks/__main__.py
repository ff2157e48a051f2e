"""`python -m benchmarks [NAME ...]`: run every bench of this folder, or those named, and print one table.

A bench is a module with `run() -> list[Row]`. The exit code is 1 if a goal is not met or a bench fails.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import traceback
from pathlib import Path

import cv2

from benchmarks.common import Row, as_text

NAMES = sorted(
    module.name
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if module.name not in ("common", "__main__")
)


def main() -> int:
    """Run the benches named on the command line, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", nargs="*", help=f"of {', '.join(NAMES)}; all by default")
    names = parser.parse_args().name or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; choose from: {', '.join(NAMES)}")
    cv2.setNumThreads(1)
    results = [_run(name) for name in names]
    print(as_text([row for rows in results if rows for row in rows]))
    return int(any(rows is None or any(row.met is False for row in rows) for rows in results))


def _run(name: str) -> list[Row] | None:
    """Rows of one bench; None, and its traceback on the terminal, if it fails: the others still run."""
    print(f"running {name} ...", file=sys.stderr, flush=True)
    try:
        rows: list[Row] = importlib.import_module(f"benchmarks.{name}").run()
    except Exception:
        traceback.print_exc()
        return None
    return rows


if __name__ == "__main__":
    sys.exit(main())
