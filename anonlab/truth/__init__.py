"""Exact truth of a data set: who is where in every labelled frame, with keypoints, masks and actions.

<folder>/truth/truth.parquet    the table TRUTH, for images and clips; or, where that is not there,
<folder>/truth/*.json           COCO-WholeBody annotations, or COCO keypoints

`rows` makes the table, `coco` reads and writes the JSON, `folder` finds and checks what a data set has.
"""

from anonlab.truth.folder import FOLDER, TABLE, read
from anonlab.truth.rows import Person, nobody, rows

__all__ = ["FOLDER", "TABLE", "Person", "nobody", "read", "rows"]
