"""Payment cards of every network: 12 to 19 digits, grouped or not, that pass Luhn's check and begin as a network's cards do.

Presidio's pattern knows neither Mastercard's 2-series nor cards of 12 and 19 digits. ISO/IEC 7812-1.
"""

from __future__ import annotations

import re
from typing import Any, Final

from presidio_analyzer import LocalRecognizer, RecognizerResult

DIGITS = re.compile(r"(?<![\d.])(?<!\d[ -])\d(?:[ -]?\d){11,18}(?![ -]?\d)")
# Visa, Mastercard (two series), American Express, Diners, Discover, JCB (two series), UnionPay, Maestro, Mir, RuPay.
NETWORKS = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|3(?:0[0-5]|095|6|8|9)|6(?:011|4[4-9]|5)|35(?:2[89]|[3-8])|2131|1800|62|81"
    r"|50|5[6-9]|6[0137]|220[0-4]|60|82|508"
)
SCORE: Final = 1.0


class PaymentCardRecognizer(LocalRecognizer):
    """CREDIT_CARD for every network and length."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["CREDIT_CARD"], supported_language="en", name="PaymentCardRecognizer")

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Every number that may be a card's."""
        return [RecognizerResult("CREDIT_CARD", *match.span(), SCORE) for match in DIGITS.finditer(text) if _is_card(match[0])]


def _is_card(written: str) -> bool:
    digits = [int(character) for character in written if character.isdigit()]
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[-2::-2])
    plausible = NETWORKS.match("".join(map(str, digits))) is not None and len(set(digits)) > 1
    return plausible and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
