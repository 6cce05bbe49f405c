"""Web addresses and their ends."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.web_address import WebAddressRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.com/a?b=c#d, then", ["https://example.com/a?b=c#d"]),
        ("see (http://example.com/a).", ["http://example.com/a"]),
        ("www.example.biz is mine", ["www.example.biz"]),
        ("my shop is example.co.uk now", ["example.co.uk"]),
        ("on IMDb.com and Amazon.com.", ["IMDb.com", "Amazon.com"]),
        ("it was the end.Great film", []),
        ("this movie.it is long", []),
        ("the book.to be fair", []),
        ("it had to end...No, sadly not", []),
        ("shop.example.biz/a/b?c=1, really", ["shop.example.biz/a/b?c=1"]),
        ("my site example.it/shop", ["example.it/shop"]),
        ("www.example.it", ["www.example.it"]),
        ("clothes.and more", []),
        ("e.g. this, 3.5 of 5...", []),
    ],
)
def test_web_addresses(text: str, found: list[str]) -> None:
    assert [text[result.start : result.end] for result in WebAddressRecognizer().analyze(text, ["URL"])] == found
