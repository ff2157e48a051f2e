"""Packs the CC0 MakeHuman body into the one small file that the package carries.

    python -m anonlab.synth.body.pack FOLDER_OF_MPFB2

The folder is `mpfb2` of the MakeHuman/MPFB2 asset set (3dobjs, rigs, targets, textures); see NOTICE beside this file.
Lengths are stored in units of 0.01 mm, changes by the targets in 0.1 mm: finer than any picture shows.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anonlab.errors import InputError

PACKED = Path(__file__).with_name("body.npz.xz")

ADULT_TARGETS = (
    *(f"macrodetails/*-{age}.target.gz" for age in ("young", "old")),
    *(f"macrodetails/universal-*-{age}-*.target.gz" for age in ("young", "old")),
    *(
        f"macrodetails/{what}/*-{age}-*.target.gz"
        for what in ("height", "proportions")
        for age in ("young", "old")
    ),
    "breast/female-*-averagemuscle-averageweight-*-averagefirmness.target.gz",
)
DETAIL_TARGETS = (
    *(f"{part}/*.target.gz" for part in ("nose", "chin", "head", "mouth", "eyes", "forehead", "cheek")),
    *("eyebrows/*.target.gz", "ears/*-ear-wing-*.target.gz", "ears/*-ear-scale-[di]*cr.target.gz"),
    *("neck/neck-double-*.target.gz", "neck/neck-scale-*.target.gz", "stomach/stomach-*.target.gz"),
)
MASKS = ("lips", "eyelids", "fingernails")
LEFT_OUT = ("helper-genital", "helper-tongue", "helper-upper-teeth", "helper-lower-teeth", "helper-skirt")
WEIGHTS_PER_VERTEX = 6

Arrays = dict[str, NDArray[Any]]


def read_mesh(path: Path) -> Arrays:
    """Vertices (V, 3) in decimetres, quads (Q, 4) with their group (Q,), and a texture place (V, 2) per vertex."""
    vertices, places, quads, corners, groups = [], [], [], [], []
    names: dict[str, int] = {}
    group = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in rest[:3]])
        elif kind == "vt":
            places.append([float(value) for value in rest[:2]])
        elif kind in {"g", "o"}:
            group = names.setdefault(rest[0], len(names))
        elif kind == "f":
            parts = [corner.split("/") for corner in (rest if len(rest) == 4 else [*rest, rest[-1]])]
            quads.append([int(part[0]) - 1 for part in parts])
            corners.append([int(part[1]) - 1 for part in parts])
            groups.append(group)
    uv = np.zeros((len(vertices), 2))
    uv[np.array(quads).ravel()] = np.array(places)[np.array(corners).ravel()]
    return {
        "vertices": np.array(vertices),
        "quads": np.array(quads),
        "groups": np.array(groups),
        "group_names": np.array(list(names)),
        "uv": uv,
    }


def ordered_bones(rig: Mapping[str, Any]) -> list[str]:
    """Names of the bones, each after its parent."""
    children: dict[str, list[str]] = {}
    for name, bone in rig.items():
        children.setdefault(bone["parent"], []).append(name)
    order: list[str] = []
    waiting = list(children[""])
    while waiting:
        name = waiting.pop(0)
        order.append(name)
        waiting = children.get(name, []) + waiting
    return order


def joint_vertices(end: Mapping[str, Any], mesh: Arrays) -> NDArray[Any]:
    """The vertices whose mean is one end of a bone."""
    if end["strategy"] == "CUBE":
        number = list(mesh["group_names"]).index(end["cube_name"])
        return np.unique(mesh["quads"][mesh["groups"] == number])
    return np.array([end["vertex_index"]] if end["strategy"] == "VERTEX" else end["vertex_indices"])


def joined(lists: Iterable[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Arrays of different lengths as one array, and where each of them starts and the last one ends."""
    arrays = list(lists)
    return np.concatenate(arrays), np.cumsum([0, *(len(array) for array in arrays)])


def read_rig(folder: Path, mesh: Arrays) -> Arrays:
    """Bones, their parents, and the vertices that their heads and tails are the means of."""
    rig = json.loads((folder / "rig.default.json").read_text(encoding="utf-8"))
    rig = rig.get("bones", rig)
    order = ordered_bones(rig)
    arrays: Arrays = {
        "bones": np.array(order),
        "parents": np.array(
            [order.index(rig[name]["parent"]) if rig[name]["parent"] else -1 for name in order]
        ),
    }
    for end in ("head", "tail"):
        vertices, starts = joined(joint_vertices(rig[name][end], mesh) for name in order)
        arrays |= {f"{end}_vertices": vertices.astype(np.uint16), f"{end}_starts": starts.astype(np.uint16)}
    return arrays | {"parents": arrays["parents"].astype(np.int16)}


def read_weights(path: Path, bones: list[str], n_vertices: int) -> Arrays:
    """The strongest bones (V, 6) of every vertex and their weights (V, 6) in 1/255."""
    weights = np.zeros((n_vertices, len(bones)))
    for name, pairs in json.loads(path.read_text(encoding="utf-8"))["weights"].items():
        for vertex, weight in pairs if name in bones else []:
            weights[int(vertex), bones.index(name)] = weight
    weights[weights.sum(1) == 0, 0] = 1
    strongest = np.argsort(-weights, axis=1, kind="stable")[:, :WEIGHTS_PER_VERTEX]
    chosen = np.take_along_axis(weights, strongest, 1)
    chosen = np.rint(255 * chosen / chosen.sum(1, keepdims=True))
    return {
        "bone_index": np.where(chosen > 0, strongest, 0).astype(np.uint8),
        "bone_weight": chosen.astype(np.uint8),
    }


def read_target(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Vertices (N,) that one target moves, and by how much (N, 3) in units of 0.1 mm."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        values = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    rows = np.array(values, dtype=float).reshape(-1, 4)
    moves = np.rint(rows[:, 1:] * 1000).astype(np.int16)
    seen = moves.any(axis=1)
    return rows[seen, 0].astype(np.uint16), moves[seen]


def read_targets(folder: Path) -> Arrays:
    """All shape targets of adults, one after the other, by name."""
    paths = sorted({path for pattern in ADULT_TARGETS + DETAIL_TARGETS for path in folder.glob(pattern)})
    targets = [read_target(path) for path in paths]
    vertices, starts = joined(target[0] for target in targets)
    names = [path.relative_to(folder).as_posix().removesuffix(".target.gz") for path in paths]
    return {
        "target_names": np.array(names),
        "target_starts": starts.astype(np.uint32),
        "target_vertices": vertices,
        "target_moves": np.concatenate([target[1] for target in targets]),
    }


def read_masks(folder: Path, uv: NDArray[Any]) -> NDArray[np.uint8]:
    """How much lip, eyelid and fingernail every vertex is: (V, 3), 0 to 255."""
    columns = []
    for name in MASKS:
        picture = cv2.imread(str(folder / f"mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise InputError(f"{folder / f'mpfb_{name}.jpg'} cannot be read: give the folder of MPFB2's data")
        scale = np.array(picture.shape[::-1]) - 1
        x, y = np.rint(np.clip(uv * [1, -1] + [0, 1], 0, 1) * scale).astype(int).T
        columns.append(cv2.blur(picture, (5, 5))[y, x])
    return np.stack(columns, axis=1)


def collect(folder: Path) -> Arrays:
    """Everything that the package carries, as small integers and names."""
    if not (folder / "3dobjs" / "base.obj").is_file():
        raise InputError(f"no 3dobjs/base.obj in {folder}: give the folder of MPFB2's data")
    mesh = read_mesh(folder / "3dobjs" / "base.obj")
    rig = read_rig(folder / "rigs" / "standard", mesh)
    weights = folder / "rigs" / "standard" / "weights.default.json"
    kept = ~np.isin(mesh["group_names"][mesh["groups"]], LEFT_OUT)
    kept &= ~np.char.startswith(mesh["group_names"][mesh["groups"]], "joint-")
    return {
        "vertices": np.rint(mesh["vertices"] * 1e4).astype(np.int32),
        "quads": mesh["quads"][kept].astype(np.uint16),
        "groups": mesh["groups"][kept].astype(np.uint8),
        "group_names": mesh["group_names"],
        **rig,
        **read_weights(weights, list(rig["bones"]), len(mesh["vertices"])),
        "masks": read_masks(folder / "textures", mesh["uv"]),
        **read_targets(folder / "targets"),
    }


def write(arrays: Arrays, path: Path) -> None:
    """Writes the arrays, equal bytes for equal arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    path.write_bytes(lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def read(path: Path = PACKED) -> Arrays:
    """The arrays as they were written."""
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes())), allow_pickle=False) as arrays:
        return dict(arrays)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(collect(Path(sys.argv[1])), PACKED)
