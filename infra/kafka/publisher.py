"""Publishing in batches: a batch is done when the broker has confirmed every message of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.kafka.config import producer_config
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be published."""

    topic: str
    key: bytes | None = field(repr=False)
    value: bytes = field(repr=False)
    headers: Headers = ()


class Publisher:
    """A confirmed producer. Not for use by two threads at once."""

    def __init__(self, settings: KafkaSettings) -> None:
        # Called back for each message, a thread of Python would do little else.
        self._producer = Producer(producer_config(settings) | {"delivery.report.only.error": True})

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Send all, and return when the broker has confirmed all.

        Raises ``BrokerUnavailable`` if any was not confirmed in time. Then some may have arrived: sending the batch again
        repeats them, which is what at-least-once means.
        """
        failures: list[KafkaError] = []

        def on_failure(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failures.append(error)

        for message in messages:
            self._produce(message, on_failure)
        # Does not wait for the linger. Every message is confirmed or fails within delivery.timeout.ms, so this ends.
        while self._producer.flush(1.0):
            pass
        if failures:
            raise BrokerUnavailable(f"{len(failures)} of {len(messages)} messages were not confirmed: {failures[0].str()}")

    def _produce(self, message: Outgoing, on_failure: Callable[[KafkaError | None, Message], None]) -> None:
        while True:
            try:
                self._producer.produce(
                    message.topic, key=message.key, value=message.value, headers=list(message.headers), on_delivery=on_failure
                )
                return
            except BufferError:  # librdkafka's queue is full: wait for deliveries
                self._producer.poll(0.1)
            except KafkaException as error:
                raise BrokerUnavailable(f"Kafka refused a message for {message.topic}: {error.args[0].str()}") from error

    def close(self) -> None:
        """Let go of the connections; everything published has been confirmed already. Not to be used after."""
        del self._producer
