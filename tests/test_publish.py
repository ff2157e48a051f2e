"""With `publish: true`, nothing that a run leaves outside its cache shows a pixel of the footage as it was.

People wear a pattern that survives scaling and JPEG, and so does the background, which stands for somebody whom the
detector missed. Every picture in every file is searched for it. The same search on the same run without `publish` finds
it, or it would prove nothing.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from anonlab import dataset, gallery, media, methods
from tests import people
from tests.pipeline import copy_of_project, dvc, repro

CELLS, CELL_PX = 7, 10
SIDE = CELLS * CELL_PX
PATTERN = (
    np.kron(np.random.default_rng(5).integers(0, 2, (CELLS, CELLS)), np.ones((CELL_PX, CELL_PX))) * 200 + 30
)
SCALES = np.geomspace(0.25, 2, 25)
SEEN = 0.75  # normalized cross-correlation
ENCODED = re.compile(r"(?:iVBORw0KGgo|/9j/|PHN2Zy|PD94bWwg)[A-Za-z0-9+/]+=*")
KINDS = {"original": {}, "blur": {"sigma_frac": 0.15}}


def wearing(image: people.Image, *places: tuple[int, int]) -> people.Image:
    """`image` with the pattern at these places: x and y of the upper left corner in pixels."""
    for x, y in places:
        image[y : y + SIDE, x : x + SIDE] = PATTERN[..., None]
    return image


def footage(folder: Path) -> Path:
    """Somebody with the pattern on the chest and on the wall; the wall alone; and a clip of them."""
    person = people.Person(320, 60, 380)
    media.write_image(
        folder / "images/office/worn.png", wearing(people.room(people=[person]), (285, 140), (40, 40))
    )
    media.write_image(
        folder / "images/office/wall.png", wearing(people.room(people=[]), (285, 140), (40, 40))
    )
    (folder / "videos").mkdir()
    with media.VideoWriter(folder / "videos/walk.mkv", Fraction(25), (640, 480)) as clip:
        for index in range(6):
            walking = people.room(640, 480, [person._replace(x=300 + 8 * index)], seed=index)
            clip.write(wearing(walking, (265 + 8 * index, 140), (40, 40)))
    return folder


def pictures(data: bytes) -> Iterator[people.Image]:
    """Every picture in a file, gray: itself one, or as base64 in a notebook, a page or a drawing, however deep."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if decoded is not None:
        yield decoded
        return
    text = re.sub(r"\\n|\s", "", data.decode("utf-8", "ignore"))
    for match in ENCODED.finditer(text):
        yield from pictures(base64.b64decode(match[0]))


def shows(image: people.Image) -> bool:
    """Whether the pattern is somewhere on a picture, whatever its size; drawings hold theirs upside down."""
    for scale in SCALES:
        side = round(SIDE * scale)
        if side > min(image.shape):
            continue
        small = cv2.resize(PATTERN.astype(np.uint8), (side, side), interpolation=cv2.INTER_AREA)
        for worn in (small, np.flipud(small)):
            if cv2.matchTemplate(image, worn, cv2.TM_CCOEFF_NORMED).max() > SEEN:
                return True
    return False


def showing(project: Path) -> set[str]:
    """What of a project, without its footage and its documented cache, shows the pattern."""
    cache = ("data", ".items", ".dvc", "models", "footage")
    files = (path for path in project.rglob("*") if path.is_file())
    outside = [path for path in files if path.relative_to(project).parts[0] not in cache]
    return {
        path.relative_to(project).as_posix()
        for path in outside
        if any(shows(image) for image in pictures(path.read_bytes()))
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that has run once, to be published."""
    root = copy_of_project(tmp_path_factory.mktemp("anonlab"))
    footage(root / "footage")
    params = yaml.safe_load((root / "params.yaml").read_text())
    params |= {"publish": True, "kinds": KINDS}
    params["dataset"] |= {"source": "folder", "folder": "footage"}
    params["figures"] |= {"floor": ""}
    params["engine"]["workers"] = 1
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    repro(root)
    return root


def test_no_file_outside_the_cache_shows_anybody_who_was_not_covered(project: Path) -> None:
    assert len(list((project / "runs").glob("*.ipynb"))) > 10
    assert (project / "report.html").exists()
    assert (project / "figures/fig1_pose.png").exists()
    assert not showing(project)


def test_the_same_search_finds_them_where_nothing_is_to_be_published(project: Path) -> None:
    params = yaml.safe_load((project / "params.yaml").read_text())
    (project / "params.yaml").write_text(yaml.safe_dump(params | {"publish": False}, sort_keys=False))
    stages = ("dataset", "persons", "anonymize@blur", "pose@original", "figures", "report")
    done = dvc(project, "repro", "--single-item", *stages)
    assert done.returncode == 0, done.stderr
    found = showing(project)
    assert {
        "runs/01_dataset.ipynb",
        "runs/02_persons.ipynb",
        "runs/03_anonymize-blur.ipynb",
        "runs/04_pose-original.ipynb",
        "runs/07_figures.ipynb",
        "figures/fig1_pose.png",
        "figures/fig1_pose.svg",
        "report.html",
    } <= found


def test_a_sheet_of_originals_to_be_published_shows_none_of_them(tmp_path: Path) -> None:
    folder, data = str(footage(tmp_path / "footage")), tmp_path / "data"
    dataset.run(folder, data=data)
    assert any(shows(each) for each in pictures(gallery.originals(folder, data=data).data))
    veil = methods.veil(publish=True, kinds=KINDS)
    (sheet,) = pictures(gallery.originals(folder, veil, data=data).data)
    assert not shows(sheet)
