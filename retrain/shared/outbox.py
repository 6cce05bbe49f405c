"""Transactional outbox: records already in ClickHouse are published once each, including those that
a kill left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from infra.kafka.topic_publisher import TopicPublisher
from infra.kafka.topic_reader import TopicReader
from infra.settings import Settings
from schemas.topics import Topic

R = TypeVar("R")


class Outbox(Generic[R]):
    """Knows by id what a topic holds. One process writes the records of its kind."""

    def __init__(self, settings: Settings, topic: Topic[R], identify: Callable[[R], str]) -> None:
        """Reads the topic. Raises ``BrokerUnavailable``, ``RegistryUnavailable``, or ``InputError``
        where it does not exist.
        """
        self._topic, self._identify = topic, identify
        self._publisher = TopicPublisher(settings, topic)
        self._told = {identify(record) for record in TopicReader(settings, topic)}

    def tell(self, records: Iterable[R]) -> list[str]:
        """Publish those that the topic does not hold yet; their ids. Raises
        ``BrokerUnavailable``.
        """
        by_id = {self._identify(record): record for record in records}
        untold = [identity for identity in by_id if identity not in self._told]
        self._publisher.publish(self._topic, *(by_id[identity] for identity in untold))
        self._told.update(untold)
        return untold

    def close(self) -> None:
        """Let go of the connections."""
        self._publisher.close()
