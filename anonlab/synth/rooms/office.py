"""An office: two desks, shelves, a sideboard, windows."""

from __future__ import annotations

from anonlab.synth.render.develop import Sensor
from anonlab.synth.render.lights import Ambient, Light
from anonlab.synth.rooms import fittings, furniture, props
from anonlab.synth.rooms.paints import BLUE, RED, WHITE
from anonlab.synth.rooms.patterns import TILES, Paint
from anonlab.synth.rooms.room import Place, Room, View
from anonlab.synth.rooms.solids import Piece, join, plate

BACK, SIDE, HEIGHT = -2.45, 4.7, 2.80
UPPER, LOWER = (0.86, 0.85, 0.81), (0.70, 0.75, 0.76)

PLACES = (
    Place(
        "desk",
        "seat",
        (0.70, -0.72),
        90.0,
        ((1.20, 0.77, -0.62), (1.20, 0.77, -0.84), (1.34, 0.77, -0.45)),
        0.48,
    ),
    Place("laptop desk", "seat", (-1.55, -0.64), 0.0, ((-1.66, 0.77, -0.22), (-1.44, 0.77, -0.22)), 0.48),
    Place(
        "sideboard",
        "surface",
        (0.0, -1.60),
        180.0,
        ((-0.15, 0.82, -2.0), (0.12, 0.82, -2.0)),
        0.80,
        ((0.08, 0.80, -2.03),),
    ),
    Place(
        "bookcase",
        "shelf",
        (-1.62, -1.52),
        180.0,
        ((-1.75, 1.25, -1.98), (-1.50, 1.25, -1.98), (-1.62, 1.62, -1.98)),
        1.24,
    ),
    Place(
        "desk end",
        "surface",
        (0.78, 0.16),
        150.0,
        ((1.22, 0.76, -0.10), (1.35, 0.76, -0.12)),
        0.74,
        ((1.23, 0.74, -0.10),),
    ),
    Place("carpet", "floor", (-0.25, -0.10), 35.0, ((0.05, 0.0, 0.35), (0.1, 0.0, 0.30)), 0.0),
    Place("middle", "floor", (-0.15, 0.75), 10.0, ((-0.05, 0.0, 1.2),), 0.0),
)
FLOORS = (
    (-4.5, 0.55, 4.5, 1.75),
    (-0.72, -1.72, 0.42, 1.75),
    (-2.35, -1.72, 0.42, -0.98),
    (0.30, -1.25, 1.06, -0.30),
    (0.30, 0.02, 1.00, 0.60),
    (-1.95, -0.98, -0.60, -0.36),
)


def build() -> Room:
    """The office."""
    furnished = [piece for _, piece in _furniture()]
    return Room(
        name="office",
        title="Office",
        mesh=join([*_shell(), *furnished]).mesh(),
        lights=(
            Light((-2.2, 5.6, 4.2), (0.0, 0.7, -0.6), (0.58, 0.56, 0.52), radius=0.24, cone_deg=80),
            Light((3.4, 4.8, 1.6), (0.0, 0.7, -0.6), (0.27, 0.29, 0.32), radius=0.34, cone_deg=85),
        ),
        ambient=Ambient((0.43, 0.43, 0.43), (0.52, 0.53, 0.52)),
        gray=False,
        gear={"helmet": "never", "vest": "never", "gloves": "never", "wear": "office"},
        places=PLACES,
        floors=FLOORS,
        entrances=((-4.0, 1.2), (4.0, 1.2)),
        solids=tuple(piece.bounds() for solid, piece in _furniture() if solid),
        views=(
            View((-14, 12), (4.0, 4.6), (1.35, 1.75), (44, 50), (-0.2, 0.92, -0.6)),
            View((14, 30), (3.9, 4.6), (1.4, 1.8), (44, 51), (-0.2, 0.90, -0.5)),
            View((-32, -16), (3.9, 4.6), (1.35, 1.8), (44, 51), (-0.1, 0.90, -0.5)),
        ),
        sensor=Sensor(exposure=1.36, noise=0.010, vignette=0.10),
    )


def _shell() -> list[Piece]:
    """Floor, walls, ceiling and what hangs on them."""
    floor = Paint(
        (0.55, 0.53, 0.50), TILES, (0.47, 0.45, 0.43), specular=0.22, grain=0.07, numbers=(0.6, 0.6, 0.002, 0)
    )
    lamps = [(x, z) for x in (-2.5, 0.0, 2.5) for z in (-1.2, 1.0)]
    wall = fittings.wall(2 * SIDE, HEIGHT, UPPER, LOWER, 0.98)
    side = fittings.wall(10.0, HEIGHT, UPPER, LOWER, 0.98)
    return [
        plate(2 * SIDE, 10.0, floor).at(z=BACK + 5.0),
        fittings.ceiling(2 * SIDE, 10.0, HEIGHT, lamps).at(z=BACK + 5.0 - 2.5),
        wall.at(z=BACK),
        side.yaw(90).at(-SIDE, 0, BACK + 5.0),
        side.yaw(-90).at(SIDE, 0, BACK + 5.0),
        fittings.window(2.0, 1.25, 1.0, 0.75, 3).at(2.25, 0, BACK),
        fittings.whiteboard(1.5, 0.9).at(-0.05, 1.25, BACK),
        fittings.clock().at(1.0, 2.25, BACK),
        fittings.poster(0.45, 0.62, 3).at(-2.75, 1.25, BACK),
        fittings.door().at(-3.8, 0, BACK),
        fittings.window(2.2, 1.25, 1.0, 0.9, 8).yaw(90).at(-SIDE, 0, 0.6),
        fittings.window(2.2, 1.25, 1.0, 0.8, 5).yaw(-90).at(SIDE, 0, 0.6),
        fittings.socket().at(1.05, 0.30, BACK),
    ]


def _furniture() -> list[tuple[bool, Piece]]:
    """What stands on the floor, and whether one has to walk around it."""
    return [
        (True, furniture.desk(1.6, 0.8).yaw(-90).at(1.52, 0, -0.72)),
        (False, _desk_things().yaw(-90).at(1.52, 0.74, -0.72)),
        (True, furniture.pedestal().yaw(-90).at(1.62, 0, -1.22)),
        (False, props.chair().yaw(90).at(0.72, 0, -0.72)),
        (True, furniture.desk(1.5, 0.75, panel=False).yaw(180).at(-1.55, 0, 0.04)),
        (False, _laptop_things().at(-1.55, 0.74, 0.04)),
        (False, props.chair((0.42, 0.20, 0.18)).yaw(0).at(-1.55, 0, -0.66)),
        (True, furniture.sideboard(1.5).at(0.0, 0, BACK + 0.26)),
        (False, _sideboard_things().at(0.0, 0.80, BACK + 0.26)),
        (True, furniture.bookcase(1.25, seed=4).at(-1.62, 0, BACK + 0.20)),
        (True, furniture.plant(1.35, 2).at(1.20, 0, BACK + 0.32)),
        (True, furniture.plant(1.0, 5).at(-2.75, 0, BACK + 0.35)),
        (True, furniture.bookcase(1.0, 1.2, rows=3, seed=9).at(3.95, 0, BACK + 0.20)),
        (True, furniture.coat_stand().at(-3.0, 0, -1.3)),
        (True, props.paper_bin().at(1.75, 0, 0.30)),
    ]


def _desk_things() -> Piece:
    """On the big desk, whose user looks along -z."""
    return join(
        [
            props.monitor(0, 2, 0.60).yaw(-8).at(-0.28, 0, -0.20),
            props.monitor(1, 5, 0.54).yaw(14).at(0.36, 0, -0.18),
            props.keyboard().at(0.0, 0, 0.22),
            props.mouse().at(0.33, 0, 0.22),
            props.papers(2).yaw(12).at(-0.55, 0, 0.16),
            props.mug(RED).at(0.55, 0, 0.02),
            props.pens().at(0.70, 0, -0.22),
        ]
    )


def _laptop_things() -> Piece:
    """On the small desk, whose user looks along +z."""
    return join(
        [
            props.laptop().yaw(180).at(0.0, 0, 0.0),
            props.phone().yaw(180).at(0.55, 0, 0.05),
            props.papers(8).yaw(190).at(-0.48, 0, -0.08),
            props.mug(BLUE).at(0.30, 0, -0.12),
            props.desk_lamp(WHITE).yaw(150).at(-0.62, 0, 0.22),
        ]
    )


def _sideboard_things() -> Piece:
    parts = [
        props.printer().at(0.52, 0, -0.02),
        props.coffee_machine().at(-0.55, 0, -0.02),
        furniture.pendant_plant().at(-0.30, 0, -0.08),
    ]
    return join([*parts, props.mug(WHITE).at(-0.05, 0, -0.08), props.mug(RED).at(0.06, 0, -0.10)])
