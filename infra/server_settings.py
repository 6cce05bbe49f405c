"""Settings of the servers that Undertone needs: Kafka, Schema Registry, ClickHouse. Part of ``infra.settings``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from infra.section import Seconds, Section


class KafkaSettings(Section):
    """The broker, and how this deployment's consumer groups are named and timed."""

    bootstrap_servers: str = Field("127.0.0.1:9092", description="comma-separated host:port list")
    group_prefix: str = Field("undertone", description="consumer groups are <prefix>-worker and <prefix>-sink")
    partitions: int = Field(8, ge=1, description="partitions of topics that are created at start")
    replication_factor: int = Field(1, ge=1, description="replicas of topics that are created at start")
    session_timeout_s: Seconds = Field(6.0, description="a consumer that is silent for this long loses its partitions")
    fetch_wait_ms: int = Field(
        50,
        ge=1,
        le=60_000,
        description="for so long a broker without new records may keep a consumer waiting",
    )
    isolation_level: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description="read_committed: records of transactions that are open or were aborted are never read;"
        " read_uncommitted reads them like all others",
    )
    request_timeout_s: Seconds = Field(
        8.0,
        description="a request that a broker leaves unanswered for this long is sent again, to the new leader if there is one",
    )
    delivery_timeout_s: Seconds = Field(60.0, description="an output unconfirmed for this long is sent again")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    security_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    security_username: str | None = None
    security_password: SecretStr | None = None
    security_ca_file: Path | None = None
    security_certificate_file: Path | None = Field(None, description="client certificate, for mutual TLS")
    security_key_file: Path | None = Field(None, description="the client certificate's private key")

    @field_validator("bootstrap_servers")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        for server in value.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"{server.strip()!r} is not host:port")
        return value


class SchemaRegistrySettings(Section):
    """The Confluent-compatible Schema Registry."""

    url: str = "http://127.0.0.1:8081"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = Field(None, description="certificates that sign the registry's, in PEM; empty: those known to all")
    timeout_s: Seconds = 5.0
    subject_strategies: tuple[Literal["topic", "record", "topic_record"], ...] = Field(
        ("topic",),
        min_length=1,
        description="subjects whose schemas a topic's records may be written with: topic (<topic>-value), record (the record's"
        " full name), topic_record (<topic>-<full name>); records with another schema are dead letters",
    )


class ClickHouseSettings(Section):
    """The warehouse. ``clickhouse://`` and ``clickhouses://`` speak the native protocol, ``http(s)://`` the HTTP interface."""

    url: SecretStr = Field(SecretStr("http://127.0.0.1:8123"), description="may carry user:password; hidden when printed")
    database: str = Field("undertone", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    timeout_s: Seconds = 30.0

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: SecretStr) -> SecretStr:
        scheme = value.get_secret_value().partition("://")[0]
        if scheme not in {"clickhouse", "clickhouses", "http", "https"}:
            raise ValueError(f"scheme {scheme!r} is not one of clickhouse, clickhouses, http, https")
        return value
