"""Clauses and phrases of a text around an aspect term: those for its category and its polarity."""

from __future__ import annotations

import re
from typing import Final

SENTENCE_ENDS: Final = ".!?;\u2026\u3002\uff01\uff1f\uff1b\u061f\u0964\n"
"""Also those of Chinese and Japanese, of Arabic and of Hindi."""
CLAUSE_REACH: Final = 80
PHRASE_REACH: Final = 60
"""Characters on each side at most."""
CLAUSE_ENDS: Final = re.compile(f"[{SENTENCE_ENDS}]")
PHRASE_ENDS: Final = re.compile(
    f"[{SENTENCE_ENDS}:,\u3001\uff0c\u060c\u061b]"
    "| and | but | pero | mais | maar | und | aber | ama | \u043d\u043e "
)


def clause(text: str, start: int, end: int) -> str:
    """The text around a span, to the ends of its sentence or ``CLAUSE_REACH`` characters away."""
    return _part(text, start, end, CLAUSE_ENDS, CLAUSE_REACH)


def phrase(text: str, start: int, end: int) -> str:
    """The text around a span, to the nearest comma or conjunction on each side or ``PHRASE_REACH``
    characters away.
    """
    return _part(text, start, end, PHRASE_ENDS, PHRASE_REACH)


def _part(text: str, start: int, end: int, ends: re.Pattern[str], reach: int) -> str:
    left, right = text[max(0, start - reach) : start], text[end : end + reach]
    begin = max((found.end() for found in ends.finditer(left)), default=0)
    stop = ends.search(right)
    return left[begin:] + text[start:end] + (right[: stop.start()] if stop else right)
