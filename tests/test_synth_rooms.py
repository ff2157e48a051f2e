import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.errors import ParameterError
from anonlab.synth import rooms, things
from anonlab.synth.motion.rotations import heading
from anonlab.synth.render.develop import develop
from anonlab.synth.render.renderer import Renderer
from anonlab.synth.rooms.room import KINDS

NAMES = list(rooms.ROOMS)
every_room = pytest.mark.parametrize("name", NAMES)


def overlap(a, b, margin=1e-6):
    """Whether rectangles x0, z0, x1, z1 share an area."""
    return min(a[2], b[2]) - max(a[0], b[0]) > margin and min(a[3], b[3]) - max(a[1], b[1]) > margin


def on_plan(solid):
    return solid[0], solid[2], solid[3], solid[5]


def holds(rectangle, x, z):
    return rectangle[0] <= x <= rectangle[2] and rectangle[1] <= z <= rectangle[3]


def test_an_unknown_room_is_named_with_those_there_are():
    with pytest.raises(ParameterError, match="did you mean 'office'"):
        rooms.build("ofice")


@every_room
def test_a_room_is_built_once(name):
    assert rooms.build(name) is rooms.build(name)
    assert rooms.build(name).name == name


@every_room
def test_places_are_of_known_kinds_with_different_names(name):
    places = rooms.build(name).places
    assert len({place.name for place in places}) == len(places) >= 5
    assert {place.kind for place in places} <= set(KINDS)
    assert all(place.targets for place in places)


@every_room
def test_nobody_stands_in_furniture_and_everybody_on_a_floor(name):
    room = rooms.build(name)
    for place in room.places:
        assert not any(holds(on_plan(solid), *place.stand) for solid in room.solids), place.name
        assert any(holds(floor, *place.stand) for floor in room.floors), place.name


def sampled(mesh, box, spacing=0.02):
    """Points on all triangles that touch a box x0, y0, z0, x1, y1, z1, about `spacing` metres from one another."""
    corners = mesh.vertices[mesh.triangles]
    low, high = corners.min(axis=1), corners.max(axis=1)
    corners = corners[((high > box[:3]) & (low < box[3:])).all(axis=1)]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    points = []
    for triangle, length in zip(corners, longest, strict=True):
        steps = np.linspace(0, 1, int(min(length / spacing, 200)) + 2)
        u, v = (grid.ravel() for grid in np.meshgrid(steps, steps))
        inside = u + v <= 1 + 1e-9
        points.append(
            triangle[0]
            + u[inside, None] * (triangle[1] - triangle[0])
            + v[inside, None] * (triangle[2] - triangle[0])
        )
    return np.concatenate(points)


@every_room
@pytest.mark.parametrize("kind", things.THINGS)
def test_things_are_put_where_nothing_else_stands(name, kind):
    room = rooms.build(name)
    width, height, depth = things.thing(kind).size
    for place in room.places:
        for point in (
            place.clear if place.kind == "surface" else place.targets if place.kind == "floor" else ()
        ):
            x, y, z = point[0], place.height, point[2]
            assert y == pytest.approx(point[1])
            found = sampled(room.mesh, np.array([x - 0.4, y - 0.05, z - 0.4, x + 0.4, y + height, z + 0.4]))
            yaw = np.degrees(np.arctan2(x - place.stand[0], z - place.stand[1]))
            seen = (found - [x, y, z]) @ heading(yaw)
            above = (np.abs(seen[:, 0]) < width / 2 - 0.01) & (np.abs(seen[:, 2]) < depth / 2 - 0.01)
            assert not (above & (seen[:, 1] > 0.03) & (seen[:, 1] < height)).any(), (place.name, point)
            assert (above & (np.abs(seen[:, 1]) < 0.03)).any(), (place.name, "floats", point)


@every_room
def test_floors_are_free_of_furniture(name):
    room = rooms.build(name)
    for floor in room.floors:
        assert not [(k, solid) for k, solid in enumerate(room.solids) if overlap(floor, on_plan(solid))], (
            floor
        )


@every_room
def test_every_floor_can_be_reached_from_every_entrance(name):
    room = rooms.build(name)
    reached = {k for k, floor in enumerate(room.floors) if holds(floor, *room.entrances[0])}
    for _ in room.floors:
        reached |= {k for k, f in enumerate(room.floors) if any(overlap(f, room.floors[j]) for j in reached)}
    assert len(reached) == len(room.floors)
    assert all(any(holds(floor, x, z) for floor in room.floors) for x, z in room.entrances)


@every_room
def test_targets_are_within_an_arms_reach(name):
    for place in rooms.build(name).places:
        away = [np.hypot(x - place.stand[0], z - place.stand[1]) for x, _, z in place.targets]
        assert max(away) < 0.80, place.name
        assert min(away) > 0.2, place.name


@every_room
def test_cameras_differ_and_the_same_seed_gives_the_same(name):
    room = rooms.build(name)
    cameras = [room.camera(np.random.default_rng(seed), (64, 48)) for seed in (1, 1, 2, 3)]
    assert cameras[0] == cameras[1]
    assert len(set(cameras)) == 3


@every_room
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_camera_sees_every_place_and_no_entrance(name, seed):
    room = rooms.build(name)
    camera = room.camera(np.random.default_rng(seed), (64, 48))
    assert room.suits(camera)
    for place in room.places:
        x, y, depth = camera.project([(place.stand[0], 1.0, place.stand[1])])[0]
        assert 0 < x < 64
        assert 0 < y < 48
        assert depth > 1
    for x, z in room.entrances:
        u, v, _ = camera.project([(x, 1.0, z)])[0]
        assert not (0 < u < 64 and 0 < v < 48)


@every_room
def test_rgb_rooms_are_seen_level_and_gray_ones_from_above(name):
    room = rooms.build(name)
    for seed in range(10):
        camera = room.camera(np.random.default_rng(seed), (64, 48))
        pitch = -np.degrees(np.arcsin(camera.rotation[2, 1]))
        assert (35 < pitch < 50) if room.gray else (abs(pitch) < 15)


@every_room
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_room_fills_every_picture(name, seed):
    room = rooms.build(name)
    rng = np.random.default_rng(seed)
    shown = Renderer(room, room.camera(rng, (64, 48))).render([])
    assert (shown.inverse_depth > 0).all()
    assert np.isfinite(shown.radiance).all()
    image = develop(shown.radiance, room.sensor, rng)
    assert 90 < image.mean() < 180
    assert (image >= 254).mean() < 0.04
    assert (image < 8).mean() < 0.01
    assert room.gray == bool((image[..., 0] == image[..., 2]).all())
