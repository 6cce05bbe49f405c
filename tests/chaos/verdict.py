"""What must hold once everything has been sent and settled."""

from __future__ import annotations

import math
import re
import time
import urllib.request
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, TopicPartition

from tests.chaos.load import JUDGED
from tests.chaos.world import World

PATIENCE_S = 120.0
QUIET_S = 60.0
STORED = (
    "reviews.scored", "reviews.dead-letter", "feedback", "alerts", "models.lifecycle",
    "retraining.requested",
    "labelling.requested", "reviews.shadow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold, whether it does, and the figure behind it."""

    name: str
    holds: bool
    figure: str


def settle(world: World, patience_s: float = PATIENCE_S) -> None:
    """Return when everything is accounted for and stored, or when nothing more has come for
    ``patience_s``.
    """
    since, before = time.monotonic(), (-1, -1, -1)
    while time.monotonic() - since < patience_s:
        missing, unaccounted = world.ledger.missing(), world.ledger.unaccounted(_feedback(world))
        stored = _count(world, "SELECT uniqExact(review_id) FROM predictions")
        complete = stored >= len(world.ledger.storable()) and not lag(world)
        if not missing and not unaccounted and complete:
            return
        now = (len(missing), len(unaccounted), stored)
        if now != before:
            since, before = time.monotonic(), now
        time.sleep(1)


def checks(world: World) -> list[Check]:
    """The verdict, one line each."""
    return [*_streams(world), *_tables(world), *_processes(world)]


def _streams(world: World) -> list[Check]:
    ledger = world.ledger
    missing, unaccounted = ledger.missing(), ledger.unaccounted(_feedback(world))
    aborted = [review_id for review_id in ledger.aborted if review_id in ledger.scored]
    behind = lag(world)
    return [
        Check(
            "the load got through",
            not world.load.failures,
            _some(world.load.failures) or f"{len(ledger.sent)} reviews",
        ),
        Check("every review is scored", not missing, _some(missing) or f"{len(ledger.sent)}"),
        Check(
            "every poisonous record is scored or a dead letter",
            not unaccounted,
            _some(unaccounted) or f"{len(ledger.poisons)}",
        ),
        Check(
            "no aborted review is scored",
            not aborted,
            _some(aborted) or f"{len(ledger.aborted)} aborted",
        ),
        Check(
            "no personal data of a header is on the scored topic",
            ledger.leaks == 0,
            f"{ledger.leaks} records",
        ),
        Check(
            "lag is 0",
            not behind,
            _some([f"{group} {topic}" for group, topic in behind]) or "both groups, all topics",
        ),
    ]


def _tables(world: World) -> list[Check]:
    distinct, letters = len(world.ledger.storable()), len(world.ledger.dead())
    counts = {
        "rows of reviews": _count(world, "SELECT count() FROM reviews"),
        "ids in reviews": _count(world, "SELECT uniqExact(review_id) FROM reviews"),
        "ids in predictions": _count(world, "SELECT uniqExact(review_id) FROM predictions"),
        "sentiment_by_product": _count(world, "SELECT sum(reviews) FROM sentiment_by_product"),
        "sentiment_hourly": _count(world, "SELECT sum(reviews) FROM sentiment_hourly"),
        "latency": _count(world, "SELECT sum(reviews) FROM latency"),
    }
    judged = _count(
        world,
        (
            "SELECT uniqExact(review_id) FROM feedback WHERE review_id IN (SELECT review_id FROM "
            "predictions)"
        ),
    )
    views = {
        name: _count(world, f"SELECT sum(reviews) FROM {name}")
        for name in ("model_accuracy", "confusion")
    }
    reasons = _count(world, "SELECT sum(records) FROM dead_letter_reasons")
    loaded = [
        re.fullmatch(r"(?:chaos|rolling)-(\d+)", review_id) for review_id in world.ledger.sent
    ]
    given = sum(int(number[1]) % JUDGED == 0 for number in loaded if number)
    stored = _count(
        world,
        "SELECT uniqExact(review_id) FROM feedback WHERE startsWith(feedback_id, 'feedback-')",
    )
    return [
        Check(
            "every scored id is one row in SQL, and all views agree",
            set(counts.values()) == {distinct},
            f"{distinct}: {counts}",
        ),
        Check("every feedback is stored", stored == given, f"{stored} of {given}"),
        Check("the views of feedback agree", set(views.values()) == {judged}, f"{judged}: {views}"),
        Check(
            "every dead letter is one row in SQL",
            reasons == letters,
            f"{reasons} rows, {letters} on the topic",
        ),
    ]


def _processes(world: World) -> list[Check]:
    """A process that has just been restarted gets time to be ready, and a worker time to look at
    its lag again.
    """
    deadline = time.monotonic() + QUIET_S
    while True:
        unwell, shown = _unwell(world), _lag_shown(world)
        if (not unwell and set(shown) == {0.0}) or time.monotonic() > deadline:
            break
        time.sleep(1)
    unexpected = world.supervisor.unexpected()
    names = _some([f"{end.process} {end.status}" for end in unexpected])
    return [
        Check("no exit that the suite did not cause", not unexpected, names or "0"),
        Check(
            "every process is alive and ready",
            not unwell,
            _some(unwell) or f"{len(world.supervisor.processes)}",
        ),
        Check("the lag that the workers show is 0", set(shown) == {0.0}, str(shown)),
    ]


def _unwell(world: World) -> list[str]:
    return [
        name
        for name, process in world.supervisor.processes.items()
        if not (process.ready and process.answers("live"))
    ]


def _lag_shown(world: World) -> list[float]:
    """What each worker's own metric says; NaN where it does not answer."""
    return [_metric(world.supervisor.processes[name].metrics_port) for name in world.workers()]


def lag(world: World) -> list[tuple[str, str]]:
    """(group, topic) of every partition that holds a record after the committed offset; control
    records are none.
    """
    behind = []
    for group, topics in {"undertone-worker": ("reviews.raw",), "undertone-sink": STORED}.items():
        config = {
            "bootstrap.servers": world.cluster.bootstrap, "group.id": group,
            "enable.auto.commit": False, "log_level": 0,
            "enable.partition.eof": True, "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
        }  # fmt: skip
        consumer = Consumer(config)
        try:
            known = consumer.list_topics(timeout=30).topics
            wanted = [
                TopicPartition(topic, number)
                for topic in topics
                if topic in known
                for number in known[topic].partitions
            ]
            consumer.assign(consumer.committed(wanted, timeout=30))
            behind += [(group, topic) for topic in _topics_with_records(consumer, len(wanted))]
        finally:
            consumer.close()
    return behind


def _topics_with_records(consumer: Consumer, partitions: int) -> set[str]:
    seen: set[tuple[str | None, int | None]] = set()
    found: set[str] = set()
    deadline = time.monotonic() + 30
    while len(seen) < partitions and time.monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is None:
            continue
        error = message.error()
        if error is None:
            found.add(str(message.topic()))
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            seen.add((message.topic(), message.partition()))
    return found


def _feedback(world: World) -> set[str]:
    return {
        str(row[0])
        for row in world.stack.sql(
            "SELECT DISTINCT feedback_id FROM feedback WHERE startsWith(feedback_id, 'poison-')"
        )
    }


def _count(world: World, statement: str) -> int:
    return int(world.stack.sql(statement)[0][0] or 0)


def _metric(port: int) -> float:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
            lines = reply.read().decode().splitlines()
    except OSError:
        return math.nan
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("undertone_consumer_lag_records{")
    )


def _some(names: list[str]) -> str:
    return f"{len(names)}: {', '.join(name[:60] for name in names[:6])}" if names else ""
