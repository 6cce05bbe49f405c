"""Card numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from presidio_analyzer.predefined_recognizers import CreditCardRecognizer

from streams.stages.recognizers.payment_card import PaymentCardRecognizer


def luhn_digit(body: str) -> int:
    """The check digit for these."""
    return next(digit for digit in range(10) if _passes(f"{body}{digit}"))


def _passes(number: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "4222222222222",
        "5500 0000 0000 0004",
        "2221 0000 0000 0009", "2720 9900 0000 0007", "3782 822463 10005", "30569309025904",
        "6011000990139424",
        "3530111333300000", "213100000000000008", "6759 6498 2643 8453", "6304 0000 0000",
        "6200 0000 0000 0000 000",
    ],
)  # fmt: skip
def test_cards_of_every_network(number: str) -> None:
    """Test numbers that the networks publish, and made ones of rare lengths whose check digit is
    right.
    """
    text = f"my card {number} was charged"
    found = PaymentCardRecognizer().analyze(text, ["CREDIT_CARD"])
    assert [text[result.start : result.end] for result in found] == [number]


@pytest.mark.parametrize("length", range(12, 20))
@pytest.mark.parametrize(
    "prefix",
    [
        "4",
        "51",
        "2221",
        "2720",
        "34",
        "37",
        "305",
        "36",
        "39",
        "6011",
        "65",
        "3528",
        "3589",
        "2131",
        "62",
        "6759",
        "50",
        "2200",
    ],
)
def test_every_network_and_length_with_the_right_check_digit_and_no_other(
    prefix: str, length: int
) -> None:
    body = (prefix + "0123456789012345678")[: length - 1]
    found = [
        digit
        for digit in "0123456789"
        if PaymentCardRecognizer().analyze(body + digit, ["CREDIT_CARD"])
    ]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("4111 1111 1111 1111 12/27", "4111 1111 1111 1111"),
        ("4111 1111 1111 1111 737", "4111 1111 1111 1111"),
        ("on the 12 4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("3782 822463 10005 11", "3782 822463 10005"),
        ("4111111111111111 0627 737", "4111111111111111"),
        ("Paid.4111111111111111", "4111111111111111"),
        ("no 4222222222222, yes", "4222222222222"),
        ("4111.1111.1111.1111", "4111.1111.1111.1111"),
        ("4111 / 1111 / 1111 / 1111 12/27", "4111 / 1111 / 1111 / 1111"),
        ("card4111_1111_1111_1111was", "4111_1111_1111_1111"),
        ("3782.822463.10005", "3782.822463.10005"),
    ],
)
def test_a_card_among_other_digits(text: str, card: str) -> None:
    found = PaymentCardRecognizer().analyze(text, ["CREDIT_CARD"])
    assert [text[result.start : result.end] for result in found] == [card]


@given(
    st.text("0123456789 -", min_size=12, max_size=40)
    | st.integers(10**11, 10**16).map(lambda n: f"x {n}{luhn_digit(str(n))} y")
    | st.integers(10**14, 10**15 - 1).map(
        lambda n: re.sub(r"(\d{4})(?=\d)", r"\1-", f"{n}{luhn_digit(str(n))}") + " 12/27"
    )
)
@example("3000-029500334-0")
def test_it_finds_what_presidio_finds_but_lists_of_years(text: str) -> None:
    ours = PaymentCardRecognizer().analyze(text, ["CREDIT_CARD"])
    for result in CreditCardRecognizer().analyze(text, ["CREDIT_CARD"]):
        covered = any(found.start <= result.start and result.end <= found.end for found in ours)
        assert (
            covered
            or text[result.start] == "1"
            or len(set(text[result.start : result.end]) - set(" -")) == 1
        )


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # check digit
        "0000 0000 0000 0000",  # passes Luhn, is no card
        "41111111111",  # too short
        "41111111111111111111111111",  # too long
        "9111 1111 1111 1111",  # no network
        "3.14111111111111111",  # a decimal
        "4024.00712 34567890",
        "4111.1111.1111.1112",
        "4.1111111.1111111.1",  # no card is laid out so
        "order number 4111 1111 1111 1111",
        "EAN 4222222222222",
        "1999 2000 2001",
        "1999 2000 2001 2008",  # passes Luhn
        "1700000000000 ms, 1700000000004",
    ],
)
def test_other_numbers(text: str) -> None:
    assert PaymentCardRecognizer().analyze(text, ["CREDIT_CARD"]) == []
