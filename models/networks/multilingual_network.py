"""Network of the multilingual encoder: BERT layers on subword vectors, a layer norm and three
logits on their mean.

The table of subword vectors is ten times what the layers weigh. It is not trained and stays in
8 bits wherever the network runs, in memory as in an exported graph.
"""

from __future__ import annotations

from typing import Any

import keras

from models.labels import CLASSES
from models.networks.bert_shape import HEAD_EPSILON, EncoderShape
from models.networks.minilm import Mean, Present, transformed

TABLE = "table"


@keras.saving.register_keras_serializable(package="undertone")
class QuantizedEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Ids [batch, length] → vectors [batch, length, width]: rows of an int8 table [rows, width],
    each multiplied by its own scale [rows, 1].
    """

    def __init__(self, rows: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.rows, self.width = rows, width

    def build(self, shape: Any) -> None:
        """The table and the scales, neither of them trained."""
        del shape
        self.table = self.add_weight(
            shape=(self.rows, self.width),
            dtype="int8",
            initializer="zeros",
            trainable=False,
            name="rows",
        )
        self.scales = self.add_weight(
            shape=(self.rows, 1), initializer="ones", trainable=False, name="scales"
        )

    def call(self, ids: Any) -> Any:
        """See the class."""
        rows = keras.ops.cast(keras.ops.take(self.table, ids, axis=0), self.compute_dtype)
        return rows * keras.ops.take(self.scales, ids, axis=0)


def build(shape: EncoderShape) -> keras.Model:
    """Pieces int32 [batch, length], at most ``shape.positions`` of each text, filled up with
    ``PADDING`` → logits float32 [batch, 3].
    """
    pieces = keras.Input((None,), dtype="int32", name="pieces")
    read = pieces[:, : shape.positions]  # beyond there can only be padding
    present = Present(name="present")(read)
    vectors = QuantizedEmbedding(shape.vocabulary, shape.width, name=TABLE)(read)
    mean = Mean(name="mean")(transformed(vectors, present, shape), present)
    normed = keras.layers.LayerNormalization(epsilon=HEAD_EPSILON, name="head_norm")(mean)
    logits = keras.layers.Dense(CLASSES, dtype="float32", name="head")(normed)
    return keras.Model(pieces, logits, name="multilingual_encoder")
