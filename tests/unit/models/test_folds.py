"""Folds of a training file."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.training.folds import folds


@given(st.integers(2, 60), st.integers(2, 6), st.integers(0, 9))
def test_each_position_is_held_out_once_and_learnt_from_otherwise(
    count: int, number: int, seed: int
) -> None:
    made = folds(count, number, seed)
    assert len(made) == number
    assert sorted(np.concatenate([held_out for _, held_out in made])) == list(range(count))
    for rest, held_out in made:
        assert sorted([*rest, *held_out]) == list(range(count))
        assert count // number <= len(held_out) <= count // number + 1


def test_folds_are_by_chance_and_the_same_for_a_seed() -> None:
    [(_, first), *_], [(_, again), *_], [(_, other), *_] = (folds(100, 5, n) for n in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()
    assert first.tolist() != list(range(20))
