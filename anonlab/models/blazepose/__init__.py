"""BlazePose, the embedded default: persons, masks and 133 keypoints on a CPU, from files fetched at set-up."""

from anonlab.models.blazepose.depth import BlazePoseDepthEstimator
from anonlab.models.blazepose.detector import BlazePoseDetector
from anonlab.models.blazepose.estimator import BlazePoseBody, BlazePoseEstimator

__all__ = ["BlazePoseBody", "BlazePoseDepthEstimator", "BlazePoseDetector", "BlazePoseEstimator"]
