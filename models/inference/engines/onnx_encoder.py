"""ONNX graph of the multilingual encoder, written node by node.

Converted from TensorFlow as other networks are, it takes a minute and 7 GB: here it takes seconds,
and no TensorFlow. The same contract holds for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.artifact.array_storage import Array
from models.artifact.artifact import Artifact
from models.inference.engines.port import OUTPUT
from models.networks.bert_shape import EPSILON, HEAD_EPSILON, MASKED_OUT, EncoderShape
from models.text.ngrams import PADDING
from schemas.errors import ModelIntegrityError

INPUT = "pieces"
EXACT = ("outer_", "head")


@dataclass(slots=True)
class Writer:
    """Nodes and constants of a graph, in order. A value is called like the node that gives it."""

    arrays: dict[str, Array] = field(repr=False)
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def node(self, operator: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add one; its output."""
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, array: Any) -> str:
        """Add a constant, once."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        return name

    def number(self, value: float) -> str:
        """A scalar."""
        return self.constant(f"number {value}", np.float32(value))

    def integers(self, *values: int) -> str:
        """A vector of int64."""
        return self.constant(f"integers {values}", np.array(values, np.int64))

    def weights(self, name: str) -> str:
        """An array of the artifact. Raises ``KeyError`` where it is missing."""
        return self.constant(name, self.arrays[name])

    def dense(self, states: str, layer: str) -> str:
        """A product and a bias."""
        product = self.node("MatMul", [states, self.weights(f"{layer}/kernel")], f"{layer} product")
        return self.node("Add", [product, self.weights(f"{layer}/bias")], layer)

    def norm(self, states: str, layer: str, epsilon: float = EPSILON) -> str:
        """A layer norm."""
        parts = [states, self.weights(f"{layer}/gamma"), self.weights(f"{layer}/beta")]
        return self.node("LayerNormalization", parts, layer, axis=-1, epsilon=epsilon)


def graph(artifact: Artifact, opset: int) -> onnx.ModelProto:
    """See ``onnx_graph.graph``. Raises ``ModelIntegrityError`` where the arrays are not those of
    an encoder.
    """
    try:
        shape = EncoderShape(**artifact.network.config)
        written = Writer(dict(artifact.arrays))
        states, present, masked = _embedded(written, shape)
        for number in range(shape.layers):
            states = _layer(written, states, masked, number, shape)
        _answer(written, states, present, artifact.calibration.scale)
    except (KeyError, TypeError) as error:
        raise ModelIntegrityError(
            f"{artifact.name}: its weights are not those of a {artifact.network.kind}"
        ) from error
    pieces = helper.make_tensor_value_info(INPUT, TensorProto.INT32, ["batch", f"{INPUT}_length"])
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", 3])
    constants = list(written.constants.values())
    whole = helper.make_graph(written.nodes, artifact.name, [pieces], [output], constants)
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", opset)])


def exact_products(model: onnx.ModelProto) -> list[str]:
    """Names of the products that 8-bit activations would spoil: those behind a GELU, of which a few
    columns are a hundred times as large as the others, and the last one.
    """
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and node.name.startswith(EXACT)
    ]


def _embedded(written: Writer, shape: EncoderShape) -> tuple[str, str, str]:
    """States [batch, length, width], what is present [batch, length, 1], and what is added to the
    likeness to padding [batch, 1, 1, length].
    """
    node = written.node
    limits = [written.integers(0), written.integers(shape.positions), written.integers(1)]
    read = node("Slice", [INPUT, *limits], "read")
    padding = written.constant("padding", np.int32(PADDING))
    empty = node("Equal", [read, padding], "is padding")
    present = node("Cast", [node("Not", [empty], "is piece")], "present", to=TensorProto.FLOAT)
    rows = node("Gather", [written.weights("table/rows"), read], "rows")
    rows = node("Cast", [rows], "rows as floats", to=TensorProto.FLOAT)
    scales = node("Gather", [written.weights("table/scales"), read], "scales")
    vectors = node("Mul", [rows, scales], "vectors")
    length = node("Shape", [read], "length", start=1, end=2)
    parts = [written.weights("positions/vectors"), written.integers(0), length]
    placed = node("Slice", [*parts, written.integers(0)], "places")
    states = written.norm(node("Add", [vectors, placed], "placed"), "embedding_norm")
    absent = node("Cast", [empty], "absent", to=TensorProto.FLOAT)
    masked = node("Mul", [absent, written.number(MASKED_OUT)], "masked out")
    masked = node("Unsqueeze", [masked, written.integers(1, 2)], "mask")
    column = node("Unsqueeze", [present, written.integers(2)], "present column")
    return states, column, masked


def _layer(written: Writer, states: str, masked: str, number: int, shape: EncoderShape) -> str:
    """The states after one more layer."""
    node, attention = written.node, f"attention_{number}"
    size = shape.width // shape.heads
    joined = written.dense(states, f"{attention}/queries_keys_values")
    split = node(
        "Reshape",
        [joined, written.integers(0, 0, 3, shape.heads, size)],
        f"{attention} split",
    )
    heads = node("Transpose", [split], f"{attention} heads", perm=[2, 0, 3, 1, 4])
    queries, keys, values = (
        node("Gather", [heads, written.constant(f"place {at}", np.int64(at))], f"{attention} {at}")
        for at in range(3)
    )
    keys = node("Transpose", [keys], f"{attention} keys", perm=[0, 1, 3, 2])
    likeness = node("MatMul", [queries, keys], f"{attention} likeness")
    scaled = node("Mul", [likeness, written.number(size**-0.5)], f"{attention} scaled")
    weighed = node("Add", [scaled, masked], f"{attention} masked")
    shares = node("Softmax", [weighed], f"{attention} shares", axis=-1)
    mixed = node("MatMul", [shares, values], f"{attention} mixed")
    mixed = node("Transpose", [mixed], f"{attention} in order", perm=[0, 2, 1, 3])
    flat = node("Reshape", [mixed, written.integers(0, 0, shape.width)], f"{attention} flat")
    attended = written.dense(flat, f"{attention}/out")
    states = written.norm(
        node("Add", [states, attended], f"{attention} sum"), f"attention_norm_{number}"
    )
    inner = _gelu(written, written.dense(states, f"inner_{number}"))
    outer = written.dense(inner, f"outer_{number}")
    return written.norm(node("Add", [states, outer], f"outer sum {number}"), f"outer_norm_{number}")


def _gelu(written: Writer, states: str) -> str:
    """The exact one, in the form that ONNX Runtime recognises."""
    node = written.node
    error = node(
        "Erf",
        [node("Div", [states, written.number(2**0.5)], f"{states} divided")],
        f"{states} error",
    )
    above = node("Add", [error, written.number(1.0)], f"{states} above")
    product = node("Mul", [states, above], f"{states} times")
    return node("Mul", [product, written.number(0.5)], f"{states} gelu")


def _answer(written: Writer, states: str, present: str, scale: float) -> None:
    """Calibrated probabilities of the mean of what is present."""
    node = written.node
    axis = written.integers(1)
    total = node("ReduceSum", [node("Mul", [states, present], "kept"), axis], "total", keepdims=0)
    count = node("ReduceSum", [present, axis], "count", keepdims=0)
    # Of nothing the mean is zero. No Max: the conversion to 16 bits cannot place it.
    nothing = node("Equal", [count, written.number(0.0)], "nothing")
    nothing = node("Cast", [nothing], "nothing as a float", to=TensorProto.FLOAT)
    mean = node("Div", [total, node("Add", [count, nothing], "at least one")], "mean")
    logits = written.dense(written.norm(mean, "head_norm", HEAD_EPSILON), "head")
    calibrated = node("Mul", [logits, written.number(scale)], "calibrated")
    node("Softmax", [calibrated], OUTPUT, axis=-1)
