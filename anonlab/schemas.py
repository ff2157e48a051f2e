"""The schema of every table that crosses a stage: columns in their order, with types and bounds."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa

from anonlab import ava
from anonlab.keypoints import N_KEYPOINTS, NAMES, PARTS

MEDIA: Final = ("image", "video")
NOBODY: Final = -1
"""The person of a row of TRUTH that says: this frame is labelled, and nobody is in it."""
PARTS_AND_ALL: Final = ("all", *PARTS)


def _schema(name: str, **columns: pa.Column) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=True, coerce=True)


def _text(*allowed: str) -> pa.Column:
    return pa.Column(str, pa.Check.isin(allowed) if allowed else None)


def _count(nullable: bool = False) -> pa.Column:
    return pa.Column("Int64" if nullable else "int64", pa.Check.ge(0), nullable=nullable)


def _number(low: float | None = None, nullable: bool = False, dtype: str = "float32") -> pa.Column:
    return pa.Column(dtype, pa.Check.ge(low) if low is not None else None, nullable=nullable)


def _lists(length: int | None = None) -> pa.Column:
    """A column of sequences, all `length` long where that is given."""
    check = pa.Check(lambda row: len(row) == length, element_wise=True) if length else None
    return pa.Column(object, check)


_ITEM = {"item": _text(), "scenario": _text(), "media": _text(*MEDIA)}

MANIFEST: Final = _schema(
    "manifest",
    **_ITEM,
    path=_text(),  # below the data set's folder, with forward slashes
    width=_count(),
    height=_count(),
    fps=_text(),  # a fraction such as "30000/1001"; empty for images
    n_frames=_count(),
    colour=_text("rgb", "gray"),
    sha256=_text(),
)

UNREADABLE: Final = _schema("unreadable", path=_text(), problem=_text())

TRUTH: Final = _schema(
    "truth",  # a row per person and labelled frame; a frame without a row is not labelled
    item=_text(),
    frame=_count(),
    person=pa.Column("int64", pa.Check.ge(NOBODY)),  # constant over a clip; -1: labelled, and nobody is there
    **{edge: _number(nullable=True) for edge in ("x0", "y0", "x1", "y1")},
    keypoints=_lists(2 * N_KEYPOINTS),  # x0, y0, x1, y1 ... in pixels
    visibility=_lists(N_KEYPOINTS),  # 0: not labelled or outside the picture, 1: hidden, 2: visible
    mask_rle=_lists(),  # of what can be seen of the person; empty: no mask is labelled
    actions=_lists(),  # AVA ids
    has_actions=pa.Column(bool),  # False: actions are not labelled here; no actions are something else
)

PERSONS: Final = _schema(
    "persons",
    item=_text(),
    frame=_count(),
    person=_count(),  # constant over a track
    score=_number(0),
    **{edge: _number() for edge in ("x0", "y0", "x1", "y1")},
    **{edge: _number(nullable=True) for edge in ("face_x0", "face_y0", "face_x1", "face_y1")},
    state=_text(
        "covered", "held", "whole", "refused"
    ),  # held: carried over frames in which the person was not seen;
    # whole, refused: stands for nobody, and the whole frame is covered or made grey
    mask_rle=_lists(),  # COCO run lengths: column by column, starting with the background
)

FRAMES: Final = _schema(
    "frames",
    item=_text(),
    n_frames=_count(),
    # Each frame counts in one of the next five, the last that fits:
    n_empty=_count(),  # nobody was found: written as it is
    n_covered=_count(),  # everybody who was seen
    n_held=_count(),  # somebody who was not seen just then, too
    n_whole=_count(),  # from edge to edge, because somebody got lost or only a second detector saw somebody
    n_refused=_count(),  # grey, and not delivered
    n_persons=_count(),  # masks applied, over all frames
    n_avatar=_count(),  # of these replaced by an avatar; 0 for methods that do not tell
    n_fallback=_count(),  # of these blurred, because nothing better could be made of them
    n_untouched=_count(),  # of these left as they were by DeepPrivacy2, whatever was done about it afterwards
    mask_share=_number(0, nullable=True, dtype="float64"),  # mean share of the frame that was changed
    sha256=_text(),  # of the file written; empty for the original, of which no copy is made
    identities=_text(),  # hash of the secret from which avatars are drawn; empty for methods without
)

LEAKS: Final = _schema(
    "leaks",  # a row per person with a true mask and frame
    item=_text(),
    frame=_count(),
    person=_count(),
    anonymizes=pa.Column(bool),  # False: the original or another kind that covers nobody on purpose
    n_true=_count(),  # pixels of the person's true mask
    n_masked=_count(),  # of these under the grown masks of the stage persons
    n_leaked=_count(),  # of these written as they were, in all three channels
)

TEMPORAL: Final = _schema(
    "temporal",  # a row per clip, none for the original, of which no copy is made
    item=_text(),
    n_pairs=_count(),  # neighbouring frames with a pixel that is under a person's mask in both
    n_px=_count(),  # such pixels, over all pairs
    sum_original=_number(0, dtype="float64"),  # levels by which they change from frame to frame
    sum_anonymized=_number(0, dtype="float64"),
)

POSE: Final = _schema(
    "pose",
    item=_text(),
    frame=_count(),
    person=_count(),
    score=_number(0),
    **{edge: _number() for edge in ("x0", "y0", "x1", "y1")},
    keypoints=_lists(2 * N_KEYPOINTS),  # x0, y0, x1, y1 ... in pixels
    keypoint_scores=_lists(N_KEYPOINTS),
)

ACTIONS: Final = _schema(
    "actions",
    item=_text(),
    frame=_count(),
    predictable=pa.Column(bool),  # False: no prediction possible here, all scores NaN; not the same as empty
    **{name: _number(0, nullable=True) for name in ava.NAMES},
)

FINDINGS: Final = ("face", "person")

AUDIT: Final = _schema(
    "audit",  # a row per finding of the auditor, in the frames that it looked at
    item=_text(),
    frame=_count(),
    what=_text(*FINDINGS),
    score=_number(),  # raw: those of faces and of persons are not on one scale
    **{edge: _number() for edge in ("x0", "y0", "x1", "y1")},
    n_px=_count(),  # pixels of the box
    n_changed=_count(),  # of these that differ from the original in at least one channel
    true_person=pa.Column(
        "Int64", pa.Check.ge(NOBODY), nullable=True
    ),  # whose; -1: nobody's; NA: it is not known
)

AUDIT_RATES: Final = ("seen", "real", "again", "clear", "people_again", "people_clear")

AUDITED: Final = _schema(
    "audited",  # a row per medium, sort of finding and rate
    media=_text(*MEDIA),
    what=_text(*FINDINGS),
    rate=_text(*AUDIT_RATES),  # see `audit.rates`
    numerator=_count(),
    denominator=_count(),
    value=_number(0, nullable=True, dtype="float64"),  # NaN: nothing to take a share of
    low=_number(0, nullable=True, dtype="float64"),
    high=_number(0, nullable=True, dtype="float64"),
    n_items=_count(),  # images or clips that were looked at
    n_frames=_count(),
)

POSE_COUNTS: Final = _schema(
    "pose_counts",
    kind=_text(),
    **_ITEM,
    part=_text(*PARTS_AND_ALL),
    threshold=_number(0, dtype="float64"),
    n_original=_count(),  # keypoints detected on the original
    n_anonymized=_count(),  # keypoints detected on the anonymized item, spurious persons included
    n_both=_count(),  # keypoints of matched persons detected on both
    sum_px=_number(0, dtype="float64"),  # of the distances of those, pixels
    sum_norm=_number(0, dtype="float64"),  # of the distances over the long side of the original person's box
)

KEYPOINT_COUNTS: Final = _schema(
    "keypoint_counts",
    kind=_text(),
    **_ITEM,
    keypoint=_text(*NAMES),
    threshold=_number(0, dtype="float64"),  # the one that params.yaml chooses
    n_original=_count(),
    n_both=_count(),
    sum_px=_number(0, dtype="float64"),
    sum_norm=_number(0, dtype="float64"),
)

PERSON_COUNTS: Final = _schema(
    "person_counts",
    kind=_text(),
    **_ITEM,
    n_frames=_count(),  # analysed frames
    n_original=_count(),
    n_anonymized=_count(),
    n_matched=_count(),
)

ACTION_COUNTS: Final = _schema(
    "action_counts",
    kind=_text(),
    **_ITEM,
    threshold=_number(0, dtype="float64"),
    n_frames=_count(),  # frames predictable on both
    n_equal=_count(),  # the two sets are equal
    n_original=_count(),  # frames with at least one action on the original
    n_anonymized=_count(),
    n_both=_count(),
    n_not_predictable=_count(),
)

DISTRIBUTION: Final = _schema(
    "distribution",
    kind=_text(),  # here the original is a kind too
    **_ITEM,
    action=_text(*ava.NAMES),
    threshold=_number(0, dtype="float64"),
    n_frames=_count(),  # at least 1: a row that is not there stands for 0
)

TRUE_POSE_COUNTS: Final = _schema(
    "true_pose_counts",  # labelled items; here and below the original is a kind too
    kind=_text(),
    **_ITEM,
    part=_text(*PARTS_AND_ALL),
    threshold=_number(0, dtype="float64"),
    n_true=_count(),  # labelled keypoints of all true persons
    n_detected=_count(),  # of these detected on the person that was found in their place
    n_near=_count(),  # of these nearer than a tenth of the true box's long side
    sum_px=_number(0, dtype="float64"),  # of the distances of those detected, pixels
    sum_norm=_number(0, dtype="float64"),  # of the distances over the long side of the true box
)

TRUE_PERSON_COUNTS: Final = _schema(
    "true_person_counts",
    kind=_text(),
    **_ITEM,
    n_frames=_count(),  # frames that are labelled and were analysed
    n_true=_count(),
    n_found=_count(),
    n_matched=_count(),
    n_posed=_count(),  # true persons with a labelled body keypoint: those that have an OKS
    n_posed_matched=_count(),
    sum_oks=_number(0, dtype="float64"),  # over the matched ones
)

TRUE_ACTION_COUNTS: Final = _schema(
    "true_action_counts",
    kind=_text(),
    **_ITEM,
    threshold=_number(0, dtype="float64"),
    n_frames=_count(),  # frames whose actions are labelled and predictable
    n_equal=_count(),  # the recognised set is the true one
    n_true_labels=_count(),  # classes over all frames
    n_found_labels=_count(),
    n_both_labels=_count(),
)

TRUE_CLASS_COUNTS: Final = _schema(
    "true_class_counts",
    kind=_text(),
    **_ITEM,
    action=_text(*ava.NAMES),
    threshold=_number(0, dtype="float64"),  # the one that params.yaml chooses
    n_true=_count(),  # frames; a row that is not there stands for 0 in all three
    n_found=_count(),
    n_both=_count(),
)

LEAK_COUNTS: Final = _schema(
    "leak_counts",
    kind=_text(),
    **_ITEM,
    anonymizes=pa.Column(bool),
    n_true_px=_count(),
    n_masked_px=_count(),
    n_leaked_px=_count(),
    n_persons=_count(),  # persons, frame by frame
    n_exposed=_count(),  # of these with more than a tenth of their pixels leaked
)

SUMMARY: Final = _schema(
    "summary",
    metric=_text(),  # the name of a function in anonlab/metrics; of those against truth the original has values, too
    kind=_text(),
    media=_text(*MEDIA),
    scenario=_text(),  # "all": over every scenario
    part=_text(*PARTS_AND_ALL),  # "all" for metrics that have no parts
    threshold=_number(0, nullable=True, dtype="float64"),  # NaN: the metric has no threshold
    numerator=_number(0, dtype="float64"),
    denominator=_number(0, dtype="float64"),
    value=_number(0, nullable=True, dtype="float64"),  # NaN: undefined
    low=_number(0, nullable=True, dtype="float64"),
    high=_number(0, nullable=True, dtype="float64"),
    n_items=_count(),  # images or clips that the interval resamples
)

VERDICTS: Final = ("agrees", "disagrees", "cannot be checked")

CLAIMS: Final = _schema(
    "claims",
    claim=_text(),  # such as "pose-1"
    statement=_text(),  # what the paper says
    figure=_text(),  # the paper's number, or where it says so
    quantity=_text(),  # what `value` is; empty where there is none
    unit=_text("px", "share", "frames", "times", ""),
    value=_number(nullable=True, dtype="float64"),
    low=_number(nullable=True, dtype="float64"),
    high=_number(nullable=True, dtype="float64"),
    media=_text(*MEDIA, ""),
    n_items=_count(),  # images or clips behind the value
    verdict=_text(*VERDICTS),
    sure=pa.Column(bool),  # the interval leaves out the opposite verdict
    why=_text(),
)

SCHEMAS: Final = {
    schema.name: schema
    for schema in (
        *(MANIFEST, UNREADABLE, TRUTH, PERSONS, FRAMES, LEAKS, TEMPORAL, POSE, ACTIONS, AUDIT, AUDITED),
        *(POSE_COUNTS, KEYPOINT_COUNTS, PERSON_COUNTS, ACTION_COUNTS, DISTRIBUTION),
        *(TRUE_POSE_COUNTS, TRUE_PERSON_COUNTS, TRUE_ACTION_COUNTS, TRUE_CLASS_COUNTS, LEAK_COUNTS),
        *(SUMMARY, CLAIMS),
    )
}
