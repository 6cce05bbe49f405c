"""Consumer of small topics: reads from the beginning, outside any consumer group, so that nothing
is committed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any, TypeVar

from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.reader import PartitionReader
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable
from schemas.inputs import FindSchema, RawRecord
from schemas.topics import Topic

R = TypeVar("R")
log = logging.getLogger("undertone.loop")


class Followed:
    """Every record of some topics so far, by topic, in the order of each partition. What cannot be
    decoded is passed over.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        topics: Sequence[Topic[Any]],
        find_schema: FindSchema,
        stop: threading.Event,
    ) -> None:
        """``stop`` ends a ``read``. Raises ``BrokerUnavailable``, also while a broker does not know
        one of the topics yet.
        """
        self._reader, self._find_schema = PartitionReader(kafka, "loop", log), find_schema
        self._stop = stop
        self._topics = {topic.name: topic for topic in topics}
        self._records: dict[str, list[Any]] = {topic: [] for topic in self._topics}
        self._undecoded: RawRecord | None = None
        self._reader.assign(self._topics)

    def read(self) -> None:
        """Take what has come since; the first time, everything.

        Raises ``RegistryUnavailable``; the next call goes on with the record that could not be
        decoded then. Raises ``BrokerUnavailable`` once everything stops: nothing is to be decided
        by a part of the records.
        """
        self._decode()
        while True:
            if self._stop.is_set():
                raise BrokerUnavailable(f"{', '.join(self._topics)} not read to the end")
            records = self._reader.take(0.2)
            if records is None and self._reader.at_end:
                return
            for record in records or ():
                self._undecoded = record
                self._decode()

    def _decode(self) -> None:
        """Keep the record taken from the consumer, which will not deliver it again; a malformed one
        is passed over.
        """
        record = self._undecoded
        if record is not None and record.value is not None:
            found = decoded_or_skipped(self._topics[record.origin.topic], record, self._find_schema)
            if found is not None:
                self._records[record.origin.topic].append(found)
        self._undecoded = None

    def of(self, topic: Topic[R]) -> list[R]:
        """The records of a topic."""
        return list(self._records[topic.name])

    def close(self) -> None:
        """Let go of the connections."""
        self._reader.close()
