"""Reader of what a topic holds now, decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Generic, TypeVar

from infra.kafka.decoding import skip
from infra.kafka.reader import read_topic
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord
from schemas.topics import Topic

R = TypeVar("R")


class TopicReader(Generic[R]):
    """The records of a topic from its beginning to its end, in the order of each partition. Nothing
    is committed.

    Iterating opens the connections and closes them. Raises ``InputError`` if there is no such
    topic, ``BrokerUnavailable``, ``RegistryUnavailable`` or ``RegistryRefused``.
    """

    def __init__(
        self,
        settings: Settings,
        topic: Topic[R],
        skipped: Callable[[RawRecord, Rejection], None] = skip,
    ) -> None:
        """``skipped`` is called with each message that holds no record of the topic."""
        self._settings, self._topic, self._skipped = settings, topic, skipped

    def __iter__(self) -> Iterator[R]:
        return (record for _, record in self.messages() if record is not None)

    def messages(self) -> Iterator[tuple[RawRecord, R | None]]:
        """Each record with the message that it came in; None is a deletion from a compacted
        topic.
        """
        with closing(SchemaRegistry(self._settings.schema_registry)) as registry:
            messages = read_topic(self._settings.kafka, self._topic.name, follow=False)
            yield from self.decoded(messages, registry.find)

    def decoded(
        self, messages: Iterable[RawRecord], find_schema: FindSchema
    ) -> Iterator[tuple[RawRecord, R | None]]:
        """The same of messages that were read already."""
        for message in messages:
            record: R | None = None
            if message.value is not None or not self._topic.compacted:
                try:
                    record = self._topic.decode(message, find_schema)
                except Rejection as rejection:
                    self._skipped(message, rejection)
                    continue
            yield message, record
