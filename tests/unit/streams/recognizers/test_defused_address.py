"""Web addresses that nobody can click on."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.defused_address import DefusedAddressRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see hxxp://example.com/u/4711.", ["hxxp://example.com/u/4711"]),
        ("hXXps[:]//www.example.org and", ["hXXps[:]//www.example.org"]),
        ("https[://]example[.]com:8080/x?y=1)", ["https[://]example[.]com:8080/x?y=1"]),
        (
            "on example[.]com, or shop(dot)example{.}co{.}uk!",
            ["example[.]com", "shop(dot)example{.}co{.}uk"],
        ),
        ("见example[.]com谢谢", ["example[.]com"]),
        ("example[.]comThanks", ["example[.]com"]),
        ("example.com and https://example.com", []),  # another recognizer's
        ("good[.]bad, fine(.)then, 1[.]2", []),  # no top-level domain
        ("hxxp://nothing here", []),
    ],
)
def test_addresses_that_are_no_links(text: str, found: list[str]) -> None:
    results = DefusedAddressRecognizer().analyze(text, ["URL"])
    assert [text[result.start : result.end] for result in results] == found


def test_a_crafted_text_takes_time_linear_in_its_length() -> None:
    assert DefusedAddressRecognizer().analyze("a[.]" * 20_000, ["URL"]) == []
    assert DefusedAddressRecognizer().analyze("a-" * 40_000 + "[.]com", ["URL"]) == []
