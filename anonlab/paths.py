"""Where the project lies on disk."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
"""The project folder: params.yaml, data/, models/ and figures/ lie below it."""
