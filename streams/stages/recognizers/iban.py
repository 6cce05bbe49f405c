"""Recognizer of international bank account numbers.

Presidio's pattern swallows the word after an IBAN and then fails its own checksum. This one knows
how long an IBAN of each country is, and takes no more. ISO 13616; lengths from the SWIFT IBAN
registry.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from presidio_analyzer import LocalRecognizer, RecognizerResult

from streams.stages.recognizers.separators import BETWEEN, NO_DIGIT_BEHIND

LENGTHS: Final = {
    length: countries.split()
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: ("AL AZ BY CY DO GT HU LB "
                                                                        "NI PL SV"),
                                                                        29: "BR EG PS QA UA",
        30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
}  # fmt: skip
LENGTH_OF: Final = {
    country: length for length, countries in LENGTHS.items() for country in countries
}
LETTERS: Final = {
    letter: str(number) for number, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
BEGINNING = re.compile(rf"[A-Za-z]{{2}}[0-9]{{2}}(?={BETWEEN}?[A-Za-z0-9])")
CHARACTER = re.compile(r"[0-9A-Za-z]")
SCORE: Final = 1.0


class IbanRecognizer(LocalRecognizer):
    """Finds IBANs of every country that has them, in groups or not, before and after any word."""

    def __init__(self) -> None:
        super().__init__(
            supported_entities=["IBAN_CODE"], supported_language="en", name="IbanRecognizer"
        )

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: Any = None
    ) -> list[RecognizerResult]:
        """Every IBAN whose check digits are right."""
        found = ((match.start(), _end(text, match.start())) for match in BEGINNING.finditer(text))
        return [
            RecognizerResult("IBAN_CODE", start, end, SCORE)
            for start, end in found
            if end is not None
        ]


def _end(text: str, start: int) -> int | None:
    """Where the IBAN that begins at ``start`` ends; None if there is none."""
    length = LENGTH_OF.get(text[start : start + 2].upper())
    if length is None:
        return None
    written = _of_length(length).match(text, start)
    if written is None:
        return None
    digits = CHARACTER.findall(written[0].upper())
    number = int("".join(LETTERS[character] for character in digits[4:] + digits[:4]))
    goes_on = (
        text[written.end() - 1].isalpha() and text[written.end() : written.end() + 1].isalpha()
    )
    return written.end() if number % 97 == 1 and not goes_on else None


@cache
def _of_length(length: int) -> re.Pattern[str]:
    """So many letters and digits, in groups or not; a letter may follow, because the length is
    known, and no further digit.
    """
    return re.compile(rf"[0-9A-Za-z](?:{BETWEEN}?[0-9A-Za-z]){{{length - 1}}}{NO_DIGIT_BEHIND}")
