"""Transactional outbox: records already in ClickHouse are published once each, including those that
a kill left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TypeVar

from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.publisher import Outgoing, Publisher
from infra.kafka.reader import read_topic
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas import wire
from schemas.records import Alert, DriftDetected
from schemas.topics import Topic

R = TypeVar("R", DriftDetected, Alert)


class Outbox:
    """Knows by id what a topic holds. One process writes the records of its kind."""

    def __init__(
        self, settings: Settings, topic: Topic, kind: type[R], identify: Callable[[R], str]
    ) -> None:
        """Reads the topic. Raises ``BrokerUnavailable``, ``RegistryUnavailable``, or ``InputError``
        where it does not exist.
        """
        self._topic, self._publisher = topic, Publisher(settings.kafka)
        self._told: set[str] = set()
        with closing(SchemaRegistry(settings.schema_registry)) as registry:
            self._schema_id = registry.register(topic)
            for record in read_topic(settings.kafka, topic.name, follow=False):
                found = decoded_or_skipped(kind, record, registry.find)
                if found is not None:
                    self._told.add(identify(found))

    def tell(self, records: Mapping[str, tuple[str, DriftDetected | Alert]]) -> list[str]:
        """Id → (key, record): those that the topic does not hold yet; their ids. Raises
        ``BrokerUnavailable``.
        """
        untold = [identity for identity in records if identity not in self._told]
        if untold:
            messages = (
                (key.encode(), wire.encode(record, self._schema_id))
                for key, record in map(records.__getitem__, untold)
            )
            self._publisher.publish(
                [Outgoing(self._topic.name, key, value) for key, value in messages]
            )
            self._told.update(untold)
        return untold

    def close(self) -> None:
        """Let go of the connections."""
        self._publisher.close()
