"""The clause that an aspect term stands in: what the categoriser reads besides the term."""

from __future__ import annotations

import re
from typing import Final

REACH: Final = 80
"""Characters on each side at most."""
BREAK: Final = re.compile("[.!?;\u3002\uff01\uff1f\u2026\uff1b\u061f\u0964\n]")
"""Ends of sentences, also those of Chinese and Japanese, of Arabic and of Hindi."""


def clause(text: str, start: int, end: int) -> str:
    """The text around a span, to the ends of its sentence or ``REACH`` characters away."""
    left, right = text[max(0, start - REACH) : start], text[end : end + REACH]
    begin = max((found.end() for found in BREAK.finditer(left)), default=0)
    stop = BREAK.search(right)
    return left[begin:] + text[start:end] + (right[: stop.start()] if stop else right)
