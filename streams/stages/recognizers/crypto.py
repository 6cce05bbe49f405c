"""Recognizer of wallet addresses: Bitcoin by its checksums, Ethereum by its form.

Presidio's pattern runs on into what follows an address, and then its checksum fails; and it knows
Bitcoin alone. Here an address ends where its checksum is right, so that letters may follow it
without a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import CryptoRecognizer

from streams.stages.recognizers.scanned import Found, Scan, scanned

BEGINS: Final = "(?<![0-9A-Za-z])"
BASE58: Final = f"{BEGINS}(?-i:[13][1-9A-HJ-NP-Za-km-z]{{25,34}})"
BECH32: Final = f"{BEGINS}(?-i:bc1[02-9ac-hj-np-z]{{11,71}}|BC1[02-9AC-HJ-NP-Z]{{11,71}})"
ETHEREUM: Final = f"{BEGINS}(?-i:0x[0-9A-Fa-f]{{40}})(?![0-9A-Fa-f])"
LENGTHS: Final = {"base58": range(34, 25, -1), "bech32": (62, 42), "ethereum": ()}
"""Of addresses in use, the longest first."""
CHECKSUMS: Final = CryptoRecognizer()


def _scan(name: str, form: str) -> Scan:
    """At each place where an address could begin the whole run if that is one, or else the longest
    part that is.
    """
    pattern = re.compile(form, re.IGNORECASE)

    def scan(text: str) -> Iterator[Found]:
        for match in pattern.finditer(text):
            length = _valid_length(match[0], LENGTHS[name])
            if length:
                yield Found(match.start(), match.start() + length)

    return scan


def _valid_length(run: str, lengths: Iterable[int]) -> int | None:
    """How much of a run is an address: the form of an Ethereum address is enough, others have a
    checksum.
    """
    if run.startswith("0x"):
        return len(run)
    small = run.lower() if run.startswith("BC1") else run
    tried = (len(run), *(length for length in lengths if length < len(run)))
    return next((length for length in tried if CHECKSUMS.validate_result(small[:length])), None)


class WalletRecognizer(CryptoRecognizer):
    """CRYPTO for Bitcoin (base58, bech32, bech32m) and Ethereum."""

    def __init__(self) -> None:
        super().__init__(patterns=[scanned(Pattern(name, form, 0.5), _scan(name, form)) for name,
        form in (
            ("base58", BASE58), ("bech32", BECH32), ("ethereum", ETHEREUM),
        )])  # fmt: skip

    def validate_result(self, pattern_text: str) -> bool:
        """True: the scan has looked."""
        return True
