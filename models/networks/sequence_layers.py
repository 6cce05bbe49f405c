"""Input and output layers shared by all networks that read words in order."""

from __future__ import annotations

from typing import Any

import keras


def embedded(vocabulary: int, dimensions: int, dropout: float) -> tuple[Any, Any]:
    """Ids int32 [batch, length], and their vectors [batch, length, dimensions], masked where the id
    is padding.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors = keras.layers.Embedding(vocabulary, dimensions, mask_zero=True, name="words")(ids)
    # Whole words' vectors lose the same dimensions: neighbours must not fill the gap in (Gal &
    # Ghahramani 2016).
    return ids, keras.layers.SpatialDropout1D(dropout, name="words_dropout")(vectors)


def judged(name: str, ids: Any, features: Any, dropout: float) -> keras.Model:
    """The network that ends in one logit, float32 [batch], of the features [batch, any]."""
    kept = keras.layers.Dropout(dropout, name="features_dropout")(features)
    logit = keras.layers.Dense(1, dtype="float32", name="logit")(kept)
    return keras.Model(
        ids, keras.layers.Reshape((), dtype="float32", name="logits")(logit), name=name
    )
