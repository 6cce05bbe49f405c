"""What people send over HTTP, on its way to Kafka: the same records as every other producer's, in Avro."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers

from infra.kafka.publisher import Outgoing, Publisher
from infra.kafka.reachable import check_reachable
from infra.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings
from schemas import wire
from schemas.records import Feedback, Review
from schemas.topics import FEEDBACK, REVIEWS_RAW, Topic

TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
TRACESTATE: Final = re.compile(r"[\x20-\x7e]{1,512}")


@dataclass(frozen=True, slots=True)
class Written:
    """A record for its topic. ``trace`` are Kafka headers."""

    record: Review | Feedback = field(repr=False)
    trace: tuple[tuple[str, bytes], ...] = ()


def trace_of(headers: Headers) -> tuple[tuple[str, bytes], ...]:
    """The W3C trace context of a request, where it has one. https://www.w3.org/TR/trace-context/"""
    parent, state = headers.get("traceparent", ""), headers.get("tracestate", "")
    if not TRACEPARENT.fullmatch(parent):
        return ()
    return (("traceparent", parent.encode()), *((("tracestate", state.encode()),) if TRACESTATE.fullmatch(state) else ()))


class Publishing:
    """Called with records, returns when Kafka has confirmed all of them. For one thread.

    Connects when it is first called: a gateway without Kafka is not a gateway that complains all day.
    Raises ``BrokerUnavailable`` or ``RegistryUnavailable``; then some may have arrived.
    """

    def __init__(self, kafka: KafkaSettings, registry: SchemaRegistry) -> None:
        self._kafka, self._registry = kafka, registry
        self._publisher: Publisher | None = None
        self._schema_ids: dict[Topic, int] = {}

    def __call__(self, items: Sequence[Written]) -> list[None]:
        """Publish all."""
        if self._publisher is None:
            check_reachable(self._kafka)
            self._publisher = Publisher(self._kafka)
        self._publisher.publish([self._outgoing(item) for item in items])
        return [None] * len(items)

    def _outgoing(self, item: Written) -> Outgoing:
        topic = FEEDBACK if isinstance(item.record, Feedback) else REVIEWS_RAW
        if topic not in self._schema_ids:
            self._schema_ids[topic] = self._registry.register(topic)
        value = wire.encode(item.record, self._schema_ids[topic])
        return Outgoing(topic.name, item.record.review_id.encode(), value, item.trace)
