"""Publication of records on their topics: register the schema, encode, send, await confirmation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from infra.kafka.admin import Admin
from infra.kafka.publisher import Headers, Outgoing, Publisher
from infra.kafka.reachable import check_reachable
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas import wire
from schemas.topics import Topic

R = TypeVar("R")


class Encoder:
    """Makes messages of records. The schema of a topic is registered once, before its first."""

    def __init__(self, register: Callable[[Topic[Any]], int]) -> None:
        """``register``: the id of the topic's schema, as ``SchemaRegistry.register``."""
        self._register = register
        self._ids: dict[Topic[Any], int] = {}

    def prepare(self, topic: Topic[Any]) -> None:
        """Register the schema now. Raises as ``register`` does."""
        self._ids[topic] = self._register(topic)

    def __call__(self, topic: Topic[R], record: R, headers: Headers = ()) -> Outgoing:
        """The message for ``topic``. Raises as ``register`` does, the first time."""
        try:
            schema_id = self._ids[topic]
        except KeyError:
            self.prepare(topic)
            schema_id = self._ids[topic]
        return Outgoing(topic.name, topic.key(record), wire.encode(record, schema_id), headers)


class TopicPublisher:
    """Publishes records, each confirmed by the broker. For one thread."""

    def __init__(self, settings: Settings, *topics: Topic[Any]) -> None:
        """Registers the schemas of ``topics``, the only ones that can be published to.

        Raises ``RegistryUnavailable``, ``RegistryRefused`` or ``SchemaError``.
        """
        with closing(SchemaRegistry(settings.schema_registry)) as registry:
            self._encode = Encoder(registry.register)
            for topic in topics:
                self._encode.prepare(topic)
        self._publisher = Publisher(settings.kafka)

    def publish(self, topic: Topic[R], *records: R) -> None:
        """Return when the broker has confirmed all. Raises as ``Publisher.publish`` does."""
        if records:
            self._publisher.publish([self._encode(topic, record) for record in records])

    def close(self) -> None:
        """Let go of the connections."""
        self._publisher.close()


def publish(settings: Settings, topic: Topic[R], *records: R) -> None:
    """Publish now or fail, creating the topic where it is missing: for what a person asked for.

    Raises ``BrokerUnavailable`` or ``RegistryUnavailable``: then nothing was published, or will be
    twice.
    """
    check_reachable(settings.kafka)
    Admin(settings.kafka).create_topics((topic,))
    with closing(TopicPublisher(settings, topic)) as publisher:
        publisher.publish(topic, *records)
