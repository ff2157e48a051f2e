"""Stage report: collect what a run found and set it as one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from anonlab import gallery, methods, overview, parameters, progress, scenarios, tables
from anonlab.errors import ParameterError
from anonlab.figures import Settings as FigureSettings
from anonlab.figures import fig1_pose
from anonlab.figures.selection import scenario_title
from anonlab.figures.stage import medium, panels
from anonlab.figures.style import WIDTH_IN, kind_styles
from anonlab.files import replacing
from anonlab.items import ORIGINAL
from anonlab.models.contracts import Image
from anonlab.paths import DATA, FIGURES, ROOT
from anonlab.report import audited, facts, pictures, tabular, worst
from anonlab.report.explorer import explorer
from anonlab.report.page import BEYOND, PAPER, Figure, render

COUNTS: Final = ("pose_counts", "person_counts", "action_counts", "distribution", "summary")
MAX_WORST: Final = 12
N_SAMPLES: Final = 12
FULL_WIDTH_PT: Final = 72 * WIDTH_IN
MEDIA: Final = {"image": "Images", "video": "Clips"}


@dataclass(frozen=True)
class Settings:
    """What of params.yaml only the report depends on; checked when made.

    Attributes:
        title: of the page.
        publish: leave out every pixel that the anonymization left as it was.
        worst: cases of either sort per kind, 0 to 12.
        item: of Figure 1, as in the figures.
        top: actions in the distribution.
        max_changed: of the audit: less than this share of a finding in the clear was changed.
    """

    title: str = "Feature preservation after anonymization"
    publish: bool = False
    worst: int = 3
    item: str = ""
    top: int = 5
    max_changed: float = 0.4

    def __post_init__(self) -> None:
        if not 0 <= self.worst <= MAX_WORST:
            raise ParameterError(f"params.yaml: report.worst is {self.worst}; use 0 to {MAX_WORST} cases")


@dataclass(frozen=True)
class _Run:
    """What the sections of the page are made of."""

    footage: pictures.Footage
    figures: FigureSettings
    settings: Settings
    manifest: pd.DataFrame
    counts: Mapping[str, pd.DataFrame]
    labels: Mapping[str, str]  # of scenarios, kinds and parts
    names: Mapping[str, str]  # of items


def run(
    folder: str,
    kinds: Mapping[str, Any],
    figures: FigureSettings,
    settings: Settings,
    *,
    data: Path = DATA,
    drawn: Path = FIGURES,
    out: Path = ROOT / "report.html",
) -> Path:
    """Write the page of the run below `data` to `out`, and return its path.

    Args:
        folder: the data set.
        kinds: kind -> its settings, as in params.yaml.
        figures: what the figures were drawn with.
        settings: title, what may be shown, and how much.
        drawn: the folder of the figures.
    """
    found = _collect(folder, kinds, figures, settings, data)
    content = _sections(found, kinds, drawn) | _facts(found, list(kinds))
    with replacing(out) as temporary:
        temporary.write_text(render(content), encoding="utf-8")
    return out


def worst_sheet(
    folder: str, kinds: Mapping[str, Any], figures: FigureSettings, settings: Settings, data: Path = DATA
) -> Any:
    """The page's worst cases as one picture for a notebook; arguments as in `run`."""
    found = _collect(folder, kinds, figures, settings, data)
    images, labels = [], []
    for case, both in _cases(found):
        images += both
        labels += [_name(case, found), f"{found.labels[case.kind]}: {case.what}"]
    return gallery.sheet(images, labels)


def _facts(found: _Run, kinds: list[str]) -> dict[str, Any]:
    """What the last section says of how the run was made."""
    return {
        "parameters": facts.parameters(parameters.load(), found.settings.publish),
        "versions": facts.versions(),
        "revision": facts.revision(),
        "hashes": facts.hashes(found.footage.data, kinds),
    }


def _sections(found: _Run, kinds: Mapping[str, Any], drawn: Path) -> dict[str, Any]:
    """What the others say, by the names that the template uses."""
    claims = tables.read(found.footage.data / "claims.parquet", tables.CLAIMS)
    settings, figures = found.settings, found.figures
    return {
        "title": settings.title,
        "publish": settings.publish,
        "counted": _counted(found.manifest),
        "thresholds": {"pose": figures.pose_threshold, "action": figures.action_threshold},
        "confidence": figures.confidence,
        "headline": _headline(found),
        "dataset": _dataset(found),
        "n_unreadable": len(tables.read(found.footage.data / "unreadable.parquet", tables.UNREADABLE)),
        "samples": _samples(found, kinds),
        "figures": [_figure(each, found, drawn) for each in PAPER],
        "explorer": explorer(found.counts, found.figures, found.names, settings.top),
        "numbers": _numbers(found),
        "claims": claims.to_dict("records"),
        "verdicts": _verdicts(claims),
        "measured": overview.claims(claims)["here"].to_dict(),
        "worst": _worst(found),
        "audit": audited.section(
            found.footage.data,
            kinds,
            found.labels,
            lambda item, frame: _place(item, frame, found),
            settings.max_changed,
        ),
        "beyond": [_figure(each, found, drawn) for each in BEYOND],
    }


def _collect(
    folder: str, kinds: Mapping[str, Any], figures: FigureSettings, settings: Settings, data: Path
) -> _Run:
    counts = {
        name: tables.read(data / "metrics" / f"{name}.parquet", tables.SCHEMAS[name]) for name in COUNTS
    }
    titles = scenarios.read(data / "scenarios.json")
    manifest = tables.read(data / "manifest.parquet", tables.MANIFEST)
    figures = replace(figures, titles=titles, media=medium(counts["pose_counts"]))
    labels = {name: scenario_title(name, figures) for name in manifest["scenario"].unique()}
    labels |= {part: part.replace("_", " ") for part in tables.PARTS_AND_ALL}
    labels |= {kind: style.label for kind, style in kind_styles(kinds, figures).items()}
    footage = pictures.Footage(folder, data, methods.veil(settings.publish, kinds))
    names = pictures.names(manifest, labels, settings.publish)
    return _Run(footage, figures, settings, manifest, counts, labels | {"all": "all scenarios"}, names)


def _counted(manifest: pd.DataFrame) -> str:
    """What there is of footage, in words."""
    is_clip = manifest["media"] == "video"
    images, clips = int((~is_clip).sum()), int(is_clip.sum())
    parts = [f"{images:,} image{'s' * (images != 1)}"] if images else []
    if clips:
        frames = manifest.loc[is_clip, "n_frames"].sum()
        parts.append(f"{clips:,} clip{'s' * (clips != 1)} of together {frames:,} frames")
    return " and ".join(parts) or "no footage at all"


def _verdicts(claims: pd.DataFrame) -> str:
    """How many claims agree, disagree and cannot be checked, in words."""
    n = [int((claims["verdict"] == verdict).sum()) for verdict in tables.VERDICTS]
    agree, disagree = (
        f"{count} {verb}{'s' * (count == 1)}" for count, verb in zip(n, ("agree", "disagree"), strict=False)
    )
    return f"{agree}, {disagree} and {n[2]} cannot be checked"


def _headline(found: _Run) -> dict[str, Any] | None:
    """The metrics over all scenarios, for images and clips."""
    summary = found.counts["summary"]
    rows = {
        title: _metrics(found, summary[summary["scenario"] == "all"], name) for name, title in MEDIA.items()
    }
    rows = {title: each.droplevel("scenario") for title, each in rows.items() if not each.empty}
    if not rows:
        return None
    return tabular.grouped(pd.concat(rows), found.labels, "Over all scenarios")


def _metrics(found: _Run, summary: pd.DataFrame, media: str) -> pd.DataFrame:
    return overview.metrics(summary, media, [found.figures.pose_threshold, found.figures.action_threshold])


def _numbers(found: _Run) -> list[dict[str, Any]]:
    """By scenario, for images and for clips, by part of the body, and against exact truth where that is known."""
    summary = found.counts["summary"]
    thresholds = [found.figures.pose_threshold, found.figures.action_threshold]
    made = [(_metrics(found, summary, name), f"{title} by scenario") for name, title in MEDIA.items()]
    parts = overview.by_part(summary, found.figures.media, found.figures.pose_threshold)
    made.append((parts, f"{MEDIA[found.figures.media]} by part of the body"))
    for name, title in MEDIA.items():
        true = overview.against_truth(summary, name, thresholds)
        made.append((true, f"{title} against exact truth"))
    return [tabular.grouped(frame, found.labels, caption) for frame, caption in made if not frame.empty]


def _dataset(found: _Run) -> dict[str, Any]:
    frame = overview.dataset(found.manifest).sort_index(level="media", sort_remaining=False, kind="stable")
    labels = {**found.labels, "image": "Images", "video": "Clips"}
    return tabular.grouped(frame, labels, "Originals by medium and scenario")


def _samples(found: _Run, kinds: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Some of the originals; to be published, of the first kind that may be shown."""
    shown = [kind for kind in kinds if kind in found.footage.veil.safe]
    if found.settings.publish and not shown:
        return []
    kind = shown[0] if found.settings.publish else ORIGINAL
    chosen = found.footage.samples(kind, N_SAMPLES)
    return [
        pictures.thumbnail(found.footage.picture(kind, source.row["item"], frame))
        | {"name": found.names[source.row["item"]], "kind": found.labels[kind]}
        for source, frame in chosen
    ]


def _figure(figure: Figure, found: _Run, drawn: Path) -> dict[str, Any]:
    """A figure with its picture as text; `src` is empty where this run has none."""
    path = drawn / f"{figure.name}.svg"
    if not path.exists():
        src = ""
    elif figure.name != "fig1_pose":
        src = pictures.drawing(path)
    elif found.settings.publish:
        src = _published_montage(found)
    else:
        src = pictures.raster(path.with_suffix(".png"))
    return figure._asdict() | {
        "src": src,
        "narrow": bool(src) and pictures.width_pt(path) < FULL_WIDTH_PT / 2,
    }


def _published_montage(found: _Run) -> str:
    """Figure 1 once more, whatever the one in `figures/` was drawn with."""
    shown = panels(
        found.footage.folder,
        found.figures,
        found.settings.item,
        found.footage.data,
        found.counts["pose_counts"],
        found.footage.veil,
    )
    return pictures.raster(fig1_pose([shown], found.figures))


def _worst(found: _Run) -> list[dict[str, Any]]:
    """Cases by kind, each with the same part of the original and of the anonymized picture."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for case, images in _cases(found):
        shown = {
            "name": _name(case, found),
            "what": case.what,
            "pictures": [pictures.thumbnail(image) for image in images],
            "kind": found.labels[case.kind],
        }
        groups.setdefault(found.labels[case.kind], []).append(shown)
    return [{"kind": kind, "cases": shown} for kind, shown in groups.items()]


def _cases(found: _Run) -> Iterator[tuple[worst.Case, list[Image]]]:
    """The worst cases, each with the same part of the original and of the anonymized picture, poses drawn."""
    kinds = [kind for kind in found.figures.kinds if kind != found.figures.floor]
    threshold = found.figures.pose_threshold
    pose = found.footage.data / "pose"
    poses = {kind: tables.read(pose / f"{kind}.parquet", tables.POSE) for kind in kinds}
    counts = (found.counts["pose_counts"], found.counts["person_counts"])
    cases = worst.cases(*counts, poses, found.figures, found.settings.worst)
    for case in progress.shown(cases, "worst cases", "case"):
        both = [
            found.footage.posed(kind, case.item, case.frame, poses[kind], threshold)
            for kind in (ORIGINAL, case.kind)
        ]
        box = pictures.section(both[0][0].shape, [pose for _, pose in both], threshold)
        yield case, [pictures.cut(image, box) for image, _ in both]


def _name(case: worst.Case, found: _Run) -> str:
    return _place(case.item, case.frame, found)


def _place(item: str, frame: int, found: _Run) -> str:
    clip = found.manifest.set_index("item").loc[item, "media"] == "video"
    return found.names[item] + (f", frame {frame}" if clip else "")
