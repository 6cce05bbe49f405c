"""Decoding of Undertone's own topics that skips and logs records which cannot be read."""

from __future__ import annotations

import logging
from typing import TypeVar

from infra import metrics
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord
from schemas.outputs import decode_output
from schemas.records import (
    Alert,
    DeadLetter,
    DriftDetected,
    LabellingRequested,
    ModelEvent,
    RetrainingRequested,
    ScoredReview,
)

R = TypeVar(
    "R",
    ScoredReview,
    DeadLetter,
    ModelEvent,
    DriftDetected,
    RetrainingRequested,
    Alert,
    LabellingRequested,
)
log = logging.getLogger("undertone.reader")


def decoded_or_skipped(kind: type[R], record: RawRecord, find_schema: FindSchema) -> R | None:
    """The record, or None where it is none of that kind, which is counted and logged by origin and
    reason.

    Raises ``RegistryUnavailable`` or ``RegistryRefused``.
    """
    try:
        return decode_output(kind, record, find_schema)
    except Rejection as rejection:
        metrics.UNREADABLE.labels(record.origin.topic).inc()
        log.warning("skipped: %s", rejection)
        return None
