"""Every setting, its default and its meaning. The only module that reads the environment.

A setting is ``UNDERTONE_<SECTION>__<NAME>`` in the environment, or ``<name>`` under ``[<section>]``
in the TOML file that ``UNDERTONE_CONFIG`` names, or the content of a file of the variable's name in
the folder that ``UNDERTONE_SECRETS_DIR`` names, as Docker and Kubernetes mount secrets. The
environment wins, then the folder. A function receives its own section, never the whole.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from infra.alert_settings import AlertSettings, RuleSettings, WebhookSettings
from infra.aspect_settings import AspectSettings
from infra.gateway_settings import GatewaySettings
from infra.loop_settings import (
    DriftSettings,
    LabellingSettings,
    QualitySettings,
    RatingSettings,
)
from infra.retraining_settings import RetrainingSettings
from infra.review_settings import LanguageSettings, ModelSettings, PrivacySettings, ScoringSettings
from infra.section import Seconds, Section, Share
from infra.server_settings import ClickHouseSettings, KafkaSettings, SchemaRegistrySettings
from infra.sinks import TARGETS
from schemas.errors import ConfigurationError

__all__ = [
    "AlertSettings", "AspectSettings", "ClickHouseSettings", "DriftSettings", "GatewaySettings",
    "KafkaSettings", "LabellingSettings",
    "LanguageSettings", "ModelSettings", "PrivacySettings", "QualitySettings", "RatingSettings",
    "RetrainingSettings",
    "RuleSettings",
    "SchemaRegistrySettings", "ScoringSettings", "Seconds", "Section", "Share", "WebhookSettings",
]  # fmt: skip
"""What other modules take from here besides what is defined here."""


class DeadLetterSettings(Section):
    """Limit on the share of rejected records, above which the producer rather than a record is at
    fault.
    """

    max_ratio: Share = Field(
        1.0,
        description="Maximum share of rejected records among the last `window` records, above "
        "which the worker stops; 1 never stops it.",
    )
    window: int = Field(
        1000,
        ge=1,
        description="Number of latest records over which the share of rejected records "
        "is computed.",
    )


class SinkSettings(Section):
    """Where the sink stores what it reads, and in which batches."""

    target: str = Field(
        "clickhouse", description="Where records are stored: clickhouse, or files in a folder."
    )
    folder: Path = Field(
        Path(".undertone/files"),
        description="The files target writes below this folder, which every sink shares.",
    )
    format: Literal["jsonl", "parquet"] = Field(
        "jsonl",
        description="The files target writes newline-delimited JSON (jsonl) or Parquet (parquet).",
    )
    max_rows: int = Field(
        10_000, ge=1, description="Maximum number of records that are stored as one batch."
    )
    max_wait_ms: int = Field(
        1000,
        ge=1,
        description="Age in milliseconds at which a batch is stored even if it is not full.",
    )

    @field_validator("target")
    @classmethod
    def _known_target(cls, value: str) -> str:
        if value not in TARGETS:
            raise ValueError(f"is not one of {', '.join(TARGETS)}")
        return value


class RetrySettings(Section):
    """Exponential back-off with full jitter between attempts at something transient."""

    first_s: Seconds = Field(
        0.2,
        description=(
            "Upper bound of the first pause between attempts at something transient; it "
            "doubles with every attempt."
        ),
    )
    max_s: Seconds = Field(5.0, description="Upper bound of every later pause between attempts.")


class MetricsSettings(Section):
    """HTTP server of ``/metrics`` and ``/health/*`` in each process."""

    host: str = Field(
        "127.0.0.1",
        description="Address that the HTTP server of metrics and health checks listens on.",
    )
    port: int = Field(
        9464,
        ge=0,
        le=65535,
        description=(
            "Port that the HTTP server of metrics and health checks listens on; 0 takes "
            "any free port."
        ),
    )


class LocalSettings(Section):
    """Local stack that ``undertone up`` starts."""

    data_dir: Path = Field(
        Path(".undertone"),
        description="Directory that holds the local stack's data, logs and state.",
    )
    broker_port: int = Field(9092, ge=1, le=65535, description="Port of the local Kafka broker.")
    registry_port: int = Field(
        8081, ge=1, le=65535, description="Port of the local Schema Registry."
    )
    clickhouse_port: int = Field(
        8123, ge=1, le=65535, description="Port of the local ClickHouse HTTP interface."
    )
    gateway_port: int = Field(
        8000, ge=1, le=65535, description="Port of the local HTTP gateway and console."
    )
    metrics_port: int = Field(
        9464,
        ge=1,
        le=65535,
        description=(
            "First of the consecutive metrics ports of the local stack, one for each process."
        ),
    )


class LogSettings(Section):
    """Logging to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        description="Least severe level of the log records that are written to standard error.",
    )
    format: Literal["text", "json"] = Field(
        "text", description="Format of log records: text for people, json for log collectors."
    )


class Settings(BaseSettings):
    """All sections of the settings, built once at the composition root."""

    model_config = SettingsConfigDict(
        env_prefix="UNDERTONE_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
        frozen=True,
        extra="forbid",
    )

    kafka: KafkaSettings = KafkaSettings()
    schema_registry: SchemaRegistrySettings = SchemaRegistrySettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    models: ModelSettings = ModelSettings()
    scoring: ScoringSettings = ScoringSettings()
    language: LanguageSettings = LanguageSettings()
    privacy: PrivacySettings = PrivacySettings()
    aspects: AspectSettings = AspectSettings()
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    sink: SinkSettings = SinkSettings()
    retry: RetrySettings = RetrySettings()
    metrics: MetricsSettings = MetricsSettings()
    labelling: LabellingSettings = LabellingSettings()
    retraining: RetrainingSettings = RetrainingSettings()
    rating: RatingSettings = RatingSettings()
    drift: DriftSettings = DriftSettings()
    quality: QualitySettings = QualitySettings()
    alerts: AlertSettings = AlertSettings()
    rules: RuleSettings = RuleSettings()
    gateway: GatewaySettings = GatewaySettings()
    local: LocalSettings = LocalSettings()
    log: LogSettings = LogSettings()

    def with_local_addresses(self) -> Settings:
        """The same, with each server's address that was not set explicitly taken from the local
        stack's ports.
        """
        local = self.local
        addresses = {
            "kafka": ("bootstrap_servers", f"127.0.0.1:{local.broker_port}"),
            "schema_registry": ("url", f"http://127.0.0.1:{local.registry_port}"),
            "clickhouse": ("url", SecretStr(f"http://127.0.0.1:{local.clickhouse_port}")),
        }
        update = {}
        for section, (name, value) in addresses.items():
            values: Section = getattr(self, section)
            if name not in values.model_fields_set:
                update[section] = values.model_copy(update={name: value})
        return self.model_copy(update=update)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the folder of secrets, then the TOML file."""
        config = os.environ.get("UNDERTONE_CONFIG")
        file = (TomlConfigSettingsSource(settings_cls, config),) if config else ()
        return (init_settings, env_settings, _SecretFiles(settings_cls), *file)


class _SecretFiles(EnvSettingsSource):
    """Variables whose values are the contents of files."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {
            name.lower(): path.read_text(encoding="utf8").strip()
            for name, path in _secret_files().items()
        }


def _secret_files() -> dict[str, Path]:
    """By variable. Others' files, and the hidden ones that Kubernetes keeps beside its own, are
    left alone.
    """
    folder = os.environ.get("UNDERTONE_SECRETS_DIR")
    found = sorted(Path(folder).glob("*")) if folder else []
    return {
        path.name: path
        for path in found
        if path.name.upper().startswith("UNDERTONE_") and path.is_file()
    }


def load_settings() -> Settings:
    """The effective settings.

    Raises ``ConfigurationError`` naming each bad setting and why, never its value: it may be a
    secret.
    """
    config = os.environ.get("UNDERTONE_CONFIG")
    if config and not Path(config).is_file():
        raise ConfigurationError(f"UNDERTONE_CONFIG names {config}, which is not a file")
    secrets = os.environ.get("UNDERTONE_SECRETS_DIR")
    if secrets and not Path(secrets).is_dir():
        raise ConfigurationError(f"UNDERTONE_SECRETS_DIR names {secrets}, which is not a folder")
    unknown = _unknown_variables()
    if unknown:
        raise ConfigurationError("unknown settings: " + ", ".join(unknown))
    try:
        return Settings().with_local_addresses()
    except ValidationError as error:
        lines = [
            f"{_variable(e['loc'])}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError("bad settings: " + "; ".join(lines)) from None
    except SettingsError as error:  # a list that is not JSON; the message names the section
        raise ConfigurationError(f'bad settings: {error}; lists are written ["a", "b"]') from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{config} is not valid TOML: {error}") from error
    except UnicodeDecodeError:  # its message would quote a secret
        raise ConfigurationError(f"{config or secrets} is not UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}") from error


def _unknown_variables() -> list[str]:
    """Variables with our prefix that name no section, or no name in it: pydantic would ignore the
    first kind.
    """
    known = {"UNDERTONE_CONFIG", "UNDERTONE_SECRETS_DIR"}
    for section, field in Settings.model_fields.items():
        assert isinstance(field.default, Section)
        known |= {_variable((section, name)) for name in type(field.default).model_fields}
    given = {name for name in os.environ if name.upper().startswith("UNDERTONE_")} | set(
        _secret_files()
    )
    return sorted(name for name in given if name.upper() not in known)


def _variable(location: tuple[str | int, ...]) -> str:
    return "UNDERTONE_" + "__".join(str(part).upper() for part in location[:2])


def inherited_environment() -> dict[str, str]:
    """This process's environment, for a child."""
    return dict(os.environ)


def environment(settings: Settings) -> dict[str, str]:
    """The settings that differ from the defaults, as environment variables for a child process;
    secrets in clear.
    """
    changed: dict[str, str] = {}
    for section, field in Settings.model_fields.items():
        values: Section = getattr(settings, section)
        for name in type(values).model_fields:
            value = getattr(values, name)
            if value != getattr(field.default, name):
                changed[_variable((section, name))] = _as_text(value)
    return changed


def _as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple) and any(isinstance(item, Section) for item in value):
        return json.dumps([item.model_dump(mode="python") for item in value], default=_as_plain)
    if isinstance(value, frozenset | tuple):
        return "[" + ", ".join(f'"{item}"' for item in sorted(value)) + "]"
    return "" if value is None else str(value)


def _as_plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
