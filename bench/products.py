"""Benchmark of the built-in rules for products and their aspects: detection delay of falling
shares, and false alarms on steady ones.

Simulated reviews, independent of one another: ``python -m bench.products`` writes
``bench/products.json`` and ``.md``.
"""

from __future__ import annotations

import json
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from retrain.rules.core import aspect_rule
from retrain.rules.core.share_falls import Limits, Product, step

SHARES: Final = (0.5, 0.6, 0.7, 0.8, 0.9)


class Case(NamedTuple):
    """What is simulated: ``falling`` subjects for each figure that fall by ``fall`` after one of
    ``histories`` and are looked at for ``within`` reviews, and steady ones of ``each`` reviews.
    """

    name: str
    limits: Limits
    histories: tuple[int, ...]
    fall: float
    within: int
    each: int


CASES: Final = (
    Case("products", Limits(), (300, 500, 1000, 2000), 0.2, 200, 2000),
    Case("aspects", aspect_rule.limits(0.3, 50), (60, 100, 300, 1000), 0.35, 100, 400),
)
FALLING: Final = 300
"""Subjects that fall, for each figure."""
REVIEWS, STREAMS = 100_000, 12
"""Of a steady stream, and how many streams for each share."""
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, float | int]


def first_alert(
    shares: np.ndarray[tuple[int], np.dtype[np.float64]], rng: np.random.Generator, limits: Limits
) -> int | None:
    """After how many reviews something is told of; None if nothing is."""
    product = Product()
    for number, positive in enumerate((rng.random(len(shares)) < shares).tolist(), 1):
        product, change = step(product, positive, NOW, limits)
        if change is not None:
            return number
    return None


def falling(share: float, history: int, rng: np.random.Generator, case: Case) -> Row:
    """Of subjects that fall after ``history`` reviews, those told of in time, and after how many on
    the median.
    """
    shares = np.repeat([share, share - case.fall], [history, case.within])
    told = [first_alert(shares, rng, case.limits) for _ in range(FALLING)]
    late = [number for number in told if number is None or number > history]
    delays = [number - history for number in late if number is not None]
    return {
        "share": share,
        "reviews_before": history,
        "told": len(delays) / len(late),
        "median_delay": statistics.median(delays),
        "subjects": len(late),
    }


def steady(share: float, rng: np.random.Generator, case: Case) -> Row:
    """Alerts in streams of ``REVIEWS`` reviews of subjects of which none changes: on average, and
    how many streams had at most one."""
    shares = np.full(case.each, share)
    counts = [
        sum(first_alert(shares, rng, case.limits) is not None for _ in range(REVIEWS // case.each))
        for _ in range(STREAMS)
    ]
    return {
        "share": share,
        "alerts": statistics.mean(counts),
        "at_most_one": sum(c <= 1 for c in counts) / len(counts),
    }


def markdown(case: Case, found: list[Row], calm: list[Row]) -> str:
    """Both tables."""
    head = "".join(f" {history:,} before |" for history in case.histories)
    lines = [
        (
            f"## {case.name.capitalize()}\n\nTold of within {case.within} reviews of a fall by "
            f"{100 * case.fall:.0f} points, by the share of reviews that are "
            f"{'positive' if case.name == 'products' else 'not negative about it'}"
        ),
        f"and the number of reviews before (median delay in reviews); {FALLING} simulated "
        f"{case.name} for each figure. At least {case.limits.history} reviews are needed.",
        "",
        f"| share |{head}",
        "|---|" + "---|" * len(case.histories),
    ]
    for share in SHARES:
        cells = [
            f" {row['told']:.1%} ({row['median_delay']:.0f}) |"
            for row in found
            if row["share"] == share
        ]
        lines.append(f"| {share:.0%} |{''.join(cells)}")
    lines += [
        "",
        (
            f"False alarms in a stream of {REVIEWS:,} reviews of {REVIEWS // case.each} "
            f"{case.name} that do not change; {STREAMS} streams for each."
        ),
        "",
        "| share | alerts a stream | streams with at most one |",
        "|---|---|---|",
    ]
    lines += [
        f"| {row['share']:.0%} | {row['alerts']:.2f} | {row['at_most_one']:.0%} |" for row in calm
    ]
    return "\n".join([*lines, "", ""])


def main() -> None:
    """Simulate, print and write."""
    written, texts = {}, []
    for case in CASES:
        rng = np.random.default_rng(2026)
        found: list[Row] = []
        calm: list[Row] = []
        for share in SHARES:
            for history in case.histories:
                found.append(falling(share, history, rng, case))
                sys.stderr.write(f"{found[-1]}\n")
            calm.append(steady(share, rng, case))
            sys.stderr.write(f"{calm[-1]}\n")
        written[case.name] = {"falling": found, "steady": calm}
        texts.append(markdown(case, found, calm))
    text = "".join([*texts, "Written by `python -m bench.products`.\n"])
    folder = Path(__file__).parent
    (folder / "products.json").write_text(json.dumps(written, indent=1) + "\n")
    (folder / "products.md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
