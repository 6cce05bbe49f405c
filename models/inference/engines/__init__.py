"""Inference engines: ids → probabilities."""

from __future__ import annotations

from typing import Literal

from infra import native
from infra.extras import needs
from infra.settings import ScoringSettings
from models.artifact.artifact import ENCODER, Artifact
from models.inference.engines.port import Engine

Name = Literal["numba", "tensorflow", "onnx", "onnx-int8", "triton"]


def chosen(artifact: Artifact, settings: ScoringSettings) -> Name:
    """Choose the engine of an artifact: the one in the settings, or for ``auto`` the fastest that
    supports it; of an encoder the one that needs no TensorFlow.
    """
    if settings.engine != "auto" and settings.engine != "cascade":
        return settings.engine
    if artifact.network.kind == ENCODER:
        return "onnx"
    from models.inference.engines.numba import runs

    return "numba" if runs(artifact.network) else "tensorflow"


def start(artifact: Artifact, settings: ScoringSettings) -> Engine:
    """The engine that the settings name, warmed up. Each is imported only where it is used: some
    take seconds.
    """
    match chosen(artifact, settings):
        case "numba":
            from models.inference.engines.numba import NumbaEngine

            engine: Engine = NumbaEngine(artifact)
        case "tensorflow":
            with needs("tensorflow"):
                native.prepare(settings.threads)
                from models.inference.engines.tensorflow import TensorFlowEngine

            engine = TensorFlowEngine(artifact)
        case "onnx" | "onnx-int8":
            with needs("encoder" if artifact.network.kind == ENCODER else "onnx"):
                if artifact.network.kind != ENCODER:  # which is converted by TensorFlow
                    native.prepare(settings.threads)
                from models.inference.engines.onnx import OnnxEngine

                engine = OnnxEngine(
                    artifact,
                    threads=settings.threads,
                    precision="int8" if settings.engine == "onnx-int8" else "float32",
                )
        case "triton":
            with needs("triton"):
                from models.inference.engines.triton import TritonEngine

            engine = TritonEngine(artifact, settings.triton_url, settings.triton_timeout_s)
    engine.warm_up()
    return engine
