"""Stage metrics: what the networks saw on every kind of media against what they saw on the original.

`measures` counts and defines each metric, `observed` checks the tables, `counts` goes over all items and kinds,
`summary` makes ratios with intervals, `stage` reads and writes.
"""

from anonlab.metrics.stage import Evaluation, evaluate, run
from anonlab.metrics.summary import Settings

__all__ = ["Evaluation", "Settings", "evaluate", "run"]
