"""Publisher of reviews and feedback sent over HTTP: the records of all other producers, in Avro."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers

from infra.kafka.publisher import Outgoing, Publisher, check
from infra.kafka.reachable import check_reachable
from infra.kafka.topic_publisher import Encoder
from infra.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings
from schemas import reasons
from schemas.errors import MessageRefused, UndertoneError
from schemas.records import Feedback, Review
from schemas.topics import FEEDBACK, REVIEWS_RAW
from streams.trace import Trace, trace_context


@dataclass(frozen=True, slots=True)
class Written:
    """A record for its topic. ``trace`` are Kafka headers."""

    record: Review | Feedback = field(repr=False)
    trace: Trace = ()


def trace_of(headers: Headers) -> Trace:
    """The W3C trace context of a request, where it has a valid one."""
    return trace_context(
        (name, headers[name].encode()) for name in ("traceparent", "tracestate") if name in headers
    )


class Publishing:
    """Called with records, returns when Kafka has confirmed each of them or will never take it. For
    one thread.

    Connects when it is first called: a gateway without Kafka is not a gateway that complains all
    day. Raises ``BrokerUnavailable``, ``RegistryUnavailable`` or, for what concerns all,
    ``MessageRefused`` or ``RegistryRefused``; then some may have arrived.
    """

    def __init__(self, kafka: KafkaSettings, registry: SchemaRegistry) -> None:
        self._kafka, self._encode = kafka, Encoder(registry.register)
        self._publisher: Publisher | None = None

    def __call__(self, items: Sequence[Written]) -> list[str | None]:
        """Publish all; for each None, or the reason for which it cannot be published."""
        if self._publisher is None:
            check_reachable(self._kafka)
            self._publisher = Publisher(self._kafka)
        answers: list[str | None] = [None] * len(items)
        messages: dict[int, Outgoing] = {}
        for position, item in enumerate(items):
            try:
                messages[position] = self._outgoing(item)
            except (UndertoneError, MemoryError):
                raise
            except Exception:  # of this record alone: others that came at the same time go on
                answers[position] = reasons.PROCESSING_ERROR
        positions = list(messages)
        failures = self._publisher.send(list(messages.values()))
        try:
            check(failures)
        except (
            MessageRefused
        ):  # the next call makes a new connection: a producer that failed fatally never recovers
            self._publisher = None
            raise
        for failure in failures:
            answers[positions[failure.position]] = (
                reasons.TOO_LARGE if failure.too_large else reasons.PROCESSING_ERROR
            )
        return answers

    def _outgoing(self, item: Written) -> Outgoing:
        if isinstance(item.record, Feedback):
            return self._encode(FEEDBACK, item.record, item.trace)
        return self._encode(REVIEWS_RAW, item.record, item.trace)
