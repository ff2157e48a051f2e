"""The body: what is packed, what it weighs, and how it moves."""

from pathlib import Path

import numpy as np
import pytest

from anonlab.errors import InputError, ParameterError
from anonlab.synth import body
from anonlab.synth.body import Pose, Shape, pack


@pytest.fixture(scope="module")
def data() -> body.Body:
    return body.load()


@pytest.fixture(scope="module")
def rest(data: body.Body) -> body.Rest:
    return data.shaped(Shape())


def turn_y(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def test_no_pose_leaves_the_body_as_it_is(data, rest):
    turns, shifts = body.transforms(rest, Pose())
    posed = body.skin(rest.vertices, data.bone_index, data.bone_weight, turns, shifts)
    np.testing.assert_allclose(posed, rest.vertices, atol=1e-5)


def test_a_turned_root_turns_everything_about_the_root(data, rest):
    turn = turn_y(70)
    turns, shifts = body.transforms(rest, Pose({"root": turn}, np.array([0.3, 0.0, -0.2])))
    posed = body.skin(rest.vertices, data.bone_index, data.bone_weight, turns, shifts)
    pivot = rest.heads[data.index["root"]]
    expected = (rest.vertices - pivot) @ turn.T + pivot + [0.3, 0.0, -0.2]
    np.testing.assert_allclose(posed, expected, atol=1e-5)


def test_joints_stay_joined_in_any_pose(data, rest):
    rng = np.random.default_rng(3)
    rotations = {name: turn_y(rng.uniform(-60, 60)) for name in data.bones}
    turns, shifts = body.transforms(rest, Pose(rotations))
    child = np.flatnonzero(data.parents >= 0)
    parent = data.parents[child]
    mine = np.einsum("bij,bj->bi", turns[child], rest.heads[child]) + shifts[child]
    theirs = np.einsum("bij,bj->bi", turns[parent], rest.heads[child]) + shifts[parent]
    np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_weights_sum_to_one_and_bones_follow_their_parents(data):
    np.testing.assert_allclose(data.bone_weight.sum(1), 1, atol=1e-6)
    assert (data.parents < np.arange(len(data.bones))).all()
    assert len(data.bones) == len(set(data.bones)) == 163


@pytest.mark.parametrize("gender", [0.0, 1.0])
@pytest.mark.parametrize("age", [0.0, 1.0])
def test_adults_stand_on_the_floor_and_are_as_tall_as_adults(data, gender, age):
    shaped = data.shaped(Shape(gender=gender, age=age))
    skin = shaped.vertices[data.skin_vertices]
    assert skin[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert 1.4 < skin[:, 1].max() < 1.95
    assert np.isfinite(shaped.vertices).all()


def test_the_body_is_symmetric_and_faces_z(data, rest):
    left, right = (rest.heads[data.index[f"wrist.{side}"]] for side in "LR")
    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=2e-3)
    assert left[0] > 0
    assert rest.heads[data.index["eye.L"], 2] > rest.heads[data.index["head"], 2]


def test_sliders_move_both_sides_and_opposite_ways(data):
    plain = data.shaped(Shape()).vertices
    more, less = (
        data.shaped(Shape(details=(("cheek/cheek-volume", s),))).vertices - plain for s in (1.0, -1.0)
    )
    assert np.abs(more[:, 0]).max() > 1e-3
    assert more[plain[:, 0] > 0.02].any()
    assert more[plain[:, 0] < -0.02].any()
    assert (more * less).sum() < 0


def test_unknown_names_are_refused(data, rest):
    with pytest.raises(ParameterError, match="nose"):
        data.shaped(Shape(details=(("nose/nose-hum", 1.0),)))
    with pytest.raises(ParameterError, match="no bone"):
        body.transforms(rest, Pose({"elbow": np.eye(3)}))
    with pytest.raises(ParameterError, match="no part"):
        data.quads("helper-tight")


def test_packing_again_gives_the_same_bytes(tmp_path: Path):
    arrays = pack.read()
    pack.write(arrays, tmp_path / "again")
    again = pack.read(tmp_path / "again")
    assert list(arrays) == list(again)
    assert all(np.array_equal(arrays[name], again[name]) for name in arrays)
    assert all(array.dtype != object for array in arrays.values())


def test_the_packed_file_is_small_and_its_origin_is_named():
    assert pack.PACKED.stat().st_size < 2.5e6
    assert "CC0 1.0" in pack.PACKED.with_name("NOTICE").read_text()


def test_a_wrong_folder_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=str(tmp_path)):
        pack.collect(tmp_path)
