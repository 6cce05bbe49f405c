"""Capacity model: costs as lines, plans and ceilings."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench import capacity
from bench.capacity_costs import (
    COMMITTED,
    COSTS,
    Costs,
    Line,
    Workers,
    fit,
    load_costs,
)
from bench.capacity_inputs import ROW_DAYS, Inputs
from bench.capacity_model import SHIPPED, Layout, Model

ROOT = Path(__file__).parents[3]
RATES = st.floats(1, 1e7)
LINES = {
    "worker": Line(100, 0.5),
    "sink": Line(50, 0.02),
    "broker": Line(60, 0.03),
    "load": Line(20, 0.01),
    "insert": Line(20, 0.02),
    "merge": Line(5, 0.01),
    "raw_bytes": Line(100, 1),
    "scored_bytes": Line(100, 0.6),
    "row_bytes": Line(80, 0.4),
}
PAIR = Workers("a run", "2026-01-31", 1000, 1500, 2500, 1.8)
COST = Costs("2026-01-31", "a processor", LINES, 5.0, 1.2, 1e9, 1.02, PAIR)
MODEL = Model(COST, Inputs(characters=1000), COMMITTED)


def test_a_line_goes_through_two_points_and_says_how_far_it_is_from_three() -> None:
    two = fit([100, 1100], [30, 130])
    assert two.at(100) == pytest.approx(30)
    assert two.at(600) == pytest.approx(80)
    assert two.error == pytest.approx(0, abs=1e-9)
    assert 0 < fit([100, 600, 1100], [30, 90, 130]).error < 90 / 80 - 1


def test_no_part_of_a_line_is_below_0_whatever_was_measured() -> None:
    falling, steep = fit([100, 1000], [30, 20]), fit([100, 1000], [1, 100])
    assert falling.per_character == 0
    assert steep.fixed == 0


@given(RATES, st.floats(1, 10))
def test_a_higher_rate_never_takes_less_of_anything(rate: float, times: float) -> None:
    low, high = MODEL.plan(rate), MODEL.plan(rate * times)
    for part in Layout.__dataclass_fields__:
        assert getattr(low.layout, part) <= getattr(high.layout, part)
    assert low.month <= high.month * (1 + 1e-12)
    for name in ("machines", "broker_in", "broker_out", "kafka_bytes", "warehouse_bytes"):
        assert getattr(low, name) <= getattr(high, name)


@given(RATES, st.floats(1, 5), st.floats(50, 50_000), st.booleans())
def test_a_plan_keeps_up_with_its_rate_in_every_part_that_machines_help(
    rate: float, peak: float, characters: float, aspects: bool
) -> None:
    model = Model(COST, Inputs(characters=characters, aspects=aspects, peak=peak), COMMITTED)
    layout = model.plan(rate).layout
    short = model.stops(layout, rate * (1 - 1e-6))
    assert [stop.part for stop in short if not stop.design] == []


@given(st.floats(1_000, 1e7))
def test_one_less_of_any_part_of_a_plan_is_named_as_a_bottleneck(rate: float) -> None:
    layout = MODEL.plan(rate).layout
    least = Layout(SHIPPED.partitions, 2, 2, 3, 1)
    named = {"workers": "workers", "sinks": "sinks", "brokers": "brokers", "shards": "ClickHouse"}
    for part, name in named.items():
        count = getattr(layout, part)
        if count > getattr(least, part):
            stops = MODEL.stops(replace(layout, **{part: count - 1}), rate * (1 + 1e-6))
            assert any(stop.part.startswith(name) for stop in stops), part


def test_a_part_keeps_up_with_exactly_its_ceiling_and_with_no_more() -> None:
    for ceiling in MODEL.ceilings(SHIPPED):
        assert ceiling not in MODEL.stops(SHIPPED, ceiling.rate)
        assert ceiling in MODEL.stops(SHIPPED, ceiling.rate * (1 + 1e-9))


def test_the_first_bottleneck_of_what_ships_is_the_part_with_the_lowest_ceiling() -> None:
    first, *_ = MODEL.ceilings(SHIPPED)
    assert first.part == "ClickHouse: disk space after 400 days"
    assert first.rate == pytest.approx(16e12 * 0.8 / (480 * 86_400 * 400))
    first, *_ = MODEL.ceilings(replace(SHIPPED, partitions=1, shards=10))
    assert first.part == "partitions of `reviews.raw`"
    assert first.rate == pytest.approx(Inputs().busy / MODEL.seconds("worker"))


def test_more_machines_do_not_raise_the_ceiling_of_one_consumer_group() -> None:
    huge = MODEL.ceilings(Layout(10**6, 10**6, 10**6, 10**6, 10**6))
    assert huge[0].part == "one consumer group of workers"
    assert huge[0].design


def test_a_plan_by_hand() -> None:
    costs = replace(COST, workers=replace(PAIR, two=1e9, computation=2.0))
    model = Model(costs, Inputs(characters=1000), COMMITTED)
    plan = model.plan(10_000)
    assert model.slowdown == 1
    # 600 µs of a worker and 70 of a sink for each review, 60 % busy.
    assert plan.layout.workers == 10
    assert plan.layout.partitions == 20
    assert plan.machines == 2
    assert plan.layout.sinks == 2
    # 1,100 and 700 bytes, for 3 and 30 days, on three replicas.
    assert plan.kafka_bytes == pytest.approx(10_000 * 86_400 * (3 * 1100 + 30 * 700) * 3)
    assert plan.warehouse_bytes == pytest.approx(10_000 * 86_400 * 400 * 480 * 2)
    assert plan.broker_in == pytest.approx(10_000 * 1800 * 3)
    assert plan.broker_out == pytest.approx(10_000 * (2 * 1800 + 1100 + 2 * 700))
    assert plan.money["workers"] == pytest.approx(10 * 0.05 * 720)
    assert plan.month == pytest.approx(sum(plan.money.values()))
    assert plan.million == pytest.approx(plan.month / (10_000 * 720 * 3600) * 1e6)


def test_a_peak_takes_more_processors_and_no_more_storage() -> None:
    flat, peaked = (
        MODEL.plan(10_000),
        replace(MODEL, inputs=replace(MODEL.inputs, peak=3)).plan(10_000),
    )
    assert peaked.layout.workers >= 3 * flat.layout.workers - 3
    assert peaked.kafka_bytes == flat.kafka_bytes
    assert peaked.money["disks of ClickHouse"] == flat.money["disks of ClickHouse"]


def test_aspects_take_as_many_times_the_workers_as_was_measured() -> None:
    plain, aspects = (
        Model(COST, Inputs(aspects=aspects), COMMITTED).seconds("worker")
        for aspects in (False, True)
    )
    assert aspects == pytest.approx(COST.aspects_worker * plain)


def test_what_two_workers_lose_beyond_pure_computation_is_lost_again_by_each_further_core() -> None:
    assert MODEL.serial == 0
    two = Model(replace(COST, workers=replace(PAIR, two=2000)), Inputs(machine_cores=2), COMMITTED)
    assert two.serial == pytest.approx(1.8 * 600 / 720 * 1500 / 2000 - 1)
    four = replace(two, inputs=replace(two.inputs, machine_cores=4))
    assert four.slowdown == pytest.approx(2 / 1.8 * (1 + 3 * two.serial))


def test_rates_beside_other_work_are_not_compared_and_its_costs_not_raised_again() -> None:
    busy = replace(MODEL, costs=replace(COST, workers=replace(PAIR, two=100, others=0.5)))
    assert busy.workers is COMMITTED
    assert busy.slowdown == pytest.approx(1 + 7 * busy.serial)
    assert [check.measured for check in busy.checks()] == [1.02, COMMITTED.one, pytest.approx(1.36)]


def test_a_check_says_by_how_much_the_model_is_wrong() -> None:
    second, one, two, *_ = MODEL.checks()
    assert second.error == pytest.approx(1 / 1.02 - 1)
    assert one.error == pytest.approx(1e6 / 600 / 1500 - 1)
    assert two.modelled == pytest.approx(1.8 * 600 / 720)
    assert two.error == pytest.approx(1.5 / (2500 / 1500) - 1)
    assert MODEL.pair() == pytest.approx((one.modelled, one.modelled * two.modelled))


def test_the_measured_costs_are_reproduced_within_the_stated_error() -> None:
    document = json.loads(COSTS.read_text())
    costs = load_costs()
    stated = _stated("cost")
    for name, line in costs.lines.items():
        for length, found in document["lengths"].items():
            assert line.at(float(length)) == pytest.approx(found[name], rel=stated), name


def test_one_and_two_measured_workers_are_reproduced_within_the_stated_error() -> None:
    stated = _stated("pair")
    for check in Model(load_costs(), Inputs(), COMMITTED).checks():
        assert abs(check.error) <= stated, check.what


def test_the_guide_holds_what_the_command_prints() -> None:
    guide = (ROOT / "docs/capacity.md").read_text()
    model = Model(load_costs(), Inputs(), COMMITTED)
    for part in capacity.page(model).split("\n\n"):
        assert part.strip() in guide


def _stated(what: str) -> float:
    """In the guide: "within N %"."""
    page = (ROOT / "docs/capacity.md").read_text()
    pattern = {"cost": r"costs? within (\d+) %", "pair": r"workers within (\d+) %"}[what]
    found = re.search(pattern, page)
    assert found is not None
    return int(found[1]) / 100


def test_the_recorded_rates_are_those_of_the_measurements() -> None:
    page = (ROOT / "docs/measurements.md").read_text()
    assert f"{COMMITTED.one:,.0f} reviews/s" in page
    assert f"{COMMITTED.two / COMMITTED.one:.2f} times one" in page
    assert f"pure computation: {COMMITTED.computation} times" in page


def test_the_shipped_layout_is_that_of_the_manifests_and_tables() -> None:
    base = ROOT / "infra/k8s/base"
    [scaled] = [
        part
        for part in yaml.safe_load_all((base / "worker.yaml").read_text())
        if part["kind"] == "ScaledObject"
    ]
    sink = next(yaml.safe_load_all((base / "sink.yaml").read_text()))
    assert scaled["spec"]["maxReplicaCount"] == SHIPPED.workers
    assert sink["spec"]["replicas"] == SHIPPED.sinks
    ttl = f"toDateTime(scored_at) + INTERVAL {ROW_DAYS} DAY"
    assert ttl in (ROOT / "schemas/clickhouse/0013_precedence.sql").read_text()
