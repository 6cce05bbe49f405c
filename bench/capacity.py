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
from dataclasses import fields
from pathlib import Path

from bench import capacity_plot, capacity_report
from bench.capacity_costs import COSTS, LATEST, Workers, load_costs, load_workers
from bench.capacity_model import SHIPPED, Inputs, Model
from schemas.errors import InputError

RATES = (1_000, 10_000, 100_000, 1_000_000)
LONGEST = 100_000
"""Characters of a review that are taken."""


def main(arguments: list[str] | None = None) -> int:
    """Print plans. 1 where the costs cannot be read; exits with 2 where an argument is wrong."""
    given = _parser().parse_args(arguments)
    values = {field.name: getattr(given, field.name) for field in fields(Inputs)}
    try:
        costs, bench = load_costs(given.costs), load_workers(given.latest)
    except InputError as error:
        sys.stderr.write(f"bench.capacity: {error}\n")
        return 1
    model = Model(costs, Inputs(**values))
    if given.rate is not None:
        sys.stdout.write(capacity_report.details(model, given.rate))
    else:
        sys.stdout.write(page(model, bench))
    if given.chart is not None:
        capacity_plot.draw(model, bench, given.chart)
    return 0


def page(model: Model, bench: Workers) -> str:
    """All tables."""
    sections = (
        capacity_report.facts(model),
        capacity_report.costs(model),
        capacity_report.plans(model, RATES),
        capacity_report.ceilings(model, SHIPPED, RATES[-1]),
        capacity_report.checks(model.checks(bench)),
    )
    return "\n".join(sections)


def number(
    least: float = 0, most: float = math.inf, *, whole: bool = False
) -> Callable[[str], float]:
    """A parser of numbers above 0 that are ``least`` at least and ``most`` at most."""
    about = f"a{' whole' if whole else ''} number above 0"
    about += f", {least:g} at least" if least else ""
    about += f", {most:,g} at most" if most < math.inf else ""

    def parse(text: str) -> float:
        try:
            found = int(text) if whole else float(text)
        except ValueError:
            found = math.nan
        if not (found > 0 and least <= found <= most and math.isfinite(found)):
            raise argparse.ArgumentTypeError(f"{text!r} is not {about}")
        return found

    return parse


KINDS = {
    "characters": number(1, LONGEST),
    "peak": number(1),
    **dict.fromkeys(("busy", "disk_full", "insert_share"), number(0, 1)),
}
"""Parsers of inputs that are more than numbers above 0."""
HELP = {
    "characters": "characters of a review",
    "peak": "the busiest minute, times the rate",
    "busy": "share of a machine that is used at the peak",
    "core_hour": "US dollars for a core and hour",
    "disk_gb_month": "US dollars for a GB of disk and month",
    "traffic_gb": "US dollars for a GB between zones",
    "raw_days": "days that reviews.raw is kept",
    "scored_days": "days that reviews.scored is kept",
    "row_days": "days that ClickHouse keeps rows",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.capacity", usage="%(prog)s [options]", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--rate", type=number(), help="reviews a second: the plan of this one rate")
    for field in fields(Inputs):
        option = f"--{field.name.replace('_', '-')}"
        about = f"{HELP.get(field.name, 'see docs/capacity.md')} (%(default)s)"
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
