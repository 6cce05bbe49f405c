"""spaCy's names and places as entities to mask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import regex

from streams.stages.entity import Entity
from streams.stages.spacy_nlp import Tagger

SCORE: Final = 0.85
"""What Presidio gives to every entity of a tagger that has no scores of its own."""
UNREAD = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
"""What the English tagger says of such characters is chance. Latin names in a Chinese text it does
find.
"""
WORD_BEFORE = re.compile(r"[\w'’]+[-‐‑]$")
WORD_AFTER = re.compile(r"^(?:[-‐‑][\w'’]+)+")


class SpacyNames:
    """Finds PERSON and LOCATION."""

    def __init__(self, package: str) -> None:
        """``package``: an installed spaCy model. Raises ``ModuleNotFoundError``."""
        self._tagger = Tagger(package)

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The tagger's entities of each cleaned text.

        A name goes on over hyphens, at which spaCy's tokenizer parts Gonzalez from Lindqvist.
        """
        return [
            [
                Entity(kind, *_whole(text, start, end), SCORE)
                for kind, start, end in spans
                if not UNREAD.search(text, start, end)
            ]
            for text, spans in zip(texts, self._tagger(texts), strict=True)
        ]


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    before, after = (
        WORD_BEFORE.search(text, max(0, start - 64), start),
        WORD_AFTER.match(text[end : end + 64]),
    )
    return before.start() if before else start, end + after.end() if after else end
