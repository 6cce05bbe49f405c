"""Span agreement: precision and recall of found spans, for choosing thresholds and judging
masking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import regex

from models.lab.names.teacher_labels import UNSURE, Span

WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")


class Spot(Protocol):
    """Something found: a type and offsets."""

    @property
    def type(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """``there``: how many are; ``hit``: touched by one of the same type; ``whole``: of which no
    letter or digit stays, whatever the type; ``found``: how many were; ``right``: that touch one of
    the same type."""

    there: int
    hit: int
    whole: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """Share of those there that were hit."""
        return self.hit / self.there if self.there else 1.0

    @property
    def precision(self) -> float:
        """Share of those found that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return self.f(1.0)

    def f(self, beta: float) -> float:
        """The same with recall ``beta`` times as important (van Rijsbergen 1979)."""
        below = beta**2 * self.precision + self.recall
        return (1 + beta**2) * self.precision * self.recall / below if below else 0.0


def agreement(
    texts: Sequence[str], gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Spot]], kind: str
) -> Agreement:
    """Over all texts, for one type. What touches an unsure span is neither right nor wrong."""
    there = hit = whole = count = right = 0
    for text, spans, spots in zip(texts, gold, found, strict=True):
        mine = [(start, end) for type_, start, end in spans if type_ == kind]
        unsure = [(start, end) for type_, start, end in spans if type_ == UNSURE]
        there += len(mine)
        hit += sum(any(spot.type == kind and _touch(spot, span) for spot in spots) for span in mine)
        whole += sum(_covered(text, span, spots) for span in mine)
        for spot in spots:
            if spot.type == kind and not any(_touch(spot, span) for span in unsure):
                count += 1
                right += any(_touch(spot, span) for span in mine)
    return Agreement(there, hit, whole, count, right)


def _touch(spot: Spot, span: tuple[int, int]) -> bool:
    return spot.start < span[1] and spot.end > span[0]


def _covered(text: str, span: tuple[int, int], spots: Iterable[Spot]) -> bool:
    """Whether every word and number of the span is inside of what was found; of a possessive the s
    may stay.
    """
    words = [
        (span[0] + word.start(), span[0] + word.end())
        for word in WORD.finditer(text[span[0] : span[1]])
    ]
    if len(words) > 1 and text[words[-1][0] - 1] in "'’" and text[slice(*words[-1])] in "sS":
        words.pop()
    return all(
        any(spot.start <= start and end <= spot.end for spot in spots) for start, end in words
    )
