"""Processes that end with the one that started them."""

from __future__ import annotations

import os
import threading
import time
from functools import cache
from typing import Final

WATCH_S: Final = 0.5


@cache
def end_with(parent: int) -> None:
    """End this process when `parent`, which started it, is no more: nobody waits for its results."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
