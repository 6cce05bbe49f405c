"""Folding of characters that people write in several ways, so that recognizers share one table of
separators.

Recognizers read a folded text, which has the same length: what is found in it is in the text as it
was at the same place.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SIGNS: Final = {
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u202f\u205f\u3000",
    "-": "\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b"
    "\u208b\u2212\u301c\u3030"
    "\ufe31\ufe32\ufe58\ufe63\uff0d",
    ".": "\u2024\ufe52\uff0e",
    "/": "\u2044\u2215\u29f8\u2571\uff0f",
    "_": "\u203f\ufe4d\ufe4e\ufe4f\uff3f",
    "+": "\u207a\u2795\ufe62\uff0b",
    "@": "\ufe6b\uff20",
    "%": "\u066a\ufe6a\uff05",
    ":": "\u2236\ufe55\uff1a",
    "(": "\u207d\ufe59\uff08",
    ")": "\u207e\ufe5a\uff09",
    "[": "\uff3b\u3010\u3014",
    "]": "\uff3d\u3011\u3015",
    "#": "\ufe5f\uff03",
    "=": "\ufe66\uff1d",
}
MIDDLE_DOTS: Final = "\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb\uff65"
"""Full stops between digits; a bullet or a part of a word elsewhere."""
BETWEEN_DIGITS: Final = re.compile(rf"(?:(?<=[0-9])|(?<=[0-9]\x20))[{MIDDLE_DOTS}](?=\x20?[0-9])")
DIGITS: Final = {
    character: str(unicodedata.decimal(character))
    for character in map(chr, range(0x80, 0x10000))
    if unicodedata.category(character) == "Nd"
}
"""Those of the first plane; cleaning has made ASCII digits of the mathematical ones."""
TABLE: Final = {**{other: sign for sign, others in SIGNS.items() for other in others}, **DIGITS}
FOLDABLE: Final = re.compile(f"[{''.join(TABLE)}]")
DOTS: Final = re.compile(f"[{MIDDLE_DOTS}]")
FOLDED: Final = re.compile(f"[{''.join(TABLE)}{MIDDLE_DOTS}]")
"""That all of these are of the first plane makes the search several times as fast."""


def fold(text: str) -> str:
    """The text with one kind of space, hyphen, full stop, slash, at sign and so on, and with ASCII
    digits; as long as before.
    """
    if text.isascii() or FOLDED.search(text) is None:
        return text
    folded = FOLDABLE.sub(lambda match: TABLE[match[0]], text)
    return folded if DOTS.search(folded) is None else BETWEEN_DIGITS.sub(".", folded)
