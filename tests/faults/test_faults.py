"""Killed, stopped and stalled: afterwards nothing is missing and nothing counts twice."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Iterator
from functools import partial

import fastavro
import orjson
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from schemas import avro_files, wire
from streams.demo.sample import load
from tests.harness import Stack, wait_for
from tests.servers import local_stack

REVIEWS = load()
# Names need the slow language model; what is tested here does not depend on it.
FAST = {"UNDERTONE_PRIVACY__LEVEL": "patterns"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two workers and a sink."""
    with local_stack.running(tmp_path_factory.mktemp("faults")) as stack:
        stack.env.update(FAST)
        stack.start("sink")
        for _ in range(2):
            stack.start("worker")
        try:
            yield stack
        finally:
            stack.stop()


def produce(stack: Stack, prefix: str, numbers: range) -> None:
    documents = [
        {"review_id": f"{prefix}-{number}", "text": REVIEWS[number % len(REVIEWS)].text}
        for number in numbers
    ]
    stack.produce(
        "reviews.raw", [(document["review_id"], orjson.dumps(document)) for document in documents]
    )


def stored(stack: Stack, prefix: str) -> int:
    return int(
        stack.sql(f"SELECT count() FROM reviews WHERE startsWith(review_id, '{prefix}-')")[0][0]
    )


def exceeds(stack: Stack, prefix: str, count: int) -> bool:
    return stored(stack, prefix) > count


def expect_all(stack: Stack, prefix: str, count: int) -> None:
    wait_for(f"{count} reviews {prefix}", lambda: stored(stack, prefix) >= count)
    assert stored(stack, prefix) == count
    ids = {f"{prefix}-{number}" for number in range(count)}
    with stack.consumer("reviews.scored") as reader:
        reader.until(lambda records: {record["review_id"] for record in records} >= ids)


def test_workers_killed_in_the_flow(stack: Stack) -> None:
    for round_ in range(3):
        produce(stack, "killed", range(round_ * 500, round_ * 500 + 500))
        worker = next(process for process in stack.processes if process.name == "worker")
        some = round_ * 400
        wait_for("some of them", partial(exceeds, stack, "killed", some))
        worker.stop(signal.SIGKILL)
        stack.processes.remove(worker)
        stack.start("worker")
    expect_all(stack, "killed", 1500)


def test_the_sink_killed_in_the_flow(stack: Stack) -> None:
    sink = next(process for process in stack.processes if process.name == "sink")
    produce(stack, "unsunk", range(500))
    wait_for("some of them", lambda: stored(stack, "unsunk") > 0)
    sink.stop(signal.SIGKILL)
    produce(stack, "unsunk", range(500, 800))
    stack.processes.remove(sink)
    stack.start("sink")
    expect_all(stack, "unsunk", 800)
    assert stack.sql("SELECT sum(reviews) FROM sentiment_by_product") == stack.sql(
        "SELECT uniqExact(review_id) FROM predictions"
    )


def test_clickhouse_gone_for_a_while(stack: Stack) -> None:
    server = stack.servers["clickhouse"]
    server.stop()
    produce(stack, "waiting", range(300))
    with stack.consumer("reviews.scored") as reader:
        reader.until(
            lambda records: (
                sum(record["review_id"].startswith("waiting-") for record in records) >= 300
            )
        )
    server.start()
    expect_all(stack, "waiting", 300)


def test_the_registry_gone_while_a_schema_is_wanted_that_no_worker_has_seen(stack: Stack) -> None:
    schema = orjson.loads(avro_files.versions("Review")[-1])
    schema["fields"].append({"name": "shop", "type": "string", "default": ""})
    with SchemaRegistryClient({"url": stack.registry}) as client:
        schema_id = client.register_schema(
            "reviews.raw-value", Schema(orjson.dumps(schema).decode(), "AVRO")
        )
    parsed = avro_files.parse(orjson.dumps(schema).decode())
    server = stack.servers["registry"]
    server.stop()
    for number in range(100):
        buffer = io.BytesIO(wire.HEADER.pack(wire.MAGIC, schema_id))
        buffer.seek(0, io.SEEK_END)
        name = f"unregistered-{number}"
        review = {"review_id": name, "text": REVIEWS[number].text, "created_at": number}
        fastavro.schemaless_writer(buffer, parsed, review)
        stack.produce("reviews.raw", [(name, buffer.getvalue())])
    wait_for("a worker to ask in vain", lambda: "Schema Registry cannot be reached" in stack.logs())
    server.start()
    expect_all(stack, "unregistered", 100)
    assert stack.sql("SELECT count() FROM dead_letters WHERE reason = 'unknown_schema'") == [(0,)]


@pytest.mark.parametrize("seconds", [10])
def test_the_broker_stalled(stack: Stack, seconds: float) -> None:
    produce(stack, "stalled", range(400))
    broker = stack.servers["broker"]
    wait_for("some of them", lambda: stored(stack, "stalled") > 0)
    broker.send(signal.SIGSTOP)
    try:
        threading.Event().wait(seconds)
    finally:
        broker.send(signal.SIGCONT)
    produce(stack, "stalled", range(400, 500))
    expect_all(stack, "stalled", 500)


def test_a_stream_of_nothing_but_rejections_stops_the_worker_where_that_is_wanted(
    stack: Stack,
) -> None:
    limits = {
        "UNDERTONE_DEAD_LETTERS__MAX_RATIO": "0.5",
        "UNDERTONE_DEAD_LETTERS__WINDOW": "50",
        "UNDERTONE_KAFKA__GROUP_PREFIX": "strict",
    }
    stack.produce("reviews.raw", [(None, b"nonsense")] * 400)
    stack.env.update(limits)
    try:
        ended = stack.undertone("worker")
    finally:
        for name in limits:
            del stack.env[name]
    assert ended.returncode != 0
    assert b"UNDERTONE_DEAD_LETTERS__MAX_RATIO" in ended.stderr
