"""CenterFace: maps become boxes as its authors meant them, and what is no number is no answer."""

from dataclasses import replace

import numpy as np
import pytest

from anonlab import models
from anonlab.errors import MissingModelError
from anonlab.models import weights
from anonlab.models.centerface import CenterFace

HEIGHT, WIDTH = 100, 150
"""The network sees 128 x 160: 32 x 40 cells of four pixels, of which 25 x 38 have their middles in the picture."""


class Planted(CenterFace):
    """Answers with maps in which a test plants its faces."""

    def __init__(self) -> None:
        self.middles = np.zeros((1, 32, 40), np.float32)
        self.sizes = np.zeros((2, 32, 40), np.float32)
        self.offsets = np.zeros((2, 32, 40), np.float32)

    def plant(
        self, row: int, column: int, score: float, size_hw: tuple[float, float], offset_yx=(0, 0)
    ) -> None:
        """A face of a size in pixels, whose middle is off its cell's by so many cells."""
        self.middles[0, row, column] = score
        self.sizes[:, row, column] = np.log(np.array(size_hw) / 4)
        self.offsets[:, row, column] = offset_yx

    def _run(self, image):
        return [self.middles, self.sizes, self.offsets]

    def found(self) -> np.ndarray:
        return self(np.zeros((HEIGHT, WIDTH, 3), np.uint8))


@pytest.fixture
def network() -> Planted:
    return Planted()


def test_a_face_stands_where_its_cell_and_its_offset_say(network: Planted) -> None:
    network.plant(10, 20, 0.75, size_hw=(24, 16), offset_yx=(0.25, -0.5))
    middle_y, middle_x = (10 + 0.5 + 0.25) * 4, (20 + 0.5 - 0.5) * 4
    np.testing.assert_allclose(
        network.found(), [[middle_x - 8, middle_y - 12, middle_x + 8, middle_y + 12, 0.75]], rtol=1e-5
    )


def test_the_best_of_overlapping_faces_stays_and_others_keep_their_order(network: Planted) -> None:
    network.plant(10, 10, 0.6, (24, 24))
    network.plant(10, 11, 0.8, (24, 24))
    network.plant(20, 30, 0.7, (12, 12))
    np.testing.assert_allclose(network.found()[:, 4], [0.8, 0.7])


def test_doubtful_faces_and_faces_outside_of_the_picture_are_none(network: Planted) -> None:
    network.plant(5, 5, 0.4, (12, 12))
    network.plant(28, 10, 0.9, (12, 12))
    network.plant(10, 38, 0.9, (12, 12))
    assert network.found().shape == (0, 5)


def test_a_size_beyond_reason_hides_no_other_face(network: Planted) -> None:
    network.plant(5, 5, 0.9, (12, 12))
    network.plant(20, 30, 0.6, (12, 12))
    network.sizes[:, 20, 30] = 100
    found = network.found()
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:, 4], [0.9, 0.6])


@pytest.mark.parametrize("which", ["middles", "sizes", "offsets"])
def test_what_is_no_number_is_not_taken_for_nobody(network: Planted, which: str) -> None:
    getattr(network, which)[0, 3, 3] = np.nan
    with pytest.raises(FloatingPointError, match="CenterFace"):
        network.found()


def test_a_missing_network_is_named_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    models.check("audit", "centerface")
    spoilt = tuple(replace(each, sha256="0" * 64) for each in weights.EMBEDDED)
    monkeypatch.setattr(weights, "EMBEDDED", spoilt)
    models.check("audit", "classic")
    with pytest.raises(MissingModelError, match=r"centerface\.onnx .* fetch embedded"):
        models.check("audit", "centerface")
