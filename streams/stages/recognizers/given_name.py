"""Names told by the given name: one from the list, and the capitalised words that go with it.

The list costs nothing to consult and knows the cultures that a tagger trained on English news misses most.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

import regex
from presidio_analyzer import LocalRecognizer, RecognizerResult
from spacy.lang.en.stop_words import STOP_WORDS

from streams.stages.recognizers.given_names import GIVEN_NAMES

GIVEN: Final = regex.compile(r"(?<![\p{L}\p{M}\p{N}_])\p{Lu}[\p{L}\p{M}]{2,}+(?:[-‐‑]\p{L}[\p{L}\p{M}]*+)*+")
# An initial, a particle with the name it belongs to, or a surname: O'Brien, Gonzalez-Lindqvist.
PARTICLES: Final = "da|das|de|del|della|den|der|di|do|dos|du|la|le|van|von|y|zu|al|el|bin|ibn|bint|ben|ter|ten|af|av"
WORD: Final = r"\p{Lu}(?:\.|[\p{L}\p{M}]*+(?:['’]\p{Lu}[\p{L}\p{M}]*+)?)(?:[-‐‑]\p{L}[\p{L}\p{M}]*+)*+"
SURNAME: Final = regex.compile(rf"\x20(?:(?:{PARTICLES})\x20){{0,2}}(?P<word>{WORD})")
SURNAMES: Final = 3
# What Unicode does not decompose.
LETTERS: Final = str.maketrans({"ł": "l", "ø": "o", "\u0131": "i", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})
SCORE: Final = 0.5


class GivenNameRecognizer(LocalRecognizer):
    """PERSON at every given name of the list, with up to three further names behind it."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["PERSON"], supported_language="en", name="GivenNameRecognizer")

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Every name that begins with a known given name; they do not overlap."""
        results: list[RecognizerResult] = []
        for match in GIVEN.finditer(text):
            known = _plain(regex.split(r"[-‐‑]", match[0])[0]) in GIVEN_NAMES
            if known and not (results and match.start() < results[-1].end):
                results.append(RecognizerResult("PERSON", match.start(), _end(text, match.end()), SCORE))
        return results


def _end(text: str, position: int) -> int:
    """Where the name ends whose given name ends at ``position``."""
    for _ in range(SURNAMES):
        surname = SURNAME.match(text, position)
        if surname is None or surname["word"].lower() in STOP_WORDS:
            break
        position = surname.end()
    return position


def _plain(word: str) -> str:
    """In lower case, without accents."""
    word = word.lower()
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word.translate(LETTERS)) if not unicodedata.combining(c))
