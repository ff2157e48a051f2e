"""Damaged files: a result or an error that names the file; `python -m tests.fuzz` does it for as long as wanted."""

from __future__ import annotations

import logging
import resource
import struct
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonlab.errors import InputError
from anonlab.media import images, video
from anonlab.parameters import load
from tests import fuzz
from tests.fuzz import STEPS
from tests.test_images import png

BOMB = 30_000
"""Pixels along an edge; 2.7 GB, decoded."""

steps = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.floats(0, 1), st.integers(0, 2**16 - 1)),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("name", sorted(fuzz.cases()))
def test_an_undamaged_file_is_read(tmp_path: Path, name: str) -> None:
    case = fuzz.cases()[name]
    (tmp_path / case.name).write_bytes(case.data)
    case.read(tmp_path / case.name)


@pytest.mark.parametrize("name", sorted(fuzz.cases()))
@given(steps=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_read_or_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, steps: list[fuzz.Step]
) -> None:
    caplog.set_level(logging.CRITICAL)
    case = fuzz.cases()[name]
    fuzz.check(case, fuzz.damaged(case.data, steps), tmp_path)


def gif(size: int) -> bytes:
    """A GIF of one frame in a few bytes, which FFmpeg decodes to four bytes a pixel."""
    screen = b"GIF89a" + struct.pack("<HHBBB", size, size, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, size, size, 0) + b"\x02\x02\x44\x01\0"
    return screen + frame + b";"


def tiff(size: int) -> bytes:
    """A gray TIFF whose only strip is said to hold everything."""
    tags = {256: size, 257: size, 258: 8, 259: 1, 262: 1, 273: 8, 278: size, 279: size * size}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4)


def grown(before: int) -> int:
    """Bytes by which the peak of memory has grown."""
    return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


@pytest.mark.parametrize(
    "data", [png(BOMB, BOMB, bytes(10**6)), gif(BOMB), tiff(BOMB)], ids=["png", "gif", "tiff"]
)
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "bomb").write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"bomb: 30000 x 30000 pixels are more than dataset\.max_pixels"):
        images.read_image(tmp_path / "bomb")
    assert grown(before) < 100e6


@pytest.mark.parametrize("size", [12_000, 16_000, BOMB])
def test_a_clip_that_would_fill_the_memory_is_refused_before_it_is_decoded(tmp_path: Path, size: int) -> None:
    (tmp_path / "bomb").write_bytes(gif(size))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="bomb: "):
        video.probe_video(tmp_path / "bomb")
    assert grown(before) < 100e6


def test_a_few_lines_that_stand_for_more_text_than_there_is_memory(tmp_path: Path) -> None:
    params = yaml.safe_load((fuzz.ROOT / "profiles/embedded.yaml").read_text())
    value: list[object] = ["x"] * 10
    for _ in range(12):
        value = [value] * 10  # written once, and named nine times
    path = tmp_path / "params.yaml"
    for name in ("engine", "seed"):
        path.write_text(yaml.safe_dump(params | {name: value}))
        assert path.stat().st_size < 10_000
        with fuzz.limited(), pytest.raises(ValueError, match=rf"params\.yaml: {name}") as caught:
            load(path)
        assert len(str(caught.value)) < 1000
