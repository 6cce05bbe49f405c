"""Classification of librdkafka's errors: fatal to the client, permanent for the message, or transient.

``KafkaError.fatal()`` and ``KafkaError.retriable()`` are only set on errors of the transactional producer and on those handed to
an ``error_cb``. On the error of a message, of a commit or of a future both are False whatever happened, so codes are compared.
https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#fatal-errors
"""

from __future__ import annotations

from typing import Final

from confluent_kafka import KafkaError, KafkaException

from schemas.errors import BrokerUnavailable, ConfigurationError

REFUSED: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.UNSUPPORTED_SASL_MECHANISM, KafkaError._AUTHENTICATION,
        KafkaError.POLICY_VIOLATION, KafkaError.INVALID_CONFIG, KafkaError.INVALID_PARTITIONS, KafkaError.TOPIC_EXCEPTION,
        KafkaError.INVALID_GROUP_ID, KafkaError._INVALID_ARG,
    }
)  # fmt: skip
"""Codes that stay the same until somebody changes a right or a setting. INVALID_REPLICATION_FACTOR is not among them: brokers
give it, too, while too few of them are up."""


def is_fatal(error: KafkaError) -> bool:
    """Whether the client that reported this can do nothing any more; only then does a process end because of Kafka."""
    return error.fatal() or error.code() == KafkaError._FATAL


def error_of(raised: KafkaException) -> KafkaError:
    """The error that an exception of librdkafka carries."""
    error: KafkaError = raised.args[0]
    return error


def translated(raised: KafkaException | TimeoutError, about: str) -> BrokerUnavailable | ConfigurationError:
    """Our own error for one of an administrative call: ``ConfigurationError`` where waiting does not help."""
    if isinstance(raised, TimeoutError):
        return BrokerUnavailable(f"Kafka did not answer in time: {about}")
    error = error_of(raised)
    kind = ConfigurationError if error.code() in REFUSED else BrokerUnavailable
    return kind(f"Kafka: {about}: {error.str()}")
