"""Normalization of typed characters: one form for every apostrophe, letter and digit.

Telephones type curly apostrophes, keyboards of some countries accents, and a file read in the wrong
encoding holds ``doesnâ€™t``; letters and digits come full-width, as keycaps or out of the
mathematical alphabets. To a model these are other words, and to a recognizer no number at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

import re2

from models.text.alignment import Edit

APOSTROPHES: Final = "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\uff07\ua78b\ua78c"
"""Quotation marks, modifier letters, full-width: apostrophes wherever they stand."""
ACCENTS: Final = "\u00b4`\u2032\u2035\u02ca\u02cb"
"""Accents and primes: apostrophes between letters, and nothing of that kind elsewhere (five feet).
"""
ENDINGS: Final = r"(?:s|t|d|m|re|ve|ll)(?![A-Za-z])"
"""What follows the apostrophe of a contraction."""


def _misread() -> list[str]:
    """What UTF-8 apostrophes become in readers that took them for another encoding, once or twice;
    the longest first.
    """
    forms = {"\u00e2\u20acTM", "\x91", "\x92"}
    for encoding, marks in (
        ("cp1252", "\u02bc\u2032\u00b4"),
        ("latin-1", ""),
        ("mac-roman", ""),
        ("cp1251", ""),
    ):
        for apostrophe in f"\u2018\u2019\u201b{marks}":
            once = apostrophe.encode().decode(encoding, "replace")
            twice = once.encode().decode(encoding, "replace")
            forms |= {form for form in (once, twice) if "\ufffd" not in form and "\xa0" not in form}
    return sorted(forms, key=len, reverse=True)


# GBK takes the letter behind the apostrophe with it: 鈥檛 is "’t".
WITH_LETTER: Final = {
    f"\u2019{letter}".encode().decode("gbk"): f"'{letter}" for letter in "dlmrstv"
}
ESCAPED: Final = "&(?:#0*39|#x0*27|apos|[lr]squo|#821[67]);"
"""References that were escaped twice, after they were resolved once."""
LOST: Final = (
    rf"\ufffd(?<=[A-Za-z].)(?={ENDINGS})",
    rf"\u00d5(?<=[A-Za-z].)(?={ENDINGS})",
    r"\?(?<=[a-z]n.)(?=t(?![\w=&]))",
)
"""A character that could not be read (or that Mac OS wrote), where only an apostrophe can have
stood.
"""
# Every alternative begins with a character, not with a class or an assertion: so the search is
# several times as fast.
APOSTROPHE = re.compile(
    "|".join([
        *map(re.escape, WITH_LETTER),
        *map(re.escape, _misread()),
        *APOSTROPHES,
        *(rf"{accent}(?<=[^\W\d_].)(?=[^\W\d_])" for accent in ACCENTS),
        ESCAPED,
        *LOST,
    ])
)  # fmt: skip
CONTROL = re.compile("\u00e2\x80[\x98\x99\x9b]|[\x91\x92]")
"""Those with control characters, which do not last long."""

RANGES: Final = (
    (0x132, 0x133), (0x17F, 0x17F), (0x1C4, 0x1CC), (0x1F1, 0x1F3), (0x2102, 0x2149),
    (0x24B6, 0x24E9), (0xFB00, 0xFB06),
    (0xFB50, 0xFDF9), (0xFE70, 0xFEFC), (0xFF10, 0xFF9F), (0x1D400, 0x1D7FF), (0x1EE00, 0x1EEBB),
    (0x1F130, 0x1F149),
    (0x1FBF0, 0x1FBF9),
)  # fmt: skip
"""Where Unicode keeps its other letters and digits: full- and half-width, ligatures, mathematical
and circled ones, forms of Arabic letters by their place in a word."""


def _plain(character: str) -> str | None:
    """The letters or digits that a character stands for (NFKC); None where it is one of its own, or
    no such thing ("™").
    """
    plain = unicodedata.normalize("NFKC", character)
    framed = unicodedata.decomposition(character).startswith(("<circle>", "<square>"))
    voicing = character in "\uff9e\uff9f"  # the kana before them
    if plain == character or not (
        framed or unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}
    ):
        return None
    return plain if plain.isalnum() or voicing else None


LETTERS: Final = {
    chr(code): plain
    for first, last in RANGES
    for code in range(first, last + 1)
    if (plain := _plain(chr(code))) is not None
}
FRAME: Final = "\u20e3"
"""Makes a keycap of the digit before it."""
LETTER = re.compile(f"[{''.join(LETTERS)}]|(?<=[0-9])(?:\ufe0f?{FRAME})+")


def _class(characters: Iterable[str]) -> str:
    """A class of RE2 for these characters."""
    return "".join(f"\\x{{{ord(character):X}}}" for character in sorted(characters))


OTHER_LETTERS: Final = f"[{_class([*LETTERS, FRAME])}]"
OTHER_APOSTROPHES: Final = "|".join(
    [
        *map(re.escape, [*WITH_LETTER, *_misread()]),
        f"[{_class([*APOSTROPHES, *ACCENTS, *chr(0xFFFD), *chr(0xD5)])}]",
        ESCAPED,
        r"n\?t",
    ]
)
LETTER_GATE: Final = re2.compile(OTHER_LETTERS)
APOSTROPHE_GATE: Final = re2.compile(OTHER_APOSTROPHES)
GATE: Final = re2.compile(f"{OTHER_LETTERS}|{OTHER_APOSTROPHES}")
"""Gates: each is found in every text that its pattern above is found in, and in few others. RE2
looks for all of it in a twentieth of the time that the patterns take.
"""


def _passes(gate: Any, text: str) -> bool:
    return gate.search(text.encode("utf8", "surrogatepass")) is not None


def is_typed_plainly(text: str) -> bool:
    """Whether it is plain that the steps below would change nothing; without control characters."""
    return not _passes(GATE, text)


def letters(text: str) -> Iterator[Edit]:
    """Letters and digits in the form that has no other."""
    if text.isascii() or not _passes(LETTER_GATE, text):
        return
    for match in LETTER.finditer(text):
        yield Edit(match.start(), match.end(), LETTERS.get(match[0], ""))


def control_apostrophes(text: str) -> Iterator[Edit]:
    """Apostrophes misread so that control characters are in them."""
    if text.isascii() or not ("\x80" in text or "\x91" in text or "\x92" in text):
        return
    for match in CONTROL.finditer(text):
        yield Edit(match.start(), match.end(), "'")


def apostrophes(text: str) -> Iterator[Edit]:
    """All of them, as ``'``."""
    if text.isascii():
        if "&" not in text and "n?t" not in text and "`" not in text:
            return
    elif not _passes(APOSTROPHE_GATE, text):
        return
    for match in APOSTROPHE.finditer(text):
        yield Edit(match.start(), match.end(), WITH_LETTER.get(match[0], "'"))
