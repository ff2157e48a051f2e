"""How every figure looks and is saved: one colour, marker and line per kind, print sizes, and files of stable bytes."""

from __future__ import annotations

import colorsys
import functools
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec, TypeAlias

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from anonlab.figures.selection import Settings, ordered_kinds
from anonlab.files import replacing

COLUMN_IN: Final = 3.5
WIDTH_IN: Final = 7.16
"""One column and the full width of a two-column paper, inches."""
DPI: Final = 300

INK: Final = "#222222"
FLOOR_COLOUR: Final = "#767676"
NOTE_COLOUR: Final = "#555555"
NOTE_PT: Final = 6.2  # size of notes, points

RC: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.2,
    "figure.dpi": 150,
    "savefig.dpi": DPI,
    "svg.fonttype": "path",  # looks the same whatever fonts the reader has
    "svg.hashsalt": "anonlab",  # otherwise the ids in an SVG are random
}

_P = ParamSpec("_P")
Line: TypeAlias = "Literal['-'] | tuple[int, tuple[float, ...]]"


@dataclass(frozen=True)
class KindStyle:
    """How one kind is drawn everywhere: a matplotlib colour, marker and line style, and its name for readers."""

    colour: str
    marker: str
    line: Line
    label: str


_KNOWN: Final = {  # colours: Okabe and Ito, *Color Universal Design*, 2008
    "original": KindStyle("#000000", "o", "-", "original"),
    "deepprivacy2": KindStyle("#0072B2", "D", (0, (6, 1)), "DeepPrivacy2"),
    "blur": KindStyle("#E69F00", "s", "-", "blur"),
    "pixelate": KindStyle("#009E73", "^", (0, (5, 1.2, 1, 1.2)), "pixelation"),
    "silhouette": KindStyle("#CC79A7", "v", (0, (1, 1)), "silhouette"),
    "avatar": KindStyle("#D55E00", "P", (0, (3, 1, 1, 1, 1, 1)), "avatar"),
}
_FLOOR: Final = KindStyle(FLOOR_COLOUR, "None", (0, (2.4, 1.4)), "re-encoded (noise floor)")

# For kinds with names of the user's own: colours that no known kind has, so that adding a known kind recolours nothing.
_MORE_COLOURS: Final = ("#56B4E9", "#882255", "#999933", "#332288", "#44AA99", "#AA4466")
_MORE_MARKERS: Final = ("h", "<", "p", ">", "*", "d", "8", "H")
_MORE_LINES: Final[tuple[Line, ...]] = (
    (0, (8, 1.5)),
    (0, (4, 1, 1, 1)),
    (0, (2, 1)),
    (0, (8, 1, 2, 1)),
)


def kind_styles(present: Iterable[str], settings: Settings) -> dict[str, KindStyle]:
    """The style of each kind in `present`, in drawing order.

    Known names always look the same. Others take theirs by their position among the unknown names of
    `settings.kinds`, so that all figures of a run agree even where a kind has no rows.
    """
    present = tuple(present)
    everyone = dict.fromkeys([*settings.kinds, *present])
    unknown = [kind for kind in everyone if kind not in _KNOWN and kind != settings.floor]
    extra = {kind: _unknown_style(kind, place) for place, kind in enumerate(unknown)}
    styles = {**_KNOWN, **extra, settings.floor: _floor_style(settings.floor)}
    return {kind: styles[kind] for kind in ordered_kinds(present, settings)}


def _unknown_style(kind: str, place: int) -> KindStyle:
    marker = _MORE_MARKERS[place % len(_MORE_MARKERS)]
    line = _MORE_LINES[place % len(_MORE_LINES)]
    return KindStyle(_unknown_colour(place), marker, line, kind.replace("_", " "))


def _unknown_colour(place: int) -> str:
    """A listed colour, and after those as many as are needed: steps of the golden angle never meet."""
    if place < len(_MORE_COLOURS):
        return _MORE_COLOURS[place]
    red, green, blue = colorsys.hls_to_rgb(0.618034 * place % 1, 0.42, 0.55)
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"


def _floor_style(kind: str) -> KindStyle:
    if kind == "reencode":
        return _FLOOR
    return KindStyle(_FLOOR.colour, _FLOOR.marker, _FLOOR.line, f"{kind.replace('_', ' ')} (noise floor)")


def styled(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Decorate a figure function: it draws with `RC` over matplotlib's defaults, whatever the user has set."""

    @functools.wraps(draw)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        with matplotlib.style.context(["default", RC]):
            return draw(*args, **kwargs)

    return wrapper


def kind_handles(styles: Mapping[str, KindStyle], line: bool = False, filled: bool = True) -> list[Line2D]:
    """One legend entry per kind: its marker, on its line where `line`; the noise floor, without one, is a line."""
    return [
        Line2D(
            *([], []),
            color=style.colour,
            linestyle=style.line if line or style.marker == "None" else "none",
            marker=style.marker,
            markerfacecolor=style.colour if filled else "none",
            label=style.label,
        )
        for style in styles.values()
    ]


def row_major(handles: Sequence[Line2D], columns: int) -> dict[str, Any]:
    """`handles` and `ncols` of a legend that reads row by row; matplotlib itself fills column by column."""
    columns = max(1, min(columns, len(handles)))
    return {"handles": [handle for i in range(columns) for handle in handles[i::columns]], "ncols": columns}


def wrapped(note: str, width_in: float) -> str:
    """A note in lines that fit into a figure of this width at `NOTE_PT`."""
    return textwrap.fill(note, int(18.5 * width_in))


def add_legend(figure: Figure, handles: Sequence[Line2D], columns: int, note: str) -> None:
    """The figure's legend above its panels, and under them a note wrapped to the figure's width."""
    text = wrapped(note, figure.get_size_inches()[0])
    figure.supxlabel(text, fontsize=NOTE_PT, color=NOTE_COLOUR, linespacing=1.3)
    figure.legend(
        **row_major(handles, columns), loc="outside upper center", handlelength=2.4, columnspacing=1.6
    )


def save(figure: Figure, path_without_suffix: Path) -> tuple[Path, Path]:
    """Write `figure` as SVG and PNG (300 dpi), each whole or not at all; the same figure gives the same bytes.

    Returns:
        The two paths, SVG first.
    """
    FigureCanvasAgg(figure)  # a figure left by an interactive backend would be drawn by that one
    plain: dict[str, dict[str, None]] = {
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "png": {"Software": None},
    }
    svg, png = (path_without_suffix.with_name(f"{path_without_suffix.name}.{end}") for end in plain)
    with matplotlib.style.context(["default", RC]):
        for path, metadata in zip((svg, png), plain.values(), strict=True):
            with replacing(path) as temporary:
                figure.savefig(temporary, dpi=DPI, metadata=metadata)
    return svg, png
