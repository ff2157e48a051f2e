"""Stage claims: what the paper says against what this run measured. Tables only, never models.

`evidence` holds the tables and makes estimates with intervals, `pose`, `actions` and `coverage` test one claim each
function, `catalogue` lists the claims in the paper's words, `stage` reads and writes.
"""

from anonlab.claims.evidence import Evidence, Settings
from anonlab.claims.stage import judge, run

__all__ = ["Evidence", "Settings", "judge", "run"]
