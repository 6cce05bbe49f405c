"""Configuration of librdkafka clients, from the settings."""

from __future__ import annotations

import ssl
from typing import Any, Final

from infra.settings import KafkaSettings
from schemas.topics import CATALOGUE

Config = dict[str, Any]
METADATA_MS: Final = 30_000
"""Leaders are looked up this often even where no error asks for it."""
RECONNECT_MS: Final = 2_000
"""The longest pause before a broker is tried again: one that was restarted is back in use soon
after.
"""
LARGEST: Final = max(topic.max_bytes for topic in CATALOGUE)
"""What the topic with the largest messages takes no client refuses before it, nor fetches in more
than one piece.
"""


def client_config(settings: KafkaSettings) -> Config:
    """Configuration that every librdkafka client needs to reach the broker.

    https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
    """
    config: Config = {
        "bootstrap.servers": settings.bootstrap_servers,
        "security.protocol": settings.security_protocol,
        # A broker that hangs keeps its connections: only an unanswered request tells that the
        # leader may be another by now. With librdkafka's 60 s, one hung broker stops the stream for
        # longer than its cluster takes to elect others.
        "socket.timeout.ms": request_timeout_ms(settings),
        "socket.connection.setup.timeout.ms": request_timeout_ms(settings),
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": RECONNECT_MS,
        "topic.metadata.refresh.interval.ms": METADATA_MS,
    }
    if settings.security_protocol.startswith("SASL") and settings.security_password is not None:
        config["sasl.mechanism"] = settings.security_sasl_mechanism
        config["sasl.username"] = settings.security_username or ""
        config["sasl.password"] = settings.security_password.get_secret_value()
    files = {
        "ssl.ca.location": settings.security_ca_file,
        "ssl.certificate.location": settings.security_certificate_file,
        "ssl.key.location": settings.security_key_file,
    }
    return config | {name: str(path) for name, path in files.items() if path is not None}


def producer_config(settings: KafkaSettings) -> Config:
    """A producer that the broker confirms on every replica and that does not repeat or reorder on
    its own retries.
    """
    return client_config(settings) | {
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 5,
        "compression.type": "lz4",
        "message.max.bytes": LARGEST,
        "delivery.timeout.ms": int(settings.delivery_timeout_s * 1000),
        "request.timeout.ms": request_timeout_ms(settings),
    }


def consumer_config(settings: KafkaSettings, group: str) -> Config:
    """Configuration of a consumer that starts at the earliest record and commits only
    explicitly."""
    return client_config(settings) | {
        "group.id": f"{settings.group_prefix}-{group}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "isolation.level": settings.isolation_level,
        "session.timeout.ms": int(settings.session_timeout_s * 1000),
        "heartbeat.interval.ms": int(settings.session_timeout_s * 1000 / 3),
        "fetch.message.max.bytes": LARGEST,
        "fetch.wait.max.ms": settings.fetch_wait_ms,
        "partition.assignment.strategy": "cooperative-sticky",
    }


def request_timeout_ms(settings: KafkaSettings) -> int:
    """Request timeout in milliseconds, longer than a broker may hold a fetch open, as librdkafka
    requires.
    """
    return max(int(settings.request_timeout_s * 1000), settings.fetch_wait_ms + 1000)


def ssl_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """The same transport security for clients in Python; None for a plain connection."""
    if not settings.security_protocol.endswith("SSL"):
        return None
    context = ssl.create_default_context(
        cafile=str(settings.security_ca_file) if settings.security_ca_file else None
    )
    if settings.security_certificate_file is not None:
        context.load_cert_chain(settings.security_certificate_file, settings.security_key_file)
    return context
