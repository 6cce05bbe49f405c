"""Capacity planning: ``python -m bench.capacity`` says what a rate takes and costs, from measured
costs of a review.

    python -m bench.capacity
    python -m bench.capacity --rate 100000 --characters 300
    python -m bench.capacity --chart docs/images/capacity.svg

Without ``--rate``: a table of several rates, and the model beside what one and two workers did.
The costs are in ``bench/costs.json``, measured by ``python -m bench.costs``.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from bench import capacity_plot, capacity_report
from bench.capacity_costs import COSTS, LATEST, load_costs, load_workers
from bench.capacity_inputs import Inputs
from bench.capacity_model import Model
from schemas.errors import InputError

RATES = (1_000, 10_000, 100_000, 1_000_000)
LONGEST = 100_000
"""Characters of a review that are taken."""


def main(arguments: list[str] | None = None) -> int:
    """Print plans. 1 where costs cannot be read or a chart cannot be written; exits with 2 where an
    argument is wrong.
    """
    given = _parser().parse_args(arguments)
    values = {field.name: getattr(given, field.name) for field in fields(Inputs)}
    try:
        costs, bench = load_costs(given.costs), load_workers(given.latest)
    except InputError as error:
        return _failed(str(error))
    model = Model(costs, Inputs(**values), bench)
    if given.rate is not None:
        sys.stdout.write(capacity_report.details(model, given.rate))
    else:
        sys.stdout.write(page(model))
    if given.chart is not None:
        try:
            capacity_plot.draw(model, given.chart)
        except OSError as error:
            return _failed(f"{given.chart} cannot be written: {error.strerror}")
    return 0


def _failed(why: str) -> int:
    sys.stderr.write(f"bench.capacity: {why}\n")
    return 1


def page(model: Model) -> str:
    """All tables."""
    shorter = replace(model.inputs, raw_days=1, scored_days=3, row_days=30)
    sections = (
        capacity_report.facts(model),
        capacity_report.costs(model),
        capacity_report.plans(model, RATES),
        "The same with `--raw-days 1 --scored-days 3 --row-days 30`:\n",
        capacity_report.plans(replace(model, inputs=shorter), RATES),
        capacity_report.bottlenecks(model, RATES),
        capacity_report.ceilings(model, RATES[-1]),
        capacity_report.checks(model.checks()),
    )
    return "\n".join(sections)


def number(
    least: float = 0, most: float = math.inf, *, zero: bool = False, whole: bool = False
) -> Callable[[str], float]:
    """A parser of numbers from ``least`` to ``most``, above 0 unless ``zero``."""
    about = f"a{' whole' if whole else ''} number {'of 0 or above' if zero else 'above 0'}"
    about += f", {least:g} at least" if least else ""
    about += f", {most:,g} at most" if most < math.inf else ""

    def parse(text: str) -> float:
        try:
            found = int(text) if whole else float(text)
        except ValueError:
            found = math.nan
        if not (least <= found <= most and math.isfinite(found) and (found or zero)):
            raise argparse.ArgumentTypeError(f"{text!r} is not {about}")
        return found

    return parse


KINDS = {
    "characters": number(1, LONGEST),
    "peak": number(1),
    **dict.fromkeys(
        ("readers", "merges", "core_hour", "disk_gb_month", "traffic_gb"), number(zero=True)
    ),
    **dict.fromkeys(("busy", "disk_full", "insert_share"), number(0, 1)),
}
"""Parsers of inputs that are more than numbers above 0."""
HELP = {
    "characters": "characters of a review",
    "peak": "the busiest minute, times the rate",
    "busy": "share of a machine that is used at the peak",
    "machine_cores": "cores of a machine",
    "network": "bytes a second that a machine receives, and as many that it sends",
    "disk_write": "bytes a second that a broker writes",
    "disk": "bytes of disk of a broker or ClickHouse server",
    "disk_full": "share of a disk that is used",
    "replication": "replicas of a partition",
    "replicas": "replicas of a ClickHouse shard",
    "readers": "consumers of reviews.scored beside the sink",
    "raw_days": "days that reviews.raw is kept",
    "scored_days": "days that reviews.scored is kept",
    "row_days": "days that ClickHouse keeps rows",
    "merges": "times that ClickHouse writes a row again",
    "insert_share": "share of ClickHouse's processors for inserts and merges",
    "insert_rows": "rows of an insert",
    "inserts": "inserts a second into a shard",
    "group": "members of one consumer group",
    "broker_partitions": "partition replicas of a broker",
    "cluster_partitions": "partition replicas of a Kafka cluster",
    "core_hour": "US dollars for a core and hour",
    "disk_gb_month": "US dollars for a GB of disk and month",
    "traffic_gb": "US dollars for a GB between zones",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.capacity", usage="%(prog)s [options]", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--rate", type=number(), help="reviews a second: the plan of this one rate")
    for field in fields(Inputs):
        option = f"--{field.name.replace('_', '-')}"
        about = f"{HELP.get(field.name)} (%(default)s)"
        if isinstance(field.default, bool):
            parser.add_argument(option, action="store_true", help="with aspects")
            continue
        kind = KINDS.get(field.name) or number(whole=field.type == "int")
        parser.add_argument(option, type=kind, default=field.default, help=about)
    parser.add_argument("--chart", type=Path, help="SVG file for the chart")
    parser.add_argument("--costs", type=Path, default=COSTS, help="measured costs (%(default)s)")
    parser.add_argument("--latest", type=Path, default=LATEST, help="of make bench (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
