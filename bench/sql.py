"""SQL benchmark: the views and the console's queries over many predictions, against the same views
computed from all of them.

``python -m bench.sql [--rows 20000000]`` fills a ClickHouse of the local stack's kind in a folder
that is removed afterwards, and writes ``bench/sql.json`` and ``.md``. Of the rows 5 % are replays
and 2 % scored again by another model.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import SecretStr
from rich.progress import track

from infra.migrations import migrate
from infra.settings import ClickHouseSettings, SinkSettings
from infra.warehouse import Warehouse, connect
from retrain.review_facts.counting import count
from schemas.errors import WarehouseUnavailable
from streams.console.core import console_queries
from streams.console.core.time_spans import SPANS, Wanted
from tests.servers import clickhouse_local

DAYS: Final = 14
PRODUCTS: Final = 2_000
OLD_ROWS: Final = 1_000_000
"""At so many the old definitions are compared."""
AT_ONCE: Final = 1_000_000
REPEATS: Final = 5
INSERTS: Final = 15
MEMORY: Final = 500_000_000
"""Bytes that a query may take."""
MEMORY_LIMIT_EXCEEDED: Final = "MEMORY_LIMIT_EXCEEDED"
UNCOUNTED: Final = """
SELECT count() FROM review_arrivals
WHERE arrived_at >= (SELECT argMax(p.counted_to, p.at) FROM review_facts_progress AS p)
"""
COLUMNS: Final = (
    "review_id, product_id, sentiment, score, confidence, text_masked, language, "
    "language_confidence, pii, rating, stars, author_key, source, model_name, model_version, "
    "variant, created_at, scored_at, probabilities"
)
# Rows are numbered: of 107, 100 are reviews of their own, 5 repeat one of those, 2 score one again.
ROWS: Final = f"""
WITH
    intDiv(number, 107) * 100 AS whole, number %% 107 AS place,
    whole + if(place < 100, place, (place - 100) * 13) AS review,
    cityHash64(review) AS random,
    toDateTime64(%(start)s, 3, 'UTC') AS start,
    start + toIntervalMillisecond(toInt64(review * %(milliseconds)s)) AS written,
    ['en', 'de', 'fr', 'es', 'ja', 'zh'] AS languages,
    -log(1 - (random %% 99991) / 99991.) AS waited
SELECT
    concat('shop.reviews-', toString(review)),
    concat('product-',
        toString(toUInt32(pow(intDiv(random, 7) %% 100003 / 100003., 3) * {PRODUCTS}))),
    ['negative', 'neutral', 'positive'][1 + (random + intDiv(place, 105)) %% 3] AS sentiment,
    (random %% 1000003) / 1000003. AS score,
    0.5 + score / 2,
    concat('Bought it ', toString(random %% 365), ' days ago, and the battery lasts ',
        toString(intDiv(random, 11) %% 48), ' hours; the screen is bright, ',
        languages[1 + random %% 6]),
    languages[1 + random %% 6],
    0.99,
    map(),
    if(random %% 4 = 0, NULL, 1 + random %% 5),
    if(random %% 4 = 0, NULL, 1 + random %% 5),
    NULL,
    'web',
    if(place < 105, 'judge', 'reviews-en'),
    if(place < 105, 'db763cc64f80', '1'),
    'champion',
    written,
    written + toIntervalMillisecond(toInt64(300 + 400 * waited) + if(place < 100, 0, 60000)),
    map('negative', 1 - score, 'neutral', 0., 'positive', score)
FROM numbers(%(first)s, %(rows)s)
"""
OLD: Final = {
    "sentiment_by_product": """
SELECT product_id, count(), countIf(sentiment = 'positive'), countIf(sentiment = 'neutral'),
    countIf(sentiment = 'negative'), avg(score), avg(rating), avg(stars)
FROM reviews GROUP BY product_id""",
    "sentiment_hourly": """
SELECT intDiv(toUnixTimestamp64Milli(created_at), 3600000) AS hour, count(),
    countIf(sentiment = 'positive'), countIf(sentiment = 'neutral'),
    countIf(sentiment = 'negative'), avg(score)
FROM reviews GROUP BY hour""",
    "latency": """
SELECT intDiv(toUnixTimestamp64Milli(scored_at), 60000) AS minute, count(),
    quantilesExact(0.5, 0.95, 0.99)(toUnixTimestamp64Milli(scored_at)
        - toUnixTimestamp64Milli(created_at))
FROM reviews GROUP BY minute""",
}
"""The definitions before ``review_facts``."""
VIEWS: Final = {
    "sentiment_by_product": "SELECT * FROM sentiment_by_product",
    "sentiment_hourly": "SELECT * FROM sentiment_hourly",
    "latency": "SELECT * FROM latency",
    "reviews, count()": "SELECT count() FROM reviews",
}


def fill(warehouse: Warehouse, first: int, rows: int, total: int, start: datetime) -> None:
    """Rows ``first`` to ``first + rows`` of ``total``, as the sink stores them."""
    milliseconds = DAYS * 86_400_000 / (total * 100 / 107)
    values = {
        "first": str(first),
        "rows": str(rows),
        "milliseconds": repr(milliseconds),
        "start": f"'{start:%Y-%m-%d %H:%M:%S}'",
    }
    warehouse.execute(f"INSERT INTO predictions ({COLUMNS}) {ROWS % values}")


class Timed(NamedTuple):
    """A query: median seconds, and whether it keeps to ``MEMORY``."""

    name: str
    seconds: float
    within_memory: bool


def timed(
    warehouse: Warehouse, name: str, sql: str, parameters: Mapping[str, object] | None = None
) -> Timed:
    """The query after one that warms up."""
    seconds = []
    for _ in range(1 + REPEATS):
        began = time.perf_counter()
        warehouse.query(sql, parameters)
        seconds.append(time.perf_counter() - began)
    within = True
    try:
        warehouse.query(f"{sql} SETTINGS max_memory_usage = {MEMORY}", parameters)
    except WarehouseUnavailable as error:
        if MEMORY_LIMIT_EXCEEDED not in str(error):
            raise
        within = False
    return Timed(name, statistics.median(seconds[1:]), within)


def console(now: datetime) -> dict[str, console_queries.Question]:
    """The console's questions about reviews."""
    found = {
        "console: pace": console_queries.pace(now),
        "console: latest": console_queries.latest(now),
    }
    for span in SPANS:
        wanted = Wanted(span)
        found[f"console: over time, {span}"] = console_queries.over_time(wanted, now)
        found[f"console: by product, {span}"] = console_queries.by_product(wanted, now)
        found[f"console: variants, {span}"] = console_queries.variants(wanted, now)
    return found


def stored(warehouse: Warehouse, first: int, last: int, total: int, start: datetime) -> float:
    """Store and count rows ``first`` to ``last``; the seconds that counting took."""
    counted_s = 0.0
    for begin in track(range(first, last, AT_ONCE), f"storing {last - first:,} rows"):
        fill(warehouse, begin, min(AT_ONCE, last - begin), total, start)
        began = time.perf_counter()
        count(warehouse)
        counted_s += time.perf_counter() - began
    while warehouse.query(UNCOUNTED) != [(0,)]:
        time.sleep(1)
        count(warehouse)
    return counted_s


def inserts(warehouse: Warehouse, first: int, total: int, start: datetime) -> float:
    """Median seconds of inserts as large as the sink's, from row ``first`` on."""
    seconds = []
    for number in range(INSERTS):
        began = time.perf_counter()
        fill(
            warehouse,
            first + number * SinkSettings().max_rows,
            SinkSettings().max_rows,
            total,
            start,
        )
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def measure(warehouse: Warehouse, rows: int) -> dict[str, object]:
    """Everything, in a database without a review."""
    start = datetime.now(UTC) - timedelta(days=DAYS)
    count(warehouse)
    few = min(rows, OLD_ROWS)
    counted_s = stored(warehouse, 0, few, rows, start)
    old = {name: timed(warehouse, name, sql).seconds for name, sql in OLD.items()}
    new = {name: timed(warehouse, name, VIEWS[name]).seconds for name in OLD}
    counted_s += stored(warehouse, few, rows, rows, start)
    found = [timed(warehouse, name, sql) for name, sql in VIEWS.items()]
    for name, question in console(datetime.now(UTC)).items():
        found.append(timed(warehouse, name, question.sql, question.parameters))
    arriving = inserts(warehouse, rows, rows, start)
    warehouse.execute("DROP VIEW predictions_to_review_arrivals")
    alone = inserts(warehouse, 2 * rows, rows, start)
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "rows": rows,
        "counted_a_second": round(rows / counted_s),
        "insert_seconds": {"arriving": arriving, "alone": alone},
        "queries": [each._asdict() for each in found],
        "few_rows": few,
        "old_seconds": old,
        "new_seconds": new,
    }


def document(found: Mapping[str, Any]) -> str:
    """Markdown of ``measure``."""
    lines = [
        f"Measured {found['date']}: {found['rows']:,} predictions (5 % replays, 2 % scored again) "
        f"of {DAYS} days and {PRODUCTS:,} products in the local stack's ClickHouse, median of "
        f"{REPEATS}.\n",
        "| query | ms | within 500 MB |\n|---|---|---|",
    ]
    for each in found["queries"]:
        within = "yes" if each["within_memory"] else "no"
        lines.append(f"| {each['name']} | {1000 * each['seconds']:.0f} | {within} |")
    insert = found["insert_seconds"]
    lines += [
        f"\nInserts of {SinkSettings().max_rows:,} rows: {1000 * insert['arriving']:.0f} ms, and "
        f"{1000 * insert['alone']:.0f} ms where they do not arrive in review_arrivals. Counting, "
        f"{AT_ONCE:,} at a time: {found['counted_a_second']:,} rows/s.",
        f"\nThe same views computed from all predictions, of {found['few_rows']:,}:\n",
        "| view | ms | from all predictions, ms | times |\n|---|---|---|---|",
    ]
    for name, old in found["old_seconds"].items():
        new = found["new_seconds"][name]
        lines.append(f"| {name} | {1000 * new:.0f} | {1000 * old:.0f} | {old / new:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fill, measure, write."""
    parser = argparse.ArgumentParser(
        description="Views and console over many predictions; writes bench/sql.json and .md"
    )
    parser.add_argument("--rows", type=int, default=20_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, clickhouse_local.running(Path(folder)) as url:
        settings = ClickHouseSettings(url=SecretStr(url), timeout_s=600)
        with connect(settings) as warehouse:
            migrate(warehouse, settings.database)
            found = measure(warehouse, options.rows)
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")
    target.with_suffix(".md").write_text(document(found), encoding="utf8")
    sys.stdout.write(document(found))


if __name__ == "__main__":
    main()
