"""Pictures: every format and depth arrives as the same RGB, and nothing arrives half."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as pillow

from anonlab.errors import InputError
from anonlab.media import images
from tests.files import cut, noise, smooth

LOSSLESS = {
    "PNG": {},
    "BMP": {},
    "TIFF": {},
    "WEBP": {"lossless": True},
}
COMPRESSED_TIFF = ["tiff_lzw", "tiff_adobe_deflate", "packbits"]


def save(path: Path, image: np.ndarray, form: str, **options: Any) -> Path:
    pillow.fromarray(image).save(path, form, **options)
    return path


@pytest.mark.parametrize("form", LOSSLESS)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (31, 17)])
def test_lossless_formats_arrive_as_they_were(tmp_path: Path, form: str, size: tuple[int, int]) -> None:
    image = noise(*size)
    path = save(tmp_path / "picture.xyz", image, form, **LOSSLESS[form])
    np.testing.assert_array_equal(images.read_image(path), image)


@pytest.mark.parametrize("compression", COMPRESSED_TIFF)
def test_compressed_tiff(tmp_path: Path, compression: str) -> None:
    path = save(tmp_path / "a.tif", noise(20, 30), "TIFF", compression=compression)
    np.testing.assert_array_equal(images.read_image(path), noise(20, 30))


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("ending", [".jpg", ".png", ".mp4", ""])
def test_the_ending_does_not_matter(tmp_path: Path, form: str, ending: str) -> None:
    path = save(tmp_path / f"picture{ending}", smooth(40, 60), form, quality=95)
    assert np.abs(images.read_image(path).astype(int) - smooth(40, 60)).mean() < 3


@pytest.mark.parametrize(
    "name", ["with space.png", "-rf.png", "qu'o\"te.png", "line\nbreak.png", "größe_人.png"]
)
def test_names_do_not_matter(tmp_path: Path, name: str) -> None:
    images.write_image(tmp_path / name, noise(3, 4))
    np.testing.assert_array_equal(images.read_image(tmp_path / name), noise(3, 4))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "PA"])
def test_other_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    flat = np.zeros((8, 10, 3), np.uint8)
    flat[:, 5:] = 255
    pillow.fromarray(flat).convert(mode if mode != "PA" else "P").save(tmp_path / "a.png")
    np.testing.assert_array_equal(images.read_image(tmp_path / "a.png"), flat)


def test_transparency_is_dropped_not_blended(tmp_path: Path) -> None:
    rgba = np.dstack([noise(6, 7), np.zeros((6, 7), np.uint8)])
    np.testing.assert_array_equal(images.read_image(save(tmp_path / "a.png", rgba, "PNG")), noise(6, 7))


def test_cmyk_jpeg(tmp_path: Path) -> None:
    pillow.fromarray(smooth(40, 60)).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert np.abs(images.read_image(tmp_path / "a.jpg").astype(int) - smooth(40, 60)).mean() < 4


def upright(size: tuple[int, int]) -> np.ndarray:
    """Four flat fields, so that lossy formats keep them apart and no two turns look the same."""
    fields = np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 250]]], np.uint8)
    return fields.repeat(size[0] // 2, axis=0).repeat(size[1] // 2, axis=1)


def stored(image: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera held in this orientation stores the picture (EXIF 2.32, tag 0x0112)."""
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(undo[orientation](image))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_applied(tmp_path: Path, form: str, orientation: int) -> None:
    exif = pillow.Exif()
    exif[0x0112] = orientation
    options = {"tiffinfo": {274: orientation}} if form == "TIFF" else {"exif": exif.tobytes()}
    path = save(tmp_path / "a", stored(upright((32, 64)), orientation), form, **options)
    assert images.read_image(path).shape == (32, 64, 3)
    assert np.abs(images.read_image(path).astype(int) - upright((32, 64)))[8::16, 8::16].max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_orientation_is_applied_to_16_bits(tmp_path: Path, form: str, orientation: int) -> None:
    deep = stored(upright((8, 12)), orientation).astype(np.uint16)[..., 0] * 257
    exif = pillow.Exif()
    exif[0x0112] = orientation
    options = {"tiffinfo": {274: orientation}} if form == "TIFF" else {"exif": exif.tobytes()}
    path = save(tmp_path / "a", deep, form, **options)
    np.testing.assert_array_equal(images.read_image(path)[..., 0], upright((8, 12))[..., 0])


@pytest.mark.parametrize("ending", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    ("top", "bits"), [(255, 8), (256, 10), (1023, 10), (4095, 12), (16383, 14), (65535, 16)]
)
def test_16_bits_become_8(tmp_path: Path, ending: str, channels: int, top: int, bits: int) -> None:
    rng = np.random.default_rng(top)
    deep = rng.integers(0, top + 1, (9, 13, channels), dtype=np.uint16)
    deep[0, 0, :3] = top
    deep[..., 3:] = top
    written = deep if channels == 1 else deep[..., [2, 1, 0, *range(3, channels)]]
    assert cv2.imwrite(str(tmp_path / f"a{ending}"), written)
    expected = np.broadcast_to(deep[..., :3] >> (bits - 8), (9, 13, 3))
    np.testing.assert_array_equal(images.read_image(tmp_path / f"a{ending}"), expected)


def test_16_bit_gray_with_transparency(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (4, 5, 2), dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    (tmp_path / "a.png").write_bytes(png(5, 4, rows, depth=16, colour=4))
    np.testing.assert_array_equal(images.read_image(tmp_path / "a.png"), np.dstack([deep[..., 0] >> 8] * 3))


def png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG made by hand: for headers that no library writes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("numbers", [np.float32, np.int32])
def test_numbers_without_a_known_white_are_refused(tmp_path: Path, numbers: type) -> None:
    assert cv2.imwrite(str(tmp_path / "a.tiff"), np.ones((4, 5), numbers))
    with pytest.raises(InputError, match="8 or 16 bits per channel"):
        images.read_image(tmp_path / "a.tiff")


@pytest.mark.parametrize("form", ["TIFF", "WEBP", "GIF", "PNG"])
def test_several_pictures_in_one_file_are_refused(tmp_path: Path, form: str) -> None:
    pages = [pillow.fromarray(noise(8, 8, seed)) for seed in range(3)]
    pages[0].save(tmp_path / "a", form, save_all=True, append_images=pages[1:])
    with pytest.raises(InputError, match="videos/"):
        images.read_image(tmp_path / "a")


def test_the_preview_in_a_cameras_jpeg_is_ignored(tmp_path: Path) -> None:
    pages = [pillow.fromarray(smooth(16, 16)), pillow.fromarray(smooth(8, 8))]
    pages[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=pages[1:])
    assert images.read_image(tmp_path / "a.jpg").shape == (16, 16, 3)


@pytest.mark.parametrize(
    "content", [b"", b"only text\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0" + b"\0" * 60]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.jpg: "):
        images.read_image(tmp_path / "a.jpg")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jpg: there is no such file"):
        images.read_image(tmp_path / "a.jpg")
    with pytest.raises(InputError, match=str(tmp_path)):
        images.read_image(tmp_path)


CUTTABLE = {
    **{form: (form, options) for form, options in LOSSLESS.items()},
    "JPEG": ("JPEG", {}),
    "progressive JPEG": ("JPEG", {"progressive": True}),
    "packed TIFF": ("TIFF", {"compression": "tiff_lzw"}),
}


def whole_file(form: str, path: Path) -> Path:
    if form == "16 bits":
        path.write_bytes(cv2.imencode(".png", noise(24, 24).astype(np.uint16) * 257)[1].tobytes())
        return path
    kind, options = CUTTABLE[form]
    return save(path, noise(24, 24), kind, **options)


@pytest.mark.parametrize("form", [*CUTTABLE, "16 bits"])
@given(share=st.floats(0, 0.9999))
@settings(max_examples=25, deadline=None)
def test_a_file_cut_off_is_whole_or_an_error(tmp_path_factory: Any, form: str, share: float) -> None:
    folder = tmp_path_factory.mktemp("cut")
    whole = whole_file(form, folder / "whole")
    part = cut(whole, share, folder / "part")
    try:
        found = images.read_image(part)
    except InputError:
        return
    np.testing.assert_array_equal(found, images.read_image(whole))


@pytest.mark.parametrize("form", [*CUTTABLE, "16 bits"])
def test_half_a_file_is_an_error(tmp_path: Path, form: str) -> None:
    path = cut(whole_file(form, tmp_path / "a.jpg"), 0.5)
    with pytest.raises(InputError, match=r"a\.jpg: "):
        images.read_image(path)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0", b"BM", b"RIFF"]),
)
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_a_picture_or_an_error(tmp_path_factory: Any, data: bytes, head: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.png"
    path.write_bytes(head + data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert images.read_image(path).dtype == np.uint8
        except InputError:
            return


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png(30_000, 30_000, b""))
    with pytest.raises(InputError, match=r"bomb\.png: 30000 x 30000 pixels.*max_pixels"):
        images.read_image(tmp_path / "bomb.png")


def test_the_limit_on_pixels_is_a_parameter(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(10, 10), "PNG")
    assert images.read_image(path, max_pixels=100).shape == (10, 10, 3)
    with pytest.raises(InputError, match="max_pixels"):
        images.read_image(path, max_pixels=99)
    assert images.read_image(path, max_pixels=None).shape == (10, 10, 3)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))), st.booleans())
@settings(deadline=None)
def test_what_is_written_is_read(tmp_path_factory: Any, image: np.ndarray, gray: bool) -> None:
    path = tmp_path_factory.mktemp("written") / "a.png"
    images.write_image(path, image, gray=gray)
    np.testing.assert_array_equal(images.read_image(path), image)


def test_gray_is_stored_as_one_channel_only_if_it_is_gray(tmp_path: Path) -> None:
    gray, tinted = np.dstack([noise(5, 6)[..., 0]] * 3), noise(5, 6)
    for name, image, mode in (("gray", gray, "L"), ("tinted", tinted, "RGB")):
        images.write_image(tmp_path / name, image, gray=True)
        with pillow.open(tmp_path / name) as picture:
            assert picture.mode == mode


def test_no_metadata_is_written(tmp_path: Path) -> None:
    images.write_image(tmp_path / "a.png", noise(50, 60))
    assert chunk_names((tmp_path / "a.png").read_bytes()) == {b"IHDR", b"IDAT", b"IEND"}


def chunk_names(data: bytes) -> set[bytes]:
    names, start = set(), 8
    while start < len(data):
        (length,) = struct.unpack(">I", data[start : start + 4])
        names.add(data[start + 4 : start + 8])
        start += 12 + length
    return names


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        images.write_image(tmp_path / name, noise(40, 40))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 5), np.uint8), np.zeros((4, 5, 3), np.float32), np.zeros((0, 5, 3), np.uint8)]
)
def test_only_pictures_are_written(tmp_path: Path, wrong: np.ndarray) -> None:
    with pytest.raises(InputError, match="uint8"):
        images.write_image(tmp_path / "a.png", wrong)
    assert list(tmp_path.iterdir()) == []


def test_gray_allows_for_a_little_tint() -> None:
    gray = np.dstack([smooth(40, 40)[..., 0]] * 3)
    tinted = gray.copy()
    tinted[17, 17, 0] = gray[17, 17, 1] + images.GRAY_TOLERANCE
    assert images.is_gray(gray)
    assert images.is_gray(tinted)
    assert not images.is_gray(tinted, tolerance=images.GRAY_TOLERANCE - 1)


def test_a_gray_jpeg_stored_in_colour_is_gray(tmp_path: Path) -> None:
    gray = np.dstack([noise(40, 40)[..., 0]] * 3)
    buffer = io.BytesIO()
    pillow.fromarray(gray).save(buffer, "JPEG", quality=60)
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert images.is_gray(images.read_image(tmp_path / "a.jpg"))


def test_a_small_coloured_spot_is_colour() -> None:
    image = np.full((100, 100, 3), 90, np.uint8)
    image[33, 35] = 0, 200, 0
    assert not images.is_gray(image)
