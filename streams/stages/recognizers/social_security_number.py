"""Recognizer of US social security numbers: Presidio's forms with any separator, and nine digits
announced as one.

Numbers that are printed as examples count, too: who writes "my SSN is 123-45-6789" means a number
of somebody.
"""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import UsSsnRecognizer

from streams.stages.recognizers.separators import BETWEEN, NO_DIGIT_BEFORE, NO_DIGIT_BEHIND

NAMES: Final = r"(?<![a-z])(?:ssn|ss ?#|ss no|social security|soc\.? ?sec)"
SAID: Final = rf"(?<={NAMES}[^0-9]{{0,32}})"
"""Behind its name. Read last, where there are nine digits."""
GATE: Final = rf"[0-9]{{3}}{BETWEEN}?[0-9]{{2}}{BETWEEN}?[0-9]{{4}}"
PATTERNS: Final = [
    Pattern("named", rf"{NO_DIGIT_BEFORE}(?={GATE}){SAID}{GATE}{NO_DIGIT_BEHIND}", 0.85),
    Pattern(
        "in groups",
        rf"{NO_DIGIT_BEFORE}[0-9]{{3}}(?P<between>{BETWEEN})[0-9]{{2}}(?P=between)[0-9]{{4}}{NO_DIGIT_BEHIND}",
        0.5,
    ),
    Pattern("bare", rf"{NO_DIGIT_BEFORE}[0-9]{{9}}{NO_DIGIT_BEHIND}", 0.05),
    Pattern(
        "in two groups",
        rf"{NO_DIGIT_BEFORE}(?:[0-9]{{5}}-[0-9]{{4}}|[0-9]{{3}}-[0-9]{{6}}){NO_DIGIT_BEHIND}",
        0.05,
    ),
]
AREA, GROUP, SERIAL = slice(3), slice(3, 5), slice(5, 9)


class SocialSecurityNumberRecognizer(UsSsnRecognizer):
    """US_SSN in groups or without."""

    def __init__(self) -> None:
        super().__init__(patterns=PATTERNS)

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether no such number is issued."""
        digits = "".join(character for character in pattern_text if character.isdecimal())
        return (
            len(set(digits)) == 1
            or digits[AREA] in {"000", "666"}
            or digits[GROUP] == "00"
            or digits[SERIAL] == "0000"
        )
