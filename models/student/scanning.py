"""Text as code points → tokens and hashed features, in compiled loops.

A token is a run of letters, digits and marks, also where no spaces are written; or one sign,
repeated up to three times.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from models.student.normalising import FIRST_RATING
from models.text import hash_kernels as kernels
from models.text.hash_kernels import GOLDEN, MURMUR, PRIME, Hashes, Places, compiled

Codes = npt.NDArray[np.uint32]
Classes = npt.NDArray[np.uint8]
Kinds = npt.NDArray[np.uint8]

SPACE, WORD, DIGIT, UNSPACED, SIGN, IGNORED, APOSTROPHE = range(7)
"""Classes of characters. ``UNSPACED``: of scripts that put no space between words."""
KNOWN_CODES = 0x30000
BREAK = np.uint64(0)
"""The hash of a token that no n-gram may contain or cross: a placeholder of masked data."""
SEED = np.uint64(0xCBF29CE484222325)
EDGE, ZERO = np.uint64(1), np.uint32(48)
UNSPACED_RANGES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2FFFF),
)
"""Thai and Lao, Burmese, Khmer, kana, Han."""


@cache
def classes() -> Classes:
    """The class of every code point below ``KNOWN_CODES``."""
    table = np.full(KNOWN_CODES, SIGN, np.uint8)
    for code in range(KNOWN_CODES):
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] in "LM":
            table[code] = WORD
        elif category == "Nd":
            table[code] = DIGIT
        elif character.isspace() or category[0] in "ZC" or code == 0:
            table[code] = SPACE
    for first, last in UNSPACED_RANGES:
        block = table[first : last + 1]
        block[(block == WORD) | (block == DIGIT)] = UNSPACED
    table[ord("_")] = WORD
    table[ord("'")] = APOSTROPHE
    table[
        [0x200B, 0x200C, 0x200D, 0xFEFF, 0xAD, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400)]
    ] = IGNORED
    table[FIRST_RATING : FIRST_RATING + 6] = SIGN
    return table


@compiled
def class_of(code: np.uint32, table: Classes) -> int:
    """Of code points beyond the table: a sign."""
    return int(table[code]) if code < len(table) else 4


@compiled
def joins(codes: Codes, at: int, table: Classes) -> bool:
    """Whether an apostrophe there belongs to an English contraction or genitive, as in "doesn't":
    t, s, m, d, re, ve, ll.
    """
    if at + 1 >= len(codes):
        return False
    first = codes[at + 1]
    second = codes[at + 2] if at + 2 < len(codes) else np.uint32(0)
    third = codes[at + 3] if at + 3 < len(codes) else np.uint32(0)
    if class_of(second, table) not in (1, 2):
        return bool(first == 116 or first == 115 or first == 109 or first == 100)
    if class_of(third, table) in (1, 2):
        return False
    return bool(
        (first == 114 and second == 101)
        or (first == 118 and second == 101)
        or (first == 108 and second == 108)
    )


@compiled
def placeholder(codes: Codes, at: int) -> int:
    """Where a placeholder such as <person> that begins there ends; ``at`` where none does."""
    stop = at + 1
    while stop < len(codes) and (97 <= codes[stop] <= 122 or codes[stop] == 95):
        stop += 1
    return stop + 1 if stop > at + 1 and stop < len(codes) and codes[stop] == 62 else at


@compiled
def scan(codes: Codes, texts: int, table: Classes) -> tuple[Codes, Places, Kinds, Places]:
    """Texts, each with a zero behind it → the characters of their tokens, where each token ends,
    its class (``IGNORED`` for a placeholder), and at which token each text ends.

    Letters that stand more than twice in a row stand twice; a number of two digits or more is 00:
    prices and dates say nothing.
    """
    kept = np.empty(len(codes), np.uint32)
    ends, kinds, cuts = (
        np.empty(len(codes), np.int64),
        np.empty(len(codes), np.uint8),
        np.empty(texts, np.int64),
    )
    used, tokens, text, at = 0, 0, 0, 0
    while at < len(codes):
        code = codes[at]
        if code == 0:
            cuts[text] = tokens
            text += 1
            at += 1
            continue
        kind = class_of(code, table)
        if kind == 0 or kind >= 5:
            at += 1
            continue
        start = used
        if kind == 4:
            stop = placeholder(codes, at) if code == 60 else at
            if stop > at:
                kept[used] = code
                used, at, kind = used + 1, stop, 5
            else:
                while at < len(codes) and (
                    codes[at] == code or (codes[at] != 0 and class_of(codes[at], table) == 5)
                ):
                    if codes[at] == code and used - start < 3:
                        kept[used] = code
                        used += 1
                    at += 1
        elif kind == 3:
            while at < len(codes) and class_of(codes[at], table) in (3, 5):
                if class_of(codes[at], table) == 3:
                    kept[used] = codes[at]
                    used += 1
                at += 1
        else:
            while at < len(codes):
                now = class_of(codes[at], table)
                if now == 6 and joins(codes, at, table):
                    at += 1
                    continue
                if now == 5:
                    at += 1
                    continue
                if now not in (1, 2):
                    break
                if now == 2:
                    first, digits = used, 0
                    while at < len(codes) and class_of(codes[at], table) == 2:
                        kept[used] = codes[at]
                        used, at, digits = used + 1, at + 1, digits + 1
                    if digits > 1:
                        kept[first] = kept[first + 1] = ZERO
                        used = first + 2
                    continue
                if not (
                    used - start >= 2
                    and kept[used - 1] == codes[at]
                    and kept[used - 2] == codes[at]
                ):
                    kept[used] = codes[at]
                    used += 1
                at += 1
        ends[tokens], kinds[tokens] = used, kind
        tokens += 1
    return kept[:used], ends[:tokens], kinds[:tokens], cuts


@compiled
def token_hash(codes: Codes, start: int, stop: int) -> np.uint64:
    """64 bits, odd."""
    value = SEED
    for at in range(start, stop):
        value = (value ^ np.uint64(codes[at])) * PRIME
    return kernels.mixed(value) | np.uint64(1)


@compiled
def character_ngrams(
    codes: Codes, start: int, stop: int, unspaced: bool, salt: np.uint64, found: Hashes
) -> int:
    """Write the hashes of a token's n-grams of characters into ``found`` and return how many there
    are.

    2 to 5 characters with the edges of the word; 1 to 4 without them in scripts without spaces.
    """
    count = 0
    first, last = (start, stop) if unspaced else (start - 1, stop + 1)
    least, most = (1, 4) if unspaced else (2, 5)
    for begin in range(first, last):
        value = SEED
        for at in range(begin, min(begin + most, last)):
            code = np.uint64(codes[at]) if start <= at < stop else EDGE
            value = (value ^ code) * PRIME
            if at - begin + 1 >= least:
                found[count] = kernels.mixed((value ^ salt) * GOLDEN)
                count += 1
    return count


@compiled
def longest(ends: Places) -> int:
    """Characters of the longest token."""
    most, before = 0, 0
    for end in ends:
        most = max(most, end - before)
        before = end
    return most


@compiled
def features(
    codes: Codes,
    ends: Places,
    kinds: Kinds,
    cuts: Places,
    salts: Hashes,
    words: int,
    shift: np.uint64,
) -> tuple[npt.NDArray[np.int32], Places]:
    """The ids of all features, and where they end: of each text first its n-grams of characters,
    then those of 1 to ``words`` tokens and, where these are more than two, pairs of tokens with one
    or two between them, for "not all that good".

    An id is what is left of a hash when it is shifted. ``salts``: of the language of each text.
    """
    size, before = 0, 0
    for end in ends:
        size += 5 * (end - before + 2) + words + 2
        before = end
    ids, until = np.empty(size, np.int32), np.empty(2 * len(cuts), np.int64)
    buffer, hashes = np.empty(5 * (longest(ends) + 2), np.uint64), np.zeros(len(ends), np.uint64)
    used, first = 0, 0
    for text in range(len(cuts)):
        for token in range(first, cuts[text]):
            if kinds[token] == 5:
                continue
            start = ends[token - 1] if token else 0
            hashes[token] = token_hash(codes, start, ends[token])
            if kinds[token] != 4:
                count = character_ngrams(
                    codes, start, ends[token], kinds[token] == 3, salts[text], buffer
                )
                for at in range(count):
                    ids[used] = buffer[at] >> shift
                    used += 1
        until[2 * text] = used
        for token in range(first, cuts[text]):
            value = salts[text]
            for n in range(words):
                if token + n >= cuts[text] or hashes[token + n] == BREAK:
                    break
                value = kernels.mixed(value * GOLDEN + hashes[token + n])
                ids[used] = value >> shift
                used += 1
            for gap in range(2, 4 if words > 2 else 2):
                if (
                    token + gap >= cuts[text]
                    or hashes[token] == BREAK
                    or hashes[token + gap] == BREAK
                ):
                    break
                value = kernels.mixed(
                    (salts[text] + np.uint64(gap) * MURMUR) * GOLDEN + hashes[token]
                )
                ids[used] = kernels.mixed(value * GOLDEN + hashes[token + gap]) >> shift
                used += 1
        until[2 * text + 1] = used
        first = cuts[text]
    return ids[:used], until


@compiled
def count(
    ids: npt.NDArray[np.int32],
    ends: Places,
    train: npt.NDArray[np.bool_],
    counts: npt.NDArray[np.uint8],
) -> None:
    """Count how often each id occurs in the texts that train, up to 255."""
    first = 0
    for row in range(len(ends)):
        if train[row // 2]:
            for at in range(first, ends[row]):
                if counts[ids[at]] < 255:
                    counts[ids[at]] += 1
        first = ends[row]


@compiled
def renumbered(
    ids: npt.NDArray[np.int32], ends: Places, numbers: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], Places]:
    """The numbers of the ids that have one above 0, and where those of each row end."""
    found, until = np.empty(len(ids), np.int32), np.empty(len(ends), np.int64)
    used, first = 0, 0
    for text in range(len(ends)):
        for at in range(first, ends[text]):
            number = numbers[ids[at]]
            if number > 0:
                found[used] = number
                used += 1
        until[text] = used
        first = ends[text]
    return found[:used], until
