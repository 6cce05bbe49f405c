"""Street addresses."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.street_address import StreetAddressRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 742 Evergreen Terrace, Springfield", "742 Evergreen Terrace"),
        ("221B Baker Street", "221B Baker Street"),
        ("1600 N. Pine Valley Rd", "1600 N. Pine Valley Rd"),
        ("12 West 42nd Street", "12 West 42nd Street"),
        ("in der Hauptstraße 5", "Hauptstraße 5"),
        ("10 minutes down the road", None),
        ("the 3 Musketeers", None),
        ("on Wall Street", None),
    ],
)
def test_addresses(text: str, found: str | None) -> None:
    results = StreetAddressRecognizer().analyze(text, ["LOCATION"])
    assert {text[result.start : result.end] for result in results} == ({found} if found else set())
