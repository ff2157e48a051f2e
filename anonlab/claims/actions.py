"""The claims about actions, on clips; over thresholds they are tested at 0.0, 0.1 ... 0.9."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from anonlab.claims.evidence import Estimate, Evidence, Finding, Uncheckable
from anonlab.claims.words import CLOSE, FAR_ABOVE, NEAR, frames, percent, points
from anonlab.metrics import measures
from anonlab.metrics.measures import Array, Counts, Metric, Ratio, ratio

TENTHS: Final = slice(0, None, 10)
CARRY: Final = "carry/hold (an object)"
CONTRADICTION: Final = (
    "The paper contradicts itself here: it also has DeepPrivacy2 fall to 75 % at 0.9, below blur's 87 %."
)

PTA_OF_BLUR: Final = 0.87
PTA_BETWEEN: Final = 0.88
ACC_ON_AVERAGE: Final = 0.6


def carry_hold(run: Evidence) -> Finding:
    """act-2: how far each method's number of frames with "carry/hold" is from the original's."""
    run.recognised()
    original = _frames_with(run, "original", CARRY)
    if not original.any():
        raise Uncheckable(f"{CARRY!r} is recognised on no original")
    off = [_frames_with(run, run.kind(role), CARRY) - original for role in ("generative", "blur")]
    sums = [np.abs(run.weights("video") @ each) for each in off]
    ours, blur = (float(abs(each.sum())) for each in off)
    found = run.statistic(sums[0] - sums[1], ours - blur)
    holds = found.value < 0
    sure = found.high < 0 if holds else found.low > 0
    why = f"of {original.sum():,.0f} frames generative is {ours:,.0f} off, blur {blur:,.0f}; difference {frames(found)}"
    return Finding("distance from the original, generative - blur", "frames", found, holds, sure, why)


def blur_stays_high(run: Evidence) -> Finding:
    """act-3a: the lowest PTA of blur over the thresholds."""
    found, at = _lowest(run, "blur")
    curve = _at_tenths(measures.pta, run.actions("blur"))
    everywhere = [run.share(_column(curve, place), "video") for place in _places(_curve(curve))]
    holds = found.value > PTA_OF_BLUR
    sure = _all_above(everywhere, PTA_OF_BLUR) if holds else _any_below(everywhere, PTA_OF_BLUR)
    why = f"lowest at {at:.1f}: {percent(found)}. {CONTRADICTION}"
    return Finding("lowest PTA of blur", "share", found, holds, sure, why)


def blur_below_generative(run: Evidence) -> Finding:
    """act-3b: the difference of the two PTAs where it speaks most against the claim."""
    ours, blur = (_at_tenths(measures.pta, run.actions(role)) for role in ("generative", "blur"))
    gap = _curve(blur) - _curve(ours)
    if np.isnan(gap).all():
        raise Uncheckable("no original frame has an action")
    known = _places(gap)
    gaps = {at: run.difference(_column(ours, at), _column(blur, at), "video") for at in known}
    worst = int(np.nanargmax(gap))
    found = _negative(gaps[worst])
    n_below, n = int((gap < 0).sum()), len(known)
    holds = found.value < 0
    sure = _all_above(gaps.values(), 0) if holds else _any_below(gaps.values(), 0)
    why = f"below at {n_below} of {n} thresholds; at {worst / 10:.1f} it differs by {points(found)}. {CONTRADICTION}"
    return Finding("largest difference of PTA, blur - generative", "share", found, holds, sure, why)


def generative_over_thresholds(run: Evidence) -> Finding:
    """act-4: PTA at 0.0 and 0.1, between 0.4 and 0.8, and where it is lowest."""
    found, at = _lowest(run, "generative")
    curve = _curve(_at_tenths(measures.pta, run.actions("generative")))
    if np.isnan(curve).any():
        raise Uncheckable(
            f"no original frame has an action above {np.flatnonzero(np.isnan(curve))[0] / 10:.1f}"
        )
    low, middle = float(curve[:2].min()), float(curve[4:9].mean())
    parts = (low >= NEAR, abs(middle - PTA_BETWEEN) <= CLOSE, at == 0.9)
    why = (
        f"{low:.0%} at low thresholds ({_yes(parts[0])}), {middle:.0%} between 0.4 and 0.8 ({_yes(parts[1])}), "
        f"lowest at {at:.1f} with {percent(found)} ({_yes(parts[2])})"
    )
    return Finding("lowest PTA of the generative method", "share", found, all(parts), False, why)


def acc_is_close(run: Evidence) -> Finding:
    """act-5: ACC averaged over the thresholds, which is a ratio of sums, as all thresholds have the same frames."""
    counts = {role: run.actions(role) for role in ("generative", "blur", "pixelate")}
    means = {role: _sum_over(_at_tenths(measures.acc, each)) for role, each in counts.items()}
    ours, blur, pixelate = (run.share(each, "video") for each in means.values())
    if np.isnan(ours.value):
        raise Uncheckable("no frame of the clips can be predicted")
    found = run.difference(means["blur"], means["generative"], "video")
    gaps = [run.difference(means[role], means["pixelate"], "video") for role in ("generative", "blur")]
    about = [_shifted(each, -ACC_ON_AVERAGE) for each in (ours, blur)]
    close = [_within(each, CLOSE) for each in (found, *about)] + [_above(each, FAR_ABOVE) for each in gaps]
    parts = (close[0][0], close[1][0] and close[2][0], close[3][0] and close[4][0])
    why = (
        f"generative {percent(ours)}, blur {percent(blur)}, pixelation {percent(pixelate)}: close ({_yes(parts[0])}), "
        f"about 60 % ({_yes(parts[1])}), far above pixelation ({_yes(parts[2])})"
    )
    holds = all(parts)
    sure = all(each[1] for each in close) if holds else any(each[1] for each in close if not each[0])
    return Finding("mean ACC, blur - generative", "share", found, holds, sure, why)


def acc_rises(run: Evidence) -> Finding:
    """act-6: ACC at 0.9 minus ACC at 0.0, and from each tenth to the next; and how many equal frames are empty."""
    roles = run.present()
    if "pixelate" not in roles:
        run.kind("pixelate")
    curves = {role: _at_tenths(measures.acc, run.actions(role)) for role in roles}
    rises = {role: _rise(run, each, 0, 9) for role, each in curves.items()}
    if any(np.isnan(each.value) for each in rises.values()):
        raise Uncheckable("no frame of the clips can be predicted")
    steps = {(role, at): _rise(run, curves[role], at, at + 1) for role in roles for at in range(9)}
    role, at = min(steps, key=lambda place: steps[place].value)
    smallest, step = min(rises.values(), key=lambda each: each.value), steps[role, at]
    parts = [f"{run.kind(name)} {points(each)}" for name, each in rises.items()]
    empty = min(_empty_among_equal(run.actions(name)) for name in roles)
    why = (
        f"from 0.0 to 0.9: {', '.join(parts)}; smallest step from {at / 10:.1f} to {(at + 1) / 10:.1f} with "
        f"{run.kind(role)}, {points(step)}; of the equal frames at 0.9, {empty:.0%} or more are empty on both"
    )
    holds = smallest.value > 0 and step.value >= 0
    if holds:
        sure = _all_above(rises.values(), 0) and all(each.low >= 0 for each in steps.values())
    else:
        sure = _any_below([*rises.values(), *steps.values()], 0)
    if smallest.value > 0 > step.value:
        return Finding("smallest step of ACC from a tenth to the next", "share", step, holds, sure, why)
    return Finding("smallest rise of ACC from 0.0 to 0.9", "share", smallest, holds, sure, why)


def _rise(run: Evidence, curve: Ratio, start: int, end: int) -> Estimate:
    """How much a ratio rises between two tenths of the threshold."""
    return run.difference(_column(curve, end), _column(curve, start), "video")


def _frames_with(run: Evidence, kind: str, action: str) -> Array:
    """Frames of each clip, (n_clips,), in which `action` is above the chosen threshold."""
    rows = run.distribution
    near = (rows["threshold"] - run.settings.action_threshold).abs() < 1e-6
    rows = rows[(rows["kind"] == kind) & (rows["action"] == action) & near]
    counts = rows.groupby("item")["n_frames"].sum()
    return counts.reindex(run.items("video")["item"], fill_value=0).to_numpy(np.float64)


def _lowest(run: Evidence, role: str) -> tuple[Estimate, float]:
    """The lowest PTA of a method over the thresholds, and the highest threshold that has it."""
    counts = _at_tenths(measures.pta, run.actions(role))
    curve = _curve(counts)
    if np.isnan(curve).all():
        raise Uncheckable("no original frame has an action")
    at = int(np.flatnonzero(curve == np.nanmin(curve))[-1])
    return run.share(_column(counts, at), "video"), at / 10


def _at_tenths(metric: Metric, counts: Counts) -> Ratio:
    """Numerators and denominators (n_clips, 10) at 0.0, 0.1 ... 0.9."""
    numerator, denominator = metric(counts)
    return numerator[:, TENTHS], denominator[:, TENTHS]


def _curve(found: Ratio) -> Array:
    return ratio(found[0].sum(axis=0), found[1].sum(axis=0))


def _column(found: Ratio, place: int) -> Ratio:
    return found[0][:, place], found[1][:, place]


def _places(curve: Array) -> list[int]:
    """The tenths at which a curve is defined."""
    return [int(place) for place in np.flatnonzero(np.isfinite(curve))]


def _sum_over(found: Ratio) -> Ratio:
    return found[0].sum(axis=1), found[1].sum(axis=1)


def _empty_among_equal(counts: Counts) -> float:
    """Share of the frames with equal sets at 0.9 in which nothing is recognised on either side."""
    sums = {name: array[:, 90].sum() for name, array in counts.items()}
    empty = sums["n_frames"] - sums["n_original"] - sums["n_anonymized"] + sums["n_both"]
    return float(ratio(empty, sums["n_equal"]))


def _shifted(found: Estimate, by: float) -> Estimate:
    return Estimate(found.value + by, found.low + by, found.high + by, found.n)


def _within(found: Estimate, limit: float) -> tuple[bool, bool]:
    """Whether a number is at most `limit` away from 0, and whether all of its interval says the same."""
    if abs(found.value) <= limit:
        return True, max(abs(found.low), abs(found.high)) <= limit
    return False, found.low > limit or found.high < -limit


def _above(found: Estimate, limit: float) -> tuple[bool, bool]:
    """Whether a number is at least `limit`, and whether all of its interval says the same."""
    if found.value >= limit:
        return True, found.low >= limit
    return False, found.high < limit


def _all_above(found: Iterable[Estimate], limit: float) -> bool:
    """Whether every interval lies above `limit`; one that is not known does not."""
    return all(each.low > limit for each in found)


def _any_below(found: Iterable[Estimate], limit: float) -> bool:
    """Whether some interval lies below `limit`."""
    return any(each.high < limit for each in found)


def _negative(found: Estimate) -> Estimate:
    return Estimate(-found.value, -found.high, -found.low, found.n)


def _yes(held: bool) -> str:
    return "yes" if held else "no"
