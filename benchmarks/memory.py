"""Peak memory of the video stages on 200 and on 2,000 frames, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from anonlab import dataset, media
from benchmarks.common import Row
from tests import people

LENGTHS = (200, 2000)
SIZE_WH = (320, 240)
STAGES = {
    "persons": "from anonlab import persons; persons.run({folder}, every=10, workers=1, data=data, store=store)",
    "anonymize": (
        "from anonlab import anonymize; "
        "anonymize.run({folder}, 'blur', {{'sigma_frac': 0.03}}, workers=1, data=data, store=store)"
    ),
    "pose": "from anonlab import pose; pose.run({folder}, 'blur', every=20, workers=1, data=data, store=store)",
}
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


def run() -> list[Row]:
    """Peak of each stage in MiB for both lengths; one drawn person walks to and fro."""
    with tempfile.TemporaryDirectory() as name:
        peaks = {length: _peaks(Path(name, str(length)), length) for length in LENGTHS}
    short, long = (peaks[length] for length in LENGTHS)
    return [
        Row(
            f"peak memory of {stage}: {LENGTHS[1]} / {LENGTHS[0]} frames",
            f"{long[stage]:.0f} MiB",
            f"{short[stage]:.0f} MiB",
            long[stage] / short[stage],
            goal=1.1,
            at_most=True,
        )
        for stage in STAGES
    ]


def _peaks(home: Path, n_frames: int) -> dict[str, float]:
    clip = home / "footage/videos/walk.mp4"
    clip.parent.mkdir(parents=True)
    with media.VideoWriter(clip, media.fps("25"), SIZE_WH) as writer:
        for index in range(n_frames):
            x = 60 + abs(index % 200 - 100) * 2
            writer.write(people.room(*SIZE_WH, [people.Person(x, 30, 190)], seed=index % 50))
    dataset.run(str(home / "footage"), workers=1, data=home / "data", store=home / "items")
    return {stage: _peak(home, code) for stage, code in STAGES.items()}


def _peak(home: Path, code: str) -> float:
    places = (
        f"from pathlib import Path; data, store = Path({str(home / 'data')!r}), Path({str(home / 'items')!r})"
    )
    script = "; ".join([places, code.format(folder=repr(str(home / "footage"))), PEAK])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])
