"""People over a clip: which tracks are one person, and points that move as smoothly as people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anonlab.geometry import box_iou
from anonlab.models.contracts import DeepPose

Floats = NDArray[Any]

GAP_S: Final = 1.0
"""A track that begins where another ended at most so long ago goes on with its identity."""
SAME_PLACE_IOU: Final = 0.3
PLACE_S: Final = (0.05, 0.30)
DEPTH_S: Final = (0.12, 0.40)
"""Standard deviations in seconds over which places, and depths, which are noisier, are smoothed: of points that move
and of points that rest."""
STILL: Final = 0.008
"""A point rests as far as the two agree to this share of the person's size; the idea is that of the One-Euro filter
(Casiez et al. 2012), but with the future known, so nothing lags."""
PART: Final = 0.5
"""Score from which a face or a hand is one."""
GUESSED: Final = 0.4
"""Points with a lower score are guessed, and have to look as if they rested."""
SAME_BODY: Final = 0.1
"""Two tracks whose points are on average no farther apart than this share of the person's size see one person."""
JUMP: Final = 0.5
"""A point that is farther than this share of the person's size from where it is around that time was mistaken."""


@dataclass
class Track:
    """What is known of one person: frame numbers, boxes (4,) and points (of length 1) in the order of time.

    Attributes:
        last: the last frame in which the person is seen, at which points need not have been looked for.
    """

    frames: list[int] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)
    poses: list[DeepPose] = field(default_factory=list)
    last: int = -1

    def add(self, frame: int, box_xyxy: Floats, pose: DeepPose) -> None:
        """Append a frame."""
        self.frames.append(frame)
        self.boxes.append(box_xyxy)
        self.poses.append(pose)
        self.last = max(self.last, frame)


def linked(tracks: dict[int, Track], fps: float) -> dict[int, int]:
    """The number of the first track of each person, by track: short gaps are closed, and who is seen twice is one."""
    first = {number: number for number in tracks}
    ended: list[int] = []
    for number in sorted(tracks, key=lambda each: tracks[each].frames[0]):
        before = [each for each in ended if _goes_on(tracks[each], tracks[number], fps)]
        if before:
            last = max(before, key=lambda each: tracks[each].last)
            first[number] = first[last]
            ended.remove(last)
        ended.append(number)
    for number in tracks:
        for other in tracks:
            groups = [[each for each in tracks if first[each] == first[one]] for one in (number, other)]
            if first[number] != first[other] and _one_person(tracks, *groups):
                first |= dict.fromkeys([*groups[0], *groups[1]], min(first[number], first[other]))
    return first


def _one_person(tracks: dict[int, Track], group: list[int], other: list[int]) -> bool:
    """Whether tracks of two groups see the same body, and none of them another one at the same time."""
    both = [_same_body(tracks[a], tracks[b]) for a in group for b in other]
    return True in both and False not in both


def joined(tracks: dict[int, Track], first: dict[int, int]) -> dict[int, Track]:
    """One track for each person, by the number of the first: where two know of a frame, the longer one says."""
    found = {}
    for start in sorted(set(first.values())):
        members = [tracks[number] for number in tracks if first[number] == start]
        known: dict[int, tuple[Track, int]] = {}
        for track in sorted(members, key=lambda each: len(each.frames)):
            known |= {frame: (track, place) for place, frame in enumerate(track.frames)}
        one = Track()
        for frame, (track, place) in sorted(known.items(), key=lambda pair: pair[0]):
            one.add(frame, track.boxes[place], track.poses[place])
        one.last = max(track.last for track in members)
        found[start] = one
    return found


def _same_body(one: Track, two: Track) -> bool | None:
    """Whether the points of two tracks are those of one body in most frames that both have; None if they have none."""
    both = sorted(set(one.frames) & set(two.frames))
    if not both:
        return None
    here, there = ([track.frames.index(frame) for frame in both] for track in (one, two))
    points, others = (
        np.stack([track.poses[k].body[0, :, :2] for k in rows]) for track, rows in ((one, here), (two, there))
    )
    boxes = np.array([one.boxes[k] for k in here])
    size = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    apart = np.linalg.norm(points - others, axis=-1).mean(axis=1) / np.maximum(size, 1)
    return bool(np.median(apart) < SAME_BODY)


def _goes_on(before: Track, after: Track, fps: float) -> bool:
    gap = after.frames[0] - before.last
    overlap = box_iou(np.float32(before.boxes[-1])[None], np.float32(after.boxes[0])[None])[0, 0]
    return bool(0 < gap <= GAP_S * fps and overlap >= SAME_PLACE_IOU)


def smoothed(track: Track, fps: float) -> dict[int, DeepPose]:
    """The points of a person, smoothed over time, in every frame from the first to the last in which it is seen.

    So they go on through short gaps; in the middle of one that is too long for that they are NaN.
    """
    wanted = range(track.frames[0], track.last + 1)
    if len(track.frames) < 3 or fps <= 0:
        nearest = [np.abs(np.array(track.frames) - frame).argmin() for frame in wanted]
        return {frame: track.poses[k] for frame, k in zip(wanted, nearest, strict=True)}
    between = _Between.of(np.array(track.frames), np.array(wanted), GAP_S * fps)
    rows = {name: np.concatenate([getattr(p, name) for p in track.poses]) for name in _NAMES}
    boxes = np.array(track.boxes)
    size = np.median(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))
    weights = {
        "body": _weights(rows["body"], rows["scores"], size),
        "faces": np.repeat((rows["face_scores"] >= PART)[:, None], rows["faces"].shape[1], axis=1),
        "hands": np.repeat((rows["hand_scores"] >= PART)[..., None], rows["hands"].shape[2], axis=2),
    }
    points = {name: between.points(rows[name]) for name in weights}
    known = {name: between.weights(each.astype(float)) for name, each in weights.items()}
    times = np.array(wanted) / fps
    scores = _moving_mean(times, between.weights(rows["scores"]))
    trust = np.clip((scores - GUESSED) / 0.25, 0, 1)
    body, _ = _smooth(times, points["body"], known["body"], size, trust)
    faces, face_scores = _smooth(times, points["faces"], known["faces"], size)
    hands, hand_scores = _smooth(times, points["hands"], known["hands"], size)
    return {
        frame: DeepPose(
            body=body[i : i + 1].astype(np.float32),
            scores=scores[i : i + 1].astype(np.float32),
            faces=faces[i : i + 1].astype(np.float32),
            face_scores=face_scores[i : i + 1, 0].astype(np.float32),
            hands=hands[i : i + 1].astype(np.float32),
            hand_scores=hand_scores[i : i + 1, :, 0].astype(np.float32),
            hints=np.full((1, 4), np.nan, np.float32),
        )
        for i, frame in enumerate(wanted)
    }


_NAMES: Final = ("body", "scores", "faces", "face_scores", "hands", "hand_scores")


def _weights(body: Floats, scores: Floats, size: float) -> Floats:
    """How much each point (T, K) counts: its score, and nothing if it jumps away for a moment."""
    reach = 2
    padded = np.pad(body[..., :2], ((reach, reach), (0, 0), (0, 0)), mode="edge")
    windows = np.stack([padded[k : k + len(body)] for k in range(2 * reach + 1)])
    usual = np.nanmedian(windows, axis=0)
    away = np.linalg.norm(body[..., :2] - usual, axis=-1)
    known = np.isfinite(body).all(axis=-1) & (away < JUMP * size)
    return np.where(known, np.clip(scores, 0.05, 1) ** 2, 0.0)


class _Between(NamedTuple):
    """For each of W frames the rows of those before and after in which something was seen (the same if it is one).

    Attributes:
        before, after: (W,) rows.
        share: (W,) how far on the way from one to the other.
        apart: (W,) whether they are too far apart for anything between them to be known.
    """

    before: NDArray[np.intp]
    after: NDArray[np.intp]
    share: Floats
    apart: NDArray[np.bool_]

    @classmethod
    def of(cls, frames: Floats, wanted: Floats, longest: float) -> _Between:
        """For `wanted`, (W,), between the `frames`, ascending, that lie at most `longest` apart."""
        after = np.minimum(np.searchsorted(frames, wanted), len(frames) - 1)
        before = np.where(frames[after] <= wanted, after, np.maximum(after - 1, 0))
        length = frames[after] - frames[before]
        return cls(before, after, (wanted - frames[before]) / np.maximum(length, 1), length > longest)

    def points(self, rows: Floats) -> Floats:
        """Points (T, ...) on the straight way from one to the other: (W, ...)."""
        share = np.where(self.before == self.after, 0, self.share).reshape(-1, *[1] * (rows.ndim - 1))
        return np.asarray((1 - share) * rows[self.before] + share * rows[self.after])

    def weights(self, rows: Floats) -> Floats:
        """Weights (T, ...) as the smaller of the two: (W, ...)."""
        apart = self.apart.reshape(-1, *[1] * (rows.ndim - 1))
        return np.where(apart, 0, np.minimum(rows[self.before], rows[self.after]))


def _smooth(
    times: Floats, points: Floats, weights: Floats, size: float, trust: Floats | None = None
) -> tuple[Floats, Floats]:
    """Points (T, ..., 3) smoothed over time, and how well each is known, 0 to 1 (T, ...).

    Only motion of points that are trusted, 0 to 1 (T, ...), is followed quickly: what is guessed wanders.
    """
    clean = np.nan_to_num(points.astype(np.float64))
    moving, known = _local_line(times, clean[..., :2], weights, PLACE_S[0])
    resting, ever = _local_line(times, clean[..., :2], weights, PLACE_S[1])
    away = np.linalg.norm(moving - resting, axis=-1, keepdims=True) / (STILL * size)
    share = np.where(known[..., None] > 1e-6, np.clip(away - 0.5, 0, 1), 0)
    depths = [_local_line(times, clean[..., 2:], weights, sigma)[0] for sigma in DEPTH_S]
    slow, fast = (np.concatenate(pair, axis=-1) for pair in ((resting, depths[1]), (moving, depths[0])))
    share = share if trust is None else share * trust[..., None]
    out = slow + share * (fast - slow)
    known = np.where(ever > 0.2, np.maximum(known, ever), known)
    return np.where(known[..., None] > 1e-6, out, np.nan), known


def _local_line(times: Floats, values: Floats, weights: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Locally weighted linear regression over time: values (T, ..., C), weights (T, ...)."""
    out, known = np.zeros_like(values), np.zeros(weights.shape)
    for i, now in enumerate(times):
        near = np.abs(times - now) <= 3 * sigma + 1e-9
        dt = (times[near] - now).reshape(-1, *[1] * (weights.ndim - 1))
        bell = np.exp(-((dt / sigma) ** 2) / 2)
        w = bell * weights[near]
        s0, s1, s2 = w.sum(0), (w * dt).sum(0), (w * dt**2).sum(0)
        y0 = (w[..., None] * values[near]).sum(0)
        y1 = ((w * dt)[..., None] * values[near]).sum(0)
        ridge = s2 + 0.02 * sigma**2 * np.maximum(s0, 1e-9) + 1e-12
        denominator = np.maximum(s0 * ridge - s1**2, 1e-15)
        out[i] = (y0 * ridge[..., None] - y1 * s1[..., None]) / denominator[..., None]
        known[i] = np.minimum(s0 / bell.sum(), 1)
    return out, known


def _moving_mean(times: Floats, scores: Floats) -> Floats:
    return _local_line(times, scores[..., None].astype(np.float64), np.ones(scores.shape), PLACE_S[1])[0][
        ..., 0
    ]
