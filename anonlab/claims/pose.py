"""The claims about poses, on images, at the chosen keypoint threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonlab.claims.evidence import Estimate, Evidence, Finding, Uncheckable, beyond, defined, shared
from anonlab.claims.words import FAR, FEW, NEAR, NEARLY_ALL, percent, px
from anonlab.keypoints import PARTS
from anonlab.metrics import measures, observed
from anonlab.metrics.matching import match
from anonlab.metrics.measures import Array, Ratio, ratio

MOUTH: Final = range(48, 68)
"""Of the 68 face points."""
JAW: Final = range(17)
FACE: Final = range(68)
SMALL_PX: Final = 17
"""The paper's largest EPE of the generative method in *Visionlab machine*."""


def epe_in_every_scenario(run: Evidence) -> Finding:
    """pose-1: the difference of the two mean EPEs (mean of Figure 2's markers), scenario by scenario."""
    pair = [measures.epe_item_px(run.pose(role)) for role in ("generative", "blur")]
    items = run.items("image")
    names = dict.fromkeys(items["scenario"])
    found = {n: run.difference(pair[0], pair[1], "image", (items["scenario"] == n).to_numpy()) for n in names}
    known = {name: each for name, each in found.items() if not np.isnan(each.value)}
    if not known:
        raise Uncheckable("in no scenario is a pose left after both methods")
    worst = max(known.values(), key=lambda each: each.value)
    holds = worst.value < 0
    sure = (
        all(each.high < 0 for each in known.values())
        if holds
        else any(each.low > 0 for each in known.values())
    )
    parts = [f"{run.titles.get(name, name)} {px(each)}" for name, each in known.items()]
    if left := [run.titles.get(name, name) for name in found if name not in known]:
        parts.append(f"undefined in {', '.join(left)}")
    return Finding(
        "largest difference of mean EPE, generative - blur", "px", worst, holds, sure, "; ".join(parts)
    )


def pixelation_fails(run: Evidence) -> Finding:
    """pose-2: on how many images with a pose none of its keypoints is found again."""
    counts = run.pose("pixelate")
    has = counts["n_original"] > 0
    failed = has & (counts["n_both"] == 0)
    found = run.share((failed.astype(float), has.astype(float)), "image")
    defined(found, "no image has a pose on the original")
    why = f"no keypoint is found again on {failed.sum()} of {has.sum()} images"
    return shared("images without a pose", found, found.value >= NEARLY_ALL, NEARLY_ALL, why)


def machine_scenario(run: Evidence) -> Finding:
    """pose-3: PTK and the largest EPE of each method over the images of one scenario."""
    ours, blur = run.pose("generative"), run.pose("blur")
    use = (run.items("image")["scenario"] == run.scenario("machine")).to_numpy()
    ptk = run.share(measures.ptk(ours), "image", use)
    defined(ptk, "no image of this scenario has a pose on the original")
    lowest = np.nanmin(_per_image(measures.ptk(ours), use))
    highest, highest_blur = (_largest(measures.epe_px(counts), use) for counts in (ours, blur))
    kept = bool(lowest >= NEAR and highest < SMALL_PX)
    if kept and np.isnan(highest_blur):
        raise Uncheckable("no pose is left after blur in this scenario, so its EPE is undefined")
    holds = kept and bool(highest_blur >= FAR * highest)
    largest = f"largest EPE {_px(highest)}, blur {_px(highest_blur)}"
    why = f"PTK {percent(ptk)}, at least {lowest:.0%} on every image; {largest}"
    return Finding(
        "PTK of the generative method", "share", ptk, holds, False, why
    )  # extremes have no interval


def outlier_has_few_keypoints(run: Evidence) -> Finding:
    """pose-4: of the image with the largest EPE, over the paper's methods in this run, how much is left of its pose."""
    use = (run.items("image")["scenario"] == run.scenario("industrial")).to_numpy()
    counts = {role: run.pose(role) for role in run.present()}
    epe = {role: _largest(measures.epe_px(each), use) for role, each in counts.items()}
    known = {role: value for role, value in epe.items() if not np.isnan(value)}
    if not known:
        raise Uncheckable("no pose is left after any method in this scenario")
    role = max(known, key=lambda name: known[name])
    image = int(np.nanargmax(np.where(use, ratio(*measures.epe_px(counts[role])), np.nan)))
    n_both, n_original = (int(counts[role][name][image]) for name in ("n_both", "n_original"))
    why = (
        f"EPE {known[role]:.1f} px with {run.kind(role)}, over {n_both} of the image's {n_original} keypoints"
    )
    found = Estimate(n_both / n_original, n=1)
    return Finding("keypoints left on the outlier", "share", found, found.value <= FEW, False, why)


def mouth_of_generative(run: Evidence) -> Finding:
    """pose-5a: EPE of the face against that of all other keypoints, and of the mouth against the rest of the face."""
    face = _against(run, "generative", FACE, None)
    mouth = _against(run, "generative", MOUTH, [point for point in FACE if point not in MOUTH])
    for each in (face, mouth):
        defined(each, "no face is left after the generative method")
    holds = face.value > 0 and mouth.value > 0
    sure = beyond(face, 0) and beyond(mouth, 0)
    why = f"face {px(face)} against body, feet and hands, mouth {px(mouth)} against the rest of the face"
    return Finding("EPE of the face - EPE of the rest", "px", face, holds, sure, why)


def jaw_of_blur(run: Evidence) -> Finding:
    """pose-5b: the same for blur, and whether the jawline moves upward."""
    face, jaw = (_against(run, "blur", points, None) for points in (FACE, JAW))
    up = _vertical_shift(run, "blur", JAW)
    for each in (face, jaw, up):
        defined(each, "no face is left after blur")
    holds = face.value > 0 and jaw.value > 0 and up.value < 0
    sure = beyond(face, 0) and beyond(jaw, 0) and beyond(up, 0)
    why = (
        f"face {px(face)}, jawline {px(jaw)} against body, feet and hands; the jawline moves down by {px(up)}"
    )
    return Finding("EPE of the face - EPE of the rest", "px", face, holds, sure, why)


def _per_image(found: Ratio, use: NDArray[np.bool_]) -> Array:
    return np.asarray(ratio(*found)[use], np.float64)


def _largest(found: Ratio, use: NDArray[np.bool_]) -> float:
    """NaN where it is undefined on every image."""
    values = _per_image(found, use)
    return float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")


def _px(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:.1f} px"


def _against(run: Evidence, role: str, points: Sequence[int], others: Sequence[int] | None) -> Estimate:
    """EPE of these points of the face minus that of others of the face; None: of all keypoints but the face."""
    names, counts = run.keypoints(role)
    chosen = np.isin(names, [f"face-{i}" for i in points])
    rest = np.array([not name.startswith("face-") for name in names])
    if others is not None:
        rest = np.isin(names, [f"face-{i}" for i in others])
    pair = [
        (counts["sum_px"][:, some].sum(axis=1), counts["n_both"][:, some].sum(axis=1))
        for some in (chosen, rest)
    ]
    return run.difference(pair[0], pair[1], "image")


def _vertical_shift(run: Evidence, role: str, points: range) -> Estimate:
    """Mean of y on the anonymized minus y on the original image, pixels, over these points of the face.

    The counts hold distances without a direction, so this goes back to the keypoints of matched persons.
    """
    items, settings = observed.items(run.manifest), run.settings
    kinds = ("original", run.kind(role))
    a, b = (observed.people(run.poses[kind], items, kind, settings.pose_every) for kind in kinds)
    moments = [people.item * (1 << 32) + people.frame for people in (a, b)]
    i, j = match(moments[0], a.boxes_xyxy, moments[1], b.boxes_xyxy, settings.match_iou).T
    slots = [PARTS["face"].start + point for point in points]
    at = round(settings.pose_threshold * 100)
    both = np.minimum(a.level[i][:, slots], b.level[j][:, slots]) > at
    shift = np.where(both, b.keypoints[j][:, slots, 1] - a.keypoints[i][:, slots, 1], 0)
    sums = [np.bincount(a.item[i], part.sum(axis=1), len(items)) for part in (shift, both)]
    images = (items["media"] == "image").to_numpy()
    return run.share((sums[0][images], sums[1][images]), "image")
