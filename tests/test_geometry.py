"""Pairs one to one: as many as are allowed, and of these the ones that gain most."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonlab.geometry import assign


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_no_other_choice_has_more_pairs_or_gains_more(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gain, allowed = rng.normal(size=(n, m)), rng.random((n, m)) < 0.6
    found = assign(gain, allowed)
    assert all(allowed[row, column] for row, column in found)
    assert len(set(found[:, 0])) == len(set(found[:, 1])) == len(found)
    wide, taken = (each.T if n > m else each for each in (gain, allowed))
    choices = [[(i, j) for i, j in enumerate(order) if taken[i, j]] for order in _orders(*wide.shape)]
    best = max((len(pairs), sum(wide[pair] for pair in pairs)) for pairs in choices)
    assert (len(found), gain[found[:, 0], found[:, 1]].sum()) == pytest.approx(best)


def _orders(n: int, m: int) -> list[tuple[int, ...]]:
    return list(permutations(range(m), n))


def test_two_pairs_below_the_threshold_do_not_outweigh_one_above() -> None:
    gain = np.array([[0.5, 0.29], [0.29, 0.0]])
    assert assign(gain, gain >= 0.3).tolist() == [[0, 0]]


def test_nothing_and_nobody_give_no_pairs() -> None:
    assert assign(np.zeros((0, 3)), np.zeros((0, 3), bool)).shape == (0, 2)
    assert assign(np.ones((2, 2)), np.zeros((2, 2), bool)).shape == (0, 2)
