"""Explorers for JupyterLab: what if the threshold were different, and what does each method do to a picture?

`thresholds` and `samples` are the two widgets. Python makes the numbers, with the functions that the pipeline uses; the
scripts in `browser/` only draw them, so that the picture follows the mouse.
"""

from anonlab.widgets.samples import SampleExplorer, explore_samples
from anonlab.widgets.thresholds import ThresholdExplorer, explore_thresholds

__all__ = ["SampleExplorer", "ThresholdExplorer", "explore_samples", "explore_thresholds"]
