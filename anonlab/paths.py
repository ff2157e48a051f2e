"""Where the project lies: notebooks run in `notebooks/` and the pipeline at the root, and both mean the same files."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "data"
FIGURES: Final = ROOT / "figures"
ITEMS: Final = ROOT / ".items"
SCENES: Final = DATA / "synthetic"
"""The data set of synthetic scenes."""

_TABLES: Final = ("anonymized", "leaks", "temporal", "pose", "actions", "metrics", "audit", "audited")
MADE: Final = (SCENES, *(DATA / name for name in _TABLES), FIGURES, ITEMS, ROOT / "runs", ROOT / "build")
"""Folders that the pipeline writes and clears."""

SYNTHETIC: Final = "synthetic"
"""The value of `dataset.source` that means `SCENES`; the other is "folder"."""
