"""A production cell: conveyor, press, robot behind a fence, pallets; seen from above."""

from __future__ import annotations

from anonlab.synth.render.develop import Sensor
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.rooms import fittings, machines, props, services
from anonlab.synth.rooms.paints import RED, YELLOW
from anonlab.synth.rooms.patterns import CONCRETE, Paint
from anonlab.synth.rooms.room import Place, Room, View
from anonlab.synth.rooms.solids import Piece, join, plate

BACK, SIDE, HEIGHT = -3.2, 6.0, 4.5
UPPER, LOWER = (0.74, 0.76, 0.77), (0.52, 0.57, 0.60)

PLACES = (
    Place(
        "conveyor left",
        "surface",
        (0.12, -0.02),
        0.0,
        ((0.02, 0.86, 0.42), (0.24, 0.86, 0.42)),
        0.78,
        ((0.04, 0.78, 0.41), (0.20, 0.78, 0.41), (0.12, 0.78, 0.46)),
    ),
    Place("conveyor right", "surface", (0.98, -0.02), -10.0, ((0.86, 0.86, 0.42), (1.08, 0.86, 0.42)), 0.78),
    Place("press", "machine", (-0.92, -0.72), 180.0, ((-1.04, 0.98, -1.12), (-0.80, 0.98, -1.12)), 0.0),
    Place("panel", "machine", (0.42, -0.52), 175.0, ((0.36, 1.24, -0.90), (0.48, 1.20, -0.90)), 0.0),
    Place(
        "pallet",
        "surface",
        (-1.22, 0.02),
        -25.0,
        ((-1.45, 0.44, 0.50), (-1.25, 0.44, 0.52)),
        0.41,
        ((-1.56, 0.41, 0.51),),
    ),
    Place("aisle", "floor", (-0.55, -0.05), 20.0, ((-0.40, 0.0, 0.40),), 0.0),
)
FLOORS = (
    (-5.7, -0.95, 0.16, 0.10),
    (-5.7, -0.62, 5.7, 0.10),
    (-0.85, -0.95, -0.28, 0.90),
)


def build() -> Room:
    """The production cell."""
    return Room(
        name="industrial_machine",
        title="Industrial machine",
        mesh=join([*_shell(), *(piece for _, piece in _furniture())]).mesh(),
        lights=(
            Light(
                (-2.4, 6.6, 3.8), (0.0, 0.8, -0.3), (0.68, 0.68, 0.68), radius=0.24, cone_deg=75, ceiling=9
            ),
            Light((3.6, 5.6, 2.0), (0.0, 0.8, -0.3), (0.28, 0.28, 0.28), radius=0.34, cone_deg=80, ceiling=9),
        ),
        ambient=Ambient((0.46, 0.46, 0.46), (0.32, 0.32, 0.32)),
        gray=True,
        gear={"helmet": "some", "vest": "always", "gloves": "some", "wear": "work"},
        places=PLACES,
        floors=FLOORS,
        entrances=((-5.0, -0.25), (5.0, -0.25)),
        solids=tuple(piece.bounds() for solid, piece in _furniture() if solid),
        views=(
            View((-12, 14), (3.0, 3.5), (3.6, 4.0), (40, 45), (-0.05, 0.85, -0.15)),
            View((14, 36), (3.0, 3.5), (3.5, 4.0), (41, 46), (-0.05, 0.85, -0.15)),
            View((-36, -14), (3.0, 3.5), (3.5, 4.0), (41, 46), (-0.05, 0.85, -0.15)),
        ),
        sensor=Sensor(exposure=1.5, gray=True, noise=0.014, vignette=0.14),
    )


def _shell() -> list[Piece]:
    """Floor with its markings, walls and what hangs on them."""
    floor = Paint(
        (0.55, 0.56, 0.56), CONCRETE, (0.43, 0.44, 0.44), specular=0.25, grain=0.11, numbers=(2.2, 0.005)
    )
    wall = fittings.wall(2 * SIDE + 4, HEIGHT, UPPER, LOWER, 1.4)
    side = fittings.wall(12.0, HEIGHT, UPPER, LOWER, 1.4)
    return [
        plate(2 * SIDE + 4, 13.0, floor).at(z=BACK + 6.5),
        wall.at(z=BACK),
        side.yaw(90).at(-SIDE, 0, BACK + 6.0),
        side.yaw(-90).at(SIDE, 0, BACK + 6.0),
        services.duct(12.0, 0.2).at(0, 2.5, BACK),
        services.pipes(12.0).at(0, 1.9, BACK),
        machines.stripe(2.9).at(1.85, 0, -0.86),
        machines.stripe(2.4).yaw(90).at(0.0, 0, -2.05),
        machines.stripe(1.8).at(-0.92, 0, -1.02),
        machines.stripe(11.9, 0.08, striped=False).at(0, 0, 1.15),
    ]


def _furniture() -> list[tuple[bool, Piece]]:
    """What stands on the floor, and whether one has to walk around it."""
    return [
        (True, machines.press().at(-0.92, 0, -1.72)),
        (True, machines.conveyor(2.4).at(0.95, 0, 0.58)),
        (False, _load().at(0.95, 0.775, 0.58)),
        (True, machines.panel_on_post(1.06).at(0.42, 0, -1.00)),
        (True, machines.fence(2.6).at(1.98, 0, -1.02)),
        (True, machines.fence(1.9).yaw(90).at(0.72, 0, -2.0)),
        (True, machines.robot(0.95).yaw(20).at(1.55, 0, -2.25)),
        (True, machines.pallet(1, 3).at(2.60, 0, -1.85)),
        (True, _table().at(-1.62, 0, 0.72)),
        (True, services.control_cabinet(0.8, 1.9).at(-2.35, 0, -2.4)),
        (True, services.control_cabinet(0.8, 1.9).at(-3.2, 0, -2.4)),
        (True, machines.pallet(3, 4).yaw(3).at(-2.75, 0, -1.42)),
        (True, services.drum().at(2.75, 0, 0.75)),
        (True, services.drum(YELLOW).at(3.35, 0, 0.6)),
    ]


def _load() -> Piece:
    """Cartons and a tray on the conveyor."""
    return join(
        [
            props.carton(0.38, 0.24, 0.30).yaw(4).at(0.95, 0, 0.04),
            props.carton(0.30, 0.20, 0.26).yaw(-6).at(0.45, 0, 0.06),
            props.tray(RED).at(-0.30, 0, 0.04),
        ]
    )


def _table() -> Piece:
    """A pallet with one layer of cartons."""
    return machines.pallet(1, 6)
