"""A bag of n-grams: a weight for each id, summed. Linear, so its weights can be found exactly.

Wang & Manning 2012, "Baselines and Bigrams" (NB-SVM), https://aclanthology.org/P12-2018/
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from models.encoding import PADDING


@keras.saving.register_keras_serializable(package="undertone")
class Sum(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length, 1] weights and [batch, length] ids → [batch] sums in which padding counts nothing."""

    def call(self, weights: Any, ids: Any) -> Any:
        """The sums."""
        present = keras.ops.cast(keras.ops.not_equal(ids, PADDING), weights.dtype)
        return keras.ops.sum(keras.ops.squeeze(weights, -1) * present, axis=-1)


def build(weights: npt.NDArray[np.float32], bias: float) -> keras.Model:
    """The network. ``weights`` has shape [ids]; the model takes int32 [batch, length] and gives logits float32 [batch]."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    embedding = keras.layers.Embedding(len(weights), 1, name="weights")
    total = Sum(name="sum")(embedding(ids), ids)
    logits = keras.layers.Rescaling(1.0, offset=bias, name="bias")(total)
    model = keras.Model(ids, logits, name="ngram_bag")
    embedding.set_weights([weights[:, None]])
    return model
