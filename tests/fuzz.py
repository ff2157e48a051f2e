"""Valid files, damaged at random, for every reader: a result or an AnonlabError, in bounded time and memory.

    python -m tests.fuzz --minutes 10 [--only clip]

reads damaged files until the time is over, in a process that may take 4 GB of memory and 20 s for a file. What breaks
this is listed, and the file is kept in build/fuzz/. `tests/test_fuzz.py` does the same in small with every `make test`.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import logging
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image as pillow

from anonlab import masks, parameters, scenarios, tables, truth
from anonlab.errors import AnonlabError
from anonlab.media import images, seek, video
from anonlab.paths import ROOT
from tests import generate
from tests.files import noise, smooth, write_clip

MAX_PIXELS = 1_000_000
MEMORY = 4 << 30
SECONDS = 20
KEPT = ROOT / "build" / "fuzz"

Step = tuple[str, float, int]
"""What is done to a file, where (0 to 1), and a number that says how."""

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class Case(NamedTuple):
    """A valid file and what reads it."""

    data: bytes
    read: Callable[[Path], object]
    name: str = "file"


# ------------------------------------------------------------------ how files are damaged


def flip(data: bytearray, at: int, number: int) -> None:
    data[at] ^= 1 << number % 8


def change(data: bytearray, at: int, number: int) -> None:
    data[at] = number & 0xFF


def insert(data: bytearray, at: int, number: int) -> None:
    data[at:at] = random.Random(number).randbytes(1 + number % 40)


def delete(data: bytearray, at: int, number: int) -> None:
    del data[at : at + 1 + number % 40]


def repeat(data: bytearray, at: int, number: int) -> None:
    data[at:at] = data[at : at + 1 + number % 400]


def cut(data: bytearray, at: int, number: int) -> None:
    del data[at:]


def field(data: bytearray, at: int, number: int) -> None:
    """A field of a header with a value at the edge of what it holds, whichever way its bytes run."""
    order, size = "<>"[number % 2], "BHI"[number // 2 % 3]
    value = INTERESTING[number // 6 % len(INTERESTING)] & (256 ** struct.calcsize(size) - 1)
    packed = struct.pack(order + size, value)
    data[at : at + len(packed)] = packed


def head(data: bytearray, at: int, number: int) -> None:
    """The same near the start, where headers are."""
    field(data, at % 128 % len(data), number)


STEPS: Mapping[str, Callable[[bytearray, int, int], None]] = {
    each.__name__: each for each in (flip, change, insert, delete, repeat, cut, field, head)
}


def damaged(data: bytes, steps: Sequence[Step]) -> bytes:
    out = bytearray(data)
    for name, place, number in steps:
        if out:
            STEPS[name](out, min(int(place * len(out)), len(out) - 1), number)
    return bytes(out)


# ------------------------------------------------------------------ what is read


def read_image(path: Path) -> None:
    image = images.read_image(path, MAX_PIXELS)
    assert image.dtype == np.uint8
    assert 0 < image.shape[0] * image.shape[1] <= MAX_PIXELS


def read_clip(path: Path) -> None:
    with contextlib.suppress(AnonlabError):
        info = video.probe_video(path, MAX_PIXELS)
        assert info.n_frames > 0
        assert 0 < info.width * info.height <= MAX_PIXELS
        assert info.fps > 0
        for _ in islice(seek.read_from(path, info.n_frames // 2, info.n_frames), 3):
            pass
    for frame in islice(video.read_video(path), 30):
        assert frame.dtype == np.uint8


def read_params(path: Path) -> None:
    for read in (parameters.load, functools.partial(parameters.set_value, "dataset", "folder", "x")):
        with contextlib.suppress(AnonlabError):
            read(path)
    parameters.use_profile("embedded", path)


def read_titles(path: Path) -> None:
    scenarios.titles(path.parent, ["office", "machine_2"])


def read_truth(path: Path) -> None:
    home = path.parent / "truth"
    home.mkdir(exist_ok=True)
    shutil.copy(path, home / path.name)
    truth.read(path.parent, generate.manifest(np.random.default_rng(0), 4, 1, 20))


def picture(form: str, mode: str = "RGB", **options: object) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        pillow.fromarray(smooth(24, 32)).convert(mode).save(path, form, **options)
        return path.read_bytes()


def clip(codec: str, pixels: str, container: str, **mux: str) -> bytes:
    quick = {
        "libx264": {"preset": "ultrafast", "qp": "20"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    }
    with tempfile.TemporaryDirectory() as folder:
        frames = [smooth(32, 48, shift=4 * index) for index in range(6)]
        path = write_clip(
            Path(folder) / "a", frames, codec, pixels, container=container, mux=mux, options=quick.get(codec)
        )
        return path.read_bytes()


def table(name: str, pandas_metadata: bool = False) -> bytes:
    rng = np.random.default_rng(0)
    items = generate.manifest(rng, 4, 1, 20)
    found = {"manifest": items, "pose": generate.pose(rng, items), "actions": generate.actions(rng, items)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        if pandas_metadata:
            found[name].to_parquet(path)
        else:
            tables.write(path, tables.SCHEMAS[name], found[name])
        return path.read_bytes()


def labels() -> bytes:
    people = {
        "keypoints": [10.0, 20.0, 2] * 17,
        "bbox": [1, 2, 300, 400],
        "segmentation": [[1, 1, 300, 1, 300, 300]],
    }
    counts = {"size": [720, 1280], "counts": masks.to_text([400_000, 1000, 520_600])}
    everybody = [people, people | {"segmentation": counts, "actions": [3], "track_id": 4}]
    content = {
        "images": [{"id": n, "file_name": f"picture_{n:03d}.png"} for n in range(2)],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, **each} for n, each in enumerate(everybody)
        ],
        "categories": [{"id": 1, "name": "person"}],
    }
    return json.dumps(content).encode()


@functools.cache
def cases() -> dict[str, Case]:
    """Every reader, and for every format a file that it reads."""
    deep = cv2.imencode(".png", noise(16, 16).astype(np.uint16) * 257)[1].tobytes()
    pictures = {
        **{form.lower(): picture(form) for form in ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")},
        **{"palette": picture("PNG", "P"), "gray": picture("PNG", "L"), "deep": deep},
        "lzw": picture("TIFF", compression="tiff_lzw"),
        "progressive": picture("JPEG", progressive=True),
    }
    clips = {
        "mp4": clip("libx264", "yuv420p", "mp4"),
        "fragments": clip("libx264", "yuv420p", "mp4", movflags="+frag_keyframe+empty_moov"),
        "mov": clip("mjpeg", "yuvj420p", "mov"),
        "avi": clip("mpeg4", "yuv420p", "avi"),
        "mkv": clip("ffv1", "bgr0", "matroska"),
        "webm": clip("libvpx-vp9", "yuv420p", "webm"),
        "gif": clip("gif", "rgb8", "gif"),
        "ts": clip("libx264", "yuv420p", "mpegts"),
    }
    titles = "scenarios:\n  office: Office\n  machine_2: 'Machine, from above'\n"
    rows = json.dumps([{"name": "office", "title": "Office"}, {"name": "lab", "title": "Lab"}])
    readers = {
        name: functools.partial(tables.read, schema=tables.SCHEMAS[name])
        for name in ("manifest", "pose", "actions")
    }
    return {
        **{f"image {name}": Case(data, read_image) for name, data in pictures.items()},
        **{f"clip {name}": Case(data, read_clip) for name, data in clips.items()},
        **{f"table {name}": Case(table(name), read) for name, read in readers.items()},
        "table of pandas": Case(table("manifest", pandas_metadata=True), readers["manifest"]),
        "params.yaml": Case((ROOT / "profiles/embedded.yaml").read_bytes(), read_params, "params.yaml"),
        "dataset.yaml": Case(titles.encode(), read_titles, "dataset.yaml"),
        "scenarios.json": Case(rows.encode(), scenarios.read, "scenarios.json"),
        "truth.json": Case(labels(), read_truth, "labels.json"),
    }


# ------------------------------------------------------------------ the property


class TooSlow(BaseException):
    """No `Exception`, so that no reader takes it for a damaged file."""


@contextlib.contextmanager
def limited(seconds: int = SECONDS) -> Iterator[None]:
    """Raise TooSlow in a block that takes longer."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(case: Case, data: bytes, folder: Path) -> None:
    """Read `data`; raises what must not be raised."""
    path = folder / case.name
    path.write_bytes(data)
    with warnings.catch_warnings(), limited(), contextlib.suppress(AnonlabError):
        warnings.simplefilter("ignore")
        case.read(path)


# ------------------------------------------------------------------ the long run


def draw(rng: random.Random) -> list[Step]:
    n_steps = rng.choice((1, 1, 2, 3, 6))
    return [(rng.choice(list(STEPS)), rng.random(), rng.randrange(1 << 16)) for _ in range(n_steps)]


def fuzz(seed: int, names: Sequence[str], until: float, folder: Path) -> int:
    """Check damaged files until the time is over; a line on stdout for each that breaks the property."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    rng, n_files, seen = random.Random(seed), 0, set()
    while time.monotonic() < until:
        name = rng.choice(names)
        try:
            check(cases()[name], damaged(cases()[name].data, draw(rng)), folder)
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            problem = f"{name}: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
            if problem not in seen:
                seen.add(problem)
                keep(folder / cases()[name].name, name, f"{problem}: {str(error)[:300]}")
        n_files += 1
        (folder / "n").write_text(f"{n_files} {name}")
    return n_files


def keep(path: Path, name: str, problem: str) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    target = KEPT / f"{name.replace(' ', '-')}-{time.time_ns()}"
    shutil.copy(path, target)
    sys.stdout.write(f"{problem}\n    {target}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", default="", help="readers whose name begins with this")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    names = [name for name in cases() if name.startswith(options.only)]
    until, n_files, broken, seed = time.monotonic() + 60 * options.minutes, 0, 0, options.seed
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            child = os.fork()
            if not child:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders write what they think of a file
                before = len(list(KEPT.glob("*"))) if KEPT.is_dir() else 0
                fuzz(seed, names, until, Path(folder))
                os._exit(int(len(list(KEPT.glob("*"))) > before if KEPT.is_dir() else 0))
            _, status = os.waitpid(child, 0)
            count, _, name = (Path(folder) / "n").read_text().partition(" ")
            n_files, seed = n_files + int(count), seed + 1
            broken += status != 0
            if os.WIFSIGNALED(status):
                for path in Path(folder).iterdir():
                    if path.name != "n" and path.is_file():
                        keep(path, path.name, f"died of signal {os.WTERMSIG(status)}, after {name}")
    sys.stdout.write(f"{n_files} damaged files read, seeds {options.seed} to {seed - 1}\n")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
