"""IP addresses."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.network_address import NetworkAddressRecognizer

LIKELY = 0.5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from 203.0.113.7.", ["203.0.113.7"]),
        ("IP:203.0.113.7", ["203.0.113.7"]),
        ("203.0.113.7:8080", ["203.0.113.7"]),
        ("IP:2001:db8::7", ["2001:db8::7"]),
        ("ipv6:fe80:0:0:0:1:2:3:4", ["fe80:0:0:0:1:2:3:4"]),
        ("2001:db8:85a3::8a2e:370:7334: refused", ["2001:db8:85a3::8a2e:370:7334"]),
        ("1:2:3:4:5:6:7:8: refused", ["1:2:3:4:5:6:7:8"]),
        ("[2001:db8::7]:443", ["2001:db8::7"]),
        ("1:2:3:4:5:6:7:8:9", []),
        ("std::dec", []),
        ("at 1:45:10 it ends", []),
        ("version 2.0.1", []),
        ("version 1.2.3.4, firmware v10.0.0.1, updated to 4.4.2.2 firmware", []),
        ("at 10::30, in 2020:: it, face:: lovely, dead::beef, ::", []),
        ("1.2.3.4.5 and 256.1.1.1", []),
        ("from203.0.113.7", ["203.0.113.7"]),
        (
            "203[.]0[.]113[.]7 or 203 dot 0 dot 113 dot 8",
            ["203[.]0[.]113[.]7", "203 dot 0 dot 113 dot 8"],
        ),
        ("192.168.001.020", ["192.168.001.020"]),
        ("\u8054\u7cfb203.0.113.7\u8c22\u8c22", ["203.0.113.7"]),
        ("fe80::1 and ::1", ["fe80::1", "::1"]),
    ],
)
def test_addresses(text: str, found: list[str]) -> None:
    results = NetworkAddressRecognizer().analyze(text, ["IP_ADDRESS"])
    assert sorted(
        text[result.start : result.end] for result in results if result.score >= LIKELY
    ) == sorted(found)
