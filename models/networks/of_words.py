"""The networks that read words in order, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

KINDS = ("rnn", "lstm", "gru", "bilstm_attention", "cnn")


def build(kind: str, **config: Any) -> keras.Model:
    """One of ``KINDS``, with the settings of its ``build``.

    Raises ``KeyError`` for another kind, ``TypeError`` for settings that it does not have.
    """
    from models.networks import bilstm_attention, cnn, gru, lstm, rnn  # Keras takes seconds to import

    builders = {"rnn": rnn.build, "lstm": lstm.build, "gru": gru.build, "bilstm_attention": bilstm_attention.build}
    return (builders | {"cnn": cnn.build})[kind](**config)
