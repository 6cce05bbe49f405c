"""Numba kernels for hashing bytes, several times as fast as NumPy, which needs a pass over memory
per operation.

Numba, https://numba.pydata.org, compiles each at its first call and keeps the outcome on disk. None
needs Python's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Function = TypeVar("Function", bound=Callable[..., Any])

# All of 64 bits without a sign: with another kind of integer beside them Numba calculates in
# floats, as NumPy does.
GOLDEN, MURMUR, PRIME = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xC2B2AE3D27D4EB4F),
    np.uint64(0x100000001B3),
)
U0, U1, U2, U4, U6, U29, U32, U56, U63 = map(np.uint64, (0, 1, 2, 4, 6, 29, 32, 56, 63))
PAIRS, FOURS, EIGHTS, ONES = map(
    np.uint64, (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F, 0x0101010101010101)
)


def compiled(function: Function) -> Function:
    """The function, compiled for the types that it is called with."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def fused(function: Function) -> Function:
    """The same, of arithmetic in floats: a product and a sum may be one instruction, which rounds
    once instead of twice.
    """
    return cast(
        Function,
        numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})(
            function
        ),
    )


@compiled
def mixed(hashed: np.uint64) -> np.uint64:
    """Every bit spread over the upper half (the finaliser of xxHash, shortened)."""
    half = (hashed ^ (hashed >> U32)) * MURMUR
    return half ^ (half >> U29)


@compiled
def bits_set(word: np.uint64) -> np.uint64:
    """How many; the compiler knows this way to say it (Warren, Hacker's Delight, 5-1) and takes the
    processor's own.
    """
    word = word - ((word >> U1) & PAIRS)
    word = (word & FOURS) + ((word >> U2) & FOURS)
    return (((word + (word >> U4)) & EIGHTS) * ONES) >> U56


@compiled
def is_space(byte: int) -> bool:
    """As ``str.split`` has it, of ASCII."""
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


@compiled
def find_runs(
    data: Bytes, ends: Places, slots: Numbers, hashes: Hashes, characters: Bytes, lasts: Places
) -> tuple[Numbers, Hashes, Places, Places]:
    """Runs between white space in texts, each of which ends at one of ``ends``, followed by one
    more byte.

    Of each run its number, -1 where it has none; its hash; and where it begins and ends. After
    those of a text comes 0. ``slots``: numbers by hash, 0 for none, the next one tried where one is
    taken. By number: ``hashes`` of runs, and where in ``characters`` they end.
    """
    most = len(data) // 2 + 2 * len(ends)
    numbers, hashed = np.empty(most, np.int32), np.empty(most, np.uint64)
    starts, stops = np.empty(most, np.int64), np.empty(most, np.int64)
    count, at, mask = 0, 0, len(slots) - 1
    for end in ends:
        while True:
            while at < end and is_space(data[at]):
                at += 1
            if at == end:
                break
            start, value = at, U0
            while at < end and not is_space(data[at]):
                value = (value ^ np.uint64(data[at])) * PRIME
                at += 1
            value = mixed(value)
            slot = np.int64(value) & mask
            number = slots[slot]
            while number != 0 and not (
                hashes[number] == value and _same(characters, lasts, number, data, start, at)
            ):
                slot = (slot + 1) & mask
                number = slots[slot]
            numbers[count] = number if number else -1
            hashed[count], starts[count], stops[count] = value, start, at
            count += 1
        numbers[count] = 0
        count += 1
        at += 1
    return numbers[:count], hashed[:count], starts[:count], stops[:count]


@compiled
def _same(
    characters: Bytes, lasts: Places, number: int, data: Bytes, start: int, stop: int
) -> bool:
    first, length = lasts[number - 1], stop - start
    if lasts[number] - first != length:
        return False
    at = 0
    while at < length and characters[first + at] == data[start + at]:
        at += 1
    return at == length


@compiled
def enter_runs(slots: Numbers, hashes: Hashes, first: int, until: int) -> None:
    """Put the runs with the numbers ``first`` … ``until`` - 1 into ``slots``."""
    mask = len(slots) - 1
    for number in range(first, until):
        slot = np.int64(hashes[number]) & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = number


@compiled
def spread(runs: Numbers, texts: int, tokens: Hashes, lasts: Places) -> tuple[Hashes, Places]:
    """Runs by number → hashes of their tokens, one after another, and where those of each of the
    ``texts`` end.

    ``lasts``: where in ``tokens`` those of each run end; of run 0 there is one, which ends a text.
    """
    size = 0
    for run in runs:
        size += lasts[run] - (lasts[run - 1] if run else 0)
    found, ends = np.empty(size, np.uint64), np.empty(texts, np.int64)
    at, text = 0, 0
    for run in runs:
        for token in range(lasts[run - 1] if run else 0, lasts[run]):
            found[at] = tokens[token]
            at += 1
        if run == 0:
            ends[text] = at
            text += 1
    return found, ends


@compiled
def ngrams(
    tokens: Hashes,
    ends: Places,
    shift: np.uint64,
    longest: int,
    known: Hashes,
    known_before: Numbers,
) -> tuple[Numbers, Places]:
    """The ids of the n-grams of each text, each once, by where they begin, and where those of each
    text end.

    An id is what is left of a hash when it is shifted; a hash of 0 belongs to no n-gram. ``known``:
    a bit for each id, and of every 64 of them how many come before; where there are any, other ids
    are left out, and these numbered from 1.
    """
    ids, cuts = np.empty(len(tokens) * longest, np.int32), np.empty(len(ends), np.int64)
    seen = np.zeros(2, np.int32)
    used, first = 0, 0
    for text in range(len(ends)):
        bits = 1
        while 1 << bits < 2 * longest * (ends[text] - first):
            bits += 1
        if 1 << bits > len(seen):
            seen = np.zeros(1 << bits, np.int32)
        seen[: 1 << bits] = 0
        for start in range(first, ends[text]):
            value = tokens[start]
            for n in range(longest):
                if tokens[start + n] == U0:
                    break
                if n:
                    value = mixed(value * GOLDEN + tokens[start + n])
                number = max(
                    value >> shift, U1
                )  # the one bucket that padding takes shares its neighbour's
                if len(known):
                    word, bit = known[number >> U6], U1 << (number & U63)
                    if word & bit == U0:
                        continue
                    number = (
                        np.uint64(known_before[number >> U6]) + bits_set(word & (bit - U1)) + U1
                    )
                slot = np.int64((number * GOLDEN) >> np.uint64(64 - bits))
                while seen[slot] != 0 and seen[slot] != np.int32(number):
                    slot = (slot + 1) & ((1 << bits) - 1)
                if seen[slot] == 0:
                    seen[slot] = ids[used] = np.int32(number)
                    used += 1
        cuts[text] = used
        first = ends[text]
    return ids[:used], cuts


@compiled
def word_ids(
    tokens: Hashes,
    ends: Places,
    firsts: Numbers,
    hashes: Hashes,
    ids: Numbers,
    shift: np.uint64,
    head: int,
    tail: int,
) -> tuple[Numbers, Places]:
    """The ids of the words of each text, of a long one ``head`` at its beginning and ``tail`` at
    its end, and where they end.

    ``hashes``: those of the vocabulary, sorted, and one that is larger than all; ``firsts``: by
    what is left of a hash when it is shifted, where to begin to look; ``ids``: of each, the last
    that of every other word.
    """
    found, cuts = np.empty(len(tokens), np.int32), np.empty(len(ends), np.int64)
    used, first = 0, 0
    for text in range(len(ends)):
        until = ends[text] - 1
        at = first
        while at < until:
            if at == first + head and until - at > tail:
                at = until - tail
            place = firsts[tokens[at] >> shift]
            while hashes[place] < tokens[at]:
                place += 1
            found[used] = ids[place] if hashes[place] == tokens[at] else ids[-1]
            used += 1
            at += 1
        cuts[text] = used
        first = ends[text]
    return found[:used], cuts
