"""Stopping when the producer, not a record, is broken."""

from __future__ import annotations

import pytest

from schemas.errors import TooManyRejections
from streams.rejection_limit import RejectionLimit


def test_it_waits_for_a_full_window() -> None:
    limit = RejectionLimit(0.5, 10)
    limit.observe([True] * 9)
    with pytest.raises(TooManyRejections, match="UNDERTONE_DEAD_LETTERS__MAX_RATIO"):
        limit.observe([True])


@pytest.mark.parametrize(("rejected", "stops"), [(5, False), (6, True)])
def test_it_stops_above_the_ratio_not_at_it(rejected: int, stops: bool) -> None:
    limit = RejectionLimit(0.5, 10)
    recent = [True] * rejected + [False] * (10 - rejected)
    if stops:
        with pytest.raises(TooManyRejections):
            limit.observe(recent)
    else:
        limit.observe(recent)
    assert limit.ratio == rejected / 10


def test_only_the_last_records_count() -> None:
    limit = RejectionLimit(0.5, 10)
    limit.observe([True] * 5 + [False] * 100)
    assert limit.ratio == 0


def test_a_ratio_of_one_never_stops() -> None:
    RejectionLimit(1.0, 10).observe([True] * 1000)
