"""Bank account numbers."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.iban import LENGTH_OF, IbanRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DE89 3704 0044 0532 0130 00", ["DE89 3704 0044 0532 0130 00"]),
        ("the account DE89 3704 0044 0532 0130 00 belongs to me", ["DE89 3704 0044 0532 0130 00"]),
        ("DE89370400440532013000 now", ["DE89370400440532013000"]),
        ("de89 3704 0044 0532 0130 00", ["de89 3704 0044 0532 0130 00"]),
        ("DE89-3704-0044-0532-0130-00.", ["DE89-3704-0044-0532-0130-00"]),
        (
            "GB29 NWBK 6016 1331 9268 19 or NO93 8601 1117 947",
            ["GB29 NWBK 6016 1331 9268 19", "NO93 8601 1117 947"],
        ),
        ("MT84MALT011000012345MTLCAST001S", ["MT84MALT011000012345MTLCAST001S"]),
        ("DE88 3704 0044 0532 0130 00", []),  # check digits
        ("DE89 3704 0044 0532 0130", []),  # too short
        ("DE89 3704 0044 0532 0130 001", []),  # goes on
        ("IBANDE89370400440532013000is mine", ["DE89370400440532013000"]),  # its length is known
        ("SD888 power this phone", []),  # ends inside a word
        ("QQ89 3704 0044 0532 0130 00", []),  # no such country
        ("DE89   3704 0044 0532 0130 00", []),  # three spaces: not written so
        ("DE89_3704.0044/0532 0130 00", ["DE89_3704.0044/0532 0130 00"]),
        ("", []),
    ],
)
def test_ibans(text: str, found: list[str]) -> None:
    results = IbanRecognizer().analyze(text, ["IBAN_CODE"])
    assert [text[result.start : result.end] for result in results] == found


def test_no_country_has_two_lengths() -> None:
    assert len(LENGTH_OF) > 80
    assert all(15 <= length <= 34 for length in LENGTH_OF.values())
