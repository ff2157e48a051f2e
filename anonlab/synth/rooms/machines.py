"""Machines, conveyors, pallets, a robot and its fence. All stands on y = 0 around the origin, looks along +z."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anonlab.synth.rooms import props
from anonlab.synth.rooms.paints import (
    BLACK,
    BLUE,
    CHROME,
    DARK,
    GRAY,
    GREEN,
    ORANGE,
    PALE,
    RED,
    STEEL,
    YELLOW,
    glow,
    paint,
    screen,
)  # fmt: skip
from anonlab.synth.rooms.patterns import HAZARD, SLATS, WOOD, Paint
from anonlab.synth.rooms.solids import Piece, ball, box, cylinder, join, lathe, plate, tube

STRIPES = Paint((0.92, 0.75, 0.10), HAZARD, (0.10, 0.10, 0.10), specular=0.15, grain=0.05, numbers=(0.09,))
VENT = Paint((0.50, 0.52, 0.54), SLATS, (0.12, 0.12, 0.13), specular=0.2, numbers=(0.025, 0.45))
GLASS = Paint((0.16, 0.19, 0.21), specular=0.75, grain=0.15)
PLANK = Paint((0.74, 0.60, 0.42), WOOD, (0.60, 0.46, 0.30), specular=0.05, numbers=(0,))


def control_panel(width: float = 0.46, height: float = 0.52) -> Piece:
    """The face of a control unit: screen, keys, lamps, an emergency stop; its middle at the origin."""
    case = box((width, height, 0.12), PALE, 0.014)
    face = box((width - 0.03, height - 0.03, 0.006), DARK, 0.003).at(z=0.061)
    image = box((width - 0.10, 0.46 * height, 0.004), screen(2, 0.65, 3), 0.001).at(0, 0.20 * height, 0.066)
    buttons = [
        box((0.026, 0.026, 0.012), (PALE, PALE, GREEN, PALE, YELLOW, BLUE)[(r + c) % 6], 0.004).at(
            (c - 2.5) * 0.042 - 0.03, -0.10 - 0.042 * r, 0.068
        )
        for r in range(3)
        for c in range(6)
    ]
    stop = [
        cylinder(0.036, 0.006, YELLOW).pitch(90).at(0.155, -0.18, 0.066),
        lathe([(0.0, 0.04), (0.022, 0.036), (0.026, 0.02), (0.014, 0.0)][::-1], RED)
        .pitch(90)
        .at(0.155, -0.18, 0.066),
    ]
    wheel = cylinder(0.03, 0.03, BLACK, 20, 0.006).pitch(90).at(0.155, -0.09, 0.075)
    return join([case, face, image, *buttons, *stop, wheel])


def signal_tower() -> Piece:
    """Red, yellow and green lamps on a post."""
    lamps = [
        cylinder(0.028, 0.055, colour, 16).at(y=0.20 + 0.058 * k)
        for k, colour in enumerate(
            (glow((0.3, 0.9, 0.45), 0.9), paint((0.7, 0.5, 0.12), 0.4), paint((0.55, 0.12, 0.1), 0.4))
        )
    ]
    return join([cylinder(0.012, 0.18, CHROME).at(y=0.09), *lamps, cylinder(0.028, 0.02, BLACK).at(y=0.355)])


def milling_machine(width: float = 1.8, depth: float = 1.15, height: float = 1.95) -> Piece:
    """A closed machining centre: sliding doors with windows, a chip tray, vents, a signal tower."""
    shell, dark = paint((0.84, 0.85, 0.85), 0.25), paint((0.27, 0.33, 0.40), 0.25)
    front = depth / 2
    parts = [
        box((width, height - 0.45, depth), shell, 0.03).at(0, 0.42 + (height - 0.45) / 2, 0),
        box((width - 0.06, 0.42, depth - 0.10), dark, 0.01).at(0, 0.21, -0.03),
        box((width + 0.01, 0.07, depth + 0.01), dark, 0.01).at(0, height - 0.22, 0),
        box((0.75 * width, 0.24, 0.6 * depth), shell, 0.03).at(-0.06 * width, height + 0.06, -0.10),
        box((0.5 * width, 0.16, 0.004), VENT, 0).at(
            -0.06 * width, height + 0.06, -0.10 + 0.3 * depth + 0.003
        ),
    ]
    for side in (-1, 1):
        x = side * 0.20 * width - 0.10 * width
        parts += [
            box((0.39 * width, 1.05, 0.035), shell, 0.010).at(x, 1.10, front + 0.012),
            box((0.28 * width, 0.62, 0.012), GLASS, 0.02).at(x, 1.20, front + 0.028),
        ]
        grip = [
            [x - side * 0.15 * width, y, front + z]
            for y, z in ((0.92, 0.03), (0.92, 0.085), (1.22, 0.085), (1.22, 0.03))
        ]
        parts.append(tube(grip, 0.013, BLACK))
    parts += [
        box((0.86 * width, 0.03, 0.05), dark, 0.006).at(-0.10 * width, y, front + 0.02) for y in (0.55, 1.655)
    ]
    parts.append(
        join(
            [
                box((0.17 * width, 0.5, 0.004), VENT, 0),
                box((0.17 * width, 0.30, 0.012), dark, 0.004).at(y=0.5),
            ]
        ).at(0.40 * width, 0.75, front + 0.006)
    )
    parts.append(signal_tower().at(0.40 * width, height - 0.03, 0.2))
    parts.append(
        box((0.36, 0.05, 0.006), paint((0.15, 0.32, 0.55)), 0.001).at(
            -0.28 * width, height - 0.11, front + 0.004
        )
    )
    feet = [
        cylinder(0.05, 0.05, DARK).at(x, 0.025, z)
        for x in (-0.4 * width, 0.4 * width)
        for z in (-0.4 * depth, 0.4 * depth)
    ]
    return join([*parts, *feet])


def panel_on_arm(reach: float = 0.35) -> Piece:
    """A control panel that hangs on an arm; its face is at y = 1.3, the arm comes from z = -reach."""
    arm = tube([[0, 1.95, -reach], [0, 1.95, -0.03], [0, 1.55, -0.03]], 0.035, PALE, 12)
    return join([arm, control_panel().pitch(-8).at(0, 1.30, 0)])


def panel_on_post(height: float = 1.1) -> Piece:
    """A control panel on a post, tilted up."""
    post = box((0.12, height, 0.10), GRAY, 0.010).at(0, height / 2, -0.04)
    return join(
        [
            post,
            box((0.34, 0.02, 0.30), DARK, 0.004).at(0, 0.01, -0.04),
            control_panel().pitch(-25).at(0, height + 0.12, 0),
        ]
    )


def press(width: float = 1.5, depth: float = 1.0, height: float = 2.05) -> Piece:
    """A press with an open work space, striped edges and a light curtain."""
    shell, dark = paint((0.72, 0.76, 0.78), 0.25), paint((0.22, 0.27, 0.33), 0.25)
    front = depth / 2
    parts = [
        box((width, 0.80, depth), shell, 0.02).at(y=0.40),
        box((width, 0.62, depth), shell, 0.02).at(y=height - 0.31),
    ]
    parts += [
        box((0.22, height - 1.3, depth), dark, 0.01).at(x, 0.80 + (height - 1.42) / 2, 0)
        for x in (-width / 2 + 0.11, width / 2 - 0.11)
    ]
    parts.append(box((width - 0.4, 0.68, 0.03), DARK, 0.004).at(0, 1.12, -depth / 2 + 0.2))
    parts += [
        box((width - 0.10, 0.07, 0.02), STRIPES, 0.002).at(0, y, front + 0.012) for y in (0.72, height - 0.56)
    ]
    parts += [
        box((0.05, 0.62, 0.05), YELLOW, 0.006).at(x, 1.11, front + 0.02)
        for x in (-width / 2 + 0.2, width / 2 - 0.2)
    ]
    die = [
        box((0.62, 0.10, 0.5), STEEL, 0.01).at(0, 0.85, 0.1),
        box((0.50, 0.16, 0.42), STEEL, 0.01).at(0, 1.34, 0.1),
    ]
    die += [cylinder(0.04, 0.36, CHROME).at(x, 1.08, 0.1) for x in (-0.22, 0.22)]
    die.append(box((0.3, 0.06, 0.24), DARK, 0.01).at(0, 0.93, 0.1))
    vent = box((0.5, 0.30, 0.006), VENT, 0).at(-0.3, 0.38, front + 0.003)
    top = [
        cylinder(0.13, 0.34, BLUE, 24).at(-0.35, height + 0.17, -0.1),
        cylinder(0.07, 0.26, CHROME).at(0.1, height + 0.13, -0.1),
    ]
    return join([*parts, *die, vent, *top, signal_tower().at(0.6, height, 0.3)])


def conveyor(length: float = 2.4, width: float = 0.52, height: float = 0.78) -> Piece:
    """A roller conveyor along the x axis."""
    rails = [box((length, 0.13, 0.035), BLUE, 0.006).at(0, height - 0.05, z) for z in (-width / 2, width / 2)]
    n = int(length / 0.09)
    rollers = [
        cylinder(0.028, width - 0.04, CHROME, 12).pitch(90).at((k - (n - 1) / 2) * 0.09, height - 0.035, 0)
        for k in range(n)
    ]
    legs = [
        box((0.05, height - 0.10, 0.05), DARK, 0.006).at(x, (height - 0.10) / 2, z)
        for x in (-0.42 * length, 0, 0.42 * length)
        for z in (-width / 2, width / 2)
    ]
    bars = [box((0.04, 0.04, width), DARK, 0.004).at(x, 0.25) for x in (-0.42 * length, 0, 0.42 * length)]
    motor = join(
        [box((0.30, 0.16, 0.18), DARK, 0.01), cylinder(0.07, 0.22, GRAY).roll(90).at(0.22, 0, 0)]
    ).at(0.15 * length, height - 0.26, 0.06)
    return join([*rails, *rollers, *legs, *bars, motor])


def pallet(layers: int = 0, seed: int = 1) -> Piece:
    """A wooden pallet, with layers of cartons on it."""
    boards = [box((1.2, 0.022, 0.13), PLANK, 0.003).at(0, 0.133, z) for z in np.linspace(-0.335, 0.335, 5)]
    boards += [box((1.2, 0.022, 0.10), PLANK, 0.003).at(0, 0.011, z) for z in (-0.35, 0, 0.35)]
    blocks = [
        box((0.14, 0.10, 0.10), PLANK, 0.003).at(x, 0.072, z)
        for x in (-0.53, 0, 0.53)
        for z in (-0.35, 0, 0.35)
    ]
    rng = np.random.default_rng(seed)
    load = [
        props.carton(0.38, 0.26, 0.37)
        .yaw(float(rng.uniform(-3, 3)))
        .at((c - 1) * 0.39, 0.146 + 0.262 * k, (r - 0.5) * 0.38)
        for k in range(layers)
        for c in range(3)
        for r in range(2)
        if k < layers - 1 or c < 2
    ]
    return join([*boards, *blocks, *load])


def robot(reach: float = 1.0) -> Piece:
    """A six-axis robot arm on a pedestal, bent forward, with a gripper."""
    body, joint = replace(ORANGE, specular=0.35), DARK
    base = [
        box((0.55, 0.30, 0.55), GRAY, 0.01).at(y=0.15),
        cylinder(0.22, 0.12, joint, 28).at(y=0.36),
        lathe([(0.22, 0.42), (0.20, 0.62), (0.14, 0.78), (0.0, 0.80)], body, 28),
    ]
    shoulder = cylinder(0.15, 0.34, joint, 24).roll(90).at(0, 0.78, 0.08)
    upper = _arm_part([0, 0.78, 0.08], [0, 1.48, -0.10 * reach], 0.105, body)
    elbow = cylinder(0.12, 0.30, joint, 24).roll(90).at(0, 1.48, -0.10 * reach)
    fore = _arm_part([0, 1.50, -0.10 * reach], [0, 1.40, 0.62 * reach], 0.085, body)
    wrist = [
        ball((0.08, 0.08, 0.08), joint, 18).at(0, 1.39, 0.66 * reach),
        cylinder(0.05, 0.14, STEEL).at(0, 1.29, 0.69 * reach),
    ]
    grip = [
        box((0.16, 0.03, 0.06), DARK, 0.006).at(0, 1.21, 0.69 * reach),
        *(box((0.02, 0.12, 0.04), STEEL, 0.004).at(x, 1.14, 0.69 * reach) for x in (-0.06, 0.06)),
    ]
    hose = tube(
        [
            [0.13, 0.6, 0],
            [0.22, 1.0, -0.1],
            [0.17, 1.5, -0.2 * reach],
            [0.12, 1.58, 0.2 * reach],
            [0.08, 1.46, 0.55 * reach],
        ],
        0.018,
        BLACK,
    )
    return join([*base, shoulder, upper, elbow, fore, *wrist, *grip, hose])


def _arm_part(start: list[float], end: list[float], radius: float, colour: Paint) -> Piece:
    """A thick bar that narrows in its middle."""
    a, b = np.array(start), np.array(end)
    middle = join(
        [
            tube([a + (b - a) * s, a + (b - a) * t], radius * f, colour, 18)
            for s, t, f in ((0, 0.25, 1.1), (0.2, 0.8, 0.92), (0.75, 1, 1.05))
        ]
    )
    return middle


def fence(length: float, height: float = 1.5) -> Piece:
    """A safety fence along the x axis: yellow posts, dark wire panels."""
    n = max(1, round(length / 1.1))
    posts = [
        box((0.06, height + 0.06, 0.06), YELLOW, 0.008).at((k / n - 0.5) * length, height / 2 + 0.03)
        for k in range(n + 1)
    ]
    feet = [box((0.16, 0.012, 0.16), YELLOW, 0.003).at((k / n - 0.5) * length, 0.006) for k in range(n + 1)]
    rails = [box((length, 0.025, 0.025), DARK, 0.004).at(0, y) for y in (0.16, height)]
    wires = [
        box((0.007, height - 0.16, 0.007), DARK, 0).at(
            (k + 0.5) * 0.09 - length / 2, 0.16 + (height - 0.16) / 2
        )
        for k in range(int(length / 0.09))
    ]
    wires += [
        box((length, 0.006, 0.006), DARK, 0).at(0, 0.16 + k * 0.22)
        for k in range(1, int((height - 0.16) / 0.22) + 1)
    ]
    return join([*posts, *feet, *rails, *wires])


def stripe(length: float, width: float = 0.10, striped: bool = True) -> Piece:
    """A marking on the floor along the x axis."""
    return plate(length, width, STRIPES if striped else replace(YELLOW, specular=0.1, grain=0.15)).at(y=0.003)
