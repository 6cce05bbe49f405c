"""The console's figures on a current ClickHouse engine: what is stored, counted once, and only what
is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from pydantic import SecretStr

from infra import migrations
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from streams.console.core import aspect_queries, console_queries
from streams.console.core.console_queries import Question
from streams.console.core.time_spans import Wanted
from tests.integration.views import DEAD_LETTER, PREDICTION, insert

NOW = datetime.now(UTC).replace(microsecond=0)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
DRIFT: dict[str, object] = {
    "report_id": "d1", "detector": "domain", "kind": "input", "segment": "language=en",
    "language": "en",
    "window_start": NOW - HOUR, "window_end": NOW, "reviews": 900, "reference": "live",
    "model_name": "m", "model_version": "1",
    "effect": 0.5, "threshold": 0.1, "p_value": 0.001, "drifted": 1, "fires": 1, "evidence": "{}",
    "report": "",
    "created_at": NOW,
}  # fmt: skip
EVENT: dict[str, object] = {
    "event_id": "e1", "language": "en", "action": "promoted", "model_name": "m",
    "model_version": "2", "traffic": "[]",
    "created_at": NOW, "reason": "better", "evidence": "{}", "actor": "loop",
}  # fmt: skip
ALERT: dict[str, object] = {
    "alert_id": "a1", "fingerprint": "f1", "status": "firing", "name": "drift",
    "severity": "warning", "summary": "drift in en",
    "labels": {}, "started_at": NOW - HOUR, "created_at": NOW - HOUR, "description": "",
    "evidence": "{}", "ended_at": None,
}  # fmt: skip


def aspects(**said: str) -> str:
    """The aspects of a review that says this of each."""
    found = [
        {"term": name, "category": name, "sentiment": sentiment, "score": 0.5, "start": 0, "end": 4}
        for name, sentiment in said.items()
    ]
    return orjson.dumps(found).decode()


@pytest.fixture(scope="module")
def warehouse(local_clickhouse: str) -> Iterator[Warehouse]:
    """With three reviews of the last seconds, one of a day ago, and one of each of the rest; all of
    it stored twice.
    """
    database = f"console_{uuid4().hex}"
    with connect(
        ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)
    ) as warehouse:
        migrations.migrate(warehouse, database)
        fresh = {"created_at": NOW - 4 * SECOND, "scored_at": NOW - 2 * SECOND}
        for _ in range(2):
            insert(
                warehouse, "predictions", PREDICTION,
                fresh | {"review_id": "r1", "product_id": "shoes",
                "aspects": aspects(battery="negative", screen="positive")},
                fresh | {"review_id": "r2", "product_id": "shoes", "sentiment": "negative",
                "score": 0.25, "aspects": aspects(battery="positive")},
                fresh | {"review_id": "r3", "product_id": "", "variant": "challenger",
                "scored_at": NOW - 90 * SECOND},
                {"review_id": "r4", "product_id": "hats", "created_at": NOW - 24 * HOUR,
                "scored_at": NOW - 24 * HOUR, "aspects": aspects(battery="negative")},
            )  # fmt: skip
            insert(
                warehouse,
                "dead_letters",
                DEAD_LETTER,
                {"failed_at": NOW - SECOND},
                {"offset": 2, "failed_at": NOW - 2 * HOUR},
            )
            insert(
                warehouse,
                "drift_reports",
                DRIFT,
                {},
                {"report_id": "d2", "kind": "concept", "drifted": 0, "fires": 0},
            )
            insert(
                warehouse,
                "model_events",
                EVENT,
                {},
                {"event_id": "e2", "action": "registered", "created_at": NOW - HOUR},
            )
            insert(
                warehouse, "alerts", ALERT,
                {}, {"status": "resolved", "created_at": NOW, "ended_at": NOW},
                {"fingerprint": "f2", "alert_id": "a2"},
            )  # fmt: skip
        yield warehouse
        warehouse.execute(f"DROP DATABASE {database}")


def told(warehouse: Warehouse, question: Question) -> Any:
    """The answer as the page gets it."""
    shaped = question.shape(warehouse.query(question.sql, question.parameters))
    return orjson.loads(orjson.dumps(shaped, option=orjson.OPT_UTC_Z))


def test_pace_counts_reviews_by_when_they_were_scored(warehouse: Warehouse) -> None:
    pace = told(warehouse, console_queries.pace(NOW))
    assert pace["per_s"] == 0.2
    assert sum(pace["per_s_lately"]) * pace["step_s"] == pytest.approx(3)
    assert pace["per_s_lately"][-1] == 0.4
    assert (pace["p50_s"], pace["p95_s"]) == (2.0, 2.0)
    quiet = told(warehouse, console_queries.pace(NOW + HOUR))
    assert (quiet["per_s"], sum(quiet["per_s_lately"]), quiet["p50_s"]) == (0, 0, None)


def test_sentiment_over_time_is_by_when_reviews_were_written(warehouse: Warehouse) -> None:
    hour = told(warehouse, console_queries.over_time(Wanted("1h"), NOW))["windows"]
    assert [
        sum(window[kind] for window in hour) for kind in ("positive", "neutral", "negative")
    ] == [2, 0, 1]
    week = told(warehouse, console_queries.over_time(Wanted("7d"), NOW))["windows"]
    assert sum(window["positive"] for window in week) == 3
    shoes = told(warehouse, console_queries.over_time(Wanted("7d", "shoes"), NOW))["windows"]
    assert sum(window["positive"] + window["negative"] for window in shoes) == 2


def test_products_are_those_of_the_span_the_most_reviewed_first(warehouse: Warehouse) -> None:
    rows = told(warehouse, console_queries.by_product(Wanted("1h"), NOW))
    assert [(row["product_id"], row["positive"], row["negative"]) for row in rows] == [
        ("shoes", 1, 1),
        ("", 1, 0),
    ]
    assert rows[0]["average_score"] == 0.5


def test_the_latest_are_those_that_were_scored_last(warehouse: Warehouse) -> None:
    assert [row["review_id"] for row in told(warehouse, console_queries.latest(NOW))] == [
        "r1",
        "r2",
        "r3",
        "r4",
    ]


@pytest.mark.parametrize(
    ("product_id", "sentiment", "limit", "expected"),
    [
        (None, None, 20, ["r1", "r2", "r3"]),
        ("shoes", None, 20, ["r1", "r2"]),
        ("shoes", "negative", 20, ["r2"]),
        ("", None, 20, ["r3"]),
        (None, None, 1, ["r1"]),
        ("' OR 1=1 --", None, 20, []),
    ],
)
def test_examples_are_what_was_asked_for(
    warehouse: Warehouse, product_id: str | None, sentiment: Any, limit: int, expected: list[str]
) -> None:
    found = told(warehouse, console_queries.examples(NOW - HOUR, NOW, product_id, sentiment, limit))
    assert [row["review_id"] for row in found] == expected
    assert all(row["text_masked"] == PREDICTION["text_masked"] for row in found)


def test_aspects_are_by_reviews_with_the_trend_of_negative_ones(warehouse: Warehouse) -> None:
    [battery, screen] = told(warehouse, aspect_queries.aspects(Wanted("1h"), NOW))
    assert (battery["aspect"], battery["positive"], battery["negative"]) == ("battery", 1, 1)
    assert battery["negative_trend"] == [*[0] * 11, 1]
    assert (screen["aspect"], screen["negative"], screen["negative_trend"]) == (
        "screen", 0, [0] * 12,
    )  # fmt: skip
    assert told(warehouse, aspect_queries.aspects(Wanted("1h", "hats"), NOW)) == []
    [old] = told(warehouse, aspect_queries.aspects(Wanted("7d", "hats"), NOW))
    assert (old["aspect"], old["negative"]) == ("battery", 1)


@pytest.mark.parametrize(
    ("aspect", "sentiment", "expected"),
    [
        ("battery", None, ["r1", "r2"]),
        ("battery", "negative", ["r1"]),
        ("screen", "positive", ["r1"]),
        ("screen", "negative", []),
    ],
)
def test_examples_of_an_aspect_are_chosen_by_what_they_say_of_it(
    warehouse: Warehouse, aspect: str, sentiment: Any, expected: list[str]
) -> None:
    question = console_queries.examples(NOW - HOUR, NOW, None, sentiment, 20, aspect)
    assert [row["review_id"] for row in told(warehouse, question)] == expected


def test_variants_drift_events_alerts_and_dead_letters_count_once(warehouse: Warehouse) -> None:
    variants = told(warehouse, console_queries.variants(Wanted("1h"), NOW))
    assert [(row["variant"], row["reviews"]) for row in variants] == [
        ("champion", 2),
        ("challenger", 1),
    ]
    drift = told(warehouse, console_queries.drift(NOW))
    assert sorted((row["kind"], row["state"], row["segments"]) for row in drift) == [
        ("concept", "quiet", []), ("input", "told", ["language=en"]),
    ]  # fmt: skip
    assert [row["action"] for row in told(warehouse, console_queries.model_events())] == [
        "promoted",
        "registered",
    ]
    alerts = told(warehouse, console_queries.alerts())
    assert [row["status"] for row in alerts] == ["firing", "resolved"]
    assert (alerts[0]["ended_at"] is None, alerts[1]["ended_at"] is None) == (True, False)
    dead = told(warehouse, console_queries.dead_letters(NOW))
    assert (dead["records"], dead["last_hour"]) == (2, 1)
