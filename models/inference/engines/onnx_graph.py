"""ONNX export: a model as one graph, ids in, calibrated probabilities out. https://onnx.ai

Converted from the TensorFlow function that the engine in process runs, so that every network can be
had this way.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import onnx

from models.artifact.artifact import Artifact
from models.inference.engines.port import OUTPUT

OPSET, IR_VERSION = 18, 9
"""Understood by ONNX Runtime 1.15 and newer, so by every Triton since 23.05."""


def graph(artifact: Artifact, *, int8: bool = False) -> onnx.ModelProto:
    """Inputs int32 [batch, length] named as the network's, output float32 [batch] named
    ``probability``.

    ``int8``: the weights of look-ups, matrix products and convolutions in 8 bits, and those
    products on 8-bit activations ("dynamic quantisation"). Raises ``ModelIntegrityError``.
    """
    import tf2onnx

    from models.inference.engines.tensorflow import calibrated

    logging.getLogger("tf2onnx").setLevel(logging.WARNING)  # tells each step
    function, names = calibrated(artifact)
    model: onnx.ModelProto
    model, _ = tf2onnx.convert.from_function(
        function, input_signature=function.input_signature, opset=OPSET
    )
    _rename(model.graph, model.graph.output[0].name, OUTPUT)
    for tensor in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(
            tensor.type.tensor_type.shape.dim, ("batch", f"{tensor.name}_length"), strict=False
        ):
            dimension.dim_param = name
    assert {tensor.name for tensor in model.graph.input} == set(names)
    model.ir_version, model.graph.name = IR_VERSION, artifact.name
    model.producer_version = ""
    model.doc_string = f"{artifact.name} {artifact.version}"
    if int8:
        model = _quantised(model)
    onnx.checker.check_model(model)
    return model


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    graph.output[0].name = new
    for node in graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
        node.input[:] = [new if name == old else name for name in node.input]


def _quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    disabled = logging.root.manager.disable
    logging.disable(
        logging.WARNING
    )  # it names every tensor that it leaves as it is, through the root logger
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "int8.onnx"
            quantize_dynamic(model, path, weight_type=QuantType.QInt8, per_channel=True)
            quantised: onnx.ModelProto = onnx.load(path)
            return quantised
    finally:
        logging.disable(disabled)
