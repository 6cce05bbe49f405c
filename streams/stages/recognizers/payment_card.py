"""Recognizer of payment cards: 12 to 19 digits, grouped or not, with a network's prefix and a valid Luhn checksum.

Presidio's pattern knows neither Mastercard's 2-series nor cards of 12, 18 and 19 digits. ISO/IEC 7812-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from presidio_analyzer import LocalRecognizer, RecognizerResult

RUN = re.compile(r"(?<!\d)(?<!\d\.)\d+(?:[ -]\d+)*")
GROUP = re.compile(r"\d+")
# All that begin with 3 to 6 belong to a network. With 1 begin those of airlines and of JCB, 15 digits long, and lists of years;
# with 2 Mastercard's second series, Mir and some of JCB; with 8 some of RuPay and UnionPay; with 9 Troy.
NETWORKS = re.compile(r"[3-6]|1(?=\d{14}$)|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720|20[0-4]|131)|8[12]|508|9792")
SHORTEST, LONGEST = 12, 19
SCORE: Final = 1.0
LIKE_A_PHONE: Final = 0.39
"""After a plus. One number in ten passes Luhn's check by chance: where it is a telephone's, that recognizer is surer."""


class PaymentCardRecognizer(LocalRecognizer):
    """CREDIT_CARD for every network and length."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["CREDIT_CARD"], supported_language="en", name="PaymentCardRecognizer")

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Every number that may be a card's."""
        return [
            RecognizerResult("CREDIT_CARD", start, end, LIKE_A_PHONE if text[start - 1 : start] == "+" else SCORE)
            for start, end in _cards(text)
        ]


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for run in RUN.finditer(text):
        if len(run[0]) < SHORTEST:
            continue
        groups = [group.span() for group in GROUP.finditer(text, *run.span())]
        if _is_card(run[0]):
            yield run.span()
        else:
            yield from _among(text, groups)


def _among(text: str, groups: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cards in a run of digits that holds more, as a date of expiry: one group, or several as they are embossed."""
    position = 0
    while position < len(groups):
        sizes = [end - start for start, end in groups[position : position + 5]]
        for count in range(len(sizes), 0, -1):
            start, end = groups[position][0], groups[position + count - 1][1]
            if _is_embossed(sizes[:count]) and _is_card(text[start:end]):
                yield start, end
                position += count - 1
                break
        position += 1


def _is_embossed(sizes: list[int]) -> bool:
    """As cards show them, or with some of the spaces left out: no group is shorter than those of any network."""
    return len(sizes) == 1 or (sizes[0] >= 4 and min(sizes) >= 3)


def _is_card(written: str) -> bool:
    digits = [int(character) for character in written if character.isdecimal()]
    if not SHORTEST <= len(digits) <= LONGEST or len(set(digits)) == 1 or not NETWORKS.match("".join(map(str, digits))):
        return False
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
