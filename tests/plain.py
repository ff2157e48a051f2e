"""The metrics as one would write them down first: a loop over frames, persons and keypoints, one threshold at a time.

Slow and easy to check; the package has to give the same counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
COUNTS = ("n_frames", "n_equal", "n_original", "n_anonymized", "n_both", "n_not_predictable")


def action_counts(original: Scores, anonymized: Scores, threshold: float) -> Counter[str]:
    """Counts of ACTION_COUNTS for one clip: scores (frames, classes), NaN where nothing can be predicted."""
    counts: Counter[str] = Counter()
    limit = np.float32(threshold)
    for a, b in zip(original, anonymized, strict=True):
        if np.isnan(a).any() or np.isnan(b).any():
            counts["n_not_predictable"] += 1
            continue
        set_a, set_b = set(np.flatnonzero(a > limit)), set(np.flatnonzero(b > limit))
        counts["n_frames"] += 1
        counts["n_equal"] += set_a == set_b
        counts["n_original"] += bool(set_a)
        counts["n_anonymized"] += bool(set_b)
        counts["n_both"] += bool(set_a) and bool(set_b)
    return counts


def distribution(scores: Scores, threshold: float) -> Counter[int]:
    """Frames of one clip in which each class is recognised."""
    counts: Counter[int] = Counter()
    for frame in scores:
        counts.update(np.flatnonzero(frame > np.float32(threshold)).tolist())
    return counts


def distances(
    original: Sequence[tuple[Scores, Scores]], anonymized: Sequence[tuple[Scores, Scores]], threshold: float
) -> list[float]:
    """Distances of the keypoints detected on both, person i against person i: (keypoints (n, 2), scores (n,)) each."""
    found = []
    limit = np.float32(threshold)
    for (points_a, scores_a), (points_b, scores_b) in zip(original, anonymized, strict=True):
        for a, b, score_a, score_b in zip(points_a, points_b, scores_a, scores_b, strict=True):
            if score_a > limit and score_b > limit:
                found.append(float(np.linalg.norm(a.astype(float) - b.astype(float))))
    return found
