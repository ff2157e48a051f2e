"""Truth as COCO-WholeBody annotations: read from what others labelled, written for what others evaluate with.

Format: <https://cocodataset.org/#format-data>, extended by Jin et al., *Whole-Body Human Pose Estimation in the Wild*,
ECCV 2020. A frame of a clip is an image with the clip's `file_name` and a `frame_id`, as in COCO-VID; annotations may
carry a `track_id`, and here also `actions`, the AVA ids.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import masks, tables
from anonlab.errors import InputError
from anonlab.files import replacing
from anonlab.keypoints import BODY, N_KEYPOINTS, PARTS, SKELETON
from anonlab.truth.rows import nobody, warn_unmatched

FIELDS: Final = {
    "body": "keypoints",
    "feet": "foot_kpts",
    "face": "face_kpts",
    "left_hand": "lefthand_kpts",
    "right_hand": "righthand_kpts",
}
"""Part of the body -> the annotation's field of x, y, v for each of its keypoints."""

VALID: Final = {"feet": "foot", "face": "face", "left_hand": "lefthand", "right_hand": "righthand"}
"""Part of the body -> what the names of its flag and its box begin with."""

PERSON: Final = {
    **{"id": 1, "name": "person", "supercategory": "person", "keypoints": list(BODY)},
    "skeleton": [[a + 1, b + 1] for a, b in SKELETON["body"]],
}

Triples = NDArray[np.float64]  # (keypoints, 3): x, y in pixels and visibility


def write(path: Path, truth: pd.DataFrame, manifest: pd.DataFrame) -> None:
    """Write a TRUTH table as COCO-WholeBody JSON: an image for every labelled frame, of clips too."""
    content = document(truth, manifest)
    lists = (f'"{name}":[\n' + ",\n".join(map(_compact, rows)) + "\n]" for name, rows in content.items())
    with replacing(path) as temporary:
        temporary.write_text("{" + ",\n".join(lists) + "}\n", encoding="utf-8")


def document(truth: pd.DataFrame, manifest: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """The images, annotations and categories of a TRUTH table; a line of text for each is not too long."""
    about = {row["item"]: row for row in manifest.to_dict("records")}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    place_of = itemgetter("item", "frame")
    in_order = sorted(truth.to_dict("records"), key=place_of)
    for (item, frame), people in groupby(in_order, key=place_of):
        row = about[item]
        images.append(_image(len(images) + 1, row, frame))
        for person in people:
            if person["person"] == tables.NOBODY:
                continue
            place = {"id": len(annotations) + 1, "image_id": len(images), "category_id": PERSON["id"]}
            annotations.append(place | _annotation(person, int(row["height"]), int(row["width"])))
    return {"images": images, "annotations": annotations, "categories": [PERSON]}


def read(path: Path, manifest: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows of TRUTH for the annotations at `path`, whose images are matched by `_Finder`; crowds are left out.

    Raises:
        InputError: the file is no such JSON, or does not fit the manifest; the message names the place.
    """
    content = _load(path)
    people = _people_by_image(path, content)
    has_actions = any("actions" in each for group in people.values() for each in group)
    find = _Finder(manifest)
    unmatched: list[str] = []
    for image in content["images"]:
        row = find(str(image["file_name"]))
        if row is None:
            unmatched.append(str(image["file_name"]))
            continue
        where = f"{path}: image {image['file_name']}"
        place = {"item": row["item"], "frame": _frame(where, image, row)}
        here = people.get(image["id"], [])
        for number, each in enumerate(here):
            yield place | _person(f"{where}, annotation {each.get('id')}", each, number, row)
        if not here:
            yield nobody(**place, has_actions=has_actions)
    warn_unmatched(path, unmatched, len(content["images"]))


class _Finder:
    """Finds the manifest's row for a `file_name`: by its path below the folder, else by its name if that is unique."""

    def __init__(self, manifest: pd.DataFrame) -> None:
        self.rows: dict[str, Mapping[Any, Any]] = {row["path"]: row for row in manifest.to_dict("records")}
        names = Counter(PurePosixPath(path).name for path in self.rows)
        self.by_name = {
            name: row for path, row in self.rows.items() if names[name := PurePosixPath(path).name] == 1
        }

    def __call__(self, file_name: str) -> Mapping[Any, Any] | None:
        path = PurePosixPath(file_name.replace("\\", "/"))
        return self.rows.get(str(path)) or self.by_name.get(path.name)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable JSON ({error}); correct or remove it") from error
    if isinstance(content, dict):
        content["categories"] = content.get("categories") or [PERSON]
    needed = {"images": ("id", "file_name"), "annotations": ("image_id",), "categories": ()}
    for name, fields in needed.items():
        rows = content.get(name) if isinstance(content, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{path}: COCO annotations hold a list {name!r}, this file does not")
        for number, row in enumerate(rows):
            for field in fields:
                if field not in row:
                    raise InputError(f"{path}: {name}[{number}] has no {field!r}")
            for field in ("id", "image_id", "category_id"):
                if not isinstance(row.get(field, 0), int | str):
                    raise InputError(f"{path}: {name}[{number}]: {field!r} is neither a number nor a text")
            if not isinstance(row.get("file_name", ""), str):
                raise InputError(f"{path}: {name}[{number}]: 'file_name' is no text")
    return dict(content)


def _people_by_image(path: Path, content: Mapping[str, Any]) -> dict[Any, list[dict[str, Any]]]:
    """The annotations of single persons by image id, in the file's order."""
    persons = {each.get("id") for each in content["categories"] if each.get("name") == "person"}
    known = {image["id"] for image in content["images"]}
    found: dict[Any, list[dict[str, Any]]] = {}
    for each in content["annotations"]:
        if each["image_id"] not in known:
            raise InputError(
                f"{path}: annotation {each.get('id')} is of image {each['image_id']}, which is not there"
            )
        if each.get("category_id", 1) in persons and not each.get("iscrowd"):
            found.setdefault(each["image_id"], []).append(each)
    return found


def _frame(where: str, image: Mapping[str, Any], row: Mapping[str, Any]) -> int:
    """Number of the frame that is labelled, after a look at the picture's size."""
    size = (int(row["width"]), int(row["height"]))
    labelled = (image.get("width", size[0]), image.get("height", size[1]))
    if labelled != size:
        raise InputError(
            f"{where}: labelled at {labelled[0]} x {labelled[1]}, the file has {size[0]} x {size[1]}"
        )
    if row["media"] == "image":
        return 0
    if not isinstance(image.get("frame_id"), int) or image["frame_id"] < 0:
        raise InputError(f"{where}: a clip, so `frame_id` has to say which frame this is, counted from 0")
    return int(image["frame_id"])


def _person(where: str, each: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of TRUTH for one annotation, without item and frame."""
    try:
        mask = _mask(each.get("segmentation"), int(row["height"]), int(row["width"]))
        points = np.concatenate([_triples(each, part) for part in PARTS])
        box = _box(each.get("bbox"), mask)
        track = int(each.get("track_id", number))
        actions = [int(action) for action in each.get("actions", [])]
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{where}: {error}; correct it") from error
    seen = points[:, 2] > 0
    return {
        "person": track,
        **dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)),
        "keypoints": np.where(seen[:, None], points[:, :2], np.nan).astype(np.float32).ravel(),
        "visibility": np.clip(np.ceil(points[:, 2]), 0, 2).astype(np.uint8),
        "mask_rle": [] if mask is None else masks.encode(mask),
        **{"actions": actions, "has_actions": "actions" in each},
    }


def _triples(each: Mapping[str, Any], part: str) -> Triples:
    """x, y, v of a part's keypoints; v is 0 where the annotation does not have the part or marks it as not valid."""
    n = PARTS[part].stop - PARTS[part].start
    values = each.get(FIELDS[part])
    if part != "body" and not each.get(f"{VALID[part]}_valid", values is not None):
        values = None
    if values is None:
        return np.zeros((n, 3))
    points = np.asarray(values, np.float64)
    if points.shape == (3 * N_KEYPOINTS,) and part == "body":
        points = points[: 3 * n]
    if points.shape != (3 * n,) or not np.isfinite(points).all():
        raise ValueError(f"{FIELDS[part]!r} has to hold x, y, v of {n} keypoints")
    return points.reshape(n, 3)


def _mask(segmentation: Any, height: int, width: int) -> NDArray[np.bool_] | None:
    """The mask of polygons or run lengths, compressed or not; None where there is none."""
    if not segmentation:
        return None
    if isinstance(segmentation, list):
        found = masks.polygons(segmentation, height, width)
    else:
        if list(segmentation["size"]) != [height, width]:
            raise ValueError(f"the mask is of size {segmentation['size']}, the picture of {[height, width]}")
        counts = segmentation["counts"]
        found = masks.decode(masks.from_text(counts) if isinstance(counts, str) else counts, height, width)
    return found if found.any() else None


def _box(bbox: Any, mask: NDArray[np.bool_] | None) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of COCO's x, y, width, height, or around the mask."""
    if bbox is not None:
        x, y, width, height = (float(value) for value in bbox)
        return x, y, x + width, y + height
    if mask is None:
        raise ValueError("neither 'bbox' nor 'segmentation' says where the person is")
    ys, xs = np.nonzero(mask)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)


def _image(number: int, row: Mapping[Any, Any], frame: int) -> dict[str, Any]:
    image = {"id": number, "file_name": row["path"], "width": int(row["width"]), "height": int(row["height"])}
    return image if row["media"] == "image" else image | {"frame_id": frame}


def _annotation(person: Mapping[Any, Any], height: int, width: int) -> dict[str, Any]:
    """Fields of an annotation; coordinates are rounded to hundredths of a pixel."""
    places = np.asarray(person["keypoints"], np.float64).reshape(-1, 2)
    visibility = np.asarray(person["visibility"], np.int64)
    places = np.where(visibility[:, None] > 0, places, 0).round(2)
    x0, y0, x1, y1 = (float(person[edge]) for edge in ("x0", "y0", "x1", "y1"))
    runs = np.asarray(person["mask_rle"], np.int64)
    out: dict[str, Any] = {
        "bbox": [round(value, 2) for value in (x0, y0, x1 - x0, y1 - y0)],
        "area": int(runs[1::2].sum()) if len(runs) else round((x1 - x0) * (y1 - y0), 2),
        "iscrowd": 0,
        "track_id": int(person["person"]),
        "num_keypoints": int((visibility[PARTS["body"]] > 0).sum()),
    }
    if len(runs):
        out["segmentation"] = {"size": [height, width], "counts": masks.to_text(runs)}
    for part, where in PARTS.items():
        out[FIELDS[part]] = _flat(places[where], visibility[where])
        if part in VALID:
            seen = visibility[where] > 0
            out |= {f"{VALID[part]}_valid": bool(seen.any())}
            out |= {f"{VALID[part]}_box": _around(places[where][seen])} if part != "feet" else {}
    return out | ({"actions": [int(each) for each in person["actions"]]} if person["has_actions"] else {})


def _flat(places: Triples, visibility: NDArray[np.int64]) -> list[float]:
    return [
        value for (x, y), v in zip(places.tolist(), visibility.tolist(), strict=True) for value in (x, y, v)
    ]


def _around(places: Triples) -> list[float]:
    """x, y, width, height around points; zeros, as COCO-WholeBody has it, where there are none."""
    if not len(places):
        return [0.0, 0.0, 0.0, 0.0]
    low, high = places.min(axis=0), places.max(axis=0)
    return [float(value) for value in (*low, *(high - low).round(2))]


def _compact(row: Mapping[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)
