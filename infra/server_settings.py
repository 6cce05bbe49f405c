"""Settings of the servers that Undertone connects to: Kafka, Schema Registry, ClickHouse. Part of
``infra.settings``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from infra.section import Seconds, Section


class KafkaSettings(Section):
    """Kafka brokers, topics, consumer groups and their time-outs."""

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        description=(
            "Kafka brokers that clients connect to first, as a comma-separated list of host:port."
        ),
    )
    group_prefix: str = Field(
        "undertone",
        description=(
            "Prefix of the consumer groups: workers join <prefix>-worker, sinks join <prefix>-sink."
        ),
    )
    partitions: int = Field(
        8, ge=1, description="Number of partitions of the topics that are created at start."
    )
    replication_factor: int = Field(
        1, ge=1, description="Number of replicas of the topics that are created at start."
    )
    session_timeout_s: Seconds = Field(
        6.0,
        description=(
            "Session timeout of consumers: one that sends no heartbeat for this long loses its "
            "partitions."
        ),
    )
    fetch_wait_ms: int = Field(
        50,
        ge=1,
        le=60_000,
        description="Longest time that a broker without new records may hold a fetch request open.",
    )
    isolation_level: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description="Isolation level of consumers: read_committed skips records of open and "
        "aborted transactions, read_uncommitted reads every record.",
    )
    request_timeout_s: Seconds = Field(
        8.0,
        description="Request timeout of Kafka clients: a request without an answer for this long "
        "is sent again, to the new leader if there is one.",
    )
    delivery_timeout_s: Seconds = Field(
        60.0,
        description=(
            "Delivery timeout of producers: a message that is not confirmed within this "
            "time is sent again."
        ),
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Security protocol of the connections to Kafka."
    )
    security_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "PLAIN",
        description=(
            "SASL mechanism that clients authenticate with when the protocol is "
            "SASL_PLAINTEXT or SASL_SSL."
        ),
    )
    security_username: str | None = Field(
        None, description="User name for SASL authentication against Kafka."
    )
    security_password: SecretStr | None = Field(
        None, description="Password for SASL authentication against Kafka."
    )
    security_ca_file: Path | None = Field(
        None,
        description="PEM file of the certificate authorities that sign the brokers' certificates.",
    )
    security_certificate_file: Path | None = Field(
        None, description="PEM file of the client certificate, for mutual TLS with Kafka."
    )
    security_key_file: Path | None = Field(
        None, description="PEM file of the private key that belongs to the client certificate."
    )

    @field_validator("bootstrap_servers")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        for server in value.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"{server.strip()!r} is not host:port")
        return value


class SchemaRegistrySettings(Section):
    """Confluent-compatible Schema Registry."""

    url: str = Field(
        "http://127.0.0.1:8081", description="Base URL of the Confluent-compatible Schema Registry."
    )
    username: str | None = Field(
        None, description="User name for basic authentication against the Schema Registry."
    )
    password: SecretStr | None = Field(
        None, description="Password for basic authentication against the Schema Registry."
    )
    ca_file: Path | None = Field(
        None,
        description="PEM file of the certificate authorities that sign the registry's certificate; "
        "the system's own apply where it is not set.",
    )
    timeout_s: Seconds = Field(5.0, description="Timeout of a request to the Schema Registry.")
    subject_strategies: tuple[Literal["topic", "record", "topic_record"], ...] = Field(
        ("topic",),
        min_length=1,
        description="Subjects whose schemas a topic's records may be written with: topic "
        "(<topic>-value), record (the record's full name) or topic_record (<topic>-<full name>). A "
        "record with any other schema becomes a dead letter.",
    )


class ClickHouseSettings(Section):
    """ClickHouse. ``clickhouse://`` and ``clickhouses://`` use the native protocol, ``http(s)://``
    the HTTP interface.
    """

    url: SecretStr = Field(
        SecretStr("http://127.0.0.1:8123"),
        description="URL of ClickHouse, which may carry user:password and is hidden when printed; "
        "the scheme chooses the protocol.",
    )
    database: str = Field(
        "undertone",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="ClickHouse database that holds all tables and views.",
    )
    timeout_s: Seconds = Field(30.0, description="Timeout of a statement sent to ClickHouse.")

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: SecretStr) -> SecretStr:
        scheme = value.get_secret_value().partition("://")[0]
        if scheme not in {"clickhouse", "clickhouses", "http", "https"}:
            raise ValueError(
                f"scheme {scheme!r} is not one of clickhouse, clickhouses, http, https"
            )
        return value
