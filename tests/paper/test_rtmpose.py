"""RTMPose through the real ONNX Runtime: a dot that is drawn comes back, by a network whose histograms are redness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from anonlab.keypoints import N_KEYPOINTS  # noqa: E402
from anonlab.models.rtmpose import SIZE_WH, RTMPose, decode, region  # noqa: E402

DOT = (171, 93)
BOXES = np.array([[100, 30, 240, 220], [140, 50, 220, 200], [60, 10, 300, 235]], np.float32)


@pytest.fixture(scope="module")
def red_seeker(tmp_path_factory: pytest.TempPathFactory) -> RTMPose:
    """Both histograms are twice the highest redness of each column and row, for every keypoint."""
    nodes = [
        helper.make_node("Conv", ["picture", "weights"], ["red"]),
        helper.make_node("Relu", ["red"], ["only_red"]),
    ]
    for axis, name in ((2, "along_x"), (3, "along_y")):
        nodes += [
            helper.make_node("ReduceMax", ["only_red"], [f"{name}_one"], axes=[axis], keepdims=0),
            helper.make_node("Unsqueeze", [f"{name}_one", "last"], [f"{name}_thin"]),
            helper.make_node("Concat", [f"{name}_thin", f"{name}_thin"], [f"{name}_pair"], axis=3),
            helper.make_node("Reshape", [f"{name}_pair", f"{name}_shape"], [f"{name}_row"]),
            helper.make_node("Concat", [f"{name}_row"] * N_KEYPOINTS, [name], axis=1),
        ]
    weights = np.array([2.0, -1.0, -1.0], np.float32).reshape(1, 3, 1, 1)
    constants = {"weights": weights, "last": np.array([3])}
    constants |= {
        f"{name}_shape": np.array([-1, 1, 2 * n])
        for name, n in zip(("along_x", "along_y"), SIZE_WH, strict=True)
    }
    graph = helper.make_graph(
        nodes,
        "redness",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, SIZE_WH[1], SIZE_WH[0]])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", N_KEYPOINTS, None])
            for name in ("along_x", "along_y")
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = Path(tmp_path_factory.mktemp("network")) / "redness.onnx"
    onnx.save(model, str(path))
    return RTMPose(path)


def dotted(colour: tuple[int, int, int]) -> np.ndarray:
    image = np.full((240, 320, 3), 90, np.uint8)
    x, y = DOT
    image[y - 2 : y + 3, x - 2 : x + 3] = colour
    return image


@pytest.mark.parametrize("box", BOXES)
def test_a_red_dot_is_found_where_it_was_drawn(red_seeker: RTMPose, box: np.ndarray) -> None:
    pose = red_seeker.estimate(dotted((255, 0, 0)), box[None])
    np.testing.assert_allclose(pose.keypoints[0], np.tile(DOT, (N_KEYPOINTS, 1)), atol=3.5)
    assert pose.scores.max() == 1, "histograms beyond 1 are cut"


def test_blue_is_not_red(red_seeker: RTMPose) -> None:
    red = red_seeker.estimate(dotted((255, 0, 0)), BOXES[:1])
    blue = red_seeker.estimate(dotted((0, 0, 255)), BOXES[:1])
    assert blue.scores.max() < red.scores.max()


def test_nobody_gives_empty_arrays_and_not_the_whole_picture(red_seeker: RTMPose) -> None:
    pose = red_seeker.estimate(dotted((255, 0, 0)), BOXES[:0])
    assert pose.keypoints.shape == (0, N_KEYPOINTS, 2)
    assert pose.scores.shape == (0, N_KEYPOINTS)


def test_a_batch_equals_its_pictures_one_by_one(red_seeker: RTMPose) -> None:
    pictures = [dotted((255, 0, 0)), dotted((0, 255, 0)), dotted((200, 0, 90))]
    boxes = [BOXES[:2], BOXES[:0], BOXES[2:]]
    for image, here, pose in zip(pictures, boxes, red_seeker.estimate_batch(pictures, boxes), strict=True):
        alone = red_seeker.estimate(image, here)
        np.testing.assert_array_equal(alone.keypoints, pose.keypoints)
        np.testing.assert_array_equal(alone.scores, pose.scores)


@given(st.integers(0, 287), st.integers(0, 383), st.floats(-2, 5))
def test_histograms_decode_to_their_maxima(x: int, y: int, height: float) -> None:
    along_x, along_y = np.full((1, 1, 576), -9.0, np.float32), np.full((1, 1, 768), -9.0, np.float32)
    along_x[0, 0, 2 * x], along_y[0, 0, 2 * y] = height, height + 1
    keypoints, scores = decode(along_x, along_y)
    assert keypoints[0, 0].tolist() == [x, y]
    assert scores[0, 0] == pytest.approx(min(max(height, 0), 1), abs=1e-6)


@given(st.floats(-50, 500), st.floats(-50, 500), st.floats(0, 400), st.floats(0, 400))
def test_a_region_holds_its_box_and_has_the_proportions_of_the_network(
    x: float, y: float, width: float, height: float
) -> None:
    centre, size = region(np.array([x, y, x + width, y + height], np.float32))
    assert size[0] / size[1] == pytest.approx(SIZE_WH[0] / SIZE_WH[1], rel=1e-4)
    assert size[0] >= width
    assert size[1] >= height
    np.testing.assert_allclose(centre, (x + width / 2, y + height / 2), atol=1e-3)
