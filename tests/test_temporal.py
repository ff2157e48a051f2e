"""Change from frame to frame: nothing for what stands still, the original's own for a copy, more for what flickers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anonlab import anonymize, dataset, masks, media, overview, records, tables, temporal

SIZE_WH = (48, 64)


def inside() -> np.ndarray:
    mask = np.zeros(SIZE_WH[::-1], bool)
    mask[4:40, 6:38] = True
    return mask


def noise(n: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return list(rng.integers(0, 256, (n, *SIZE_WH[::-1], 3)).astype(np.uint8))


def counted(
    originals: list[np.ndarray], copies: list[np.ndarray], people: list[np.ndarray]
) -> temporal.Counted:
    found = temporal.Counted()
    for each in zip(originals, copies, people, strict=True):
        found.add(*each)
    return found


@pytest.mark.parametrize(("n", "people"), [(0, True), (1, True), (3, False)])
def test_without_somebody_in_two_frames_there_is_nothing(n: int, people: bool) -> None:
    found = counted(noise(n), noise(n), [inside() & people] * n).row("a")
    assert found == {"item": "a", "n_pairs": 0, "n_px": 0, "sum_original": 0, "sum_anonymized": 0}


def test_a_copy_changes_as_the_original_does_and_a_still_not_at_all() -> None:
    frames = noise(4)
    copy, still = (counted(frames, each, [inside()] * 4) for each in (frames, [frames[0]] * 4))
    assert copy.sum_anonymized == copy.sum_original > 0
    assert (still.sum_anonymized, still.sum_original) == (0, copy.sum_original)
    assert (still.n_pairs, still.n_px) == (3, 3 * np.count_nonzero(inside()))


def test_only_what_is_under_the_masks_of_both_frames_counts() -> None:
    black, white = (np.full((*SIZE_WH[::-1], 3), level, np.uint8) for level in (0, 255))
    other = np.zeros_like(inside())
    other[30:50, 20:48] = True
    found = counted([black, black], [black, white], [inside(), other])
    n = np.count_nonzero(inside() & other)
    assert (found.n_px, found.sum_original, found.sum_anonymized) == (n, 0, 255 * n)
    assert counted([black, black], [black, white], [inside(), ~inside()]).n_pairs == 0


def test_the_direction_of_time_does_not_matter() -> None:
    frames, copies = noise(5), noise(5, seed=1)
    there, back = (counted(frames[::s], copies[::s], [inside()] * 5) for s in (1, -1))
    assert there.row("a") == pytest.approx(back.row("a"))


def test_the_stage_anonymize_writes_a_row_per_clip_and_kind(tmp_path: Path) -> None:
    folder, data = tmp_path / "footage", tmp_path / "data"
    places = {"data": data, "store": tmp_path / "items", "workers": 1}
    media.write_image(folder / "images/room/one.png", noise(1)[0])
    (folder / "videos").mkdir()
    with media.VideoWriter(folder / "videos/two.mp4", Fraction(25), SIZE_WH) as clip:
        for frame in noise(4):
            clip.write(frame)
    dataset.run(str(folder), **places)
    box = dict(zip(records.BOX, (6, 4, 38, 40), strict=True)) | dict.fromkeys(records.FACE, np.nan)
    mask = {"score": 1, "state": "covered", "mask_rle": masks.encode(inside())}
    rows = [{"item": "videos/two", "frame": i, "person": 0, **box, **mask} for i in range(4)]
    tables.write(data / "persons.parquet", tables.PERSONS, rows)
    kinds = {"original": {}, "silhouette": {}, "reencode": {"quality": 100}}
    for kind, settings in kinds.items():
        anonymize.run(str(folder), kind, settings, **places)
    found = {kind: tables.read(data / f"temporal/{kind}.parquet", tables.TEMPORAL) for kind in kinds}
    assert {kind: list(table["item"]) for kind, table in found.items()} == {
        **{"original": [], "silhouette": ["videos/two"], "reencode": ["videos/two"]}
    }
    ratio = {kind: (t["sum_anonymized"] / t["sum_original"]).sum() for kind, t in found.items()}
    assert ratio["silhouette"] < 0.05  # one gray, but for pixels that had it before
    assert 0.5 < ratio["reencode"] < 1.5


def test_the_chapter_shows_levels_and_their_ratio_and_nan_for_nobody() -> None:
    rows = [
        {"item": "a", "n_pairs": 2, "n_px": 10, "sum_original": 20.0, "sum_anonymized": 50.0},
        {"item": "b", "n_pairs": 0, "n_px": 0, "sum_original": 0.0, "sum_anonymized": 0.0},
    ]
    shown = overview.changes(tables.table(tables.TEMPORAL, rows))
    assert shown.loc["a"].tolist() == [2, 2.0, 5.0, 2.5]
    assert shown.loc["b", ["original", "anonymized", "ratio"]].isna().all()
    assert overview.changes(tables.table(tables.TEMPORAL, [])).empty


def test_change_is_the_sum_of_differences_inside() -> None:
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 256, (2, 30, 41, 3), dtype=np.uint8)
    for inside in (rng.random((30, 41)) < 0.4, np.ones((30, 41), bool), np.zeros((30, 41), bool)):
        difference = before[inside].astype(int) - after[inside]
        assert temporal.change(before, after, inside) == pytest.approx(
            np.abs(difference).sum() / 3, rel=1e-12
        )
