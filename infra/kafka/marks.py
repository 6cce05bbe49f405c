"""Markers kept by the broker: one number per partition, stored as the committed offset of a group
without members.

It survives the process, the pod and the node, needs no volume, and every process that gets the
partition finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from infra.kafka.config import consumer_config
from infra.kafka.errors import checked, translated
from infra.settings import KafkaSettings

TIMEOUT_S = 10.0


class Marks:
    """The numbers, not negative, of ``group`` (without prefix). Connects when it is first used."""

    def __init__(self, settings: KafkaSettings, group: str, topic: str) -> None:
        self._consumer = Consumer(consumer_config(settings, group))
        self._topic = topic

    def read(self, partitions: Collection[int]) -> dict[int, int]:
        """Those of ``partitions`` that have a number. Raises ``BrokerUnavailable`` or
        ``ConfigurationError``.
        """
        places = [TopicPartition(self._topic, number) for number in partitions]
        try:
            found = checked(self._consumer.committed(places, timeout=TIMEOUT_S))
        except KafkaException as error:
            raise translated(error, f"marks of {self._topic}") from error
        return {place.partition: place.offset for place in found if place.offset >= 0}

    def write(self, numbers: Mapping[int, int]) -> None:
        """Return when they are kept. Raises ``BrokerUnavailable`` or ``ConfigurationError``."""
        places = [
            TopicPartition(self._topic, partition, number) for partition, number in numbers.items()
        ]
        try:
            checked(self._consumer.commit(offsets=places, asynchronous=False))
        except KafkaException as error:
            raise translated(error, f"marks of {self._topic}") from error

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()
