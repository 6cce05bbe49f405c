"""E-mail addresses."""

from __future__ import annotations

import socket

import pytest

from streams.stages.recognizers.email import OfflineEmailRecognizer
from streams.stages.recognizers.spelled_email import SpelledOutEmailRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail me at jane.roe.13@example-post.org about it", ["jane.roe.13@example-post.org"]),
        ("Jane_Roe+x@mail.example.co.uk, please", ["Jane_Roe+x@mail.example.co.uk"]),
        ("a@example.org b@example.com", ["a@example.org", "b@example.com"]),
        ("half@ of @one", []),
        ("nobody@localhost", ["nobody@localhost"]),
        ("jane@example.notatld", ["jane@example.notatld"]),
        ("jane.roe@example.com.Thanks", ["jane.roe@example.com"]),
        ("jane@my.example.com.It was", ["jane@my.example.com"]),
        ("jane@example.com-so far", ["jane@example.com"]),
        ("jane.roe@examplecom", ["jane.roe@examplecom"]),
        ("\u8054\u7cfbalice@example.com\u8c22\u8c22", ["alice@example.com"]),
        (
            "\u8054\u7cfb\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8\u8c22\u8c22",
            ["\u8054\u7cfb\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8"],
        ),
        ('"jane"@example.org and jane@[192.0.2.1]', ['"jane"@example.org', "jane@[192.0.2.1]"]),
        (
            (
                "sh@t, a b@stard of a p@ssword, 5@10.99 lunch@noon a tight-@ss at 8th@4pm, "
                "this.RT@somebody"
            ),
            [],
        ),
    ],
)
def test_addresses(text: str, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    results = OfflineEmailRecognizer().analyze(text, ["EMAIL_ADDRESS"])
    assert [text[result.start : result.end] for result in results] == found


@pytest.mark.parametrize(
    ("text", "found", "surely"),
    [
        ("jane.roe (at) example.org", "jane.roe (at) example.org", True),
        ("write to jane[at]mail[dot]example[dot]org.", "jane[at]mail[dot]example[dot]org", True),
        ("JANE (AT) EXAMPLE (DOT) ORG", "JANE (AT) EXAMPLE (DOT) ORG", True),
        ("jane (at) example dot co dot uk now", "jane (at) example dot co dot uk", True),
        ("jane(at)mail.example.co.uk, please", "jane(at)mail.example.co.uk", True),
        ("my mail is jane at example dot org", "jane at example dot org", False),
        (
            "I saw it at example dot com",
            "it at example dot com",
            False,
        ),  # the words around have to tell
        ("we met (at) home.Great", None, None),
        ("look at that dot there", None, None),
        ("jane (at) example (dot) notatld", None, None),
        ("jane (at) example.com.Thanks", "jane (at) example.com", True),
        ("jane.roe at example dot com", "jane.roe at example dot com", True),
        ("jane at gmail dot com", "jane at gmail dot com", True),
        ("jane dot roe at yahoo dot co dot uk", "jane dot roe at yahoo dot co dot uk", True),
        ("jane @ gmail.com", "jane @ gmail.com", True),
        ("find it @ example.com", None, None),
        ("\u8054\u7cfbjane(at)example.com\u8c22\u8c22", "jane(at)example.com", True),
        ("bought it at example.org", None, None),
    ],
)
def test_addresses_spelled_out(text: str, found: str | None, surely: bool | None) -> None:
    results = SpelledOutEmailRecognizer().analyze(text, ["EMAIL_ADDRESS"])
    assert [(text[result.start : result.end], result.score == 1.0) for result in results] == (
        [(found, surely)] if found else []
    )
