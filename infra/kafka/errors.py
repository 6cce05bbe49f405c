"""Classification of librdkafka's errors: fatal to the client, permanent for the message, or
transient.

``KafkaError.fatal()`` and ``KafkaError.retriable()`` are only set on errors of the transactional
producer and on those handed to an ``error_cb``. On the error of a message, of a commit or of a
future both are False whatever happened, so codes are compared.
https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#fatal-errors
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from schemas.errors import BrokerUnavailable, ConfigurationError

REFUSED: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError._AUTHENTICATION,
        KafkaError.POLICY_VIOLATION, KafkaError.INVALID_CONFIG, KafkaError.INVALID_PARTITIONS,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.INVALID_GROUP_ID, KafkaError._INVALID_ARG, KafkaError.INVALID_REPLICA_ASSIGNMENT,
        KafkaError.INVALID_REQUEST,
        KafkaError.UNSUPPORTED_VERSION, KafkaError.UNSUPPORTED_COMPRESSION_TYPE,
        KafkaError._UNSUPPORTED_FEATURE,
        KafkaError._NOT_IMPLEMENTED, KafkaError.SECURITY_DISABLED, KafkaError.ILLEGAL_SASL_STATE,
        KafkaError.UNACCEPTABLE_CREDENTIAL, KafkaError.PRINCIPAL_DESERIALIZATION_FAILURE,
        KafkaError.OFFSET_METADATA_TOO_LARGE, KafkaError.INVALID_COMMIT_OFFSET_SIZE,
    }
)  # fmt: skip
"""Codes that stay the same until somebody changes a right, a setting or the broker.
INVALID_REPLICATION_FACTOR is not among them: brokers give it, too, while too few of them are up."""
UNFIT: Final = frozenset({
    KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.INVALID_TIMESTAMP,
    KafkaError.INVALID_RECORD, KafkaError.INVALID_MSG, KafkaError._INVALID_ARG,
})  # fmt: skip
"""Refusals of one message, whoever sends it. ``INVALID_MSG`` may also be damage on the way, which
the second sending mends.
"""
TOO_LARGE: Final = frozenset(
    {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.RECORD_LIST_TOO_LARGE}
)
NOT_UNPACKED: Final = KafkaError._BAD_COMPRESSION
"""A batch of a topic is damaged, or expands to more than a client unpacks. It stays so, whoever
fetches it and how often.
"""
PASSING: Final = frozenset({
    # The client's own: nobody answered in time, or the connection was lost.
    KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT,
    KafkaError._MSG_TIMED_OUT,
    KafkaError._TIMED_OUT_QUEUE, KafkaError._QUEUE_FULL, KafkaError._RESOLVE,
    KafkaError._WAIT_COORD, KafkaError._WAIT_CACHE,
    KafkaError._RETRY, KafkaError._PARTIAL,
    # The broker's: those that the protocol declares retriable, and its own failures.
    KafkaError.UNKNOWN, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT, KafkaError.BROKER_NOT_AVAILABLE, KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION, KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR, KafkaError.NOT_ENOUGH_REPLICAS,
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KafkaError.NOT_CONTROLLER, KafkaError.KAFKA_STORAGE_ERROR, KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.THROTTLING_QUOTA_EXCEEDED,
})  # fmt: skip
"""Errors after which the same message may be confirmed.

A table, because ``KafkaError.retriable()`` is false for every delivery report, whatever its error;
librdkafka sets it for transactions alone. Protocol errors:
https://kafka.apache.org/protocol#protocol_error_codes
"""


P = TypeVar("P", bound=TopicPartition)


def is_fatal(error: KafkaError) -> bool:
    """Whether the client that reported this can do nothing any more; only then does a process end
    because of Kafka.
    """
    return error.fatal() or error.code() == KafkaError._FATAL


def error_of(raised: KafkaException) -> KafkaError:
    """The error that an exception of librdkafka carries."""
    error: KafkaError = raised.args[0]
    return error


def translated(
    raised: KafkaException | TimeoutError, about: str
) -> BrokerUnavailable | ConfigurationError:
    """Our own error for one of an administrative call: ``ConfigurationError`` where waiting does
    not help.
    """
    if isinstance(raised, TimeoutError):
        return BrokerUnavailable(f"Kafka did not answer in time: {about}")
    error = error_of(raised)
    kind = ConfigurationError if error.code() in REFUSED else BrokerUnavailable
    return kind(f"Kafka: {about}: {error.str()}")


def checked(places: Iterable[P] | None) -> list[P]:
    """The answers for several partitions. Raises ``KafkaException`` where one carries an error.

    librdkafka itself raises only where the request failed as a whole.
    """
    found = list(places or ())
    for place in found:
        if place.error is not None:
            raise KafkaException(place.error)
    return found


def tolerate(error: KafkaError, log: logging.Logger) -> None:
    """Log an error that a consumer reports, and go on. Raises ``KafkaException`` where it is
    fatal."""
    if is_fatal(error):
        raise KafkaException(error)
    log.warning("Kafka: %s", error.str())
