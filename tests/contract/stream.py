"""What goes into the stream under a test's own ids, and what came out of it."""

from __future__ import annotations

from typing import Any

import orjson

from streams.demo.sample import load
from tests.harness import Stack, wait_for

REVIEWS = [review for review in load() if not review.planted]
TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def review(prefix: str, number: int) -> tuple[str, bytes]:
    """A real review as JSON, under an id of the test's own."""
    review_id = f"{prefix}-{number}"
    document = {
        "review_id": review_id,
        "text": REVIEWS[number % len(REVIEWS)].text,
        "product_id": "p",
        "author_id": "jane",
    }
    return review_id, orjson.dumps(document)


def scored(stack: Stack, prefix: str, count: int) -> list[dict[str, Any]]:
    """All events of the scored topic, once ``count`` of them are of reviews with that prefix."""
    with stack.consumer("reviews.scored") as reader:
        return reader.until(
            lambda records: (
                sum(record["review_id"].startswith(f"{prefix}-") for record in records) >= count
            )
        )


def reviews(stack: Stack, prefix: str) -> int:
    """How many rows of the view ``reviews`` have that prefix now."""
    select = f"SELECT count() FROM reviews WHERE startsWith(review_id, '{prefix}-')"
    return int(stack.sql(select)[0][0])


def stored(stack: Stack, prefix: str, count: int) -> list[tuple[Any, ...]]:
    """The rows of the view ``reviews`` with that prefix, once there are ``count``; never more than
    one a review.
    """
    wait_for(f"{count} reviews {prefix} in ClickHouse", lambda: reviews(stack, prefix) >= count)
    rows = stack.sql(
        "SELECT review_id, toString(sentiment), score, author_key FROM reviews WHERE "
        f"startsWith(review_id, '{prefix}-')"
    )
    assert len(rows) == len({row[0] for row in rows}) == count
    return rows


def dead_letters(stack: Stack, keys: set[bytes]) -> list[tuple[Any, dict[str, Any]]]:
    """(message, record) of the dead letters of records with these keys, once there is one for
    each."""
    with stack.consumer("reviews.dead-letter") as reader:
        reader.until(lambda records: {record["key"] for record in records} >= keys)
        return [(message, record) for message, record in reader.messages if record["key"] in keys]


def dead_letters_in_order(stack: Stack, key: bytes, count: int) -> list[tuple[Any, dict[str, Any]]]:
    """(message, record) of the dead letters of a key, by the offsets of what they are for, once
    there are ``count`` of these."""
    with stack.consumer("reviews.dead-letter") as reader:
        reader.until(
            lambda records: (
                len({record["offset"] for record in records if record["key"] == key}) == count
            )
        )
        found = {
            record["offset"]: (message, record)
            for message, record in reader.messages
            if record["key"] == key
        }
    return [found[offset] for offset in sorted(found)]


def tables(stack: Stack) -> list[str]:
    """Everything in each table of what came in, as text."""
    with stack.warehouse() as warehouse:
        return [
            "".join(warehouse.stream_text(f"SELECT * FROM {table}", "JSONEachRow"))
            for table in ("predictions", "feedback", "dead_letters")
        ]
