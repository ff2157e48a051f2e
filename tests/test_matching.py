"""Persons of two pictures, one to one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.metrics.matching import iou, match

GATE = 0.3


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float64).reshape(-1, 4)


def pairs(a: np.ndarray, b: np.ndarray, gate: float = GATE) -> list[list[int]]:
    """Pairs of boxes that are all in one frame."""
    return match(np.zeros(len(a), int), a, np.zeros(len(b), int), b, gate).tolist()


def some_boxes() -> st.SearchStrategy[np.ndarray]:
    edge = st.integers(0, 12)
    box = st.tuples(edge, edge, st.integers(1, 12), st.integers(1, 12))
    return st.lists(box.map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])), max_size=4).map(
        lambda x: boxes(*x)
    )


@pytest.mark.parametrize(("n_a", "n_b"), [(0, 0), (0, 2), (2, 0)])
def test_nobody_matches_nobody(n_a: int, n_b: int) -> None:
    one = boxes((0, 0, 4, 9))
    assert match(np.zeros(n_a, int), one[[0] * n_a], np.zeros(n_b, int), one[[0] * n_b], GATE).shape == (0, 2)


def test_one_matches_itself_even_without_an_area() -> None:
    assert pairs(boxes((0, 0, 4, 9)), boxes((0, 0, 4, 9)), 1.0) == [[0, 0]]
    assert pairs(boxes((3, 3, 3, 9)), boxes((3, 3, 3, 9)), 1.0) == [[0, 0]]


def test_persons_with_one_and_the_same_box_keep_their_order() -> None:
    thrice = boxes(*[(0, 0, 4, 9)] * 3)
    assert pairs(thrice, thrice) == [[0, 0], [1, 1], [2, 2]]


def test_overlap_over_union() -> None:
    assert iou(boxes((0, 0, 2, 2)), boxes((1, 0, 3, 2)))[0] == pytest.approx(1 / 3)
    assert iou(boxes((0, 0, 2, 2)), boxes((2, 0, 3, 2)))[0] == 0  # the right edge is exclusive
    assert iou(boxes((1, 1, 1, 1)), boxes((1, 1, 1, 2)))[0] == 0


def test_the_gate_is_inclusive() -> None:
    half = boxes((0, 0, 1, 2)), boxes((0, 0, 2, 2))
    assert pairs(*half, 0.5) == [[0, 0]]
    assert pairs(*half, np.nextafter(0.5, 1)) == []


def test_persons_of_other_frames_never_match() -> None:
    box = boxes((0, 0, 4, 9))
    assert match(np.array([1]), box, np.array([2]), box, GATE).tolist() == []


def test_the_sum_decides_and_not_the_best_single_pair() -> None:
    a = boxes((0, 0, 10, 1), (4, 0, 14, 1))
    b = boxes(
        (2, 0, 12, 1), (-4, 0, 6, 1)
    )  # the first of b overlaps both of a alike, the second only the first of a
    assert pairs(a, b) == [[0, 1], [1, 0]]


def test_a_pair_below_the_gate_cannot_push_out_a_good_one() -> None:
    a = boxes((0, 0, 10, 10), (8, 0, 18, 10))
    b = boxes((0, 0, 10, 10), (-8, 0, 2, 10))  # crosswise overlaps are 1/9 each
    assert pairs(a, b) == [[0, 0]]


@settings(deadline=None)
@given(some_boxes(), some_boxes())
def test_no_choice_of_allowed_pairs_has_a_larger_sum(a: np.ndarray, b: np.ndarray) -> None:
    found = pairs(a, b)
    assert all(len(set(side)) == len(side) for side in zip(*found, strict=True))
    overlap = iou(a[:, None], b[None])
    assert all(overlap[i, j] >= GATE for i, j in found)
    gain = np.where(overlap >= GATE, overlap, 0)
    gain = gain if len(a) <= len(b) else gain.T
    best = max(
        gain[range(len(gain)), list(order)].sum() for order in permutations(range(gain.shape[1]), len(gain))
    )
    assert sum(overlap[i, j] for i, j in found) == pytest.approx(best)


@settings(deadline=None)
@given(some_boxes(), some_boxes(), st.randoms(use_true_random=False))
def test_the_order_of_the_persons_changes_no_overlap(a: np.ndarray, b: np.ndarray, random: object) -> None:
    order = np.random.default_rng(random.randrange(2**32)).permutation(len(a))  # type: ignore[attr-defined]

    def overlaps(first: np.ndarray) -> list[float]:
        return [float(iou(first[i], b[j])) for i, j in pairs(first, b)]

    assert sum(overlaps(a)) == pytest.approx(sum(overlaps(a[order])))


def test_many_frames_at_once_are_the_frames_one_by_one() -> None:
    rng = np.random.default_rng(3)
    corner = rng.integers(0, 20, (60, 2))
    everyone = np.concatenate([corner, corner + rng.integers(5, 20, (60, 2))], axis=1).astype(float)
    frame_a, frame_b = rng.integers(0, 12, 40), rng.integers(0, 12, 20)
    together = match(frame_a, everyone[:40], frame_b, everyone[40:], GATE).tolist()
    apart = []
    for frame in range(12):
        in_a, in_b = np.flatnonzero(frame_a == frame), np.flatnonzero(frame_b == frame)
        apart += [[int(in_a[i]), int(in_b[j])] for i, j in pairs(everyone[:40][in_a], everyone[40:][in_b])]
    assert together == sorted(apart)
