"""A machining centre and what belongs to it, seen from above."""

from __future__ import annotations

from anonlab.synth.render.develop import Sensor
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.rooms import benches, fittings, furniture, machines, props, services, tools
from anonlab.synth.rooms.paints import BLUE, GRAY, GREEN, RED, YELLOW
from anonlab.synth.rooms.patterns import TILES, Paint
from anonlab.synth.rooms.room import Place, Room, View
from anonlab.synth.rooms.solids import Piece, join, plate

BACK, SIDE, HEIGHT = -2.6, 5.8, 4.2
UPPER, LOWER = (0.80, 0.81, 0.80), (0.58, 0.63, 0.65)

PLACES = (
    Place("doors", "machine", (-0.62, -0.66), 180.0, ((-0.62, 1.05, -1.10), (-0.42, 1.10, -1.10)), 0.0),
    Place("panel", "machine", (0.66, -0.66), 172.0, ((0.62, 1.22, -1.07), (0.74, 1.18, -1.07)), 0.0),
    Place(
        "inspection",
        "surface",
        (1.05, -0.22),
        0.0,
        ((0.95, 0.95, 0.18), (1.18, 0.95, 0.18)),
        0.92,
        ((1.13, 0.92, 0.21),),
    ),
    Place("trolley", "surface", (-1.02, 0.02), 270.0, ((-1.40, 0.88, 0.12), (-1.40, 0.88, -0.10)), 0.84),
    Place("floor", "floor", (-0.15, 0.20), 40.0, ((0.16, 0.0, 0.56),), 0.0),
    Place("pallet", "floor", (-0.45, 0.62), -30.0, ((-0.72, 0.0, 1.05),), 0.0),
)
FLOORS = (
    (-5.5, 0.45, 0.25, 1.0),
    (-1.15, -0.92, 0.25, 1.0),
    (-1.15, -0.92, 5.5, -0.14),
)


def build() -> Room:
    """The machining centre."""
    return Room(
        name="visionlab_machine",
        title="Visionlab machine",
        mesh=join([*_shell(), *(piece for _, piece in _furniture())]).mesh(),
        lights=(
            Light((2.6, 6.4, 3.6), (0.0, 0.8, -0.3), (0.66, 0.66, 0.66), radius=0.24, cone_deg=75, ceiling=9),
            Light(
                (-3.6, 5.4, 1.8), (0.0, 0.8, -0.3), (0.28, 0.28, 0.28), radius=0.34, cone_deg=80, ceiling=9
            ),
        ),
        ambient=Ambient((0.46, 0.46, 0.46), (0.33, 0.33, 0.33)),
        gray=True,
        gear={"helmet": "never", "vest": "never", "gloves": "some", "glasses": "always", "wear": "work"},
        places=PLACES,
        floors=FLOORS,
        entrances=((-4.7, 0.70), (5.0, -0.55)),
        solids=tuple(piece.bounds() for solid, piece in _furniture() if solid),
        views=(
            View((-12, 14), (3.0, 3.5), (3.5, 3.9), (40, 45), (-0.02, 0.85, -0.08)),
            View((14, 38), (3.0, 3.5), (3.4, 3.9), (41, 46), (0.0, 0.85, -0.1)),
            View((-38, -14), (3.0, 3.5), (3.4, 3.9), (41, 46), (0.0, 0.85, -0.1)),
        ),
        sensor=Sensor(exposure=1.55, gray=True, noise=0.012, vignette=0.12),
    )


def _shell() -> list[Piece]:
    """Floor, walls and what hangs on them."""
    floor = Paint(
        (0.56, 0.57, 0.57), TILES, (0.47, 0.48, 0.48), specular=0.28, grain=0.06, numbers=(0.5, 0.5, 0.004, 0)
    )
    wall = fittings.wall(2 * SIDE + 4, HEIGHT, UPPER, LOWER, 1.3)
    side = fittings.wall(10.0, HEIGHT, UPPER, LOWER, 1.3)
    return [
        plate(2 * SIDE + 4, 12.0, floor).at(z=BACK + 6.0),
        wall.at(z=BACK),
        side.yaw(90).at(-SIDE, 0, BACK + 5.0),
        side.yaw(-90).at(SIDE, 0, BACK + 5.0),
        services.duct(11.6).at(0, 2.35, BACK),
        services.pipes(11.6).at(0, 1.62, BACK),
        services.extinguisher().at(1.85, 0, BACK),
        machines.stripe(11.5, 0.08, striped=False).at(0, 0, 1.06),
        machines.stripe(2.3, 0.08, striped=False).at(-0.45, 0, -0.98),
    ]


def _furniture() -> list[tuple[bool, Piece]]:
    """What stands on the floor, and whether one has to walk around it."""
    return [
        (True, machines.milling_machine(1.9, 1.15).at(-0.50, 0, -1.75)),
        (False, machines.panel_on_arm(0.5).at(0.68, 0, -1.14)),
        (True, benches.workbench(1.4, 0.62, upright=False).yaw(180).at(1.12, 0, 0.40)),
        (False, _bench_things().yaw(180).at(1.12, 0.92, 0.40)),
        (True, benches.trolley().yaw(90).at(-1.52, 0, 0.0)),
        (True, benches.roller_cabinet().yaw(90).at(-1.95, 0, -1.05)),
        (True, services.control_cabinet().at(1.20, 0, BACK + 0.30)),
        (True, services.drum(BLUE).at(-1.95, 0, BACK + 0.5)),
        (True, services.drum(GREEN).at(-2.62, 0, BACK + 0.55)),
        (True, furniture.rack(1.3, 1.9, 0.5, seed=5).at(2.85, 0, BACK + 0.35)),
        (True, machines.pallet(2, 3).yaw(4).at(2.55, 0, 0.62)),
        (True, furniture.locker(3).at(-3.75, 0, BACK + 0.3)),
        (True, props.paper_bin().at(2.2, 0, -1.2)),
    ]


def _bench_things() -> Piece:
    """On the inspection bench, whose user looks along -z."""
    return join(
        [
            props.tray(GRAY).at(0.42, 0, -0.06),
            benches.assembly_fixture().at(-0.35, 0, -0.05),
            props.papers(6).yaw(10).at(0.05, 0, 0.10),
            props.bin_box(RED, 0.14, 0.10, 0.18).at(-0.05, 0, -0.18),
            props.bin_box(YELLOW, 0.14, 0.10, 0.18).at(0.11, 0, -0.18),
            tools.bottle(GREEN, 0.2).at(0.63, 0, -0.2),
        ]
    )
