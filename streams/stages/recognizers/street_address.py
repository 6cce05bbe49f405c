"""Recognizer of street addresses: a house number beside the name of a street, which taggers leave
visible.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex
from presidio_analyzer import Pattern, PatternRecognizer

from streams.stages.recognizers.scanned import FLAGS, Found, scanned

KINDS: Final = (
    "Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Place|Pl|Terrace|Parkway|Pkwy|Highway|Hwy"
    "|Way"
)
# Letters of other scripts may stand beside an address without a space.
LETTERS: Final = "\\p{Latin}\u0300-\u036f"
BEGINS: Final = rf"(?<![{LETTERS}0-9_])"
ENDS: Final = rf"(?![{LETTERS}0-9_])"
WORD: Final = rf"(?-i:\p{{Lu}}[{LETTERS}'’\-]+|[0-9]{{1,3}}(?:st|nd|rd|th))"
ENGLISH: Final = (
    rf"{BEGINS}[0-9]{{1,5}}[A-Za-z]?,?\s(?:(?-i:[NSEW])\.?\s)?(?:{WORD}\s){{1,4}}"
    rf"(?-i:{KINDS}){ENDS}\.?"
)
GERMAN_KINDS: Final = "straße|strasse|weg|platz|allee|gasse"
LONGEST_KIND: Final = len("strasse")
GERMAN: Final = (
    rf"{BEGINS}(?-i:\p{{Lu}})[\p{{Latin}}\-]*(?:{GERMAN_KINDS})\s[0-9]{{1,4}}[a-z]?{ENDS}"
)
RUN = regex.compile(r"[\p{Latin}\-]+", FLAGS)
CAPITAL = regex.compile(rf"{BEGINS}(?-i:\p{{Lu}})", FLAGS)
KIND = regex.compile(rf"(?:{GERMAN_KINDS})(?=\s[0-9])", FLAGS)
NUMBER = regex.compile(rf"\s[0-9]{{1,4}}[a-z]?{ENDS}", FLAGS)


def german_streets(text: str) -> Iterator[Found]:
    """Matches of ``GERMAN``: each run of letters and hyphens that ends in the kind of a street and
    has a number behind it.
    """
    position = 0
    for run in RUN.finditer(text):
        number = NUMBER.match(text, run.end())
        kind = (
            KIND.search(text, max(position, run.start(), run.end() - LONGEST_KIND))
            if number
            else None
        )
        begins = CAPITAL.search(text, max(position, run.start()), kind.start()) if kind else None
        if number and kind and begins and kind.end() == run.end():
            position = number.end()
            yield Found(begins.start(), position)


class StreetAddressRecognizer(PatternRecognizer):
    """LOCATION for English and German street addresses."""

    def __init__(self) -> None:
        patterns = [
            Pattern("number first", ENGLISH, 0.6),
            scanned(Pattern("number last", GERMAN, 0.6), german_streets),
        ]
        super().__init__(
            supported_entity="LOCATION",
            patterns=patterns,
            supported_language="en",
            name="StreetAddressRecognizer",
        )
