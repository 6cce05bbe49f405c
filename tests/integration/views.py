"""What tests of views share: rows of each table, a database of their own, a whole answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra import migrations
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect

CREATED = datetime(2024, 3, 1, 10, 59, 59, 500_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOW = datetime.now(UTC).replace(microsecond=123_000)
"""Rows are stamped near today: the tables forget what was scored more than 400 days ago."""


PREDICTION: dict[str, object] = {
    "review_id": "r1",
    "product_id": "p1",
    "sentiment": "positive",
    "score": 0.75,
    "confidence": 0.75,
    "text_masked": "good <PERSON>",
    "language": "en",
    "language_confidence": 0.99,
    "pii": {"PERSON": 1},
    "rating": 4.5,
    "author_key": "key",
    "source": "web",
    "model_name": "m",
    "model_version": "1",
    "variant": "champion",
    "created_at": CREATED,
    "scored_at": NOW,
    "probabilities": {},
    "evidence": True,
    "language_served": True,
    "sentences": "",
    "mixed": False,
    "aspects": "",
}
STARLESS = PREDICTION | {"rating": None}
THREE: dict[str, object] = {
    "probabilities": {"negative": 0.05, "neutral": 0.4, "positive": 0.55},
    "evidence": False,
    "language_served": False,
    "sentences": (
        '[{"start":0,"end":3,"label":"positive","score":0.9},'
        '{"start":4,"end":8,"label":"negative","score":0.25}]'
    ),
    "mixed": True,
    "aspects": "[]",
}
ASPECTS = (
    '[{"term":"Akku","category":"battery","sentiment":"negative","score":0.1,"start":2,"end":6},'
    '{"term":"Screen","category":"","sentiment":"positive","score":0.9,"start":11,"end":17},'
    '{"term":"battery","category":"battery","sentiment":"neutral","score":0.5,"start":19,"end":26}]'
)
"""Of the text "😀 Akku, __ __ Screen, battery"."""
FEEDBACK: dict[str, object] = {
    "feedback_id": "f1",
    "review_id": "r1",
    "label": "positive",
    "source": "user",
    "created_at": NOW,
}
DEAD_LETTER: dict[str, object] = {
    "topic": "reviews.raw",
    "partition": 0,
    "offset": 1,
    "stage": "decode",
    "reason": "not_json",
    "detail": "",
    "failed_at": NOW,
}


def insert(
    warehouse: Warehouse, table: str, template: Mapping[str, object], *changes: Mapping[str, object]
) -> None:
    """Each row in an insert of its own, so that nothing is merged yet."""
    for change in changes or ({},):
        row = {**template, **change}
        warehouse.insert(table, list(row), [list(row.values())], uuid4().hex)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


Merge = Callable[[], None]


@pytest.fixture
def warehouse(local_clickhouse: str) -> Iterator[Warehouse]:
    database = f"views_{uuid4().hex}"
    with connect(
        ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)
    ) as warehouse:
        migrations.migrate(warehouse, database)
        yield warehouse
        warehouse.execute(f"DROP DATABASE {database}")


@pytest.fixture(params=["as inserted", "merged"])
def merge(request: pytest.FixtureRequest, warehouse: Warehouse) -> Merge:
    """Called before a view is asked: its answer must not depend on what has been merged so far."""

    def now() -> None:
        if request.param == "merged":
            for table in (
                "predictions",
                "shadow_predictions",
                "feedback",
                "dead_letters",
                "labelling_requests",
            ):
                warehouse.execute(f"OPTIMIZE TABLE {table} FINAL")

    return now


REQUEST: dict[str, object] = {
    "request_id": "q1",
    "review_id": "r1",
    "product_id": "p1",
    "language": "en",
    "text_masked": "good <PERSON>",
    "sentiment": "positive",
    "score": 0.55,
    "model_name": "m",
    "model_version": "1",
    "reason": "uncertainty",
    "priority": 0.9,
    "evidence": "{}",
    "created_at": NOW,
}


def ask(warehouse: Warehouse, columns: str, view: str) -> list[tuple[Any, ...]]:
    return warehouse.query(f"SELECT {columns} FROM {view} ORDER BY {columns}")
