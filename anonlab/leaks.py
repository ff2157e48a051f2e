"""Leaked pixels: what an anonymized copy still shows of a person's true mask, exactly as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anonlab import masks


def with_masks(known: pd.DataFrame) -> pd.DataFrame:
    """Frame, person and mask of the rows of TRUTH that have a mask, in the order of their frames."""
    labelled = known[np.array([len(runs) > 0 for runs in known["mask_rle"]], bool)]
    return labelled.sort_values(["frame", "person"])[["frame", "person", "mask_rle"]]


def rows(
    here: pd.DataFrame, covered: NDArray[np.bool_], changed: NDArray[np.bool_] | None
) -> Iterator[dict[str, Any]]:
    """Rows of LEAKS, without item and kind, for the people of one frame.

    Args:
        here: from `with_masks`, of this frame.
        covered: (H, W), under the masks that were found and grown.
        changed: (H, W), pixels that differ from the original in at least one channel; None: not one does.
    """
    for number, person, runs in here.itertuples(index=False, name=None):
        mask = masks.decode(runs, *covered.shape)
        n_true = np.count_nonzero(mask)
        yield {
            **{"frame": number, "person": person, "n_true": n_true},
            "n_masked": np.count_nonzero(mask & covered),
            "n_leaked": n_true if changed is None else np.count_nonzero(mask & ~changed),
        }
