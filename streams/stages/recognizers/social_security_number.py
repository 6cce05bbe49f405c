"""Recognizer of US social security numbers: Presidio's patterns, with any dash between the groups.

Telephones and word processors make an en dash or a non-breaking hyphen of what is typed.
"""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import UsSsnRecognizer

DASHES: Final = "-\u2010-\u2015\u2212\uff0d"


class SocialSecurityNumberRecognizer(UsSsnRecognizer):
    """US_SSN with hyphens, dashes, full stops, spaces or nothing between its groups."""

    def __init__(self) -> None:
        super().__init__(patterns=[Pattern(known.name, _with_dashes(known.regex), known.score) for known in self.PATTERNS])


def _with_dashes(pattern: str) -> str:
    """``)-(`` is a hyphen between two groups, ``[- .]`` one of three signs."""
    return pattern.replace(")-(", f")[{DASHES}](").replace("[- .]", f"[{DASHES} .]")
