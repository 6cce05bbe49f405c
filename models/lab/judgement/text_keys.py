"""Text keys: hashes that ignore case, spaces, punctuation and Unicode composition."""

from __future__ import annotations

import hashlib
import unicodedata


def normalised(text: str) -> str:
    """Compatibility-composed, case-folded, only letters and digits; the stripped text itself where
    it has none.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum()) or text.strip()


def digest(normal: str) -> int:
    """The 64-bit BLAKE2b hash of a string."""
    return int.from_bytes(
        hashlib.blake2b(normal.encode("utf8", "surrogatepass"), digest_size=8).digest(), "big"
    )


def text_key(text: str) -> int:
    """The 64-bit hash of a text's normalised form."""
    return digest(normalised(text))
