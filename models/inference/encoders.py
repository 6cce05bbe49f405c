"""Encoders by name: each turns texts into the inputs of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np

from models.artifact.artifact import Artifact, Part
from models.labels import Flags
from models.text import subwords
from models.text.feature_index import KnownIds
from models.text.ngrams import CHUNK, Encoder, EncoderSettings, Ids
from models.text.tokenizer import tokenise
from models.text.vocabulary import UNKNOWN, WordEncoder, from_array
from schemas.errors import ModelIntegrityError

NGRAMS, WORDS, NGRAMS_AND_WORDS, PIECES = "ngrams", "words", "ngrams_and_words", "wordpieces"
VOCABULARY = "encoder/words"
"""The array of an artifact that holds the words of its encoder."""
KNOWN = "encoder/known"
"""The array that holds a bit for each id of an n-gram: whether the network has weights for it.
Without it, it has for all.
"""
TOKENIZER = "encoder/tokenizer"
"""The array that holds the file of a tokeniser into word pieces."""


class TextEncoder(Protocol):
    """Tokenisation, outside the graph."""

    def __call__(self, texts: Sequence[str]) -> Mapping[str, list[Ids]]:
        """For each input of the network the ids of each text, int32 without ``PADDING``, of any
        length, possibly none.
        """
        ...

    def known(self, inputs: Mapping[str, list[Ids]]) -> Flags:
        """Whether a text holds anything the network knows, bool [texts], by its inputs."""
        ...


@dataclass(frozen=True, slots=True)
class NgramEncoder:
    """One input, ``ids``: the hashed word n-grams of a text."""

    encode: Encoder

    def __call__(self, texts: Sequence[str]) -> Mapping[str, list[Ids]]:
        """See ``TextEncoder``."""
        return {"ids": self.encode(texts)}

    def known(self, inputs: Mapping[str, list[Ids]]) -> Flags:
        """Any n-gram, of those that have weights."""
        return np.array([len(ids) > 0 for ids in inputs["ids"]], np.bool_)


@dataclass(frozen=True, slots=True)
class NgramAndWordEncoder:
    """Two inputs, ``ids`` and ``words``: the hashed n-grams of a text, and its words in order.
    Tokenises once.
    """

    ngrams: Encoder
    words: WordEncoder

    def __call__(self, texts: Sequence[str]) -> Mapping[str, list[Ids]]:
        """See ``TextEncoder``."""
        ids: list[Ids] = []
        words: list[Ids] = []
        for start in range(0, len(texts), CHUNK):
            tokens = tokenise(texts[start : start + CHUNK])
            ids += self.ngrams.of(tokens)
            words += self.words.of(tokens)
        return {"ids": ids, "words": words}

    def known(self, inputs: Mapping[str, list[Ids]]) -> Flags:
        """Any n-gram that has weights, or any word of the vocabulary."""
        return np.array(
            [
                len(ids) > 0 or bool((words > UNKNOWN).any())
                for ids, words in zip(inputs["ids"], inputs["words"], strict=True)
            ],
            np.bool_,
        )


def ngrams(settings: EncoderSettings) -> Part:
    """Manifest entry of an ``NgramEncoder``."""
    return Part(NGRAMS, asdict(settings))


def build(artifact: Artifact) -> TextEncoder:
    """The encoder that a model was trained with. Raises ``ModelIntegrityError`` for a kind or
    settings that there are not.
    """
    part = artifact.encoder
    try:
        match part.kind:
            case "ngrams":
                return NgramEncoder(Encoder(EncoderSettings(**part.config), _known(artifact)))
            case "words":
                return WordEncoder(from_array(artifact.arrays[VOCABULARY]), **part.config)
            case "ngrams_and_words":
                hashing = {key: part.config[key] for key in asdict(EncoderSettings())}
                words = WordEncoder(from_array(artifact.arrays[VOCABULARY]), part.config["length"])
                return NgramAndWordEncoder(
                    Encoder(EncoderSettings(**hashing), _known(artifact)), words
                )
            case "wordpieces":
                return subwords.from_array(artifact.arrays[TOKENIZER], **part.config)
    except (TypeError, KeyError, ValueError) as error:
        raise ModelIntegrityError(
            f"{artifact.name}: the encoder {part.kind} has no such settings"
        ) from error
    raise ModelIntegrityError(f"{artifact.name}: there is no encoder {part.kind!r}")


def _known(artifact: Artifact) -> KnownIds | None:
    return KnownIds.of(artifact.arrays[KNOWN]) if KNOWN in artifact.arrays else None
