"""Text identity: texts are equal whatever their case, spaces and punctuation."""

from __future__ import annotations

import hashlib
import re

SHARES = 2**32
NOT_WORDS = re.compile(r"[\W_]+")


def key(text: str) -> str:
    """SHA-256 of what is left of a masked text, or of the text itself where it holds no word."""
    words = NOT_WORDS.sub(" ", text.casefold()).strip()
    return hashlib.sha256((words or text).encode("utf8", "surrogatepass")).hexdigest()


def share(text_key: str) -> float:
    """0 ≤ share < 1, the same for the same text whenever it comes again: what is held out once is
    held out for ever.
    """
    return int(text_key[:8], 16) / SHARES
