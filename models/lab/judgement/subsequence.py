"""Longest common subsequence of two sequences, by the greedy difference algorithm of Myers 1986.

https://doi.org/10.1007/BF01840446
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def aligned(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Positions (in ``first``, in ``second``) of equal elements, both rising, as many pairs as
    there can be.
    """
    furthest: dict[int, int] = {1: 0}
    """By diagonal (x - y): the furthest x that the edits so far reach."""
    before: list[dict[int, int]] = []
    for edits in range(len(first) + len(second) + 1):
        before.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            came = _previous(furthest, diagonal, edits)
            x = furthest.get(came, 0) + (came < diagonal)
            y = x - diagonal
            while x < len(first) and y < len(second) and first[x] == second[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(first) and y >= len(second):
                return _traced(before, x, y)
    raise AssertionError("deleting one sequence and inserting the other always suffices")


def _previous(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """The diagonal from which the last edit came: the one above (an insertion) or below (a
    deletion).
    """
    inserted = diagonal == -edits or (
        diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
    )
    return diagonal + 1 if inserted else diagonal - 1


def _traced(before: Sequence[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """The pairs on the way back from (x, y)."""
    pairs = []
    for edits in range(len(before) - 1, -1, -1):
        came = _previous(before[edits], x - y, edits)
        start = before[edits].get(came, 0)
        while x > start and y > start - came and x > 0 and y > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = start, start - came
    return pairs[::-1]
