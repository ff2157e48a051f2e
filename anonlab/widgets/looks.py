"""What the browser needs to draw as the figures do: colours, markers, lines and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from anonlab.figures import Settings
from anonlab.figures.style import KindStyle, kind_styles

_BROWSER: Final = Path(__file__).parent / "browser"


def script(*names: str) -> str:
    """The scripts of `browser/` as one module: each may use what stands in those before it."""
    return "\n".join((_BROWSER / f"{name}.js").read_text(encoding="utf-8") for name in names)


def stylesheet() -> str:
    """How all explorers look."""
    return (_BROWSER / "explorer.css").read_text(encoding="utf-8")


def kinds(present: Iterable[str], settings: Settings) -> list[dict[str, Any]]:
    """Name, label, colour, marker and line of each kind, in the figures' order."""
    return [_look(kind, style, settings) for kind, style in kind_styles(present, settings).items()]


def _look(kind: str, style: KindStyle, settings: Settings) -> dict[str, Any]:
    dashes = [] if style.line == "-" else [float(length) for length in style.line[1]]
    look = {"name": kind, "label": style.label, "colour": style.colour, "dashes": dashes}
    return look | {"marker": marker(style.marker), "floor": kind == settings.floor}


def marker(name: str) -> list[list[float]]:
    """The outline of a matplotlib marker: corners as x right, y down, about 1 across; none for "None".

    >>> marker("s")[0]
    [-0.5, 0.5]
    """
    if name == "None":
        return []
    shape = MarkerStyle(name)
    large = shape.get_transform() + Affine2D().scale(100, -100)  # curves are split into lines at this size
    outline = np.asarray(shape.get_path().to_polygons(large)[0], np.float64)
    return [[float(x), float(y)] for x, y in (outline / 100).round(3)]


def packed(values: NDArray[Any], dtype: str = "float32") -> dict[str, Any]:
    """An array as the browser reads it without parsing: shape and bytes."""
    return {"shape": list(values.shape), "data": np.ascontiguousarray(values, dtype).tobytes()}
