"""Stage metrics: what the networks saw on every kind of media against what they saw on the original.

`measures` counts and defines each metric, `observed` checks the tables, `counts` goes over all items and kinds,
`summary` makes ratios with intervals, `stage` reads and writes. `truth`, with `true_pose` and `true_actions`, does
the same against exact truth, where the data set has it.
"""

from anonlab.metrics.stage import Evaluation, evaluate, run
from anonlab.metrics.summary import Settings

__all__ = ["Evaluation", "Settings", "evaluate", "run"]
