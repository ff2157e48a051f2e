"""People: who they are, that they stay themselves in every pose, and where their 133 points are."""

import dataclasses

import numpy as np
import pytest

from anonlab.errors import ParameterError
from anonlab.keypoints import NAMES, PARTS
from anonlab.synth import body, people
from anonlab.synth.body import Pose, Rest, landmarks
from anonlab.synth.people import Gear, clothes, hair, hairstyles

INDUSTRIAL = Gear("work", helmet="always", vest="always", gloves="some", glasses="some")


def someone(seed: int, gear: Gear = Gear()) -> people.Identity:  # noqa: B008
    return people.identity(np.random.default_rng(seed), gear)


@pytest.fixture(scope="module")
def office() -> people.Person:
    return people.person(someone(1))


@pytest.fixture(scope="module")
def worker() -> people.Person:
    return people.person(someone(2, INDUSTRIAL))


def seated() -> Pose:
    def about_x(degrees: float) -> np.ndarray:
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])

    turns = {f"upperleg01.{side}": about_x(-88) for side in "LR"}
    return Pose(turns | {f"lowerleg01.{side}": about_x(88) for side in "LR"}, np.array([0, -0.4, 0]))


def test_the_same_seed_draws_the_same_person(office):
    again = people.Person(someone(1))
    assert again.identity == office.identity
    one, two = office.posed(seated()), again.posed(seated())
    np.testing.assert_array_equal(one.mesh.vertices, two.mesh.vertices)
    np.testing.assert_array_equal(one.mesh.attributes, two.mesh.attributes)
    assert people.person(someone(1)) is office


def test_different_seeds_draw_different_people():
    drawn = [someone(seed) for seed in range(12)]
    assert len(set(drawn)) == 12
    assert len({who.hair for who in drawn}) >= 5
    assert len({who.top_colour for who in drawn}) == 12
    assert len({who.shape.details for who in drawn}) == 12
    assert {who.shape.gender > 0.5 for who in drawn} == {True, False}


def test_gear_is_worn_as_the_scenario_says():
    assert all(someone(seed).helmet is None for seed in range(8))
    assert all(someone(seed, INDUSTRIAL).helmet and someone(seed, INDUSTRIAL).vest for seed in range(8))
    gloves = [someone(seed, INDUSTRIAL).gloves for seed in range(20)]
    assert None in gloves
    assert any(gloves)
    with pytest.raises(ParameterError, match="never, some or always"):
        someone(0, Gear(helmet="often"))


def test_a_pose_moves_the_mesh_and_nothing_else(office):
    still, sat = office.posed(Pose()), office.posed(seated())
    assert still.mesh.triangles is sat.mesh.triangles
    assert still.mesh.material is sat.mesh.material
    assert sat.mesh.vertices[:, 1].max() < still.mesh.vertices[:, 1].max() - 0.3


@pytest.mark.parametrize("name", ["office", "worker"])
def test_meshes_are_whole(name, request):
    posed = request.getfixturevalue(name).posed(seated())
    mesh = posed.mesh
    assert np.isfinite(mesh.vertices).all()
    assert np.isfinite(mesh.attributes).all()
    assert mesh.vertices.dtype == mesh.attributes.dtype == mesh.clip.dtype == np.float32
    assert mesh.triangles.min() == 0
    assert mesh.triangles.max() == len(mesh.vertices) - 1
    assert len(mesh.attributes) == len(mesh.clip) == len(mesh.vertices)


def test_soles_are_on_the_floor_at_rest(office, worker):
    for who in (office, worker):
        assert who.posed(Pose()).mesh.vertices[:, 1].min() == pytest.approx(0, abs=0.004)


def test_landmarks_are_inside_the_body(office):
    posed = office.posed(seated())
    low, high = posed.mesh.vertices.min(0), posed.mesh.vertices.max(0)
    assert posed.landmarks.shape == (133, 3)
    assert (posed.landmarks > low - 0.01).all()
    assert (posed.landmarks < high + 0.01).all()


def test_landmarks_turn_with_the_root(office):
    c, s = np.cos(0.8), np.sin(0.8)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    pivot = office.rest.heads[body.load().index["root"]]
    straight, turned = office.posed(Pose()), office.posed(Pose({"root": turn}))
    np.testing.assert_allclose(turned.landmarks, (straight.landmarks - pivot) @ turn.T + pivot, atol=1e-4)


def test_deformed_by_the_poses_own_matrices_is_the_pose(office):
    posed = office.posed(seated())
    again = office.deformed(posed.R, posed.t)
    np.testing.assert_array_equal(again.mesh.vertices, posed.mesh.vertices)
    np.testing.assert_array_equal(again.landmarks, posed.landmarks)


def symmetric_points() -> np.ndarray:
    data = body.load()
    rest = data.shaped(body.Shape())
    turns, shifts = body.transforms(rest, Pose())
    return landmarks.of_pose(Rest(rest.vertices, rest.heads, rest.tails), turns, shifts)


def test_left_mirrors_right():
    points = symmetric_points()
    mirrored = points * [-1, 1, 1]
    other = {name: i for i, name in enumerate(NAMES)}
    for name, i in other.items():
        if name.startswith("left_"):
            assert np.linalg.norm(mirrored[i] - points[other[name.replace("left", "right")]]) < 0.004, name
            assert points[i, 0] > 0, name
    face = points[PARTS["face"]]
    for right, left in landmarks.SYMMETRY:
        np.testing.assert_allclose(face[left] * [-1, 1, 1], face[right], atol=0.003)


def test_the_face_is_in_order():
    face = symmetric_points()[PARTS["face"]]
    brow, eye, nose, lip, chin = face[17:27], face[36:48], face[33], face[48:68], face[8]
    heights = [part.reshape(-1, 3)[:, 1].mean() for part in (brow, eye, nose, lip, chin)]
    assert heights == sorted(heights, reverse=True)
    assert (np.diff(face[:17, 0]) > 0).all()  # the jaw, from the person's right to the left


def test_fingers_go_from_root_to_tip(office):
    points = office.posed(Pose()).landmarks
    for hand in ("left_hand", "right_hand"):
        of_hand = points[PARTS[hand]]
        for finger in range(5):
            chain = of_hand[[0, *range(1 + 4 * finger, 5 + 4 * finger)]]
            distance = np.linalg.norm(chain - chain[0], axis=1)
            assert (np.diff(distance) > 0).all()
        tips = of_hand[4::4]
        assert np.argmax(np.linalg.norm(of_hand[[1, 5, 9, 13, 17]] - of_hand[17], axis=1)) == 0  # thumb first
        assert np.linalg.norm(np.diff(tips, axis=0), axis=1).min() > 0.005


@pytest.mark.parametrize("style", sorted(hairstyles.STYLES))
def test_every_hair_style_grows_off_the_face(office, style):
    who = dataclasses.replace(office.identity, hair=style, helmet=None)
    for part in hair.hair_parts(
        office.rest, hairstyles.STYLES[style], who.hair_colour, np.random.default_rng(5), 0
    ):
        assert np.isfinite(part.vertices).all()
        shown = part.canonical[part.clip >= 0]
        x, y, z = np.abs(shown[:, 0]), shown[:, 1], shown[:, 2]
        assert not ((x < 0.035) & (y < 1.56) & (y > 1.45) & (z > 0.12)).any()


@pytest.mark.parametrize("top", sorted(clothes.TOPS))
@pytest.mark.parametrize("legs", ["jeans", "overalls"])
def test_all_clothes_can_be_worn(top, legs):
    who = dataclasses.replace(someone(3, INDUSTRIAL), top=top, legs=legs)
    posed = people.Person(who).posed(seated())
    assert np.isfinite(posed.mesh.vertices).all()


def test_shading_depends_on_the_place_on_the_body_alone(worker):
    mesh = worker.posed(seated()).mesh
    triangles = np.arange(0, len(mesh.triangles), 7, dtype=np.int32)
    at = mesh.attributes[mesh.triangles[triangles]].mean(1)
    places = mesh.vertices[mesh.triangles[triangles]].mean(1)
    one = mesh.material.shade(triangles, places, at)
    two = mesh.material.shade(triangles, places + 5, at)
    np.testing.assert_array_equal(one.albedo, two.albedo)
    assert one.albedo.shape == (len(triangles), 3)
    assert (one.albedo > 0).all()
    assert (one.albedo <= 1).all()
    assert {values.shape for values in (one.specular, one.folds, one.skin)} == {(len(triangles),)}
