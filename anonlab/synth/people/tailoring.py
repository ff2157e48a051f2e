"""What is drawn on garments: seams, buttons, zips, pockets, buckles and reflective stripes."""

from __future__ import annotations

from anonlab.synth.people.clothes import WAIST, Colour, Legwear, Top
from anonlab.synth.people.looks import BAND, DOTS, FADE, FILL, SEAM, Decal


def top_decals(top: Top, colour: Colour, trim: Colour) -> list[Decal]:
    """Seams, buttons, plackets, pockets and cuffs of a top."""
    light = tuple(min(1.0, 1.6 * c + 0.05) for c in colour)
    out = [Decal(BAND, (0, 9, top.sleeve - 0.10, top.sleeve - 0.085), strength=-0.3, side=0, axis=1)]
    if top.front in {"buttons", "placket"}:
        bottom = top.hem if top.front == "buttons" else 1.20
        out.append(Decal(SEAM, (-0.016, 0.016, bottom, 1.40), strength=-0.35, mirrored=False, width=0.0022))
        step = 0.085 if top.front == "buttons" else 0.05
        button = (light[0], light[1], light[2])
        out.append(
            Decal(
                DOTS, (0, 0, bottom, 1.33), button, 0.9, mirrored=False, width=0.0055, step=step, specular=0.2
            )
        )
    if top.front == "zip":
        out.append(
            Decal(
                FILL, (-0.0035, 0.0035, top.hem, 1.40), (0.05, 0.05, 0.05), 0.9, mirrored=False, specular=0.25
            )
        )
        out.append(Decal(SEAM, (-0.02, 0.02, top.hem, 1.42), strength=-0.3, mirrored=False))
        out.append(Decal(FILL, (0, 0.4, 1.295, 1.5), trim, 0.9, side=0))
        out.append(Decal(BAND, (0, 9, 1.80, 1.84), trim, 0.9, side=0, axis=1))
    return out + _pockets(top)


def _pockets(top: Top) -> list[Decal]:
    chest = (0.052, 0.122, 1.165, 1.255)
    if top.pockets == "chest":
        return [Decal(SEAM, chest, strength=-0.35, mirrored=False, width=0.002)]
    if top.pockets == "chest2":
        flap = (0.050, 0.124, 1.232, 1.262)
        return [
            Decal(SEAM, chest, strength=-0.35, width=0.002),
            Decal(FILL, flap, strength=-0.15),
            Decal(SEAM, flap, strength=-0.4, width=0.0022),
        ]
    if top.pockets == "pouch":
        return [Decal(SEAM, (-0.12, 0.12, 0.93, 1.06), strength=-0.35, mirrored=False, width=0.003)]
    return []


def legs_decals(wear: Legwear) -> list[Decal]:
    """Fly, seams, pockets, knees."""
    dark = -0.35
    out = [Decal(SEAM, (-0.03, 0.012, 0.86, 1.2), strength=dark, mirrored=False, width=0.002)]
    if wear.pockets == "jeans":
        out.append(Decal(SEAM, (0.05, 0.125, 0.86, 0.955), strength=dark, side=-1))
        out.append(Decal(SEAM, (0.085, 0.3, 0.925, 0.99), strength=dark))
        out.append(Decal(BAND, (0, 9, 0.958, 0.962), strength=dark, side=0))
    elif wear.pockets == "crease":
        out.append(Decal(BAND, (0, 9, 0.958, 0.961), strength=-0.25, side=0))
    else:
        out.append(Decal(SEAM, (0.10, 0.3, 0.90, 0.985), strength=dark))
        out.append(Decal(SEAM, (0.05, 0.125, 0.88, 0.955), strength=dark, side=-1))
    if wear.pockets == "cargo":
        flap = (0.165, 0.4, 0.695, 0.725)
        out.append(Decal(SEAM, (0.165, 0.4, 0.58, 0.72), strength=dark, side=0, width=0.003))
        out.append(Decal(FILL, flap, strength=-0.2, side=0))
    if wear.knee_pads:
        out.append(Decal(FADE, (0.09, 0.23, 0.38, 0.54), strength=-0.45, width=0.004))
    if wear.bib:
        out.append(Decal(SEAM, (-0.06, 0.06, 1.12, 1.21), strength=dark, mirrored=False, width=0.0025))
        out.append(Decal(FILL, (0.072, 0.088, 1.205, 1.225), (0.5, 0.5, 0.48), specular=0.5))
        out.append(Decal(BAND, (0, 9, 1.005, 1.035), strength=-0.2, side=0))
    return out


def belt_decals() -> list[Decal]:
    """A metal buckle."""
    buckle = (-0.022, 0.022, WAIST - 0.034, WAIST + 0.002)
    return [Decal(SEAM, buckle, (0.55, 0.53, 0.48), mirrored=False, width=0.006, specular=0.6)]


def vest_decals() -> list[Decal]:
    """Reflective stripes: two round the waist, two over the shoulders; a zip and a dark edge."""
    shiny: Colour = (0.72, 0.73, 0.72)
    return [
        Decal(FILL, (0.085, 0.130, 1.12, 2.0), shiny, side=0, specular=0.35),
        Decal(BAND, (0, 9, 0.930, 0.978), shiny, side=0, specular=0.35),
        Decal(BAND, (0, 9, 1.075, 1.123), shiny, side=0, specular=0.35),
        Decal(FILL, (-0.003, 0.003, 0.8, 1.4), (0.03, 0.03, 0.03), mirrored=False, specular=0.2),
    ]
