"""Long short-term memory (LSTM).

Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735
"""

from __future__ import annotations

import keras

from models.networks.sequence_layers import embedded, judged


def build(
    vocabulary: int, dimensions: int = 64, units: int = 64, dropout: float = 0.3
) -> keras.Model:
    """int32 ids [batch, length], below ``vocabulary``, 0 for padding → logits float32 [batch]: the
    last state, judged.
    """
    ids, vectors = embedded(vocabulary, dimensions, dropout)
    return judged("lstm", ids, keras.layers.LSTM(units, name="lstm")(vectors), dropout)
