"""Bidirectional LSTM with attention over its states.

Yang et al. 2016, "Hierarchical Attention Networks" (its word level),
https://aclanthology.org/N16-1174/
"""

from __future__ import annotations

from typing import Any

import keras

from models.networks.sequence_layers import embedded, judged

NOWHERE = -1e9


@keras.saving.register_keras_serializable(package="undertone")
class Attention(keras.layers.Layer):  # type: ignore[misc]
    """States [batch, length, units] → [batch, units], their mean weighted by how well each fits a
    learned question.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.supports_masking = True

    def build(self, shape: Any) -> None:
        """A projection and the question."""
        self.kernel = self.add_weight(
            shape=(shape[-1], self.units), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.question = self.add_weight(
            shape=(self.units, 1), initializer="glorot_uniform", name="question"
        )

    def call(self, states: Any, mask: Any = None) -> Any:
        """The mean."""
        ops = keras.ops
        fit = ops.matmul(ops.tanh(ops.matmul(states, self.kernel) + self.bias), self.question)
        # In 32 bits: half precision knows no number as low as NOWHERE.
        fit = ops.cast(fit, "float32")
        if mask is not None:
            fit = ops.where(ops.expand_dims(mask, -1), fit, NOWHERE)
        # Softmax by hand: that of Keras warns of texts of one word.
        shares = ops.exp(fit - ops.max(fit, axis=1, keepdims=True))
        shares /= ops.sum(shares, axis=1, keepdims=True)
        return ops.sum(states * ops.cast(shares, states.dtype), axis=1)

    def compute_mask(self, states: Any, mask: Any = None) -> None:
        """No length is left to be masked."""
        return

    def get_config(self) -> dict[str, Any]:
        """For Keras' own files."""
        return {**super().get_config(), "units": self.units}


def build(
    vocabulary: int,
    dimensions: int = 64,
    units: int = 64,
    attention: int = 64,
    dropout: float = 0.3,
) -> keras.Model:
    """int32 ids [batch, length], below ``vocabulary``, 0 for padding → logits float32 [batch].
    ``units`` in each direction.
    """
    ids, vectors = embedded(vocabulary, dimensions, dropout)
    states = keras.layers.Bidirectional(
        keras.layers.LSTM(units, return_sequences=True, name="lstm"), name="both"
    )(vectors)
    return judged("bilstm_attention", ids, Attention(attention, name="attention")(states), dropout)
