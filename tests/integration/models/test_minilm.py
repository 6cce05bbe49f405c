"""MiniLM in Keras: the same vectors as the definition, computed here in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import erf, softmax

from models.networks import minilm
from tests.integration.models.toy import SHAPE, encoder_tensors

Array = npt.NDArray[np.float32]


def defined(tensors: dict[str, Array], pieces: list[int]) -> Array:
    """BERT's forward pass of one text (Devlin et al. 2019), and the mean of what comes out."""

    def dense(states: Array, name: str) -> Array:
        return np.asarray(states @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"])

    def norm(states: Array, name: str) -> Array:
        centred = states - states.mean(-1, keepdims=True)
        scaled = centred / np.sqrt(states.var(-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"])

    states = tensors["embeddings.word_embeddings.weight"][pieces]
    states = states + tensors["embeddings.position_embeddings.weight"][: len(pieces)]
    states = norm(
        states + tensors["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm"
    )
    size = SHAPE.width // SHAPE.heads
    for number in range(SHAPE.layers):
        layer = f"encoder.layer.{number}"
        parts = [
            dense(states, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")
        ]
        heads = [part.reshape(len(pieces), SHAPE.heads, size).transpose(1, 0, 2) for part in parts]
        attention = softmax(heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(size), axis=-1)
        mixed = (attention @ heads[2]).transpose(1, 0, 2).reshape(len(pieces), SHAPE.width)
        states = norm(
            states + dense(mixed, f"{layer}.attention.output.dense"),
            f"{layer}.attention.output.LayerNorm",
        )
        inner = dense(states, f"{layer}.intermediate.dense")
        inner = np.asarray(inner * 0.5 * (1 + erf(inner / np.sqrt(2))))
        states = norm(states + dense(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return np.asarray(states.mean(0))


def test_pretrained_weights_give_the_vectors_of_the_definition_whatever_the_padding() -> None:
    tensors = encoder_tensors()
    body = minilm.encoder(SHAPE)
    minilm.load_pretrained(body, tensors)
    rows = [[1, 5, 9, 2], [1, 7, 2], list(range(1, 17))]
    padded = np.zeros((3, 20), np.int32)  # wider than what it has positions for
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    expected = np.stack([defined(tensors, row) for row in rows])
    assert np.abs(np.asarray(body(padded)) - expected).max() < 1e-4


def test_a_frozen_encoder_leaves_only_the_head_to_train() -> None:
    network = minilm.build(SHAPE, frozen=True)
    assert [weight.path for weight in network.trainable_weights] == ["head/kernel", "head/bias"]
    assert len(minilm.build(SHAPE).trainable_weights) > 20
