"""MiniLM: a distilled BERT encoder of six layers, trained on sentence pairs, with a head on the
mean of its states.

Devlin et al. 2019, https://arxiv.org/abs/1810.04805; Wang et al. 2020,
https://arxiv.org/abs/2002.10957
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from models.networks.bert_shape import EPSILON, MASKED_OUT, EncoderShape
from models.text.ngrams import PADDING


@keras.saving.register_keras_serializable(package="undertone")
class Positions(keras.layers.Layer):  # type: ignore[misc]
    """Adds a learnt vector for each position to [batch, length, width]."""

    def __init__(self, positions: int, **options: Any) -> None:
        super().__init__(**options)
        self.positions = positions

    def build(self, shape: Any) -> None:
        """One vector for each position."""
        self.vectors = self.add_weight(shape=(self.positions, shape[-1]), name="vectors")

    def call(self, states: Any) -> Any:
        """The sum."""
        return states + self.vectors[: keras.ops.shape(states)[1]]


@keras.saving.register_keras_serializable(package="undertone")
class SelfAttention(keras.layers.Layer):  # type: ignore[misc]
    """Multi-head attention of [batch, length, width] to itself; queries, keys and values by one
    product, which is fastest.
    """

    def __init__(self, heads: int, **options: Any) -> None:
        super().__init__(**options)
        self.heads = heads

    def build(self, states_shape: Any, present_shape: Any) -> None:
        """The projections."""
        width = states_shape[-1]
        self.queries_keys_values = keras.layers.Dense(3 * width, name="queries_keys_values")
        self.queries_keys_values.build((None, None, width))
        self.out = keras.layers.Dense(width, name="out")
        self.out.build((None, None, width))

    def call(self, states: Any, present: Any) -> Any:
        """``present``, [batch, length], is 1 for what may be attended to."""
        ops = keras.ops
        length, width = ops.shape(states)[1], states.shape[-1]
        split = ops.reshape(
            self.queries_keys_values(states), (-1, length, 3, self.heads, width // self.heads)
        )
        queries, keys, values = ops.unstack(ops.transpose(split, (2, 0, 3, 1, 4)), 3)
        likeness = ops.matmul(queries, ops.swapaxes(keys, -1, -2)) * (width // self.heads) ** -0.5
        likeness = likeness + (1 - ops.cast(present, likeness.dtype))[:, None, None, :] * MASKED_OUT
        mixed = ops.matmul(ops.softmax(likeness), values)
        return self.out(ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, length, width)))


@keras.saving.register_keras_serializable(package="undertone")
class Present(keras.layers.Layer):  # type: ignore[misc]
    """Ids → 1 where there is one, 0 for padding."""

    def call(self, ids: Any) -> Any:
        """Of the same shape, in floats."""
        return keras.ops.cast(keras.ops.not_equal(ids, PADDING), self.compute_dtype)


@keras.saving.register_keras_serializable(package="undertone")
class Mean(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length, width] → [batch, width], the mean of what is present."""

    def call(self, states: Any, present: Any) -> Any:
        """Of nothing the mean is zero."""
        total = keras.ops.sum(states * present[:, :, None], axis=1)
        return total / keras.ops.maximum(keras.ops.sum(present, axis=1, keepdims=True), 1)


def encoder(shape: EncoderShape) -> keras.Model:
    """Word pieces int32 [batch, length], at most ``positions`` of each text → sentence vectors
    float32 [batch, width].
    """
    pieces = keras.Input((None,), dtype="int32", name="pieces")
    read = pieces[:, : shape.positions]  # beyond there can only be padding
    present = Present(name="present")(read)
    states = keras.layers.Embedding(shape.vocabulary, shape.width, name="embedding")(read)
    return keras.Model(
        pieces,
        Mean(name="mean")(transformed(states, present, shape), present),
        name="minilm_encoder",
    )


def transformed(states: Any, present: Any, shape: EncoderShape) -> Any:
    """Vectors of word pieces [batch, length, width] through positions, norm and all layers; the
    same shape.
    """
    states = Positions(shape.positions, name="positions")(states)
    states = keras.layers.LayerNormalization(epsilon=EPSILON, name="embedding_norm")(states)
    for number in range(shape.layers):
        attended = SelfAttention(shape.heads, name=f"attention_{number}")(states, present)
        states = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"attention_norm_{number}")(
            states + attended
        )
        inner = keras.layers.Dense(shape.inner, activation=_gelu, name=f"inner_{number}")(states)
        outer = keras.layers.Dense(shape.width, name=f"outer_{number}")(inner)
        states = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"outer_norm_{number}")(
            states + outer
        )
    return states


def build(
    shape: EncoderShape | None = None, *, frozen: bool = False, dropout: float = 0.1
) -> keras.Model:
    """Word pieces → logits float32 [batch]. ``frozen``: only the head is trained."""
    body = encoder(shape or EncoderShape())
    body.trainable = not frozen
    pieces = keras.Input((None,), dtype="int32", name="pieces")
    vector = keras.layers.Dropout(dropout, name="dropout")(body(pieces))
    logits = keras.layers.Dense(1, dtype="float32", name="head")(vector)
    return keras.Model(pieces, keras.layers.Reshape((), name="logits")(logits), name="minilm")


def load_pretrained(body: keras.Model, tensors: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Put weights named as in Hugging Face's BERT into ``body``, an ``encoder``.

    Of the two token types only the first is ever used: it is added to the positions.
    """

    def dense(name: str) -> list[npt.NDArray[np.float32]]:
        return [tensors[f"{name}.weight"].T, tensors[f"{name}.bias"]]

    def norm(name: str) -> list[npt.NDArray[np.float32]]:
        return [tensors[f"{name}.weight"], tensors[f"{name}.bias"]]

    embeddings = "embeddings.{}_embeddings.weight"
    body.get_layer("embedding").set_weights([tensors[embeddings.format("word")]])
    types = tensors[embeddings.format("token_type")][0]
    body.get_layer("positions").set_weights([tensors[embeddings.format("position")] + types])
    body.get_layer("embedding_norm").set_weights(norm("embeddings.LayerNorm"))
    number = 0
    while f"encoder.layer.{number}.output.dense.weight" in tensors:
        layer = f"encoder.layer.{number}"
        parts = [dense(f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
        joined = [np.concatenate(pair, axis=-1) for pair in zip(*parts, strict=True)]
        body.get_layer(f"attention_{number}").set_weights(
            [*joined, *dense(f"{layer}.attention.output.dense")]
        )
        body.get_layer(f"attention_norm_{number}").set_weights(
            norm(f"{layer}.attention.output.LayerNorm")
        )
        body.get_layer(f"inner_{number}").set_weights(dense(f"{layer}.intermediate.dense"))
        body.get_layer(f"outer_{number}").set_weights(dense(f"{layer}.output.dense"))
        body.get_layer(f"outer_norm_{number}").set_weights(norm(f"{layer}.output.LayerNorm"))
        number += 1


def _gelu(states: Any) -> Any:
    """The exact one, as BERT has it; the usual approximation differs in the third digit. Of
    ``erf``, which ONNX knows.
    """
    return 0.5 * states * (1 + keras.ops.erf(states * 2**-0.5))
