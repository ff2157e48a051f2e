"""Find and cover every person of a clip, frames per second, against deface 1.5.0 (faces only), each on one core.

Decoding counts on both sides; loading the networks and writing the result do not. Both are timed frame by frame over
the same frames, in turns. deface lives in an environment of its own, made on first use; without a network, or without
a clip, the bench says so and is skipped.

`python -m benchmarks.deface --clip CLIP` runs it on any clip.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd

from anonlab import media, methods, models, parameters, persons, records, tables
from anonlab.errors import AnonlabError
from anonlab.methods import filters
from anonlab.models.contracts import Image
from anonlab.paths import ROOT
from benchmarks.common import Row, as_text

ENVIRONMENT = ROOT / ".setup" / "deface"
PACKAGES = ("deface==1.5.0", "onnxruntime")
N_FRAMES = 100
ROUNDS = 3
EVERY, HOLD_FRAMES, MIN_SCORE = 5, 6, 0.3

# The loop of deface's own `video_detect` with its default settings, without the encoder and the progress bar.
DEFACE = """
import functools, json, sys, time
import imageio, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
onnxruntime.InferenceSession = functools.partial(onnxruntime.InferenceSession, sess_options=options)
from deface.centerface import CenterFace
from deface.deface import anonymize_frame
import cv2
cv2.setNumThreads(1)
network, shares, start = CenterFace(), [], None
for frame in imageio.get_reader(sys.argv[1]).iter_data():
    if start is None:
        network(frame, threshold=0.2)
        start, away = time.perf_counter(), 0
    before = frame.copy()
    faces, _ = network(frame, threshold=0.2)
    anonymize_frame(faces, frame, 1.3, "blur", True, False, None, 20)
    pause = time.perf_counter()
    shares.append(float((frame != before).any(axis=2).mean()))
    away += time.perf_counter() - pause
    if len(shares) == int(sys.argv[2]):
        break
seconds = time.perf_counter() - start - away
print(json.dumps([len(shares) / seconds, shares]))
"""


class Skipped(Exception):
    """Why the bench cannot run here."""


class Run(NamedTuple):
    """Speed of one pass, and the share of each frame that it changed."""

    frames_per_second: float
    shares: list[float]


def run(clip: Path | None = None) -> list[Row]:
    """Frames per second of both, and what each covered."""
    what = "find and cover / deface 1.5.0: frames/s"
    try:
        clip = clip or default_clip()
        python = deface_python()
        with one_core():
            rounds = [(our_run(clip), deface_run(python, clip)) for _ in range(ROUNDS)]
    except (Skipped, AnonlabError) as reason:
        return [Row(what, f"skipped: {reason}")]
    ours, theirs = (list(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(own.frames_per_second / its.frames_per_second for own, its in rounds)
    return [
        Row(f"{what} ({clip.name})", _speed(ours), _speed(theirs), ratio),
        Row("... what is covered", "whole body", "face (ellipse)"),
        Row("... frames with anything covered", _frames(ours[0]), _frames(theirs[0])),
        Row("... mean share of a frame covered", _share(ours[0]), _share(theirs[0])),
    ]


def our_run(clip: Path) -> Run:
    """Find and track everybody, then blur at the default strength, as the stages do: one pass over the clip each."""
    detector = models.load("persons", "blazepose")
    blur = methods.anonymizer("blur", {}, "body", 0.02)
    rng, shares, away = np.random.default_rng(0), [], 0.0
    detector.detect(next(_frames_of(clip)))
    start = time.perf_counter()
    found = pd.DataFrame(
        [
            row
            for rows in persons.track(_frames_of(clip), detector, EVERY, HOLD_FRAMES, MIN_SCORE)
            for row in rows
        ],
        columns=list(tables.PERSONS.columns),
    )
    found = found.sort_values("frame", kind="stable")
    for index, image in enumerate(_frames_of(clip)):
        here = records.persons(records.of_frame(found, index), *image.shape[:2])
        result = blur(image, here, rng)
        pause = time.perf_counter()
        shares.append(float(filters.differ(image, result).mean()))
        away += time.perf_counter() - pause
    return Run(len(shares) / (time.perf_counter() - start - away), shares)


def _frames_of(clip: Path) -> Iterator[Image]:
    return itertools.islice(media.read_video(clip), N_FRAMES)


def deface_run(python: Path, clip: Path) -> Run:
    """One pass of deface over the first frames of a clip."""
    done = subprocess.run(
        [python, "-W", "ignore", "-c", DEFACE, clip, str(N_FRAMES)], capture_output=True, text=True
    )
    if done.returncode:
        raise Skipped(f"deface failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return Run(*json.loads(done.stdout.splitlines()[-1]))


def deface_python() -> Path:
    """The interpreter of deface's environment, made if there is none.

    Raises:
        Skipped: deface cannot be installed, most often because there is no network.
    """
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists() and _ends_well([python, "-c", "import deface, onnxruntime"]):
        return python
    make = [sys.executable, "-m", "venv", "--clear", ENVIRONMENT]
    install = [python, "-m", "pip", "install", "--quiet", "--retries", "1", *PACKAGES]
    if not (_ends_well(make) and _ends_well(install)):
        raise Skipped(f"{' and '.join(PACKAGES)} cannot be installed; is there a network?")
    return python


def _ends_well(command: list[str | Path]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def default_clip() -> Path:
    """The first clip of the data set that params.yaml names."""
    videos = ROOT / parameters.load()["dataset"]["folder"] / "videos"
    clips = sorted(path for path in videos.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not clips:
        raise Skipped(f"no clips in {videos}; name one: python -m benchmarks.deface --clip CLIP")
    return clips[0]


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Hold this process and those it starts on one core, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _speed(runs: list[Run]) -> str:
    return f"{statistics.median(each.frames_per_second for each in runs):.1f}"


def _frames(each: Run) -> str:
    return f"{sum(share > 0 for share in each.shares)} of {len(each.shares)}"


def _share(each: Run) -> str:
    return f"{100 * statistics.mean(each.shares):.1f} %"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clip", type=Path)
    cv2.setNumThreads(1)
    print(as_text(run(parser.parse_args().clip)))
