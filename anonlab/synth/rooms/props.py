"""Small things: what people carry, and what lies on desks and benches. Each stands on y = 0 around the origin."""

from __future__ import annotations

import numpy as np

from anonlab.synth.rooms.paints import (
    ALUMINIUM,
    BLACK,
    BLUE,
    BOXES,
    CHROME,
    DARK,
    PALE,
    RED,
    RUBBER,
    STEEL,
    WHITE,
    cloth,
    glow,
    keys,
    printed,
    screen,
)  # fmt: skip
from anonlab.synth.rooms.patterns import CARTON, Colour, Paint
from anonlab.synth.rooms.solids import Piece, arc, ball, box, cylinder, join, lathe, tube

CARDBOARD = Paint((0.76, 0.60, 0.42), CARTON, (0.93, 0.92, 0.88), specular=0.06, grain=0.06)


def carton(width: float = 0.40, height: float = 0.28, depth: float = 0.30) -> Piece:
    """A closed cardboard box with tape and a label."""
    return box((width, height, depth), CARDBOARD, 0.006).at(y=height / 2)


def toolbox(colour: Paint = RED) -> Piece:
    """A toolbox with a lid, two latches and a handle."""
    body = box((0.42, 0.17, 0.21), colour, 0.010).at(y=0.085)
    lid = box((0.43, 0.055, 0.22), DARK, 0.014).at(y=0.20)
    latches = [box((0.035, 0.06, 0.012), CHROME, 0.003).at(x, 0.165, 0.112) for x in (-0.12, 0.12)]
    bow = np.concatenate(
        [arc((-0.10, 0.245, 0), 0.03, 180, 90, n=5), arc((0.10, 0.245, 0), 0.03, 90, 0, n=5)]
    )
    return join([body, lid, *latches, tube(bow, 0.011, RUBBER)])


def tray(colour: Paint = BLUE) -> Piece:
    """A shallow plastic tray with turned parts in it."""
    walls = [box((0.40, 0.08, 0.012), colour, 0.004).at(0, 0.04, z) for z in (-0.144, 0.144)]
    ends = [box((0.012, 0.08, 0.30), colour, 0.004).at(x, 0.04) for x in (-0.194, 0.194)]
    parts = [
        cylinder(0.026, 0.05, STEEL, 14).at(x, 0.04, z)
        for x in (-0.13, -0.045, 0.045, 0.13)
        for z in (-0.08, 0, 0.08)
    ]
    return join([box((0.39, 0.012, 0.29), colour).at(y=0.008), *walls, *ends, *parts])


def bin_box(colour: Paint, width: float = 0.15, height: float = 0.12, depth: float = 0.22) -> Piece:
    """An open-fronted storage bin as it hangs below pegboards."""
    back = box((width, height, 0.008), colour).at(0, height / 2, -depth / 2)
    sides = [
        box((0.008, height * 0.9, depth * 0.92), colour).at(x, height * 0.45, -0.01)
        for x in (-width / 2, width / 2)
    ]
    front = box((width, height * 0.5, 0.010), colour).at(0, height * 0.25, depth / 2)
    filling = box((width * 0.9, height * 0.35, depth * 0.85), STEEL, 0.01).at(0, height * 0.2, 0)
    label = box((width * 0.6, height * 0.25, 0.003), WHITE, 0.001).at(0, height * 0.25, depth / 2 + 0.006)
    return join([back, *sides, front, filling, label, box((width, 0.008, depth), colour).at(y=0.004)])


def chair(colour: Colour = (0.20, 0.24, 0.31), arms: bool = True) -> Piece:
    """An office chair that looks along +z: five feet on castors, column, seat at 0.46 m, back, arm rests."""
    feet = []
    for k in range(5):
        leg = join(
            [
                box((0.045, 0.028, 0.29), BLACK, 0.010).at(0, 0.085, 0.16),
                ball((0.025, 0.03, 0.03), RUBBER, 10).at(0, 0.03, 0.29),
            ]
        )
        feet.append(leg.yaw(72 * k + 10))
    column = [cylinder(0.032, 0.16, BLACK).at(y=0.16), cylinder(0.020, 0.16, CHROME).at(y=0.30)]
    seat = [
        box((0.48, 0.075, 0.46), cloth(colour), 0.032).at(0, 0.425, 0.01),
        box((0.30, 0.03, 0.28), BLACK, 0.01).at(0, 0.375, 0),
    ]
    back = box((0.44, 0.54, 0.065), cloth(colour), 0.030).pitch(-8).at(0, 0.80, -0.26)
    spine = tube([[0, 0.37, -0.10], [0, 0.40, -0.27], [0, 0.50, -0.315], [0, 0.75, -0.315]], 0.020, BLACK)
    parts = [*feet, *column, *seat, back, spine]
    if arms:
        parts += [_arm(x) for x in (-0.28, 0.28)]
    return join(parts)


def _arm(x: float) -> Piece:
    post = tube(
        [[0.75 * x, 0.385, -0.06], [x, 0.40, -0.06], [x, 0.47, -0.06], [x, 0.63, -0.06]], 0.014, BLACK
    )
    return join([post, box((0.07, 0.028, 0.24), RUBBER, 0.012).at(x, 0.64, -0.02)])


def stool() -> Piece:
    """A workshop stool with a low back, seat at 0.58 m, looking along +z."""
    feet = [box((0.035, 0.025, 0.28), DARK, 0.008).at(0, 0.03, 0.15).yaw(72 * k) for k in range(5)]
    column = [cylinder(0.028, 0.30, DARK).at(y=0.18), cylinder(0.018, 0.28, CHROME).at(y=0.42)]
    ring = tube(arc((0, 0.25, 0), 0.19, 0, 360, "xz", 25), 0.011, CHROME)
    seat = lathe(
        [(0, 0.52), (0.17, 0.52), (0.19, 0.545), (0.185, 0.575), (0.16, 0.585), (0, 0.58)], RUBBER, 24
    )
    back = [
        box((0.34, 0.20, 0.04), RUBBER, 0.018).at(0, 0.83, -0.20),
        tube([[0, 0.53, -0.08], [0, 0.55, -0.20], [0, 0.80, -0.215]], 0.013, DARK),
    ]
    return join([*feet, *column, ring, seat, *back])


def monitor(kind: int = 0, seed: float = 1.0, width: float = 0.56) -> Piece:
    """A flat screen on its stand, looking along +z."""
    high = 0.60 * width
    frame = box((width, high, 0.028), BLACK, 0.006).at(0, 0.14 + high / 2, 0)
    image = box((width - 0.022, high - 0.026, 0.004), screen(kind, seed=seed), 0.001).at(
        0, 0.142 + high / 2, 0.0135
    )
    neck = box((0.07, 0.22, 0.025), DARK, 0.006).at(0, 0.12, -0.035)
    foot = box((0.24, 0.014, 0.18), DARK, 0.006).at(0, 0.007, -0.01)
    bulge = box((0.55 * width, 0.5 * high, 0.03), BLACK, 0.012).at(0, 0.14 + high / 2, -0.022)
    return join([frame, image, bulge, neck, foot])


def keyboard() -> Piece:
    """A keyboard, its front towards +z."""
    return join(
        [
            box((0.44, 0.018, 0.14), BLACK, 0.005).at(y=0.011),
            box((0.42, 0.008, 0.118), keys(), 0.002).at(y=0.020),
        ]
    )


def mouse() -> Piece:
    """A mouse."""
    return ball((0.032, 0.019, 0.055), BLACK, 14).at(y=0.012)


def laptop() -> Piece:
    """An open laptop, its front towards +z."""
    base = join(
        [
            box((0.34, 0.016, 0.24), ALUMINIUM, 0.005).at(y=0.010),
            box((0.28, 0.004, 0.11), keys(), 0.001).at(0, 0.018, -0.03),
        ]
    )
    lid = join(
        [
            box((0.34, 0.225, 0.010), ALUMINIUM, 0.004),
            box((0.315, 0.195, 0.002), screen(1, seed=4), 0.001).at(z=0.0055),
        ]
    )
    return join([base, lid.at(y=0.1125).pitch(-18).at(0, 0.015, -0.12)])


def mug(colour: Paint = RED) -> Piece:
    """A mug."""
    wall = lathe(
        [
            (0.0, 0.004),
            (0.036, 0.0),
            (0.040, 0.006),
            (0.040, 0.094),
            (0.036, 0.095),
            (0.036, 0.07),
            (0, 0.07),
        ],
        colour,
        20,
    )
    return join([wall, tube(arc((0.04, 0.05, 0), 0.026, -80, 80), 0.006, colour, 8)])


def papers(seed: float = 1.0) -> Piece:
    """A pile of printed sheets, not quite straight."""
    turns = (-4.0, 3.0, -1.0, 6.0)
    return join(
        [
            box((0.21, 0.004, 0.297), printed(seed + k), 0.001).yaw(a).at(0.004 * k, 0.003 + 0.004 * k)
            for k, a in enumerate(turns)
        ]
    )


def pens() -> Piece:
    """A pot of pens."""
    pot = lathe([(0, 0.0), (0.038, 0.0), (0.042, 0.10), (0.038, 0.10), (0.036, 0.01)], DARK, 18)
    sticks = [
        tube(
            [[0.01 * k - 0.02, 0.02, 0.0], [0.018 * k - 0.036, 0.155, 0.02 * (k % 3) - 0.02]],
            0.004,
            BOXES[k],
            6,
        )
        for k in range(5)
    ]
    return join([pot, *sticks])


def phone() -> Piece:
    """A desk telephone."""
    base = box((0.18, 0.035, 0.20), DARK, 0.012).pitch(10).at(0, 0.035, 0)
    receiver = box((0.05, 0.03, 0.21), BLACK, 0.013).pitch(10).at(-0.055, 0.07, 0)
    return join(
        [base, receiver, box((0.09, 0.004, 0.05), screen(1, 0.3), 0.001).pitch(10).at(0.04, 0.063, -0.05)]
    )


def desk_lamp(colour: Paint = DARK) -> Piece:
    """A jointed lamp that bends towards +z."""
    foot = cylinder(0.085, 0.022, colour).at(y=0.011)
    arms = tube([[0, 0.02, 0], [0, 0.30, -0.14], [0, 0.52, 0.10]], 0.009, CHROME)
    shade = lathe([(0.025, 0.05), (0.035, 0.04), (0.085, -0.06), (0.078, -0.055), (0.03, 0.035)], colour, 20)
    bulb = ball((0.03, 0.03, 0.03), glow((1.0, 0.93, 0.8), 1.6), 12).at(y=-0.02)
    return join(
        [
            foot,
            arms,
            ball((0.016, 0.016, 0.016), colour, 10).at(0, 0.30, -0.14),
            join([shade, bulb]).pitch(20).at(0, 0.50, 0.13),
        ]
    )


def printer() -> Piece:
    """An office printer."""
    body = box((0.44, 0.22, 0.40), PALE, 0.020).at(y=0.125)
    top = box((0.42, 0.06, 0.38), DARK, 0.015).at(y=0.26)
    slot = box((0.32, 0.03, 0.02), BLACK).at(0, 0.19, 0.195)
    out = join(
        [
            box((0.24, 0.006, 0.16), PALE).at(0, 0.155, 0.26),
            box((0.21, 0.004, 0.14), WHITE).at(0, 0.162, 0.25),
        ]
    )
    return join([body, top, slot, out, box((0.11, 0.05, 0.008), screen(2, 0.5)).at(0.14, 0.235, 0.20)])


def coffee_machine() -> Piece:
    """A coffee machine."""
    body = join(
        [
            box((0.26, 0.36, 0.18), DARK, 0.014).at(0, 0.18, -0.10),
            box((0.26, 0.10, 0.34), BLACK, 0.014).at(0, 0.31, 0),
        ]
    )
    foot = box((0.26, 0.04, 0.34), STEEL, 0.008).at(y=0.02)
    spout = cylinder(0.02, 0.06, CHROME, 14).at(0, 0.24, 0.06)
    return join(
        [
            body,
            foot,
            spout,
            box((0.10, 0.04, 0.006), screen(2, 0.5)).at(0, 0.32, 0.17),
            mug(WHITE).at(0, 0.04, 0.06),
        ]
    )


def paper_bin() -> Piece:
    """A waste-paper basket."""
    net = Paint((0.26, 0.27, 0.29), specular=0.2)
    return lathe([(0, 0.01), (0.11, 0.0), (0.14, 0.30), (0.135, 0.30), (0.11, 0.02), (0, 0.02)], net, 24)
