"""Is a clip's file cut off? Asked of the container's own lengths, because a decoder just stops early and says nothing.

MP4 and MOV, Matroska and WebM, AVI, and GIF tell how long they are. Others (MPEG-TS, FLV, raw streams) do not; of those
only a packet cut in two is noticed, by the decoder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"uuid")
_EBML: Final = b"\x1a\x45\xdf\xa3"


def is_cut_off(path: Path) -> bool:
    """True where the file at `path` ends before its container says; False also where that cannot be told."""
    with path.open("rb") as file:
        walk = _walker(file.read(12))
        file.seek(0)
        return walk is not None and walk(file, path.stat().st_size)


def _walker(head: bytes) -> Callable[[BinaryIO, int], bool] | None:
    if head[4:8] in _BOXES:
        return _boxes_cut_off
    if head[:4] == _EBML:
        return _elements_cut_off
    if head[:4] == b"RIFF":
        return _riff_cut_off
    return _gif_cut_off if head[:6] in (b"GIF87a", b"GIF89a") else None


def _boxes_cut_off(file: BinaryIO, size: int) -> bool:
    """Boxes of an MP4 or MOV: 4 bytes of length and 4 of type (ISO/IEC 14496-12, 4.2)."""
    start = 0
    while start < size:
        file.seek(start)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length == 0:
            return False  # reaches to the end, or is padding
        if len(head) < 8:
            return True
        if length < 8 or not head[4:8].isascii():
            return False  # no box but something appended
        start += length
    return start > size


def _elements_cut_off(file: BinaryIO, size: int) -> bool:
    """Elements of a Matroska file: an id, a length, and content (RFC 8794)."""
    start = 0
    while start < size:
        file.seek(start)
        id_length = _leading_zeros(file.read(1)) + 1
        if id_length > 4:
            return False  # no element but something appended
        file.seek(start + id_length)
        first = file.read(1)
        n_bytes = _leading_zeros(first) + 1
        length = int.from_bytes(first + file.read(n_bytes - 1), "big") - (1 << 7 * n_bytes)
        if length == (1 << 7 * n_bytes) - 1:
            return False  # a live recording: length unknown
        start += id_length + n_bytes + max(length, 0)
    return start > size


def _leading_zeros(byte: bytes) -> int:
    return 8 - byte[0].bit_length() if byte and byte[0] else 7


def _riff_cut_off(file: BinaryIO, size: int) -> bool:
    """RIFF chunks of an AVI, of which long files have several."""
    start = 0
    while start < size:
        file.seek(start)
        head = file.read(8)
        length = int.from_bytes(head[4:], "little")
        if head[:4] != b"RIFF" or length in (0, 0xFFFFFFFF):
            return False
        start += 8 + length
    return start > size


def _gif_cut_off(file: BinaryIO, size: int) -> bool:
    """Blocks of a GIF, which ends with 3B (GIF89a specification, 27)."""
    file.seek(10)
    _skip_palette(file)
    file.seek(2, os.SEEK_CUR)
    while file.tell() < size:
        kind = file.read(1)
        if kind == b"\x2c":
            file.seek(8, os.SEEK_CUR)
            _skip_palette(file)
            file.seek(1, os.SEEK_CUR)
        elif kind == b"\x21":
            file.seek(1, os.SEEK_CUR)
        else:
            return kind != b"\x3b"
        _skip_blocks(file)
    return True


def _skip_palette(file: BinaryIO) -> None:
    """Go past the byte of flags and past the colours that it announces; not past what lies between the two."""
    flags = (file.read(1) or b"\0")[0]
    if flags & 0x80:
        file.seek(3 * 2 ** ((flags & 7) + 1), os.SEEK_CUR)


def _skip_blocks(file: BinaryIO) -> None:
    while length := (file.read(1) or b"\0")[0]:
        file.seek(length, os.SEEK_CUR)
