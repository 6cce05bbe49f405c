"""Decoding of Undertone's own topics that skips and logs records which cannot be read."""

from __future__ import annotations

import logging
from typing import TypeVar

from infra import metrics
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord
from schemas.topics import Topic

R = TypeVar("R")
log = logging.getLogger("undertone.reader")


def skip(record: RawRecord, rejection: Rejection) -> None:
    """Count and log a message that holds no record of its topic, by origin and reason."""
    metrics.UNREADABLE.labels(record.origin.topic).inc()
    log.warning("skipped: %s: %s", record.origin, rejection)


def decoded_or_skipped(topic: Topic[R], record: RawRecord, find_schema: FindSchema) -> R | None:
    """The record, or None where it is none of the topic's, which is counted and logged.

    Raises ``RegistryUnavailable`` or ``RegistryRefused``.
    """
    try:
        return topic.decode(record, find_schema)
    except Rejection as rejection:
        skip(record, rejection)
        return None
