"""The 133 keypoints of COCO-WholeBody: order, parts, names and the lines drawn between them.

Source: Jin et al., *Whole-Body Human Pose Estimation in the Wild*, ECCV 2020 (17 body, 6 feet, 68 face, 2 x 21 hand).
"""

from typing import Final

N_KEYPOINTS: Final = 133

PARTS: Final[dict[str, slice]] = {
    "body": slice(0, 17),
    "feet": slice(17, 23),
    "face": slice(23, 91),
    "left_hand": slice(91, 112),
    "right_hand": slice(112, 133),
}

BODY: Final = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip"),
    *("left_knee", "right_knee", "left_ankle", "right_ankle"),
)
FEET: Final = (
    *("left_big_toe", "left_small_toe", "left_heel"),
    *("right_big_toe", "right_small_toe", "right_heel"),
)
_FINGERS: Final = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
_HAND: Final = ("hand_root", *(f"{finger}{joint}" for finger in _FINGERS for joint in range(1, 5)))

NAMES: Final = (
    *BODY,
    *FEET,
    *(f"face-{i}" for i in range(68)),
    *(f"left_{name}" for name in _HAND),
    *(f"right_{name}" for name in _HAND),
)

_BODY_LINES: Final = (
    *((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10)),
    *((5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16)),
)
_FEET_LINES: Final = ((15, 17), (15, 18), (15, 19), (16, 20), (16, 21), (16, 22))
_HAND_LINES: Final = tuple(
    (0 if joint == 1 else 4 * finger + joint - 1, 4 * finger + joint)
    for finger in range(5)
    for joint in range(1, 5)
)

SKELETON: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "body": _BODY_LINES,
    "feet": _FEET_LINES,
    "face": (),  # 68 points lie dense enough to be seen without lines
    "left_hand": tuple((a + 91, b + 91) for a, b in _HAND_LINES),
    "right_hand": tuple((a + 112, b + 112) for a, b in _HAND_LINES),
}
