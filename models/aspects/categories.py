"""Categories of aspect terms: those of the built-in taxonomy, and the user's own.

A term is of an own aspect if it names one word by word, else if its vector is close enough to one
of an example; else of the built-in category that the network finds likeliest by the term and the
clause around it. In languages without labelled terms to learn from, an example word of the taxonomy
is of its category whatever the clause: there the network would follow the clause too readily.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from models.artifact import artifact
from models.artifact.artifact import Artifact
from models.aspects import own_aspects
from models.aspects.category_network import CategoryNetwork, Floats
from models.aspects.own_aspects import OwnAspect
from models.aspects.taxonomy import GENERAL, of_example_words
from models.aspects.word_matching import WordMatcher
from models.text.hash_kernels import compiled

SHIPPED: Final = artifact.FOLDER / "aspect-categories"
CHUNK: Final = 512
MOST_PLACES: Final = 64
"""Places in a text where own aspects are named that are told at most."""
TINY: Final = np.float32(1e-6)
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Categoriser:
    """``examples``: unit vectors of the examples of own aspects, ``of_examples`` the number of the
    aspect of each.

    What it says of a term does not depend on the others in a batch. Safe in many threads.
    """

    network: CategoryNetwork
    own: tuple[OwnAspect, ...] = field(repr=False)
    matcher: WordMatcher = field(repr=False)
    examples: Floats = field(repr=False)
    of_examples: Numbers = field(repr=False)

    @classmethod
    def load(cls, own: Path | Mapping[str, Any] | None = None, folder: Path = SHIPPED) -> Self:
        """The model in a folder, with the user's own aspects of a TOML file, or of its parsed
        content.

        Raises ``InputError`` naming the file, the aspect and the fault; ``ModelNotFound``,
        ``ModelIntegrityError``.
        """
        return cls.of(artifact.load(folder), own_aspects.read(own) if own is not None else ())

    @classmethod
    def of(cls, model: Artifact, own: Sequence[OwnAspect] = ()) -> Self:
        """The categoriser that an artifact holds."""
        return cls.with_own(CategoryNetwork.of(model), own)

    @classmethod
    def with_own(cls, network: CategoryNetwork, own: Sequence[OwnAspect]) -> Self:
        """A network with the user's own aspects."""
        pairs = [(each, at) for at, aspect in enumerate(own) for each in aspect.examples]
        vectors = unit(network.means([example for example, _ in pairs]))
        numbers = np.array([number for _, number in pairs], np.int64)
        return cls(network, tuple(own), WordMatcher.of(own, network.edges), vectors, numbers)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it may give: the user's own first."""
        return tuple(
            dict.fromkeys([*(aspect.name for aspect in self.own), *self.network.categories])
        )

    def __call__(
        self, terms: Sequence[str], contexts: Sequence[str], languages: Sequence[str]
    ) -> list[str]:
        """The name of each term's category. ``contexts``: the clauses around them, see ``clause``.

        Raises ``ValueError`` where there are not as many of each.
        """
        if not len(terms) == len(contexts) == len(languages):
            raise ValueError(
                f"{len(terms)} terms, {len(contexts)} contexts, {len(languages)} languages"
            )
        found: list[str] = []
        for start in range(0, len(terms), CHUNK):
            part = slice(start, start + CHUNK)
            found += self._named(terms[part], contexts[part], languages[part])
        return found

    def named(
        self, texts: Sequence[str], languages: Sequence[str]
    ) -> list[list[tuple[int, int, str]]]:
        """Places where texts name the user's own aspects word by word: start, end and name, in
        order, without overlaps, the first ``MOST_PLACES`` of each text.
        """
        return [
            [
                (place.start, place.end, self.own[place.aspect].name)
                for place in self.matcher.places(text, language, MOST_PLACES)
            ]
            for text, language in zip(texts, languages, strict=True)
        ]

    def _named(
        self, terms: Sequence[str], contexts: Sequence[str], languages: Sequence[str]
    ) -> list[str]:
        of_terms, of_contexts = self.network.means(terms), self.network.means(contexts)
        found = self.network.names(of_terms, of_contexts)
        empty = ~(of_terms.any(1) | of_contexts.any(1))
        for at in np.flatnonzero(empty).tolist():
            found[at] = GENERAL
        for at, (term, language) in enumerate(zip(terms, languages, strict=True)):
            if language not in self.network.labelled:
                found[at] = of_example_words().get((language, term.casefold()), found[at])
        if self.own:
            for at, (term, language) in enumerate(zip(terms, languages, strict=True)):
                number = self._own(term, of_terms[at : at + 1], language)
                if number is not None:
                    found[at] = self.own[number].name
        return found

    def _own(self, term: str, vector: Floats, language: str) -> int | None:
        """The number of the own aspect that a term is of."""
        places = self.matcher.places(term, language, 1)
        if places:
            return places[0].aspect
        applying = np.array([aspect.applies(language) for aspect in self.own])[self.of_examples]
        nearest, cosine = _nearest(unit(vector)[0], self.examples, applying)
        return int(self.of_examples[nearest]) if cosine >= self.network.similarity else None


def unit(vectors: Floats) -> Floats:
    """Vectors of length 1; zeros stay zeros."""
    lengths = np.sqrt(np.square(vectors).sum(1, keepdims=True, dtype=np.float32))
    return np.asarray(vectors / np.maximum(lengths, TINY), np.float32)


@compiled
def _nearest(
    vector: Floats, examples: Floats, applying: npt.NDArray[np.bool_]
) -> tuple[int, float]:
    """The row of the example with the largest cosine, and that; -1 if none applies."""
    best, largest = 0, -1.0
    for row in range(len(examples)):
        if applying[row]:
            cosine = 0.0
            for at in range(len(vector)):
                cosine += vector[at] * examples[row, at]
            if cosine > largest:
                best, largest = row, cosine
    return best, largest
