"""Figure 1: the pose found on the original and on each kind of anonymized media, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from anonlab.drawing import PART_COLOURS, draw_pose, resized
from anonlab.errors import InputError
from anonlab.figures.selection import DEFAULTS, Settings, circle
from anonlab.figures.style import COLUMN_IN, DPI, NOTE_COLOUR, NOTE_PT, WIDTH_IN, kind_styles, styled, wrapped
from anonlab.models.contracts import Image, Pose

MAX_HEIGHT_IN: Final = 3.0  # of a panel
MAX_WIDTH_IN: Final = 3.5
MIN_WIDTH_IN: Final = 0.9  # of a panel with its caption
WRAP_AFTER: Final = 5  # one item of more kinds goes over several rows
NARROW_IN: Final = 1.4  # captions of narrower panels take three lines instead of two
TITLE_IN, LINE_IN, NOTE_IN, LEGEND_IN, GAP_IN, SIDE_IN = 0.26, 0.112, 0.12, 0.26, 0.07, 0.2
CROP_BELOW: Final = 0.6  # persons in a smaller share of the picture are cropped to
MARGIN: Final = 0.15  # of the persons' extent, on each side
WIDTHS_PT: Final = (0.7, 1.5)  # thinnest and thickest line of a body

DRAWN_DPI: Final = 2 * DPI

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Posed:
    """One panel: a picture and what the networks found on it.

    Attributes:
        image: (H, W, 3) uint8.
        pose: of the persons found on this very picture.
        epe_px: against the original, at the same threshold; NaN where undefined and for the original.
    """

    image: Image
    pose: Pose
    epe_px: float = float("nan")


@dataclass(frozen=True)
class _Layout:
    """Where the panels go, inches from the upper left corner; a section per row."""

    sections: Sequence[Box]
    n_columns: int
    side_in: float

    @property
    def aspects(self) -> list[float]:
        return [(y1 - y0) / (x1 - x0) for x0, y0, x1, y1 in self.sections]

    @property
    def cell_in(self) -> float:
        """Width of a column: what the page allows, less where all pictures are so tall that the height decides."""
        page = (WIDTH_IN - self.side_in - (self.n_columns + 1) * GAP_IN) / self.n_columns
        return max(MIN_WIDTH_IN, min(page, MAX_WIDTH_IN, MAX_HEIGHT_IN / min(self.aspects)))

    @property
    def width_in(self) -> float:
        """Of all columns."""
        return self.side_in + GAP_IN + self.n_columns * (self.cell_in + GAP_IN)

    @property
    def n_lines(self) -> int:
        return 3 if self.cell_in < NARROW_IN else 2

    def panel_in(self, row: int) -> tuple[float, float]:
        """Width and height."""
        height = min(MAX_HEIGHT_IN, self.cell_in * self.aspects[row])
        return height / self.aspects[row], height

    def top_in(self, row: int, n_titled: int) -> float:
        """Upper edge of the panels of a row, of which the first `n_titled` have titles above them."""
        above = sum(self.panel_in(i)[1] + self.n_lines * LINE_IN + GAP_IN for i in range(row))
        return above + TITLE_IN * min(row + 1, n_titled)


@styled
def fig1_pose(
    items: Sequence[Mapping[str, Posed]], settings: Settings = DEFAULTS, titles: Sequence[str] = ()
) -> Figure:
    """Poses on the original and the anonymized pictures, a column per kind and a row per item (Figure 1).

    Under each panel stand the persons and keypoints found, the latter also relative to the original, and the EPE. All
    panels of an item show the same section: everything, or where the persons take up less than 60 % of the picture the
    surroundings of all keypoints found on any kind. A single item of more than five kinds goes over several rows.

    Args:
        items: kind -> panel, for each item; the original among them. All pictures of one item are equally large.
        titles: one per item, to the left of its row.

    Raises:
        InputError: no items, kinds that differ between items, or pictures of one item that differ in size.
    """
    styles = kind_styles(_kinds(items), settings)
    sections = [_section(item, settings.pose_threshold) for item in items]
    n_bands = -(-len(styles) // WRAP_AFTER) if len(items) == 1 else 1
    n_columns = -(-len(styles) // n_bands)
    layout = _Layout(sections * n_bands, n_columns, SIDE_IN if titles else 0.0)
    width = max(layout.width_in, COLUMN_IN)
    note = _note(settings, circle(settings, styles), width)
    height = layout.top_in(len(layout.sections), n_bands) + NOTE_IN * (1 + note.count("\n")) + LEGEND_IN
    figure = Figure(figsize=(width, height))
    for number, item in enumerate(items):
        for place, (kind, style) in enumerate(styles.items()):
            row = number + place // n_columns
            axis = _axes(figure, layout, row, place % n_columns, n_bands)
            _panel(axis, item[kind], item.get("original"), layout, row, settings.pose_threshold)
            if number == 0:
                fits = len(style.label) <= 15 * layout.cell_in
                label = style.label if fits else style.label.replace(" (", "\n(")
                axis.set_title(label, pad=3, fontsize=7, linespacing=1.0)
            if titles and place == 0:
                axis.set_ylabel(titles[number])
    _add_part_legend(figure, note)
    return figure


def _axes(figure: Figure, layout: _Layout, row: int, column: int, n_titled: int) -> Axes:
    """Axes of one panel, centred in its column."""
    figure_width, figure_height = figure.get_size_inches()
    width, height = layout.panel_in(row)
    left = (figure_width - layout.width_in) / 2 + layout.side_in + GAP_IN + column * (layout.cell_in + GAP_IN)
    left += (layout.cell_in - width) / 2
    bottom = figure_height - layout.top_in(row, n_titled) - height
    place = (left / figure_width, bottom / figure_height, width / figure_width, height / figure_height)
    return figure.add_axes(place)


def _kinds(items: Sequence[Mapping[str, Posed]]) -> tuple[str, ...]:
    if not items or not items[0]:
        raise InputError("figure 1: no pictures to show; give at least one item with at least one kind")
    for item in items:
        if set(item) != set(items[0]):
            raise InputError(
                f"figure 1: items of kinds {sorted(items[0])} and {sorted(item)}; give all the same"
            )
        if len(sizes := {panel.image.shape for panel in item.values()}) > 1:
            raise InputError(f"figure 1: pictures of one item differ in size: {sorted(sizes)}")
    return tuple(items[0])


def _section(item: Mapping[str, Posed], threshold: float) -> Box:
    """x0, y0, x1, y1 of the part of the item's pictures that is shown."""
    height, width = next(iter(item.values())).image.shape[:2]
    found = np.concatenate([_found(panel.pose, threshold) for panel in item.values()])
    inside = ((found >= 0) & (found < (width, height))).all(axis=1)
    if not inside.any():
        return 0, 0, width, height
    low, high = found[inside].min(axis=0), found[inside].max(axis=0)
    margin = max(16.0, MARGIN * float((high - low).max()))
    x0, y0 = np.maximum(np.floor(low - margin), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high + margin), (width, height)).astype(int)
    if (x1 - x0) * (y1 - y0) >= CROP_BELOW * width * height:
        return 0, 0, width, height
    return int(x0), int(y0), int(x1), int(y1)


def _found(pose: Pose, threshold: float) -> NDArray[np.float32]:
    """All keypoints above the threshold with a place: (n, 2)."""
    points = pose.keypoints[pose.scores > threshold]
    return points[np.isfinite(points).all(axis=1)]


def _panel(
    axis: Axes, panel: Posed, original: Posed | None, layout: _Layout, row: int, threshold: float
) -> None:
    section, (width_in, _) = layout.sections[row], layout.panel_in(row)
    line_px = _line_px(original or panel, section, width_in, threshold)
    axis.imshow(
        _drawn(panel, section, width_in, line_px, threshold), interpolation="antialiased", aspect="auto"
    )
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
    axis.spines[:].set(visible=True, linewidth=0.4)
    lines = _caption(panel, original, threshold)
    text = "\n".join(lines if layout.n_lines == 3 else [", ".join(lines[:2]), *lines[2:]])
    axis.set_xlabel(text, labelpad=2, fontsize=6, linespacing=1.2)


def _line_px(panel: Posed, section: Box, width_in: float, threshold: float) -> float:
    """Line width in pixels of the drawn panel, for all panels of an item: it grows with the persons on this one."""
    extents = [
        float(np.ptp(_found(Pose(*person), threshold), axis=0).max())
        for person in zip(panel.pose.keypoints[:, None], panel.pose.scores[:, None], strict=True)
        if len(_found(Pose(*person), threshold))
    ]
    points_per_px = 72 * width_in / (section[2] - section[0])
    width_pt = 0.011 * float(np.median(extents or [0])) * points_per_px
    return float(np.clip(width_pt, *WIDTHS_PT)) / 72 * DRAWN_DPI


def _drawn(panel: Posed, section: Box, width_in: float, line_px: float, threshold: float) -> Image:
    """The section with its pose, drawn finer than print so that lines come out smooth on pictures of any size."""
    x0, y0, x1, y1 = section
    factor = DRAWN_DPI * width_in / (x1 - x0)
    part = resized(panel.image[y0:y1, x0:x1], round(factor * (x1 - x0)), round(factor * (y1 - y0)))
    scale = np.array([part.shape[1] / (x1 - x0), part.shape[0] / (y1 - y0)], np.float32)
    moved = (panel.pose.keypoints - np.array((x0, y0), np.float32) + 0.5) * scale - 0.5
    return draw_pose(part, moved, panel.pose.scores, threshold, line_px)


def _caption(panel: Posed, original: Posed | None, threshold: float) -> list[str]:
    """Persons, keypoints with their share of the original's count, and the EPE."""
    n_persons, n = len(panel.pose.scores), int((panel.pose.scores > threshold).sum())
    persons = f"{n_persons} person{'s' * (n_persons != 1)}" if n_persons else "nobody found"
    keypoints = f"{n} keypoint{'s' * (n != 1)}"
    if original is None or original is panel:
        return [persons, keypoints]
    n_original = int((original.pose.scores > threshold).sum())
    share = f" ({n / n_original:.0%})" if n_original else ""
    epe = f"EPE {panel.epe_px:.1f} px" if np.isfinite(panel.epe_px) else "EPE undefined"
    return [persons, keypoints + share, epe]


def _note(settings: Settings, more: str, width_in: float) -> str:
    """What the captions mean, and whatever else has to be said, wrapped."""
    text = (
        f"keypoints with a score > {settings.pose_threshold:g}; in brackets: relative to the original.{more}"
    )
    return wrapped(text, width_in)


def _add_part_legend(figure: Figure, note: str) -> None:
    handles = [
        Line2D(
            [],
            [],
            color=to_hex(np.divide(colour, 255).tolist()),
            marker="o",
            markersize=3,
            label=part.replace("_", " "),
        )
        for part, colour in PART_COLOURS.items()
    ]
    legend = figure.legend(
        handles=handles,
        loc="lower center",
        ncols=len(handles),
        title=note,
        title_fontsize=NOTE_PT,
        handlelength=1.6,
        columnspacing=1.2,
        borderaxespad=0.2,
    )
    legend.get_title().set_color(NOTE_COLOUR)
