"""Presidio's four patterns of web addresses as linear-time scans.

All hold ``(www\\d{0,3}[.])?[a-z0-9.\\-]{1,253}[.](?:TLD)(?:/[^\\s()<>"']*)?``, where TLD is one of
675 alternatives, which are tried one after another at every full stop. Here one pass finds the full
stops that a top-level domain follows, by a prefix tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import regex
from presidio_analyzer.predefined_recognizers import UrlRecognizer

from streams.stages.recognizers.scanned import FLAGS, Found, Scan

DOMAINS: Final = tuple(re.findall(r"\(\?:(\w+)\)", UrlRecognizer.BASE_URL_REGEX))
LONGEST: Final = 253
"""Characters between a beginning, or ``www.``, and the full stop before the top-level domain, at
most.
"""
PREFIX: Final = len("www000.")
RUN = regex.compile(r"[a-z0-9.\-]+", FLAGS)
WWW = regex.compile(r"www\d{0,3}[.]", FLAGS)
SCHEME = regex.compile(r"https?://", FLAGS)
PATH = regex.compile(r"/[^\s()<>\"']*", FLAGS)
QUOTE = regex.compile(r"[\"']")
QUOTES: Final = frozenset("\"'")


def _tree(words: Iterable[str]) -> str:
    """A pattern of the longest of the words that stands there, without trying any word twice."""
    branches: dict[str, list[str]] = {}
    ends = False
    for word in words:
        if word:
            branches.setdefault(word[0], []).append(word[1:])
        else:
            ends = True
    if not branches:
        return ""
    joined = "|".join(first + _tree(rest) for first, rest in branches.items())
    return f"(?:{joined}){'?' if ends else ''}"


def _first_wins(words: tuple[str, ...]) -> list[str]:
    """Without those that an alternation never comes to, because a beginning of theirs stands before
    them in it.
    """
    place = {word: number for number, word in enumerate(words)}
    return [
        word
        for word, number in place.items()
        if all(place.get(word[:end], number) >= number for end in range(1, len(word)))
    ]


DOMAIN = regex.compile(rf"[.]{_tree(_first_wins(DOMAINS))}", FLAGS)
"""A full stop and what the alternation takes there. Of two that stand there, of which the one goes
on where the other ends, the alternation takes the one that is named first: what ``_first_wins``
leaves is named first where it is longer."""
CLOSED_DOMAIN = regex.compile(rf"[.]{_tree(DOMAINS)}(?:/[^\s()<>\"']*)?[\"']", FLAGS)
"""The same before a quotation mark, which decides between the alternatives."""


@dataclass(frozen=True, slots=True)
class _Domains:
    """Full stops before top-level domains in a text: where they are and where the domains end, in
    order.
    """

    stops: list[int]
    ends: list[int]

    @classmethod
    def of(cls, pattern: Any, text: str) -> _Domains:
        spans = [match.span() for match in pattern.finditer(text)]
        return cls([start for start, _ in spans], [end for _, end in spans])

    def last(self, first: int, end: int) -> int | None:
        """Where the last domain ends whose full stop is from ``first`` on and before ``end``."""
        number = bisect_left(self.stops, end) - 1
        return self.ends[number] if number >= 0 and self.stops[number] >= first else None

    def next(self, first: int) -> int | None:
        """The first full stop from there on."""
        number = bisect_right(self.stops, first - 1)
        return self.stops[number] if number < len(self.stops) else None


def _from(text: str, start: int, run_end: int, domains: _Domains) -> int | None:
    """Where the domain of an address ends that begins there, in a run of its characters that ends
    at ``run_end``.
    """
    prefix = WWW.match(text, start)
    for begins in (prefix.end(), start) if prefix else (start,):
        end = domains.last(begins + 1, min(begins + LONGEST + 1, run_end))
        if end is not None:
            return end
    return None


def _with_path(text: str, end: int) -> int:
    path = PATH.match(text, end)
    return path.end() if path else end


def unquoted(text: str) -> Iterator[Found]:
    """Addresses without a scheme."""
    domains = _Domains.of(DOMAIN, text)
    position = 0
    for run in RUN.finditer(text):
        first, last = run.span()
        while (stop := domains.next(max(first, position) + 1)) is not None and stop < last:
            start = _begin(text, max(first, position), stop)
            end = _from(text, start, last, domains)
            position = stop if end is None else _with_path(text, end)
            if end is not None:
                yield Found(start, position)


def _begin(text: str, low: int, stop: int) -> int:
    """The first beginning, from ``low`` on, of an address whose domain's full stop is at
    ``stop``."""
    low = max(low, stop - LONGEST - PREFIX)
    for start in range(low, stop - LONGEST):
        prefix = WWW.match(text, start)
        if prefix and prefix.end() < stop <= prefix.end() + LONGEST:
            return start
    return max(low, stop - LONGEST)


def with_scheme(text: str) -> Iterator[Found]:
    """Addresses behind http:// or https://."""
    domains = _Domains.of(DOMAIN, text)
    position = 0
    while scheme := SCHEME.search(text, position):
        run = RUN.match(text, scheme.end())
        end = _from(text, scheme.end(), run.end(), domains) if run else None
        position = scheme.end() if end is None else _with_path(text, end)
        if end is not None:
            yield Found(scheme.start(), position)


def _quoted(text: str, scheme: Any) -> Iterator[Found]:
    """Addresses between quotation marks."""
    position = 0
    while quote := QUOTE.search(text, position):
        start = quote.end()
        position = start
        if scheme is not None:
            match = scheme.match(text, start)
            if match is None:
                continue
            start = match.end()
        run = RUN.match(text, start)
        end = _closed(text, start, run.end()) if run else None
        if end is not None:
            yield Found(quote.start(), end)
            position = end


def _closed(text: str, start: int, run_end: int) -> int | None:
    """Where the quotation ends; only the last full stop of a run can be before a domain that a path
    or a mark follows.
    """
    stop = text.rfind(".", start, run_end)
    if stop < 0:
        return None
    match = CLOSED_DOMAIN.match(text, stop)
    if match is None:
        return None
    prefix = WWW.match(text, start)
    begins = [prefix.end(), start] if prefix else [start]
    fits = any(begin < stop <= begin + LONGEST for begin in begins)
    return match.end() if fits else None


def quoted(text: str) -> Iterator[Found]:
    """Addresses without a scheme between quotation marks."""
    return _quoted(text, None)


def quoted_with_scheme(text: str) -> Iterator[Found]:
    """Addresses with a scheme between quotation marks."""
    return _quoted(text, SCHEME)


SCANS: Final[dict[str, Scan]] = {
    "Standard Url": with_scheme,
    "Non schema URL": unquoted,
    "Quoted URL": quoted_with_scheme,
    "Quoted Non-schema URL": quoted,
}
"""By the names that Presidio gives the patterns."""


def possible(text: str) -> Collection[str]:
    """The names of the patterns of which the text has the signs."""
    quoted = "'" in text or '"' in text
    if "://" in text:
        return SCANS if quoted else ("Standard Url", "Non schema URL")
    return ("Non schema URL", "Quoted Non-schema URL") if quoted else ("Non schema URL",)
