"""Frames as small JPEGs: decoded when they are first wanted, kept while there is room."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab import drawing, items, masks, media
from anonlab.media.seek import read_from
from anonlab.models.contracts import Image

LONG_PX: Final = 960
THUMB_PX: Final = 96
ROOM_BYTES: Final = 300 << 20
NEAR_FRAMES: Final = 60
"""To a frame that is not further ahead, decoding goes on; beyond, the clip is opened anew at that place."""

PATIENCE_S: Final = 0.08
"""So long is decoded in one go; then the browser is told how far it is, and may ask for something else."""


class Store:
    """Values of bytes by key; the ones not asked for the longest go first when there is no room."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self.room_bytes = room_bytes
        self._held: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self.n_bytes = 0

    def __contains__(self, key: tuple[object, ...]) -> bool:
        return key in self._held

    def get(self, key: tuple[object, ...]) -> bytes | None:
        """The value, if it is still there."""
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: tuple[object, ...], value: bytes) -> None:
        """Keep a value, at the cost of old ones."""
        self.n_bytes += len(value) - len(self._held.get(key, b""))
        self._held[key] = value
        self._held.move_to_end(key)
        while self.n_bytes > self.room_bytes and len(self._held) > 1:
            self.n_bytes -= len(self._held.popitem(last=False)[1])


class Frames:
    """The frames of every kind of media.

    Args:
        folder: the data set.
        data: the pipeline's media.
        every: of clips every n-th frame is kept.
    """

    def __init__(self, folder: str | Path, data: Path, every: int, room_bytes: int = ROOM_BYTES) -> None:
        self._folder, self._data, self._every = folder, data, every
        self._sources: dict[str, list[items.Source]] = {}
        self._store = Store(room_bytes)
        self._reading: dict[tuple[str, int], tuple[int, Iterator[Image]]] = {}

    def source(self, kind: str, item: int) -> items.Source:
        """An item, by its row of the manifest, as media of `kind`."""
        if kind not in self._sources:
            self._sources[kind] = items.sources(self._folder, self._data, kind)
        return self._sources[kind][item]

    def get(self, kind: str, item: int, frame: int, patience_s: float = PATIENCE_S) -> bytes | int:
        """A frame as JPEG; or, where it lies further in a clip than could be decoded by now, how far that is."""
        found = self._store.get((kind, item, frame))
        if found is not None:
            return found
        end = time.monotonic() + patience_s
        for number, encoded in self._read_on(kind, item, frame):
            if number == frame:
                return encoded
            if time.monotonic() > end:
                return number
        raise IndexError(f"{self.source(kind, item).path}: no frame {frame}")

    def has_room(self) -> bool:
        """Whether frames can still be kept without giving up others."""
        return self._store.n_bytes < 0.9 * self._store.room_bytes

    def thumbnail(self, item: int) -> bytes:
        """The first frame of an original, small."""
        found = self._store.get(("thumbnail", item))
        if found is None:
            source = self.source(items.ORIGINAL, item)
            first = next(iter(media.read_frames(source.path, source.row["media"])))
            found = jpeg(first, THUMB_PX, quality=80)
            self._store.put(("thumbnail", item), found)
        return found

    def _read_on(self, kind: str, item: int, frame: int) -> Iterator[tuple[int, bytes]]:
        """Frames from where the last call stopped, or from `frame` on where that lies before or far ahead."""
        place, reader = self._reading.pop((kind, item), (0, None))
        if reader is None or not place <= frame <= place + NEAR_FRAMES:
            self._reading = {
                key: each for key, each in self._reading.items() if key[1] == item
            }  # closes others
            place, reader = frame, self._reader(self.source(kind, item), frame)
        for image in reader:
            encoded = jpeg(image, LONG_PX)
            self._store.put((kind, item, place), encoded)
            self._reading[kind, item] = (place + self._every, reader)
            yield place, encoded
            place += self._every

    def _reader(self, source: items.Source, first: int) -> Iterator[Image]:
        if source.row["media"] == "image":
            return media.read_frames(source.path, "image")
        return read_from(source.path, first, source.row["n_frames"], self._every)


def jpeg(image: Image, long_px: int, quality: int = 85) -> bytes:
    """`image` as JPEG, at most `long_px` wide and high."""
    _, encoded = cv2.imencode(".jpg", small(image, long_px)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(encoded)


def small(image: Image, long_px: int) -> Image:
    """`image` at most `long_px` wide and high."""
    factor = long_px / max(image.shape[:2])
    if factor >= 1:
        return image
    return drawing.resized(image, round(image.shape[1] * factor), round(image.shape[0] * factor))


def mask_layer(runs: list[NDArray[np.int32]], height: int, width: int, long_px: int = LONG_PX) -> bytes:
    """Every person's mask, tinted as in the notebooks, as a transparent PNG to lay over a picture."""
    factor = min(1.0, long_px / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    layer = np.zeros((size[1], size[0], 4), np.uint8)
    for number, each in enumerate(runs):
        mask = masks.decode(each, height, width).astype(np.uint8)
        inside = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        colour = drawing.PERSON_COLOURS[number % len(drawing.PERSON_COLOURS)]
        layer[inside > 0] = (*colour[::-1], 110)
        edge = inside - cv2.erode(inside, np.ones((3, 3), np.uint8))
        layer[edge > 0] = (*colour[::-1], 255)
    return bytes(cv2.imencode(".png", layer, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])
