"""Card numbers."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.payment_card import PaymentCardRecognizer


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "4222222222222", "5500 0000 0000 0004",
        "2221 0000 0000 0009", "2720 9900 0000 0007", "3782 822463 10005", "30569309025904", "6011000990139424",
        "3530111333300000", "213100000000000008", "6759 6498 2643 8453", "6304 0000 0000", "6200 0000 0000 0000 000",
    ],
)  # fmt: skip
def test_cards_of_every_network(number: str) -> None:
    """Test numbers that the networks publish, and made ones of rare lengths whose check digit is right."""
    text = f"my card {number} was charged"
    found = PaymentCardRecognizer().analyze(text, ["CREDIT_CARD"])
    assert [text[result.start : result.end] for result in found] == [number]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # check digit
        "0000 0000 0000 0000",  # passes Luhn, is no card
        "41111111111",  # too short
        "41111111111111111111111111",  # too long
        "9111 1111 1111 1111",  # no network
        "3.14111111111111111",  # a decimal
        "1999 2000 2001",
    ],
)
def test_other_numbers(text: str) -> None:
    assert PaymentCardRecognizer().analyze(text, ["CREDIT_CARD"]) == []
