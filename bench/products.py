"""Benchmark of the built-in product rule: detection delay of falling shares, and false alarms on
steady ones.

Simulated reviews, independent of one another: ``python -m bench.products`` writes
``bench/products.json`` and ``.md``.
"""

from __future__ import annotations

import json
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from retrain.rules.core.share_falls import Limits, Product, step

SHARES: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
HISTORIES: Final = (300, 500, 1000, 2000)
FALL, WITHIN = 0.2, 200
FALLING: Final = 300
"""Products that fall, for each figure."""
PRODUCTS, REVIEWS, STREAMS = 50, 100_000, 12
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


def falling(share: float, history: int, rng: np.random.Generator, limits: Limits) -> Row:
    """Of products that fall after ``history`` reviews, those told of within ``WITHIN``, and after
    how many on the median.
    """
    shares = np.repeat([share, share - FALL], [history, WITHIN])
    told = [first_alert(shares, rng, limits) for _ in range(FALLING)]
    late = [number for number in told if number is None or number > history]
    delays = [number - history for number in late if number is not None]
    return {
        "share": share,
        "reviews_before": history,
        "told": len(delays) / len(late),
        "median_delay": statistics.median(delays),
        "products": len(late),
    }


def steady(share: float, rng: np.random.Generator, limits: Limits) -> Row:
    """Alerts in streams of ``REVIEWS`` reviews of ``PRODUCTS`` products of which none changes: on
    average, and how many streams had at most one."""
    shares = np.full(REVIEWS // PRODUCTS, share)
    counts = [
        sum(first_alert(shares, rng, limits) is not None for _ in range(PRODUCTS))
        for _ in range(STREAMS)
    ]
    return {
        "share": share,
        "alerts": statistics.mean(counts),
        "at_most_one": sum(c <= 1 for c in counts) / len(counts),
    }


def markdown(found: list[Row], calm: list[Row]) -> str:
    """Both tables."""
    head = "".join(f" {history:,} before |" for history in HISTORIES)
    lines = [
        (
            f"Told of within {WITHIN} reviews of a fall by {100 * FALL:.0f} points, by the share "
            "of positive reviews and the"
        ),
        f"number of reviews before (median delay in reviews); {FALLING} simulated products for "
        f"each figure. A product needs {Limits().history} reviews.",
        "",
        f"| share |{head}",
        "|---|" + "---|" * len(HISTORIES),
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
            f"False alarms in a stream of {REVIEWS:,} reviews of {PRODUCTS} products that do not "
            f"change; {STREAMS} streams for each."
        ),
        "",
        "| share | alerts a stream | streams with at most one |",
        "|---|---|---|",
    ]
    lines += [
        f"| {row['share']:.0%} | {row['alerts']:.2f} | {row['at_most_one']:.0%} |" for row in calm
    ]
    return "\n".join(lines) + "\n\nWritten by `python -m bench.products`.\n"


def main() -> None:
    """Simulate, print and write."""
    rng, limits = np.random.default_rng(2026), Limits()
    found, calm = [], []
    for share in SHARES:
        for history in HISTORIES:
            found.append(falling(share, history, rng, limits))
            sys.stderr.write(f"{found[-1]}\n")
        calm.append(steady(share, rng, limits))
        sys.stderr.write(f"{calm[-1]}\n")
    text = markdown(found, calm)
    folder = Path(__file__).parent
    (folder / "products.json").write_text(
        json.dumps({"falling": found, "steady": calm}, indent=1) + "\n"
    )
    (folder / "products.md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
