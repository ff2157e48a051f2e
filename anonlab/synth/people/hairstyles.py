"""The hair styles, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from anonlab.synth.people.strands import Growth


@dataclass(frozen=True)
class Style:
    """A hair style: how strands grow, how thick the coat below them is (metres), and what hangs from it."""

    growth: Growth
    coat: float = 0.004
    tail: float = 0.0  # metres of ponytail
    bun: float = 0.0  # radius of a bun


STYLES: dict[str, Style] = {
    "buzz": Style(
        Growth(0.010, 0.006, 0.006, 0.55, 0.0, volume=0.004, clump=0.1, width=0.0028, count=3600, hold=0.3),
        0.0022,
    ),
    "crop": Style(
        Growth(0.034, 0.014, 0.014, 0.42, 0.05, volume=0.010, clump=0.55, width=0.0036, hold=0.2), 0.005
    ),
    "quiff": Style(
        Growth(0.058, 0.013, 0.013, 0.38, 0.0, "back", 0.017, clump=0.65, width=0.004, hold=0.25), 0.006
    ),
    "side": Style(
        Growth(0.065, 0.028, 0.022, 0.30, 0.12, "side", 0.013, clump=0.5, width=0.0042, hold=0.4), 0.006
    ),
    "fringe": Style(
        Growth(0.058, 0.034, 0.03, 0.22, 0.10, "fringe", 0.012, clump=0.5, width=0.0042, hold=0.5), 0.006
    ),
    "slick": Style(
        Growth(0.075, 0.035, 0.035, 0.12, 0.0, "back", 0.009, clump=0.5, width=0.004, hold=0.85), 0.005
    ),
    "curly": Style(
        Growth(
            0.050,
            0.036,
            0.036,
            0.60,
            0.12,
            "whorl",
            0.020,
            0.0065,
            55,
            0.35,
            0.0042,
            2400,
            segments=7,
            hold=0.3,
        ),
        0.012,
    ),
    "afro": Style(
        Growth(
            0.058,
            0.046,
            0.048,
            0.75,
            0.0,
            "radial",
            0.026,
            0.0068,
            62,
            0.15,
            0.0046,
            3000,
            taper=12,
            segments=7,
            hold=0.0,
        ),
        0.024,
    ),
    "receding": Style(
        Growth(
            0.026,
            0.014,
            0.014,
            0.35,
            0.05,
            "back",
            0.007,
            clump=0.4,
            width=0.0032,
            recede=14,
            count=2200,
            hold=0.8,
        ),
        0.003,
    ),
    "bald": Style(
        Growth(
            0.010,
            0.010,
            0.010,
            0.3,
            0.05,
            "whorl",
            0.004,
            clump=0.2,
            width=0.003,
            recede=20,
            thin=True,
            count=1900,
        ),
        0.0016,
    ),
    "bob": Style(
        Growth(
            0.20,
            0.13,
            0.12,
            0.22,
            0.55,
            "side",
            0.016,
            0,
            0,
            0.5,
            0.0062,
            1900,
            1.455,
            taper=0,
            segments=9,
            hold=0.6,
        ),
        0.010,
    ),
    "long": Style(
        Growth(
            0.36,
            0.30,
            0.28,
            0.18,
            0.60,
            "middle",
            0.015,
            0.002,
            9,
            0.55,
            0.0068,
            1700,
            1.315,
            taper=0,
            segments=13,
            hold=0.6,
        ),
        0.009,
    ),
    "wavy": Style(
        Growth(
            0.30,
            0.24,
            0.22,
            0.25,
            0.50,
            "side",
            0.018,
            0.0075,
            11,
            0.45,
            0.0068,
            1700,
            1.36,
            taper=0,
            segments=13,
            hold=0.5,
        ),
        0.011,
    ),
    "ponytail": Style(
        Growth(
            0.19,
            0.16,
            0.12,
            0.06,
            0.0,
            "gather",
            0.007,
            0,
            0,
            0.4,
            0.005,
            1700,
            taper=0,
            segments=9,
            hold=0.97,
        ),
        0.005,
        tail=0.24,
    ),
    "bun": Style(
        Growth(
            0.19,
            0.16,
            0.12,
            0.06,
            0.0,
            "gather",
            0.008,
            0,
            0,
            0.4,
            0.005,
            1700,
            1.51,
            taper=0,
            segments=9,
            hold=0.97,
        ),
        0.006,
        bun=0.031,
    ),
}
