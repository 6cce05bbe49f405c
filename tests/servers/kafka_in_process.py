"""librdkafka's own cluster, which lives in this process: its protocol is real, and it does not know
every request.

https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka_mock.h
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer


@contextmanager
def running(*topics: str) -> Iterator[str]:
    """The bootstrap address of a cluster of one broker, with these topics, that serves until the
    block ends.
    """
    owner = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    [broker] = owner.list_topics(timeout=10).brokers.values()
    for topic in topics:
        owner.list_topics(topic, timeout=10)  # a producer that asks for a topic makes it
    yield f"{broker.host}:{broker.port}"
