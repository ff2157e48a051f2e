"""A real JupyterLab and a real, headless Chromium that looks at it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anonlab.paths import ROOT

PATIENCE_MS = 240_000  # of a busy machine

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SETTINGS = (
    *("--no-browser", "--allow-root", "--LabApp.expose_app_in_browser=True", "--ServerApp.port_retries=0"),
    *(
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ),
)
"""As `make lab`, and the application is reachable from the page's scripts."""


@contextmanager
def lab(root: Path, home: Path) -> Iterator[str]:
    """JupyterLab in `root`, whose notebooks import the `anonlab` that lies there; yields the address to open.

    Args:
        root: a copy of the project.
        home: for settings and caches, so that those of whoever runs the tests neither matter nor change.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    address = f"http://127.0.0.1:{port}"
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {"HOME": str(home), "PYTHONPATH": str(root), "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter")}
    environment = os.environ | folders | {"MPLBACKEND": "Agg"}
    command = [sys.executable, "-m", "jupyterlab", *SETTINGS, f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}"]
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"{address}/api?token={token}", server)
            yield f"{address}/lab/tree/{{}}?token={token}&reset"
        finally:
            _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End a server, and without patience one that waits too long for its kernels."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("JupyterLab did not answer")


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium; `new_page` of it opens a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()


def run_all(page: Any, address: str, ready: str) -> None:
    """Open a notebook, run its cells and wait until the element `ready` is seen."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE_MS)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel", timeout=PATIENCE_MS
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(ready, timeout=PATIENCE_MS)
