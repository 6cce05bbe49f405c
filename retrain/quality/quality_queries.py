"""ClickHouse counts of windows and of the past that they are compared with."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from infra.settings import QualitySettings
from infra.warehouse import Warehouse
from retrain.drift.core.drift_windows import Span
from retrain.drift.drift_queries import CLOCKS_APART
from retrain.quality.core.quality_rows import COLUMNS, Row, State
from retrain.quality.core.window_counts import Facts, Usual

NULLABLE = ("product_id", "rating", "source")
LATEST = 200
"""Earlier windows whose languages and missing values are what is usual."""

# Damage: the replacement character; UTF-8 that was read as Latin-1 or Windows-1252, such as Ã©, Â°,
# â€™ and ï¿½.
_FACTS = r"""
SELECT
    count(),
    countIf(spaced),
    countIf(spaced AND words < 2),
    countIf(lengthUTF8(text) > %(long)s),
    countIf(match(text,
    '\\x{FFFD}|[\\x{C2}\\x{C3}][\\x{80}-\\x{BF}]|\\x{E2}\\x{20AC}|\\x{EF}\\x{BF}\\x{BD}')),
    countIf(words > 4),
    countIf(words > 4) - uniqExactIf(sipHash64(text), words > 4),
    countIf(confidence < %(sure)s OR language = 'und'),
    countIf(product_id = ''),
    countIf(rating_missing),
    countIf(source_missing),
    sumMap([language], [toUInt64(1)])
FROM
(
    SELECT
        review_id,
        argMax(p.text_masked, p.precedence) AS text,
        toString(argMax(p.language, p.precedence)) AS language,
        argMax(p.language_confidence, p.precedence) AS confidence,
        argMax(p.product_id, p.precedence) AS product_id,
        argMax(isNull(p.rating), p.precedence) AS rating_missing,
        argMax(isNull(p.source), p.precedence) AS source_missing,
        length(splitByWhitespace(text)) AS words,
        language NOT IN ('zh', 'ja', 'th', 'lo', 'km', 'my') AS spaced
    FROM predictions AS p
    WHERE created_at >= %(start)s AND created_at < %(end)s AND scored_at >= %(from)s
    GROUP BY review_id
)
"""
_EMPTY = """
SELECT uniqExact(topic, partition, offset)
FROM dead_letters
WHERE reason = 'empty_text' AND failed_at >= %(start)s AND failed_at < %(end)s
"""
_VOLUMES = """
SELECT toDate(window_start) AS day, groupArray(q.records)
FROM data_quality AS q
WHERE name = 'volume' AND toHour(window_start) = %(hour)s AND window_start >= %(since)s
  AND toDate(window_start) < toDate(%(day)s)
GROUP BY day
ORDER BY day
"""
_BEFORE = """
SELECT name, records, value, evidence
FROM data_quality
WHERE (name = 'language_mix' OR startsWith(name, 'missing/')) AND window_start < %(start)s
  AND window_start >= %(since)s
ORDER BY window_start DESC
LIMIT %(most)s BY name
"""
_STATE = """
SELECT name, argMax(tuple(if(q.failed = 1, q.failing_since, NULL)), q.window_start).1,
    max(q.window_end)
FROM data_quality AS q
WHERE created_at >= %(since)s
GROUP BY name
"""
_FIRST = """
SELECT count(), min(created_at)
FROM predictions
WHERE created_at >= %(since)s AND created_at < %(now)s AND scored_at >= %(from)s
"""
_FAILED = f"""
SELECT {", ".join(COLUMNS)}
FROM data_quality FINAL
WHERE (failed = 1 OR alert != '') AND created_at >= %(since)s
ORDER BY window_start, check_id
"""


def facts(warehouse: Warehouse, span: Span, settings: QualitySettings, sure: float) -> Facts:
    """Of the reviews written in a span, by any model, and the records rejected in it. ``sure``: of
    their language.
    """
    times: dict[str, object] = {
        "start": span.start,
        "end": span.end,
        "from": span.start - CLOCKS_APART,
    }
    [row] = _query(warehouse, _FACTS, times | {"long": settings.long_characters, "sure": sure})
    [(empty,)] = _query(warehouse, _EMPTY, times)
    (
        reviews,
        worded,
        wordless,
        long,
        damaged,
        repeatable,
        repeats,
        uncertain,
        *missing,
        languages,
    ) = row
    return Facts(
        reviews, empty, worded, wordless, long, damaged, repeatable, repeats, uncertain,
        dict(zip(NULLABLE, missing, strict=True)), dict(zip(*languages, strict=True)),
    )  # fmt: skip


def usual(warehouse: Warehouse, span: Span, days: int) -> Usual:
    """Usual values of earlier windows, failed ones included, so that a lasting change becomes
    usual.
    """
    since = span.start - timedelta(days=days)
    volumes = _query(
        warehouse,
        _VOLUMES,
        {"hour": span.start.hour, "since": since, "day": f"{span.start:%Y-%m-%d}"},
    )
    before = _query(warehouse, _BEFORE, {"start": span.start, "since": since, "most": LATEST})
    languages: Counter[str] = Counter()
    missing: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for name, records, value, evidence in before:
        if name == "language_mix":
            languages.update(json.loads(evidence)["languages"])
        else:
            missing[name.partition("/")[2]].append((records, value))
    shares = {
        name: sum(n * share for n, share in found) / sum(n for n, _ in found)
        for name, found in missing.items()
    }
    return Usual(languages.total(), [counts for _, counts in volumes], shares, languages)


def first(warehouse: Warehouse, since: datetime, now: datetime) -> datetime | None:
    """Time of the first review written since then, if any."""
    [(count, moment)] = _query(
        warehouse, _FIRST, {"since": since, "now": now, "from": since - CLOCKS_APART}
    )
    return moment if count else None


def state(warehouse: Warehouse, since: datetime) -> tuple[State, datetime | None]:
    """Since when each check fails, and the end of the last window that was checked."""
    rows = _query(warehouse, _STATE, {"since": since})
    return {name: began for name, began, _ in rows}, max((end for _, _, end in rows), default=None)


def store(warehouse: Warehouse, rows: Sequence[Row]) -> None:
    """Those of one window, all or none of them."""
    cells = [[getattr(row, column) for column in COLUMNS] for row in rows]
    warehouse.insert(
        "data_quality",
        COLUMNS,
        cells,
        f"{rows[0].window_start.isoformat()} {rows[0].window_end.isoformat()}",
    )


def failed(warehouse: Warehouse, since: datetime) -> list[Row]:
    """Rows since then that failed or raised an alert."""
    return [Row(*row) for row in _query(warehouse, _FAILED, {"since": since})]


def _query(warehouse: Warehouse, sql: str, parameters: dict[str, object]) -> list[tuple[Any, ...]]:
    return warehouse.query(sql, parameters)
