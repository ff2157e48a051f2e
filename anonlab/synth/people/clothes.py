"""Garments made from the body's own tights: tops, trousers and vests with hems, seams, pockets and buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonlab.synth.body import Rest
from anonlab.synth.noise import noise
from anonlab.synth.people import parts
from anonlab.synth.people.fitting import Cut, fitted
from anonlab.synth.people.parts import Part, smoothstep

Array = NDArray[Any]
Colour = tuple[float, float, float]

WAIST = 0.995  # metres on the base body, where trousers are worn
OVER_SHIRT = 0.009  # metres by which trousers are wider with a shirt in them
ANKLE_HEM = 0.055
CUFF = 1.96


@dataclass(frozen=True)
class Top:
    """A garment of the trunk.

    Attributes:
        cut: see `fitting.Cut`; sleeve: where it ends along the arm (1 elbow, 2 wrist); hem: metres on the base body.
        neck: "crew", "vee" or "deep"; collar: "rib", "shirt", "polo", "stand", "hood" or "".
        front: "" or how it closes: "buttons", "placket", "zip"; pockets: "", "chest", "chest2", "pouch", "side".
    """

    cut: Cut
    sleeve: float = CUFF
    hem: float = 0.86
    neck: str = "crew"
    collar: str = "rib"
    front: str = ""
    pockets: str = ""
    ribbed: bool = False
    specular: float = 0.02
    grain: float = 0.05


SHORT = 0.62
TOPS: dict[str, Top] = {
    "tshirt": Top(Cut(0.008, 0.55, (0.064, 0.070, 0.060), folds=0.006, extra=0.005), SHORT, 0.865),
    "polo": Top(
        Cut(0.008, 0.6, (0.064, 0.068, 0.06), folds=0.00525, extra=0.005),
        *(0.60, 0.86, "vee", "polo", "placket"),
    ),
    "shirt": Top(
        Cut(0.007, 0.65, (0.060, 0.056, 0.043), folds=0.0075, extra=0.004),
        *(CUFF, 0.85, "vee", "shirt", "buttons", "chest"),
    ),
    "rolled": Top(
        Cut(0.007, 0.65, (0.060, 0.058, 0.056), folds=0.0075, extra=0.004),
        *(1.18, 0.85, "vee", "shirt", "buttons", "chest"),
    ),
    "blouse": Top(
        Cut(0.008, 0.5, (0.060, 0.060, 0.050), folds=0.0075, extra=0.005),
        *(1.72, 0.84, "deep", "rib", "", ""),
        specular=0.05,
    ),
    "sweater": Top(
        Cut(0.011, 0.6, (0.066, 0.060, 0.046), folds=0.0075, extra=0.007),
        *(1.98, 0.87, "crew", "rib", "", ""),
        ribbed=True,
        grain=0.10,
    ),
    "hoodie": Top(
        Cut(0.014, 0.65, (0.070, 0.066, 0.050), folds=0.009, extra=0.009),
        *(1.99, 0.855, "crew", "hood", "", "pouch"),
        ribbed=True,
        grain=0.07,
    ),
    "jacket": Top(
        Cut(0.014, 0.8, (0.072, 0.068, 0.052), folds=0.009, extra=0.012),
        *(2.0, 0.84, "vee", "stand", "zip", "chest2"),
        grain=0.06,
    ),
    "workshirt": Top(
        Cut(0.009, 0.7, (0.064, 0.060, 0.046), folds=0.0075, extra=0.006),
        *(CUFF, 0.85, "vee", "shirt", "buttons", "chest2"),
    ),
}


@dataclass(frozen=True)
class Legwear:
    """Trousers: their cut, colour effects and pockets ("jeans", "chinos", "cargo"); bib: overalls with braces."""

    cut: Cut
    pockets: str = "chinos"
    faded: float = 0.0
    bib: bool = False
    knee_pads: bool = False


LEGWEAR: dict[str, Legwear] = {
    "jeans": Legwear(Cut(0.006, 0.0, (0, 0, 0), (0.080, 0.066, 0.062), 0.005), "jeans", faded=0.25),
    "slim": Legwear(Cut(0.005, 0.0, (0, 0, 0), (0.070, 0.058, 0.052), 0.004), "jeans", faded=0.12),
    "chinos": Legwear(Cut(0.006, 0.0, (0, 0, 0), (0.084, 0.068, 0.062), 0.004), "chinos"),
    "suit": Legwear(Cut(0.007, 0.1, (0, 0, 0), (0.088, 0.074, 0.070), 0.003), "crease"),
    "work": Legwear(Cut(0.008, 0.1, (0, 0, 0), (0.092, 0.080, 0.074), 0.006), "cargo", knee_pads=True),
    "overalls": Legwear(Cut(0.016, 0.2, (0, 0, 0), (0.092, 0.080, 0.074), 0.006), "cargo", bib=True),
}


def neck_distance(canonical: Array) -> Array:
    """How far down and out from the foot of the neck points of the base body are (V,), metres; 0 on the neck."""
    x, y, z = np.asarray(canonical, float).T
    angle = np.degrees(np.arctan2(np.abs(x), z - 0.015))
    out = np.hypot(x, z - 0.015) - np.interp(angle, (0, 90, 180), (0.081, 0.068, 0.045))
    foot = 1.352 + 0.52 * np.clip(0.085 - z, -0.05, 0.14)
    off = np.hypot(np.maximum(out, 0), np.maximum(foot - y, 0))
    chin = np.interp(z, (0.02, 0.06), (1.455, 1.42))
    return off * np.clip((chin - y) / 0.02, 0, 1)


def neckline(canonical: Array, kind: str) -> Array:
    """Above 0 where cloth with this neckline is (V,), metres."""
    depth, width = {"crew": (0, 1), "vee": (0.055, 0.034), "deep": (0.085, 0.070), "foot": (0.0, 1.0)}[kind]
    if kind == "crew":
        return 0.5 * (_below_neck(canonical) + neck_distance(canonical) - 0.006)
    front = smoothstep(0.02, 0.05, canonical[:, 2]) * np.clip(1 - np.abs(canonical[:, 0]) / width, 0, 1)
    return neck_distance(canonical) - 0.006 - depth * front


def _below_neck(canonical: Array) -> Array:
    """How far points (V,) are below a round neckline, metres; the shoulders always are."""
    x, y, z = np.asarray(canonical, float).T
    slant = 1.344 + 0.52 * np.clip(0.088 - z, -0.05, 0.14)
    round_front = 7.0 * x**2 * smoothstep(0.03, 0.06, z)
    return slant + round_front + 0.25 * smoothstep(0.078, 0.105, np.abs(x)) - y


def sleeve_clip(tights: parts.Refined, sleeve: float, hem: float) -> Array:
    """Above 0 where a top with these sleeves and this hem is (V,), metres."""
    wave = 0.004 * noise(tights.canonical, (30, 1, 30), 1)
    on_arm = 0.23 * (sleeve - tights.along) + 0.3 * wave
    on_trunk = tights.canonical[:, 1] - hem + wave
    return np.where(tights.arm > 0.5, on_arm, on_trunk)


def top_part(rest: Rest, top: Top, colour: Colour, seed: float, tucked: bool, surface: int) -> Part:
    """A top; tucked in, it ends below the belt and lies close."""
    tights = parts.refined("helper-tights")
    vertices = top_vertices(rest, top, seed, tucked)
    hem = WAIST - 0.03 if tucked else top.hem
    clip = np.minimum(sleeve_clip(tights, top.sleeve, hem), neckline(tights.canonical, top.neck))
    shade = 1 - 0.25 * _ribs(tights, top) if top.ribbed else np.ones(len(vertices))
    extra = np.stack([tights.along * (tights.arm > 0.5), tights.arm, np.zeros(len(vertices))], axis=1)
    piece = parts.part(
        vertices,
        tights.triangles,
        tights.weights,
        surface,
        np.asarray(colour) * shade[:, None],
        tights.canonical,
        extra,
        clip,
    )
    return parts.visible(piece)


def top_vertices(rest: Rest, top: Top, seed: float, tucked: bool) -> Array:
    """The refined tights (V, 3) as the cloth of a top."""
    return fitted(rest, replace(top.cut, extra=0.0, drape=0.0) if tucked else top.cut, seed)


def _ribs(tights: parts.Refined, top: Top) -> Array:
    """Where the knitted bands at hem and cuffs are (V,)."""
    at_cuff = smoothstep(top.sleeve - 0.25, top.sleeve - 0.18, tights.along) * (tights.arm > 0.5)
    return np.maximum(
        at_cuff, smoothstep(top.hem + 0.06, top.hem + 0.045, tights.canonical[:, 1]) * (tights.arm < 0.5)
    )


def legs_part(rest: Rest, wear: Legwear, colour: Colour, seed: float, outside: bool, surface: int) -> Part:
    """Trousers, with a bib if they are overalls; `outside`: a shirt is tucked into them."""
    tights = parts.refined("helper-tights")
    y = tights.canonical[:, 1]
    cut = replace(wear.cut, extra=OVER_SHIRT) if (outside or wear.bib) else wear.cut
    vertices = fitted(rest, cut, seed + 5)
    upper = bib(tights.canonical) if wear.bib else WAIST - y
    on_legs = np.where(tights.arm > 0.5, -1.0, np.minimum(upper, y - ANKLE_HEM))
    place = tights.canonical
    worn = np.exp(-(((y - 0.62) / 0.14) ** 2) - ((np.abs(place[:, 0]) - 0.14) / 0.045) ** 2) * (
        place[:, 2] > 0.03
    )
    shade = 1 + wear.faded * (2.2 * worn + 0.6 * noise(place, 12, 2))
    extra = np.stack([tights.along * 0, tights.arm, worn], axis=1)
    tinted = np.asarray(colour) * shade[:, None] + 0.03 * wear.faded * worn[:, None]
    piece = parts.part(vertices, tights.triangles, tights.weights, surface, tinted, place, extra, on_legs)
    return parts.visible(piece)


def bib(canonical: Array) -> Array:
    """Above 0 where overalls are (V,), metres: a bib in front, low behind, braces over the shoulders."""
    x, y, z = np.abs(canonical[:, 0]), canonical[:, 1], canonical[:, 2]
    front = np.minimum(0.105 - x, 1.235 - y) - 0.5 * smoothstep(0.03, 0.0, z)
    waist = 1.02 + 0.10 * smoothstep(0.13, 0.02, x) * smoothstep(0.02, 0.0, z) - y
    brace = np.where(y > 1.0, 0.018 - np.abs(x - 0.080), -1.0)
    return np.maximum(np.maximum(front, waist), brace)


def belt_part(rest: Rest, wear: Legwear, colour: Colour, seed: float, surface: int) -> Part:
    """A belt just above the cloth of trousers with a shirt in them."""
    tights = parts.refined("helper-tights")
    y = tights.canonical[:, 1]
    cut = replace(wear.cut, extra=OVER_SHIRT, gap=wear.cut.gap + 0.003)
    vertices = fitted(rest, cut, seed + 5)
    clip = np.where(tights.arm > 0.5, -1.0, np.minimum(y - (WAIST - 0.034), WAIST + 0.003 - y))
    weights = tights.weights
    piece = parts.part(vertices, tights.triangles, weights, surface, colour, tights.canonical, clip=clip)
    return parts.visible(piece)


def vest_part(rest: Rest, below: Top, colour: Colour, seed: float, surface: int) -> Part:
    """A wide sleeveless safety vest over a top."""
    tights = parts.refined("helper-tights")
    place = tights.canonical
    over = below.cut
    cut = Cut(
        over.gap + 0.008, max(over.drape, 0.85), (0, 0, 0), (0, 0, 0), 0.5 * over.folds, over.extra + 0.010
    )
    vertices = fitted(rest, cut, seed)
    x = np.abs(place[:, 0])
    armhole = 0.178 - 0.02 * smoothstep(1.20, 1.34, place[:, 1]) - x
    clip = np.minimum(np.where(tights.arm > 0.6, -1.0, armhole), place[:, 1] - 0.87)
    clip = np.minimum(clip, neckline(place, "deep") - 0.012)
    extra = np.zeros((len(x), 3))
    piece = parts.part(vertices, tights.triangles, tights.weights, surface, colour, place, extra, clip)
    return parts.visible(piece)
