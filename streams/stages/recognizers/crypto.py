"""Recognizer of wallet addresses: Bitcoin by its checksums, Ethereum by its form.

Presidio's pattern runs on into what follows an address, and then its checksum fails; and it knows Bitcoin alone.
"""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import CryptoRecognizer

OUTSIDE: Final = r"(?<![0-9A-Za-z]){}(?![0-9A-Za-z])"
BASE58: Final = OUTSIDE.format("(?-i:[13][1-9A-HJ-NP-Za-km-z]{25,34})")
BECH32: Final = OUTSIDE.format("(?-i:bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})")
ETHEREUM: Final = OUTSIDE.format("(?-i:0x[0-9A-Fa-f]{40})")


class WalletRecognizer(CryptoRecognizer):
    """CRYPTO for Bitcoin (base58, bech32, bech32m) and Ethereum."""

    def __init__(self) -> None:
        super().__init__(patterns=[Pattern(name, regex, 0.5) for name, regex in (
            ("base58", BASE58), ("bech32", BECH32), ("ethereum", ETHEREUM),
        )])  # fmt: skip

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the checksum is right; of an Ethereum address the form is enough."""
        if pattern_text.startswith("0x"):
            return True
        return bool(super().validate_result(pattern_text.lower() if pattern_text.startswith("BC1") else pattern_text))
