"""Tokenisation for networks that read in order: text → int32 ids of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.encoding import TOKEN, Ids

UNKNOWN, FIRST = 1, 2
"""The id of every word that is not in the vocabulary, and that of the commonest word; 0 is padding."""

HEAD = 4
"""One part in so many of a text that is too long is its beginning, the rest its end: reviews conclude there.

Sun et al. 2019, https://arxiv.org/abs/1905.05583, found 128 first and 382 last word pieces best on IMDB.
"""


@dataclass(frozen=True, slots=True)
class WordEncoder:
    """Texts → the ids of their words in order, at most ``length`` of them. ``words``: the commonest first."""

    words: tuple[str, ...] = field(repr=False)
    length: int
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {word: number for number, word in enumerate(self.words, FIRST)})

    @property
    def vocabulary(self) -> int:
        """How many ids there are: all are below it."""
        return FIRST + len(self.words)

    def __call__(self, texts: Sequence[str]) -> dict[str, list[Ids]]:
        """One input, ``ids``: those of each text; none for a text without words."""
        return {"ids": [self._encode(text) for text in texts]}

    def _encode(self, text: str) -> Ids:
        tokens = TOKEN.findall(text.lower())
        if len(tokens) > self.length:
            head = self.length // HEAD
            tokens = tokens[:head] + tokens[head - self.length :]
        return np.array([self._ids.get(token, UNKNOWN) for token in tokens], np.int32)


def learn(texts: Iterable[str], size: int, length: int) -> WordEncoder:
    """An encoder with the ``size`` commonest words of the texts, those in two texts at least; ties go by the alphabet."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(TOKEN.findall(text.lower())))
    common = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
    return WordEncoder(tuple(common[:size]), length)


def as_array(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    """The words as a text file would hold them, a word a line, for the arrays of a model."""
    return np.frombuffer("".join(f"{word}\n" for word in words).encode(), np.uint8)


def from_array(lines: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """The words again. Raises ``ValueError`` where these are not bytes of UTF-8."""
    return tuple(lines.tobytes().decode().split("\n")[:-1])
