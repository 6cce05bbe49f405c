"""Networks: ids in, logits out, one file each (Keras 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.artifact import Artifact
from models.storage import Array
from schemas.errors import ModelIntegrityError

if TYPE_CHECKING:
    import keras


def build(artifact: Artifact) -> keras.Model:
    """The network of an artifact with its weights: named int32 inputs [batch, length] → float32 logits [batch].

    Raises ``ModelIntegrityError`` where there is no such kind of network, or the arrays are not its weights.
    """
    from models.networks import ngram_bag, of_words, wide_and_deep  # Keras takes seconds to import: only for who scores

    part, arrays = artifact.network, artifact.arrays
    try:
        match part.kind:
            case "ngram_bag":
                network = ngram_bag.build(**part.config)
            case "wide_and_deep":
                network, arrays = wide_and_deep.build(**part.config), wide_and_deep.folded(arrays)
            case kind if kind in of_words.KINDS:
                network = of_words.build(kind, **part.config)
            case _:
                raise ModelIntegrityError(f"{artifact.name}: there is no network {part.kind!r}")
        assign(network, arrays)
    except (TypeError, ValueError, KeyError) as error:
        raise ModelIntegrityError(f"{artifact.name}: its weights are not those of a {part.kind}") from error
    return network


def arrays(network: keras.Model) -> dict[str, Array]:
    """The weights by the path that Keras gives them, such as ``head/kernel``."""
    return {weight.path: weight.numpy() for weight in network.weights}


def assign(network: keras.Model, arrays: Mapping[str, Array]) -> None:
    """Give every weight the array of its path. Raises ``KeyError`` where it is missing, ``ValueError`` for another shape."""
    for weight in network.weights:
        weight.assign(arrays[weight.path])
