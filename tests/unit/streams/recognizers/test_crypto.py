"""Addresses of wallets."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.crypto import WalletRecognizer

TAPROOT = "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT now", ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT"]),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy.", ["3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"]),
        (
            "(bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4)",
            ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
        ),
        (
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            ["BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"],
        ),
        (f"{TAPROOT} it is", [TAPROOT]),
        (
            "eth 0x52908400098527886E0F7030069857D2E4169EE7",
            ["0x52908400098527886E0F7030069857D2E4169EE7"],
        ),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyTThanks", ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT"]),
        (
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4thanks",
            ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
        ),
        (f"{TAPROOT}please", [TAPROOT]),
        (
            "0x52908400098527886E0F7030069857D2E4169EE7Thanks",
            ["0x52908400098527886E0F7030069857D2E4169EE7"],
        ),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyU", []),  # check sum
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", []),  # check sum
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", []),  # upper and lower case
        ("x1BoatSLRHtKNngkdXEeobR76b53LETtpyT", []),  # begins inside a word
        ("0x52908400098527886E0F7030069857D2E4169EE", []),  # too short
        ("0x52908400098527886E0F7030069857D2E4169EE70", []),  # goes on
    ],
)
def test_wallets(text: str, found: list[str]) -> None:
    results = WalletRecognizer().analyze(text, ["CRYPTO"])
    assert [text[result.start : result.end] for result in results] == found
