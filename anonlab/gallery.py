"""Pictures for the notebooks: a few frames of the run, drawn on, side by side, small enough to keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pandas as pd

from anonlab import drawing, masks, media, overview, records, tables
from anonlab.items import ORIGINAL, Source, sources
from anonlab.keypoints import N_KEYPOINTS
from anonlab.models.contracts import Image
from anonlab.paths import DATA, SCENES
from anonlab.veil import NONE, Mask, Veil, blank, changed_only

COLUMNS: Final = 4
CELL_PX: Final = 300
JPEG_QUALITY: Final = 88
MARGIN: Final = 0.25
"""Changed pixels lie within this share of a person's long side from its mask; see `veil`."""

Sample = tuple[Source, int]
"""An item and the number of a frame in it."""
View = Callable[[Sample], Image]
"""The picture of a sample, as it may be shown."""


def samples(everything: Sequence[Source], n: int, every: int = 1) -> list[Sample]:
    """At most `n` frames, spread over the items; of clips the middle frame, rounded down to a multiple of `every`."""
    places = np.unique(np.linspace(0, len(everything) - 1, n).round().astype(int))
    chosen = [everything[place] for place in places if everything]
    return [(source, source.row["n_frames"] // 2 // every * every) for source in chosen]


def frame(sample: Sample) -> Image:
    """The picture of a sample."""
    source, index = sample
    return next(media.read_every(source.path, source.row, 1, index))


def viewer(folder: str, kind: str, veil: Veil, data: Path = DATA) -> View:
    """How media of `kind` are looked at under a veil."""
    if not veil.publish:
        return frame
    if kind not in veil.safe:
        return lambda sample: blank(frame(sample))
    originals = {source.row["item"]: source for source in sources(folder, data)}
    found = tables.read(data / "persons.parquet", tables.PERSONS)

    def view(sample: Sample) -> Image:
        source, index = sample
        original = frame((originals[source.row["item"]], index))
        return changed_only(
            frame(sample), original, _near_people(_of_frame(found, sample), *original.shape[:2])
        )

    return view


def _near_people(rows: pd.DataFrame, height: int, width: int) -> Mask:
    """The pixels (H, W) on and around the persons of one frame."""
    here = records.persons(rows, height, width)
    reach = MARGIN * float(here.long_sides_px().max(initial=0.0))
    return masks.grow(np.asarray(here.masks.any(axis=0)), reach)


def originals(folder: str, veil: Veil = NONE, n: int = 8, data: Path = DATA) -> Any:
    """A contact sheet of originals."""
    return _sheet(samples(sources(folder, data), n), viewer(folder, ORIGINAL, veil, data))


def with_persons(folder: str, veil: Veil = NONE, n: int = 8, data: Path = DATA) -> Any:
    """A contact sheet of originals with the masks and boxes of the persons found."""
    view = viewer(folder, ORIGINAL, veil, data)
    found = tables.read(data / "persons.parquet", tables.PERSONS)

    def draw(sample: Sample) -> Image:
        image = view(sample)
        here = records.persons(_of_frame(found, sample), *image.shape[:2])
        return drawing.draw_boxes(drawing.draw_masks(image, here.masks), here.boxes_xyxy)

    return _sheet(samples(sources(folder, data), n), draw)


def before_and_after(folder: str, kind: str, veil: Veil = NONE, n: int = 4, data: Path = DATA) -> Any:
    """A contact sheet with each original beside its copy of `kind`."""
    copies = {source.row["item"]: source for source in sources(folder, data, kind)}
    before, after = viewer(folder, ORIGINAL, veil, data), viewer(folder, kind, veil, data)
    images, labels = [], []
    for source, index in samples(sources(folder, data), n):
        copy = copies[source.row["item"]], index
        images += [before((source, index)), after(copy)]
        labels += [_label((source, index)), _label(copy)]
    return sheet(images, labels)


def with_poses(
    folder: str,
    kind: str,
    veil: Veil = NONE,
    threshold: float = 0.5,
    every: int = 1,
    n: int = 8,
    data: Path = DATA,
) -> Any:
    """A contact sheet of media of `kind` with the keypoints that score above `threshold`."""
    view = viewer(folder, kind, veil, data)
    found = tables.read(data / "pose" / f"{kind}.parquet", tables.POSE)

    def draw(sample: Sample) -> Image:
        pose = records.pose(_of_frame(found, sample))
        return drawing.draw_pose(view(sample), pose.keypoints, pose.scores, threshold)

    return _sheet(samples(sources(folder, data, kind), n, every), draw)


def suspicious(
    folder: str,
    kind: str,
    max_changed: float,
    every: int = 1,
    veil: Veil = NONE,
    n: int = 12,
    data: Path = DATA,
) -> Any:
    """A contact sheet of the frames of `kind` with what the audit found, those to look at first.

    Only media of `kind` are shown. Where nothing was found, a sentence says what was looked at.
    """
    from IPython.display import Markdown

    found = overview.suspicious(tables.read(data / "audit" / f"{kind}.parquet", tables.AUDIT), max_changed)
    chosen = found.drop_duplicates(["item", "frame"]).head(n)
    known = {source.row["item"]: source for source in sources(folder, data, kind)}
    if chosen.empty:
        frames = sum(-(-source.row["n_frames"] // every) for source in known.values())
        return Markdown(
            f"*The audit found no face and no person in {frames} frames. It sees people who stand or walk, and faces "
            "from the front or the side, from a certain size on: of everybody else this says nothing.*"
        )

    view = viewer(folder, kind, veil, data)

    def draw(sample: Sample) -> Image:
        here = _of_frame(found, sample)
        percent = (100 * here["changed"]).round().astype(int)
        labels = [f"{what}, {n} % changed" for what, n in zip(here["what"], percent, strict=True)]
        return drawing.draw_boxes(view(sample), here[records.BOX].to_numpy(np.float32), labels)

    return _sheet(
        [(known[item], number) for item, number in zip(chosen["item"], chosen["frame"], strict=True)], draw
    )


def with_truth(folder: str, veil: Veil = NONE, n: int = 8, data: Path = DATA) -> Any:
    """A contact sheet of originals with the masks and keypoints of the people that the data set's truth knows."""
    known = tables.read(data / "truth.parquet", tables.TRUTH)
    return _truth_sheet(sources(folder, data), known, viewer(folder, ORIGINAL, veil, data), n)


def scenes(made: pd.DataFrame, veil: Veil = NONE, n: int = 8, folder: Path = SCENES) -> Any:
    """The same for the items of the stage scenes, before there is a manifest."""
    known = (
        tables.read(folder / "truth/truth.parquet", tables.TRUTH)
        if len(made)
        else tables.table(tables.TRUTH, [])
    )
    rows = [{str(name): value for name, value in row.items()} for row in made.to_dict("records")]
    view = viewer(str(folder), ORIGINAL, veil)
    return _truth_sheet([Source(row, folder / row["path"], "") for row in rows], known, view, n)


def _truth_sheet(everything: Sequence[Source], known: pd.DataFrame, view: View, n: int) -> Any:
    """A labelled frame in the middle of each item, with people where there are any; a sentence for no truth at all."""
    from IPython.display import Markdown

    someone = known[known["person"] != tables.NOBODY]
    frames = known.groupby("item")["frame"].median().astype(int).to_dict()
    frames |= (
        someone.groupby("item")["frame"].agg(lambda numbers: sorted(numbers)[len(numbers) // 2]).to_dict()
    )
    labelled = [source for source in everything if source.row["item"] in frames]
    if not labelled:
        return Markdown("*Nothing is known of the people in these pictures: no truth to show.*")
    chosen = [(source, frames[source.row["item"]]) for source, _ in samples(labelled, n)]

    def draw(sample: Sample) -> Image:
        image, here = view(sample), _of_frame(someone, sample)
        covered = [masks.decode(runs, *image.shape[:2]) for runs in here["mask_rle"] if len(runs)]
        shown = drawing.draw_masks(image, np.stack(covered)) if covered else image
        keypoints = np.array(here["keypoints"].tolist(), np.float32).reshape(-1, N_KEYPOINTS, 2)
        visibility = np.array(here["visibility"].tolist(), np.float32).reshape(-1, N_KEYPOINTS)
        return drawing.draw_pose(shown, keypoints, visibility, 0)

    return _sheet(chosen, draw)


def _of_frame(table: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    source, index = sample
    return table[(table["item"] == source.row["item"]) & (table["frame"] == index)]


def _sheet(chosen: Sequence[Sample], draw: Callable[[Sample], Image]) -> Any:
    """The samples, drawn and labelled, as one picture for a notebook."""
    return sheet([draw(sample) for sample in chosen], [_label(sample) for sample in chosen])


def sheet(images: Sequence[Image], labels: Sequence[str]) -> Any:
    """Labelled pictures as one for a notebook; a sentence where there are none."""
    from IPython.display import Image as Picture
    from IPython.display import Markdown

    if not images:
        return Markdown("*There is nothing to show.*")
    drawn = drawing.contact_sheet(images, COLUMNS, labels, CELL_PX)
    _, encoded = cv2.imencode(".jpg", drawn[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return Picture(data=encoded.tobytes(), format="jpeg")


def _label(sample: Sample) -> str:
    source, index = sample
    name = Path(source.row["item"]).name
    return f"{name}, frame {index}" if source.row["media"] == "video" else name
