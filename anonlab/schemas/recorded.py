"""Tables with a row per item, person, frame or finding: what the stages up to the audit record."""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa

from anonlab import ava
from anonlab.keypoints import N_KEYPOINTS
from anonlab.schemas.columns import ITEM, MEDIA, count, lists, number, schema, text

NOBODY: Final = -1
"""The person of a row of TRUTH that says: this frame is labelled, and nobody is in it."""

MANIFEST: Final = schema(
    "manifest",
    **ITEM,
    path=text(),  # below the data set's folder, with forward slashes
    width=count(),
    height=count(),
    fps=text(),  # a fraction such as "30000/1001"; empty for images
    n_frames=count(),
    colour=text("rgb", "gray"),
    sha256=text(),
)

UNREADABLE: Final = schema("unreadable", path=text(), problem=text())

TRUTH: Final = schema(
    "truth",  # a row per person and labelled frame; a frame without a row is not labelled
    item=text(),
    frame=count(),
    person=pa.Column("int64", pa.Check.ge(NOBODY)),  # constant over a clip; -1: labelled, and nobody is there
    **{edge: number(nullable=True) for edge in ("x0", "y0", "x1", "y1")},
    keypoints=lists(2 * N_KEYPOINTS),  # x0, y0, x1, y1 ... in pixels
    visibility=lists(N_KEYPOINTS),  # 0: not labelled or outside the picture, 1: hidden, 2: visible
    mask_rle=lists(),  # of what can be seen of the person; empty: no mask is labelled
    actions=lists(),  # AVA ids
    has_actions=pa.Column(bool),  # False: actions are not labelled here; no actions are something else
)

PERSONS: Final = schema(
    "persons",
    item=text(),
    frame=count(),
    person=count(),  # constant over a track
    score=number(0),
    **{edge: number() for edge in ("x0", "y0", "x1", "y1")},
    **{edge: number(nullable=True) for edge in ("face_x0", "face_y0", "face_x1", "face_y1")},
    state=text(
        "covered", "held", "whole", "refused"
    ),  # held: carried over frames in which the person was not seen;
    # whole, refused: stands for nobody, and the whole frame is covered or made grey
    mask_rle=lists(),  # COCO run lengths: column by column, starting with the background
)

FRAMES: Final = schema(
    "frames",
    item=text(),
    n_frames=count(),
    # Each frame counts in one of the next five, the last that fits:
    n_empty=count(),  # nobody was found: written as it is
    n_covered=count(),  # everybody who was seen
    n_held=count(),  # somebody who was not seen just then, too
    n_whole=count(),  # from edge to edge, because somebody got lost or only a second detector saw somebody
    n_refused=count(),  # grey, and not delivered
    n_persons=count(),  # masks applied, over all frames
    n_avatar=count(),  # of these replaced by an avatar; 0 for methods that do not tell
    n_fallback=count(),  # of these blurred, because nothing better could be made of them
    n_nobody=count(),  # of these held, and filled with the room, because nothing else is to be seen
    n_untouched=count(),  # of these left as they were by DeepPrivacy2, whatever was done about it afterwards
    mask_share=number(0, nullable=True, dtype="float64"),  # mean share of the frame that was changed
    sha256=text(),  # of the file written; empty for the original, of which no copy is made
    identities=text(),  # hash of the secret from which avatars are drawn; empty for methods without
)

LEAKS: Final = schema(
    "leaks",  # a row per person with a true mask and frame
    item=text(),
    frame=count(),
    person=count(),
    anonymizes=pa.Column(bool),  # False: the original or another kind that covers nobody on purpose
    n_true=count(),  # pixels of the person's true mask
    n_masked=count(),  # of these under the grown masks of the stage persons
    n_leaked=count(),  # of these written as they were, in all three channels
)

TEMPORAL: Final = schema(
    "temporal",  # a row per clip, none for the original, of which no copy is made
    item=text(),
    n_pairs=count(),  # neighbouring frames with a pixel that is under a person's mask in both
    n_px=count(),  # such pixels, over all pairs
    sum_original=number(0, dtype="float64"),  # levels by which they change from frame to frame
    sum_anonymized=number(0, dtype="float64"),
)

POSE: Final = schema(
    "pose",
    item=text(),
    frame=count(),
    person=count(),
    score=number(0),
    **{edge: number() for edge in ("x0", "y0", "x1", "y1")},
    keypoints=lists(2 * N_KEYPOINTS),  # x0, y0, x1, y1 ... in pixels
    keypoint_scores=lists(N_KEYPOINTS),
)

ACTIONS: Final = schema(
    "actions",
    item=text(),
    frame=count(),
    predictable=pa.Column(bool),  # False: no prediction possible here, all scores NaN; not the same as empty
    **{name: number(0, nullable=True) for name in ava.NAMES},
)

FINDINGS: Final = ("face", "person")

AUDIT: Final = schema(
    "audit",  # a row per finding of the auditor, in the frames that it looked at
    item=text(),
    frame=count(),
    what=text(*FINDINGS),
    score=number(),  # raw: those of faces and of persons are not on one scale
    **{edge: number() for edge in ("x0", "y0", "x1", "y1")},
    n_px=count(),  # pixels of the box
    n_changed=count(),  # of these that differ from the original in at least one channel
    true_person=pa.Column(
        "Int64", pa.Check.ge(NOBODY), nullable=True
    ),  # whose; -1: nobody's; NA: it is not known
)

AUDIT_RATES: Final = ("seen", "real", "again", "clear", "people_again", "people_clear")

AUDITED: Final = schema(
    "audited",  # a row per medium, sort of finding and rate
    media=text(*MEDIA),
    what=text(*FINDINGS),
    rate=text(*AUDIT_RATES),  # see `audit.rates`
    numerator=count(),
    denominator=count(),
    value=number(0, nullable=True, dtype="float64"),  # NaN: nothing to take a share of
    low=number(0, nullable=True, dtype="float64"),
    high=number(0, nullable=True, dtype="float64"),
    n_items=count(),  # images or clips that were looked at
    n_frames=count(),
)
