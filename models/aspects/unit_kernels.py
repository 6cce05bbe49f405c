"""Compiled loops that cut texts into units and hash their features."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.aspects.clauses import SENTENCE_ENDS
from models.student.scanning import SEED, ZERO, Classes, Codes, class_of, joins, placeholder
from models.student.segmenting import Scores, find, segment
from models.text.hash_kernels import GOLDEN, PRIME, Hashes, Places, compiled, mixed
from models.text.ngrams import Ids

LONGEST: Final = 64
"""Characters of a word, or of a run without spaces, that are cut into pieces at once."""
PIECES: Final = 6
"""Pieces of a word that count."""
HASHED: Final = 4
"""Hashed features of a unit: the word, how it begins, how it ends, its shape."""
SHAPES: Final = 64
"""The first rows of the features are those of shapes; 0 is no unit."""
AFFIXES: Final = 1 << 13
"""Rows of features that are those of shapes and affixes; behind them are those of known words."""
LOWER, TITLE, CAPITALS, MIXED, NUMBER, PIECE, MARK, MASKED = range(8)
"""Shapes of units."""
BEGINS, JOINED = 8, 16
"""Added to a shape at the beginning of a sentence, and where no space is before it."""
WORD_SALT, PREFIX_SALT, SUFFIX_SALT = map(np.uint64, (0x51ED, 0x9F1F, 0x5F17))
ENDS_SENTENCE: Final = np.array([ord(mark) for mark in SENTENCE_ENDS], np.uint32)


@compiled
def fold(point: np.uint32, table: Codes) -> np.uint32:
    """The folded code point."""
    return table[point] if point < len(table) else point


@compiled
def run_hash(codes: Codes, start: int, stop: int, salt: np.uint64) -> np.uint64:
    """The hash of some characters."""
    value = SEED ^ salt
    for at in range(start, stop):
        value = (value ^ np.uint64(codes[at])) * PRIME
    return mixed(value * GOLDEN)


@compiled
def word_hash(codes: Codes, start: int, stop: int) -> np.int32:
    """The hash of a word, in 32 bits; 0 is none."""
    hashed = np.int32(np.uint32(run_hash(codes, start, stop, WORD_SALT) >> np.uint64(32)))
    return hashed if hashed else np.int32(1)


@compiled
def affix_row(codes: Codes, start: int, stop: int, salt: np.uint64) -> int:
    """The row of some of a word's characters, behind those of shapes."""
    return max(int(np.int64(run_hash(codes, start, stop, salt) >> np.uint64(51))), SHAPES)


@compiled
def _shape(points: Codes, folded: Codes, start: int, stop: int, kind: int) -> int:
    if kind == 2:
        return NUMBER
    upper, first = 0, 0
    letters = 0
    for at in range(start, stop):
        letters += 1
        if points[at] != folded[at] and points[at] < 0x2000:
            upper += 1
            if at == start:
                first = 1
    if upper == 0:
        return LOWER
    if upper == letters and letters > 1:
        return CAPITALS
    return TITLE if first == 1 and upper == 1 else MIXED


@compiled
def scan_units(
    points: Codes, ends: Places, table: Codes, kinds: Classes, slots: Ids, hashes: Hashes,
    scores: Scores, most: int,
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
    shapes, hashed = np.empty(size, np.uint8), np.zeros((size, HASHED), np.int32)
    pieces, lasts = np.empty(size * PIECES, np.int32), np.empty(size, np.int64)
    cuts = np.empty(len(ends), np.int64)
    kept, origin = np.empty(LONGEST + 2, np.uint32), np.empty(LONGEST + 2, np.int64)
    best, back = np.empty(LONGEST + 4, np.float32), np.empty(2 * LONGEST + 8, np.int32)
    found = np.empty(LONGEST + 2, np.int32)
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
                    starts[count], stops[count], shapes[count] = at - first, stop - first, MASKED
                    hashed[count, 3] = 1 + MASKED
                    lasts[count] = used
                    count, at, gap, begins = count + 1, stop, False, False
                    continue
                sign = folded[at]
                while at < end and folded[at] == sign:
                    at += 1
                kept[0] = sign
                number = segment(kept, 0, 1, False, slots, hashes, scores, best, back, found)
                starts[count], stops[count] = start - first, at - first
                shapes[count] = MARK + (BEGINS if begins else 0) + (0 if gap else JOINED)
                hashed[count, 0] = word_hash(kept, 0, 1)
                hashed[count, 3] = 1 + shapes[count]
                for place in range(min(number, PIECES)):
                    pieces[used] = found[place]
                    used += 1
                lasts[count] = used
                for mark in ENDS_SENTENCE:
                    if sign == mark:
                        begins = True
                count, gap = count + 1, False
                continue
            if kind == 3:
                while at < end and length < LONGEST:
                    now = class_of(folded[at], kinds)
                    if now == 3:
                        kept[length], origin[length] = folded[at], at
                        length += 1
                    elif now != 5 and now != 0:
                        break
                    at += 1
                number = segment(kept, 0, length, False, slots, hashes, scores, best, back, found)
                place, piece = 0, 0
                while piece < number and count < limit:
                    # Of a piece no more is known than its number: its length is looked for.
                    stop = _end_of(kept, place, length, found[piece], slots, hashes)
                    starts[count] = origin[place] - first
                    stops[count] = origin[stop - 1] + 1 - first
                    shapes[count] = PIECE + (BEGINS if begins else 0)
                    hashed[count, 0] = word_hash(kept, place, stop)
                    hashed[count, 1] = affix_row(kept, place, place + 1, PREFIX_SALT)
                    hashed[count, 2] = affix_row(kept, stop - 1, stop, SUFFIX_SALT)
                    hashed[count, 3] = 1 + shapes[count]
                    pieces[used] = found[piece]
                    used += 1
                    lasts[count] = used
                    count, place, piece, begins = count + 1, stop, piece + 1, False
                gap = False
                continue
            while at < end and length < LONGEST:
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
                        if digits < 2 and length < LONGEST:
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
            shapes[count] = shape + (BEGINS if begins else 0) + (0 if gap else JOINED)
            hashed[count, 0] = word_hash(kept, 0, length)
            hashed[count, 1] = affix_row(kept, 0, min(3, length), PREFIX_SALT)
            hashed[count, 2] = affix_row(kept, max(0, length - 3), length, SUFFIX_SALT)
            hashed[count, 3] = 1 + shapes[count]
            for place in range(min(number, PIECES)):
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
def _end_of(kept: Codes, start: int, length: int, number: int, slots: Ids, hashes: Hashes) -> int:
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


@compiled
def number_words(hashed: Ids, slots: Ids, hashes: Hashes) -> None:
    """Replace the hashes of words by their rows, 0 for unknown ones."""
    for unit in range(len(hashed)):
        if hashed[unit, 0]:
            number = find(np.uint64(np.uint32(hashed[unit, 0])), slots, hashes)
            hashed[unit, 0] = number + AFFIXES if number else 0
