"""The truth that a data set holds in its folder `truth`, found and checked against the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import tables
from anonlab.errors import InputError
from anonlab.files import refuse_outside
from anonlab.keypoints import N_KEYPOINTS
from anonlab.truth import coco
from anonlab.truth.rows import BOX, warn_unmatched

FOLDER: Final = "truth"
TABLE: Final = "truth.parquet"


def read(folder: Path, manifest: pd.DataFrame) -> pd.DataFrame:
    """The truth that a data set holds, as the table TRUTH; empty if there is none.

    Items that are not in the manifest are left out with a warning.

    Raises:
        InputError: a file is damaged or does not fit the manifest; the message names it and the place.
    """
    home = folder / FOLDER
    for path in (home, home / TABLE, *home.glob("*.json")):
        refuse_outside(path, folder)
    if (home / TABLE).is_file():
        found = _known(home / TABLE, tables.read(home / TABLE, tables.TRUTH), manifest)
        check(home / TABLE, found, manifest)
    else:
        found = _from_json(sorted(home.glob("*.json")), manifest)
    return found.sort_values(["item", "frame", "person"], kind="stable", ignore_index=True)


def _from_json(paths: list[Path], manifest: pd.DataFrame) -> pd.DataFrame:
    """The tables of all COCO files, one below the other."""
    parts: list[pd.DataFrame] = []
    home: dict[tuple[Any, ...], Path] = {}
    for path in paths:
        part = tables.table(tables.TRUTH, coco.read(path, manifest))
        check(path, part, manifest)
        for frame in part[["item", "frame"]].drop_duplicates().itertuples(index=False, name=None):
            other = home.setdefault(frame, path)
            if other != path:
                raise InputError(
                    f"{path}: {frame[0]}, frame {frame[1]} is labelled in {other.name}, too; keep one"
                )
        parts.append(part)
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else tables.table(tables.TRUTH, [])


def _known(path: Path, found: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """The rows whose item is in the manifest."""
    known = found["item"].isin(manifest["item"])
    warn_unmatched(path, list(found.loc[~known, "item"].unique()), found["item"].nunique())
    return found[known].reset_index(drop=True)


def check(path: Path, found: pd.DataFrame, manifest: pd.DataFrame) -> None:
    """Raise an InputError that names the file and the first row that cannot be."""
    about = manifest.set_index("item").loc[found["item"], ["width", "height", "n_frames"]].to_numpy(np.int64)
    someone = (found["person"] != tables.NOBODY).to_numpy()
    boxes = found[BOX].to_numpy(np.float64)
    alone = found.groupby(["item", "frame"])["person"].transform("size").to_numpy() == 1
    mask_px = np.array([np.sum(runs) for runs in found["mask_rle"]], np.int64)
    has_mask = np.array([len(runs) > 0 for runs in found["mask_rle"]], bool)
    for wrong, problem in (
        (found["frame"].to_numpy() >= about[:, 2], "the item has fewer frames"),
        (found.duplicated(["item", "frame", "person"]).to_numpy(), "a person is there twice"),
        (~someone & ~alone, "somebody and nobody are there at once"),
        (someone & ~(boxes[:, 2:] > boxes[:, :2]).all(axis=1), "a person's box has no area"),
        (someone & ~_located(found), "a labelled keypoint has no place"),
        (has_mask & (mask_px != about[:, 0] * about[:, 1]), "a mask is not of the picture's size"),
    ):
        for row in np.flatnonzero(wrong)[:1]:
            raise InputError(
                f"{path}: {found['item'].iloc[row]}, frame {found['frame'].iloc[row]}: {problem}; correct it"
            )


def _located(found: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether all labelled keypoints of each row have coordinates."""
    places = np.array(found["keypoints"].tolist(), np.float32).reshape(-1, N_KEYPOINTS, 2)
    labelled = np.array(found["visibility"].tolist(), np.uint8).reshape(-1, N_KEYPOINTS) > 0
    return np.asarray((np.isfinite(places).all(axis=2) | ~labelled).all(axis=1))
