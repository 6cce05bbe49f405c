"""Tokenisation for networks that read in order: text → int32 ids of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.encoding import TOKEN, Ids
from schemas.errors import InputError

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

    def __call__(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text; none for a text without words."""
        return [self._encode(text) for text in texts]

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


def save(words: Sequence[str], path: Path) -> None:
    """A word a line, in order."""
    path.write_text("".join(f"{word}\n" for word in words), encoding="utf8")


def load(path: Path) -> tuple[str, ...]:
    """The words again. Raises ``InputError`` naming the file."""
    try:
        return tuple(path.read_text(encoding="utf8").split("\n")[:-1])
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {type(error).__name__}") from error
