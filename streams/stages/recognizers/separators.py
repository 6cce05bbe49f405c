"""Separators within and before numbers, and prefixes of numbers that are no personal data: one
table for all recognizers.

They read folded texts (``streams.stages.folding``), in which every space is a space, every dash a
hyphen and every middle dot between digits a full stop.
"""

from __future__ import annotations

import re
from typing import Final

BETWEEN: Final = r"(?: ?[-./_]{1,2} ?| {1,2})"
"""Between two groups, in the dialects of ``re``, ``regex`` and RE2."""
NO_DIGIT_BEFORE, NO_DIGIT_BEHIND = r"(?<![0-9])", r"(?![0-9])"

NAMED: Final = (
    r"ean(?:-?(?:8|13))?|gtin(?:-?(?:8|1[234]))?|upc(?:-?[ae])?|isbn(?:-?1[03])?|issn|asin|sku|bar "
    r"?code|s/n|awb"
    r"|(?:tracking|serial|invoice|order|purchase "
    r"order|item|product|article|part|model|catalogue|catalog|ref|reference|booking"
    r"|confirmation|transaction|shipment|parcel|batch|lot|licen[cs]e) "
    r"?(?:number|num|no|nr|id|code|key|#)"
    r"|(?:order|tracking|invoice|serial|item|model|part|ref|batch|lot) ?(?=#)"
)
VERSIONED: Final = (
    r"versions?|ver|v|firmware|fw|build|release|revision|rev|bios|driver|drivers|kernel|patch|android|ios|ipados|macos|osx"
    r"|windows|linux|ubuntu|chrome|firefox|safari|edge|opera|java|php|section|chapter|clause|paragraph"
)
LINK: Final = r"[.:#=]?\s?(?:is|was|of|to|from)?\s?[:#=\-(\[\"']?\s?#?"
REFERENCE: Final = re.compile(rf"(?<![a-z])(?:{NAMED}){LINK}\Z", re.IGNORECASE | re.ASCII)
VERSION: Final = re.compile(rf"(?<![a-z])(?:{VERSIONED}){LINK}\Z", re.IGNORECASE | re.ASCII)
VERSION_BEHIND: Final = re.compile(
    r"\s(?:firmware|version|update|build|release|patch)(?![a-z])", re.IGNORECASE
)
LONGEST_CUE: Final = 48
"""Characters before a number in which is said what it is."""


def is_reference(text: str, start: int) -> bool:
    """Whether what stands before a number names it as that of an article, an order or a parcel."""
    return REFERENCE.search(text, max(0, start - LONGEST_CUE), start) is not None


def is_version(text: str, start: int, end: int) -> bool:
    """Whether what stands beside four numbers with full stops says that they are a version or a
    section.
    """
    return (
        VERSION.search(text, max(0, start - LONGEST_CUE), start) is not None
        or VERSION_BEHIND.match(text, end) is not None
    )


def is_book_number(written: str) -> bool:
    """Whether digits, grouped or not, are an ISBN: thirteen that begin with 978 or 979, or ten in
    four groups, with the right check digit."""
    digits = [int(character) for character in written if character.isdecimal()]
    if len(digits) == 13 and digits[:3] in ([9, 7, 8], [9, 7, 9]):
        return sum(digits[::2] + [3 * digit for digit in digits[1::2]]) % 10 == 0
    if len(digits) == 10 and re.fullmatch(r"[0-9]+[- ][0-9]+[- ][0-9]+[- ][0-9]", written):
        return (
            sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11
            == 0
        )
    return False
