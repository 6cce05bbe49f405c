"""Network architectures (Keras 3): ids in, logits out, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array
from models.artifact.artifact import Artifact, Part
from models.networks.bert_shape import EncoderShape
from schemas.errors import ModelIntegrityError

if TYPE_CHECKING:
    import keras


def build(artifact: Artifact) -> keras.Model:
    """The network of an artifact with its weights: named int32 inputs [batch, length] → float32
    logits [batch], or [batch, classes].

    Raises ``ModelIntegrityError`` where there is no such kind of network, or the arrays are not its
    weights.
    """
    try:
        network, arrays = _built(artifact.name, artifact.network, artifact.arrays)
        assign(network, arrays)
    except (TypeError, ValueError, KeyError) as error:
        raise ModelIntegrityError(
            f"{artifact.name}: its weights are not those of a {artifact.network.kind}"
        ) from error
    return network


def _built(
    name: str, part: Part, arrays: Mapping[str, Array]
) -> tuple[keras.Model, Mapping[str, Array]]:
    """The network, still without weights, and the arrays that are its weights."""
    from models.networks import (
        adapted,
        folding,
        minilm,
        multilingual_network,
        ngram_bag,
        wide_and_deep,
        word_networks,
    )

    match part.kind:
        case "ngram_bag":
            return ngram_bag.build(**part.config), arrays
        case "minilm":
            return minilm.build(EncoderShape(**part.config)), arrays
        case artifacts.ENCODER:
            return multilingual_network.build(EncoderShape(**part.config)), arrays
        case "wide_and_deep":
            return wide_and_deep.build(**part.config), folding.folded(arrays)
        case "adapted":
            base, arrays = _built(name, Part(**part.config["base"]), arrays)
            return adapted.build(base, part.config["size"]), arrays
        case kind if kind in word_networks.KINDS:
            return word_networks.build(kind, **part.config), arrays
    raise ModelIntegrityError(f"{name}: there is no network {part.kind!r}")


def arrays(network: keras.Model) -> dict[str, Array]:
    """The weights by the path that Keras gives them, such as ``head/kernel``."""
    return {weight.path: weight.numpy() for weight in network.weights}


def assign(network: keras.Model, arrays: Mapping[str, Array]) -> None:
    """Give every weight the array of its path. Raises ``KeyError`` where it is missing,
    ``ValueError`` for another shape.
    """
    for weight in network.weights:
        weight.assign(arrays[weight.path])
