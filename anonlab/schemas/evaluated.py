"""Tables of counts per item, of what is made of them, and of the claims."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa

from anonlab import ava
from anonlab.keypoints import NAMES, PARTS
from anonlab.schemas.columns import ITEM, MEDIA, count, number, schema, text

PARTS_AND_ALL: Final = ("all", *PARTS)

POSE_COUNTS: Final = schema(
    "pose_counts",
    kind=text(),
    **ITEM,
    part=text(*PARTS_AND_ALL),
    threshold=number(0, dtype="float64"),
    n_original=count(),  # keypoints detected on the original
    n_anonymized=count(),  # keypoints detected on the anonymized item, spurious persons included
    n_both=count(),  # keypoints of matched persons detected on both
    sum_px=number(0, dtype="float64"),  # of the distances of those, pixels
    sum_norm=number(0, dtype="float64"),  # of the distances over the long side of the original person's box
)

KEYPOINT_COUNTS: Final = schema(
    "keypoint_counts",
    kind=text(),
    **ITEM,
    keypoint=text(*NAMES),
    threshold=number(0, dtype="float64"),  # the one that params.yaml chooses
    n_original=count(),
    n_both=count(),
    sum_px=number(0, dtype="float64"),
    sum_norm=number(0, dtype="float64"),
)

PERSON_COUNTS: Final = schema(
    "person_counts",
    kind=text(),
    **ITEM,
    n_frames=count(),  # analysed frames
    n_original=count(),
    n_anonymized=count(),
    n_matched=count(),
)

ACTION_COUNTS: Final = schema(
    "action_counts",
    kind=text(),
    **ITEM,
    threshold=number(0, dtype="float64"),
    n_frames=count(),  # frames predictable on both
    n_equal=count(),  # the two sets are equal
    n_original=count(),  # frames with at least one action on the original
    n_anonymized=count(),
    n_both=count(),
    n_not_predictable=count(),
)

DISTRIBUTION: Final = schema(
    "distribution",
    kind=text(),  # here the original is a kind too
    **ITEM,
    action=text(*ava.NAMES),
    threshold=number(0, dtype="float64"),
    n_frames=count(),  # at least 1: a row that is not there stands for 0
)

TRUE_POSE_COUNTS: Final = schema(
    "true_pose_counts",  # labelled items; here and below the original is a kind too
    kind=text(),
    **ITEM,
    part=text(*PARTS_AND_ALL),
    threshold=number(0, dtype="float64"),
    n_true=count(),  # labelled keypoints of all true persons
    n_detected=count(),  # of these detected on the person that was found in their place
    n_near=count(),  # of these nearer than a tenth of the true box's long side
    sum_px=number(0, dtype="float64"),  # of the distances of those detected, pixels
    sum_norm=number(0, dtype="float64"),  # of the distances over the long side of the true box
)

TRUE_PERSON_COUNTS: Final = schema(
    "true_person_counts",
    kind=text(),
    **ITEM,
    n_frames=count(),  # frames that are labelled and were analysed
    n_true=count(),
    n_found=count(),
    n_matched=count(),
    n_posed=count(),  # true persons with a labelled body keypoint: those that have an OKS
    n_posed_matched=count(),
    sum_oks=number(0, dtype="float64"),  # over the matched ones
)

TRUE_ACTION_COUNTS: Final = schema(
    "true_action_counts",
    kind=text(),
    **ITEM,
    threshold=number(0, dtype="float64"),
    n_frames=count(),  # frames whose actions are labelled and predictable
    n_equal=count(),  # the recognised set is the true one
    n_true_labels=count(),  # classes over all frames
    n_found_labels=count(),
    n_both_labels=count(),
)

TRUE_CLASS_COUNTS: Final = schema(
    "true_class_counts",
    kind=text(),
    **ITEM,
    action=text(*ava.NAMES),
    threshold=number(0, dtype="float64"),  # the one that params.yaml chooses
    n_true=count(),  # frames; a row that is not there stands for 0 in all three
    n_found=count(),
    n_both=count(),
)

LEAK_COUNTS: Final = schema(
    "leak_counts",
    kind=text(),
    **ITEM,
    anonymizes=pa.Column(bool),
    n_true_px=count(),
    n_masked_px=count(),
    n_leaked_px=count(),
    n_persons=count(),  # persons, frame by frame
    n_exposed=count(),  # of these with more than a tenth of their pixels leaked
)

MASK_COUNTS: Final = schema(
    "mask_counts",  # of the kinds whose method says what became of each mask
    kind=text(),
    **ITEM,
    n_masks=count(),
    n_fallback=count(),  # of these blurred, because nothing better could be made of them
)

SUMMARY: Final = schema(
    "summary",
    metric=text(),  # the name of a function in anonlab/metrics; of those against truth the original has values, too
    kind=text(),
    media=text(*MEDIA),
    scenario=text(),  # "all": over every scenario
    part=text(*PARTS_AND_ALL),  # "all" for metrics that have no parts
    threshold=number(0, nullable=True, dtype="float64"),  # NaN: the metric has no threshold
    numerator=number(0, dtype="float64"),
    denominator=number(0, dtype="float64"),
    value=number(0, nullable=True, dtype="float64"),  # NaN: undefined
    low=number(0, nullable=True, dtype="float64"),
    high=number(0, nullable=True, dtype="float64"),
    n_items=count(),  # images or clips that the interval resamples
)

VERDICTS: Final = ("agrees", "disagrees", "cannot be checked")

CLAIMS: Final = schema(
    "claims",
    claim=text(),  # such as "pose-1"
    statement=text(),  # what the paper says
    figure=text(),  # the paper's number, or where it says so
    quantity=text(),  # what `value` is; empty where there is none
    unit=text("px", "share", "frames", "times", ""),
    value=number(nullable=True, dtype="float64"),
    low=number(nullable=True, dtype="float64"),
    high=number(nullable=True, dtype="float64"),
    media=text(*MEDIA, ""),
    n_items=count(),  # images or clips behind the value
    verdict=text(*VERDICTS),
    sure=pa.Column(bool),  # the interval leaves out the opposite verdict
    why=text(),
)
