"""Demo: output and checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from infra.kafka.topic_reader import TopicReader
from infra.warehouse.port import Warehouse
from schemas.records import DeadLetter, ScoredReview
from schemas.topics import DEAD_LETTERS, REVIEWS_SCORED
from streams.demo.sample import SampleReview
from streams.demo.stage import Stage

EXAMPLES = 4
EXAMPLE_CHARACTERS = 150
RATE = """
SELECT count() / (toFloat64(max(scored_at)) - toFloat64(toDateTime64(%(began)s, 3, 'UTC')))
FROM reviews
WHERE scored_at < toDateTime64(%(until)s, 3, 'UTC')
"""
LATENCY = """
SELECT quantilesExact(0.5, 0.95, 0.99)(dateDiff('millisecond', created_at, scored_at)) FROM reviews
WHERE created_at >= toDateTime64(%(began)s, 3, 'UTC')
"""
BY_PRODUCT = """
SELECT product_id, count(), round(avg(score), 3), countIf(sentiment = 'positive'),
    countIf(sentiment = 'negative')
FROM reviews GROUP BY product_id ORDER BY avg(score) DESC LIMIT 5
"""
ACCURACY = """
SELECT model_name, model_version, sum(correct) / sum(reviews), sum(reviews) FROM model_accuracy
GROUP BY 1, 2
"""
EVERYTHING = ("predictions", "feedback", "dead_letters")


def show(
    stage: Stage, reviews: Sequence[SampleReview], *, burst_began: datetime, quiet_began: datetime
) -> bool:
    """Print the tables; True if every check holds."""
    console, settings, warehouse = stage.console, stage.settings, stage.warehouse
    scored = list(TopicReader(settings, REVIEWS_SCORED))
    letters = list(TopicReader(settings, DEAD_LETTERS))
    _speed(console, warehouse, burst_began, quiet_began)
    _examples(console, reviews, scored)
    _products(console, warehouse)
    _letters(console, letters)
    return _checks(stage, reviews, scored, letters)


def _speed(
    console: Console, warehouse: Warehouse, burst_began: datetime, quiet_began: datetime
) -> None:
    rate = warehouse.query(RATE, {"began": burst_began, "until": quiet_began})[0][0]
    p50, p95, p99 = (
        f"{ms} ms" for ms in _list(warehouse.query(LATENCY, {"began": quiet_began})[0][0])
    )
    console.print(f"\n[bold]{float(str(rate)):.0f} reviews/s[/bold] masked and scored in the burst")
    console.print(
        f"[bold]{p50} / {p95} / {p99}[/bold] p50 / p95 / p99 from written to scored, at a quiet "
        "pace"
    )


def _list(value: object) -> list[object]:
    assert isinstance(value, list | tuple)
    return list(value)


def _examples(
    console: Console, reviews: Sequence[SampleReview], scored: Sequence[ScoredReview]
) -> None:
    table = Table(
        "review",
        "end of the masked text",
        "sentiment",
        "score",
        title="On reviews.scored",
        title_justify="left",
    )
    planted = {review.review_id for review in reviews if review.planted}
    for event in [event for event in scored if event.review_id in planted][:EXAMPLES]:
        table.add_row(
            event.review_id,
            "…" + event.text_masked[-EXAMPLE_CHARACTERS:],
            event.sentiment,
            f"{event.score:.3f}",
        )
    console.print(table)


def _products(console: Console, warehouse: Warehouse) -> None:
    table = Table(
        "product",
        "reviews",
        "mean score",
        "positive",
        "negative",
        title="In ClickHouse, by product",
        title_justify="left",
    )
    for row in warehouse.query(BY_PRODUCT):
        table.add_row(*(str(value) for value in row))
    console.print(table)
    for name, version, accuracy, count in warehouse.query(ACCURACY):
        console.print(
            f"accuracy of {name} {version} on {count} labels: "
            f"[bold]{float(str(accuracy)):.1%}[/bold]\n"
        )


def _letters(console: Console, letters: Sequence[DeadLetter]) -> None:
    table = Table(
        "from",
        "stage",
        "reason",
        "detail",
        "bytes",
        title="On reviews.dead-letter",
        title_justify="left",
    )
    for letter in letters:
        origin = f"{letter.topic}-{letter.partition}-{letter.offset}"
        table.add_row(origin, letter.stage, letter.reason, letter.detail, str(len(letter.value)))
    console.print(table)


def _checks(
    stage: Stage,
    reviews: Sequence[SampleReview],
    scored: Sequence[ScoredReview],
    letters: Sequence[DeadLetter],
) -> bool:
    warehouse, data_dir = stage.warehouse, stage.settings.local.data_dir
    rows, distinct = (
        int(str(value))
        for value in warehouse.query("SELECT count(), uniqExact(review_id) FROM reviews")[0]
    )
    expected = {review.review_id for review in reviews}
    secrets = {review.planted for review in reviews if review.planted}
    places = {
        table: "".join(warehouse.stream_text(f"SELECT * FROM {table}", "JSONEachRow"))
        for table in EVERYTHING
    }
    places["reviews.scored"] = "\n".join(event.text_masked for event in scored)
    places["logs"] = "\n".join(
        path.read_text(encoding="utf8", errors="replace") for path in data_dir.rglob("*.log")
    )
    leaks = [
        f"{secret[:4]}… in {place}"
        for place, text in places.items()
        for secret in sorted(secrets)
        if secret in text
    ]
    checks = [
        (
            f"{len(expected)} distinct reviews in the view reviews",
            rows == distinct == len(expected),
        ),
        ("every review on reviews.scored", {event.review_id for event in scored} >= expected),
        (
            "exactly the two bad records on reviews.dead-letter",
            sorted(letter.reason for letter in letters) == ["empty_text", "not_json"],
        ),
        (
            (
                f"none of {len(secrets)} planted pieces of personal data in topics, tables or logs "
                f"{' '.join(leaks)}"
            ),
            not leaks,
        ),
    ]
    held = [stage.check(name, holds) for name, holds in checks]
    return all(held)
