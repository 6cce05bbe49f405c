"""Tokenisation, outside the graph: text → int32 ids of hashed word n-grams.

Feature hashing: Weinberger et al. 2009, https://arxiv.org/abs/0902.2206
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.known import KnownIds
from models.runs import Hashes, Tokens, tokenise

Ids = npt.NDArray[np.int32]

PADDING = 0
CHUNK = 256
GOLDEN, MURMUR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """``bits``: ids are below 2**bits; ``ngrams``: the longest n-gram in words."""

    bits: int = 22
    ngrams: int = 3


@dataclass(frozen=True, slots=True)
class Encoder:
    """Texts → ids. Each n-gram counts once a text, ids are sorted, and ``PADDING`` is none of them.

    Placeholders such as ``<PERSON>`` are no evidence: they have no id, and no n-gram reaches across one. Where there are
    ``known`` ids, their numbers stand for them, and all others are left out.
    """

    settings: EncoderSettings
    known: KnownIds | None = None

    def __call__(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text, as many as it has different n-grams; none for a text without words."""
        return [ids for start in range(0, len(texts), CHUNK) for ids in self.of(tokenise(texts[start : start + CHUNK]))]

    def of(self, tokens: Tokens) -> list[Ids]:
        """The same, of texts that have been tokenised."""
        grams = []
        for hashed in self._ngrams(tokens.hashes):
            places, ids = self.known(hashed) if self.known is not None else _present(hashed)
            # What begins in a text: no n-gram that is left reaches beyond its end.
            grams.append((ids, [0, *np.searchsorted(places, tokens.ends).tolist()]))
        rows = []
        for text in range(len(tokens.ends)):
            row = np.concatenate([ids[cuts[text] : cuts[text + 1]] for ids, cuts in grams])
            row.sort()
            different = np.ones(len(row), np.bool_)
            np.not_equal(row[1:], row[:-1], out=different[1:])
            rows.append(row[different])
        return rows

    def _ngrams(self, words: Hashes) -> Iterator[Ids]:
        """For each n the ids of the n-grams by where they begin, ``PADDING`` where one would hold a hash of 0."""
        shift = np.uint64(64 - self.settings.bits)
        missing = words == 0
        broken, hashes = missing, words
        for n in range(self.settings.ngrams):
            if n:
                hashes = _mix(hashes[:-1] * GOLDEN + words[n:])
                broken = broken[:-1] | missing[n:]
            # The one bucket that is taken by padding shares its neighbour's.
            ids = np.maximum((hashes >> shift).astype(np.int32), 1)
            ids[broken] = PADDING
            yield ids


def _present(ids: Ids) -> tuple[npt.NDArray[np.intp], Ids]:
    places = np.flatnonzero(ids)
    return places, ids[places]


def pad(rows: Sequence[Ids], length: int) -> Ids:
    """The rows as one array of shape [len(rows), length], filled up with ``PADDING``."""
    padded = np.full((len(rows), length), PADDING, np.int32)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded


def _mix(hashes: Hashes) -> Hashes:
    """Spread every bit over the upper half, which becomes the id (the finaliser of xxHash, shortened)."""
    mixed: Hashes = (hashes ^ (hashes >> np.uint64(32))) * MURMUR
    return mixed ^ (mixed >> np.uint64(29))
