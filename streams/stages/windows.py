"""Windows around the hits of a gate: the parts of a text that recognizers read.

Their patterns cost a hundred times the gate's, and on crafted texts their cost grows with the
square of the length. Yet what they find must be what they would find in the whole text. So a window
holds all that a match there could consist of, and a little more, because patterns look at what
stands before and behind. Only runs longer than ``LARGEST`` are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import regex

REACH: Final = 128
"""Longer is no match of a pattern without stops."""
LARGEST: Final = 4096
NEAR: Final = 64
"""Characters in which a stop is looked for at first."""
BESIDE: Final = 4
"""Characters before and behind a match that patterns look at."""


class Window(NamedTuple):
    """Matches between ``start`` and ``end`` are those of the whole text, if from ``low`` to
    ``high`` is seen.
    """

    low: int
    start: int
    end: int
    high: int


def around(text: str, hits: Iterable[tuple[int, int]]) -> Iterator[Window]:
    """Windows for patterns whose matches have a limited length. The hits are in order."""
    start, end = 0, -1
    for first, last in hits:
        low, high = max(0, first - REACH), min(len(text), last + REACH)
        if low > end:
            yield from _split(start, end)
            start = low
        end = high
    yield from _split(start, end)


def between(
    text: str,
    hits: Iterable[tuple[int, int]],
    stop: str,
    wide: Callable[[], bool] = lambda: False,
    before: int = BESIDE,
) -> Iterator[Window]:
    """Windows for patterns whose matches have no character of ``stop``, a class in the syntax of
    ``regex``, and which look at so many characters ``before`` them.

    While ``wide``, which is asked before each, they hold at least ``REACH`` characters from the hit
    on: there are fewer of them.
    """
    stops = _compiled(stop)
    done = 0
    for first, last in hits:
        if last <= done:
            continue
        # What lies farther away makes the run longer than LARGEST anyway.
        low, high = max(0, first - LARGEST), min(len(text), last + LARGEST)
        behind = stops.search(text, last + (REACH if wide() else 0), high)
        start, end = _behind_last(stop, text, low, first), behind.start() if behind else high
        if end - start > LARGEST:
            start = max(start, first - 2 * REACH)
            end = min(end, start + LARGEST)
            done = end - 2 * REACH
        else:
            done = end
        yield Window(max(0, start - before), start, end, min(len(text), end + BESIDE))


@lru_cache
def _compiled(stop: str) -> regex.Pattern[str]:
    return regex.compile(stop)


def _behind_last(stop: str, text: str, low: int, high: int) -> int:
    """Where the last stop from ``low`` to ``high`` ends; ``low`` where there is none. It is mostly
    near ``high``.
    """
    up_to_last = _compiled(f"(?s:.*){stop}")
    end, step = high, NEAR
    while end > low:
        start = max(low, end - step)
        found = up_to_last.match(text, start, end)
        if found:
            return found.end()
        end, step = start, 4 * step
    return low


def _split(start: int, end: int) -> Iterator[Window]:
    """Windows of at most ``LARGEST``, overlapping so that nothing falls between two."""
    while start < end:
        stop = min(start + LARGEST, end)
        yield Window(start, start, stop, stop)
        if stop == end:
            return
        start = stop - 2 * REACH
