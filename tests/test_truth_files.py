"""Truth in a data set's folder: as a table, and as the JSON that others write and read."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anonlab import masks, tables, truth
from anonlab.errors import InputError
from anonlab.truth import coco
from tests import labels

SIZE = (64, 48)
WIDE = (SIZE[1], SIZE[0])


@pytest.fixture
def manifest() -> pd.DataFrame:
    rows = [
        ("images/office/one", "office", "image", "images/office/one.png", 1),
        ("images/office/two", "office", "image", "images/office/two.png", 1),
        ("videos/walk", "videos", "video", "videos/walk.mp4", 9),
    ]
    columns = ["item", "scenario", "media", "path", "n_frames"]
    table = pd.DataFrame(rows, columns=columns).assign(
        width=SIZE[0], height=SIZE[1], fps="25", colour="rgb", sha256="0"
    )
    return tables.table(tables.MANIFEST, table)


@pytest.fixture
def known() -> pd.DataFrame:
    """Two people, nobody, and somebody in a clip."""
    rng = np.random.default_rng(0)
    two = [labels.person(rng, (4, 4, 24, 44), SIZE), labels.person(rng, (30, 8, 60, 40), SIZE, 1, (11, 17))]
    walking = [labels.person(rng, (10, 5, 30, 45), SIZE, track=3, actions=())]
    return labels.table(
        ("images/office/one", 0, two), ("images/office/two", 0, []), ("videos/walk", 4, walking)
    )


def rewrite(path: Path, change: Callable[[dict], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_no_truth_is_an_empty_table(tmp_path: Path, manifest: pd.DataFrame) -> None:
    assert truth.read(tmp_path, manifest).empty


def assert_same(found: pd.DataFrame, known: pd.DataFrame, within_px: float) -> None:
    for column in ("item", "frame", "person", "has_actions"):
        assert list(found[column]) == list(known[column])
    for column in ("mask_rle", "actions", "visibility"):
        assert [list(row) for row in found[column]] == [list(row) for row in known[column]]
    places = (np.array(table["keypoints"].tolist()) for table in (found, known))
    np.testing.assert_allclose(*places, atol=within_px)


def test_a_table_is_read_as_it_was_written(
    tmp_path: Path, manifest: pd.DataFrame, known: pd.DataFrame
) -> None:
    tables.write(tmp_path / "truth/truth.parquet", tables.TRUTH, known)
    assert_same(truth.read(tmp_path, manifest), known, 0)


def test_json_is_read_as_it_was_written(tmp_path: Path, manifest: pd.DataFrame, known: pd.DataFrame) -> None:
    coco.write(tmp_path / "truth/all.json", known, manifest)
    assert_same(truth.read(tmp_path, manifest), known, 0.006)


def test_files_are_found_by_path_or_by_a_unique_name(
    tmp_path: Path, manifest: pd.DataFrame, known: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "truth/all.json"
    coco.write(path, known, manifest)
    rewrite(path, lambda content: content["images"][0].update(file_name="elsewhere/one.png"))
    rewrite(path, lambda content: content["images"][1].update(file_name="three.png"))
    with caplog.at_level(logging.WARNING):
        found = truth.read(tmp_path, manifest)
    assert set(found["item"]) == {"images/office/one", "videos/walk"}
    assert "1 of 3 labelled items are not in the data set: three.png" in caplog.text


def test_body_only_keypoints_and_polygons_will_do(tmp_path: Path, manifest: pd.DataFrame) -> None:
    square = [10, 10, 20, 10, 20, 30, 10, 30]
    person = {"id": 5, "image_id": 9, "category_id": 1, "bbox": [10, 10, 10, 20], "segmentation": [square]}
    person["keypoints"] = [12, 12, 2, 0, 0, 0] + [14, 20, 1] * 15
    crowd = {"image_id": 9, "iscrowd": 1, "category_id": 1}
    content = {"images": [{"id": 9, "file_name": "one.png"}], "annotations": [person, crowd]}
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth/body.json").write_text(json.dumps(content))
    (row,) = truth.read(tmp_path, manifest).to_dict("records")
    assert row["visibility"].tolist() == [2, 0] + [1] * 15 + [0] * 116
    assert not row["has_actions"]
    mask = masks.decode(row["mask_rle"], *WIDE)
    assert mask[10:30, 10:20].all()
    assert mask.sum() <= 22 * 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("images"), "a list 'images'"),
        (lambda c: c["images"][0].pop("file_name"), r"images\[0\] has no 'file_name'"),
        (lambda c: c["images"][0].update(file_name=3), "'file_name' is no text"),
        (lambda c: c["images"][0].update(id=[1]), "'id' is neither a number nor a text"),
        (lambda c: c["annotations"][0].update(image_id={}), "'image_id' is neither"),
        (lambda c: c["annotations"][0].update(category_id=[]), "'category_id' is neither"),
        (lambda c: c.update(categories=3), "list 'categories'"),
        (lambda c: c["images"][0].update(width=65), r"office/one\.png: labelled at 65 x 48"),
        (lambda c: c["images"][2].pop("frame_id"), r"walk\.mp4: a clip, so `frame_id`"),
        (lambda c: c["images"][2].update(frame_id=9), r"videos/walk, frame 9: the item has fewer frames"),
        (lambda c: c["annotations"][0].update(image_id=77), "of image 77, which is not there"),
        (lambda c: c["annotations"][1].update(keypoints=[1, 2]), "annotation 2: 'keypoints' has to hold"),
        (lambda c: c["annotations"][1].update(track_id=0), "a person is there twice"),
        (lambda c: c["annotations"][1].update(bbox=[1, 1, 0, 5]), "box has no area"),
        (lambda c: c["annotations"][0]["segmentation"].update(size=[3, 4]), r"mask is of size \[3, 4\]"),
        (lambda c: c["annotations"][0]["segmentation"].update(counts="~"), "compressed run lengths"),
        (lambda c: c["annotations"][0].update(bbox=None, segmentation=None), "neither 'bbox' nor"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(
    tmp_path: Path,
    manifest: pd.DataFrame,
    known: pd.DataFrame,
    change: Callable[[dict], object],
    message: str,
) -> None:
    path = tmp_path / "truth/all.json"
    coco.write(path, known, manifest)
    rewrite(path, change)
    with pytest.raises(InputError, match=message) as caught:
        truth.read(tmp_path, manifest)
    assert "all.json" in str(caught.value)


def test_one_frame_in_two_files_is_an_error(
    tmp_path: Path, manifest: pd.DataFrame, known: pd.DataFrame
) -> None:
    for name in ("a", "b"):
        coco.write(tmp_path / f"truth/{name}.json", known, manifest)
    with pytest.raises(InputError, match=r"b\.json: .* is labelled in a\.json, too"):
        truth.read(tmp_path, manifest)


@given(arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_compressed_run_lengths_are_read_back(mask: np.ndarray) -> None:
    runs = masks.encode(mask)
    assert masks.from_text(masks.to_text(runs)).tolist() == runs.tolist()


@pytest.fixture
def coco_tools() -> ModuleType:
    """The Extended COCO Tools; skips where they are not installed.

    Their compiled part, which handles masks, was built for numpy 1. Under numpy 2 that of pycocotools, which is the
    same code, stands in, and where that is not installed nothing does: reading and keypoints need no masks.
    """
    pytest.importorskip("xtcocotools")
    try:
        return importlib.import_module("xtcocotools.coco")
    except ValueError:
        try:
            sys.modules["xtcocotools._mask"] = importlib.import_module("pycocotools._mask")
        except ImportError:
            sys.modules["xtcocotools._mask"] = Mock()
        return importlib.import_module("xtcocotools.coco")


def test_masks_are_those_of_the_coco_tools() -> None:
    tools = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(1)
    for size in ((9, 7), (480, 640), (1, 300)):
        mask = rng.random(size) < rng.random()
        theirs = tools.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert masks.to_text(masks.encode(mask)) == theirs["counts"].decode()
    outline = [30.2, 20.7, 200.9, 40.1, 180.5, 200.3, 60.6, 160.4]
    runs = [9, 1, 20, 5, 300, 4, 1, 20, 1, 2, 0, 6, 3]
    given = {"size": [1, sum(runs)], "counts": runs}
    assert masks.to_text(runs) == tools.frPyObjects(given, 1, sum(runs))["counts"].decode()
    (theirs,) = tools.frPyObjects([outline], 240, 320)
    ours, known = masks.polygons([outline], 240, 320), tools.decode(theirs).astype(bool)
    assert (ours & known).sum() / (ours | known).sum() > 0.98


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["keypoints", "keypoints_wholebody"])
def test_a_perfect_prediction_has_ap_1_in_the_coco_tools(
    tmp_path: Path, manifest: pd.DataFrame, known: pd.DataFrame, kind: str, coco_tools: ModuleType
) -> None:
    from xtcocotools.cocoeval import COCOeval

    path = tmp_path / "truth.json"
    coco.write(path, known, manifest)
    loaded = coco_tools.COCO(str(path))
    names = ("image_id", "category_id", *coco.FIELDS.values())
    sure = {"score": 1.0, "wholebody_score": 1.0}
    perfect = [{name: each[name] for name in names} | sure for each in loaded.anns.values()]
    sigmas = None if kind == "keypoints" else np.full(133, 0.05)
    evaluation = COCOeval(loaded, loaded.loadRes(perfect), kind, sigmas, use_area=True)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)
    assert evaluation.stats[5] == pytest.approx(1.0)
