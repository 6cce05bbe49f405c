"""Capacity plans as Markdown: a table of several rates, the details of one, and the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.capacity_costs import PROCESSOR_S
from bench.capacity_model import SHIPPED, Ceiling, Check, Model, Plan
from bench.report import number, table

UNITS = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
BITS = 8


def size(count: float) -> str:
    """Bytes with a unit."""
    for unit, name in UNITS:
        if count >= unit:
            return f"{number(count / unit)} {name}"
    return f"{count:.0f} B"


def money(dollars: float) -> str:
    """US dollars, to three digits."""
    return f"${dollars:,.0f}" if dollars >= 100 else f"${dollars:.3g}"


def plans(model: Model, rates: Sequence[float]) -> str:
    """A row for each rate."""
    return table([HEADER, *(_row(model.plan(rate)) for rate in rates)])


def bottlenecks(model: Model, rates: Sequence[float]) -> str:
    """For each rate what of the shipped layout stops between the rate before and it, what machines
    do not help, and what costs most.
    """
    rows: list[Sequence[str]] = [
        (
            "reviews/s",
            "stops before it, besides those above",
            "machines do not help",
            "dearest part",
            "change",
        )
    ]
    for before, rate in zip((0, *rates), rates, strict=False):
        plan = model.plan(rate)
        stops = [stop for stop in model.stops(SHIPPED, rate) if stop.rate >= before]
        part = max(plan.money, key=lambda part: plan.money[part])
        design = [stop for stop in stops if stop.design]
        rows.append(
            (
                f"{rate:,.0f}",
                "; ".join(_named(stop) for stop in stops if not stop.design) or "none",
                "; ".join(map(_named, design)) or "none",
                f"{part}, {plan.money[part] / plan.month:.0%}",
                "; ".join([*(stop.change for stop in design), SAVINGS[part]]),
            )
        )
    return table(rows)


def details(model: Model, rate: float) -> str:
    """The plan of one rate, line by line."""
    plan = model.plan(rate)
    lines: list[Sequence[str]] = [("part", "amount"), *_details(model, plan)]
    costs: list[Sequence[str]] = [
        ("US dollars a month", "", "share"),
        *(
            (part, money(dollars), f"{dollars / plan.month:.0%}")
            for part, dollars in plan.money.items()
        ),
        ("all", money(plan.month), f"{money(plan.million)} a million"),
    ]
    parts = [f"# {rate:,.0f} reviews/s of {model.inputs.characters:,.0f} characters\n"]
    parts += [table(lines), table(costs), ceilings(model, rate)]
    return "\n".join(parts)


def ceilings(model: Model, rate: float) -> str:
    """How far each part of the shipped layout goes."""
    rows: list[Sequence[str]] = [("part of the shipped layout", "reviews/s", "enough", "change")]
    rows += [
        (each.part, number(each.rate), "yes" if each.rate >= rate else "**no**", each.change)
        for each in model.ceilings(SHIPPED)
    ]
    return table(rows)


def costs(model: Model) -> str:
    """What a review takes, as measured and on a busy machine, and how well lines fit it."""
    rows: list[Sequence[str]] = [("cost", "amount", "busy machine", "of a million", "line off by")]
    characters, aspects = model.inputs.characters, model.inputs.aspects
    for name, about in COSTS.items():
        cost = model.costs.at(name, characters, aspects=aspects)
        busy = number(cost * model.slowdown) if name in PROCESSOR_S else ""
        unit = "processor seconds" if name in PROCESSOR_S else "MB"
        error = f"{model.costs.lines[name].error:.0%}"
        rows.append((about, number(cost), busy, unit, error))
    return table(rows)


def facts(model: Model) -> str:
    """What the plans rest on, in a sentence each."""
    measured, inputs = model.costs, model.inputs
    return "\n".join(
        (
            f"- Measured {measured.measured} on {measured.processor}; reviews of "
            f"{inputs.characters:,.0f} characters, aspects {'on' if inputs.aspects else 'off'}.",
            f"- With aspects a worker takes {measured.aspects_worker:.2g} times the processor "
            f"time: {1 / measured.aspects_worker:.2f} of the rate.",
            f"- Two processes of pure computation do {model.workers.computation:.2f} times one "
            f"({model.workers.source}, {model.workers.measured}); two workers lose "
            f"{model.serial:.1%} more than that and broker and load explain.",
            f"- Other processes used {measured.workers.others:.0%} of the machine meanwhile, so "
            f"rates were {'' if measured.workers.quiet else 'not '}compared; a measured processor "
            f"second counts {model.slowdown:.2f} times on a busy machine of "
            f"{inputs.machine_cores} cores.",
            f"- At the peak ({inputs.peak:g} times the rate) machines are {inputs.busy:.0%} busy; "
            f"a core is ${inputs.core_hour:g} an hour, a GB of disk ${inputs.disk_gb_month:g} a "
            f"month, a GB between zones ${inputs.traffic_gb:g}.\n",
        )
    )


def checks(found: Sequence[Check]) -> str:
    """Measured figures beside the model's."""
    rows: list[Sequence[str]] = [("", "measured", "modelled", "error of the model")]
    rows += [
        (each.what, number(each.measured), number(each.modelled), f"{each.error:+.0%}")
        for each in found
    ]
    return table(rows)


COSTS = {
    "worker": "worker",
    "sink": "sink",
    "broker": "broker, one replica",
    "load": "load generator of the measurement",
    "insert": "ClickHouse, insert",
    "merge": "ClickHouse, one merge",
    "raw_bytes": "`reviews.raw`, JSON, not compressed",
    "scored_bytes": "`reviews.scored`, Avro, lz4",
    "row_bytes": "row of `predictions`",
}
SAVINGS = {
    "workers": "spot machines",
    "sinks": "fewer consumers of the same topic",
    "brokers": "larger batches; compress `reviews.raw` at its producers",
    "ClickHouse": "more rows in an insert",
    "disks of Kafka": "keep `reviews.scored` for days, or tiered storage",
    "disks of ClickHouse": "a shorter TTL, text in cheaper storage",
    "traffic between zones": "read from the nearest replica; compress `reviews.raw`",
}
HEADER = (
    "reviews/s",
    "partitions",
    "workers",
    "machines",
    "sinks",
    "brokers (by)",
    "brokers receive / send",
    "ClickHouse shards x replicas (by)",
    "Kafka keeps",
    "ClickHouse keeps",
    "a month",
    "a million reviews",
)


def _row(plan: Plan) -> Sequence[str]:
    layout = plan.layout
    return (
        f"{plan.rate:,.0f}",
        f"{layout.partitions:,}",
        f"{layout.workers:,}",
        f"{plan.machines:,}",
        f"{layout.sinks:,}",
        f"{layout.brokers:,} ({plan.brokers_by})",
        f"{_bits(plan.broker_in)} / {_bits(plan.broker_out)}",
        f"{layout.shards:,} x {plan.servers // layout.shards} ({plan.shards_by})",
        size(plan.kafka_bytes),
        size(plan.warehouse_bytes),
        money(plan.month),
        money(plan.million),
    )


def _named(ceiling: Ceiling) -> str:
    return f"{ceiling.part} ({number(ceiling.rate)})"


def _details(model: Model, plan: Plan) -> Iterator[Sequence[str]]:
    layout, inputs = plan.layout, model.inputs
    yield "partitions of `reviews.raw` and `reviews.scored`", f"{layout.partitions:,}"
    yield "workers, a core each", f"{layout.workers:,}"
    yield f"machines of {inputs.machine_cores} cores for them", f"{plan.machines:,}"
    yield "memory of the workers", size(plan.memory)
    yield "sinks, a core each", f"{layout.sinks:,}"
    yield f"brokers, decided by their {plan.brokers_by}", f"{layout.brokers:,}"
    yield "all brokers receive / send", f"{_bits(plan.broker_in)} / {_bits(plan.broker_out)}"
    yield (
        f"ClickHouse shards, decided by their {plan.shards_by}, x replicas",
        f"{layout.shards:,} x {inputs.replicas}",
    )
    yield f"Kafka keeps, {inputs.replication} copies", size(plan.kafka_bytes)
    yield f"ClickHouse keeps, {inputs.replicas} copies", size(plan.warehouse_bytes)
    yield "between zones", f"{_bits(plan.traffic)}"


def _bits(bytes_a_second: float) -> str:
    bits = bytes_a_second * BITS
    return f"{number(bits / 1e9)} Gbit/s" if bits >= 1e9 else f"{number(bits / 1e6)} Mbit/s"
