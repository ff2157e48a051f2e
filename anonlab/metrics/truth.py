"""The truth branch: what was found on every kind of media, the original too, against what is known to be there.

The paper's protocol takes what the networks see on the original for true. Where real truth is at hand, the same tables
say how wrong that is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from anonlab import ava, tables
from anonlab.metrics import true_actions, true_pose
from anonlab.metrics.counts import tidy
from anonlab.metrics.measures import THRESHOLDS, Frames, People
from anonlab.metrics.summary import Settings


def truth_tables(
    manifest: pd.DataFrame,
    truth: pd.DataFrame,
    people: Mapping[str, People],
    frames: Mapping[str, Frames],
    leaks: Mapping[str, pd.DataFrame],
    settings: Settings,
) -> dict[str, pd.DataFrame]:
    """The count tables of the truth branch by name, of labelled items only; all empty where nothing is labelled.

    Args:
        manifest: from `observed.items`.
        truth: TRUTH.
        people: by kind.
        frames: by kind; none where there is no recogniser.
        leaks: LEAKS by kind.
        settings: thresholds, gate and step.
    """
    rows = _pose_tables(manifest, truth, people, settings)
    rows |= _action_tables(manifest, truth, frames, settings)
    rows |= {"leak_counts": _leak_table(manifest, leaks)}
    return {name: tables.table(tables.SCHEMAS[name], each) for name, each in rows.items()}


def _pose_tables(
    manifest: pd.DataFrame, truth: pd.DataFrame, people: Mapping[str, People], settings: Settings
) -> dict[str, pd.DataFrame]:
    known = true_pose.known(truth, manifest, settings.pose_every)
    found = [true_pose.compare(known, each, settings.match_iou) for each in people.values()]
    pose = [true_pose.pose_counts(known, each, len(THRESHOLDS)) for each in found]
    person = [true_pose.person_counts(known, each) for each in found]
    use, kinds = known.n_frames > 0, list(people)
    return {
        "true_pose_counts": tidy(manifest, kinds, pose, use, part=tables.PARTS_AND_ALL, threshold=THRESHOLDS),
        "true_person_counts": tidy(manifest, kinds, person, use),
    }


def _action_tables(
    manifest: pd.DataFrame, truth: pd.DataFrame, frames: Mapping[str, Frames], settings: Settings
) -> dict[str, pd.DataFrame]:
    known = true_actions.known(truth, manifest)
    n_items, n, at = (
        len(manifest),
        len(THRESHOLDS),
        int(np.searchsorted(THRESHOLDS, settings.action_threshold)),
    )
    sets = [true_actions.counts(known, found, n_items, n) for found in frames.values()]
    classes = [true_actions.class_counts(known, found, n_items, at) for found in frames.values()]
    use, kinds = np.bincount(known.item[known.predictable], minlength=n_items) > 0, list(frames)
    return {
        "true_action_counts": tidy(manifest, kinds, sets, use, threshold=THRESHOLDS),
        "true_class_counts": tidy(
            manifest, kinds, classes, use, sparse=True, action=ava.NAMES, threshold=THRESHOLDS[[at]]
        ),
    }


def _leak_table(manifest: pd.DataFrame, leaks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    use = manifest["item"].isin([item for each in leaks.values() for item in each["item"]]).to_numpy()
    counted = [true_actions.leak_counts(each, manifest, kind) for kind, each in leaks.items()]
    table = tidy(manifest, list(leaks), counted, use)
    marks = {kind: bool(each["anonymizes"].all()) for kind, each in leaks.items()}
    table.insert(4, "anonymizes", table["kind"].map(marks).astype(bool))
    return table
