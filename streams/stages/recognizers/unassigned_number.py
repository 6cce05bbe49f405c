"""Recognizer of telephone numbers by form alone: with a country code, or grouped as in North
America.

libphonenumber knows which numbers are assigned. Many that are written are not, or not yet: those of
films, examples and new series; and it takes none that a letter touches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import phonenumbers
from presidio_analyzer import RecognizerResult

from streams.stages.recognizers.separators import NO_DIGIT_BEHIND

FEWEST, MOST = 8, 15
GAP: Final = r"[ ().\-/]{0,3}"
ABROAD = re.compile(
    rf"(?<![0-9+])\+[ (]{{0,2}}[1-9](?:{GAP}[0-9]){{{FEWEST - 1},{MOST - 1}}}{NO_DIGIT_BEHIND}"
)
"""A plus and the code of a country; E.164 allows fifteen digits."""
GROUP = re.compile(r"[0-9]+\)?")
ROUND = re.compile(r"0{6}")
"""A quantity: "+1 000 000 times"."""
NORTH_AMERICAN = re.compile(
    rf"(?<![0-9])(?<![0-9][-./ ])(?:1[-. ])?(?:\([2-9][0-9]{{2}}\) ?|[2-9][0-9]{{2}}[-. "
    rf"])[0-9]{{3}}[-. ][0-9]{{4}}"
    rf"{NO_DIGIT_BEHIND}(?![-./][0-9])"
)
SCORE: Final = 0.38
"""Less than that of a card number behind a plus that passes its check."""
MAYBE: Final = 0.2
"""With the words of a telephone around it, it is taken for one."""
Found = tuple[int, int, float]


def by_form(
    text: str,
    regions: Sequence[str],
    found: Sequence[RecognizerResult],
    parsing: Callable[[], None],
) -> Iterator[Found]:
    """Start, end and score of each that none of ``found`` touches. ``parsing`` is called before
    each number is parsed.
    """
    taken = sorted((one.start, one.end) for one in found)
    for match in ABROAD.finditer(text):
        start, stop = match.start(), _before(taken, *match.span())
        if sum(map(str.isdecimal, text[start:stop])) < FEWEST:
            continue
        end = _longest(text, start, stop, parsing)
        if end is not None:
            taken.append((start, end))
            yield start, end, SCORE
    if "US" not in regions:
        return
    for match in NORTH_AMERICAN.finditer(text):
        if not _touches(taken, *match.span()):
            parsing()
            number = phonenumbers.parse(match[0], "US")
            yield (
                match.start(),
                match.end(),
                SCORE if phonenumbers.is_valid_number(number) else MAYBE,
            )


def _touches(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in spans)


def _before(spans: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """``end``, or where the first of ``spans`` after ``start`` begins; ``start`` where one of them
    covers it.
    """
    return max(start, min([end, *(first for first, last in spans if last > start)]))


def _longest(text: str, start: int, end: int, parsing: Callable[[], None]) -> int | None:
    """Where the longest number ends that is as long as those of its country, or else what is
    written; None if no country has the code, or it is a quantity."""
    digits = re.sub(r"[^0-9]", "", text[start:end])
    if ROUND.search(digits):
        return None
    ends = [group.end() for group in GROUP.finditer(text, start, end)]
    for last in reversed(ends):
        if sum(map(str.isdecimal, text[start:last])) < FEWEST:
            break
        parsing()
        try:
            number = phonenumbers.parse(text[start:last].replace("(0)", ""), None)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_possible_number(number):
            return last
    return end
