"""The list of thing words, derived from a corpus: brands, products, months and the common words
that start sentences.

A brand takes articles ("the Keurig", "my Dewalt"), no given name or initial stands before it, and
the teachers seldom take it for a person. A surname that is in no list, like an actor's, has given
names before it; a given name has no article.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from models.lab.names.people import Part, people
from models.lab.names.silver import NO_NAMES, WORD
from models.lab.names.teacher_labels import Labelled
from models.names.tagger import Read, read
from models.names.token_features import (
    CAPITALS,
    INITIAL,
    MIXED,
    ROLE_BITS,
    SIGN,
    SMALL,
    TITLE,
    word_hash,
)

DETERMINERS: Final = (
    "the", "a", "an", "my", "this", "your", "our", "these", "those", "their", "his", "her", "any",
    "another", "each", "every",
    "some", "no", "new", "old",
)  # fmt: skip
TITLES: Final = ("mr", "mrs", "ms", "dr", "prof", "miss", "sir", "lady", "uncle", "aunt", "by")
PARTS: Final[tuple[Part, ...]] = ("train", "dev")
LEAST_TEXTS: Final = 3
LEAST_SMALL: Final = 20
"""Times that a word must stand in small letters to be a common one that no capital makes a name."""
LEAST_LABELLED: Final = 3


@dataclass(slots=True)
class Use:
    """How often words, by hash, stand in small letters, and with capitals inside of sentences: in
    how many texts, how often at all, after a determiner, after a name; and how often teachers met
    them with a capital, and took them for people."""

    small: Counter[int] = field(default_factory=Counter, repr=False)
    texts: Counter[int] = field(default_factory=Counter, repr=False)
    times: Counter[int] = field(default_factory=Counter, repr=False)
    determined: Counter[int] = field(default_factory=Counter, repr=False)
    named: Counter[int] = field(default_factory=Counter, repr=False)
    taught: Counter[int] = field(default_factory=Counter, repr=False)
    people: Counter[int] = field(default_factory=Counter, repr=False)

    def is_brand(self, word: int) -> bool:
        """Whether texts and teachers use it as a brand, and not as a person."""
        texts, determined = self.texts[word], self.determined[word] / max(self.times[word], 1)
        alone = self.people[word] <= 0.5 * self.taught[word]
        seldom = (
            self.taught[word] >= LEAST_LABELLED and self.people[word] <= 0.4 * self.taught[word]
        )
        if texts < LEAST_TEXTS:
            return False
        if determined >= 0.3 and self.named[word] <= 0.4 * texts and alone:
            return True
        return self.named[word] <= 0.1 * texts and ((determined >= 0.12 and alone) or seldom)

    def is_common(self, word: int) -> bool:
        """Whether it is written in small letters, and at least as often as with a capital."""
        return self.small[word] >= max(LEAST_SMALL, self.times[word])


def things_among(
    texts: Sequence[str], labelled: Sequence[Labelled], names: Collection[str]
) -> frozenset[int]:
    """Hashes of the words that name things. ``labelled``: as teachers have them.

    ``names``, in small letters, are none, nor is what shares its place among the roles with one;
    unless it is a surname alone, a list of things has it, and texts use it so: champagne.
    """
    known = set(map(_hash, names))
    use = Use()
    _count_uses(texts, known, use)
    _count_people(labelled, use)
    parts = {_hash(word) for thing in NO_NAMES for word in WORD.findall(thing)}
    found = {word for word in use.texts if use.is_brand(word)} | {
        word for word in use.small if use.is_common(word)
    }
    taken = {word >> (64 - ROLE_BITS) for word in known}
    also_surnames = found & set(map(_hash, NO_NAMES)) - _given()
    return frozenset(
        {word for word in parts | found if word >> (64 - ROLE_BITS) not in taken} | also_surnames
    )


def _given() -> set[int]:
    lists = (names for part in PARTS for names, _ in people(part).countries.values())
    return {_hash(word) for names in lists for name in names for word in WORD.findall(name.lower())}


def _count_uses(texts: Sequence[str], names: Collection[int], use: Use) -> None:
    determiners, titles, listed = (
        _hashes(map(_hash, DETERMINERS)),
        _hashes(map(_hash, TITLES)),
        _hashes(names),
    )
    for reading in _reads(texts):
        hashes, styles = reading.hashes, reading.styles
        use.small.update(hashes[styles == SMALL].tolist())
        at = np.flatnonzero(_capitalised(styles) & (reading.places & 2 == 0))
        before, second = np.maximum(at - 1, 0), np.maximum(at - 2, 0)
        title = np.isin(hashes, titles) | (styles == INITIAL)
        name = np.isin(hashes, listed) & (_capitalised(styles) | (styles == INITIAL))
        named = name[before] | title[before] | ((styles[before] == SIGN) & title[second])
        use.times.update(hashes[at].tolist())
        use.determined.update(hashes[at][np.isin(hashes[before], determiners)].tolist())
        use.named.update(hashes[at][named].tolist())
        inside = zip(
            np.searchsorted(reading.cuts, at, side="right").tolist(),
            hashes[at].tolist(),
            strict=True,
        )
        use.texts.update(word for _, word in set(inside))


def _count_people(labelled: Sequence[Labelled], use: Use) -> None:
    spans = {
        one.text: [(start, end) for kind, start, end in one.spans if kind == "PERSON"]
        for one in labelled
    }
    texts = list(spans)
    first = 0
    for reading in _reads(texts):
        at = np.flatnonzero(_capitalised(reading.styles))
        owners = np.searchsorted(reading.cuts, at, side="right") + first
        use.taught.update(reading.hashes[at].tolist())
        for token, owner in zip(at.tolist(), owners.tolist(), strict=True):
            if any(
                start < reading.stops[token] and end > reading.starts[token]
                for start, end in spans[texts[owner]]
            ):
                use.people[int(reading.hashes[token])] += 1
        first += len(reading.cuts)


def _capitalised(styles: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return np.isin(styles, (TITLE, CAPITALS, MIXED))


def _hash(word: str) -> int:
    return int(word_hash(word))


def _hashes(words: Iterable[int]) -> npt.NDArray[np.uint64]:
    return np.array(sorted(words), np.uint64)


def _reads(texts: Sequence[str], at_once: int = 1000) -> Iterator[Read]:
    roles = np.zeros(1 << ROLE_BITS, np.uint8)
    return (
        read(texts[first : first + at_once], roles, 16) for first in range(0, len(texts), at_once)
    )
