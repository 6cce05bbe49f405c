"""Tokenisation, outside the graph: text → int32 ids of hashed word n-grams.

Feature hashing: Weinberger et al. 2009, https://arxiv.org/abs/0902.2206
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]

PADDING = 0
# Words with contractions, marks as in "8/10", punctuation that carries tone, and the placeholders of masked personal data.
# The first branch repeats what the last one matches, for the words that are most of a text: it is what makes this fast.
TOKEN = re.compile(r"[a-z]++[^\W_]*+(?:'[^\W_]++)?|[!?.,;:()\"*]|<[a-z_]++>|\d+/\d+|[^\W_]++(?:'[^\W_]++)?")
# Stands between two texts; hashed like a placeholder, so that no n-gram reaches across.
BOUNDARY = "<>"
CACHED_TOKENS = 500_000
CACHED_RUNS, LONGEST_CACHED = 200_000, 32
CHUNK = 256
GOLDEN, MURMUR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """``bits``: ids are below 2**bits; ``ngrams``: the longest n-gram in words."""

    bits: int = 22
    ngrams: int = 3


class TokenHashes(dict[str, int]):
    """Token → 64 bits, 0 for a placeholder. Bounded, because people invent words without end."""

    def __missing__(self, token: str) -> int:
        """Hash it once. Threads may do so at the same time: they store the same."""
        if len(self) >= CACHED_TOKENS:
            self.clear()
        digest = hashlib.blake2b(token.encode("utf8", "surrogatepass"), digest_size=8).digest()
        value = 0 if token[0] == "<" else int.from_bytes(digest, "little") | 1
        self[token] = value
        return value


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of several texts in one list, with ``BOUNDARY`` after those of each; ``ends``: where the next text begins."""

    words: list[str] = field(repr=False)
    ends: list[int]


class TokensOfRuns(dict[str, tuple[str, ...]]):
    """What stands between two white spaces → its tokens: no token holds any. Asking this is much faster than the pattern."""

    def __missing__(self, run: str) -> tuple[str, ...]:
        """Find them once; longer runs are hardly ever met again."""
        found = tuple(TOKEN.findall(run))
        if len(run) <= LONGEST_CACHED:
            if len(self) >= CACHED_RUNS:
                self.clear()
            self[run] = found
        return found


RUNS = TokensOfRuns()


def tokenise(texts: Sequence[str]) -> Tokens:
    """Many texts in one go: NumPy's cost is by the call more than by the token."""
    words: list[str] = []
    ends = []
    for text in texts:
        words.extend(chain.from_iterable(map(RUNS.__getitem__, text.lower().split())))
        words.append(BOUNDARY)
        ends.append(len(words))
    return Tokens(words, ends)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Texts → ids. Each n-gram counts once a text, ids are sorted, and ``PADDING`` is none of them.

    Placeholders such as ``<PERSON>`` are no evidence: they have no id, and no n-gram reaches across one.
    """

    settings: EncoderSettings
    _hashes: TokenHashes = field(default_factory=TokenHashes, repr=False, compare=False)

    def __call__(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text, as many as it has different n-grams; none for a text without words."""
        return [ids for start in range(0, len(texts), CHUNK) for ids in self.of(tokenise(texts[start : start + CHUNK]))]

    def of(self, tokens: Tokens) -> list[Ids]:
        """The same, of ``CHUNK`` texts at most that have been tokenised."""
        words = np.fromiter(map(self._hashes.__getitem__, tokens.words), np.uint64, len(tokens.words))
        texts = len(tokens.ends)
        owners = np.repeat(np.arange(texts, dtype=np.int64), np.diff(tokens.ends, prepend=0))
        bits = self.settings.bits
        # The text's number above the id: one sort brings the ids of each text together, in order and repeats side by side.
        keys = np.concatenate(
            [(owners[at] << bits) | (hashes >> np.uint64(64 - bits)).astype(np.int64) for at, hashes in self._ngrams(words)]
        )
        keys.sort()
        keys = keys[np.diff(keys, prepend=-1) != 0]
        # The one bucket that is taken by padding shares its neighbour's.
        ids = np.maximum(keys & ((1 << bits) - 1), 1).astype(np.int32)
        return np.split(ids, np.searchsorted(keys, np.arange(1, texts, dtype=np.int64) << bits))

    def _ngrams(self, words: Hashes) -> Iterator[tuple[npt.NDArray[np.intp], Hashes]]:
        """For each n, where n-grams without a placeholder (hash 0) begin, and their hashes."""
        whole = words != 0
        complete, hashes = whole, words
        for n in range(self.settings.ngrams):
            if n:
                hashes = _mix(hashes[:-1] * GOLDEN + words[n:])
                complete = complete[:-1] & whole[n:]
            at = np.flatnonzero(complete)
            yield at, hashes[at]


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
