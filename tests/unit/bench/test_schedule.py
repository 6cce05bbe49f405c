"""A load that does not wait for answers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.schedule import arrivals, latencies


def test_reviews_are_due_at_the_rate_asked_for_and_in_order() -> None:
    due = arrivals(rate=200, seconds=50, seed=1)
    assert len(due) == 10_000
    assert due == sorted(due)
    assert due[-1] == pytest.approx(50, rel=0.05)


def test_they_come_independently_of_each_other() -> None:
    due = arrivals(rate=100, seconds=100, seed=1)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation == pytest.approx(
        mean, rel=0.05
    )  # what tells exponential gaps from regular ones


def test_the_same_seed_gives_the_same_times_and_another_one_others() -> None:
    assert arrivals(10, 5, seed=1) == arrivals(10, 5, seed=1) != arrivals(10, 5, seed=2)


def test_even_the_slowest_rate_sends_one() -> None:
    assert len(arrivals(rate=0.01, seconds=1, seed=1)) == 1


def test_latency_counts_from_when_a_review_was_due_not_from_when_the_one_before_it_was_done() -> (
    None
):
    # All due within a tenth of a second of a system that stalls for a second: each of them waited.
    assert latencies([0.0, 0.05, 0.1], [1.0, 1.01, 1.02]) == pytest.approx([1.0, 0.96, 0.92])
