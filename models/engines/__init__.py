"""Engines: ids → probabilities."""

from __future__ import annotations

from infra import native
from infra.settings import ScoringSettings
from models.artifact import Artifact
from models.engines.port import Engine


def start(artifact: Artifact, settings: ScoringSettings) -> Engine:
    """The engine that the settings name, warmed up. Each is imported only where it is used: some take seconds."""
    match settings.engine:
        case "tensorflow":
            native.prepare(settings.threads)
            from models.engines.tensorflow import TensorFlowEngine

            engine: Engine = TensorFlowEngine(artifact)
        case "onnx" | "onnx-int8":
            native.prepare(settings.threads)
            from models.engines.onnx import OnnxEngine

            engine = OnnxEngine(artifact, threads=settings.threads, int8=settings.engine == "onnx-int8")
        case "triton":
            from models.engines.triton import TritonEngine

            engine = TritonEngine(artifact, settings.triton_url, settings.triton_timeout_s)
    engine.warm_up()
    return engine
