"""E-mail addresses."""

from __future__ import annotations

import socket

import pytest

from streams.stages.recognizers.email import OfflineEmailRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail me at jane.roe.13@example-post.org about it", ["jane.roe.13@example-post.org"]),
        ("Jane_Roe+x@mail.example.co.uk, please", ["Jane_Roe+x@mail.example.co.uk"]),
        ("a@example.org b@example.com", ["a@example.org", "b@example.com"]),
        ("nobody@localhost", []),
        ("half@ of @one", []),
        ("jane@example.notatld", []),
    ],
)
def test_addresses(text: str, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    results = OfflineEmailRecognizer().analyze(text, ["EMAIL_ADDRESS"])
    assert [text[result.start : result.end] for result in results] == found
