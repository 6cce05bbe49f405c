"""The student's arithmetic as compiled loops: tokens → sums of n-gram weights and pooled answers of
a convolution over pieces.

What a word adds depends on the word and the language alone, so it is remembered: asking costs a
tenth of working it out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.student.scanning import Codes, Kinds, character_ngrams, longest, token_hash
from models.student.segmenting import Scores, segment
from models.text.hash_kernels import (
    GOLDEN,
    MURMUR,
    U1,
    U6,
    U63,
    Hashes,
    Numbers,
    Places,
    bits_set,
    compiled,
    fused,
    mixed,
)
from models.text.ngrams import Ids

Steps = npt.NDArray[np.int16]
Sums = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

CLASSES = 3
REMEMBERED_PIECES = 8
COLUMNS = 11 + REMEMBERED_PIECES
"""Of a remembered word: three sums of its n-grams of characters and how many of these are known,
three of the word itself, its polarity and whether it is known, its pieces and how many, and how
many of its characters are in pieces that mean something."""
KNOWN, WORD, POLARITY, KNOWN_WORD, COVERED, COUNT, PIECES = 3, 4, 7, 8, 9, 10, 11


class Wide(NamedTuple):
    """``words``, ``before``: see ``models.text.feature_index.KnownIds``; ``table`` [known + 1, 4]:
    weights of the classes, and the polarity, each in its steps; ``shift``: of hashes."""

    words: Hashes
    before: Numbers
    table: Steps
    shift: np.uint64


class Segmentation(NamedTuple):
    """See ``segmenting.Pieces``; ``lengths``: characters that each piece vouches for, 0 where a
    piece by itself means nothing.
    """

    slots: Ids
    hashes: Hashes
    scores: Scores
    lengths: Numbers


class Read(NamedTuple):
    """Of each text: ``sums`` [texts, 2, 3] of weights in steps and ``known`` [texts, 2], how many
    features these are: n-grams of characters, and of words; the ``polarity`` of the latter, in
    steps; where its ``pieces`` end, and how many of its characters are ``covered`` by pieces that
    mean something, of how many."""

    sums: Sums
    known: Places
    polarity: Sums
    pieces: Ids
    ends: Places
    covered: Places
    characters: Places


@compiled
def add(value: np.uint64, wide: Wide, sums: Rows) -> int:
    """Add as many weights of a feature as there are ``sums``; 1 where its hash is known, else 0."""
    number = value >> wide.shift
    word, bit = wide.words[number >> U6], U1 << (number & U63)
    if word & bit == np.uint64(0):
        return 0
    row = wide.table[
        np.int64(wide.before[number >> U6]) + np.int64(bits_set(word & (bit - U1))) + 1
    ]
    for column in range(len(sums)):
        sums[column] += np.int32(row[column])
    return 1


@compiled
def read(
    codes: Codes, ends: Places, kinds: Kinds, cuts: Places, salts: Hashes, words: int, wide: Wide,
    pieces: Segmentation,
    keys: Hashes, memory: Rows
) -> Read:  # fmt: skip
    """All that the network needs of texts, see ``Read``. ``salts``: of the language of each, 0
    where n-grams are not looked up.

    ``keys`` and ``memory``: of remembered words, each in the one place that its hash names; the
    length is a power of two.
    """
    texts = len(cuts)
    sums, known = np.zeros((texts, 2, 3), np.int64), np.zeros((texts, 2), np.int64)
    polarity, covered, characters, until = (
        np.zeros(texts, np.int64),
        np.zeros(texts, np.int64),
        np.zeros(texts, np.int64),
        np.empty(texts, np.int64),
    )
    most = longest(ends)
    buffer, hashes = np.empty(5 * (most + 2), np.uint64), np.zeros(len(ends), np.uint64)
    best, back = np.empty(most + 3, np.float32), np.empty(2 * most + 6, np.int32)
    found = np.empty(len(codes) + len(ends), np.int32)
    word = np.zeros(COLUMNS, np.int32)
    wanted = np.empty(_most_tokens(cuts) * (words + 1), np.uint64)
    used, first = 0, 0
    for text in range(texts):
        salt = salts[text]
        for token in range(first, cuts[text]):
            if kinds[token] == 5:
                continue
            start = ends[token - 1] if token else 0
            hashes[token] = token_hash(codes, start, ends[token])
            key = mixed(hashes[token] * GOLDEN + salt) | U1
            place = np.int64(key >> np.uint64(20)) & (len(keys) - 1)
            if keys[place] == key:
                row = memory[place]
                for at in range(row[COUNT]):
                    found[used + at] = row[PIECES + at]
            else:
                row = word
                _work_out(
                    codes,
                    start,
                    ends[token],
                    kinds[token],
                    salt,
                    wide,
                    pieces,
                    buffer,
                    best,
                    back,
                    found[used:],
                    row,
                )
                if row[COUNT] <= REMEMBERED_PIECES:
                    keys[place] = key
                    memory[place] = row
            used += row[COUNT]
            for column in range(3):
                sums[text, 0, column] += row[column]
                sums[text, 1, column] += row[WORD + column]
            polarity[text] += row[POLARITY]
            known[text, 0] += row[KNOWN]
            known[text, 1] += row[KNOWN_WORD]
            covered[text] += row[COVERED]
            characters[text] += ends[token] - start
        if salt:
            more, theirs = _token_ngrams(
                hashes, first, cuts[text], salt, words, wide, wanted, sums[text, 1]
            )
            known[text, 1] += more
            polarity[text] += theirs
        until[text] = used
        first = cuts[text]
    return Read(sums, known, polarity, found[:used], until, covered, characters)


@compiled
def _work_out(
    codes: Codes, start: int, stop: int, kind: int, salt: np.uint64, wide: Wide,
    pieces: Segmentation, buffer: Hashes,
    best: Scores, back: Ids, found: Ids, row: Rows
) -> None:  # fmt: skip
    """Fill a row of ``COLUMNS`` for a token, and write its pieces into ``found``."""
    row[:] = 0
    if salt:
        row[KNOWN_WORD] = add(
            mixed(salt * GOLDEN + token_hash(codes, start, stop)), wide, row[WORD : POLARITY + 1]
        )
    if kind != 4 and salt:
        count = character_ngrams(codes, start, stop, kind == 3, salt, buffer)
        for at in range(count):
            row[KNOWN] += add(buffer[at], wide, row[:KNOWN])
    marked = kind == 1 or kind == 2
    count = segment(
        codes, start, stop, marked, pieces.slots, pieces.hashes, pieces.scores, best, back, found
    )
    row[COUNT] = count
    for at in range(count):
        row[COVERED] += pieces.lengths[found[at]]
        if at < REMEMBERED_PIECES:
            row[PIECES + at] = found[at]


@compiled
def _most_tokens(cuts: Places) -> int:
    """Of the longest text."""
    most, first = 0, 0
    for cut in cuts:
        most, first = max(most, cut - first), cut
    return most


@compiled
def _token_ngrams(
    hashes: Hashes, first: int, last: int, salt: np.uint64, words: int, wide: Wide, wanted: Hashes,
    sums: Sums
) -> tuple[int, np.int64]:  # fmt: skip
    """Add what n-grams of two tokens and more, and pairs, weigh, see ``scanning.features``; how
    many of them are known, and their polarity.

    In three loops of which each asks for memory that the others do not wait for: one after another
    they take twice as long.
    """
    count = 0
    for token in range(first, last):
        if hashes[token] == np.uint64(0):
            continue
        value = mixed(salt * GOLDEN + hashes[token])
        for n in range(1, words):
            if token + n >= last or hashes[token + n] == np.uint64(0):
                break
            value = mixed(value * GOLDEN + hashes[token + n])
            wanted[count] = value >> wide.shift
            count += 1
        for gap in range(2, 4 if words > 2 else 2):
            if token + gap >= last or hashes[token + gap] == np.uint64(0):
                break
            value = mixed((salt + np.uint64(gap) * MURMUR) * GOLDEN + hashes[token])
            wanted[count] = mixed(value * GOLDEN + hashes[token + gap]) >> wide.shift
            count += 1
    known = 0
    for at in range(count):
        number = wanted[at]
        wanted[known] = number
        known += int((wide.words[number >> U6] >> (number & U63)) & U1)
    for at in range(known):
        number = wanted[at]
        word, bit = wide.words[number >> U6], U1 << (number & U63)
        wanted[at] = np.uint64(wide.before[number >> U6]) + bits_set(word & (bit - U1)) + U1
    first_sum, second_sum, third_sum, polarity = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for at in range(known):
        row = wide.table[wanted[at]]
        first_sum += row[0]
        second_sum += row[1]
        third_sum += row[2]
        polarity += row[3]
    sums[0] += first_sum
    sums[1] += second_sum
    sums[2] += third_sum
    return known, polarity


@fused
def pooled(
    pieces: Ids, ends: Places, tables: Steps, head: int, tail: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Places]:
    """The largest and the sum of the convolution's answers of each text, [texts, filters] in steps,
    and how many there are.

    ``tables`` [pieces, 3, filters]: what each piece adds at each place. Of a long text ``head``
    pieces and the last ``tail``.
    """
    filters = tables.shape[2]
    largest, total = (
        np.zeros((len(ends), filters), np.int32),
        np.zeros((len(ends), filters), np.int32),
    )
    counts = np.empty(len(ends), np.int64)
    row, first = np.empty(head + tail + 2, np.int32), 0
    for text in range(len(ends)):
        length = ends[text] - first
        count = min(length, head + tail)
        row[0] = row[count + 1] = 0
        for at in range(count):
            row[at + 1] = (
                pieces[first + at]
                if at < head or length <= head + tail
                else pieces[ends[text] - count + at]
            )
        peaks, sums = largest[text], total[text]
        for at in range(1, count + 1):
            before, middle, behind = (
                tables[row[at - 1], 0],
                tables[row[at], 1],
                tables[row[at + 1], 2],
            )
            for number in range(filters):
                answer = max(
                    np.int32(before[number]) + np.int32(middle[number]) + np.int32(behind[number]),
                    np.int32(0),
                )
                sums[number] += answer
                peaks[number] = max(peaks[number], answer)
        counts[text] = count
        first = ends[text]
    return largest, total, counts
