"""The paper's claims, in short and in other words than its own.

Source: Triess, Leitritz, Jauch, *Exploring AI-based Anonymization of Industrial Image and Video Data in the Context of
Feature Preservation*, section IV.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from anonlab.claims import actions, coverage, pose
from anonlab.claims.evidence import Evidence, Finding


class Claim(NamedTuple):
    """One statement of the paper and the function that tests it.

    Attributes:
        name: such as "pose-1"; letters tell the halves of one claim apart.
        statement: what the paper says; "generative" stands for DeepPrivacy2.
        figure: the paper's number, or where it says so.
        media: what the claim is about, "image" or "video".
        test: raises Uncheckable where the run does not have what it needs.
    """

    name: str
    statement: str
    figure: str
    media: str
    test: Callable[[Evidence], Finding]


CLAIMS: Final = (
    Claim(
        "pose-1",
        "In every scenario keypoints move less, on average, with the generative method than with blur.",
        "Fig. 2",
        "image",
        pose.epe_in_every_scenario,
    ),
    Claim(
        "pose-2",
        "On nearly all pixelated images pose estimation fails.",
        "36 of 38 images",
        "image",
        pose.pixelation_fails,
    ),
    Claim(
        "pose-3",
        "In the scenario Visionlab machine the generative method keeps nearly all keypoints near their places on "
        "every image, while blur moves them much further.",
        "EPE below 17 px; blur up to 238 px",
        "image",
        pose.machine_scenario,
    ),
    Claim(
        "pose-4",
        "In the scenario Industrial machine the largest EPE belongs to an image with very few keypoints left.",
        "123 px over 4 keypoints",
        "image",
        pose.outlier_has_few_keypoints,
    ),
    Claim(
        "pose-5a",
        "With the generative method the face moves more than the other keypoints, the mouth above all.",
        "Fig. 1, and in the text",
        "image",
        pose.mouth_of_generative,
    ),
    Claim(
        "pose-5b",
        "With blur the face moves more than the other keypoints, the jawline upward.",
        "Fig. 1, and in the text",
        "image",
        pose.jaw_of_blur,
    ),
    Claim(
        "act-1",
        "On pixelated frames the person detector finds almost nobody.",
        "in the text",
        "video",
        coverage.nobody_on_pixelated_frames,
    ),
    Claim(
        "act-2",
        "The number of frames with the action carry/hold stays closer to the original's with the generative method "
        "than with blur.",
        "more than 3,000 frames off",
        "video",
        actions.carry_hold,
    ),
    Claim(
        "act-3a",
        "PTA of blur stays above 87 % at every threshold.",
        "Fig. 4",
        "video",
        actions.blur_stays_high,
    ),
    Claim(
        "act-3b",
        "PTA of blur is below that of the generative method at every threshold.",
        "Fig. 4",
        "video",
        actions.blur_below_generative,
    ),
    Claim(
        "act-4",
        "PTA of the generative method is near 100 % at low thresholds, about 88 % between 0.4 and 0.8, and lowest at "
        "0.9.",
        "75 % at 0.9",
        "video",
        actions.generative_over_thresholds,
    ),
    Claim(
        "act-5",
        "Averaged over thresholds, ACC of blur and of the generative method are close, about 60 %, and far above that "
        "of pixelation.",
        "Fig. 5",
        "video",
        actions.acc_is_close,
    ),
    Claim(
        "act-6",
        "ACC rises with the threshold, with pixelation too, because empty sets agree.",
        "Fig. 5",
        "video",
        actions.acc_rises,
    ),
    Claim(
        "vis-1a",
        "The generative method covers the person in every frame.",
        "in the text",
        "video",
        coverage.covered_in_every_frame,
    ),
    Claim(
        "vis-1b",
        "With the generative method face and clothing change from frame to frame.",
        "in the text",
        "video",
        coverage.changes_from_frame_to_frame,
    ),
)
