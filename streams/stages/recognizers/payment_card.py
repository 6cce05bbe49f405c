"""Recognizer of payment cards: 12 to 19 digits, grouped or not, with a network's prefix and a valid
Luhn checksum.

Presidio's pattern knows neither Mastercard's 2-series nor cards of 12, 18 and 19 digits. ISO/IEC
7812-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from presidio_analyzer import LocalRecognizer, RecognizerResult

from streams.stages.recognizers.separators import (
    BETWEEN,
    NO_DIGIT_BEFORE,
    is_book_number,
    is_reference,
)

RUN = re.compile(rf"{NO_DIGIT_BEFORE}[0-9]+(?:{BETWEEN}[0-9]+)*")
GROUP = re.compile(r"[0-9]+")
# All that begin with 3 to 6 belong to a network. With 1 begin those of airlines and of JCB, 15
# digits long, and lists of years; with 2 Mastercard's second series, Mir and some of JCB; with 8
# some of RuPay and UnionPay; with 9 Troy.
NETWORKS = re.compile(
    r"[3-6]|1(?=[0-9]{14}$)|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720|20[0-4]|131)|8[12]|508|9792"
)
SHORTEST, LONGEST = 12, 19
MOST_GROUPS: Final = 5
LAYOUTS: Final = frozenset({
    (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 1), (4, 4, 4, 3), (4, 4, 4, 2), (4, 4, 4),
    (4, 4, 5), (6, 13), (5, 4, 5),
    (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (4, 8, 4), (8, 8), (6, 10), (4, 12),
    (8, 4, 4), (4, 4, 8),
})  # fmt: skip
"""How many digits stand together as cards are embossed: demanded of what is separated by other than
a space or a hyphen, because decimals, dates and versions are, too."""
USUAL: Final = frozenset({" ", "-"})
SCORE: Final = 1.0
LIKE_A_PHONE: Final = 0.39
"""After a plus. One number in ten passes Luhn's check by chance: where it is a telephone's, that
recognizer is surer.
"""
Groups = list[tuple[int, int]]


class PaymentCardRecognizer(LocalRecognizer):
    """CREDIT_CARD for every network and length."""

    def __init__(self) -> None:
        super().__init__(
            supported_entities=["CREDIT_CARD"],
            supported_language="en",
            name="PaymentCardRecognizer",
        )

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: Any = None
    ) -> list[RecognizerResult]:
        """Every number that may be a card's and is not said to be that of an order or an
        article."""
        return [
            RecognizerResult(
                "CREDIT_CARD", start, end, LIKE_A_PHONE if text[start - 1 : start] == "+" else SCORE
            )
            for start, end in _cards(text)
            if not is_reference(text, start) and not is_book_number(text[start:end])
        ]


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for run in RUN.finditer(text):
        if len(run[0]) < SHORTEST:
            continue
        groups = [group.span() for group in GROUP.finditer(text, *run.span())]
        if _is_usual(text, groups) and not _is_decimal(text, run.start()) and _is_card(run[0]):
            yield run.span()
        else:
            yield from _among(text, groups)


def _among(text: str, groups: Groups) -> Iterator[tuple[int, int]]:
    """Cards in a run of digits that holds more, as a date of expiry: one group, or several as they
    are embossed; the longest.
    """
    position = 0
    while position < len(groups):
        for count in range(min(MOST_GROUPS, len(groups) - position), 0, -1):
            some = groups[position : position + count]
            start, end = some[0][0], some[-1][1]
            if end - start >= SHORTEST and _is_laid_out(text, some) and _is_card(text[start:end]):
                yield start, end
                position += count - 1
                break
        position += 1


def _is_laid_out(text: str, groups: Groups) -> bool:
    """As cards show them, or with some of the spaces left out: no group is shorter than those of
    any network.
    """
    sizes = [end - start for start, end in groups]
    if len(sizes) == 1:
        return not _is_decimal(text, groups[0][0])
    if _is_usual(text, groups):
        return sizes[0] >= 4 and min(sizes) >= 3 and not _is_decimal(text, groups[0][0])
    return tuple(sizes) in LAYOUTS


def _is_usual(text: str, groups: Groups) -> bool:
    """Whether single spaces and hyphens are all that is between the groups."""
    return all(text[end:start] in USUAL for (_, end), (start, _) in pairwise(groups))


def _is_decimal(text: str, start: int) -> bool:
    """Whether the digits from there on stand behind a decimal point."""
    return text[start - 1 : start] == "." and text[start - 2 : start - 1].isdecimal()


def _is_card(written: str) -> bool:
    digits = [int(character) for character in written if character.isdecimal()]
    if (
        not SHORTEST <= len(digits) <= LONGEST
        or len(set(digits)) == 1
        or not NETWORKS.match("".join(map(str, digits)))
    ):
        return False
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
