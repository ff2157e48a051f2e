"""Drawn people in drawn rooms, plain but good enough for the real networks: tests need no footage of anybody."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]
SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


class Person(NamedTuple):
    """Someone standing: `x` and `top` of the head in pixels, height in pixels."""

    x: float
    top: float
    height: float
    shirt: Colour = (60, 90, 160)
    trousers: Colour = (50, 50, 60)
    skin: Colour = (215, 170, 140)
    hair: Colour = (60, 40, 30)


def room(width: int = 640, height: int = 480, people: Sequence[Person] = (), seed: int = 0) -> Image:
    """A room (height, width, 3) with a wall, a floor, people and a little sensor noise."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = np.linspace(205, 170, height)[:, None, None]
    image[height * 3 // 4 :] = (130, 120, 110)
    for person in people:
        draw(image, person)
    noise = np.random.default_rng(seed).normal(0, 4, image.shape)
    return np.clip(cv2.GaussianBlur(image, (0, 0), 1.0) + noise, 0, 255).astype(np.uint8)


def draw(image: Image, person: Person) -> None:
    """Draw `person` into `image`, from the feet to the head."""
    unit = person.height / 8

    def at(dx: float, dy: float) -> tuple[float, float]:
        return person.x + dx * unit, person.top + dy * unit

    def limb(a: tuple[float, float], b: tuple[float, float], ra: float, rb: float, colour: Colour) -> None:
        for t in np.linspace(0, 1, 40):
            centre = np.multiply(a, 1 - t) + np.multiply(b, t)
            _disc(image, centre, (ra * (1 - t) + rb * t) * unit, colour)

    sleeve: Colour = tuple(int(0.85 * c) for c in person.shirt)  # type: ignore[assignment]
    for side in (-1, 1):
        limb(at(0.42 * side, 4.0), at(0.5 * side, 5.9), 0.42, 0.3, person.trousers)
        limb(at(0.5 * side, 5.9), at(0.5 * side, 7.6), 0.3, 0.2, person.trousers)
        limb(at(0.5 * side, 7.75), at(0.75 * side, 7.9), 0.16, 0.14, (30, 30, 30))
        limb(at(0.95 * side, 1.75), at(1.25 * side, 3.1), 0.28, 0.22, sleeve)
        limb(at(1.25 * side, 3.1), at(1.3 * side, 4.2), 0.2, 0.14, person.skin)
        limb(at(1.3 * side, 4.3), at(1.3 * side, 4.6), 0.15, 0.12, person.skin)
    corners = [at(-1, 1.5), at(1, 1.5), at(0.8, 3), at(0.75, 4.1), at(-0.75, 4.1), at(-0.8, 3)]
    cv2.fillPoly(image, [_fixed(corners)], person.shirt, cv2.LINE_AA, SHIFT)
    limb(at(0, 1.0), at(0, 1.55), 0.28, 0.35, person.skin)
    _head(image, person, unit)


def _head(image: Image, person: Person, unit: float) -> None:
    def ellipse(dx: float, dy: float, rx: float, ry: float, colour: Colour) -> None:
        centre = _fixed([(person.x + dx * unit, person.top + dy * unit)])[0]
        axes = (max(16, int(16 * rx * unit)), max(16, int(16 * ry * unit)))
        cv2.ellipse(image, centre.tolist(), axes, 0, 0, 360, colour, -1, cv2.LINE_AA, SHIFT)

    ellipse(0, 0.45, 0.48, 0.6, person.hair)
    ellipse(0, 0.58, 0.4, 0.5, person.skin)
    for side in (-1, 1):
        ellipse(0.16 * side, 0.5, 0.08, 0.045, (255, 255, 255))
        ellipse(0.16 * side, 0.5, 0.04, 0.04, (40, 30, 30))
        ellipse(0.16 * side, 0.37, 0.12, 0.03, person.hair)
    shade: Colour = tuple(int(0.85 * c) for c in person.skin)  # type: ignore[assignment]
    ellipse(0, 0.65, 0.05, 0.1, shade)
    ellipse(0, 0.86, 0.14, 0.04, (170, 80, 80))


def _disc(image: Image, centre: NDArray[np.float64], radius: float, colour: Colour) -> None:
    cv2.circle(image, _fixed([centre])[0].tolist(), int(16 * radius), colour, -1, cv2.LINE_AA, SHIFT)


def _fixed(points: Sequence[Sequence[float]] | Sequence[NDArray[np.float64]]) -> NDArray[np.int32]:
    return (np.asarray(points) * 2**SHIFT).astype(np.int32)


def data_folder(folder: Path, n_frames: int = 12) -> Path:
    """A tiny data set: two scenarios with an image each, and a clip in which somebody walks in."""
    from anonlab import media

    one = room(people=[Person(320, 60, 380)])
    gray = room(480, 640, [Person(240, 150, 420, shirt=(150, 60, 50))], seed=1).mean(axis=2, keepdims=True)
    media.write_image(folder / "images/office/one.png", one)
    media.write_image(folder / "images/workshop/gray.png", np.repeat(gray.astype(np.uint8), 3, axis=2))
    (folder / "videos").mkdir()
    with media.VideoWriter(folder / "videos/walk.mkv", media.Fraction(25), (320, 240)) as clip:
        for index in range(n_frames):
            clip.write(room(320, 240, [Person(60 + 12 * index, 30, 190)], seed=index))
    return folder
