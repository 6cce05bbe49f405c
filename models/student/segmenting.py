"""Tokens → word pieces, by the likeliest segmentation under a unigram model (Kudo 2018,
https://arxiv.org/abs/1804.10959).

A word begins with ``MARK``, as in SentencePiece; what is written without spaces, and signs, do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from models.student.scanning import SEED, Codes, Kinds
from models.text import hash_kernels as kernels
from models.text.hash_kernels import PRIME, Hashes, Places, compiled
from models.text.ngrams import Ids

MARK = "▁"
MARK_CODE = np.uint64(ord(MARK))
UNKNOWN, FIRST = 1, 2
"""The id of a character that is in no piece, and that of the first piece; 0 is padding."""
LONGEST = 16
"""Characters of a piece at most, the mark among them."""
UNKNOWN_SCORE = np.float32(-25)
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pieces:
    """``slots``: ids by hash, 0 for none, the next one tried where one is taken. By id: ``hashes``,
    ``scores``.
    """

    slots: Ids = field(repr=False)
    hashes: Hashes = field(repr=False)
    scores: Scores = field(repr=False)

    @classmethod
    def of(cls, pieces: Sequence[str], scores: Scores) -> Self:
        """Of pieces without one twice and their log probabilities."""
        codes = np.frombuffer("".join(pieces).encode("utf-32-le"), np.uint32)
        ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
        hashes = np.concatenate([np.zeros(FIRST, np.uint64), hashed(codes, ends)])
        slots = np.zeros(1 << (4 * len(hashes)).bit_length(), np.int32)
        enter(slots, hashes)
        return cls(
            slots,
            hashes,
            np.concatenate([np.full(FIRST, UNKNOWN_SCORE), scores]).astype(np.float32),
        )

    @property
    def size(self) -> int:
        """All ids are below it."""
        return len(self.hashes)


@compiled
def hashed(codes: Codes, ends: Places) -> Hashes:
    """The hash of each piece."""
    found, start = np.empty(len(ends), np.uint64), 0
    for number in range(len(ends)):
        value = SEED
        for at in range(start, ends[number]):
            value = (value ^ np.uint64(codes[at])) * PRIME
        found[number] = kernels.mixed(value)
        start = ends[number]
    return found


@compiled
def enter(slots: Ids, hashes: Hashes) -> None:
    """Put all pieces into ``slots``."""
    mask = len(slots) - 1
    for number in range(2, len(hashes)):
        slot = np.int64(hashes[number]) & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = number


@compiled
def find(value: np.uint64, slots: Ids, hashes: Hashes) -> int:
    """The id of a hash, 0 where it is no piece's."""
    mask = len(slots) - 1
    slot = np.int64(value) & mask
    while slots[slot] != 0 and hashes[slots[slot]] != value:
        slot = (slot + 1) & mask
    return int(slots[slot])


@compiled
def segment(
    codes: Codes,
    start: int,
    stop: int,
    marked: bool,
    slots: Ids,
    hashes: Hashes,
    scores: Scores,
    best: Scores,
    back: Ids,
    found: Ids,
) -> int:
    """Write the pieces of a token into ``found`` and return how many there are.

    ``best``, ``back``: room for three numbers more than the token has characters, the latter twice
    that.
    """
    length = stop - start + (1 if marked else 0)
    shift = start - (1 if marked else 0)
    best[0] = 0
    for end in range(1, length + 1):
        best[end] = -1e30
    for begin in range(length):
        value = SEED
        for at in range(begin, min(begin + LONGEST, length)):
            value = (
                value ^ (MARK_CODE if marked and at == 0 else np.uint64(codes[shift + at]))
            ) * PRIME
            number = find(kernels.mixed(value), slots, hashes)
            if number == 0 and at == begin:
                number = 1
            if number:
                score = best[begin] + scores[number]
                if score > best[at + 1]:
                    best[at + 1], back[2 * at + 2], back[2 * at + 3] = score, begin, number
    count, end = 0, length
    while end > 0:
        found[count] = back[2 * end + 1]
        count, end = count + 1, back[2 * end]
    for at in range(count // 2):
        found[at], found[count - 1 - at] = found[count - 1 - at], found[at]
    return count


@compiled
def all_pieces(
    codes: Codes,
    ends: Places,
    kinds: Kinds,
    cuts: Places,
    slots: Ids,
    hashes: Hashes,
    scores: Scores,
) -> tuple[Ids, Places]:
    """The pieces of all texts one after another, and where those of each end; a placeholder has
    none.
    """
    most, before = 1, 0
    for end in ends:
        most, before = max(most, end - before), end
    best, back = np.empty(most + 3, np.float32), np.empty(2 * most + 6, np.int32)
    found, until = np.empty(len(codes) + len(ends), np.int32), np.empty(len(cuts), np.int64)
    used, first = 0, 0
    for text in range(len(cuts)):
        for token in range(first, cuts[text]):
            if kinds[token] != 5:
                start = ends[token - 1] if token else 0
                marked = kinds[token] == 1 or kinds[token] == 2
                used += segment(
                    codes,
                    start,
                    ends[token],
                    marked,
                    slots,
                    hashes,
                    scores,
                    best,
                    back,
                    found[used:],
                )
        until[text] = used
        first = cuts[text]
    return found[:used], until
