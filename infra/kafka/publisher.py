"""Batch publisher: a batch is done when the broker has confirmed every message of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.kafka.config import producer_config
from infra.kafka.errors import PASSING, TOO_LARGE, UNFIT, error_of, is_fatal
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable, MessageRefused

Headers = Sequence[tuple[str, bytes | None]]
OnDelivery = Callable[[KafkaError | None, Message], None]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be published."""

    topic: str
    key: bytes | None = field(repr=False)
    value: bytes = field(repr=False)
    headers: Headers = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that was not confirmed: ``position`` among those that were sent, and the name of
    the error.

    ``unfit``: Kafka takes no such message, and ``too_large`` says why. Otherwise ``passing``: it
    may be confirmed later; what is neither is wrong with the topic or the access, not with the
    message.
    """

    position: int
    topic: str
    reason: str
    unfit: bool
    too_large: bool
    passing: bool


class Publisher:
    """A confirmed producer. Of several threads one sends, and the others wait."""

    def __init__(self, settings: KafkaSettings) -> None:
        # Called back for each message, a thread of Python would do little else.
        self._sending = threading.Lock()
        self._producer = Producer(producer_config(settings) | {"delivery.report.only.error": True})

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Send all, and return when the broker has confirmed all.

        Raises ``MessageRefused`` where one would be refused again, else ``BrokerUnavailable`` where
        one was not confirmed in time. Then others may have arrived: sending all again repeats them,
        which is what at-least-once means.
        """
        failures = self.send(messages)
        check(failures)
        if failures:
            raise _refused(failures[0])

    def send(self, messages: Sequence[Outgoing]) -> list[Failure]:
        """Send all, and return when each is confirmed or has failed; those that failed, in order.

        The broker refuses a whole batch where one message of it is unfit, or where all together are
        too large. So what seems unfit in company is sent once more alone, and what is unfit then is
        unfit.
        """
        with self._sending:
            failures = self._send(dict(enumerate(messages)))
            suspects = [failure.position for failure in failures if failure.unfit]
            if suspects and len(messages) > 1:
                failures = [failure for failure in failures if not failure.unfit]
                for position in suspects:
                    failures += self._send({position: messages[position]})
        return sorted(failures, key=lambda failure: failure.position)

    def _send(self, messages: dict[int, Outgoing]) -> list[Failure]:
        failures: list[Failure] = []

        def failed(
            position: int, topic: str, error: KafkaError | None, _: Message | None = None
        ) -> None:
            if error is not None:
                failures.append(_failure(position, topic, error))

        for position, message in messages.items():
            self._produce(message, partial(failed, position, message.topic))
        # Does not wait for the linger. Every message is confirmed or fails within
        # delivery.timeout.ms, so this ends.
        while self._producer.flush(1.0):
            pass
        return failures

    def _produce(self, message: Outgoing, on_delivery: OnDelivery) -> None:
        while True:
            try:
                for name, _ in message.headers:
                    if not name.isascii():
                        # confluent-kafka does not check: a lone surrogate ends the process by
                        # SIGSEGV
                        name.encode()
                self._producer.produce(
                    message.topic,
                    key=message.key,
                    value=message.value,
                    headers=list(message.headers),
                    on_delivery=on_delivery,
                )
                return
            except BufferError:  # librdkafka's queue is full: wait for deliveries
                self._producer.poll(0.1)
            except KafkaException as error:
                on_delivery(error_of(error), None)  # type: ignore[arg-type]  # there is no message
                return
            except (
                TypeError,
                ValueError,
                AttributeError,
                OverflowError,
            ):  # a header or a key that librdkafka cannot hold
                on_delivery(KafkaError(KafkaError._INVALID_ARG), None)  # type: ignore[arg-type]
                return

    def close(self) -> None:
        """Let go of the connections; everything published has been confirmed already. Not to be
        used after.
        """
        del self._producer


def check(failures: Sequence[Failure]) -> None:
    """Return where no failure is left but of unfit messages. Raises ``MessageRefused`` for what
    concerns all messages of a topic, else ``BrokerUnavailable`` for what may pass."""
    for failure in failures:
        if not failure.unfit and not failure.passing:
            raise _refused(failure)
    passing = [failure for failure in failures if failure.passing]
    if passing:
        raise BrokerUnavailable(f"{len(passing)} messages were not confirmed: {passing[0].reason}")


def _refused(failure: Failure) -> MessageRefused:
    return MessageRefused(
        f"Kafka refuses a message for {failure.topic}: {failure.reason}", failure.reason
    )


def _failure(position: int, topic: str, error: KafkaError) -> Failure:
    code = error.code()
    unfit = code in UNFIT
    passing = not unfit and not is_fatal(error) and (code in PASSING or error.retriable())
    return Failure(position, topic, error.name(), unfit, code in TOO_LARGE, passing)
