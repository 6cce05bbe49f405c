"""Word vocabulary for networks that read in order: text → int32 ids of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.text import hash_kernels
from models.text.ngrams import CHUNK, Ids, cut
from models.text.tokenizer import TOKEN, Tokens, token_hash, tokenise

UNKNOWN, FIRST = 1, 2
"""The id of every word that is not in the vocabulary, and that of the commonest word; 0 is padding.
"""

FIRST_BITS = 18

HEAD = 4
"""One part in so many of a text that is too long is its beginning, the rest its end: reviews
conclude there.

Sun et al. 2019, https://arxiv.org/abs/1905.05583, found 128 first and 382 last word pieces best on
IMDB.
"""


@dataclass(frozen=True, slots=True)
class WordEncoder:
    """Texts → the ids of their words in order, at most ``length`` of them. ``words``: the commonest
    first.
    """

    words: tuple[str, ...] = field(repr=False)
    length: int
    _hashes: npt.NDArray[np.uint64] = field(init=False, repr=False, compare=False)
    _firsts: npt.NDArray[np.int32] = field(init=False, repr=False, compare=False)
    """Where hashes begin that begin with these bits: few do with the same, so that a search from
    there is short.
    """
    _ids: Ids = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hashes = np.array([token_hash(word) for word in self.words], np.uint64)
        order = np.argsort(hashes)
        firsts = np.searchsorted(
            hashes[order], np.arange(2**FIRST_BITS, dtype=np.uint64) << np.uint64(64 - FIRST_BITS)
        )
        object.__setattr__(self, "_firsts", firsts.astype(np.int32))
        object.__setattr__(self, "_hashes", np.append(hashes[order], np.uint64(2**64 - 1)))
        object.__setattr__(
            self, "_ids", np.append(order.astype(np.int32) + FIRST, np.int32(UNKNOWN))
        )

    @property
    def vocabulary(self) -> int:
        """Size of the vocabulary: all ids are below it."""
        return FIRST + len(self.words)

    def __call__(self, texts: Sequence[str]) -> Mapping[str, list[Ids]]:
        """One input, ``ids``; none for a text without words."""
        return {
            "ids": [
                ids
                for start in range(0, len(texts), CHUNK)
                for ids in self.of(tokenise(texts[start : start + CHUNK]))
            ]
        }

    def known(self, inputs: Mapping[str, list[Ids]]) -> npt.NDArray[np.bool_]:
        """Whether a text holds a word of the vocabulary, bool [texts]."""
        return np.array([bool((ids > UNKNOWN).any()) for ids in inputs["ids"]], np.bool_)

    def of(self, tokens: Tokens) -> list[Ids]:
        """The ids of texts that have been tokenised."""
        head = self.length // HEAD
        shift = np.uint64(64 - FIRST_BITS)
        return cut(
            *hash_kernels.word_ids(
                tokens.hashes,
                tokens.ends,
                self._firsts,
                self._hashes,
                self._ids,
                shift,
                head,
                self.length - head,
            )
        )


def learn(texts: Iterable[str], size: int, length: int) -> WordEncoder:
    """An encoder with the ``size`` commonest words of the texts, those in two texts at least; ties
    go by the alphabet.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(TOKEN.findall(text.lower())))
    common = sorted(
        (word for word, count in counts.items() if count > 1),
        key=lambda word: (-counts[word], word),
    )
    return WordEncoder(tuple(common[:size]), length)


def as_array(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    """The words as a text file would hold them, a word a line, for the arrays of a model."""
    return np.frombuffer("".join(f"{word}\n" for word in words).encode(), np.uint8)


def from_array(lines: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """The words again. Raises ``ValueError`` where these are not bytes of UTF-8."""
    return tuple(lines.tobytes().decode().split("\n")[:-1])
