"""From what was measured to tables and verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import plots
from bench.document import Document, document
from bench.entrant import Turn
from bench.measured import Latency, Measured
from bench.pipelines.stages import ALWAYS, RARE
from bench.plan import Plan, quick
from bench.report import markdown, number, table
from bench.verdicts import Verdict, judge

NOW = datetime(2026, 1, 31, tzinfo=UTC)
CONTENDERS = ("undertone", "obvious", "null", "two-workers")
GOOD = Measured(
    about=dict.fromkeys(CONTENDERS, "told"),
    turns={
        "obvious": [Turn(20, 50_000), Turn(10, 50_000), Turn(20, 50_000)],
        "undertone": [Turn(1500, 600), Turn(1000, 700), Turn(2000, 500)],
        "null": [Turn(9000, 100)] * 3,
        "two-workers": [Turn(3000, 600), Turn(1900, 700), Turn(4200, 500)],
    },
    peaks=dict.fromkeys(CONTENDERS, 1_000_000_000),
    latencies={"undertone": {0.5: Latency(750, 7500, {"p50": 0.02, "p95": 0.08, "p99": 0.1994})}},
    stages={
        "decode": [90_000] * 3,
        "mask": [2000, 1600, 3000],
        "score": [4000] * 3,
        RARE: [3000] * 3,
        ALWAYS: [800] * 3,
    },
    lengths={100: [9000.0], 10_000: [150.0]},
    pair_lengths={100: [9900.0], 10_000: [270.0]},
    starts=[7.0, 9.0, 7.5],
    spins=[1.2, 1.3, 1.1],
)


def figures(measured: Measured = GOOD) -> Document:
    return document(measured, Plan(), ["a text", "another text"], NOW)


def verdicts(measured: Measured = GOOD) -> dict[str, Verdict]:
    return {verdict.what: verdict for verdict in judge(figures(measured))}


def test_ratios_are_of_rounds_and_the_slowest_stage_is_no_masking_of_planted_data() -> None:
    found = figures()
    assert found["ratios"]["obvious"]["each"] == (75, 100, 100)
    assert found["slowest_stage"] == "mask"
    assert found["ratios"]["slowest_stage"]["each"] == (0.75, 0.625, 2000 / 3000)
    assert found["ratios"]["two-workers"]["each"] == (2, 1.9, 2.1)


def test_contenders_keep_the_order_in_which_they_were_started() -> None:
    assert tuple(figures()["contenders"]) == CONTENDERS


def test_a_run_that_reaches_every_bound_meets_everything() -> None:
    assert [verdict.met for verdict in verdicts().values()] == [True] * 9


@pytest.mark.parametrize(
    ("what", "worse"),
    [
        (
            "reviews/s on one core, end to end",
            replace(GOOD, turns=GOOD.turns | {"undertone": [Turn(999, 1)] * 3}),
        ),
        (
            "times the obvious pipeline",
            replace(GOOD, turns=GOOD.turns | {"obvious": [Turn(40, 1)] * 3}),
        ),
        (
            "share of the slowest stage's rate",
            replace(GOOD, stages=GOOD.stages | {"mask": [9000] * 3}),
        ),
        (
            "two workers, times one",
            replace(GOOD, turns=GOOD.turns | {"two-workers": [Turn(1600, 1)] * 3}),
        ),
        (
            "masking alone, 3% of texts with personal data, reviews/s",
            replace(GOOD, stages=GOOD.stages | {RARE: [2999] * 3}),
        ),
        (
            "masking alone, all with personal data, reviews/s",
            replace(GOOD, stages=GOOD.stages | {ALWAYS: [799] * 3}),
        ),
        (
            "p99 at 50% load, ms",
            replace(
                GOOD,
                latencies={"undertone": {0.5: Latency(1, 1, {"p50": 0.1, "p95": 0.1, "p99": 0.2})}},
            ),
        ),
        (
            "memory of a worker at its peak, GB",
            replace(GOOD, peaks=GOOD.peaks | {"two-workers": 1_200_000_000}),
        ),
        ("start to the first scored review, stack warm, s", replace(GOOD, starts=[8.0])),
    ],
)
def test_each_requirement_can_be_missed(what: str, worse: Measured) -> None:
    assert verdicts(worse)[what].met is False


def test_the_memory_of_contenders_that_are_not_ours_does_not_count() -> None:
    hungry = replace(GOOD, peaks=GOOD.peaks | {"obvious": 9_000_000_000})
    assert verdicts(hungry)["memory of a worker at its peak, GB"].met is True


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    only = Measured(about={"null": "told"}, turns={"null": [Turn(9000, 100)]}, peaks={"null": 1})
    found = verdicts(only).values()
    assert {(verdict.measured, verdict.met) for verdict in found} == {("not measured", None)}
    assert "## Latency" not in markdown(figures(only), found)


def test_two_workers_are_shown_beside_what_a_second_core_is_worth() -> None:
    note = verdicts()["two workers, times one"].note
    assert "1.20 times one" in note
    assert "on texts of 10,000 characters 1.80 times" in note


def test_the_slowest_stage_is_not_all_there_is_to_do() -> None:
    together = 1 / (1 / 90_000 + 1 / 2000 + 1 / 4000)
    note = verdicts()["share of the slowest stage's rate"].note
    assert note == (
        f"the slowest is mask; all stages in turn, alone, do {together:,.0f}: end to end it is "
        f"{1500 / together:.0%} of that"
    )


def test_a_core_of_two_workers_costs_as_much_as_that_of_one() -> None:
    found = figures()["contenders"]
    assert found["two-workers"]["cost_per_million"] == pytest.approx(
        found["undertone"]["cost_per_million"]
    )


def test_the_table_tells_of_contenders_loads_stages_and_lengths() -> None:
    text = markdown(figures(), verdicts().values())
    assert "| reviews/s on one core, end to end | ≥ 1,000 | 1,500 | yes |  |" in text
    assert "| obvious | 20 [10 … 20] | 100 [75 … 100] | 50,000 | 20 | 1.00 | 0.694 |" in text
    assert "| undertone | 50% | 750 | 7,500 | 20 | 80 | 199 |" in text
    assert "| mask | 2,000 [1,600 … 3,000] |" in text
    assert "| 10,000 | 150 [150 … 150] | 1,500,000 | 1.8 [1.8 … 1.8] |" in text


def test_small_numbers_keep_three_digits_and_large_ones_all_before_the_point() -> None:
    assert [number(value) for value in (0.012345, 2.3456, 99.44, 1234.5)] == [
        "0.0123",
        "2.35",
        "99.4",
        "1,234",
    ]


def test_rows_follow_a_header() -> None:
    assert table([("a", "b"), ("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


@pytest.mark.parametrize(
    "measured",
    [GOOD, Measured(about={"null": "told"}, turns={"null": [Turn(1, 1)]}, peaks={"null": 1})],
)
def test_there_is_a_picture_whatever_was_measured(measured: Measured, tmp_path: Path) -> None:
    plots.draw(figures(measured), tmp_path / "latest.png")
    assert (tmp_path / "latest.png").read_bytes().startswith(b"\x89PNG")


def test_a_quick_run_takes_fewer_steps() -> None:
    assert quick(Plan().who, 0.05).steps < Plan().steps / 2
