"""Load generator: a separate process that sends reviews when they are due and records when their
outputs can be read.

``python -m bench.load`` takes a job a line on standard input (see ``Job``) and answers each with a
line.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from bench.reviews import records
from bench.schedule import arrivals

TIMEOUT_S = 10.0
POLL_S = 0.05
PATIENCE_S = 240.0
"""Without any output. Long, because a batch of very long reviews shows nothing until all of it is
done.
"""
SEED = 2026
FETCH_WAIT_MS = 10
"""The local broker answers a fetch that found nothing when this has passed, not when there is
something, as Kafka does.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """``texts``: a JSON file. All of ``count`` at once, or with a ``rate`` as many as are due in
    ``count / rate`` seconds.
    """

    bootstrap: str
    source: str
    target: str
    texts: str
    run: str
    count: int
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """For each review in the order of sending, by ``time.monotonic``: when it was ``due``, and its
    output ``arrived``, if so.
    """

    due: list[float]
    arrived: list[float | None]


@cache
def _texts(path: str) -> list[str]:
    return [str(text) for text in json.loads(Path(path).read_text(encoding="utf8"))]


@cache
def _producer(bootstrap: str) -> Producer:
    return Producer({"bootstrap.servers": bootstrap, "acks": "all"})


@cache
def _consumer(bootstrap: str, target: str) -> Consumer:
    """Reads a topic from its beginning on, once: outputs of earlier jobs are told by their keys."""
    config = {"group.id": "load", "enable.auto.commit": False, "fetch.wait.max.ms": FETCH_WAIT_MS}
    consumer = Consumer({"bootstrap.servers": bootstrap} | config)
    partitions = consumer.list_topics(target, timeout=TIMEOUT_S).topics[target].partitions
    consumer.assign([TopicPartition(target, number, OFFSET_BEGINNING) for number in partitions])
    return consumer


def run(job: Job) -> Answer:
    """Do a job; ends when everything has arrived, or nothing has for as long as patience lasts."""
    producer, consumer = _producer(job.bootstrap), _consumer(job.bootstrap, job.target)
    messages = records(_texts(job.texts), job.run, job.count)
    positions = {key: number for number, (key, _) in enumerate(messages)}
    partitions = len(
        producer.list_topics(job.source, timeout=TIMEOUT_S).topics[job.source].partitions
    )
    begin = time.monotonic()
    after = (
        [0.0] * job.count
        if job.rate is None
        else arrivals(job.rate, job.count / job.rate, seed=SEED)
    )
    due = [begin + seconds for seconds in after]
    sender = threading.Thread(
        target=_send, args=(producer, job.source, messages, due, partitions), daemon=True
    )
    sender.start()
    arrived: list[float | None] = [None] * job.count
    missing, last = job.count, begin
    while missing and time.monotonic() - max(last, due[-1]) < PATIENCE_S:
        message = consumer.poll(POLL_S)
        if message is None or message.error() is not None:
            continue
        key = message.key()
        position = positions.get(key) if isinstance(key, bytes) else None
        if position is not None and arrived[position] is None:
            arrived[position] = last = time.monotonic()
            missing -= 1
    sender.join()
    return Answer(due, arrived)


def _send(
    producer: Producer,
    topic: str,
    messages: Sequence[tuple[bytes, bytes]],
    due: Sequence[float],
    partitions: int,
) -> None:
    for number, ((key, value), time_due) in enumerate(zip(messages, due, strict=True)):
        wait = time_due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        while True:
            try:
                producer.produce(topic, value, key, partition=number % partitions)
                break
            except BufferError:
                producer.poll(POLL_S)
        producer.poll(0)
    producer.flush(TIMEOUT_S)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(run(Job(**json.loads(line))))) + "\n")
        sys.stdout.flush()
