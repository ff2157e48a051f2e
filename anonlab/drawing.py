"""Draw what was found on a picture: poses, masks, boxes, and several pictures on one sheet. RGB uint8 in and out.

Every function returns a new picture and leaves the one it got as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from anonlab.errors import InputError
from anonlab.keypoints import N_KEYPOINTS, PARTS, SKELETON
from anonlab.models.contracts import Image

Colour = tuple[int, int, int]

PART_COLOURS: Final[dict[str, Colour]] = {  # bright enough for photographs; Okabe and Ito, 2008
    "body": (86, 180, 233),
    "feet": (0, 200, 130),
    "face": (240, 228, 66),
    "left_hand": (255, 150, 30),
    "right_hand": (225, 130, 190),
}
PERSON_COLOURS: Final[tuple[Colour, ...]] = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66)),
    *((0, 114, 178), (213, 94, 0), (204, 121, 167)),
)
_DARK: Final = (20, 20, 20)
_LINE_SHARE: Final = 0.009  # line width over the person's long side
_DOT_SHARE: Final = {
    "body": 0.9,
    "feet": 0.8,
    "face": 0.42,
    "left_hand": 0.5,
    "right_hand": 0.5,
}  # of that width
_FINE: Final = ("face", "left_hand", "right_hand")
_SHIFT: Final = 4  # OpenCV takes coordinates in sixteenths of a pixel
_FAR_PX: Final = 1e5  # a point further off than this is no place in a picture, and would overflow


def draw_pose(
    image: Image,
    keypoints: NDArray[np.float32],
    scores: NDArray[np.float32],
    threshold: float,
    width_px: float | None = None,
) -> Image:
    """`image` with the keypoints that score above `threshold`, and the lines between such, coloured by part.

    Points that are NaN, infinite or absurdly far away are left out; points beyond the border only bring in the part
    of a line that crosses the picture.

    Args:
        image: (H, W, 3).
        keypoints: (N, 133, 2) pixels, x right, y down.
        scores: (N, 133).
        threshold: strictly exceeded by what is drawn.
        width_px: of the body's lines; by default it grows with each person.

    Raises:
        InputError: an array of another shape or type.
    """
    canvas = _copy(image)
    if keypoints.shape != (len(keypoints), N_KEYPOINTS, 2) or scores.shape != keypoints.shape[:2]:
        raise InputError(
            f"draw_pose: expected keypoints (N, 133, 2) and scores (N, 133), got {keypoints.shape}, {scores.shape}"
        )
    for xy, score in zip(keypoints, scores, strict=True):
        near = (np.abs(xy) < _FAR_PX).all(axis=1)  # False for NaN, too
        seen = near & (score > threshold)
        if seen.any():
            _person(canvas, np.where(near[:, None], xy, 0), seen, width_px or _line_width(xy[seen], canvas))
    return canvas


def _line_width(xy: NDArray[np.float32], canvas: Image) -> float:
    """In pixels, from the person's size, between a hairline and what suits a person that fills the picture."""
    long_side = float(np.ptp(xy, axis=0).max())
    return float(np.clip(_LINE_SHARE * long_side, 1, max(1, _LINE_SHARE * max(canvas.shape[:2]))))


def _person(canvas: Image, xy: NDArray[np.float32], seen: NDArray[np.bool_], width: float) -> None:
    """Draw one person in place: dark outlines first, so that no part's outline lies over another part."""
    points = np.round(xy * 2**_SHIFT).astype(np.int64)
    outline = 2 if width >= 2 else 0
    for extra in (outline, 0) if outline else (0,):
        for part, slots in PARTS.items():
            colour = _DARK if extra else PART_COLOURS[part]
            fine = 0.5 if part in _FINE else 1.0
            if extra and fine < 1:
                continue  # outlines would fill a face or a hand
            for a, b in SKELETON[part]:
                if seen[a] and seen[b]:
                    _line(canvas, points[a], points[b], colour, max(1, round(width * fine)) + extra)
            for index in np.flatnonzero(seen[slots]) + slots.start:
                _dot(canvas, points[index], colour, _DOT_SHARE[part] * width + extra / 2)


def _line(canvas: Image, a: NDArray[np.int64], b: NDArray[np.int64], colour: Colour, width: int) -> None:
    cv2.line(canvas, a.tolist(), b.tolist(), colour, width, cv2.LINE_AA, _SHIFT)


def _dot(canvas: Image, at: NDArray[np.int64], colour: Colour, radius: float) -> None:
    cv2.circle(
        canvas, at.tolist(), max(1, round(radius * 2**_SHIFT)), colour, cv2.FILLED, cv2.LINE_AA, _SHIFT
    )


def draw_masks(image: Image, masks: NDArray[np.bool_], opacity: float = 0.45) -> Image:
    """`image` with each mask (N, H, W) tinted in the colour of its person and outlined."""
    canvas = _copy(image)
    if masks.shape[1:] != canvas.shape[:2]:
        raise InputError(
            f"draw_masks: expected masks (N, {canvas.shape[0]}, {canvas.shape[1]}), got {masks.shape}"
        )
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for number, mask in enumerate(masks):
        colour = np.array(_person_colour(number))
        canvas[mask] = np.round((1 - opacity) * canvas[mask] + opacity * colour)
        canvas[mask & (cv2.erode(mask.astype(np.uint8), cross) == 0)] = colour
    return canvas


def draw_boxes(image: Image, boxes_xyxy: NDArray[np.float32], labels: Sequence[str] = ()) -> Image:
    """`image` with boxes (N, 4), x1 and y1 exclusive, each with its label inside its upper left corner.

    Boxes that are not finite are left out.
    """
    canvas = _copy(image)
    width = max(1, round(max(canvas.shape[:2]) / 400))
    for number, box in enumerate(boxes_xyxy):
        if (np.abs(box) < _FAR_PX).all():
            x0, y0, x1, y1 = np.round(box).astype(int).tolist()
            cv2.rectangle(canvas, (x0, y0), (x1 - 1, y1 - 1), _person_colour(number), width)
            if labels:
                at = (max(x0, 0), max(y0, 0))
                canvas = _write(canvas, labels[number], at, _text_px(canvas), _person_colour(number))
    return canvas


def contact_sheet(
    images: Sequence[Image], columns: int, labels: Sequence[str] = (), cell_px: int = 320, gap_px: int = 8
) -> Image:
    """Pictures of any sizes side by side on white, each fitted into a square cell, with its label underneath.

    Rows are as high as their highest picture.

    Raises:
        InputError: there are no pictures, or not as many labels as pictures.
    """
    if not images or (labels and len(labels) != len(images)) or columns < 1:
        raise InputError(
            f"contact_sheet: expected at least 1 picture and column, and a label for each picture or none; got "
            f"{len(images)} pictures, {columns} columns, {len(labels)} labels"
        )
    text_px = max(11, cell_px // 22)
    cells = [_fitted(image, cell_px) for image in images]
    if labels:
        cells = [_labelled(cell, text, text_px) for cell, text in zip(cells, labels, strict=True)]
    columns = min(columns, len(cells))
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    strips = [_row(row, columns, cell_px, gap_px) for row in rows]
    return np.concatenate(strips)[: -gap_px or None]


def _row(cells: Sequence[Image], columns: int, cell_px: int, gap_px: int) -> Image:
    """One strip of the sheet, with a gap below it."""
    height = max(len(cell) for cell in cells)
    strip = np.full((height + gap_px, columns * (cell_px + gap_px) - gap_px, 3), 255, np.uint8)
    for place, cell in enumerate(cells):
        x = place * (cell_px + gap_px) + (cell_px - cell.shape[1]) // 2
        strip[: len(cell), x : x + cell.shape[1]] = cell
    return strip


def resized(image: Image, width: int, height: int) -> Image:
    """`image` at another size: means over areas where it shrinks, smooth where it grows."""
    shrinks = width < image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (max(1, width), max(1, height)), interpolation=how), np.uint8)


def _fitted(image: Image, cell_px: int) -> Image:
    factor = cell_px / max(image.shape[:2])
    return resized(_copy(image), round(factor * image.shape[1]), round(factor * image.shape[0]))


def _labelled(cell: Image, text: str, text_px: int) -> Image:
    below = np.full((round(1.6 * text_px), cell.shape[1], 3), 255, np.uint8)
    return np.concatenate([cell, _write(below, text, (0, round(0.2 * text_px)), text_px)])


def _write(
    canvas: Image, text: str, at: tuple[int, int], text_px: int, background: Colour | None = None
) -> Image:
    """`canvas` with dark `text` in any script that the font has; OpenCV's own letters are ASCII only."""
    picture = PilImage.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    if background:
        _, top, right, bottom = pen.textbbox(at, text, _font(text_px))
        pen.rectangle((at[0], at[1], right + 4, bottom + top - at[1]), background)
        at = (at[0] + 2, at[1])
    pen.text(at, text, _DARK, _font(text_px))
    return np.array(picture)


@functools.lru_cache(maxsize=8)
def _font(text_px: int) -> ImageFont.FreeTypeFont:
    import matplotlib  # for the font that it brings along

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), text_px)


def _text_px(canvas: Image) -> int:
    return max(11, max(canvas.shape[:2]) // 50)


def _person_colour(number: int) -> Colour:
    return PERSON_COLOURS[number % len(PERSON_COLOURS)]


def _copy(image: Image) -> Image:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise InputError(f"drawing: expected a picture (H, W, 3) uint8, got {image.shape} {image.dtype}")
    return np.array(image, order="C")
