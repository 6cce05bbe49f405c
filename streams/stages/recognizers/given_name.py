"""Recognizer of names that begin with a listed given name, with the capitalised words that follow.

The list costs nothing to consult and knows the cultures that a tagger trained on English news
misses most.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import regex
from spacy.lang.en.stop_words import STOP_WORDS

from streams.stages.entity import Entity
from streams.stages.recognizers.given_names import GIVEN_NAMES

# The names of the list are Latin. Letters of other scripts may stand beside one without a space.
LATIN: Final = "\\p{Latin}\u0300-\u036f"
GIVEN: Final = regex.compile(
    rf"(?<![{LATIN}\p{{N}}_])(\p{{Lu}}[{LATIN}]{{2,}}+)(?:[-‐‑][{LATIN}]++)*+"
)
ASCII_GIVEN: Final = re.compile(r"([A-Z](?<![0-9A-Za-z_].)[A-Za-z]{2,})(?:-[A-Za-z]+)*", re.ASCII)
"""The same where there are no other letters, and quicker, the more so as it begins with a class."""
# An initial, a particle with the name it belongs to, or a surname: O'Brien, Gonzalez-Lindqvist.
PARTICLES: Final = (
    "da|das|de|del|della|den|der|di|do|dos|du|la|le|van|von|y|zu|al|el|bin|ibn|bint|ben|ter|ten"
    "|af|av"
)
WORD: Final = rf"\p{{Lu}}(?:\.|[{LATIN}]*+(?:['’]\p{{Lu}}[{LATIN}]*+)?)(?:[-‐‑][{LATIN}]++)*+"
SURNAME: Final = regex.compile(rf"\x20(?:(?:{PARTICLES})\x20){{0,2}}(?P<word>{WORD})")
SURNAMES: Final = 3
NO_SURNAMES: Final = STOP_WORDS | {
    "thanks",
    "thank",
    "regards",
    "cheers",
    "sincerely",
    "please",
    "hello",
}
# What Unicode does not decompose.
LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "\u0131": "i", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"}
)
SCORE: Final = 0.5


def given_names(text: str) -> list[Entity]:
    """PERSON at every given name of the list, with up to three further names behind it; they do not
    overlap.
    """
    found: list[Entity] = []
    end = 0
    for start, last in _given(text):
        if start >= end:
            end = _end(text, last)
            found.append(Entity("PERSON", start, end, SCORE))
    return found


def _given(text: str) -> Iterator[tuple[int, int]]:
    """Where the names of the list are."""
    if not text.isascii():
        yield from (
            match.span() for match in GIVEN.finditer(text) if _plain(match[1]) in GIVEN_NAMES
        )
        return
    for match in ASCII_GIVEN.finditer(text):
        if match[1].lower() in GIVEN_NAMES:
            yield match.span()


def _end(text: str, position: int) -> int:
    """Where the name ends whose given name ends at ``position``."""
    for _ in range(SURNAMES):
        surname = SURNAME.match(text, position)
        if surname is None or surname["word"].lower() in NO_SURNAMES:
            break
        position = surname.end()
    return position


def _plain(word: str) -> str:
    """In lower case, without accents."""
    word = word.lower()
    if word.isascii():
        return word
    return "".join(
        c
        for c in unicodedata.normalize("NFKD", word.translate(LETTERS))
        if not unicodedata.combining(c)
    )
