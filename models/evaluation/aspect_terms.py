"""Figures of aspect terms: spans found, exactly or in part, and polarities of the terms that are
marked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from models.labels import CLASSES, LABELS
from schemas.errors import InputError

Span = tuple[int, int]
NO_POLARITY: Final = -1
PRONOUNS: Final = frozenset({
    "it", "they", "them", "this", "that", "all", "anything", "bu", "bunu", "ce", "cela",
    "chúng", "das", "dat", "de", "dem", "den", "denna", "denne", "det", "detta", "dette", "dia",
    "dies", "dit", "ela", "ele", "ella", "elle", "elles", "ello", "er", "es", "eso", "essa",
    "esse", "esta", "este", "esto", "everyone", "everything", "han", "he", "her", "here", "het",
    "hij", "him", "his", "hon", "hun", "họ", "i", "ihn", "il", "ils", "ini", "isso", "isto",
    "its", "itu", "la", "las", "le", "lo", "los", "mereka", "nothing", "nó", "o", "one", "ones",
    "onlar", "onu", "she", "sie", "something", "there", "these", "those", "todo", "tot", "us",
    "we", "what", "which", "who", "you", "ze", "zij", "ça", "él", "şu", "их", "он", "она",
    "они", "оно", "эта", "это", "этот", "ذلك", "هذا", "هذه", "هم", "هو", "هي", "इस", "इसे",
    "उस", "उसे", "यह", "यही", "ये", "वह", "वे", "นี่", "นี้", "พวกเขา", "มัน", "เขา", "あれ",
    "ここ", "これ", "それ", "他", "他们", "她", "她们", "它", "它们", "彼", "彼ら", "彼女",
    "这", "这个", "这里", "那", "那个", "그", "그것", "그들", "이", "이것",
})  # fmt: skip
"""Some sets mark them, others do not: they are no terms here, found or not."""


@dataclass(frozen=True, slots=True)
class GoldTerm:
    """``polarity``: position in ``LABELS``, ``NO_POLARITY`` where the set says several or none.
    ``whole``: that of the text, not only of what is marked.
    """

    start: int
    end: int
    polarity: int
    categories: tuple[str, ...] = ()
    pronoun: bool = False
    whole: bool = False

    @property
    def span(self) -> Span:
        """Its offsets."""
        return self.start, self.end


def gold_terms(text: str, aspects: str) -> tuple[GoldTerm, ...]:
    """The distinct spans that a JSON list of {start, end, polarity, category} names, in order;
    aspects that are not in the text are left out. Raises ``InputError``.
    """
    found: dict[Span, list[dict[str, Any]]] = {}
    try:
        for aspect in json.loads(aspects or "[]"):
            span = int(aspect["start"]), int(aspect["end"])
            if 0 <= span[0] < span[1] <= len(text):
                found.setdefault(span, []).append(aspect)
        return tuple(_gold(text, span, one) for span, one in sorted(found.items()))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("aspects are no JSON list of {start, end, polarity}") from error


def _gold(text: str, span: Span, aspects: Sequence[dict[str, Any]]) -> GoldTerm:
    said = {aspect["polarity"] for aspect in aspects}
    only = next(iter(said)) if len(said) == 1 else None
    categories = {aspect.get("category") or "" for aspect in aspects} - {""}
    return GoldTerm(
        *span,
        LABELS.index(only) if only in LABELS else NO_POLARITY,
        tuple(sorted(categories)),
        text[slice(*span)].strip().lower() in PRONOUNS,
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, right: int, found: int, recalled: int, marked: int) -> Agreement:
        """``right`` of the terms ``found``, ``recalled`` of those ``marked``."""
        precision, recall = right / max(found, 1), recalled / max(marked, 1)
        both = precision + recall
        return cls(precision, recall, 2 * precision * recall / both if both else 0.0)


@dataclass(frozen=True, slots=True)
class AspectFigures:
    """``exact``: spans of the same offsets; ``overlap``: that share a character. ``accuracy`` and
    ``macro_f1`` of the polarities of ``judged`` marked terms, over the labels among these; None
    where there is none.
    """

    texts: int
    terms: int
    exact: Agreement
    overlap: Agreement
    judged: int
    accuracy: float | None
    macro_f1: float | None


@dataclass(slots=True)
class Tally:
    """Counts over texts. ``confusion`` [marked, said]."""

    texts: int = 0
    marked: int = 0
    found: int = 0
    exact: int = 0
    overlapping: int = 0
    overlapped: int = 0
    confusion: Any = field(default_factory=lambda: np.zeros((CLASSES, CLASSES), np.int64))

    def add(
        self, gold: Sequence[GoldTerm], spans: Sequence[Span], polarities: Sequence[int]
    ) -> None:
        """One text: the ``spans`` found in it, and what is said of each term that is marked."""
        marked = {term.span for term in gold if not term.pronoun}
        unasked = [term.span for term in gold if term.pronoun]
        counted = [
            span
            for span in spans
            if span in marked or not any(overlap(span, other) for other in unasked)
        ]
        self.texts += 1
        self.marked += len(marked)
        self.found += len(counted)
        self.exact += len(marked.intersection(counted))
        self.overlapping += sum(any(overlap(span, one) for one in marked) for span in counted)
        self.overlapped += sum(any(overlap(span, one) for span in counted) for one in marked)
        for term, said in zip(gold, polarities, strict=True):
            if term.polarity != NO_POLARITY:
                self.confusion[term.polarity, said] += 1

    def figures(self) -> AspectFigures:
        """Of all texts so far."""
        judged, right = int(self.confusion.sum()), np.diag(self.confusion)
        there, said = self.confusion.sum(1), self.confusion.sum(0)
        f1 = 2 * right[there > 0] / (there + said)[there > 0]
        return AspectFigures(
            self.texts,
            self.marked,
            Agreement.of(self.exact, self.found, self.exact, self.marked),
            Agreement.of(self.overlapping, self.found, self.overlapped, self.marked),
            judged,
            float(right.sum() / judged) if judged else None,
            float(f1.mean()) if judged else None,
        )


def overlap(first: Span, second: Span) -> bool:
    """Whether two spans share a character."""
    return first[0] < second[1] and second[0] < first[1]
