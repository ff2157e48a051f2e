"""The adapters of the paper profile against the real libraries, on random or planted weights: `make test-paper`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from anonlab.models.openmmlab import RANDOM

collect_ignore_glob = [] if os.environ.get("ANONLAB_TEST_PAPER") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def random_weights() -> Iterator[None]:
    """Every network of the session has the same random weights."""
    os.environ[RANDOM] = "7"
    yield
    del os.environ[RANDOM]
