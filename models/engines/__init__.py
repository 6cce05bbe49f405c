"""Engines: ids → probabilities."""

from __future__ import annotations

from infra.settings import ScoringSettings
from models.artifact import Artifact
from models.engines.port import Engine


def start(artifact: Artifact, settings: ScoringSettings) -> Engine:
    """The engine that the settings name, warmed up. Each is imported only where it is used: some take seconds."""
    match settings.engine:
        case "tensorflow":
            from models.engines.tensorflow import TensorFlowEngine

            engine: Engine = TensorFlowEngine(artifact, threads=settings.threads)
    engine.warm_up()
    return engine
