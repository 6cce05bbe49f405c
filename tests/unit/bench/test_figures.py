"""Percentiles, ratios, pace and money."""

from __future__ import annotations

import pytest

from bench.figures import Spread, cost_per_million, pace, percentiles, ratios


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles([float(n) for n in range(1, 101)]) == {"p50": 51, "p95": 96, "p99": 100}
    assert percentiles([7.0]) == {"p50": 7, "p95": 7, "p99": 7}


def test_one_slow_answer_in_fifty_is_the_99th_percentile_but_not_the_median() -> None:
    found = percentiles([1.0] * 49 + [100.0])
    assert (found["p50"], found["p99"]) == (1, 100)


def test_ratios_are_taken_within_each_round() -> None:
    found = ratios([10.0, 40.0, 9.0], [5.0, 10.0, 9.0])
    assert found == Spread(median=2, lowest=1, highest=4, each=(2, 4, 1))


def test_rounds_of_which_one_contender_has_no_turn_are_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize("compute", [Spread.of, percentiles])
def test_nothing_measured_has_no_figure(compute: object) -> None:
    assert callable(compute)
    with pytest.raises(ValueError, match="nothing was measured"):
        compute([])


def test_a_steady_stream_has_its_own_pace_however_long_the_first_output_had_to_wait() -> None:
    steady = [3 + n / 100 for n in range(1001)]
    assert pace(0.0, steady).rate == pytest.approx(100, rel=0.01)
    assert pace(0.0, steady[::-1]) == pace(0.0, steady)


def test_the_first_of_many_batches_does_not_count_for_nothing() -> None:
    batches = [float(number) for number in range(1, 11) for _ in range(100)]
    assert pace(0.0, batches).rate == pytest.approx(100, rel=0.03)


def test_what_comes_in_a_single_batch_is_counted_from_the_beginning() -> None:
    found = pace(10.0, [14.0] * 200)
    assert (found.rate, found.span, found.whole) == (50, 0, 4)


def test_a_small_second_batch_does_not_make_a_large_first_one_free() -> None:
    assert pace(0.0, [8.0] * 240 + [10.0] * 60).rate == 30


def test_a_million_reviews_cost_the_hours_that_they_take() -> None:
    assert cost_per_million(rate=1_000_000 / 3600, price=0.05) == pytest.approx(0.05)
    assert cost_per_million(rate=100, price=0.05) == pytest.approx(0.1389, rel=1e-3)
