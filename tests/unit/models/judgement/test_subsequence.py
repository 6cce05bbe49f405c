"""The longest common subsequence."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.lab.judgement.subsequence import aligned

sequences = st.lists(st.sampled_from("abc"), max_size=12)


def longest(first: list[str], second: list[str]) -> int:
    """By the textbook's table."""
    row = [0] * (len(second) + 1)
    for one in first:
        before = list(row)
        for at, other in enumerate(second):
            row[at + 1] = before[at] + 1 if one == other else max(row[at], before[at + 1])
    return row[-1]


@given(sequences, sequences)
def test_pairs_are_equal_in_order_and_as_many_as_there_can_be(
    first: list[str], second: list[str]
) -> None:
    pairs = aligned(first, second)
    assert all(first[x] == second[y] for x, y in pairs)
    assert all(before[0] < after[0] and before[1] < after[1] for before, after in pairwise(pairs))
    assert len(pairs) == longest(first, second)


def test_a_sequence_is_aligned_with_itself_and_around_what_is_missing() -> None:
    assert aligned("abcd", "abcd") == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert aligned("abcd", "abd") == [(0, 0), (1, 1), (3, 2)]
    assert aligned("", "abc") == aligned("abc", "") == []
