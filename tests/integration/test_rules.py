"""Rules on real servers: scored reviews in ClickHouse → alerts on the topic and in the table."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from infra.settings import AlertSettings, RuleSettings, Settings
from retrain.rules.core.product_rule import NAME
from retrain.rules.rules_component import COMPONENT
from retrain.runner.component import Running
from schemas.topics import ALERTS
from tests.harness import Stack, wait_for
from tests.integration.test_alerts import prepare, settings_for
from tests.integration.views import PREDICTION
from tests.servers import local_stack

RULES = '''
[[rule]]
name = "too_many_negative"
query = """
SELECT product_id, countIf(sentiment = 'negative') AS negative FROM reviews
WHERE scored_at >= {start} GROUP BY product_id
"""
condition = "negative > 40"
every = "1s"
by = ["product_id"]

[[rule]]
name = "broken"
query = "SELECT nonsense FROM nowhere"
condition = "nonsense > 1"
every = "1s"
'''


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with local_stack.running(tmp_path_factory.mktemp("rules")) as stack:
        prepare(stack)
        yield stack


@contextmanager
def running(stack: Stack, file: Path | None = None) -> Iterator[None]:
    settings: Settings = settings_for(stack, AlertSettings())
    settings = settings.model_copy(
        update={"rules": RuleSettings(file=file, every_s=0.3, lateness_s=0.0)}
    )
    stop = threading.Event()
    thread = threading.Thread(target=COMPONENT.run, args=(Running.of(settings, stop),))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def scored(stack: Stack, product: str, sentiments: Sequence[str], began: datetime) -> None:
    rows = []
    for number, sentiment in enumerate(sentiments):
        at = began + timedelta(milliseconds=number)
        own = {
            "review_id": f"{product}-{at.timestamp()}",
            "product_id": product,
            "sentiment": sentiment,
        }
        rows.append(
            list(
                (
                    PREDICTION
                    | own
                    | {"created_at": at, "scored_at": at, "text_masked": f"review {number}"}
                ).values()
            )
        )
    with stack.warehouse() as warehouse:
        warehouse.insert("predictions", list(PREDICTION), rows, uuid4().hex)


def mixed(share: float, count: int) -> list[str]:
    return [
        "positive" if int((n + 1) * share) > int(n * share) else "negative" for n in range(count)
    ]


def told(stack: Stack, product: str) -> list[tuple[Any, ...]]:
    return stack.sql(
        f"SELECT status, alert_id, name FROM alerts FINAL WHERE labels['product_id'] = '{product}' "
        f"AND name = '{NAME}' ORDER BY created_at"
    )


def known(stack: Stack, product: str) -> bool:
    return stack.sql(
        f"SELECT count() > 0 FROM product_sentiment WHERE product_id = '{product}'"
    ) == [(1,)]


def test_a_product_that_falls_is_told_of_once_across_restarts_and_resolved(stack: Stack) -> None:
    product, now = uuid4().hex, datetime.now(UTC)
    scored(stack, product, mixed(0.8, 400), now - timedelta(seconds=60))
    with running(stack):
        wait_for(
            "the history",
            lambda: (
                stack.sql(f"SELECT count() FROM product_sentiment WHERE product_id = '{product}'")
                == [(1,)]
            ),
        )
    with running(stack):
        scored(stack, product, mixed(0.5, 200), now - timedelta(seconds=30))
        wait_for("the fall", lambda: len(told(stack, product)) == 1)
    with running(stack):
        scored(stack, product, mixed(0.8, 300), now - timedelta(seconds=10))
        wait_for("the recovery", lambda: len(told(stack, product)) == 2)
    assert [status for status, *_ in told(stack, product)] == ["firing", "resolved"]
    ids = {identity for _, identity, _ in told(stack, product)}
    with stack.consumer(ALERTS.name) as reader:
        reader.until(lambda records: ids <= {record["alert_id"] for record in records})
        mine = [
            record for _, record in reader.messages if record["labels"].get("product_id") == product
        ]
    assert {record["alert_id"] for record in mine} == ids, "told again under the same ids"
    [begun] = {record["description"] for record in mine if record["status"] == "firing"}
    assert "“review " in begun


def said_of_aspects(
    stack: Stack, product: str, batteries: Sequence[str], began: datetime, version: str = "1"
) -> None:
    """Reviews of which every other one names the battery, and all the screen."""
    rows = []
    for number, battery in enumerate(batteries):
        at = began + timedelta(milliseconds=number)
        named = [("screen", "positive", 0)]
        named += [("battery", battery, 7)] if number % 2 else []
        found = [
            {"term": name, "category": name, "sentiment": sentiment, "start": start,
             "score": 0.9 if sentiment == "positive" else 0.1, "end": start + len(name)}
            for name, sentiment, start in named
        ]  # fmt: skip
        own = {
            "review_id": f"{product}-{number}-{began.timestamp()}",
            "product_id": product,
            "text_masked": f"screen battery <PERSON> {number}",
            "aspects": orjson.dumps(found).decode(),
            "model_version": version,
        }
        rows.append(list((PREDICTION | own | {"created_at": at, "scored_at": at}).values()))
    with stack.warehouse() as warehouse:
        warehouse.insert("predictions", list(PREDICTION), rows, uuid4().hex)


def test_an_aspect_that_turns_is_told_of_once_by_its_name_with_examples_and_resolved(
    stack: Stack,
) -> None:
    product, now = uuid4().hex, datetime.now(UTC)
    sql = (
        "SELECT status, labels['aspect'], description FROM alerts FINAL "
        f"WHERE labels['product_id'] = '{product}' AND name = 'product_aspect_turned' "
        "ORDER BY created_at"
    )
    judged = f"SELECT count() FROM aspect_sentiment FINAL WHERE product_id = '{product}'"
    said_of_aspects(stack, product, mixed(0.9, 400), now - timedelta(seconds=60))
    with running(stack):
        wait_for("the history", lambda: stack.sql(judged) == [(2,)])
    with running(stack):
        worse = now - timedelta(seconds=30)
        said_of_aspects(stack, product, ["negative"] * 300, worse)
        wait_for("the turn", lambda: len(stack.sql(sql)) == 1)
        said_of_aspects(stack, product, ["negative"] * 300, worse, version="again")
    with running(stack):
        said_of_aspects(stack, product, ["positive"] * 400, now - timedelta(seconds=10))
        wait_for("the end", lambda: len(stack.sql(sql)) == 2)
    begun, ended = stack.sql(sql)
    assert (begun[:2], ended[:2]) == (("firing", "battery"), ("resolved", "battery"))
    examples = begun[2].splitlines()[1:]
    assert len(set(examples)) == 3
    assert all(re.fullmatch(r"“screen battery <PERSON> \d+”", each) for each in examples)


def test_reviews_scored_again_are_not_counted_again(stack: Stack) -> None:
    product, now = uuid4().hex, datetime.now(UTC)
    scored(stack, product, mixed(0.8, 50), now - timedelta(seconds=5))
    with running(stack):
        wait_for(
            "the first",
            lambda: (
                stack.sql(f"SELECT count() FROM product_sentiment WHERE product_id = '{product}'")
                == [(1,)]
            ),
        )
        with stack.warehouse() as warehouse:
            names = ", ".join(PREDICTION)
            values = names.replace("scored_at", "now64(3)").replace("model_version", "'again'")
            warehouse.execute(
                f"INSERT INTO predictions ({names}) SELECT {values} FROM predictions WHERE "
                f"product_id = '{product}'"
            )
        scored(stack, product, ["positive"], datetime.now(UTC) + timedelta(milliseconds=50))
        past = (
            "SELECT JSONExtractFloat(argMax(state, cursor_at), 'past') FROM product_sentiment "
            f"WHERE product_id = '{product}'"
        )
        wait_for("one more", lambda: stack.sql(past) == [(51.0,)])


def test_a_declared_rule_tells_and_one_that_cannot_be_evaluated_disturbs_no_other(
    stack: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULES)
    product = uuid4().hex
    scored(stack, product, ["negative"] * 41, datetime.now(UTC) - timedelta(seconds=5))
    found = (
        "SELECT status, severity FROM alert_status WHERE name = 'too_many_negative' AND "
        f"labels['product_id'] = '{product}'"
    )
    with running(stack, file):
        wait_for("the alert", lambda: stack.sql(found) == [("firing", "warning")])
        with stack.warehouse() as warehouse:
            warehouse.execute(
                f"ALTER TABLE predictions DELETE WHERE product_id = '{product}' SETTINGS "
                "mutations_sync = 1"
            )
        wait_for("its end", lambda: stack.sql(found) == [("resolved", "warning")])


def judged(stack: Stack, prefix: str) -> int:
    [(count,)] = stack.sql(
        "SELECT uniqExact(product_id) FROM product_sentiment WHERE startsWith(product_id, "
        f"'{prefix}')"
    )
    return int(count)


def test_twenty_thousand_products_in_one_look_and_one_of_300_kilobytes_are_judged(
    stack: Stack,
) -> None:
    prefix, at = uuid4().hex, datetime.now(UTC)
    products = [f"{prefix}-{number}" for number in range(20_000)] + [prefix + "x" * 300_000]
    rows = []
    for number, product in enumerate(products):
        own = {
            "review_id": f"{prefix}-{number}",
            "product_id": product,
            "created_at": at,
            "scored_at": at,
        }
        rows.append(list((PREDICTION | own).values()))
    with stack.warehouse() as warehouse:
        warehouse.insert("predictions", list(PREDICTION), rows, uuid4().hex)
    with running(stack):
        wait_for("all of them", lambda: judged(stack, prefix) == len(products))


def test_a_product_whose_state_is_damaged_is_set_aside_and_told_of_while_the_others_are_judged(
    stack: Stack,
) -> None:
    prefix, now = uuid4().hex, datetime.now(UTC)
    damaged = [f"{prefix}-damaged", "{not json", now - timedelta(minutes=5), "r"]
    with stack.warehouse() as warehouse:
        columns = ("product_id", "state", "cursor_at", "cursor_id")
        warehouse.insert("product_sentiment", columns, [damaged], uuid4().hex)
    for name in (*range(9), "damaged"):
        scored(stack, f"{prefix}-{name}", mixed(0.8, 20), now)
    with running(stack):
        wait_for("the others", lambda: judged(stack, prefix) == 10)
        with stack.consumer(ALERTS.name) as reader:
            reader.until(
                lambda records: any(record["name"] == "loop_part_failing" for record in records)
            )
            told = [
                record for _, record in reader.messages if record["name"] == "loop_part_failing"
            ]
        scored(stack, f"{prefix}-later", mixed(0.8, 20), datetime.now(UTC))
        wait_for("what comes afterwards", lambda: judged(stack, prefix) == 11)
    assert told[0]["labels"] == {"part": "rules", "rule": NAME}
    assert "not judged" in told[0]["description"]
