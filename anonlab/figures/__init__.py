"""The paper's figures and some that look further, one function each: tables in, a matplotlib figure out.

A ratio is drawn as the summary has it, with its interval. NaN is left out and said in words, never drawn as 0.
"""

from anonlab.figures.bars import fig3_actions
from anonlab.figures.chapters import action_course, claims_at_a_glance, over_thresholds
from anonlab.figures.curves import fig4_pta, fig5_acc, pose_over_thresholds
from anonlab.figures.epe_ptk import fig2_epe_ptk
from anonlab.figures.keypoints import epe_by_keypoint
from anonlab.figures.montage import Posed, fig1_pose
from anonlab.figures.parts import ptk_by_part
from anonlab.figures.selection import Settings, available, distribution_intervals
from anonlab.figures.stage import Drawn, check, run
from anonlab.figures.style import save
from anonlab.figures.truth import leaked_people, truth_epe

__all__ = [
    "Drawn",
    "Posed",
    "Settings",
    "action_course",
    "available",
    "check",
    "claims_at_a_glance",
    "distribution_intervals",
    "epe_by_keypoint",
    "fig1_pose",
    "fig2_epe_ptk",
    "fig3_actions",
    "fig4_pta",
    "fig5_acc",
    "leaked_people",
    "over_thresholds",
    "pose_over_thresholds",
    "ptk_by_part",
    "run",
    "save",
    "truth_epe",
]
