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
        ("visit example.com.Thanks a lot", ["example.com"]),
        ("visit www.example.com.It was", ["www.example.com"]),
        ("\u770bhttps://example.com/a\uff0c\u5f88\u597d", ["https://example.com/a"]),
        ("\u770bwww.example.com\u8c22\u8c22", ["www.example.com"]),
        ("\u770bexample.com/\u8def\u5f84 \u5f88", ["example.com/\u8def\u5f84"]),
        ("-www.example.org-", ["www.example.org"]),
    ],
)
def test_web_addresses(text: str, found: list[str]) -> None:
    assert [
        text[result.start : result.end] for result in WebAddressRecognizer().analyze(text, ["URL"])
    ] == found
