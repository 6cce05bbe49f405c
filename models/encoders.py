"""The kinds of encoder that a model may ask for: each turns texts into the inputs of a network, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from models.artifact import Artifact, Part
from models.encoding import Encoder, EncoderSettings, Ids
from models.words import WordEncoder, from_array
from schemas.errors import ModelIntegrityError

NGRAMS, WORDS = "ngrams", "words"
VOCABULARY = "encoder/words"
"""The array of an artifact that holds the words of its encoder."""


class TextEncoder(Protocol):
    """Tokenisation, outside the graph."""

    def __call__(self, texts: Sequence[str]) -> Mapping[str, list[Ids]]:
        """For each input of the network the ids of each text, int32 without ``PADDING``, of any length, possibly none."""
        ...


@dataclass(frozen=True, slots=True)
class NgramEncoder:
    """One input, ``ids``: the hashed word n-grams of a text."""

    encode: Encoder

    def __call__(self, texts: Sequence[str]) -> Mapping[str, list[Ids]]:
        """See ``TextEncoder``."""
        return {"ids": self.encode(texts)}


def ngrams(settings: EncoderSettings) -> Part:
    """How a manifest asks for an ``NgramEncoder``."""
    return Part(NGRAMS, asdict(settings))


def build(artifact: Artifact) -> TextEncoder:
    """The encoder that a model was trained with. Raises ``ModelIntegrityError`` for a kind or settings that there are not."""
    part = artifact.encoder
    try:
        match part.kind:
            case "ngrams":
                return NgramEncoder(Encoder(EncoderSettings(**part.config)))
            case "words":
                return WordEncoder(from_array(artifact.arrays[VOCABULARY]), **part.config)
    except (TypeError, KeyError, ValueError) as error:
        raise ModelIntegrityError(f"{artifact.name}: the encoder {part.kind} has no such settings") from error
    raise ModelIntegrityError(f"{artifact.name}: there is no encoder {part.kind!r}")
