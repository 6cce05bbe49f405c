"""Character classes for the tagger's tokenizer, as lookup tables for compiled loops."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

OTHER, SPACE, LOWER, UPPER, DIGIT, MARK, APOSTROPHE, HYPHEN = range(8)
KNOWN: Final = 0x3000
"""Characters from here on, Chinese and Japanese foremost, are words of no language that is read
here.
"""
JAMO: Final = range(0x1100, 0x1200)
"""Korean letters, which are before."""
CLASSES: Final = {
    "Ll": LOWER, "Lo": LOWER, "Lm": LOWER, "Lu": UPPER, "Lt": UPPER, "Nd": DIGIT, "Mn": MARK,
    "Mc": MARK,
    "Zs": SPACE, "Zl": SPACE, "Zp": SPACE,
}  # fmt: skip
APOSTROPHES, HYPHENS = "'’", "-‐‑"
# What Unicode does not decompose.
LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "\u0131": "i", "đ": "d", "ß": "s", "æ": "e", "œ": "e", "ð": "d", "þ": "t"}
)


class Characters(NamedTuple):
    """By code point below ``KNOWN``: a class, and the character without case and accents, every
    digit as 0.
    """

    classes: npt.NDArray[np.uint8]
    folds: npt.NDArray[np.uint32]


@cache
def characters() -> Characters:
    """The tables, made once."""
    classes, folds = np.zeros(KNOWN, np.uint8), np.arange(KNOWN, dtype=np.uint32)
    for point in range(KNOWN):
        character = chr(point)
        kind = CLASSES.get(unicodedata.category(character), OTHER)
        if character.isspace():
            kind = SPACE
        elif character in APOSTROPHES:
            kind = APOSTROPHE
        elif character in HYPHENS:
            kind = HYPHEN
        elif point in JAMO:
            kind = OTHER
        classes[point] = kind
        folds[point] = ord("0") if kind == DIGIT else ord(_fold(character))
    return Characters(classes, folds)


def _fold(character: str) -> str:
    if character in APOSTROPHES:
        return APOSTROPHES[0]
    if character in HYPHENS:
        return HYPHENS[0]
    return unicodedata.normalize("NFKD", character.lower().translate(LETTERS))[:1] or character
