"""What the stages ask of a model: numpy arrays in and out, RGB uint8, pixels with x right and y down."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Persons:
    """The N persons of one picture of height H and width W.

    Attributes:
        boxes_xyxy: (N, 4) float32, pixels; x0, y0, x1, y1 with x1 and y1 exclusive.
        scores: (N,) float32, 0 to 1.
        masks: (N, H, W) bool, True = person.
        faces_xyxy: (N, 4) float32, pixels, the whole head; NaN where it could not be located.
        hints: (N, K) float32 or None, what the detector that made them wants to know to `follow` them; its own
            affair. Without hints it starts from the boxes.
    """

    boxes_xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    masks: NDArray[np.bool_]
    faces_xyxy: NDArray[np.float32]
    hints: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(self.boxes_xyxy)
        shapes = (self.boxes_xyxy.shape, self.scores.shape, self.masks.shape[:1], self.faces_xyxy.shape)
        if shapes != ((n, 4), (n,), (n,), (n, 4)) or self.masks.ndim != 3:
            raise ValueError(
                "Persons wants boxes (N, 4), scores (N,), masks (N, H, W), faces (N, 4); got boxes "
                f"{self.boxes_xyxy.shape}, scores {self.scores.shape}, masks {self.masks.shape}, "
                f"faces {self.faces_xyxy.shape}"
            )

        if self.hints is not None and len(self.hints) != n:
            raise ValueError(f"Persons wants one row of hints per person; got {len(self.hints)} for {n}")

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    @classmethod
    def none(cls, height: int, width: int) -> Persons:
        """Nobody in a picture of this size."""
        return cls(
            boxes_xyxy=np.zeros((0, 4), np.float32),
            scores=np.zeros(0, np.float32),
            masks=np.zeros((0, height, width), bool),
            faces_xyxy=np.zeros((0, 4), np.float32),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Persons]) -> Persons:
        """The persons of several groups of one picture as one group; at least one. Hints stay if all have them."""
        names = [field.name for field in fields(cls)]
        if any(part.hints is None for part in parts):
            names.remove("hints")
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_] | Sequence[int]) -> Persons:
        """The persons at `index`, in that order."""
        rows = np.asarray(index) if len(index) else np.zeros(0, np.intp)
        hints = None if self.hints is None else self.hints[rows]
        return Persons(
            self.boxes_xyxy[rows], self.scores[rows], self.masks[rows], self.faces_xyxy[rows], hints
        )

    def scoring(self, min_score: float) -> Persons:
        """The persons whose score is at least `min_score`."""
        return self.take(self.scores >= min_score)

    def long_sides_px(self) -> NDArray[np.float32]:
        """Long side of each person's box: (N,) float32, pixels. The unit of every relative strength and error."""
        sizes = self.boxes_xyxy[:, 2:] - self.boxes_xyxy[:, :2]
        return np.maximum(sizes[:, 0], sizes[:, 1]).astype(np.float32)


@dataclass(frozen=True)
class Pose:
    """Keypoints of the N persons of one picture.

    Attributes:
        keypoints: (N, 133, 2) float32, pixels, x right, y down.
        scores: (N, 133) float32, raw, at least 0; 0 = the network has no such point or did not see it.
    """

    keypoints: NDArray[np.float32]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class DeepPose:
    """Points with depth of the N persons of one picture: what it takes to put another body into their poses.

    Points are in pixels: x right, y down, z away from the camera at the same scale. A person's body counts z from
    between the hips, each face and hand from a zero of its own. A person of whom nothing is known is NaN, scores 0.

    Attributes:
        body: (N, 33, 3) float32, BlazePose's points.
        scores: (N, 33) float32, 0 to 1.
        faces: (N, 468, 3) float32, the points of MediaPipe's face mesh.
        face_scores: (N,) float32, 0 to 1.
        hands: (N, 2, 21, 3) float32, the left and the right one, wrist first.
        hand_scores: (N, 2) float32, 0 to 1.
        hints: (N, 4) float32, what makes the next frame cheaper; the estimator's own affair.
    """

    body: NDArray[np.float32]
    scores: NDArray[np.float32]
    faces: NDArray[np.float32]
    face_scores: NDArray[np.float32]
    hands: NDArray[np.float32]
    hand_scores: NDArray[np.float32]
    hints: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.body)

    @classmethod
    def none(cls, n: int) -> DeepPose:
        """N persons of whom nothing is known."""
        shapes = {"body": (33, 3), "faces": (468, 3), "hands": (2, 21, 3), "hints": (4,)}
        points = {name: np.full((n, *shape), np.nan, np.float32) for name, shape in shapes.items()}
        scores = {"scores": (33,), "face_scores": (), "hand_scores": (2,)}
        return cls(**points, **{name: np.zeros((n, *shape), np.float32) for name, shape in scores.items()})

    def put(self, rows: NDArray[np.intp] | NDArray[np.bool_], other: DeepPose) -> None:
        """Overwrite the persons at `rows` by those of `other`."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(other, field.name)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | Sequence[int]) -> DeepPose:
        """The persons at `rows`, in that order."""
        index = np.asarray(rows) if len(rows) else np.zeros(0, np.intp)
        return DeepPose(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


class PersonDetector(Protocol):
    """Finds every person of a picture."""

    def detect(self, image: Image) -> Persons:
        """Persons in `image` (H, W, 3), best score first; nobody gives `Persons.none`.

        Doubtful ones belong in it, with low scores: a stage chooses with its own `min_score`.
        """
        ...


class TrackingDetector(PersonDetector, Protocol):
    """A detector that can also re-find known persons in the next frame for less than a search costs."""

    def follow(self, image: Image, previous: Persons) -> tuple[Persons, NDArray[np.bool_]]:
        """The persons of `previous` in `image`, in the same order, and (N,) bool: True where still seen.

        Rows that are no longer seen repeat the previous box, mask and face.
        """
        ...


class PoseEstimator(Protocol):
    """Estimates the keypoints of persons whose boxes are known."""

    score_kind: str
    """What a score means for this network, for axis labels: scores of two networks are not on one scale."""

    def estimate(self, image: Image, boxes_xyxy: NDArray[np.float32]) -> Pose:
        """Pose of each box (N, 4) of `image` (H, W, 3); N = 0 gives empty arrays, never the whole image."""
        ...


class DepthEstimator(Protocol):
    """Estimates points with depth of persons whose boxes are known."""

    def estimate(
        self, image: Image, boxes_xyxy: NDArray[np.float32], hints: NDArray[np.float32] | None = None
    ) -> DeepPose:
        """Points of each box (N, 4) of `image` (H, W, 3); `hints` are those of the frame before, NaN for none."""
        ...


class ActionRecognizer(Protocol):
    """Scores the 60 AVA classes from a window of frames: each frame is observed once, windows overlap.

    Frames 0, `frame_interval`, 2 x `frame_interval` ... of a clip are observed; `clip_len` observations in a row
    make a window, and its scores belong to its centre, observation `clip_len // 2`.
    """

    clip_len: int
    frame_interval: int

    def observe(self, image: Image, boxes_xyxy: NDArray[np.float32]) -> Any:
        """What is to be remembered of one frame (H, W, 3) with the persons (N, 4): pixels, keypoints, features."""
        ...

    def recognize(self, window: Sequence[Any]) -> NDArray[np.float32]:
        """Scores (60,) float32 of `clip_len` observations, the highest over the persons; nothing recognised is 0."""
        ...


@runtime_checkable
class PoseActionRecognizer(ActionRecognizer, Protocol):
    """A recognizer that needs no picture of persons whose poses are known."""

    poses: Collection[str]
    """The pose estimators, by name, that see what `observe` would see, to the bit."""

    def remember(self, boxes_xyxy: NDArray[np.float32], pose: Pose) -> Any:
        """What `observe` would return, from the poses of the persons (N, 4) by one of `poses`."""
        ...


@dataclass(frozen=True)
class Findings:
    """The N faces and persons that an auditor found in one picture.

    Attributes:
        what: (N,) "face" or "person".
        boxes_xyxy: (N, 4) float32, pixels, inside the picture; of a person without its surroundings.
        scores: (N,) float32, raw: those of faces and of persons are not on one scale.
    """

    what: NDArray[np.str_]
    boxes_xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.boxes_xyxy)


class Auditor(Protocol):
    """Looks for faces and persons by other means than the networks that drive the anonymization."""

    def find(self, image: Image) -> Findings:
        """What is found in `image` (H, W, 3)."""
        ...
