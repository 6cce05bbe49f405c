"""Telephone numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberMatcher
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from streams.stages.recognizers.phone_number import ENOUGH, FEWEST, PhoneNumberRecognizer
from streams.stages.recognizers.separators import is_book_number

REGIONS = ("US", "GB", "DE", "IT", "FR")
WRITTEN = [
    "+1 415 555 0132", "(212) 555-0187", "+44 20 7946 0958", "020 7946 0958", "+49 (0)30 901820",
    "030 901820 ext. 12",
    "030/901820", "+1 (650) 223 3345 x 7", "1687", "1999-2003", "+33 1 42 68 53 00",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ring +1 415 555 0132.", ["+1 415 555 0132"]),
        ("(212) 555-0187 or 020 7946 0958", ["(212) 555-0187", "020 7946 0958"]),
        ("+49 30 901820 ext. 12 please", ["+49 30 901820 ext. 12"]),
        ("+33 1 42 68 53 00", ["+33 1 42 68 53 00"]),  # of another country
        ("+1 415 555 0132, 212-555-0187", ["+1 415 555 0132", "212-555-0187"]),
        ("in 1687, or 1646", []),  # can be dialled in Germany
        ("from 1999-2003", []),
        ("03058/32868/2125550573", ["2125550573"]),
        ("4111 1111 1111 1111", []),
        ("abc2125550187", []),
        ("call me on +44 7700 900123 5 times", ["+44 7700 900123"]),  # not assigned
        ("+1 555 123 4567", ["+1 555 123 4567"]),
        ("call+442079460958now", ["+442079460958"]),
        ("212-555-0187Thanks", ["212-555-0187"]),
        ("212_555_0187", ["212_555_0187"]),
        ("(+44 20 7946 0958)", ["+44 20 7946 0958"]),
        ("+1 000 000 times, +999 12345678, +10,000 people", []),
        ("order number 212-555-0187", []),
        ("ISBN 0-306-40615-2 or 978-0-306-40615-7, EAN 4006381333931", []),
    ],
)
def test_numbers(text: str, found: list[str]) -> None:
    results = PhoneNumberRecognizer(supported_regions=REGIONS).analyze(text, ["PHONE_NUMBER"])
    assert sorted(text[result.start : result.end] for result in results) == sorted(found)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=4),
    st.sampled_from([" ", ", ", " or ", "\n", "/", "; ", " - "]),
)
@example(["+1 415 555 0132", "1687", "030 901820 ext. 12"], " ")
@example(["+1 415 555 0132", "030/901820"], " ")
def test_it_finds_what_presidio_finds_but_what_is_short_and_more_only_by_its_form(
    numbers: list[str], between: str
) -> None:
    text = between.join(numbers)
    ours, presidio = (
        {
            text[result.start : result.end]
            for result in recognizer(supported_regions=REGIONS).analyze(text, ["PHONE_NUMBER"])
        }
        for recognizer in (PhoneNumberRecognizer, PhoneRecognizer)
    )
    theirs = {number for number in presidio if ENOUGH.search(number)}
    assert ours >= theirs
    assert all(
        re.match(r"\+|\(?[0-9]{3}\)?[- ][0-9]{3}[- ][0-9]{4}$", number) for number in ours - theirs
    )


numerals = st.lists(
    st.text("0123456789", min_size=1, max_size=12)
    | st.sampled_from(["1", "0", "00", "0044", "90", "011", "2125550187", "2079460958"])
).map("".join)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(("US", "GB", "DE", "FR", "ES", "IT", "IN", "BR", "IL", "MX", "AR", "JP")),
    numerals,
)
@example("BR", "90151143706110")
@example("GB", "442079460958")
@example("US", "0114930901820")
def test_digits_that_are_compared_first_lose_no_number(region: str, digits: str) -> None:
    text = f" {digits} "
    numbers = [
        match.raw_string
        for match in PhoneNumberMatcher(text, region)
        if len(match.raw_string) >= FEWEST
    ]
    found = [
        text[one.start : one.end]
        for one in PhoneNumberRecognizer(supported_regions=(region,)).analyze(text, [])
    ]
    assert [number for number in numbers if not is_book_number(number)] == found
