"""Nothing but pictures gets through: what other programs find in the copies of files that were full of secrets."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from anonlab import anonymize, dataset, deliver, media, tables
from anonlab.errors import InputError, ParameterError
from tests import people

NEEDED = ("exiftool", "ffmpeg", "ffprobe", "mediainfo")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING),
    reason=f"{', '.join(MISSING)} missing; on Debian: apt install libimage-exiftool-perl ffmpeg mediainfo",
)

SECRET = "Erika-Mustermann-4711"
"""In every field of every input; it may be in no output, in whatever encoding."""

KINDS: dict[str, dict[str, Any]] = {"original": {}, "blur": {"sigma_frac": 0.03}, "reencode": {"quality": 90}}
BORING = {"major_brand", "minor_version", "compatible_brands", "handler_name", "language", "vendor_id"}


def run(*command: str | Path) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def photograph(path: Path) -> None:
    """A JPEG with EXIF, GPS, a thumbnail, XMP, IPTC, a comment and a colour profile."""
    from PIL import Image, ImageCms

    picture = Image.fromarray(people.room(people=[people.Person(320, 60, 380)]))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, icc_profile=profile)
    small = path.with_name("thumbnail.jpg")
    picture.resize((64, 48)).save(small, comment=SECRET)
    tags = [
        "EXIF:Artist",
        "EXIF:ImageDescription",
        "EXIF:UserComment",
        "XMP:Creator",
        "IPTC:Keywords",
        "Comment",
    ]
    place = ["-GPSLatitude=48.137", "-GPSLatitudeRef=N", "-GPSLongitude=11.575", "-GPSLongitudeRef=E"]
    written = [*(f"-{tag}={SECRET}" for tag in tags), *place, f"-ThumbnailImage<={small}"]
    run("exiftool", "-q", "-overwrite_original", *written, path)
    small.unlink()


def recording(path: Path, source: Path) -> None:
    """A clip with sound, subtitles, chapters, tags everywhere, and an attachment or a cover."""
    words, cover = path.with_name("words.srt"), path.with_name("cover.jpg")
    words.write_text(f"1\n00:00:00,000 --> 00:00:00,400\n{SECRET}\n")
    photograph(cover)
    chapters = path.with_name("chapters.txt")
    chapters.write_text(
        f";FFMETADATA1\ntitle={SECRET}\nlocation=+48.137+011.575/\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\n"
        f"title={SECRET}\n"
    )
    inputs = ["-i", source, "-f", "lavfi", "-i", "sine=duration=0.5", "-i", words, "-i", chapters]
    tags = [f"-metadata:s:{index}" for index in range(3)]
    told = [each for tag in tags for each in (tag, f"title={SECRET}")]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:s", "-map_metadata", "3", "-map_chapters", "3"]
    if path.suffix == ".mkv":
        codecs = ["-c:v", "copy", "-c:a", "aac", "-c:s", "srt", "-attach", cover]
        codecs += ["-metadata:s:t", "mimetype=image/jpeg", "-metadata:s:t", f"filename={SECRET}.jpg"]
    else:
        inputs += ["-i", cover]
        maps += ["-map", "4:v"]
        codecs = [
            "-c:v:0",
            "copy",
            "-c:a",
            "aac",
            "-c:s",
            "mov_text",
            "-c:v:1",
            "mjpeg",
            "-disposition:v:1",
            "attached_pic",
        ]
        codecs += ["-movflags", "use_metadata_tags", "-metadata", f"comment={SECRET}"]
    run("ffmpeg", "-v", "error", "-y", *inputs, *maps, *codecs, *told, path)
    for each in (words, cover, chapters):
        each.unlink()


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("footage")
    plain = people.data_folder(tmp_path_factory.mktemp("plain")) / "videos/walk.mkv"
    photograph(folder / "images/office/photo.jpg")
    (folder / "videos").mkdir()
    recording(folder / "videos/one.mkv", plain)
    recording(folder / "videos/two.mp4", plain)
    return folder


@pytest.fixture(scope="module")
def copies(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline's copies below `data/anonymized`, delivered ones below `handed`."""
    root = tmp_path_factory.mktemp("run")
    data, store = root / "data", root / "store"
    dataset.run(str(footage), source="folder", workers=1, data=data, store=store)
    nobody = tables.table(tables.PERSONS, [])
    tables.write(data / "persons.parquet", tables.PERSONS, nobody)
    tables.write(data / "truth.parquet", tables.TRUTH, tables.table(tables.TRUTH, []))
    for kind in ("blur", "reencode"):
        anonymize.run(str(footage), kind, KINDS[kind], workers=1, data=data, store=store)
    deliver.run("blur", KINDS, str(footage), root / "handed", data=data)
    return root


def written(root: Path) -> list[Path]:
    found = [path for path in sorted(root.rglob("*")) if path.suffix in (".png", ".jpg", ".mp4")]
    return [path for path in found if "store" not in path.parts]


def test_the_inputs_are_full_of_secrets(footage: Path) -> None:
    for path in footage.rglob("*.*"):
        assert SECRET in run("exiftool", "-a", "-ee", "-G", path), path
    streams = json.loads(
        run("ffprobe", "-v", "error", "-of", "json", "-show_streams", footage / "videos/two.mp4")
    )
    assert {each["codec_type"] for each in streams["streams"]} >= {"video", "audio", "subtitle"}
    assert "GPS" in run("exiftool", "-G", footage / "images/office/photo.jpg")


def test_every_item_has_its_copies(copies: Path) -> None:
    assert len(written(copies)) == 3 * 3


def test_no_byte_of_a_secret_passes(copies: Path) -> None:
    for path in [*written(copies), *(copies / "handed").rglob("*.csv")]:
        content = path.read_bytes()
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert SECRET.encode(encoding) not in content, path


def test_pictures_hold_nothing_that_describes_them(copies: Path) -> None:
    for path in written(copies):
        if path.suffix == ".mp4":
            continue
        (found,) = json.loads(run("exiftool", "-j", "-G", "-a", "-ee", "-u", path))
        groups = {name.partition(":")[0] for name in found if ":" in name}
        assert groups <= {"ExifTool", "File", "PNG", "JFIF", "Composite"}, (path, groups)
        assert not [name for name in found if "Comment" in name or "Thumbnail" in name or "Profile" in name]


def test_clips_hold_one_stream_of_pictures(copies: Path) -> None:
    for path in written(copies):
        if path.suffix != ".mp4":
            continue
        told = ("-show_streams", "-show_format", "-show_chapters")
        found = json.loads(run("ffprobe", "-v", "error", "-of", "json", *told, path))
        (stream,) = found["streams"]
        assert stream["codec_name"] == "h264"
        assert not found["chapters"]
        tags = {name.lower() for each in (stream, found["format"]) for name in each.get("tags", {})}
        assert tags <= BORING, (path, tags)
        assert "side_data_list" not in stream
        tracks = json.loads(run("mediainfo", "--Output=JSON", path))["media"]["track"]
        assert [each["@type"] for each in tracks] == ["General", "Video"]
        times = run("exiftool", "-s", "-time:all", "-G1", path)
        dates = [line.partition(": ")[2] for line in times.splitlines() if "[System]" not in line]
        assert set(dates) <= {"0000:00:00 00:00:00"}, (path, dates)


def test_what_is_handed_out_is_what_was_made(copies: Path) -> None:
    lossless = copies / "data/anonymized/blur/videos/two.mp4"
    handed = copies / "handed/videos/two.mp4"
    for one, other in zip(media.read_video(lossless), media.read_video(handed), strict=True):
        assert np.abs(one.astype(int) - other.astype(int)).mean() < 4
    probe = json.loads(run("ffprobe", "-v", "error", "-of", "json", "-show_streams", handed))["streams"][0]
    assert probe["pix_fmt"] == "yuv420p"
    listed = pd.read_csv(copies / "handed" / deliver.LIST)
    assert set(listed["file"]) == {"images/office/photo.jpg", "videos/one.mp4", "videos/two.mp4"}
    assert (listed["n_empty"] == listed["n_frames"]).all()


def test_what_could_not_be_read_is_listed_as_left_out(copies: Path, footage: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(copies / "data", data)
    bad = [{"path": "images/office/bad.jpg", "problem": "not a picture"}]
    tables.write(data / "unreadable.parquet", tables.UNREADABLE, bad)
    listed = deliver.run("blur", KINDS, str(footage), tmp_path / "new", data=data)
    assert list(listed.loc[listed["file"] == "", "item"]) == ["images/office/bad.jpg"]
    assert len(listed) == 4


def test_odd_sizes_become_even_and_lose_nothing() -> None:
    image = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    wider = deliver.even(image)
    assert wider.shape == (6, 8, 3)
    np.testing.assert_array_equal(wider[:5, :7], image)


def test_delivery_refuses_what_would_do_harm(copies: Path, footage: Path, tmp_path: Path) -> None:
    data = copies / "data"
    with pytest.raises(ParameterError, match="covers nobody"):
        deliver.run("reencode", KINDS, str(footage), tmp_path / "new", data=data)
    with pytest.raises(ParameterError, match="choose from"):
        deliver.run("blurr", KINDS, str(footage), tmp_path / "new", data=data)
    with pytest.raises(InputError, match="inside the data set"):
        deliver.run("blur", KINDS, str(footage), footage / "copies", data=data)
    with pytest.raises(InputError, match="not empty"):
        deliver.run("blur", KINDS, str(footage), copies / "handed", data=data)
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    copy = mine / "anonymized/blur/images/office/photo.png"
    copy.chmod(0o644)
    copy.write_bytes(copy.read_bytes() + b"x")
    with pytest.raises(InputError, match="not the file that the run wrote"):
        deliver.run("blur", KINDS, str(footage), tmp_path / "new", data=mine)


@pytest.mark.parametrize("faithful", [False, True])
def test_who_was_left_as_they_were_on_purpose_is_not_handed_out(
    copies: Path, footage: Path, tmp_path: Path, faithful: bool
) -> None:
    data = tmp_path / "data"
    shutil.copytree(copies / "data", data)
    path = data / "anonymized/blur/frames.parquet"
    frames = tables.read(path, tables.FRAMES)
    frames.loc[0, "n_untouched"] = 1
    tables.write(path, tables.FRAMES, frames)
    listed = deliver.run("blur", {"blur": {"faithful": faithful}}, str(footage), tmp_path / "new", data=data)
    assert list(listed["file"] == "") == [faithful, *[False] * (len(listed) - 1)]
