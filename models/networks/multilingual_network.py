"""Network of the multilingual encoder: BERT layers on subword vectors, a layer norm and three
logits on their mean.

The table of word pieces is outside: it is ten times what the layers weigh, and only the rows of the
pieces in a batch are needed.
"""

from __future__ import annotations

import keras

from models.networks.bert_shape import EncoderShape
from models.networks.minilm import Mean, transformed

CLASSES = 3
HEAD_EPSILON = 1e-5


def build(shape: EncoderShape) -> keras.Model:
    """Vectors float32 [batch, length, width] and 1 for what is present [batch, length] → logits
    float32 [batch, 3].

    ``length`` is at most ``shape.positions``.
    """
    vectors = keras.Input((None, shape.width), dtype="float32", name="vectors")
    present = keras.Input((None,), dtype="float32", name="present")
    mean = Mean(name="mean")(transformed(vectors, present, shape), present)
    normed = keras.layers.LayerNormalization(epsilon=HEAD_EPSILON, name="head_norm")(mean)
    logits = keras.layers.Dense(CLASSES, dtype="float32", name="head")(normed)
    return keras.Model([vectors, present], logits, name="multilingual_encoder")
