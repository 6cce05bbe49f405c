"""Domain adapter: a frozen network plus a gated correction of its logit for texts of another
domain.

Two sums over the same n-grams: how far to shift the logit, and whether to. A text of the old domain
is judged as before, for there the second closes the gate. Its idea is that of a mixture of experts
(Jacobs et al. 1991, https://doi.org/10.1162/neco.1991.3.1.79).
"""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="undertone")
class Adapter(keras.layers.Layer):  # type: ignore[misc]
    """[batch] logits and [batch, length] ids → [batch] logits + sigmoid(sum of gates) * sum of
    shifts.
    """

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def build(self, logits_shape: Any, ids_shape: Any) -> None:
        """Two weights for each id, two biases."""
        self.shift = self.add_weight(shape=(self.size,), initializer="zeros", name="shift")
        self.gate = self.add_weight(shape=(self.size,), initializer="zeros", name="gate")
        self.bias = self.add_weight(shape=(2,), initializer="zeros", name="bias")

    def call(self, logits: Any, ids: Any) -> Any:
        """Padding counts nothing: its weights are zero."""
        ops = keras.ops
        shift, gate = (
            ops.sum(ops.take(table, ids, axis=0), axis=1) for table in (self.shift, self.gate)
        )
        return logits + ops.sigmoid(gate + self.bias[1]) * (shift + self.bias[0])


def build(base: keras.Model, size: int) -> keras.Model:
    """``base`` with an adapter. Raises ``ValueError`` where it reads no ``ids``, which are below
    ``size``.
    """
    found = [tensor for tensor in base.inputs if tensor.name == "ids"]
    if not found:
        raise ValueError("the network to adapt reads no ids")
    return keras.Model(
        base.input, Adapter(size, name="adapter")(base.output, found[0]), name="adapted"
    )
