"""A worker under load takes new models from ``models.lifecycle``: nothing is lost, and nothing is
scored by what was not live.
"""

from __future__ import annotations

import shutil
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.admin import Admin
from infra.kafka.reader import partitions_of
from infra.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings, SchemaRegistrySettings
from models.artifact.artifact import WEIGHTS, Artifact, save
from models.artifact.calibration import Calibration
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import ngram_artifact
from schemas import wire
from schemas.records import ModelEvent, Variant
from schemas.topics import CATALOGUE, MODELS_LIFECYCLE, REVIEWS_SCORED
from tests.faults.test_faults import FAST
from tests.harness import Stack, TopicReader, wait_for
from tests.servers import local_stack

SWAPS = 10
REVIEWS_EACH = 100
"""Scored by a model before the next one is asked for. Raise both for a longer run."""
BACKLOG, PACE_S = 2048, 0.02
"""Reviews that wait for the worker all the time."""
GERMAN = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
WAITING = 50
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = (
    "I watched this film with my family last night, and number {n} of us would gladly "
    "see it again.",
    (
        "The story goes nowhere for two hours, and the {n} jokes in it were old when my parents "
        "were "
        "young."
    ),
    (
        "Nothing in these {n} scenes is new, but the actors are good company and the music stays "
        "with "
        "you."
    ),
)


@dataclass(frozen=True)
class Toys:
    """Two small models, and folders that hold them; the third folder holds the second one
    damaged."""

    one: Variant
    two: Variant
    tampered: Variant


def toy(folder: Path, seed: int) -> Variant:
    weights = np.random.default_rng(seed).normal(size=2**12).astype(np.float32)
    artifact: Artifact = ngram_artifact(
        "toy", EncoderSettings(bits=12), weights, 0.0, Calibration(), {}
    )
    save(artifact, folder, "A toy.")
    return Variant("champion", artifact.name, artifact.version, str(folder), 1.0)


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Toys:
    folder = tmp_path_factory.mktemp("models")
    one, two = toy(folder / "one", 1), toy(folder / "two", 2)
    weights = Path(shutil.copytree(folder / "two", folder / "tampered")) / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    return Toys(
        one, two, Variant("champion", "toy", two.model_version, str(folder / "tampered"), 1.0)
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, toys: Toys) -> Iterator[Stack]:
    """A sink, and a worker that is configured with the first toy.

    As it starts, a damaged model has been announced for English, the second toy for all other
    languages, and reviews wait.
    """
    with local_stack.running(tmp_path_factory.mktemp("swaps")) as stack:
        stack.env.update(FAST | {"UNDERTONE_MODELS__URI": toys.one.uri})
        Admin(KafkaSettings(bootstrap_servers=stack.bootstrap)).create_topics(CATALOGUE)
        announce(stack, toys.tampered)
        announce(stack, toys.two, language="*")
        waiting = [
            (f"waiting-{n}", orjson.dumps({"review_id": f"waiting-{n}", "text": GERMAN}))
            for n in range(WAITING)
        ]
        stack.produce("reviews.raw", waiting)
        stack.start("sink")
        stack.start("worker")
        try:
            yield stack
        finally:
            stack.stop()


def announce(stack: Stack, *traffic: Variant, language: str = "en") -> datetime:
    """Say what serves a language from now on; the moment just before it was said."""
    registry = SchemaRegistry(SchemaRegistrySettings(url=stack.registry))
    last, now = traffic[-1], datetime.now(UTC)
    event = ModelEvent(
        uuid4().hex,
        language,
        "promoted",
        last.model_name,
        last.model_version,
        traffic,
        now,
        actor="test",
    )
    stack.produce(
        MODELS_LIFECYCLE.name, [(language, wire.encode(event, registry.register(MODELS_LIFECYCLE)))]
    )
    registry.close()
    return now


@dataclass
class Load:
    """Produces reviews in a thread, ``BACKLOG`` ahead of what ``scored`` has seen."""

    stack: Stack
    prefix: str
    scored: TopicReader
    produced: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        producer = Producer({"bootstrap.servers": self.stack.bootstrap, "linger.ms": 5})
        while not self.stop.is_set():
            if self.produced - len(self.scored.messages) < BACKLOG:
                key, text = (
                    f"{self.prefix}-{self.produced}",
                    TEXTS[self.produced % len(TEXTS)].format(n=self.produced),
                )
                producer.produce(
                    "reviews.raw", key=key, value=orjson.dumps({"review_id": key, "text": text})
                )
                self.produced += 1
            else:
                self.stop.wait(PACE_S)
            producer.poll(0)
        assert producer.flush(30) == 0

    def see(self, count: int, version: str = "", since: datetime = BEGINNING) -> None:
        """Go on until so many more reviews came out, of those that ``version`` (any) scored after
        ``since``.
        """
        start = len(self.scored.messages)

        def done(records: list[dict[str, Any]]) -> bool:
            new = (
                r
                for r in records[start:]
                if r["model_version"].startswith(version) and r["scored_at"] >= since
            )
            return (
                len([record for record in new if record["review_id"].startswith(f"{self.prefix}-")])
                >= count
            )

        self.scored.until(done)

    def events(self) -> list[dict[str, Any]]:
        """What was scored of it so far, in the order in which it was scored."""
        found = [
            record
            for _, record in self.scored.messages
            if record["review_id"].startswith(f"{self.prefix}-")
        ]
        return sorted(found, key=lambda record: (record["scored_at"], record["review_id"]))


@contextmanager
def reading(stack: Stack, topic: str) -> Iterator[TopicReader]:
    """Reads a topic from its end, outside any group: under this load Tansu forgets members that are
    there.
    """
    consumer = Consumer(
        {"bootstrap.servers": stack.bootstrap, "group.id": "unused", "enable.auto.commit": False}
    )
    partitions = [TopicPartition(topic, number) for number in partitions_of(consumer, topic)]
    ends = [consumer.get_watermark_offsets(partition, timeout=10)[1] for partition in partitions]
    consumer.assign(
        [TopicPartition(topic, at.partition, end) for at, end in zip(partitions, ends, strict=True)]
    )
    with SchemaRegistryClient({"url": stack.registry}) as client:
        try:
            yield TopicReader(topic, consumer, AvroDeserializer(client))
        finally:
            consumer.close()


@contextmanager
def under_load(stack: Stack, prefix: str) -> Iterator[Load]:
    """Reviews without end; at the end of the block all that were produced have come out."""
    with reading(stack, REVIEWS_SCORED.name) as reader:
        load = Load(stack, prefix, reader)
        thread = threading.Thread(target=load.run)
        thread.start()
        try:
            yield load
        finally:
            load.stop.set()
            thread.join()
        wanted = {f"{prefix}-{n}" for n in range(load.produced)}
        reader.until(lambda records: {record["review_id"] for record in records} >= wanted)


def expect_stored_once(stack: Stack, load: Load) -> None:
    counted = (
        "SELECT count(), uniqExact(review_id) FROM reviews WHERE startsWith(review_id, "
        f"'{load.prefix}-')"
    )
    wait_for("all in ClickHouse", lambda: stack.sql(counted)[0][0] >= load.produced)
    assert stack.sql(counted) == [(load.produced, load.produced)]
    assert stack.sql("SELECT count() FROM dead_letters") == [(0,)]


def metric(stack: Stack, name: str) -> float:
    """The sum of a metric's samples in the worker."""
    [worker] = [process for process in stack.processes if process.name == "worker"]
    port = worker.environment["UNDERTONE_METRICS__PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        families = text_string_to_metric_families(reply.read().decode())
        return sum(
            sample.value for family in families for sample in family.samples if sample.name == name
        )


def test_a_worker_scores_nothing_before_it_knows_what_was_announced_and_refuses_what_is_damaged(
    stack: Stack, toys: Toys
) -> None:
    scored = (
        "SELECT model_version, count() FROM reviews WHERE language = 'de' GROUP BY model_version"
    )
    wait_for(
        "the reviews that waited", lambda: stack.sql(scored) == [(toys.two.model_version, WAITING)]
    )
    assert alerted(stack, "integrity")


def test_ten_swaps_under_load_lose_nothing_and_no_review_is_scored_by_what_was_not_live(
    stack: Stack, toys: Toys, capsys: pytest.CaptureFixture[str]
) -> None:
    swaps_before = metric(stack, "undertone_model_swaps_total")
    order = [(toys.two, toys.one)[number % 2] for number in range(SWAPS)]
    said: list[datetime] = []
    with under_load(stack, "swap") as load:
        load.see(REVIEWS_EACH)
        for variant in order:
            said.append(announce(stack, variant))
            load.see(REVIEWS_EACH, variant.model_version, said[-1])
    events = load.events()
    expect_stored_once(stack, load)

    # One worker, so scores are in order of time: each model's time is one run, which begins after
    # its event was published.
    runs = [
        (version, [e["scored_at"] for e in run])
        for version, run in groupby(events, key=lambda e: e["model_version"])
    ]
    assert [version for version, _ in runs] == [
        toys.one.model_version,
        *(variant.model_version for variant in order),
    ]
    began = [times[0] for _, times in runs[1:]]
    assert all(start >= moment for start, moment in zip(began, said, strict=True))
    assert {event["variant"] for event in events} == {"champion"}
    assert metric(stack, "undertone_model_swaps_total") - swaps_before == SWAPS
    assert metric(stack, "undertone_model_swap_pause_seconds_count") == SWAPS
    own = metric(stack, "undertone_model_swap_pause_seconds_sum") / SWAPS
    with capsys.disabled():
        sys.stdout.write(
            report(events, said, began)
            + f"by the worker's own clock {own * 1000:.0f} ms a swap on average\n"
        )


def report(events: list[dict[str, Any]], said: list[datetime], began: list[datetime]) -> str:
    """The longest steps between scored slices: while a model was taken in, and otherwise."""
    steps = [
        (after - before, after)
        for before, after in pairwise(sorted({event["scored_at"] for event in events}))
    ]
    swaps = list(zip(said, began, strict=True))
    around = [max(step for step, at in steps if start < at <= end) for start, end in swaps]
    other = [step for step, at in steps if not any(start < at <= end for start, end in swaps)]
    taken = [end - start for start, end in swaps]
    milliseconds = timedelta(milliseconds=1)
    return (
        f"\n{len(events)} reviews, {len(swaps)} swaps: longest pause "
        f"{max(around) / milliseconds:.0f} ms "
        f"(median of swaps {sorted(around)[len(around) // 2] / milliseconds:.0f} ms; without a "
        "swap: "
        f"longest {max(other) / milliseconds:.0f} ms, median "
        f"{sorted(other)[len(other) // 2] / milliseconds:.0f} ms); "
        f"from event to first review by the new model {max(taken) / milliseconds:.0f} ms at most\n"
    )


def test_a_tampered_or_mistaken_model_is_refused_aloud_and_the_old_one_goes_on(
    stack: Stack, toys: Toys
) -> None:
    mistaken = Variant("champion", "toy", "000000000000", toys.two.uri, 1.0)
    refused = metric(stack, "undertone_model_swaps_refused_total")
    with under_load(stack, "refused") as load:
        announce(stack, toys.one)
        load.see(REVIEWS_EACH, toys.one.model_version, datetime.now(UTC))
        for variant, reason, alerts in (
            (toys.tampered, "integrity", 2),
            (mistaken, "wrong_model", 1),
        ):
            announce(stack, variant)
            wait_for("the alert", partial(alerted, stack, reason, alerts))
            load.see(REVIEWS_EACH, since=datetime.now(UTC))
    assert {event["model_version"] for event in load.events()} == {toys.one.model_version}
    assert metric(stack, "undertone_model_swaps_refused_total") == refused + 2
    expect_stored_once(stack, load)


def alerted(stack: Stack, reason: str, times: int = 1) -> bool:
    return sum("CRITICAL" in line and reason in line for line in stack.logs().splitlines()) >= times


def test_a_canary_and_a_shadow(stack: Stack, toys: Toys) -> None:
    canary = Variant("canary", "toy", toys.one.model_version, toys.one.uri, 0.5)
    champion = Variant("champion", "toy", toys.two.model_version, toys.two.uri, 0.5)
    shadow = Variant("shadow", "toy", toys.one.model_version, toys.one.uri, 0.0, shadow=True)
    swapped = metric(stack, "undertone_model_swaps_total")
    announce(stack, canary, champion, shadow)
    wait_for("the swap", lambda: metric(stack, "undertone_model_swaps_total") > swapped)
    with under_load(stack, "split") as load:
        load.see(2 * REVIEWS_EACH)
    expect_stored_once(stack, load)

    versions = {"canary": toys.one.model_version, "champion": toys.two.model_version}
    assert {(event["variant"], event["model_version"]) for event in load.events()} == set(
        versions.items()
    )
    watched = (
        "SELECT uniqExact(review_id) FROM shadow_predictions WHERE startsWith(review_id, 'split-')"
    )
    wait_for("what the shadow said", lambda: stack.sql(watched) == [(load.produced,)])
    both = len({event["review_id"] for event in load.events() if event["variant"] == "canary"})
    [(shared, agreement)] = stack.sql(
        "SELECT shared, agreement FROM ab_results WHERE variant_a = 'canary' AND shadow_b = 1"
    )
    assert (shared, agreement) == (both, 1.0), "the same model twice"
    assert stack.sql("SELECT count() FROM reviews WHERE variant = 'shadow'") == [(0,)]
    [(traffic,)] = stack.sql("SELECT traffic FROM model_events ORDER BY created_at DESC LIMIT 1")
    assert [variant["variant"] for variant in orjson.loads(traffic)] == [
        "canary",
        "champion",
        "shadow",
    ]
