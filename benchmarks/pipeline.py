"""What the pipeline adds to its networks: wall time of a pose stage over the sum of its network calls, one process.

Everything counts that a stage does for its items: decoding, cropping, decoding of the networks' outputs, tables.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from pathlib import Path

from anonlab import dataset, media, models, pose
from anonlab.models.litert import GridNetwork, Network
from benchmarks.common import Row
from tests import people

N_FRAMES = 40
ROUNDS = 3


def run() -> list[Row]:
    """Overhead on drawn people at 640 x 480: a clip, every frame of it."""
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name, "footage"), Path(name, "data")
        _write_clip(folder / "videos/two.mp4")
        dataset.run(str(folder), workers=1, data=data, store=Path(name, "items"))
        _stage(folder, data, Path(name, "warm"))
        rounds = [_stage(folder, data, Path(name, str(number))) for number in range(ROUNDS)]
    wall, networks = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(whole / part for whole, part in rounds)
    what = f"pose stage, {N_FRAMES} frames: wall time / network calls"
    return [Row(what, f"{wall:.2f} s", f"{networks:.2f} s", ratio, goal=1.25, at_most=True)]


def _stage(folder: Path, data: Path, store: Path) -> tuple[float, float]:
    """Seconds of one run of the stage, and of the network calls in it."""
    models.load("pose", "blazepose")
    before, start = _network_seconds(), time.perf_counter()
    pose.run(str(folder), "original", every=1, workers=1, data=data, store=store)
    return time.perf_counter() - start, _network_seconds() - before


def _network_seconds() -> float:
    return sum(each.seconds for each in gc.get_objects() if isinstance(each, (Network, GridNetwork)))


def _write_clip(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with media.VideoWriter(path, media.fps("25"), (640, 480)) as clip:
        for index in range(N_FRAMES):
            two = [people.Person(150 + 2 * index, 60, 380), people.Person(460, 100, 320, shirt=(150, 60, 50))]
            clip.write(people.room(people=two, seed=index))
