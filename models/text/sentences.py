"""Sentence boundaries of a text in any language, by rules on its characters.

They follow Unicode Standard Annex 29 (https://www.unicode.org/reports/tr29/), tailored to reviews:
a full stop also ends a sentence before a small letter, since many reviewers write no others; space
is not needed where it was forgotten ("great.Loved it"); abbreviations end none; emoji and emoticons
belong to the sentence they follow; in Thai, where sentences have no end mark, a space behind more
than a word parts them.

spaCy's sentencizer takes milliseconds for a review, finds no end in "很好。不错" and one in "e.g.".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

import regex

FULL_STOP: Final = "."
FORMS: Final = frozenset("!?")
LATIN: Final = FORMS | frozenset(".…")
"""Marks that end a sentence only in some places; others and ends of lines do wherever they are."""
# Possessive quantifiers: what was read is never tried again, so time is linear in the text. That it
# begins with one class of characters makes it several times as fast.
BOUNDARY: Final = regex.compile(
    r"""(?xV1)
    (?P<marks> [\p{Sentence_Terminal}…\n\r\x85\u2028\u2029]++ )
    (?: [\p{Pe}\p{Pf}“"']*+ (?: \s » (?= \s | \Z ) )?+ )
    (?P<signs> (?:
        \s*+ (?: [\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u200d]++
               | [:;=] ['\-]?+ [)(DP]++ | <3 )
    )*+ )
    \s*+
    """
)
# Not before what stands for "repeat" and "abbreviated": it goes with the word before it.
WITH_SPACES: Final = regex.compile(
    BOUNDARY.pattern + r"| (?<= \p{Thai} ) \x20++ (?= [[\p{Thai}&&\p{Lo}]--[\u0e2f]] )"
)
THAI: Final = regex.compile(r"\p{Thai}")
OPENERS: Final = "\"'*-•¡¿"
OPENING: Final = frozenset({"Pd", "Pi", "Ps"})
"""Categories of dashes, opening quotes and brackets."""
CLAUSE: Final = 8
"""Characters of a Thai sentence at least: shorter pieces are words of a list."""
SKIPPED: Final = 4
"""Openers that are passed over to find how the next sentence begins."""
LONGEST: Final = 12
"""Characters that are read before a full stop for an abbreviation."""

ABBREVIATIONS: Final = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "eg", "ie", "e.g", "i.e", "cf", "approx", "incl",
    "hr", "fr", "z.b", "d.h", "u.a", "bzw", "ca", "inkl", "evtl", "ggf", "vgl", "zzgl",
    "sr", "sra", "srta", "dra", "uds", "p.ej", "aprox", "mme", "mlle", "env", "sig", "dott", "ing",
    "dhr", "mevr", "bijv", "np", "tzn", "tzv", "např", "resp", "örn", "bkz",
})  # fmt: skip
"""Before a full stop that ends no sentence."""
NUMBERED: Final = frozenset({"no", "nr", "num", "núm", "vol", "art", "fig", "pp", "pg", "tel"})
"""The same before a number only: "no." is also an answer."""
EITHER: Final = frozenset({
    "etc", "inc", "ltd", "co", "corp", "jr", "usw", "ecc", "itd", "itp", "vb", "enz", "min", "max",
    "hrs", "lbs", "oz",
})  # fmt: skip
"""Before a full stop that ends a sentence where the next word begins with a capital."""


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, in order, without white space at either end.

    Together they hold every character that is not white space.
    """
    begin, length = 0, len(text)
    spaced = not text.isascii() and THAI.search(text)
    for match in (WITH_SPACES if spaced else BOUNDARY).finditer(text):
        at, end = match.span()
        if end == length:
            break
        if _ends(text, begin, match) if match["marks"] else at - begin >= CLAUSE:
            yield from _trimmed(text, begin, end)
            begin = end
    yield from _trimmed(text, begin, length)


def _trimmed(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[begin:end]
    start = begin + len(piece) - len(piece.lstrip())
    stop = begin + len(piece.rstrip())
    if start < stop:
        yield start, stop


def _ends(text: str, begin: int, match: regex.Match[str]) -> bool:
    """Whether the marks in ``match`` end the sentence that begins at ``begin``."""
    marks = match["marks"]
    if not LATIN.issuperset(marks):
        return True
    following = _following(text, match.end())
    apart = bool(match["signs"]) or text[match.end() - 1].isspace()
    if marks == FULL_STOP:
        return _full_stop(text, begin, match.start(), following, apart=apart)
    if FORMS.isdisjoint(marks):  # an ellipsis
        return not following.islower() if apart else following.isupper()
    # Without a space a question mark may stand for an apostrophe that was lost: "it?s".
    return apart or (following.isalnum() and ("!" in marks or not following.islower()))


def _full_stop(text: str, begin: int, at: int, following: str, *, apart: bool) -> bool:
    if not apart:
        before = text[max(begin, at - 2) : at]
        if _caseless(following):
            return _caseless(before[-1:])
        return following.isupper() and len(before) == 2 and before.isalpha() and before.islower()
    word = _word_before(text, begin, at)
    small = word.lower()
    if small in ABBREVIATIONS or (small in NUMBERED and following.isdigit()):
        return False
    if word.isdigit():  # not that of an item, "1. Price", nor of an ordinal, "3. kez"
        return at - len(word) > begin and not (len(word) < 3 and following.islower())
    if len(word) == 1 and word.isupper() and word != "I":  # an initial
        return False
    if small in EITHER or word[-2:-1] == FULL_STOP:
        return not (following.islower() or following.isdigit())
    return True


def _following(text: str, at: int) -> str:
    """The first character of the next sentence behind quotes and brackets; of a placeholder, such
    as <PERSON>, its first letter.
    """
    for character in text[at : at + SKIPPED]:
        if character.isalnum() or not (
            character == "<" or character in OPENERS or unicodedata.category(character) in OPENING
        ):
            return character
    return ""


def _word_before(text: str, begin: int, at: int) -> str:
    """What stands before a position without a space, without quotes and brackets before it; longer
    words are cut.
    """
    piece = text[max(begin, at - LONGEST) : at]
    words = piece.split()
    return words[-1].lstrip("([\"'“„«¡¿.") if words and not piece[-1].isspace() else ""


def _caseless(character: str) -> bool:
    return character.isalpha() and character.lower() == character.upper()
