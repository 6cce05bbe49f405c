"""Where in a text a pattern could match at all: a cheap gate, and the windows around what it finds.

The recognizers' own patterns cost a hundred times the gate's, and on crafted texts their cost grows with the square of the
length. So they see only windows of a bounded size around characters that every match of theirs must hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streams.stages.recognizers.person_cue import CUES

GATES: Final = {
    "EMAIL_ADDRESS": re.compile(r"@"),
    "PHONE_NUMBER": re.compile(r"(?:\d[^\w]{0,3}){7}"),
    "CREDIT_CARD": re.compile(r"(?:\d[ -]?){12}"),
    "IBAN_CODE": re.compile(r"[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{2}"),
    "IP_ADDRESS": re.compile(r"\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:"),
    "US_SSN": re.compile(r"(?:\d[-. ]?){9}"),
    "URL": re.compile(r"[A-Za-z0-9]\.[A-Za-z]{2}|https?://"),
    "PERSON": re.compile(rf"\b(?:{'|'.join(CUES)})[.,]?\s(?-i:[^\W\d_a-z])", re.IGNORECASE),
    "LOCATION": re.compile(r"\b\d{1,5}[A-Za-z]?,? [A-Z0-9]|(?:straße|strasse|weg|platz|allee|gasse) \d"),
}
"""Entity → what every match of its patterns contains."""

MARGIN: Final = 256
LARGEST: Final = 4096


def windows(text: str, entity: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the parts of ``text`` that may hold ``entity``: disjoint unless they had to be split."""
    start, end = 0, -1
    for match in GATES[entity].finditer(text):
        low, high = max(0, match.start() - MARGIN), min(len(text), match.end() + MARGIN)
        if low > end:
            yield from _split(text, start, end)
            start = low
        end = high
    yield from _split(text, start, end)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Windows of at most ``LARGEST``, overlapping by twice the margin so that nothing falls between two."""
    while start < end:
        stop = min(start + LARGEST, end)
        yield _to_words(text, start, stop)
        if stop == end:
            return
        start = stop - 2 * MARGIN


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Move the borders out of words, as far as that goes in a margin: patterns look at what stands before and behind."""
    low = max(0, start - MARGIN)
    while start > low and not text[start - 1].isspace():
        start -= 1
    high = min(len(text), end + MARGIN)
    while end < high and not text[end].isspace():
        end += 1
    return start, end
