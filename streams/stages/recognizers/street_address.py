"""Street addresses: a house number beside the name of a street. Taggers find cities, and leave the door open."""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern, PatternRecognizer

KINDS: Final = (
    "Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Place|Pl|Terrace|Parkway|Pkwy|Highway|Hwy"
    "|Way"
)
WORD: Final = r"(?-i:\p{Lu}[\p{L}'’\-]+|\d{1,3}(?:st|nd|rd|th))"
ENGLISH: Final = rf"\b\d{{1,5}}[A-Za-z]?,?\s(?:(?-i:[NSEW])\.?\s)?(?:{WORD}\s){{1,4}}(?-i:{KINDS})\b\.?"
GERMAN: Final = r"\b(?-i:\p{Lu})[\p{L}\-]*(?:straße|strasse|weg|platz|allee|gasse)\s\d{1,4}[a-z]?\b"


class StreetAddressRecognizer(PatternRecognizer):
    """LOCATION for English and German street addresses."""

    def __init__(self) -> None:
        patterns = [Pattern("number first", ENGLISH, 0.6), Pattern("number last", GERMAN, 0.6)]
        super().__init__(supported_entity="LOCATION", patterns=patterns, supported_language="en", name="StreetAddressRecognizer")
