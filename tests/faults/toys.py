"""Small models of which one can be told from another, and the announcement of what serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np

from infra.schema_registry import SchemaRegistry
from infra.settings import SchemaRegistrySettings
from models.artifact.artifact import Artifact, save
from models.artifact.calibration import Calibration
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import ngram_artifact
from schemas import wire
from schemas.records import ModelEvent, Variant
from schemas.topics import MODELS_LIFECYCLE
from tests.harness import Stack


@dataclass(frozen=True)
class Toys:
    """Two small models, and folders that hold them; the third folder holds the second one
    damaged."""

    one: Variant
    two: Variant
    tampered: Variant


def toy(folder: Path, seed: int) -> Variant:
    weights = np.random.default_rng(seed).normal(size=2**12).astype(np.float32)
    artifact: Artifact = ngram_artifact(
        "toy", EncoderSettings(bits=12), weights, 0.0, Calibration(), {}
    )
    save(artifact, folder, "A toy.")
    return Variant("champion", artifact.name, artifact.version, str(folder), 1.0)


def announce(stack: Stack, *traffic: Variant, language: str = "en") -> datetime:
    """Say what serves a language from now on; the moment just before it was said."""
    registry = SchemaRegistry(SchemaRegistrySettings(url=stack.registry))
    last, now = traffic[-1], datetime.now(UTC)
    event = ModelEvent(
        uuid4().hex,
        language,
        "promoted",
        last.model_name,
        last.model_version,
        traffic,
        now,
        actor="test",
    )
    stack.produce(
        MODELS_LIFECYCLE.name, [(language, wire.encode(event, registry.register(MODELS_LIFECYCLE)))]
    )
    registry.close()
    return now
