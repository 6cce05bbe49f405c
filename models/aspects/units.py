"""Units of a text, in compiled loops: what the tagger of aspect terms gives a tag to.

A unit is a word, a sign, or, in scripts that put no space between words, a word piece. Words and
pieces are folded as the judge's are (``models.student.scanning``), but every unit knows where in
the text it stands. White space between characters of such scripts is passed over.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from models.student.normalising import APOSTROPHES
from models.student.scanning import (
    KNOWN_CODES,
    SEED,
    ZERO,
    Classes,
    Codes,
    class_of,
    classes,
    joins,
    placeholder,
)
from models.student.segmenting import Scores, find, segment
from models.text.hash_kernels import GOLDEN, PRIME, Hashes, Numbers, Places, compiled, mixed
from models.text.ngrams import Ids

MOST: Final = 1024
"""Units of a text that are read; of reviews one in thousands is longer."""
LONGEST: Final = 64
"""Characters of a word, or of a run without spaces, that are cut into pieces at once."""
PIECES: Final = 6
"""Pieces of a word that count."""
HASHED: Final = 4
"""Hashed features of a unit: the word, how it begins, how it ends, its shape."""
SHAPES: Final = 64
"""Rows that hashed features leave to shapes; 0 is no unit."""
LOWER, TITLE, CAPITALS, MIXED, NUMBER, PIECE, MARK, MASKED = range(8)
"""Shapes of units."""
BEGINS, JOINED = 8, 16
"""Added to a shape at the beginning of a sentence, and where no space is before it."""
WORD_SALT, PREFIX_SALT, SUFFIX_SALT = map(np.uint64, (0x51ED, 0x9F1F, 0x5F17))
AFFIX: Final = 3
ENDS_SENTENCE: Final = np.array([ord(mark) for mark in ".!?…。！？；;।؟\n"], np.uint32)


class Units(NamedTuple):
    """``starts``, ``stops`` [units]: offsets in the unit's text; ``shapes``; ``hashed`` [units,
    HASHED]; the ``pieces`` of all units one after another and where those of each end (``lasts``);
    ``cuts``: where the units of each text end."""

    starts: Places
    stops: Places
    shapes: Classes
    hashed: Ids
    pieces: Ids
    lasts: Places
    cuts: Places


@cache
def folds() -> Codes:
    """Each code point below ``KNOWN_CODES`` as the pieces have it: compatible, small, one for one;
    others as they are.
    """
    table = np.arange(KNOWN_CODES, dtype=np.uint32)
    for code in range(128, KNOWN_CODES):
        folded = unicodedata.normalize("NFKC", chr(code)).translate(APOSTROPHES).lower()
        if len(folded) == 1:
            table[code] = ord(folded)
    for code in range(ord("A"), ord("Z") + 1):
        table[code] = code + 32
    return table


def units_of(
    texts: list[str], slots: Ids, hashes: Hashes, scores: Scores, bits: int, most: int = MOST
) -> Units:
    """The units of texts; hashed features have so many bits."""
    joined = "\0".join([*texts, ""]).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, np.uint32)
    ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64) - 1
    shift = np.uint64(64 - bits)
    return Units(
        *_units(points, ends, folds(), classes(), slots, hashes, scores, shift, np.int64(most))
    )


def units_of_span(units: Units, text: int, start: int, end: int) -> tuple[int, int]:
    """First and last unit of a span of a text: those of which it holds half or more, else the one
    of which it holds most; (0, -1) where it touches none.
    """
    first, cut = int(units.cuts[text - 1]) if text else 0, int(units.cuts[text])
    begin = first + int(np.searchsorted(units.stops[first:cut], start, "right"))
    stop = first + int(np.searchsorted(units.starts[first:cut], end, "left"))
    if begin >= stop:
        return 0, -1
    starts, stops = units.starts[begin:stop], units.stops[begin:stop]
    held = np.minimum(stops, end) - np.maximum(starts, start)
    whole = np.flatnonzero(2 * held >= stops - starts)
    if len(whole):
        return begin + int(whole[0]), begin + int(whole[-1])
    best = begin + int(held.argmax())
    return best, best


@compiled
def fold(point: np.uint32, table: Codes) -> np.uint32:
    """The folded code point."""
    return table[point] if point < len(table) else point


@compiled
def hashed_run(codes: Codes, start: int, stop: int, salt: np.uint64, shift: np.uint64) -> int:
    """The hashed feature of some characters, beyond those of shapes."""
    value = SEED ^ salt
    for at in range(start, stop):
        value = (value ^ np.uint64(codes[at])) * PRIME
    return max(np.int64(mixed(value * GOLDEN) >> shift), 64)


@compiled
def _shape(points: Codes, folded: Codes, start: int, stop: int, kind: int) -> int:
    if kind == 2:
        return 4
    upper, first = 0, 0
    letters = 0
    for at in range(start, stop):
        letters += 1
        if points[at] != folded[at] and points[at] < 0x2000:
            upper += 1
            if at == start:
                first = 1
    if upper == 0:
        return 0
    if upper == letters and letters > 1:
        return 2
    return 1 if first == 1 and upper == 1 else 3


@compiled
def _units(
    points: Codes, ends: Places, table: Codes, kinds: Classes, slots: Ids, hashes: Hashes,
    scores: Scores, shift: np.uint64, most: int,
) -> tuple[Places, Places, Classes, Ids, Ids, Places, Places]:  # fmt: skip
    folded = np.empty(len(points), np.uint32)
    for at in range(len(points)):
        folded[at] = fold(points[at], table)
    size = 0
    before = 0
    for end in ends:
        size += min(end - before, most)
        before = end + 1
    starts, stops = np.empty(size, np.int64), np.empty(size, np.int64)
    shapes, hashed = np.empty(size, np.uint8), np.zeros((size, 4), np.int32)
    pieces, lasts = np.empty(size * 6, np.int32), np.empty(size, np.int64)
    cuts = np.empty(len(ends), np.int64)
    kept, origin = np.empty(64 + 2, np.uint32), np.empty(64 + 2, np.int64)
    best, back = np.empty(64 + 4, np.float32), np.empty(2 * 64 + 8, np.int32)
    found = np.empty(64 + 2, np.int32)
    count, used, first = 0, 0, 0
    for text in range(len(ends)):
        end, at, limit = ends[text], first, count + most
        begins, gap = True, True
        while at < end and count < limit:
            kind = class_of(folded[at], kinds)
            if folded[at] == 0 or kind == 0 or kind == 5 or kind == 6:
                gap = gap or kind == 0
                if points[at] == 10:
                    begins = True
                at += 1
                continue
            start, length = at, 0
            if kind == 4:
                stop = placeholder(folded, at) if folded[at] == 60 else at
                if stop > at and stop <= end:
                    starts[count], stops[count], shapes[count] = at - first, stop - first, 7
                    hashed[count, 3] = 1 + 7
                    lasts[count] = used
                    count, at, gap, begins = count + 1, stop, False, False
                    continue
                sign = folded[at]
                while at < end and folded[at] == sign:
                    at += 1
                kept[0] = sign
                number = segment(
                    kept, 0, 1, False, slots, hashes, scores, best, back, found
                )
                starts[count], stops[count] = start - first, at - first
                shapes[count] = 6 + (8 if begins else 0) + (0 if gap else 16)
                hashed[count, 0] = hashed_run(kept, 0, 1, WORD_SALT, shift)
                hashed[count, 3] = 1 + shapes[count]
                for place in range(min(number, 6)):
                    pieces[used] = found[place]
                    used += 1
                lasts[count] = used
                for mark in ENDS_SENTENCE:
                    if sign == mark:
                        begins = True
                count, gap = count + 1, False
                continue
            if kind == 3:
                while at < end and length < 64:
                    now = class_of(folded[at], kinds)
                    if now == 3:
                        kept[length], origin[length] = folded[at], at
                        length += 1
                    elif now != 5 and now != 0:
                        break
                    at += 1
                number = segment(
                    kept, 0, length, False, slots, hashes, scores, best, back, found
                )
                place, piece = 0, 0
                while piece < number and count < limit:
                    # Of a piece no more is known than its number: its length is looked for.
                    stop = _end_of(kept, place, length, found[piece], slots, hashes)
                    starts[count] = origin[place] - first
                    stops[count] = origin[stop - 1] + 1 - first
                    shapes[count] = 5 + (8 if begins else 0)
                    hashed[count, 0] = hashed_run(kept, place, stop, WORD_SALT, shift)
                    hashed[count, 1] = hashed_run(kept, place, place + 1, PREFIX_SALT, shift)
                    hashed[count, 2] = hashed_run(kept, stop - 1, stop, SUFFIX_SALT, shift)
                    hashed[count, 3] = 1 + shapes[count]
                    pieces[used] = found[piece]
                    used += 1
                    lasts[count] = used
                    count, place, piece, begins = count + 1, stop, piece + 1, False
                gap = False
                continue
            while at < end and length < 64:
                now = class_of(folded[at], kinds)
                if now == 5:
                    at += 1
                    continue
                if now == 6 and joins(folded, at, kinds) and folded[at + 1] != 115:
                    at += 1
                    continue
                if now != 1 and now != 2:
                    break
                if now == 2:
                    digits = 0
                    while at < end and class_of(folded[at], kinds) == 2:
                        if digits < 2 and length < 64:
                            kept[length] = folded[at]
                            length += 1
                        digits += 1
                        at += 1
                    if digits > 1:
                        kept[length - 1] = ZERO
                        if length > 1:
                            kept[length - 2] = ZERO
                    continue
                if length < 2 or kept[length - 1] != folded[at] or kept[length - 2] != folded[at]:
                    kept[length] = folded[at]
                    length += 1
                at += 1
            stop = at
            while stop > start + 1 and class_of(folded[stop - 1], kinds) >= 5:
                stop -= 1
            number = _marked(kept, length, slots, hashes, scores, best, back, found)
            starts[count], stops[count] = start - first, stop - first
            shape = _shape(points, folded, start, stop, kind)
            shapes[count] = shape + (8 if begins else 0) + (0 if gap else 16)
            hashed[count, 0] = hashed_run(kept, 0, length, WORD_SALT, shift)
            hashed[count, 1] = hashed_run(kept, 0, min(3, length), PREFIX_SALT, shift)
            hashed[count, 2] = hashed_run(kept, max(0, length - 3), length, SUFFIX_SALT, shift)
            hashed[count, 3] = 1 + shapes[count]
            for place in range(min(number, 6)):
                pieces[used] = found[place]
                used += 1
            lasts[count] = used
            count, gap, begins = count + 1, False, False
        cuts[text] = count
        first = end + 1
    return (
        starts[:count], stops[:count], shapes[:count], hashed[:count], pieces[:used],
        lasts[:count], cuts,
    )  # fmt: skip


@compiled
def _marked(
    kept: Codes, length: int, slots: Ids, hashes: Hashes, scores: Scores, best: Scores, back: Ids,
    found: Ids,
) -> int:  # fmt: skip
    return segment(kept, 0, length, True, slots, hashes, scores, best, back, found)


@compiled
def _end_of(
    kept: Codes, start: int, length: int, number: int, slots: Ids, hashes: Hashes
) -> int:
    """Where the piece of that number which begins at ``start`` ends; an unknown one is a single
    character."""
    if number == 1:
        return start + 1
    value = SEED
    for at in range(start, length):
        value = (value ^ np.uint64(kept[at])) * PRIME
        if hashes[number] == mixed(value):
            return at + 1
    return start + 1
