"""ClickHouse queries of the console and the JSON of their rows. Every result is bounded, whatever
is stored.

A condition on review_id spares the view ``reviews`` the grouping of all reviews there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.records import Sentiment
from streams.console.core.time_spans import Wanted
from streams.gateway.core.analytics_windows import Windows
from streams.gateway.core.review_sums import SUMS

Row = tuple[Any, ...]
PRODUCTS, LATEST, VARIANTS, DRIFTS, EVENTS, ALERTS, REASONS, MOST_EXAMPLES = (
    12,
    6,
    24,
    120,
    6,
    12,
    6,
    50,
)
TEASER, WHOLE = 280, 2000
"""Characters of a text that are shown."""
PACE_STEP_S, PACE_STEPS = 5, 24
SECOND, MINUTE, HOUR, MONTH = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=30),
)
COUNTS: Final = (
    "countIf(sentiment = 'positive'), countIf(sentiment = 'neutral'), "
    "countIf(sentiment = 'negative'), avg(score)"
)
WRITTEN: Final = "created_at >= %(start)s AND created_at < %(end)s"
IN_WINDOW: Final = f"review_id IN (SELECT review_id FROM predictions WHERE {WRITTEN}) AND {WRITTEN}"


@dataclass(frozen=True, slots=True)
class Question:
    """``shape`` makes of the rows of ``sql`` what is sent to the page."""

    sql: str
    parameters: Mapping[str, object]
    shape: Callable[[Sequence[Row]], Any]


def pace(now: datetime) -> Question:
    """Reviews a second over the last two minutes, and seconds from written to scored over the last
    one.
    """
    step = timedelta(seconds=PACE_STEP_S)
    start = now - step * PACE_STEPS
    sql = """
WITH (toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at)) / 1000 AS seconds
SELECT
    sumMap([toUInt16(intDiv(toUnixTimestamp64Milli(scored_at) - %(start_ms)s, %(step_ms)s))],
    [toUInt64(1)]),
    countIf(scored_at >= %(lately)s),
    quantileExactIf(0.5)(seconds, scored_at >= %(minute)s),
    quantileExactIf(0.95)(seconds, scored_at >= %(minute)s)
FROM reviews
WHERE review_id IN (SELECT review_id FROM predictions WHERE scored_at >= %(start)s)
  AND scored_at >= %(start)s
"""
    parameters = {
        "start": start, "minute": now - MINUTE, "lately": now - 2 * step,
        "start_ms": int(start.timestamp() * 1000), "step_ms": PACE_STEP_S * 1000,
    }  # fmt: skip

    def shape(rows: Sequence[Row]) -> dict[str, Any]:
        [((numbers, counts), lately, p50, p95)] = rows
        by_number = dict(zip(numbers, counts, strict=True))
        return {
            "per_s": lately / (2 * PACE_STEP_S),
            "step_s": PACE_STEP_S,
            "per_s_lately": [
                by_number.get(number, 0) / PACE_STEP_S for number in range(PACE_STEPS)
            ],
            "p50_s": _number(p50),
            "p95_s": _number(p95),
        }

    return Question(sql, parameters, shape)


def dead_letters(now: datetime) -> Question:
    """Records that failed, in all and within the hour, by reason: each counts once, under its
    latest failure.
    """
    sql = f"""
SELECT reason, count() AS records, countIf(at >= %(hour)s) AS lately
FROM
(
    SELECT argMax(reason, (d.failed_at, d.stage, d.reason)) AS reason, max(d.failed_at) AS at
    FROM dead_letters AS d
    GROUP BY topic, partition, offset
)
GROUP BY reason
ORDER BY lately DESC, records DESC, reason
LIMIT {REASONS}
"""

    def shape(rows: Sequence[Row]) -> dict[str, Any]:
        reasons = [
            {"reason": reason, "records": records, "last_hour": lately}
            for reason, records, lately in rows
        ]
        return {
            "records": sum(row["records"] for row in reasons),
            "last_hour": sum(row["last_hour"] for row in reasons),
            "reasons": reasons,
        }

    return Question(sql, {"hour": now - HOUR}, shape)


def over_time(wanted: Wanted, now: datetime) -> Question:
    """Sentiment by the time the reviews were written."""
    frame = wanted.windows(now)
    sql = f"""
SELECT intDiv(toUnixTimestamp64Milli(created_at) - %(start_ms)s, %(step_ms)s) AS number, {SUMS}
FROM counted_reviews
WHERE {WRITTEN}{of_product(wanted.product_id)}
GROUP BY number
HAVING sum(sign) > 0
"""
    parameters = within(frame) | product_named(wanted.product_id)
    parameters |= {
        "start_ms": int(frame.start.timestamp()) * 1000,
        "step_ms": frame.step // timedelta(milliseconds=1),
    }

    def shape(rows: Sequence[Row]) -> dict[str, Any]:
        found = {int(number): counts for number, *counts in rows}
        windows = [
            {"start": start} | counts_of(found.get(number, (0, 0, 0, None)))
            for number, start in enumerate(frame.starts())
        ]
        return {
            "span": wanted.span,
            "step_s": frame.step // SECOND,
            "end": frame.end,
            "windows": windows,
        }

    return Question(sql, parameters, shape)


def by_product(wanted: Wanted, now: datetime) -> Question:
    """The products with the most reviews of the span."""
    sql = (
        f"SELECT product_id, {SUMS} FROM counted_reviews WHERE {WRITTEN} GROUP BY product_id "
        "HAVING sum(sign) > 0 ORDER BY sum(sign) DESC, product_id"
    )
    frame = wanted.windows(now)

    def shape(rows: Sequence[Row]) -> list[dict[str, Any]]:
        return [{"product_id": product_id} | counts_of(counts) for product_id, *counts in rows]

    return Question(f"{sql} LIMIT {PRODUCTS}", within(frame), shape)


def latest(now: datetime) -> Question:
    """The reviews that were scored last."""
    sql = f"""
SELECT review_id, product_id, toString(sentiment), score, substringUTF8(text_masked, 1, {TEASER}),
    created_at, scored_at, mixed
FROM reviews
WHERE review_id IN (SELECT review_id FROM predictions WHERE scored_at >= %(since)s
ORDER BY scored_at DESC LIMIT {4 * LATEST})
ORDER BY scored_at DESC, review_id
LIMIT {LATEST}
"""
    return Question(sql, {"since": now - MONTH}, _examples)


def examples(
    start: datetime,
    end: datetime,
    product_id: str | None,
    sentiment: Sentiment | None,
    limit: int,
    aspect: str | None = None,
) -> Question:
    """Reviews written in [start, end), masked, the latest first; with ``aspect`` those that name
    it, and ``sentiment`` is what they say of it. Raises ``ValueError`` for a limit out of 1 … 50.
    """
    if not 1 <= limit <= MOST_EXAMPLES:
        raise ValueError(f"limit is not 1 to {MOST_EXAMPLES}")
    judged = "" if sentiment is None else " AND sentiment = %(sentiment)s"
    if aspect is not None:
        judged = (
            f" AND review_id IN (SELECT review_id FROM review_aspects WHERE {IN_WINDOW} "
            f"AND aspect = %(aspect)s{judged})"
        )
    sql = f"""
SELECT review_id, product_id, toString(sentiment), score, substringUTF8(text_masked, 1, {WHOLE}),
    created_at, scored_at, mixed
FROM reviews
WHERE {IN_WINDOW}{of_product(product_id)}{judged}
ORDER BY created_at DESC, review_id
LIMIT {limit}
"""
    parameters: dict[str, object] = {"start": start, "end": end} | product_named(product_id)
    asked = {"sentiment": sentiment, "aspect": aspect}
    parameters |= {name: value for name, value in asked.items() if value is not None}
    return Question(sql, parameters, _examples)


def variants(wanted: Wanted, now: datetime) -> Question:
    """Number of reviews that each variant scored in the span."""
    sql = f"""
SELECT language, variant, model_name, model_version, sum(sign) AS reviews
FROM counted_reviews
WHERE {WRITTEN}
GROUP BY language, variant, model_name, model_version
HAVING reviews > 0
ORDER BY reviews DESC, language, variant, model_version
LIMIT {VARIANTS}
"""
    names = ("language", "variant", "model_name", "model_version", "reviews")
    return Question(
        sql,
        within(wanted.windows(now)),
        lambda rows: [dict(zip(names, row, strict=True)) for row in rows],
    )


def drift(now: datetime) -> Question:
    """The latest windows that drift was looked for in, by kind: the oldest first."""
    sql = f"""
SELECT
    window_start, window_end, kind, max(w.drifted), max(w.fires), max(w.reviews),
    arraySort(groupUniqArrayArray(w.detectors)),
    arraySort(groupUniqArrayIf(6)(w.segment, w.drifted = 1))
FROM drift_windows AS w
WHERE window_start >= %(since)s
GROUP BY window_start, window_end, kind
ORDER BY window_start DESC, kind
LIMIT {DRIFTS}
"""

    def shape(rows: Sequence[Row]) -> list[dict[str, Any]]:
        return [
            {
                "start": start,
                "end": end,
                "kind": kind,
                "state": "told" if fires else "drifted" if drifted else "quiet",
                "reviews": reviews,
                "detectors": list(detectors),
                "segments": list(segments),
            }
            for start, end, kind, drifted, fires, reviews, detectors, segments in reversed(rows)
        ]

    return Question(sql, {"since": now - MONTH}, shape)


def model_events() -> Question:
    """Latest model events, newest first."""
    sql = f"""
SELECT created_at, language, action, model_name, model_version, reason, actor
FROM model_events
ORDER BY created_at DESC, event_id
LIMIT 1 BY event_id
LIMIT {EVENTS}
"""
    names = ("at", "language", "action", "model_name", "model_version", "reason", "actor")
    return Question(sql, {}, lambda rows: [dict(zip(names, row, strict=True)) for row in rows])


def alerts() -> Question:
    """Alert conditions, firing ones first."""
    sql = f"""
SELECT status, name, severity, summary, started_at, ended_at
FROM alert_status
ORDER BY status = 'firing' DESC, created_at DESC, fingerprint
LIMIT {ALERTS}
"""
    names = ("status", "name", "severity", "summary", "started_at", "ended_at")
    return Question(sql, {}, lambda rows: [dict(zip(names, row, strict=True)) for row in rows])


def _examples(rows: Sequence[Row]) -> list[dict[str, Any]]:
    names = (
        "review_id",
        "product_id",
        "sentiment",
        "score",
        "text_masked",
        "created_at",
        "scored_at",
        "mixed",
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def counts_of(counts: Sequence[Any]) -> dict[str, Any]:
    """Reviews by sentiment, of a row of ``COUNTS``."""
    positive, neutral, negative, score = counts
    return {
        "positive": positive,
        "neutral": neutral,
        "negative": negative,
        "average_score": _number(score),
    }


def within(frame: Windows) -> dict[str, object]:
    """Parameters of ``IN_WINDOW``."""
    return {"start": frame.start, "end": frame.end}


def of_product(product_id: str | None) -> str:
    """A condition, where one product is looked at."""
    return "" if product_id is None else " AND product_id = %(product_id)s"


def product_named(product_id: str | None) -> dict[str, object]:
    """Its parameter."""
    return {} if product_id is None else {"product_id": product_id}


def _number(value: float | None) -> float | None:
    """ClickHouse says NaN of nothing, and JSON has no such number."""
    return None if value is None or math.isnan(value) else value
