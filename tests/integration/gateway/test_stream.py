"""The gateway before a real stack: what is sent comes out, once, and what it says of it is what
ClickHouse and Kafka have.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import orjson

from infra.schema_registry import SchemaRegistry
from infra.settings import SchemaRegistrySettings
from schemas import wire
from schemas.records import ModelEvent, Variant
from schemas.topics import MODELS_LIFECYCLE
from tests.harness import wait_for
from tests.integration.gateway.conftest import Gateway

API = "/api/v1"
GOOD = (
    "This film was a pleasant surprise, and I would happily watch it again with all of my friends."
)
MIXED = "🎧 Jane (jane@example.org): the battery life is excellent, but the screen is terrible."
BAD = "A dull, lifeless film: the worst two hours of my year, and a waste of good actors."
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def stored(gateway: Gateway, review_id: str) -> dict[str, Any]:
    """A review, when it has been scored and stored."""

    def ask() -> dict[str, Any] | None:
        answer = gateway.client.get(f"{API}/reviews/{review_id}")
        assert answer.status_code in {200, 404}, answer.text
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found

    return wait_for(f"{review_id} to be stored", ask)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_review_that_is_sent_is_scored_as_predicted_and_can_be_asked_for(
    gateway: Gateway,
) -> None:
    sent = {
        "text": f"{GOOD} Mail jane@example.org!",
        "product_id": "p1",
        "author_id": "jane",
        "rating": 5.0,
        "source": "web",
    }
    accepted = gateway.client.post(f"{API}/reviews", json=sent)
    assert accepted.status_code == 202
    [review_id] = accepted.json()["review_ids"]
    assert accepted.headers["location"] == f"{API}/reviews/{review_id}"
    review = stored(gateway, review_id)
    predicted = gateway.client.post(
        f"{API}/predict", json=sent | {"review_id": review_id}, params={"aspects": "true"}
    ).json()
    assert predicted == {name: review[name] for name in predicted}
    assert review["text_masked"] == f"{GOOD} Mail <EMAIL_ADDRESS>!"
    assert [review["text_masked"][each["start"] : each["end"]] for each in review["sentences"]] == [
        GOOD,
        "Mail <EMAIL_ADDRESS>!",
    ]
    assert review["sentences"][0]["label"] == "positive"
    [(number, text)] = gateway.stack.sql(
        "SELECT number, text_masked FROM review_sentences "
        f"WHERE review_id = '{review_id}' ORDER BY number LIMIT 1"
    )
    assert (number, text) == (1, GOOD)
    assert (review["product_id"], review["rating"], review["source"]) == ("p1", 5.0, "web")
    assert review["author_key"] not in {None, "jane"}
    assert "jane" not in orjson.dumps(review).decode()


def test_the_aspects_of_a_review_are_told_where_they_are_asked_for_and_stored(
    gateway: Gateway,
) -> None:
    document = {"text": MIXED, "review_id": "aspects", "product_id": "phone"}
    answer = gateway.client.post(f"{API}/predict", json=document, params={"aspects": "true"}).json()
    text, told = answer["text_masked"], answer["aspects"]
    assert "<EMAIL_ADDRESS>" in text
    assert [text[each["start"] : each["end"]] for each in told] == [each["term"] for each in told]
    assert [(each["term"], each["category"], each["sentiment"]) for each in told] == [
        ("battery life", "battery", "positive"),
        ("screen", "screen", "negative"),
    ]
    assert told[0]["score"] > 0.5 > told[1]["score"]
    assert gateway.client.post(f"{API}/predict", json=document).json()["aspects"] is None
    gateway.client.post(f"{API}/reviews", json=document)
    assert stored(gateway, "aspects")["aspects"] == told
    assert gateway.stack.sql(
        "SELECT aspect, toString(sentiment), substringUTF8(text_masked, start + 1, end - start) "
        "FROM aspects WHERE review_id = 'aspects' ORDER BY number"
    ) == [("battery", "positive", "battery life"), ("screen", "negative", "screen")]


def test_ids_with_a_slash_are_ids(gateway: Gateway) -> None:
    accepted = gateway.client.post(f"{API}/reviews", json={"text": GOOD, "review_id": "shop/é 1"})
    assert (
        stored(gateway, accepted.headers["location"].removeprefix(f"{API}/reviews/"))["review_id"]
        == "shop/é 1"
    )


def test_nobody_reads_another_path_through_an_id(gateway: Gateway) -> None:
    for trick in (
        "..%2f",
        "..%2f..%2fdocs",
        "%2e%2e%2f",
        "' OR 1=1 --",
        "%27%20OR%20%271%27=%271",
        "..\\..",
        "%ff",
    ):
        assert code(gateway.client.get(f"{API}/reviews/{trick}")) == (404, "not_found")


def test_the_same_idempotency_key_writes_once(gateway: Gateway) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"reviews": [{"text": GOOD, "product_id": "once"}, {"text": BAD, "product_id": "once"}]}
    answers = [gateway.client.post(f"{API}/reviews", json=body, headers=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [
        None,
        "true",
        "true",
    ]
    other = gateway.client.post(f"{API}/reviews", json={"text": BAD}, headers=key)
    assert code(other) == (422, "key_reused")
    ids = answers[0].json()["review_ids"]
    assert [stored(gateway, review_id)["sentiment"] for review_id in ids] == [
        "positive",
        "negative",
    ]
    assert gateway.stack.sql("SELECT count() FROM predictions WHERE product_id = 'once'") == [(2,)]


def test_one_review_that_is_not_as_it_should_be_keeps_the_others_from_being_sent(
    gateway: Gateway,
) -> None:
    before = gateway.client.post(
        f"{API}/reviews", json={"reviews": [{"text": GOOD, "review_id": "fine"}, {"text": 1}]}
    )
    assert code(before) == (422, "bad_request_form")
    out_of_range = {"text": GOOD, "created_at": "1800-01-01T00:00:00Z"}
    answer = gateway.client.post(
        f"{API}/reviews", json={"reviews": [{"text": GOOD, "review_id": "fine"}, out_of_range]}
    )
    assert code(answer) == (422, "bad_schema")
    assert answer.json()["errors"][0]["pointer"] == "#/reviews/1"
    [after] = gateway.client.post(f"{API}/reviews", json={"text": GOOD}).json()["review_ids"]
    stored(gateway, after)
    assert gateway.client.get(f"{API}/reviews/fine").status_code == 404


def test_the_trace_of_a_request_goes_on_to_what_comes_of_it(gateway: Gateway) -> None:
    headers = {"traceparent": TRACE, "tracestate": "vendor=1"}
    gateway.client.post(
        f"{API}/reviews", json={"text": GOOD, "review_id": "traced"}, headers=headers
    )
    gateway.client.post(
        f"{API}/reviews",
        json={"text": GOOD, "review_id": "untraced"},
        headers={"traceparent": "x\ty"},
    )
    with gateway.stack.consumer("reviews.scored") as scored:
        scored.until(
            lambda records: {"traced", "untraced"} <= {record["review_id"] for record in records}
        )
    passed = {record["review_id"]: dict(message.headers()) for message, record in scored.messages}
    assert (passed["traced"]["traceparent"], passed["traced"]["tracestate"]) == (
        TRACE.encode(),
        b"vendor=1",
    )
    assert "traceparent" not in passed["untraced"]


def test_feedback_reaches_the_view_that_models_are_measured_by(gateway: Gateway) -> None:
    gateway.client.post(f"{API}/reviews", json={"text": GOOD, "review_id": "judged"})
    answer = gateway.client.post(
        f"{API}/feedback", json={"review_id": "judged", "label": "negative", "source": "moderator"}
    )
    assert answer.status_code == 202
    query = (
        "SELECT feedback_id, toString(label), toString(source) FROM latest_feedback WHERE "
        "review_id = 'judged'"
    )
    rows = wait_for("feedback to be stored", lambda: gateway.stack.sql(query) or None)
    assert rows == [(answer.json()["feedback_id"], "negative", "moderator")]
    wrong = gateway.client.post(f"{API}/feedback", json={"review_id": "judged", "label": "great"})
    assert code(wrong) == (422, "bad_request_form")


def test_sentiment_over_time_counts_what_was_sent(gateway: Gateway) -> None:
    times = [
        "2020-05-01T10:00:00Z",
        "2020-05-01T10:59:59.999Z",
        "2020-05-01T12:30:00+00:00",
        1588338000000,
    ]
    texts = [GOOD, BAD, GOOD, GOOD]
    reviews = [
        {"text": text, "created_at": at, "product_id": "q"}
        for text, at in zip(texts, times, strict=True)
    ]
    ids = gateway.client.post(f"{API}/reviews", json={"reviews": reviews}).json()["review_ids"]
    for review_id in ids:
        stored(gateway, review_id)
    asked: dict[str, str] = {
        "from": "2020-05-01T10:00:00Z",
        "to": "2020-05-01T14:00:00Z",
        "step": "1h",
    }

    def counts(**only: str) -> list[tuple[int, int, int, float | None]]:
        told = gateway.client.get(f"{API}/analytics/sentiment", params=asked | only).json()
        assert [window["start"][11:13] for window in told["windows"]] == ["10", "11", "12", "13"]
        return [
            tuple(window[n] for n in ("reviews", "positive", "negative", "positive_share"))
            for window in told["windows"]
        ]

    everything = [(2, 1, 1, 0.5), (0, 0, 0, None), (1, 1, 0, 1.0), (1, 1, 0, 1.0)]
    assert counts() == counts(product_id="q") == counts(language="en") == everything
    assert counts(product_id="other") == counts(language="zh") == [(0, 0, 0, None)] * 4
    assert counts(product_id="' OR '' = '") == [(0, 0, 0, None)] * 4


def test_a_new_model_is_followed_as_the_workers_do(gateway: Gateway) -> None:
    def served() -> list[tuple[str, float]]:
        traffic = {
            each["language"]: each["variants"]
            for each in gateway.client.get(f"{API}/models").json()["languages"]
        }
        return [(variant["variant"], variant["share"]) for variant in traffic["en"]]

    def is_served(expected: list[tuple[str, float]]) -> bool:
        return served() == expected

    model = gateway.client.get(f"{API}/models").json()["languages"][0]["variants"][0]
    uri = gateway.stack.settings()["UNDERTONE_MODELS__URI"]
    registry = SchemaRegistry(SchemaRegistrySettings(url=gateway.stack.registry))
    try:
        for shares in ({"champion": 3.0, "challenger": 1.0}, {"champion": 1.0}):
            traffic = tuple(
                Variant(name, model["model_name"], model["model_version"], uri, weight)
                for name, weight in shares.items()
            )
            event = ModelEvent(
                uuid4().hex, "en", "traffic", traffic[0].model_name, "", traffic, datetime.now(UTC)
            )
            value = wire.encode(event, registry.register(MODELS_LIFECYCLE))
            gateway.stack.produce(MODELS_LIFECYCLE.name, [("en", value)])
            expected = [(name, weight / sum(shares.values())) for name, weight in shares.items()]
            wait_for("the new traffic", partial(is_served, expected))
            variants = {
                gateway.client.post(
                    f"{API}/predict", json={"text": GOOD, "review_id": str(n)}
                ).json()["variant"]
                for n in range(40)
            }
            assert variants == set(shares)
    finally:
        registry.close()


def test_no_text_comes_into_the_logs(gateway: Gateway) -> None:
    secret = "an-unmistakable-word"
    for body in (
        {"text": f"{GOOD} {secret}"},
        {"text": 1, "product_id": secret},
        {"text": secret, secret: secret},
    ):
        gateway.client.post(f"{API}/predict", json=body)
        gateway.client.post(f"{API}/reviews", json=body)
    gateway.client.post(
        f"{API}/predict", content=secret, headers={"Content-Type": "application/json"}
    )
    gateway.client.get(f"{API}/reviews/{secret}")
    logs = gateway.stack.logs()
    assert secret not in logs
    assert gateway.key not in logs
    assert "UNDERTONE_PRIVACY__AUTHOR_KEY_SECRET is the one that Undertone is shipped with" in logs
    assert f'"path":"{API}/predict"' in logs
