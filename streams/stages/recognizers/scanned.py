"""Linear-time scans in place of Presidio's backtracking patterns, with the same matches.

A backtracking pattern such as ``[a-z.]+[.](?:com|org)`` reads the same run again from every place
where it could begin, which makes its time the square of a run's length. A scan looks first for what
is rare (the ``@`` of a mail address, the full stop and top-level domain of a web address) and from
there for the beginning; its matches are the pattern's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, cast

from presidio_analyzer import Pattern

FLAGS: Final = re.DOTALL | re.MULTILINE | re.IGNORECASE
"""Those with which a ``PatternRecognizer`` compiles its patterns."""


class Found(NamedTuple):
    """Match of a scan, with the part of ``re.Match`` that Presidio uses."""

    start: int
    end: int

    def span(self) -> tuple[int, int]:
        """Span of the match."""
        return self.start, self.end


Scan = Callable[[str], Iterator[Found]]
"""A text → what a pattern matches in it, from left to right, without overlaps."""


class _Compiled(NamedTuple):
    """Stands where Presidio keeps the compiled pattern."""

    scan: Scan

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[Found]:
        """As ``regex.Pattern.finditer``; there is nothing that could time out."""
        return self.scan(text)


def scanned(pattern: Pattern, scan: Scan) -> Pattern:
    """The same pattern, whose matches ``scan`` finds."""
    made: Any = Pattern(pattern.name, pattern.regex, pattern.score)
    made.compiled_regex, made.compiled_with_flags = _Compiled(scan), FLAGS
    return cast(Pattern, made)
