"""Recognizer of IP addresses: Presidio's patterns, also beside a colon.

"IP:2001:db8::1" and "2001:db8::1: refused" hold an address. Presidio takes every colon for a part of it, and finds none.
"""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import IpRecognizer

NOT_BEFORE, NOT_BEHIND = r"(?<![\w:])", r"(?![\w:]|\.\d)"
BEFORE: Final = rf"(?:{NOT_BEFORE}|(?<=\bIP(?:v?[46])?:))"
BEHIND: Final = r"(?!\w|:[\w:]|\.\d)"


class NetworkAddressRecognizer(IpRecognizer):
    """IP_ADDRESS, version 4 and 6."""

    def __init__(self) -> None:
        super().__init__(patterns=[Pattern(known.name, _beside_colons(known.regex), known.score) for known in self.PATTERNS])


def _beside_colons(pattern: str) -> str:
    return pattern.replace(NOT_BEFORE, BEFORE).replace(NOT_BEHIND, BEHIND)
