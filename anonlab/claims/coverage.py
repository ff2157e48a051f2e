"""The claims about persons that are found and covered."""

from __future__ import annotations

from anonlab.claims.evidence import Estimate, Evidence, Finding, Uncheckable, beyond, defined, shared
from anonlab.claims.words import ALMOST_NOBODY, CHANGES, EVERY, times
from anonlab.metrics import measures


def nobody_on_pixelated_frames(run: Evidence) -> Finding:
    """act-1: the original's persons that the pose stage's detector finds again on pixelated clips."""
    counts = run.persons("pixelate", "video")
    found = run.share(measures.persons_found(counts), "video")
    defined(found, "nobody was found on the original clips")
    n_found, n = counts["n_matched"].sum(), counts["n_original"].sum()
    why = f"{n_found:,.0f} of {n:,.0f} persons are found again, {counts['n_anonymized'].sum() - n_found:,.0f} elsewhere"
    return shared("persons found again", found, found.value <= ALMOST_NOBODY, ALMOST_NOBODY, why)


def covered_in_every_frame(run: Evidence) -> Finding:
    """vis-1a: persons whose true mask was covered, frame by frame, where true masks are known.

    Elsewhere, frames in which somebody was covered: one where nobody was found may be empty, or may not.
    """
    kind = run.kind("generative")
    media = "video" if (run.manifest["media"] == "video").any() else "image"
    counts = run.leaks("generative", media)
    if counts["n_persons"].any():
        covered = counts["n_persons"] - counts["n_exposed"]
        found = run.share((covered, counts["n_persons"]), media)
        n, n_covered = counts["n_persons"].sum(), covered.sum()
        why = f"of {n_covered:,.0f} of {n:,.0f} persons, frame by frame, at most a tenth was left clear"
        holds, sure = found.value >= EVERY, beyond(found, EVERY)
        return Finding("persons covered, frame by frame", "share", found, holds, sure, why, media)
    if kind not in run.frames or run.frames[kind].empty:
        raise Uncheckable(f"no table of the frames of {kind!r}")
    rows = run.frames[kind].set_index("item")
    rows = rows.loc[run.items(media)["item"]]
    n_frames, n_empty = (rows[name].to_numpy(float) for name in ("n_frames", "n_empty"))
    found = run.share((n_frames - n_empty, n_frames), media)
    if n_empty.any():
        raise Uncheckable(
            f"nobody was found in {n_empty.sum():,.0f} of {n_frames.sum():,.0f} frames, and whether these are empty "
            "no table of this run tells"
        )
    why = (
        f"somebody is covered in each of {n_frames.sum():,.0f} frames, in {rows['n_held'].sum():,} by a held mask, in "
        f"{rows['n_whole'].sum() + rows['n_refused'].sum():,} with the whole frame; "
        "whether that is everybody, only true masks would tell"
    )
    return Finding(
        "frames with a covered person", "share", Estimate(found.value, n=found.n), True, False, why, media
    )


def changes_from_frame_to_frame(run: Evidence) -> Finding:
    """vis-1b: how much the pixels of people change from frame to frame, over how much they do on the original."""
    own = run.kind("generative")
    found = run.share(run.changes("generative"), "video")
    defined(found, f"nobody of {own!r} is seen in two neighbouring frames")
    others = [
        f"{run.kind(role)} {times(run.share(run.changes(role), 'video'))}"
        for role in run.present()
        if role != "generative"
    ]
    why = (
        f"people's pixels change {times(found)} as much as on the original from one frame to the next"
        + (f" ({', '.join(others)})" if others else "")
        + f". The paper says it of DeepPrivacy2, which draws a new person for every frame; here it is {own}"
    )
    return Finding(
        "change over the original's", "times", found, found.value >= CHANGES, beyond(found, CHANGES), why
    )
