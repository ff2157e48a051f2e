"""Leaked pixels are counted from the pixels, for every kind of media."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anonlab import anonymize, dataset, leaks, masks, media, persons, tables
from tests import labels, people
from tests.people import Person

SIZE = (320, 240)
KINDS = {"original": {}, "blur": {"sigma_frac": 0.03}, "silhouette": {}, "reencode": {}}


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """LEAKS by kind of a picture with two people, one of whom is only in the truth, and one with nobody."""
    home = tmp_path_factory.mktemp("leaks")
    folder = home / "footage"
    media.write_image(folder / "images/room/one.png", people.room(*SIZE, [Person(100, 20, 200)]))
    media.write_image(folder / "images/room/two.png", people.room(*SIZE, seed=1))
    rng = np.random.default_rng(0)
    known = [
        labels.person(rng, (80, 30, 120, 210), SIZE),
        labels.person(rng, (250, 30, 290, 210), SIZE, track=1),
    ]
    truth = labels.table(("images/room/one", 0, known), ("images/room/two", 0, []))
    tables.write(folder / "truth/truth.parquet", tables.TRUTH, truth)
    places = {"data": home / "data", "store": home / "items", "workers": 1}
    dataset.run(str(folder), **places)
    persons.run(str(folder), **places)
    for kind, settings in KINDS.items():
        anonymize.run(str(folder), kind, settings, **places)
    anonymize.run(str(folder), "face", {"method": "blur"}, region="face", **places)
    return {kind: tables.read(home / f"data/leaks/{kind}.parquet", tables.LEAKS) for kind in (*KINDS, "face")}


def test_there_is_a_row_for_every_true_mask(leaked: dict[str, pd.DataFrame]) -> None:
    for table in leaked.values():
        assert list(zip(table["item"], table["person"], strict=True)) == [
            ("images/room/one", 0),
            ("images/room/one", 1),
        ]


def test_the_original_leaks_everything_and_says_that_it_covers_nobody(
    leaked: dict[str, pd.DataFrame],
) -> None:
    original = leaked["original"]
    assert (original["n_leaked"] == original["n_true"]).all()
    assert {kind: table["anonymizes"].all() for kind, table in leaked.items()} == {
        **{"original": False, "blur": True, "silhouette": True, "reencode": False, "face": True}
    }


@pytest.mark.parametrize("kind", ["blur", "silhouette", "face"])
def test_what_is_not_masked_leaks_and_nothing_else(leaked: dict[str, pd.DataFrame], kind: str) -> None:
    table = leaked[kind]
    assert (table["n_leaked"] == table["n_true"] - table["n_masked"]).all()


def test_somebody_who_is_missed_leaks_whole_and_a_covered_face_shows_the_body(
    leaked: dict[str, pd.DataFrame],
) -> None:
    found, missed = leaked["blur"]["n_leaked"] / leaked["blur"]["n_true"]
    assert found < 0.2
    assert missed == 1
    assert leaked["face"]["n_leaked"].iloc[0] > leaked["blur"]["n_leaked"].iloc[0]


def test_the_noise_floor_changes_some_pixels(leaked: dict[str, pd.DataFrame]) -> None:
    share = leaked["reencode"]["n_leaked"] / leaked["reencode"]["n_true"]
    assert ((share > 0) & (share < 1)).all()


def test_counts_are_those_of_the_masks(tmp_path: Path) -> None:
    mask, covered, changed = (np.zeros((4, 5), bool) for _ in range(3))
    mask[1:3, 1:4] = covered[1:, :2] = changed[1, :] = True
    here = pd.DataFrame({"frame": [3], "person": [0], "mask_rle": [masks.encode(mask)]})
    (row,) = leaks.rows(here, covered, changed)
    assert row == {"frame": 3, "person": 0, "n_true": 6, "n_masked": 2, "n_leaked": 3}
    (row,) = leaks.rows(here, covered, None)
    assert row["n_leaked"] == 6


def test_nothing_known_is_no_row() -> None:
    assert leaks.with_masks(tables.table(tables.TRUTH, [])).empty
    assert leaks.with_masks(labels.table(("images/a", 0, []))).empty
