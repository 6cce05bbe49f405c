"""Convolutional network over words: several filter widths, max pooling over time.

Kim 2014, https://arxiv.org/abs/1408.5882
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from models.networks.sequence_layers import embedded, judged
from models.text.ngrams import PADDING


@keras.saving.register_keras_serializable(package="undertone")
class Present(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length, any] with zeros where the ids [batch, length] are padding; no mask is needed
    any more.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def compute_mask(self, values: Any, mask: Any = None) -> None:
        """None."""
        return

    def call(self, values: Any, ids: Any) -> Any:
        """The values."""
        return values * keras.ops.expand_dims(keras.ops.cast(ids != PADDING, values.dtype), -1)


def build(
    vocabulary: int,
    dimensions: int = 64,
    filters: int = 96,
    widths: Sequence[int] = (2, 3, 4),
    dropout: float = 0.4,
) -> keras.Model:
    """int32 ids [batch, length], below ``vocabulary``, 0 for padding → logits float32 [batch].
    ``filters`` of each width.
    """
    ids, vectors = embedded(vocabulary, dimensions, dropout)
    words = Present(name="present")(vectors, ids)
    strongest = []
    for width in widths:
        # "same" sees zeros beyond the text's end, as it does where padding is; a filter's answers,
        # none below zero, are then blotted out there, so that the strongest is one of the text's.
        answers = keras.layers.Conv1D(
            filters, width, padding="same", activation="relu", name=f"width_{width}"
        )(words)
        present = Present(name=f"present_{width}")(answers, ids)
        strongest.append(keras.layers.GlobalMaxPooling1D(name=f"strongest_{width}")(present))
    return judged("cnn", ids, keras.layers.Concatenate(name="features")(strongest), dropout)
