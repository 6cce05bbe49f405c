"""The labelling queue on real servers: chosen, published, stored, labelled in the terminal, and
never asked twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

from infra.kafka.admin import Admin
from infra.kafka.topic_publisher import TopicPublisher
from infra.kafka.topic_reader import TopicReader
from infra.migrations import migrate
from infra.settings import Settings
from retrain.labelling.labelling_component import COMPONENT, Queue
from retrain.runner.component import Running
from schemas.records import DriftDetected, LabellingRequested, ScoredReview
from schemas.text import MaskedText
from schemas.topics import (
    CATALOGUE,
    DRIFT_DETECTED,
    FEEDBACK,
    LABELLING_REQUESTED,
    REVIEWS_SCORED,
    REVIEWS_SHADOW,
    Topic,
)
from tests.harness import Stack, wait_for
from tests.servers import local_stack

R = TypeVar("R")
NOW = datetime.now(UTC).replace(microsecond=0)
REVIEW = ScoredReview(
    "r",
    "p1",
    "positive",
    0.99,
    0.99,
    MaskedText("plain"),
    "en",
    0.99,
    {},
    None,
    None,
    "web",
    "m",
    "1",
    "champion",
    NOW,
    NOW,
)
WORDS = (
    "plot", "actor", "room", "screen", "battery", "waiter", "shipping", "colour", "price", "smell",
    "noise", "service", "refund",
    "engine", "seat", "coffee",
)  # fmt: skip
RUN = (
    "import threading; from infra.settings import load_settings; from "
    "retrain.labelling.labelling_component import COMPONENT; from retrain.runner.component import "
    "Running; COMPONENT.run(Running.of(load_settings(), threading.Event()))"
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with local_stack.running(tmp_path_factory.mktemp("labelling")) as stack:
        try:
            yield stack
        finally:
            stack.stop()


@pytest.fixture
def settings(stack: Stack) -> Settings:
    return Settings.model_validate(
        {
            "kafka": {"bootstrap_servers": stack.bootstrap, "partitions": 2},
            "schema_registry": {"url": stack.registry},
            "clickhouse": {"url": SecretStr(stack.clickhouse)},
            "labelling": {"queue": 8, "batch": 5, "every_s": 0.2, "by_chance": 0.2},
        }
    )


def review(number: int, score: float, **changes: Any) -> ScoredReview:
    text = " ".join(f"{WORDS[(number * step) % len(WORDS)]}{number}" for step in (1, 3, 5, 7))
    said: dict[str, Any] = {"score": score, "sentiment": "positive" if score > 0.5 else "negative"}
    return replace(
        REVIEW,
        review_id=f"r{number}",
        text_masked=MaskedText(f"{text} \x1b[31m<PERSON>"),
        **said,
        **changes,
    )


def publish(settings: Settings, topic: Topic[R], *records: R) -> None:
    with closing(TopicPublisher(settings, topic)) as publisher:
        publisher.publish(topic, *records)


def requested(settings: Settings) -> list[LabellingRequested]:
    return list(TopicReader(settings, LABELLING_REQUESTED))


def labels(settings: Settings) -> dict[str, tuple[str, str]]:
    found = list(TopicReader(settings, FEEDBACK))
    assert len({each.feedback_id for each in found}) == len(found)
    return {each.review_id: (each.label, each.source) for each in found}


def test_from_scored_reviews_to_labels(stack: Stack, settings: Settings) -> None:
    Admin(settings.kafka).create_topics(CATALOGUE)
    with stack.warehouse() as warehouse:
        migrate(warehouse, settings.clickhouse.database)
    reviews = [review(number, 0.97) for number in range(20)]
    reviews[0], reviews[1] = review(0, 0.52), review(1, 0.45)
    reviews[3] = review(3, 0.9, product_id="p2")
    publish(settings, REVIEWS_SCORED, *reviews)
    publish(
        settings,
        REVIEWS_SHADOW,
        *(replace(review(n, 0.02 if n == 2 else 0.97), model_version="2") for n in range(20)),
    )
    drift = DriftDetected(
        "d", "words", "input", "language=en,product=p2", NOW, NOW, 9, "m/1", "m", "1", 0.3, 0.1, NOW
    )
    publish(settings, DRIFT_DETECTED, drift)
    sink = stack.start("sink")
    wait_for(
        "the sink",
        lambda: (
            stack.sql("SELECT count() FROM shadow_predictions") == [(20,)]
            and len(stack.sql("SELECT 1 FROM reviews")) == 20
        ),
    )
    sink.stop()

    # Killed at any moment, with nothing stored of what was asked: each review is asked for once, no
    # more than the queue takes.
    environment = {name: value for name, value in stack.settings().items() if "MODELS" not in name}
    environment |= {
        "UNDERTONE_LABELLING__QUEUE": "8",
        "UNDERTONE_LABELLING__BATCH": "1",
        "UNDERTONE_LABELLING__EVERY_S": "0.05",
    }
    for wanted in (1, 5):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN],
            env=os.environ | environment,
        )
        wait_for("requests", lambda wanted=wanted: len(requested(settings)) >= wanted)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait()
    stop = threading.Event()
    thread = threading.Thread(target=COMPONENT.run, args=(Running.of(settings, stop),))
    thread.start()
    wait_for("a full queue", lambda: len(requested(settings)) == 8)
    time.sleep(3 * settings.labelling.every_s)
    stop.set()
    thread.join()
    asked = requested(settings)
    assert (
        len({each.review_id for each in asked})
        == len({each.request_id for each in asked})
        == len(asked)
        == 8
    )
    reasons = {each.review_id: each.reason for each in asked if each.reason != "chance"}
    expected = {"r0": "uncertainty", "r1": "uncertainty", "r2": "disagreement", "r3": "drift"}
    assert {
        name: reason for name, reason in reasons.items() if name in expected
    }.items() <= expected.items()
    assert expected.keys() <= {each.review_id for each in asked}

    stack.start("sink")
    wait_for("the queue", lambda: stack.sql("SELECT count() FROM labelling_queue") == [(8,)])
    with stack.warehouse() as warehouse:
        assert Queue.follow(settings).fill(warehouse, datetime.now(UTC)) == []
    order = [
        name
        for (name,) in stack.sql(
            "SELECT review_id FROM labelling_queue ORDER BY priority DESC, review_id"
        )
    ]

    # p, then n taken back for neutral, a skip, and one more.
    worked = stack.undertone("label", "--max", "6", stdin=b"p\nn z u\ns\nn q")
    assert worked.returncode == 0, worked.stderr
    shown = worked.stdout.decode()
    assert "1 of 6" in shown
    assert "<PERSON>" in shown
    assert "\x1b" not in shown
    assert "3 labelled; 3 of 6 still wait" in shown
    given = {
        order[0]: ("positive", "labeler"),
        order[1]: ("neutral", "labeler"),
        order[3]: ("negative", "labeler"),
    }
    assert labels(settings) == given
    wait_for("labels", lambda: stack.sql("SELECT count() FROM labelling_queue") == [(5,)])
    results = "SELECT sum(labelled), sum(neutral), sum(requested) FROM labelling_results"
    wait_for("the feedback", lambda: stack.sql(results) == [(2, 1, 8)])

    # What was labelled makes room, and is not asked for again; the moderator ends with the end of
    # input.
    with stack.warehouse() as warehouse:
        more = Queue.follow(settings).fill(warehouse, datetime.now(UTC))
    assert len(more) == 3
    assert not {each.candidate.review_id for each in more} & {each.review_id for each in asked}
    wait_for("them, stored", lambda: stack.sql("SELECT count() FROM labelling_queue") == [(8,)])
    worked = stack.undertone("label", "--source", "moderator", stdin=b"p" * 8)
    assert "that was the last one" in worked.stdout.decode()
    assert "8 labelled; 0 of 8 still wait" in worked.stdout.decode()
    assert [source for _, source in labels(settings).values()].count("moderator") == 8
    wait_for("an empty queue", lambda: stack.sql("SELECT count() FROM labelling_queue") == [(0,)])


def test_without_a_broker_nobody_is_shown_a_review_in_vain(
    stack: Stack, settings: Settings
) -> None:
    with stack.warehouse() as warehouse:
        migrate(warehouse, settings.clickhouse.database)
        asked = LabellingRequested(
            "q",
            "away",
            "p",
            "en",
            MaskedText("shown to nobody"),
            "positive",
            0.5,
            "m",
            "1",
            "chance",
            1.0,
            datetime.now(UTC),
        )
        names = list(LabellingRequested.__slots__)
        warehouse.insert(
            "labelling_requests", names, [[getattr(asked, name) for name in names]], "away"
        )
    stack.env["UNDERTONE_KAFKA__BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
    try:
        refused = stack.undertone("label", stdin=b"p")
    finally:
        del stack.env["UNDERTONE_KAFKA__BOOTSTRAP_SERVERS"]
    assert refused.returncode == 1
    assert (
        refused.stderr.decode()
        .strip()
        .splitlines()[-1]
        .startswith("undertone: no broker at 127.0.0.1:1")
    )
    assert b"shown to nobody" not in refused.stdout
