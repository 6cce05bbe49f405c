"""Capacity planning: ``python -m bench.capacity`` computes workers and cost per day from the
results of ``make bench``.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

LATEST = Path(__file__).with_name("latest.json")
DAY_S = 86_400
PEAK, BUSY = 3.0, 0.6
"""The busiest minute brings so many times the average; and then workers are to be so busy at most.
"""
DAILY = (100_000, 1_000_000, 10_000_000)


def table(document: dict[str, Any]) -> str:
    """Markdown: reviews a day, workers of one core, their memory, cost of a month. ``KeyError`` for
    another kind of document.
    """
    undertone = document["contenders"]["undertone"]
    rate, price, memory = (
        undertone["rate"]["median"],
        document["plan"]["price"],
        undertone["peak_memory"],
    )
    lines = [
        (
            f"One worker on one core ({document['machine']['processor']}): {rate:,.0f} reviews/s, "
            f"{memory / 1e9:.1f} GB at most."
        ),
        (
            f"The peak is {PEAK:g} times the average, workers are {BUSY:.0%} busy then, a core "
            f"costs ${price:g} an hour."
        ),
        "",
        (
            "| reviews a day | workers at the peak | their memory, GB | cost of a million | of a "
            "month, if all run all the time |"
        ),
        "|---|---|---|---|---|",
    ]
    for daily in DAILY:
        workers = max(
            2, math.ceil(daily / DAY_S * PEAK / (rate * BUSY))
        )  # two, so that one may fail
        monthly = workers * price * 24 * 30
        million = monthly / (daily * 30) * 1e6
        lines.append(
            f"| {daily:,} | {workers} | {workers * memory / 1e9:.0f} | ${million:,.2f} | "
            f"${monthly:,.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if not LATEST.exists():
        sys.exit("bench/latest.json is not there: make bench")
    sys.stdout.write(table(json.loads(LATEST.read_text(encoding="utf8"))))
