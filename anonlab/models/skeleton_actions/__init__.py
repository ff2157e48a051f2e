"""Actions of people from their poses alone: features of a window of keypoints, and small learned networks."""

from anonlab.models.skeleton_actions.recognizer import SkeletonActions

__all__ = ["SkeletonActions"]
