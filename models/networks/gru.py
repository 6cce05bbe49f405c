"""Gated recurrent units (GRU).

Cho et al. 2014, https://arxiv.org/abs/1406.1078
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
    return judged("gru", ids, keras.layers.GRU(units, name="gru")(vectors), dropout)
