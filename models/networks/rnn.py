"""Plain recurrent network, the baseline of LSTM and GRU.

Elman 1990, "Finding Structure in Time", https://doi.org/10.1207/s15516709cog1402_1
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
    return judged("rnn", ids, keras.layers.SimpleRNN(units, name="rnn")(vectors), dropout)
