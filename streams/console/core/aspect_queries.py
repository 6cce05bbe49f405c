"""ClickHouse query of the console about aspects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from streams.console.core.console_queries import (
    COUNTS,
    IN_WINDOW,
    Question,
    Row,
    counts_of,
    of_product,
    product_named,
    within,
)
from streams.console.core.time_spans import Wanted

ASPECTS: Final = 12
TREND: Final = 12
"""Parts of a span by which the trend of an aspect is shown."""


def aspects(wanted: Wanted, now: datetime) -> Question:
    """The aspects that the most reviews of the span name, of one product or all, with the number of
    negative ones in each part of the span.
    """
    frame = wanted.windows(now)
    sql = f"""
SELECT aspect, {COUNTS},
    sumMap([toUInt16(intDiv((toUnixTimestamp64Milli(created_at) - %(start_ms)s) * {TREND},
        %(span_ms)s))], [toUInt64(sentiment = 'negative')])
FROM review_aspects
WHERE {IN_WINDOW}{of_product(wanted.product_id)}
GROUP BY aspect
ORDER BY count() DESC, aspect
LIMIT {ASPECTS}
"""
    parameters = within(frame) | product_named(wanted.product_id)
    parameters |= {
        "start_ms": int(frame.start.timestamp()) * 1000,
        "span_ms": (frame.end - frame.start) // timedelta(milliseconds=1),
    }

    def shape(rows: Sequence[Row]) -> list[dict[str, Any]]:
        found = []
        for aspect, *counts, (numbers, negative) in rows:
            by_part = dict(zip(numbers, negative, strict=True))
            trend = [by_part.get(number, 0) for number in range(TREND)]
            found.append({"aspect": aspect} | counts_of(counts) | {"negative_trend": trend})
        return found

    return Question(sql, parameters, shape)
