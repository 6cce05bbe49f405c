"""Bag of n-grams: the sum of one weight per id. It is linear, so its training has a unique optimum.

Wang & Manning 2012, "Baselines and Bigrams" (NB-SVM), https://aclanthology.org/P12-2018/
"""

from __future__ import annotations

from typing import Any

import keras

from models.text.ngrams import PADDING


@keras.saving.register_keras_serializable(package="undertone")
class Sum(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length] ids → [batch] sums of their weights and a bias, in which padding counts
    nothing.
    """

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def build(self, shape: Any) -> None:
        """One weight for each id."""
        self.weights_of_ids = self.add_weight(
            shape=(self.size,), initializer="zeros", name="weights"
        )
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, ids: Any) -> Any:
        """The sums."""
        ops = keras.ops
        present = ops.cast(ops.not_equal(ids, PADDING), self.compute_dtype)
        return ops.sum(ops.take(self.weights_of_ids, ids, axis=0) * present, axis=-1) + self.bias


def build(size: int) -> keras.Model:
    """``size``: ids are below it."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    return keras.Model(ids, Sum(size, name="sum")(ids), name="ngram_bag")
