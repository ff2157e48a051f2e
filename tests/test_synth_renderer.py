import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.synth.meshes import Mesh, Surface
from anonlab.synth.render import shading
from anonlab.synth.render.camera import Camera
from anonlab.synth.render.develop import Sensor, develop, tone
from anonlab.synth.render.lights import Ambient, Light, table
from anonlab.synth.render.raster import fill
from anonlab.synth.render.renderer import Renderer, Stage, nothing
from anonlab.synth.rooms.paints import GRAY, RED, WHITE, glow
from anonlab.synth.rooms.solids import ball, box, cylinder, join, plate, tube

LIGHTS = (Light((1.0, 5.0, 3.0), (0.0, 0.0, 0.0), (0.5, 0.5, 0.5), resolution=512),)
CAMERA = Camera((0.0, 1.5, 4.0), (0.0, 0.5, 0.0), 45.0, 64, 48)
FLOOR = Stage(LIGHTS, mesh=plate(20.0, 20.0, GRAY).mesh())
EMPTY = Stage(LIGHTS)


def floor(camera=CAMERA):
    return Renderer(FLOOR, camera)


def block(x=0.0, y=0.5, z=0.0, side=1.0, paint=RED):
    return box((side, side, side), paint, 0.0).at(x, y, z).mesh()


def with_clip(mesh, clip):
    return Mesh(mesh.vertices, mesh.triangles, mesh.attributes, mesh.material, np.float32(clip), mesh.smooth)


def test_no_meshes_is_the_room_itself():
    renderer = floor()
    empty = renderer.render([])
    assert empty.shares.shape == (0, 48, 64)
    np.testing.assert_array_equal(renderer.render([nothing()]).radiance, empty.radiance)


def test_a_mesh_behind_the_camera_or_outside_changes_nothing_it_does_not_shade():
    renderer = floor()
    far = renderer.render([block(x=8.0, z=-3.0, side=0.3), block(z=9.0)])
    assert far.shares.max() == 0
    np.testing.assert_allclose(far.radiance, renderer.render([]).radiance, rtol=1e-5)


def test_nothing_at_all_is_black():
    shown = Renderer(EMPTY, CAMERA).render([])
    assert shown.radiance.max() == 0
    assert shown.inverse_depth.shape == (96, 128)


def test_the_target_is_in_the_middle_and_plus_x_is_to_the_right():
    x, y, depth = CAMERA.project([CAMERA.target, (1.0, 0.5, 0.0), (0.0, 1.5, 0.0)]).T
    assert (x[0], y[0]) == pytest.approx((32, 24))
    assert depth[0] == pytest.approx(np.hypot(4.0, 1.0))
    assert x[1] > 40
    assert y[2] < 20


def test_a_plate_covers_the_pixels_it_projects_to():
    camera = Camera((0.0, 0.0, 10.0), (0.0, 0.0, 0.0), 45.0, 64, 64)
    side = 2 * 10.0 * np.tan(np.radians(22.5)) / 64  # of one pixel at the plate
    square = plate(16 * side, 8 * side, WHITE).pitch(90).mesh()
    share = Renderer(EMPTY, camera).render([square]).shares[0]
    expected = np.zeros((64, 64))
    expected[28:36, 24:40] = 1
    np.testing.assert_array_equal(share, expected)


def test_half_a_pixel_is_half_a_share():
    camera = Camera((0.0, 0.0, 10.0), (0.0, 0.0, 0.0), 45.0, 64, 64)
    side = 2 * 10.0 * np.tan(np.radians(22.5)) / 64
    square = plate(8 * side, 8 * side, WHITE).pitch(90).at(0.5 * side).mesh()
    share = Renderer(EMPTY, camera).render([square]).shares[0]
    np.testing.assert_array_equal(share[32, 27:38], [0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0] + (np.arange(11) > 1) * 1.0 * [
        1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0
    ])  # fmt: skip


def test_shares_are_whole_where_a_mesh_fills_the_view_and_never_more():
    near = plate(50.0, 50.0, WHITE).pitch(90).at(z=2.0).mesh()
    shares = floor().render([block(), near]).shares
    np.testing.assert_array_equal(shares[0], 0)
    np.testing.assert_array_equal(shares[1], 1)
    mixed = floor().render([block(0.2), block(-0.3, z=0.4), block(0.0, z=1.0, side=0.4)]).shares
    assert mixed.sum(0).max() <= 1


def test_the_nearer_mesh_hides_the_farther_whatever_the_order():
    renderer = floor()
    front, back = block(z=1.0, side=0.5), block(z=-1.0, side=0.5)
    ab, ba = renderer.render([front, back]), renderer.render([back, front])
    np.testing.assert_array_equal(ab.shares, ba.shares[::-1])
    np.testing.assert_allclose(ab.radiance, ba.radiance, rtol=1e-4, atol=1e-5)
    assert not ab.shares[1][ab.shares[0] == 1].any()


def test_nothing_is_drawn_where_the_clip_is_below_zero():
    mesh = block()
    whole = floor().render([mesh]).shares[0]
    np.testing.assert_array_equal(
        floor().render([with_clip(mesh, np.ones(len(mesh.vertices)))]).shares[0], whole
    )
    assert floor().render([with_clip(mesh, -np.ones(len(mesh.vertices)))]).shares.max() == 0
    cut = floor().render([with_clip(mesh, mesh.vertices[:, 1] - 0.5)]).shares[0]
    assert 0 < cut.sum() < whole.sum()
    assert (cut <= whole).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([0.02, 0.1, 0.5, 3.0]), st.booleans())
def test_triangles_are_filled_as_if_every_sample_was_looked_at(seed, size, has_clip):
    rng = np.random.default_rng(seed)
    middles = np.column_stack([rng.uniform(-1, 1, (20, 2)), rng.uniform(1.5, 3, 20)])
    view = np.float32(middles[:, None] + rng.normal(0, size, (20, 3, 3)) * [1, 1, 0.1]).reshape(60, 3)
    triangles = np.arange(60, dtype=np.int32).reshape(20, 3)
    clip = np.float32(rng.normal(1, 1, 60) if has_clip else [])
    depth, index = np.zeros((30, 40), np.float32), np.full((30, 40), -1, np.int32)
    shares = np.zeros((30, 40, 2), np.float32)
    fill(view, triangles, np.array([30.0, 20.0, 15.0]), clip, 100, depth, index, shares)
    only_depth = np.zeros_like(depth)
    fill(view, triangles, np.array([30.0, 20.0, 15.0]), clip, 100, only_depth, index[:0, :0], shares[:0, :0])
    np.testing.assert_array_equal(only_depth, depth)
    nearest, expected = np.zeros((30, 40)), np.full((30, 40), -1)
    parts = np.zeros((30, 40, 2))
    unsure = np.zeros((30, 40), bool)  # on an edge, or as near as another: rounding decides
    for number, corners in enumerate(view.astype(np.float64).reshape(20, 3, 3)):
        y, x = np.mgrid[:30, :40] + 0.5
        rays = np.stack([(x - 20) / 30, (y - 15) / 30, np.ones_like(x)], axis=-1)
        weights = rays @ np.linalg.inv(corners)  # of the corners, by 1/z
        inverse = weights.sum(axis=-1)
        inside, edge = weights.min(axis=-1), np.abs(weights).min(axis=-1)
        kept = inside >= 0
        if has_clip:
            left = weights / inverse[..., None] @ clip[3 * number : 3 * number + 3]
            kept, edge = kept & (left >= 0), np.minimum(edge, np.abs(left))
        unsure |= (edge < 1e-4) | (kept & (np.abs(inverse - nearest) < 1e-4))
        nearer = kept & (inverse > nearest)
        nearest[nearer], expected[nearer] = inverse[nearer], 100 + number
        parts[nearer] = (weights[..., 1:] / inverse[..., None])[nearer]
    np.testing.assert_array_equal(index[~unsure], expected[~unsure])
    np.testing.assert_allclose(depth[~unsure], nearest[~unsure], rtol=1e-5)
    np.testing.assert_allclose(shares[~unsure], parts[~unsure], atol=1e-3)


def test_a_triangle_across_the_camera_plane_is_cut_not_lost():
    camera = Camera((0.0, 1.0, 0.0), (0.0, 0.9, -1.0), 60.0, 32, 24)
    ground = plate(40.0, 40.0, GRAY).mesh()  # two triangles, both reach behind the camera
    shown = Renderer(EMPTY, camera).render([ground])
    np.testing.assert_array_equal(shown.shares[0, 16:], 1)
    depth = 1 / shown.inverse_depth[47, 32]
    assert depth == pytest.approx(1 / np.tan(np.radians(30 + 5.7) * 0.98), rel=0.25)
    assert np.isfinite(shown.radiance).all()


def test_a_shadow_falls_on_the_floor_and_darkens_only():
    renderer = floor()
    bare, shaded = renderer.render([]).radiance, renderer.render([block(y=0.5)])
    outside = (shaded.shares[0] == 0) & (bare.min(-1) > 0)
    ratio = shaded.radiance[outside] / bare[outside]
    assert ratio.max() <= 1 + 1e-5
    assert ratio.min() < 0.7


def test_brightness_of_light_is_linear():
    def lit(k):
        lights = tuple(Light(x.position, x.target, (k, k, k), resolution=256) for x in LIGHTS)
        stage = Stage(lights, Ambient((k, k, k), (k, k, k)), plate(20.0, 20.0, GRAY).mesh())
        return Renderer(stage, CAMERA).render([block()]).radiance

    np.testing.assert_allclose(lit(0.8), 2 * lit(0.4), rtol=1e-4)


def test_a_lamp_shines_in_the_dark():
    dark = Stage((), Ambient((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    shown = Renderer(dark, CAMERA).render([block(paint=glow((1.0, 0.5, 0.0), 0.7)), block(x=1.5)])
    np.testing.assert_allclose(
        shown.radiance[shown.shares[0] == 1].mean(0), [0.7, 0.7 * 0.5**2.2, 0], atol=1e-3
    )
    assert shown.radiance[shown.shares[1] == 1].max() == 0


class _Skin:
    def shade(self, triangles, positions, attributes):
        assert positions.shape == (len(triangles), 3)
        assert attributes.shape == (len(triangles), 4)
        ones = np.ones(len(triangles), np.float32)
        return Surface(np.full((len(triangles), 3), 0.5, np.float32), 0.2 * ones, ones, ones)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.booleans())
def test_no_pixel_is_undefined(seed, smooth):
    rng = np.random.default_rng(seed)
    vertices = rng.normal(0, 2, (30, 3)).astype(np.float32)
    triangles = rng.integers(0, 30, (40, 3)).astype(np.int32)  # some without area
    attributes = rng.normal(0, 1, (30, 4)).astype(np.float32)
    shown = floor().render([Mesh(vertices, triangles, attributes, _Skin(), smooth=smooth), block()])
    assert np.isfinite(shown.radiance).all()
    assert shown.radiance.min() >= 0
    assert shown.shares.min() >= 0
    assert shown.shares.sum(0).max() <= 1


def test_rendering_twice_is_the_same_whatever_came_between():
    renderer = floor()
    first, other, again = (renderer.render([block(x)]) for x in (0.0, 0.7, 0.0))
    np.testing.assert_array_equal(first.radiance, again.radiance)
    np.testing.assert_array_equal(other.radiance, floor().render([block(0.7)]).radiance)
    np.testing.assert_array_equal(first.radiance, floor().render([block()]).radiance)


@pytest.mark.parametrize(
    "solid",
    [box((1, 2, 3), RED), ball((1, 2, 3), RED), cylinder(1, 2, RED), tube([[0, 0, 0], [0, 3, 0]], 1, RED)],
)
def test_closed_solids_look_outward_everywhere(solid):
    a, b, c = solid.vertices[solid.triangles].astype(float).transpose(1, 0, 2)
    volume = (np.cross(a, b) * c).sum(1) / 6
    assert abs(volume.sum()) == pytest.approx(np.abs(volume).sum(), rel=1e-3)


def test_joined_pieces_keep_their_paint():
    both = join([box((1, 1, 1), RED), box((1, 1, 1), WHITE).at(3)])
    assert both.paint_of.max() == 1
    surface = both.mesh().material.shade(
        np.array([0, 50], np.int32), np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)
    )
    assert surface.albedo[0, 1] < 0.1 < surface.albedo[1, 1]


def test_turning_takes_the_front_to_the_right():
    np.testing.assert_allclose(box((1, 1, 1), RED).at(z=5).yaw(90).vertices.mean(0), [5, 0, 0], atol=1e-5)
    np.testing.assert_allclose(box((1, 1, 1), RED).at(y=5).pitch(90).vertices.mean(0), [0, 0, 5], atol=1e-5)


def test_tone_goes_from_black_to_white_and_never_back():
    shown = tone(np.linspace(0, 8, 500))
    assert shown[0] == 0
    assert shown[-1] == 1
    assert (np.diff(shown) >= 0).all()


def test_developing_is_seeded_and_gray_is_gray():
    light = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    a, b, c = (develop(light, Sensor(gray=True, blur_px=0.5), np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()
    assert (a[..., 0] == a[..., 1]).all()
    assert (a[..., 0] == a[..., 2]).all()


def test_a_sensor_without_noise_only_follows_the_light():
    light = np.full((8, 8, 3), 0.3, np.float32)
    still = Sensor(noise=0.0, vignette=0.0)
    dim, bright = (develop(light * k, still, np.random.default_rng(0)) for k in (1.0, 2.0))
    assert len(np.unique(dim)) == 1
    assert (bright > dim).all()
    assert not develop(0 * light, still, np.random.default_rng(0)).any()


def test_a_lamp_without_a_map_is_one_that_nothing_hides():
    rng = np.random.default_rng(0)
    n, lamps = 200, table(LIGHTS * 2)
    positions, normals = rng.uniform(-1, 1, (2, n, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    places = np.repeat(np.stack([np.arange(n), np.arange(n)], axis=1), 2, axis=0).astype(np.int32)
    samples = (places, 2, np.repeat(positions, 2, axis=0), np.repeat(normals, 2, axis=0), np.zeros(2 * n))
    nowhere = (np.zeros((0, 0, 0), np.float32), np.zeros(3), 0.05, np.zeros((0, 0), np.float32))
    for n_maps in (0, 1, 2):
        reached = np.full((2 * n, 3), np.nan, np.float32)
        shading.reach(*samples, lamps, np.zeros((n_maps, 512, 512), np.float32), *nowhere, 3, reached)
        np.testing.assert_allclose(reached, 1, rtol=1e-6)
