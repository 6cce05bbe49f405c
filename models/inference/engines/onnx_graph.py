"""ONNX export: a model as one graph, ids in, calibrated probabilities out. https://onnx.ai

Converted from the TensorFlow function that the engine in process runs, so that every network can be
had this way; but for the encoder, whose graph ``onnx_encoder`` writes.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any, Literal

import onnx

from models.artifact.artifact import ENCODER, Artifact
from models.inference.engines import onnx_encoder
from models.inference.engines.port import OUTPUT

OPSET, IR_VERSION = 18, 9
"""Understood by ONNX Runtime 1.15 and newer, so by every Triton since 23.05."""


Precision = Literal["float32", "float16", "int8"]
"""``float16``: for a GPU; inputs and outputs stay as they are. ``int8``: the weights of look-ups,
matrix products and convolutions in 8 bits, and those products on 8-bit activations ("dynamic
quantization"); of an encoder those products alone that bear it.
"""


def graph(artifact: Artifact, precision: Precision = "float32") -> onnx.ModelProto:
    """Inputs int32 [batch, length] named as the network's, output float32 [batch] named
    ``probability``, of three classes [batch, 3].

    Raises ``ModelIntegrityError``.
    """
    model = (
        onnx_encoder.graph(artifact, OPSET)
        if artifact.network.kind == ENCODER
        else _converted(artifact)
    )
    model.ir_version, model.graph.name = IR_VERSION, artifact.name
    model.producer_version = ""
    model.doc_string = f"{artifact.name} {artifact.version}"
    if precision == "float16":
        model = _halved(model)
    elif precision == "int8":
        model = _quantized(model, encoder=artifact.network.kind == ENCODER)
    onnx.checker.check_model(model)
    return model


def _converted(artifact: Artifact) -> onnx.ModelProto:
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
    return model


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    graph.output[0].name = new
    for node in graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
        node.input[:] = [new if name == old else name for name in node.input]


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with warnings.catch_warnings():
        # Of every weight that is too small for 16 bits, in releases that do not log it instead.
        warnings.filterwarnings("ignore", "the float32 number .* will be truncated", UserWarning)
        halved: onnx.ModelProto = convert_float_to_float16(model, keep_io_types=True)
        return halved


def _quantized(model: onnx.ModelProto, *, encoder: bool) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    options: dict[str, Any] = {"weight_type": QuantType.QInt8, "per_channel": True}
    if encoder:
        options |= {
            "op_types_to_quantize": ["MatMul"],
            "nodes_to_exclude": onnx_encoder.exact_products(model),
        }
    disabled = logging.root.manager.disable
    # It names every tensor that it leaves as it is, through the root logger.
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "int8.onnx"
            quantize_dynamic(model, path, **options)
            quantized: onnx.ModelProto = onnx.load(path)
            return quantized
    finally:
        logging.disable(disabled)
