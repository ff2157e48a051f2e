"""Who a person is: body, face, hair, clothes and safety gear, drawn independently of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from anonlab.errors import ParameterError, suggestion
from anonlab.synth.body import Shape

T = TypeVar("T")
Colour = tuple[float, float, float]

# sRGB, made linear when drawn
SKINS: dict[str, tuple[Colour, ...]] = {
    "light": ((0.86, 0.67, 0.56), (0.84, 0.64, 0.52), (0.81, 0.60, 0.47)),
    "medium": ((0.79, 0.58, 0.44), (0.73, 0.52, 0.38), (0.68, 0.47, 0.34)),
    "dark": ((0.55, 0.37, 0.27), (0.46, 0.30, 0.21), (0.38, 0.24, 0.17)),
}
HAIRS: tuple[Colour, ...] = (
    *((0.13, 0.11, 0.10), (0.22, 0.16, 0.12), (0.33, 0.23, 0.16), (0.45, 0.32, 0.21)),
    *((0.62, 0.48, 0.31), (0.74, 0.60, 0.41), (0.52, 0.27, 0.14)),
)
GRAYS: tuple[Colour, ...] = ((0.52, 0.50, 0.48), (0.70, 0.69, 0.67), (0.40, 0.37, 0.35))
IRISES: tuple[Colour, ...] = (
    *((0.32, 0.20, 0.11), (0.40, 0.28, 0.14), (0.42, 0.40, 0.22), (0.36, 0.48, 0.56), (0.40, 0.45, 0.47)),
)
OFFICE_TOPS: tuple[Colour, ...] = (
    *((0.86, 0.87, 0.88), (0.62, 0.72, 0.84), (0.28, 0.36, 0.50), (0.55, 0.22, 0.24), (0.34, 0.42, 0.36)),
    *((0.76, 0.67, 0.54), (0.42, 0.40, 0.44), (0.82, 0.66, 0.62), (0.24, 0.46, 0.52), (0.66, 0.60, 0.72)),
)
WORK_TOPS: tuple[Colour, ...] = (
    *((0.22, 0.30, 0.46), (0.42, 0.44, 0.46), (0.26, 0.38, 0.34), (0.62, 0.24, 0.20), (0.16, 0.42, 0.58)),
    *((0.60, 0.56, 0.48), (0.30, 0.30, 0.33), (0.72, 0.50, 0.22), (0.56, 0.66, 0.74)),
)
OFFICE_LEGS: tuple[Colour, ...] = (
    *((0.16, 0.18, 0.24), (0.27, 0.26, 0.27), (0.24, 0.32, 0.46), (0.56, 0.48, 0.37), (0.36, 0.37, 0.30)),
)
WORK_LEGS: tuple[Colour, ...] = (
    *((0.17, 0.21, 0.32), (0.28, 0.29, 0.31), (0.24, 0.32, 0.45), (0.40, 0.37, 0.30), (0.20, 0.26, 0.24)),
)
LEATHERS: tuple[Colour, ...] = ((0.10, 0.09, 0.09), (0.30, 0.19, 0.12), (0.20, 0.13, 0.10))
SNEAKERS: tuple[Colour, ...] = (
    (0.85, 0.85, 0.84),
    (0.20, 0.21, 0.24),
    (0.28, 0.36, 0.50),
    (0.45, 0.45, 0.47),
)
HELMETS: tuple[Colour, ...] = ((0.93, 0.93, 0.91), (0.95, 0.78, 0.12), (0.90, 0.45, 0.10), (0.16, 0.36, 0.66))
VESTS: tuple[Colour, ...] = ((0.86, 0.95, 0.16), (1.00, 0.48, 0.12))
GLOVES: tuple[Colour, ...] = ((0.25, 0.26, 0.28), (0.55, 0.46, 0.34), (0.22, 0.36, 0.56))

MEN_HAIR = ("buzz", "crop", "crop", "quiff", "side", "fringe", "slick", "curly", "afro", "receding", "bald")
WOMEN_HAIR = ("bob", "bob", "long", "wavy", "ponytail", "ponytail", "bun", "curly", "afro", "fringe")
BEARDS = ("none", "none", "none", "stubble", "stubble", "full", "goatee", "moustache")
SLIDERS: tuple[tuple[str, float], ...] = (
    *(("nose/nose-scale-horiz", 0.7), ("nose/nose-scale-vert", 0.6), ("nose/nose-hump", 0.8)),
    *(("nose/nose-scale-depth", 0.6), ("nose/nose-point", 0.6), ("nose/nose-volume", 0.6)),
    *(
        ("nose/nose-width2", 0.6),
        ("chin/chin-width", 0.7),
        ("chin/chin-height", 0.6),
        ("chin/chin-prominent", 0.6),
    ),
    *(("chin/chin-bones", 0.6), ("mouth/mouth-scale-horiz", 0.7), ("mouth/mouth-upperlip-height", 0.7)),
    *(("mouth/mouth-lowerlip-height", 0.6), ("mouth/mouth-angles", 0.4), ("mouth/mouth-trans", 0.3)),
    *(
        ("eyes/eye-scale", 0.25),
        ("eyes/eye-height2", 0.4),
        ("eyes/eye-corner2", 0.5),
        ("eyes/eye-trans", 0.2),
    ),
    *(("cheek/cheek-volume", 0.7), ("cheek/cheek-bones", 0.7), ("cheek/cheek-inner", 0.5)),
    *(("forehead/forehead-temple", 0.5), ("forehead/forehead-scale-vert", 0.3), ("ears/ear-wing", 0.4)),
    *(("eyebrows/eyebrows-trans", 0.4), ("head/head-fat", 0.4), ("head/head-scale-horiz", 0.3)),
    *(("neck/neck-scale-horiz", 0.4),),
)
HEADS = ("oval", "round", "square", "rectangular", "triangular", "invertedtriangular", "diamond")


@dataclass(frozen=True)
class Gear:
    """What people wear in a scenario.

    Attributes:
        wear: "office" or "work"; helmet, vest, gloves, glasses (safety): "never", "some" or "always".
    """

    wear: str = "office"
    helmet: str = "never"
    vest: str = "never"
    gloves: str = "never"
    glasses: str = "never"


@dataclass(frozen=True)
class Identity:
    """Everything that makes a person; colours are linear.

    Attributes:
        tone, blush: of the skin; hair, beard: styles of `hair.py`; beard_length: metres.
        brow: thickness, arch and height on the base body, metres; top, legs, shoes: kinds of `clothes.py`, `gear.py`.
        helmet, vest, gloves, glasses: a colour where they are worn.
    """

    shape: Shape
    tone: Colour
    blush: float
    hair: str
    hair_colour: Colour
    beard: str
    beard_length: float
    brow: tuple[float, float, float]
    iris: Colour
    top: str
    top_colour: Colour
    trim_colour: Colour
    tucked: bool
    legs: str
    legs_colour: Colour
    belt_colour: Colour | None
    shoes: str
    shoes_colour: Colour
    sole_colour: Colour
    helmet: Colour | None
    vest: Colour | None
    gloves: Colour | None
    glasses: Colour | None
    safety_glasses: bool
    seed: int


def linear(colour: Sequence[float]) -> Colour:
    """An sRGB colour as linear light."""
    red, green, blue = (float(np.clip(value, 0, 1) ** 2.2) for value in colour)
    return red, green, blue


def identity(rng: np.random.Generator, gear: Gear) -> Identity:
    """Draws a person; the same generator state gives the same person."""
    male = bool(rng.random() < 0.55)
    work = gear.wear == "work"
    complexion = _pick(rng, ("light", "light", "medium", "medium", "dark"))
    shape = _shape(rng, male)
    gray = rng.random() < 0.9 * max(0.0, shape.age - 0.18) / 0.4
    shoes = _shoes(rng, work)
    top_names = ("workshirt", "jacket", "tshirt", "polo", "hoodie", "sweater") if work else _office_tops(male)
    legs_names = ("work", "work", "overalls", "jeans") if work else ("jeans", "slim", "chinos", "suit")
    top, legs = _pick(rng, top_names), _pick(rng, legs_names)
    vest = _worn(rng, gear.vest, VESTS)
    if legs == "overalls" and vest:  # braces and a vest do not go together
        legs = "work"
    if legs == "overalls" and top in {"jacket", "hoodie"}:
        top = "tshirt"
    top_colour = _near(rng, _pick(rng, WORK_TOPS if work else OFFICE_TOPS), 0.04)
    return Identity(
        shape=shape,
        tone=linear(_near(rng, _pick(rng, SKINS[complexion]), 0.015)),
        blush=float(rng.uniform(0.5, 1.2)),
        hair=_pick(rng, MEN_HAIR if male else WOMEN_HAIR),
        hair_colour=linear(_near(rng, _pick(rng, GRAYS if gray else HAIRS), 0.03)),
        beard=_pick(rng, BEARDS) if male else "none",
        beard_length=float(rng.uniform(0.006, 0.014)),
        brow=_brow(rng, male),
        iris=linear(_pick(rng, IRISES if complexion == "light" else IRISES[:2])),
        top=top,
        top_colour=linear(top_colour),
        trim_colour=linear(_near(rng, _pick(rng, WORK_TOPS), 0.03)),
        tucked=bool(top in {"shirt", "workshirt", "polo", "rolled"} and rng.random() < 0.5),
        legs=legs,
        legs_colour=linear(_near(rng, _pick(rng, WORK_LEGS if work else OFFICE_LEGS), 0.03)),
        belt_colour=linear(_pick(rng, LEATHERS)) if rng.random() < 0.75 and legs != "overalls" else None,
        shoes=shoes,
        shoes_colour=linear(_pick(rng, SNEAKERS if shoes == "sneaker" else LEATHERS)),
        sole_colour=linear((0.88, 0.87, 0.84) if shoes == "sneaker" else (0.10, 0.10, 0.10)),
        helmet=_worn(rng, gear.helmet, HELMETS),
        vest=vest,
        gloves=_worn(rng, gear.gloves, GLOVES),
        glasses=_glasses(rng, gear.glasses),
        safety_glasses=gear.glasses != "never",
        seed=int(rng.integers(2**31)),
    )


def _pick(rng: np.random.Generator, values: Sequence[T]) -> T:
    return values[int(rng.integers(len(values)))]


def _near(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    """A colour a little lighter or darker, and of a slightly other hue."""
    moved = np.clip(np.array(colour) + rng.normal(0, spread) + rng.normal(0, 0.4 * spread, 3), 0.03, 1)
    return float(moved[0]), float(moved[1]), float(moved[2])


def _worn(rng: np.random.Generator, how: str, colours: Sequence[Colour]) -> Colour | None:
    chances = {"never": 0.0, "some": 0.5, "always": 1.0}
    if how not in chances:
        raise ParameterError(f"gear is worn never, some or always, not {how!r}: {suggestion(how, chances)}")
    drawn, colour = rng.random(), _pick(rng, colours)
    return linear(colour) if drawn < chances[how] else None


def _glasses(rng: np.random.Generator, safety: str) -> Colour | None:
    """Safety glasses as the scenario says; otherwise every fourth wears glasses of their own."""
    frames: tuple[Colour, ...] = ((0.06, 0.06, 0.07), (0.20, 0.12, 0.08), (0.35, 0.35, 0.37))
    drawn = _worn(rng, safety if safety != "never" else "some", frames)
    return drawn if safety != "never" or rng.random() < 0.5 else None


def _shape(rng: np.random.Generator, male: bool) -> Shape:
    main = int(rng.integers(3))
    shares = rng.dirichlet((0.4, 0.4, 0.4)) * 0.35 + 0.65 * np.eye(3)[main]
    details = [(name, float(np.clip(rng.normal(0, 0.55), -1, 1) * reach)) for name, reach in SLIDERS]
    details += [(f"head/head-{_pick(rng, HEADS)}", float(rng.uniform(0.2, 0.7)))]
    return Shape(
        gender=float(rng.uniform(0.85, 1.0) if male else rng.uniform(0.0, 0.15)),
        age=float(rng.beta(1.3, 2.6) * 0.7),
        muscle=float(rng.uniform(0.40, 0.72) if male else rng.uniform(0.35, 0.6)),
        weight=float(np.clip(rng.normal(0.55, 0.13), 0.32, 0.85)),
        height=float(np.clip(rng.normal(0.53, 0.035), 0.44, 0.61)),
        proportions=float(rng.uniform(0.5, 0.9)),
        cup=float(rng.uniform(0.3, 0.65)),
        ancestry=(float(shares[0]), float(shares[1]), float(shares[2])),
        details=tuple(details),
    )


def _brow(rng: np.random.Generator, male: bool) -> tuple[float, float, float]:
    thickness = rng.uniform(0.0032, 0.0046) if male else rng.uniform(0.0021, 0.0031)
    return float(thickness), float(rng.uniform(0.003, 0.0075)), float(1.5625 + rng.uniform(-0.001, 0.002))


def _shoes(rng: np.random.Generator, work: bool) -> str:
    return _pick(rng, ("boot", "boot", "sneaker") if work else ("leather", "sneaker", "leather"))


def _office_tops(male: bool) -> tuple[str, ...]:
    common = ("shirt", "rolled", "polo", "sweater", "tshirt", "hoodie")
    return common if male else ("blouse", "blouse", *common)
