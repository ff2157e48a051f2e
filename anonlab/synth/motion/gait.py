"""Walking: where the body is, which foot stands where, and what the hips do in between.

A walk is first a path of the body over the floor; steps then follow from it. A foot that stands does not move:
it rolls over its heel and off its ball, both of which stay where they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from anonlab.synth import body as bodies
from anonlab.synth.motion import posing
from anonlab.synth.motion.curves import Values, ease, smoothed
from anonlab.synth.motion.posing import SIDES, SIGN, Foot
from anonlab.synth.motion.rig import leg, length
from anonlab.synth.motion.rotations import Vector, heading

RATE = 50  # samples of the path a second
STEP_SECONDS = 0.54
SWING = 0.76  # share of a step's time in which its foot is in the air
TURN_SPEED = 160.0  # degrees a second when turning on the spot
CORNER_SECONDS = 0.30  # over which corners of the path are rounded
TOE_OFF, HEEL_STRIKE = 34.0, -15.0  # degrees of the foot in a full step
FULL_STEP = 0.66  # metres
FLAT_AFTER = 0.10  # seconds from heel strike to the flat foot
CLEARANCE = 0.045  # metres that the ball of a swinging foot is lifted


@dataclass(frozen=True)
class Step:
    """One foot goes from a place to a place."""

    side: str
    lift: float
    land: float
    start: Foot
    end: Foot

    @property
    def size(self) -> float:
        """How far it goes against a full step, 0 to 1.2."""
        return min(1.2, float(np.linalg.norm(self.end.ball - self.start.ball)) / FULL_STEP)


@dataclass
class Track:
    """Where a body is over time: samples from `start` on, RATE a second, resting before and after.

    Attributes:
        at: (T, 2) metres; yaw: (T,) degrees, without jumps; walking: (T,) 0 to 1, how much it is walking.
        steps: of both feet, in order.
        phase: (T,) half turns: k + 0.5 in the middle of step k; even steps are the left foot's.
        drop: (T,) metres that the hips must come down for both legs to reach the floor.
    """

    start: float
    at: Values
    yaw: Values
    walking: Values = field(default_factory=lambda: np.zeros(1))
    steps: list[Step] = field(default_factory=list)
    phase: Values = field(default_factory=lambda: np.zeros(1))
    drop: Values = field(default_factory=lambda: np.zeros(1))

    @property
    def end(self) -> float:
        """The time from which on nothing moves any more."""
        return self.start + (len(self.yaw) - 1) / RATE

    def sample(self, values: Values, time: float) -> Values:
        """The samples (T,) or (T, d) at a time, linear in between."""
        place = float(np.clip((time - self.start) * RATE, 0, len(values) - 1))
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (values[high] - values[low]) * (place - low)


def standing(time: float, at: Vector, yaw: float) -> Track:
    """A track that stays."""
    return Track(time, np.asarray(at, float)[None], np.array([yaw]))


def glide(start: float, seconds: float, yaw: float, a: Vector, b: Vector) -> Track:
    """A track from a to b without steps, as in sitting down."""
    shares = np.array([ease(i / RATE / seconds) for i in range(int(seconds * RATE) + 2)])
    at = np.asarray(a, float) + (np.asarray(b, float) - np.asarray(a, float)) * shares[:, None]
    return Track(start, at, np.full(len(at), yaw))


def walk(
    rest: bodies.Rest,
    start: float,
    yaw: float,
    points: Values,
    end_yaw: float,
    speed: float,
    feet: Mapping[str, Foot],
    first: str,
) -> Track:
    """Walk along points (n, 2) from a yaw to a yaw, with the feet where they stand now, one of them first.

    The body turns first where it looks the wrong way, and last to where it shall look.
    """
    track = _path(start, yaw, points, end_yaw, speed)
    track.steps = _steps(rest, track, feet, first)
    track.walking = _walking(track)
    track.phase = _phase(track)
    track.drop = _drop(rest, track, feet)
    return track


def foot_at(steps: Sequence[Step], side: str, time: float, resting: Foot) -> Foot:
    """Where a foot is at a time; `resting` is where it stands if it never stepped."""
    mine = [step for step in steps if step.side == side]
    before = [step for step in mine if step.lift <= time]
    after = [step for step in mine if step.lift > time]
    if before and time < before[-1].land:
        return _swinging(before[-1], (time - before[-1].lift) / (before[-1].land - before[-1].lift))
    foot = before[-1].end if before else (mine[0].start if mine else resting)
    return Foot(foot.ball, foot.yaw, _roll(before, after, time))


def _path(start: float, yaw: float, points: Values, end_yaw: float, speed: float) -> Track:
    """The body's way: turn, walk with gentle start and stop, turn; corners rounded."""
    legs = np.diff(points, axis=0)
    lengths = np.linalg.norm(legs, axis=1)
    total = float(lengths.sum())
    ways = np.degrees(np.arctan2(legs[:, 0], legs[:, 1]))
    first = yaw + _turn(ways[0] - yaw) if total > 0.3 else yaw
    before = _turning_time(first - yaw)
    seconds = total / speed + 0.5
    count = int(np.ceil((before + seconds) * RATE)) + 1
    times = np.arange(count) / RATE
    done = np.array([_travelled((t - before) / seconds, 0.25 / seconds) for t in times]) * total
    marks = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.stack([np.interp(done, marks, points[:, i]) for i in (0, 1)], 1)
    yaws = _unwrapped(first, ways)[np.clip(np.searchsorted(marks, done, "right") - 1, 0, len(ways) - 1)]
    if total <= 0.3:  # a small step aside is done without turning there
        yaws = np.full(count, yaw)
    turning = np.array([ease(t / max(before, 1e-6)) for t in times])
    yaws = np.where(times < before, yaw + (first - yaw) * turning, yaws)
    return _with_end(start, at, yaws, end_yaw)


def _with_end(start: float, at: Values, yaws: Values, end_yaw: float) -> Track:
    """Turn to where it shall look at the end, beginning in the last half second of the way; smooth all."""
    last = yaws[-1] + _turn(end_yaw - yaws[-1])
    seconds = max(0.3, _turning_time(last - yaws[-1]))
    early = min(len(yaws) - 1, int(0.35 * RATE))
    extra = max(0, int(seconds * RATE) - early) + int(CORNER_SECONDS * RATE)
    at = np.concatenate([at, np.repeat(at[-1:], extra, 0)])
    full = np.concatenate([yaws, np.full(extra, yaws[-1])])
    begin = len(yaws) - early
    shares = np.array([ease((i - begin) / (seconds * RATE)) for i in range(len(full))])
    full = full + (last - yaws[-1]) * shares
    width = int(CORNER_SECONDS * RATE)
    return Track(start, smoothed(at, width), smoothed(full, width))


def _turn(degrees: float) -> float:
    """The same turn the short way round, -180 to 180."""
    return (degrees + 180.0) % 360.0 - 180.0


def _turning_time(degrees: float) -> float:
    return abs(degrees) / TURN_SPEED if abs(degrees) > 50 else 0.0


def _unwrapped(first: float, ways: Values) -> Values:
    """Headings of a path's legs without jumps, the first one as given."""
    turns = [_turn(float(b - a)) for a, b in itertools.pairwise(ways)]
    return first + np.concatenate([[0.0], np.cumsum(turns)])


def _travelled(share: float, ramp: float) -> float:
    """Share of a way after a share of its time: speed rises over `ramp`, stays, and falls again."""
    s, r = min(max(share, 0.0), 1.0), min(2 * ramp, 0.5)
    full = 1.0 / (1.0 - r)
    if s < r:
        return full * s * s / (2 * r)
    if s > 1 - r:
        return 1.0 - full * (1 - s) ** 2 / (2 * r)
    return full * (s - r / 2)


def _steps(rest: bodies.Rest, track: Track, standing: Mapping[str, Foot], first: str) -> list[Step]:
    """Feet take turns; each lands where the hips will be in the middle of its stance."""
    seconds = track.end - track.start - 0.12
    count = max(2, round(seconds / STEP_SECONDS))
    if not _moves(track):
        return []
    period = seconds / count
    feet = dict(standing)
    steps = []
    for k in range(count):
        side = first if k % 2 == 0 else _other(first)
        lift = track.start + k * period
        middle = lift + period * (SWING + 2) / 2 if k < count - 2 else np.inf
        end = posing.stance(
            rest, side, track.sample(track.at, middle), float(track.sample(track.yaw, middle))
        )
        steps.append(Step(side, lift, lift + SWING * period, feet[side], end))
        feet[side] = end
    return steps


def _moves(track: Track) -> bool:
    return bool(np.ptp(track.at, axis=0).max() > 0.02 or np.ptp(track.yaw) > 4)


def _other(side: str) -> str:
    return "R" if side == "L" else "L"


def _walking(track: Track) -> Values:
    """How much the body walks: its speed against a calm walk, 0 to 1."""
    speed = np.linalg.norm(np.gradient(track.at, axis=0), axis=1) * RATE
    return smoothed(np.clip(speed / 0.9, 0.0, 1.0), int(0.2 * RATE))


def _phase(track: Track) -> Values:
    """Which step it is in, so that it is whole numbers at lifts and even for the left foot."""
    if len(track.steps) < 2:
        return np.zeros(len(track.yaw))
    offset = 0 if track.steps[0].side == "L" else 1
    lifts = np.array([step.lift for step in track.steps])
    period = lifts[1] - lifts[0]
    times = track.start + np.arange(len(track.yaw)) / RATE
    return np.asarray((times - lifts[0]) / period + offset)


def _drop(rest: bodies.Rest, track: Track, feet: Mapping[str, Foot]) -> Values:
    """How far the hips come down so that the feet that stand are within reach of the legs."""
    index = bodies.load().index
    leg_length = length(rest, leg("L")) * 0.992
    hip = float(rest.heads[index["upperleg01.L"]][1])
    ankle = float(rest.heads[index["foot.L"]][1])
    drops = np.zeros(len(track.yaw))
    for i in range(len(drops)):
        time = track.start + i / RATE
        for side in SIDES:
            foot = foot_at(track.steps, side, time, feet[side])
            away = _hip_to_ankle(rest, track, side, i, foot)
            lifted = 0.13 * np.sin(np.radians(max(0.0, away[1])))
            top = np.sqrt(max(0.01, leg_length**2 - away[0] ** 2)) + ankle + lifted
            drops[i] = max(drops[i], (hip - 0.008 - top) * away[2])
    return np.clip(smoothed(drops, int(0.14 * RATE)), 0.0, 0.12) + 0.006 * (drops > 0)


def _hip_to_ankle(
    rest: bodies.Rest, track: Track, side: str, i: int, foot: Foot
) -> tuple[float, float, float]:
    """(metres over the floor from hip to ankle, the foot's pitch, 1 if it stands else 0)."""
    ankle = foot.ball - heading(foot.yaw) @ np.array([0.0, 0.0, posing.ball_ahead(rest)])
    hip = heading(float(track.yaw[i])) @ np.array([SIGN[side] * posing.foot_spread(rest), 0.0, 0.0])
    away = ankle[[0, 2]] - track.at[i] - hip[[0, 2]]
    return float(np.linalg.norm(away)), foot.pitch, float(foot.ball[1] < 0.01)


def _swinging(step: Step, share: float) -> Foot:
    """The foot in the air: off the toes, through, and down on the heel."""
    s = ease(0.12 + 0.88 * share) if share > 0 else 0.0
    s = (s - ease(0.12)) / (1 - ease(0.12))
    ball = step.start.ball + (step.end.ball - step.start.ball) * s
    rise = np.sin(np.pi * min(1.0, share)) ** 1.3 * (CLEARANCE * 0.6 + CLEARANCE * 0.6 * step.size)
    toe_off, strike = TOE_OFF * step.size, HEEL_STRIKE * step.size
    up = (toe_off + 16.0 * step.size * np.sin(np.pi * min(1.0, share / 0.5))) * (1 - ease(share / 0.72))
    down = strike * ease((share - 0.55) / 0.4)
    turn = _turn(step.end.yaw - step.start.yaw)
    return Foot(ball + np.array([0.0, rise, 0.0]), step.start.yaw + turn * ease(share), float(up + down))


def _roll(before: list[Step], after: list[Step], time: float) -> float:
    """The pitch of a foot that stands: down from the heel after it landed, up on the ball before it lifts."""
    pitch = 0.0
    if before:
        landed = (time - before[-1].land) / FLAT_AFTER
        pitch = HEEL_STRIKE * before[-1].size * (1 - ease(landed))
    if after:
        rolling = (after[0].land - after[0].lift) * 0.75
        pitch += TOE_OFF * after[0].size * ease(1 - (after[0].lift - time) / rolling) ** 1.4
    return pitch
