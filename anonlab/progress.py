"""One progress bar for both homes: text on the terminal under the pipeline, a widget in JupyterLab."""

from __future__ import annotations

import os
from typing import Any

TEXT_VARIABLE = "ANONLAB_PROGRESS_TEXT"
"""Set by the notebook runner: under papermill a widget would never reach the terminal."""


def bar(total: float, description: str, unit: str) -> Any:
    """A tqdm bar that counts up to `total` of `unit`, with rate and time left; use it in a `with`."""
    if os.environ.get(TEXT_VARIABLE):
        from tqdm import tqdm

        return tqdm(total=total, desc=description, unit=unit, mininterval=0.5, ncols=78, leave=False)
    from tqdm.auto import tqdm as tqdm_auto

    return tqdm_auto(total=total, desc=description, unit=unit, leave=False)
