"""Networks that read words in order, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

KINDS = ("rnn", "lstm", "gru", "bilstm_attention", "cnn")


def build(kind: str, **config: Any) -> keras.Model:
    """One of ``KINDS``, with the settings of its ``build``.

    Raises ``KeyError`` for another kind, ``TypeError`` for settings that it does not have.
    """
    return _builders()[kind](**config)


def settings(kind: str) -> set[str]:
    """The names of the settings that may be chosen: all but the vocabulary, which the training
    texts decide.
    """
    return set(inspect.signature(_builders()[kind]).parameters) - {"vocabulary"}


def _builders() -> dict[str, Callable[..., keras.Model]]:
    from models.networks import (
        bilstm_attention,
        cnn,
        gru,
        lstm,
        rnn,
    )  # Keras takes seconds to import

    return {
        "rnn": rnn.build,
        "lstm": lstm.build,
        "gru": gru.build,
        "bilstm_attention": bilstm_attention.build,
        "cnn": cnn.build,
    }
