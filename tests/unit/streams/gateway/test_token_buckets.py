"""Token buckets: what is granted, and what is said about it."""

from __future__ import annotations

from streams.gateway.core.token_buckets import Allowance, Buckets


def test_a_burst_is_granted_at_once_and_then_the_rate() -> None:
    buckets = Buckets(rate=2.0, burst=4)
    assert [buckets.take("a", 1, 0.0).wait_s for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.take("a", 1, 0.25).wait_s == 0.25
    assert buckets.take("a", 1, 0.5).wait_s == 0
    assert buckets.take("a", 4, 100.0) == Allowance(0.0, 0, 2.0), "never fuller than full"


def test_a_refusal_costs_nothing() -> None:
    buckets = Buckets(rate=1.0, burst=4)
    assert buckets.take("a", 3, 0.0).wait_s == 0
    assert buckets.take("a", 3, 0.0).wait_s == 2
    assert buckets.take("a", 1, 0.0).wait_s == 0


def test_callers_do_not_share() -> None:
    buckets = Buckets(rate=1.0, burst=1)
    assert buckets.take("a", 1, 0.0).wait_s == 0
    assert buckets.take("b", 1, 0.0).wait_s == 0
    assert buckets.take("a", 1, 0.0).wait_s == 1


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    buckets = Buckets(rate=1.0, burst=2)
    buckets.take("a", 1, 10.0)
    assert buckets.take("a", 1, 5.0).wait_s == 0


def test_only_so_many_callers_are_remembered_the_latest() -> None:
    buckets = Buckets(rate=0.001, burst=1, size=2)
    for caller in ("a", "b", "a", "c"):
        buckets.take(caller, 1, 0.0)
    assert buckets.take("a", 1, 0.0).wait_s > 0, "asked lately"
    assert buckets.take("b", 1, 0.0).wait_s == 0, "forgotten"


def test_the_headers_say_the_limit_and_how_long_to_wait() -> None:
    buckets = Buckets(rate=2.0, burst=4)
    assert buckets.headers(buckets.take("a", 3, 0.0)) == {
        "RateLimit-Policy": '"reviews";q=4;w=2',
        "RateLimit": '"reviews";r=1;t=2',
    }
    assert buckets.headers(buckets.take("a", 4, 0.0))["Retry-After"] == "2"
