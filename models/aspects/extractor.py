"""Extraction of aspects: the terms that a tagger finds and those that the user named, with their
sentiment and category.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np
import regex

from models.aspects.clauses import clause
from models.labels import DOUBT, LABELS, classes, scores
from schemas.records import Aspect
from schemas.text import MaskedText

Level = Literal["terms", "full"]
"""Terms alone, or with the category of each."""
MOST_ASPECTS: Final = 32
"""Of a text, its first ones: this bounds the size of a record."""
LONGEST_TERM: Final = 120
"""Characters. What is longer is a sentence rather than the name of something."""
MASK: Final = regex.compile(r"<[A-Z_]++>")
"""What masking leaves in place of personal data."""
WORD: Final = regex.compile(r"[\p{L}\p{N}]")
Span = tuple[int, int]
Probabilities = tuple[float, float, float]
"""Of negative, neutral and positive: the order of ``LABELS``."""


class Found(Protocol):
    """A term: ``text[start:end]``."""

    @property
    def start(self) -> int:
        """Position of its first character."""

    @property
    def end(self) -> int:
        """Position behind its last character."""

    @property
    def probabilities(self) -> Probabilities:
        """What is said of it."""


class Categoriser(Protocol):
    """Tells to which category a term belongs, and where a text names the user's own aspects."""

    def __call__(
        self, terms: Sequence[str], contexts: Sequence[str], languages: Sequence[str], /
    ) -> Sequence[str]:
        """The category of each term."""

    def named(
        self, texts: Sequence[str], languages: Sequence[str], /
    ) -> Sequence[Sequence[tuple[int, int, str]]]:
        """Start, end and name of each of the user's own aspects in each text."""


Tagger = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[Found]]]
"""Texts and their languages → the terms of each, in order. What it says of a text does not depend
on the others.
"""
Polarity = Callable[
    [Sequence[str], Sequence[str], Sequence[Sequence[Span]]], Sequence[Sequence[Probabilities]]
]
"""Texts, their languages and spans of each → the probabilities of each span: of terms that others
found.
"""


class Place(NamedTuple):
    """Where an aspect is named. ``probabilities`` None: the tagger did not find it; ``name`` None:
    it is none of the user's own.
    """

    start: int
    end: int
    probabilities: Probabilities | None
    name: str | None


@dataclass(frozen=True, slots=True)
class AspectExtractor:
    """``categoriser`` None: the level ``full`` is not to be asked for. ``polarity`` None: of an
    aspect of the user's own that the tagger did not find nothing is known: see ``DOUBT``.
    """

    tagger: Tagger
    categoriser: Categoriser | None = None
    polarity: Polarity | None = None

    def __call__(
        self, texts: Sequence[MaskedText], languages: Sequence[str], *, level: Level
    ) -> list[tuple[Aspect, ...]]:
        """The aspects of each text in order, ``MOST_ASPECTS`` at most. None overlaps another, nor
        what masking left. Raises ``ValueError`` at the level ``full`` without a categoriser.
        """
        found = self.tagger(texts, languages)
        named: Sequence[Sequence[tuple[int, int, str]]] = [()] * len(texts)
        if level == "full":
            named = self._categoriser().named(texts, languages)
        places = [
            _merged(text, terms, names)[:MOST_ASPECTS]
            for text, terms, names in zip(texts, found, named, strict=True)
        ]
        places = self._judged(texts, languages, places)
        categories = iter(self._categories(texts, languages, places, level))
        rows = np.array([each.probabilities for of in places for each in of], np.float32)
        rows = rows.reshape(-1, len(LABELS))
        said = zip(classes(rows).tolist(), scores(rows).astype(np.float64).tolist(), strict=True)
        return [
            tuple(
                Aspect(
                    text[each.start : each.end],
                    next(categories),
                    LABELS[which],
                    score,
                    each.start,
                    each.end,
                )
                for each, (which, score) in zip(of, said, strict=False)
            )
            for text, of in zip(texts, places, strict=True)
        ]

    def _categoriser(self) -> Categoriser:
        if self.categoriser is None:
            raise ValueError("the level full needs a categoriser")
        return self.categoriser

    def _judged(
        self, texts: Sequence[str], languages: Sequence[str], places: Sequence[Sequence[Place]]
    ) -> list[list[Place]]:
        """The same, each with probabilities."""
        unknown = {i for i, of in enumerate(places) if any(p.probabilities is None for p in of)}
        asked = sorted(unknown)
        spans = [[(p.start, p.end) for p in places[i] if p.probabilities is None] for i in asked]
        answers: Sequence[Sequence[Probabilities]] = [[DOUBT] * len(each) for each in spans]
        if self.polarity is not None and asked:
            answers = self.polarity([texts[i] for i in asked], [languages[i] for i in asked], spans)
        rest = {i: iter(each) for i, each in zip(asked, answers, strict=True)}
        return [
            [p if p.probabilities else p._replace(probabilities=next(rest[i])) for p in of]
            for i, of in enumerate(places)
        ]

    def _categories(
        self,
        texts: Sequence[str],
        languages: Sequence[str],
        places: Sequence[Sequence[Place]],
        level: Level,
    ) -> list[str]:
        """Of all places, text by text: the user's own names as they are."""
        if level == "terms":
            return ["" for of in places for _ in of]
        unnamed = [
            (text[p.start : p.end], clause(text, p.start, p.end), language)
            for text, language, of in zip(texts, languages, places, strict=True)
            for p in of
            if p.name is None
        ]
        terms, contexts, codes = zip(*unnamed, strict=True) if unnamed else ((), (), ())
        told = iter(self._categoriser()(terms, contexts, codes))
        return [next(told) if p.name is None else p.name for of in places for p in of]


def _merged(
    text: str, terms: Iterable[Found], names: Iterable[tuple[int, int, str]]
) -> list[Place]:
    """Both in order of the text. Where a term and a name overlap, the first keeps its place and
    takes from the other what it lacks; what else overlaps what stands before it is left out.
    """
    masks = [match.span() for match in MASK.finditer(text)]
    starts = [start for start, _ in masks]
    candidates = [
        *(Place(term.start, term.end, term.probabilities, None) for term in terms),
        *(Place(start, end, None, name) for start, end, name in names),
    ]
    places: list[Place] = []
    for place in sorted(candidates, key=lambda each: (each.start, -each.end)):
        at = bisect.bisect_left(starts, place.end)
        masked = at > 0 and masks[at - 1][1] > place.start
        short = 0 < place.end - place.start <= LONGEST_TERM
        if masked or not short or not WORD.search(text, place.start, place.end):
            continue
        if places and place.start < places[-1].end:
            last = places[-1]
            places[-1] = last._replace(
                probabilities=last.probabilities or place.probabilities,
                name=place.name if last.name is None else last.name,
            )
        else:
            places.append(place)
    return places
