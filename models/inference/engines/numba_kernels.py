"""Numba kernels of the networks: one text at a time, so that its working set stays in the
processor's cache.

The loops innermost are over neighbours in memory, so that the compiler makes vector instructions of
them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.text.hash_kernels import Places, compiled, fused
from models.text.ngrams import Ids

Floats = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int16]
NOTHING = np.float32(0)
UNROLLED = 4
"""Rows of a matrix that one turn of a loop reads: whatever is multiplied has a multiple of these.
"""
SPAN = 3
"""Places of a convolution: one before, the middle, one behind."""


@compiled
def counts(ids: Ids) -> Places:
    """Number of ids in each row before its padding, int64 [batch]."""
    found = np.empty(len(ids), np.int64)
    for row in range(len(ids)):
        count = ids.shape[1]
        while count and ids[row, count - 1] == 0:
            count -= 1
        found[row] = count
    return found


@fused
def sums(ids: Ids, lengths: Places, table: Floats) -> Floats:
    """[batch, columns]: the sums of the rows of ``table`` that each text's first ids name."""
    found = np.zeros((len(ids), table.shape[1]), np.float32)
    for text in range(len(ids)):
        for at in range(lengths[text]):
            for column in range(table.shape[1]):
                found[text, column] += table[ids[text, at], column]
    return found


@compiled
def phrases(
    words: Ids, lengths: Places, tables: Steps, stretch: int, firsts: Places, rows: int
) -> tuple[Ids, Ids]:
    """The convolution over words: the sums [batch, filters] of its answers and, [rows, filters],
    the largest of each stretch.

    ``tables`` [vocabulary, places, filters]: what each word adds at each place of a phrase, in
    steps of 16 bits, of which a sum stays exact. ``firsts``: in which row the stretches of each
    text begin; rows that belong to none are zero.
    """
    filters = tables.shape[2]
    total, largest = np.zeros((len(words), filters), np.int32), np.zeros((rows, filters), np.int32)
    for text in range(len(words)):
        for at in range(lengths[text]):
            before = tables[words[text, at - 1] if at else 0, 0]
            middle = tables[words[text, at], 1]
            behind = tables[words[text, at + 1] if at + 1 < lengths[text] else 0, 2]
            answers, peak = total[text], largest[firsts[text] + at // stretch]
            for number in range(filters):
                answer = (
                    np.int32(before[number]) + np.int32(middle[number]) + np.int32(behind[number])
                )
                answer = max(answer, np.int32(0))
                answers[number] += answer
                peak[number] = max(peak[number], answer)
    return total, largest


@fused
def course(inputs: Floats, firsts: Places, lengths: Places, kernel: Floats, bias: Floats) -> Floats:
    """A convolution over rows of texts, [rows, width] → [rows, units]; rows between texts are zero,
    and stay so.

    ``kernel`` [width, places of a convolution * units]: all places beside one another, so that each
    row is read once.
    """
    units = len(bias)
    found = np.zeros((len(inputs), units), np.float32)
    parts = np.zeros((lengths.max() + 4, SPAN * units), np.float32)
    for text in range(len(firsts)):
        first_row, length = firsts[text], lengths[text]
        parts[0] = NOTHING
        for at in range(
            0, length, 2
        ):  # the row behind an odd last one is zero, and there is always one
            one, other, ones, others = (
                parts[at + 1],
                parts[at + 2],
                inputs[first_row + at],
                inputs[first_row + at + 1],
            )
            one[:] = NOTHING
            other[:] = NOTHING
            for row in range(0, inputs.shape[1], UNROLLED):
                a, b, c, d = ones[row], ones[row + 1], ones[row + 2], ones[row + 3]
                e, f, g, h = others[row], others[row + 1], others[row + 2], others[row + 3]
                first, second, third, fourth = (
                    kernel[row],
                    kernel[row + 1],
                    kernel[row + 2],
                    kernel[row + 3],
                )
                for unit in range(SPAN * units):
                    one[unit] += (
                        a * first[unit] + b * second[unit] + c * third[unit] + d * fourth[unit]
                    )
                    other[unit] += (
                        e * first[unit] + f * second[unit] + g * third[unit] + h * fourth[unit]
                    )
        parts[length + 1] = NOTHING
        for at in range(length):
            before, middle, behind, answers = (
                parts[at],
                parts[at + 1],
                parts[at + 2],
                found[first_row + at],
            )
            for unit in range(units):
                answer = before[unit] + middle[units + unit] + behind[2 * units + unit] + bias[unit]
                answers[unit] = max(answer, NOTHING)
    return found


@fused
def pooled(rows: Floats, firsts: Places, lengths: Places) -> tuple[Floats, Floats]:
    """The largest and the sum of the rows of each text, [batch, width] each; nothing is below
    zero."""
    largest, total = (
        np.zeros((len(firsts), rows.shape[1]), np.float32),
        np.zeros((len(firsts), rows.shape[1]), np.float32),
    )
    for text in range(len(firsts)):
        for at in range(firsts[text], firsts[text] + lengths[text]):
            for number in range(rows.shape[1]):
                largest[text, number] = max(largest[text, number], rows[at, number])
                total[text, number] += rows[at, number]
    return largest, total
