"""Commit offsets in a consumer group."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from infra.kafka.errors import checked, error_of, is_fatal


def commit(consumer: Consumer, offsets: Sequence[TopicPartition], log: logging.Logger) -> None:
    """Commit ``offsets`` and wait for the answer. An error that is not fatal is logged.

    The coordinator moves, or a partition has a new owner. The next commit covers what was not
    committed, or its records are read again: callers are at least once and recognise repeats.
    Raises ``KafkaException`` where the error is fatal.
    """
    try:
        checked(consumer.commit(offsets=list(offsets), asynchronous=False))
    except KafkaException as error:
        if is_fatal(error_of(error)):
            raise
        log.warning("offsets not committed: %s", error_of(error).str())
