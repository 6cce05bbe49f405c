"""N-gram tokenization, outside the graph: text → int32 ids of hashed word n-grams.

Feature hashing: Weinberger et al. 2009, https://arxiv.org/abs/0902.2206
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.text import hash_kernels
from models.text.feature_index import ALL, KnownIds
from models.text.tokenizer import Tokens, tokenise

Ids = npt.NDArray[np.int32]

PADDING = 0
CHUNK = 256


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """``bits``: ids are below 2**bits; ``ngrams``: the longest n-gram in words."""

    bits: int = 22
    ngrams: int = 3


@dataclass(frozen=True, slots=True)
class Encoder:
    """Texts → ids. Each n-gram counts once a text, by where it begins, and ``PADDING`` is none of
    them.

    Placeholders such as ``<PERSON>`` are no evidence: they have no id, and no n-gram reaches across
    one. Where there are ``known`` ids, their numbers stand for them, and all others are left out.
    """

    settings: EncoderSettings
    known: KnownIds | None = None

    def __call__(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text, as many as it has different n-grams; none for a text without
        words."""
        return [
            ids
            for start in range(0, len(texts), CHUNK)
            for ids in self.of(tokenise(texts[start : start + CHUNK]))
        ]

    def of(self, tokens: Tokens) -> list[Ids]:
        """The same, of texts that have been tokenised."""
        known = self.known if self.known is not None else ALL
        shift = np.uint64(64 - self.settings.bits)
        return cut(
            *hash_kernels.ngrams(
                tokens.hashes, tokens.ends, shift, self.settings.ngrams, known.words, known.before
            )
        )


def cut(ids: Ids, ends: npt.NDArray[np.int64]) -> list[Ids]:
    """The ids of each text, of all one after another."""
    return [ids[start:end] for start, end in pairwise([0, *ends.tolist()])]


def pad(rows: Sequence[Ids], length: int) -> Ids:
    """The rows as one array of shape [len(rows), length], filled up with ``PADDING``."""
    padded = np.full((len(rows), length), PADDING, np.int32)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded
