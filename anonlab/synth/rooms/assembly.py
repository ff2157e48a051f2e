"""An assembly workplace: benches with tools, a rack of parts."""

from __future__ import annotations

from anonlab.synth.render.develop import Sensor
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.rooms import benches, fittings, furniture, machines, props, services, tools
from anonlab.synth.rooms.paints import BLUE, GRAY, GREEN, RED, YELLOW
from anonlab.synth.rooms.patterns import CONCRETE, Paint
from anonlab.synth.rooms.room import Place, Room, View
from anonlab.synth.rooms.solids import Piece, join, plate

BACK, SIDE, HEIGHT = -2.25, 4.8, 3.1
UPPER, LOWER = (0.87, 0.88, 0.87), (0.66, 0.72, 0.74)

PLACES = (
    Place(
        "bench left",
        "surface",
        (-0.95, -1.10),
        180.0,
        ((-1.05, 0.95, -1.50), (-0.80, 0.95, -1.50)),
        0.92,
        ((-0.88, 0.92, -1.49), (-0.71, 0.92, -1.52)),
    ),
    Place(
        "bench right",
        "surface",
        (-0.10, -1.10),
        165.0,
        ((-0.02, 0.95, -1.50), (-0.25, 0.95, -1.52)),
        0.92,
        ((-0.21, 0.92, -1.53),),
    ),
    Place("bins", "shelf", (-0.55, -1.08), 180.0, ((-0.55, 1.26, -1.68), (-0.35, 1.26, -1.68)), 1.20),
    Place(
        "fixture",
        "surface",
        (0.90, -0.02),
        90.0,
        ((1.32, 0.99, -0.02), (1.34, 0.96, -0.25)),
        0.92,
        ((1.33, 0.92, -0.38),),
    ),
    Place("stool", "seat", (0.86, -0.78), 90.0, ((1.30, 0.95, -0.70), (1.30, 0.95, -0.88)), 0.58),
    Place("rack", "shelf", (-1.52, -0.30), 270.0, ((-2.00, 1.34, -0.20), (-2.00, 0.78, -0.40)), 1.27),
    Place("aisle", "floor", (-0.35, 0.10), 20.0, ((-0.10, 0.0, 0.55),), 0.0),
    Place("front", "floor", (0.15, 0.70), -25.0, ((-0.10, 0.0, 1.10),), 0.0),
)
FLOORS = (
    (-4.5, 0.62, 4.5, 1.8),
    (-1.86, -1.12, 0.60, 1.8),
    (0.30, -1.20, 1.10, 0.80),
)


def build() -> Room:
    """The assembly workplace."""
    return Room(
        name="visionlab_assembly",
        title="Visionlab assembly",
        mesh=join([*_shell(), *(piece for _, piece in _furniture())]).mesh(),
        lights=(
            Light((2.4, 5.8, 4.2), (0.0, 0.8, -0.5), (0.58, 0.58, 0.56), radius=0.24, cone_deg=80),
            Light((-3.4, 5.0, 2.2), (0.0, 0.8, -0.5), (0.27, 0.28, 0.30), radius=0.34, cone_deg=85),
        ),
        ambient=Ambient((0.43, 0.435, 0.44), (0.52, 0.52, 0.515)),
        gray=False,
        gear={"helmet": "never", "vest": "never", "gloves": "some", "glasses": "some", "wear": "work"},
        places=PLACES,
        floors=FLOORS,
        entrances=((-4.05, 1.25), (4.05, 1.25)),
        solids=tuple(piece.bounds() for solid, piece in _furniture() if solid),
        views=(
            View((-12, 14), (3.9, 4.6), (1.4, 1.8), (44, 50), (-0.25, 0.95, -0.5)),
            View((14, 34), (3.8, 4.5), (1.4, 1.8), (45, 51), (-0.25, 0.92, -0.45)),
            View((-34, -14), (3.8, 4.5), (1.35, 1.8), (45, 51), (-0.15, 0.92, -0.45)),
        ),
        sensor=Sensor(exposure=1.36, noise=0.010, vignette=0.10),
    )


def _shell() -> list[Piece]:
    """Floor, walls, ceiling and what hangs on them."""
    floor = Paint(
        (0.60, 0.61, 0.61), CONCRETE, (0.48, 0.49, 0.49), specular=0.30, grain=0.09, numbers=(2.4, 0.004)
    )
    wall = fittings.wall(2 * SIDE, HEIGHT, UPPER, LOWER, 1.15)
    side = fittings.wall(10.0, HEIGHT, UPPER, LOWER, 1.15)
    lamps = [(x, z) for x in (-3.0, -1.0, 1.0, 3.0) for z in (-0.8, 1.4)]
    signs = [
        fittings.poster(0.5, 0.7, 5, (0.75, 0.62, 0.20)).at(1.25, 1.30, BACK),
        fittings.poster(0.42, 0.6, 9).at(-2.6, 1.35, BACK),
    ]
    return [
        plate(2 * SIDE, 10.0, floor).at(z=BACK + 5.0),
        machines.stripe(9.4, 0.08, striped=False).at(0, 0, 0.56),
        fittings.ceiling(2 * SIDE, 10.0, HEIGHT, lamps).at(z=BACK + 2.5),
        wall.at(z=BACK),
        side.yaw(90).at(-SIDE, 0, BACK + 5.0),
        side.yaw(-90).at(SIDE, 0, BACK + 5.0),
        fittings.window(1.9, 1.1, 1.25, 0.7, 4).at(2.85, 0, BACK),
        fittings.clock().at(1.25, 2.45, BACK),
        services.duct(9.4).at(0, 2.62, BACK),
        services.extinguisher().at(-3.25, 0, BACK),
        fittings.door((0.40, 0.50, 0.56)).at(-4.05, 0, BACK),
        *signs,
    ]


def _furniture() -> list[tuple[bool, Piece]]:
    """What stands on the floor, and whether one has to walk around it."""
    return [
        (True, benches.workbench(2.3, 0.75).at(-0.55, 0, -1.78)),
        (False, _bench_things().at(-0.55, 0.92, -1.78)),
        (True, benches.workbench(1.6, 0.70, upright=False).yaw(-90).at(1.56, 0, -0.42)),
        (False, _table_things().yaw(-90).at(1.56, 0.92, -0.42)),
        (False, props.stool().yaw(90).at(0.86, 0, -0.78)),
        (True, furniture.rack(1.3, 1.9, 0.5, seed=3).yaw(90).at(-2.20, 0, -0.30)),
        (True, benches.roller_cabinet().at(1.35, 0, BACK + 0.30)),
        (True, furniture.locker(3).at(-2.45, 0, BACK + 0.28)),
        (True, furniture.rack(1.3, 1.9, 0.5, seed=8).at(2.75, 0, BACK + 0.30)),
        (True, _stack().yaw(-8).at(2.32, 0, 0.10)),
        (True, services.drum().at(-3.4, 0, -1.1)),
    ]


def _stack() -> Piece:
    """Two cartons and a toolbox at the end of the table."""
    return join([props.carton(0.44, 0.30, 0.36), props.carton(0.34, 0.22, 0.30).yaw(12).at(0.02, 0.30, 0)])


def _bench_things() -> Piece:
    """On the bench at the wall."""
    return join(
        [
            props.tray(BLUE).at(-0.85, 0, 0.10),
            props.monitor(1, 6, 0.46).yaw(12).at(0.82, 0, -0.12),
            props.keyboard().yaw(8).at(0.80, 0, 0.14),
            props.toolbox(RED).yaw(5).at(-0.30, 0, -0.08),
            props.papers(4).yaw(-8).at(0.28, 0, 0.14),
            tools.bottle(YELLOW).at(0.38, 0, -0.15),
            tools.bottle(GREEN, 0.18).at(0.47, 0, -0.12),
            props.desk_lamp().yaw(20).at(-1.05, 0, -0.16),
        ]
    )


def _table_things() -> Piece:
    """On the table at the side; its user looks along -z."""
    return join(
        [
            benches.assembly_fixture().at(0.35, 0, -0.02),
            props.tray(GRAY).at(-0.50, 0, -0.12),
            *(
                props.bin_box(c, 0.14, 0.10, 0.18).yaw(0).at(-0.1 + 0.16 * k, 0, -0.24)
                for k, c in enumerate((RED, YELLOW, BLUE, GREEN))
            ),
            props.mug(GREEN).at(0.70, 0, 0.10),
            props.desk_lamp().yaw(-30).at(0.70, 0, -0.22),
        ]
    )
