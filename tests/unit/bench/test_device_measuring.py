"""Rates and latencies of a model on a device, by a clock that only the model moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bench.device.measuring import (
    OUT_OF_TIME,
    Best,
    Found,
    Place,
    Prepared,
    Subject,
    Timer,
    durations,
    loaded,
    measure,
    open_loop,
)
from bench.device.plan import DevicePlan
from schemas.errors import EngineUnavailable

PLAN = DevicePlan(batches=(1, 10, 100), batch_s=1.0, longest_s=2.0, loads=(0.5, 0.8), load_s=4.0)


@dataclass
class Clock:
    """A batch takes ``call`` seconds and ``each`` for every review in it."""

    call: float = 0.01
    each: float = 0.001
    at: float = 0.0
    batches: list[int] = field(default_factory=list)

    def run(self, count: int) -> None:
        self.batches.append(count)
        self.at += self.call + self.each * count

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def timer(self, limit: float = 1e9) -> Timer:
        return Timer(limit, lambda: self.at, self.sleep)


def subject(clock: Clock, run: Callable[[int], object] | None = None) -> Subject:
    prepared = Prepared(run or clock.run, flops=2_000_000)
    return Subject(
        "model",
        "engine",
        Place("GPU", 3.6),
        "pieces",
        (32,),
        PLAN.batches,
        lambda _: prepared,
        1e10,
    )


def measured(one: Subject, timer: Timer) -> Found:
    return measure(one, PLAN, timer, lambda _: None)


def test_the_first_batch_of_a_size_does_not_count_and_at_least_three_do() -> None:
    clock = Clock(call=5.0)
    assert durations(clock.run, 10, 1.0, clock.timer()) == pytest.approx([5.01] * 3)
    assert clock.batches == [10] * 4


def test_by_processor_time_the_time_of_others_does_not_count() -> None:
    clock, cpu = Clock(), Clock()

    def run(count: int) -> None:
        clock.run(count)
        clock.sleep(10.0)
        cpu.run(count)

    timer = Timer(1e9, lambda: clock.at, clock.sleep, lambda: cpu.at)
    assert durations(run, 10, 1.0, timer, by_cpu=True) == pytest.approx([0.02] * 3)


def test_a_rate_is_that_of_the_batch_its_share_that_of_its_products_and_the_best_one_is_paid() -> (
    None
):
    clock = Clock()
    found = measured(subject(clock), clock.timer())
    rates = [point.rate.median for point in found.points if point.rate]
    assert rates == pytest.approx([1 / 0.011, 10 / 0.02, 100 / 0.11])
    assert found.points[1].roofline == pytest.approx(500 * 2e6 / 1e10)
    [best] = found.bests
    assert best.batch == 100
    assert best.rate == pytest.approx(909.1, rel=1e-4)
    assert best.cost_per_million == pytest.approx(1e6 / best.rate * 3.6 / 3600)


def test_a_batch_that_would_take_too_long_is_left_out_with_the_reason() -> None:
    clock = Clock(call=0.0, each=0.15)
    found = measured(subject(clock), clock.timer())
    assert [point.left_out for point in found.points] == ["", "", "one batch takes more than 2 s"]
    assert max(clock.batches) == 10


def test_a_batch_that_does_not_fit_and_a_server_that_is_away_are_left_out_with_the_reason() -> None:
    clock = Clock()

    def run(count: int) -> None:
        if count == 100:
            raise MemoryError("does not fit")
        if count == 10:
            raise EngineUnavailable("away")
        clock.run(count)

    found = measured(subject(clock, run), clock.timer())
    assert [point.left_out for point in found.points] == ["", "away", "does not fit"]
    assert [best.batch for best in found.bests] == [1]


def test_nothing_begins_behind_the_limit() -> None:
    clock = Clock(at=10.0)
    found = measured(subject(clock), clock.timer(limit=9.0))
    assert {point.left_out for point in found.points} == {OUT_OF_TIME}
    assert (found.bests, found.loads, clock.batches) == ([], [], [])
    late = loaded(clock.run, Best(32, 100, 909.0, 0.1), 0.5, 4.0, clock.timer(limit=9.0))
    assert (late.sent, late.left_out) == (0, OUT_OF_TIME)


def test_all_reviews_that_wait_are_judged_together_but_no_more_than_fit() -> None:
    clock = Clock(call=1.0, each=0.0)
    due = [0.0, 0.1, 0.2, 0.3, 5.0]
    arrived = open_loop(clock.run, due, 2, 100.0, clock.timer())
    assert clock.batches == [1, 2, 1, 1]
    assert arrived == pytest.approx([1.0, 2.0, 2.0, 3.0, 6.0])


def test_latency_grows_with_the_load_and_counts_the_wait_for_the_batch_before() -> None:
    clock = Clock()
    half, more = measured(subject(clock), clock.timer()).loads
    assert (half.sent, more.sent) == (1818, 2909)
    assert half.percentiles is not None
    assert more.percentiles is not None
    assert 0.011 < half.percentiles["p50"] < more.percentiles["p50"]
    assert more.percentiles["p50"] < more.percentiles["p95"] < 1.0


def test_an_engine_that_does_not_keep_up_has_no_percentiles() -> None:
    clock = Clock(call=1.0, each=0.0)
    found = loaded(clock.run, Best(32, 10, 100.0, 0.1), 0.8, 4.0, clock.timer())
    assert found.percentiles is None
    assert "in 3 times the time" in found.left_out
