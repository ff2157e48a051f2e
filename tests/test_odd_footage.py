"""Footage as cameras and programs really write it, through search, anonymization and delivery with the real networks.

In every frame of every copy the person is covered, what is far from the person is as it was, and no frame is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pandas as pd
import pytest

from anonlab import anonymize, dataset, deliver, media, persons, tables
from tests import people
from tests.files import write_clip

N_FRAMES = 8
NTSC = Fraction(30_000, 1001)
SETTINGS = {"sigma_frac": 0.03}


@dataclass(frozen=True)
class Clip:
    """How a clip is written, and what is to come out: `upright_wh` in pixels, `fps` in frames per second."""

    name: str
    write: Mapping[str, Any] = field(default_factory=dict)
    upright_wh: tuple[int, int] = (320, 240)
    fps: Fraction = Fraction(25)
    fields: bool = False


LOSSLESS = {"codec": "ffv1", "container": "matroska"}
CLIPS = {
    "29.97 frames a second": Clip("a.mp4", {"fps": NTSC}, fps=NTSC),
    "a varying rate": Clip(
        "b.mkv", {**LOSSLESS, "pixels": "bgr0", "ticks": [0, 4, 8, 20, 24, 40, 44, 50]}, fps=Fraction(14)
    ),
    "portrait by a flag": Clip("c.mp4", {"rotation": (90, False, False)}, upright_wh=(240, 320)),
    "an odd size": Clip("d.mkv", {**LOSSLESS, "pixels": "bgr0"}, upright_wh=(321, 241)),
    "odd chroma": Clip("e.mkv", {**LOSSLESS, "pixels": "yuv420p"}, upright_wh=(321, 241)),
    "50 fields a second": Clip("f.mp4", {"options": {"x264-params": "interlaced=1"}}, fields=True),
    "a GIF": Clip("g.gif", {"codec": "gif", "pixels": "rgb8"}),
    "gray": Clip("h.mkv", {**LOSSLESS, "pixels": "gray"}),
    "ten bits": Clip("i.mp4", {"pixels": "yuv420p10le"}),
    "an MP4 that is called AVI": Clip("j.avi", {"container": "mp4"}),
}


def walker(clip: Clip, moment: float) -> people.Person:
    return people.Person(clip.upright_wh[0] * 0.3 + 10 * moment, 0.12 * clip.upright_wh[1], 190)


def filmed(clip: Clip, index: int) -> people.Image:
    """One frame, upright; two moments in alternating rows where there are fields."""
    first, second = (
        people.room(*clip.upright_wh, [walker(clip, index + later)], seed=index) for later in (0, 0.5)
    )
    if clip.fields:
        first[1::2] = second[1::2]
    return first


def torso(clip: Clip, index: float) -> tuple[slice, slice]:
    """Rows and columns of a part of the walker that has to be covered, head to hips."""
    person = walker(clip, index)
    return slice(int(person.top) + 12, int(person.top) + 95), slice(int(person.x) - 10, int(person.x) + 11)


@dataclass(frozen=True)
class Places:
    """Where a run over all clips lies."""

    folder: Path
    data: Path
    delivered: Path

    def original(self, clip: Clip) -> list[people.Image]:
        return list(media.read_video(self.folder / "videos" / clip.name))

    def copy(self, clip: Clip) -> list[people.Image]:
        stem = Path(clip.name).stem
        return list(media.read_video(self.data / "anonymized/blur/videos" / f"{stem}{media.VIDEO_SUFFIX}"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Places:
    home = tmp_path_factory.mktemp("odd")
    places = Places(home / "footage", home / "data", home / "delivered")
    (places.folder / "videos").mkdir(parents=True)
    for clip in CLIPS.values():
        frames = [filmed(clip, index) for index in range(N_FRAMES)]
        stored = [np.rot90(each, -1) for each in frames] if "rotation" in clip.write else frames
        write_clip(places.folder / "videos" / clip.name, stored, **clip.write)
    where: dict[str, Any] = {"data": places.data, "store": home / "items", "workers": 1}
    dataset.run(str(places.folder), **where)
    persons.run(str(places.folder), **where)
    anonymize.run(str(places.folder), "blur", SETTINGS, **where)
    deliver.run("blur", {"blur": SETTINGS}, str(places.folder), places.delivered, data=places.data)
    return places


def row(run: Places, clip: Clip) -> pd.Series[Any]:
    manifest = tables.read(run.data / "manifest.parquet", tables.MANIFEST)
    return manifest[manifest["path"] == f"videos/{clip.name}"].iloc[0]


def coarse(image: people.Image) -> np.ndarray:
    """A picture without the grain that H.264 and the few colours of a GIF add, (30, 40, 3)."""
    return cv2.resize(image, (40, 30), interpolation=cv2.INTER_AREA).astype(float)


def test_the_clips_are_as_odd_as_they_claim(run: Places) -> None:
    with av.open(str(run.folder / "videos/f.mp4")) as found:
        assert all(frame.interlaced_frame for frame in found.decode(video=0))
    with av.open(str(run.folder / "videos/c.mp4")) as found:
        assert found.streams.video[0].width > found.streams.video[0].height
    with av.open(str(run.folder / "videos/i.mp4")) as found:
        assert found.streams.video[0].pix_fmt == "yuv420p10le"
    with av.open(str(run.folder / "videos/j.avi")) as found:
        assert "mp4" in found.format.name


@pytest.mark.parametrize("name", CLIPS)
def test_the_person_is_covered_in_every_frame_and_the_rest_is_as_it_was(run: Places, name: str) -> None:
    clip = CLIPS[name]
    original, copy = run.original(clip), run.copy(clip)
    assert len(original) == len(copy) == N_FRAMES
    for index, (before, after) in enumerate(zip(original, copy, strict=True)):
        assert after.shape == (*clip.upright_wh[::-1], 3)
        changed = (before != after).any(axis=2)
        assert changed[torso(clip, index)].mean() > 0.98
        if clip.fields:
            assert changed[torso(clip, index + 0.5)].mean() > 0.98
        assert not changed[:, -40:].any()


@pytest.mark.parametrize("name", CLIPS)
def test_what_is_handed_out_has_every_frame_at_its_rate(run: Places, name: str) -> None:
    clip = CLIPS[name]
    assert Fraction(row(run, clip)["fps"]) == clip.fps
    with av.open(str(run.delivered / "videos" / f"{Path(clip.name).stem}.mp4")) as found:
        stream = found.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in found.decode(video=0)]
        assert stream.average_rate == clip.fps
    assert len(frames) == N_FRAMES
    for frame, copied in zip(frames, run.copy(clip), strict=True):
        height, width = copied.shape[:2]
        assert frame.shape == (height + height % 2, width + width % 2, 3)
        assert np.abs(coarse(frame[:height, :width]) - coarse(copied)).mean() < 3


def test_gray_stays_gray(run: Places) -> None:
    for frame in run.copy(CLIPS["gray"]):
        assert (frame == frame[..., :1]).all()
