"""A tagger and a categoriser of a few words, with the contracts of the real ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from models.aspects.extractor import Probabilities

BAD, GOOD = (0.8, 0.1, 0.1), (0.1, 0.2, 0.7)
TERMS: Final = re.compile(r"battery|screen|queue|PERSON|акку|电池", re.IGNORECASE)
CATEGORIES: Final = {"battery": "battery", "акку": "battery", "电池": "battery", "screen": "screen"}
OWN: Final = re.compile(r"wait time|queue(?: length)?")


class Word(NamedTuple):
    """A term."""

    start: int
    end: int
    probabilities: Probabilities


def tagger(texts: Sequence[str], languages: Sequence[str]) -> list[list[Word]]:
    """Each of ``TERMS``: bad where "bad" stands before it."""
    return [
        [
            Word(*match.span(), BAD if text[: match.start()].endswith("bad ") else GOOD)
            for match in TERMS.finditer(text)
        ]
        for text, _ in zip(texts, languages, strict=True)
    ]


class Categories:
    """``asked``: what was categorised, with its context and language."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def __call__(
        self, terms: Sequence[str], contexts: Sequence[str], languages: Sequence[str]
    ) -> list[str]:
        self.asked += zip(terms, contexts, languages, strict=True)
        return [CATEGORIES.get(term.lower(), "general") for term in terms]

    def named(
        self, texts: Sequence[str], languages: Sequence[str]
    ) -> list[list[tuple[int, int, str]]]:
        return [
            [(*match.span(), "waiting") for match in OWN.finditer(text)]
            for text, _ in zip(texts, languages, strict=True)
        ]
