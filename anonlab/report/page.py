"""The page: its figures with their captions, and the template filled in. Everything from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import jinja2
from markupsafe import Markup

HERE: Final = Path(__file__).parent


class Figure(NamedTuple):
    """A figure on the page.

    Attributes:
        name: of its file.
        number: in the paper; empty for those that are not in it.
        title: what it is about.
        caption: how to read it.
    """

    name: str
    number: str
    title: str
    caption: str


PAPER: Final = (
    Figure(
        "fig1_pose",
        "1",
        "Poses on every kind of media",
        "Keypoints above the threshold. Under each panel: persons and keypoints found, relative to the original, and "
        "how far the keypoints moved.",
    ),
    Figure(
        "fig2_epe_ptk",
        "2",
        "How far keypoints move, and how many are kept",
        "One marker per item with a pose before and after. Good for the data is low and to the right. The noise floor "
        "is what coding the picture anew does by itself: below it a difference means nothing.",
    ),
    Figure(
        "fig3_actions",
        "3",
        "How often the most frequent actions are recognised",
        "Frames per action. A bar that is lower than the original's lost actions, a higher one invented some.",
    ),
    Figure(
        "fig4_pta",
        "4",
        "Frames in which an action is still found",
        "Share of the original's frames with an action in which there is one after anonymization, over the threshold.",
    ),
    Figure(
        "fig5_acc",
        "5",
        "Frames with exactly the original's actions",
        "Two empty sets are equal: where a high threshold leaves nothing to recognise, ACC says little.",
    ),
)

BEYOND: Final = (
    Figure("ptk_by_part", "", "Keypoints kept, by part of the body", "With intervals over the items."),
    Figure(
        "epe_by_keypoint",
        "",
        "Which points move and which vanish",
        "Groups of keypoints, relative to the person's size. Grey: nothing to measure.",
    ),
    Figure(
        "pose_over_thresholds",
        "",
        "How much hangs on the keypoint threshold",
        "The same numbers at every threshold. Where curves cross, a ranking of methods depends on the threshold.",
    ),
    Figure(
        "truth_epe",
        "",
        "What taking the original for the truth leaves out",
        "EPE against the original's keypoints and against where people really are.",
    ),
    Figure(
        "leaked_people",
        "",
        "Who is left in the clear",
        "People whose true mask was not covered, and the share of their pixels that is as it was.",
    ),
)


def render(content: Mapping[str, Any]) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    style, script = (Markup((HERE / f"page.{end}").read_text(encoding="utf-8")) for end in ("css", "js"))  # noqa: S704
    return environment.get_template("page.html").render(style=style, script=script, **content)
