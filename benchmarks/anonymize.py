"""Blur and pixelate at the default strength, given the masks: 720p, two persons 600 and 400 px tall, one core."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from anonlab import masks, methods
from anonlab.methods import filters, plain
from anonlab.models.contracts import Image, Persons
from benchmarks.common import Row, Times, side_by_side

HEIGHT, WIDTH = 720, 1280
BOXES = ((300, 80, 540, 680), (800, 200, 960, 600))
SIGMA_PX = plain.SIGMA_FRAC * 600
GOAL_FPS = 25


def run() -> list[Row]:
    """Speed against naive ways, and the error of the blur against an exact Gaussian."""
    cv2.setNumThreads(1)
    image, persons = scene()
    rng = np.random.default_rng(0)
    rows = []
    for name in ("blur", "pixelate"):
        method = methods.anonymizer(name, {}, "body", 0.02)
        rows += _against_naive(name, lambda method=method: method(image, persons, rng), image, persons)
    return [*rows, *_growth(persons), *_accuracy()]


def scene() -> tuple[Image, Persons]:
    """A picture with structure at every scale, and two persons as tall as the goals ask for."""
    rng = np.random.default_rng(0)
    layers = (rng.uniform(0, 255, (HEIGHT // k + 1, WIDTH // k + 1, 3)) for k in (1, 4, 16, 64))
    image = np.mean([cv2.resize(layer, (WIDTH, HEIGHT)) for layer in layers], axis=0)
    masks = np.stack([_figure(box) for box in BOXES])
    boxes = np.array(BOXES, np.float32)
    return image.astype(np.uint8), Persons(boxes, np.ones(2, np.float32), masks, np.full_like(boxes, np.nan))


def _figure(box: tuple[int, int, int, int]) -> np.ndarray:
    """Head, trunk, arms and legs of somebody who fills a box."""
    x0, y0, x1, y1 = box
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    parts = ((0.5, 0.08, 0.15, 0.08), (0.5, 0.35, 0.28, 0.22), (0.1, 0.4, 0.1, 0.2), (0.9, 0.4, 0.1, 0.2))
    legs = ((0.35, 0.76, 0.14, 0.24), (0.65, 0.76, 0.14, 0.24))
    for x, y, across, down in (*parts, *legs):
        centre = round(x0 + x * (x1 - x0)), round(y0 + y * (y1 - y0))
        radii = round(across * (x1 - x0)), round(down * (y1 - y0))
        cv2.ellipse(mask, centre, radii, 0, 0, 360, 1, -1)
    return mask > 0


def _against_naive(name: str, ours: Callable[[], Image], image: Image, persons: Persons) -> list[Row]:
    """The naive ways filter the whole frame once, at the taller person's strength, and grow no mask."""
    kernel = round(8 * SIGMA_PX) | 1  # what OpenCV itself takes for float pictures: 4 sigma either way
    wide = side_by_side(ours, lambda: _naive_blur(image, persons, kernel))
    short = side_by_side(ours, lambda: _naive_blur(image, persons, 0))
    rows = [
        Row(f"{name}: frames/s", f"{1 / wide.ours:.0f}", str(GOAL_FPS), 1 / wide.ours / GOAL_FPS, 1),
        _row(f"{name} / full-frame blur, kernel of 4 sigma", wide, 3),
        _row(f"{name} / full-frame blur, OpenCV's 8-bit kernel of 3 sigma", short, 3),
    ]
    if name == "pixelate":
        resized = side_by_side(ours, lambda: _naive_pixelate(image, persons))
        rows.append(_row("pixelate / full-frame shrink and enlarge", resized, None))
    return rows


def _naive_blur(image: Image, persons: Persons, kernel: int) -> Image:
    blurred = cv2.GaussianBlur(image, (kernel, kernel), SIGMA_PX)
    return _masked_copy(image, persons, blurred)


def _naive_pixelate(image: Image, persons: Persons) -> Image:
    block = 600 // plain.CELLS
    small = cv2.resize(image, (WIDTH // block, HEIGHT // block), interpolation=cv2.INTER_AREA)
    return _masked_copy(image, persons, cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST))


def _masked_copy(image: Image, persons: Persons, changed: np.ndarray) -> Image:
    result = image.copy()
    mask = persons.masks.any(axis=0)
    result[mask] = changed[mask]
    return result


def _growth(persons: Persons) -> list[Row]:
    """Growing a mask, by a dilation and by sweeps, against a distance transform."""
    x0, y0, x1, y1 = BOXES[0]
    mask = np.ascontiguousarray(persons.masks[0, y0:y1, x0:x1])
    outside = (~mask).view(np.uint8)
    rows = []
    for radius in (6, 12, 60):
        times = side_by_side(
            lambda r=radius: masks.grow(mask, r),
            lambda r=radius: cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= r,
        )
        rows.append(_row(f"grow a mask by {radius} px / a distance transform", times, None))
    return rows


def _accuracy() -> list[Row]:
    """Largest error in levels; the goal is what the docstring of `filters.gaussian` promises.

    The picture, squares of 23 px that are black or full in each channel, is harder than any photograph.
    """
    squares = np.random.default_rng(0).choice(np.uint8([0, 255]), (19, 27, 3))
    image = np.kron(squares, np.ones((23, 23, 1), np.uint8))
    rows = []
    for sigma in (8, 12, SIGMA_PX, 40):
        kernel = cv2.getGaussianKernel(2 * round(5 * sigma) + 1, sigma, cv2.CV_64F)
        exact = cv2.sepFilter2D(image.astype(float), -1, kernel, kernel, borderType=cv2.BORDER_REFLECT)
        error = np.abs(filters.gaussian(image, sigma) - exact)
        what = f"blur, sigma {sigma:g} px: largest error in levels"
        rows.append(Row(what, f"mean {error.mean():.2f}", "0.25 by rounding", error.max(), 2, at_most=True))
    return rows


def _row(what: str, times: Times, goal: float | None) -> Row:
    return Row(what, f"{1e3 * times.ours:.1f} ms", f"{1e3 * times.peer:.1f} ms", times.ratio, goal)
