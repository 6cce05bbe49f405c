"""Tokenisation, outside the graph: text → int32 ids of hashed word n-grams.

Feature hashing: Weinberger et al. 2009, https://arxiv.org/abs/0902.2206
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]

PADDING = 0
# Words with contractions, marks as in "8/10", punctuation that carries tone, and the placeholders of masked personal data.
TOKEN = re.compile(r"<[a-z_]+>|\d+/\d+|[^\W_]+(?:'[^\W_]+)?|[!?.,;:()\"*]")
CACHED_TOKENS = 500_000
GOLDEN, MURMUR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """``bits``: ids are below 2**bits; ``ngrams``: the longest n-gram in words."""

    bits: int = 22
    ngrams: int = 3


@dataclass(frozen=True, slots=True)
class Encoder:
    """Texts → ids. Each n-gram counts once a text, ids are sorted, and ``PADDING`` is none of them.

    Placeholders such as ``<PERSON>`` are no evidence: they have no id, and no n-gram reaches across one.
    """

    settings: EncoderSettings
    _cache: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text, as many as it has different n-grams; none for a text without words."""
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Ids:
        tokens = TOKEN.findall(text.lower())
        hashes = np.fromiter(map(self._hash, tokens), np.uint64, len(tokens))
        shift = np.uint64(64 - self.settings.bits)
        ids = np.unique(np.concatenate(_ngrams(hashes, self.settings.ngrams)) >> shift).astype(np.int32)
        return np.maximum(ids, 1)  # the one bucket that is taken by padding shares its neighbour's

    def _hash(self, token: str) -> int:
        """64 bits, 0 for a placeholder. The cache is bounded because people invent words without end."""
        known = self._cache.get(token)
        if known is not None:
            return known
        if len(self._cache) >= CACHED_TOKENS:
            self._cache.clear()
        digest = hashlib.blake2b(token.encode("utf8", "surrogatepass"), digest_size=8).digest()
        value = 0 if token[0] == "<" else int.from_bytes(digest, "little") | 1
        self._cache[token] = value
        return value


def pad(rows: Sequence[Ids], length: int) -> Ids:
    """The rows as one array of shape [len(rows), length], filled up with ``PADDING``."""
    padded = np.full((len(rows), length), PADDING, np.int32)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded


def _ngrams(words: Hashes, longest: int) -> list[Hashes]:
    """Hashes of all n-grams up to ``longest``, leaving out those that hold a placeholder (hash 0)."""
    whole, hashes = words != 0, words
    grams = [words[whole]]
    for n in range(2, min(longest, len(words)) + 1):
        hashes = _mix(hashes[:-1] * GOLDEN + words[n - 1 :])
        whole = whole[:-1] & (words[n - 1 :] != 0)
        grams.append(hashes[whole])
    return grams


def _mix(hashes: Hashes) -> Hashes:
    """Spread every bit over the upper half, which becomes the id (the finaliser of xxHash, shortened)."""
    mixed: Hashes = (hashes ^ (hashes >> np.uint64(32))) * MURMUR
    return mixed ^ (mixed >> np.uint64(29))
