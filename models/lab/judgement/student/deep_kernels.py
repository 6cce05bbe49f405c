"""Loops of the deep side's training: batches of texts of unlike length one after another, with a
row of padding between them.
"""

from __future__ import annotations

import numpy as np

from models.lab.judgement.student.prepared import Floats
from models.text.hash_kernels import Places, compiled, fused
from models.text.ngrams import Ids


@compiled
def laid_out(
    batch: Places,
    values: Ids,
    starts: Places,
    ends: Places,
    head: int,
    tail: int,
    dropped: float,
    seed: int,
) -> tuple[Ids, Places, Places]:
    """The pieces of a batch, of a long text ``head`` and the last ``tail``; where each text begins,
    and how long it is.

    ``dropped``: the share of pieces that are padding instead.
    """
    state, size = np.uint64(seed * 2 + 1), 1
    for text in batch:
        size += min(ends[text] - starts[text], head + tail) + 1
    found, firsts, lengths, at = (
        np.zeros(size, np.int32),
        np.empty(len(batch), np.int64),
        np.empty(len(batch), np.int64),
        1,
    )
    for number in range(len(batch)):
        text = batch[number]
        whole = ends[text] - starts[text]
        length = min(whole, head + tail)
        firsts[number], lengths[number] = at, length
        for place in range(length):
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            if np.float64(state >> np.uint64(40)) >= dropped * 16777216.0:
                found[at + place] = values[
                    starts[text] + place
                    if place < head or whole == length
                    else ends[text] - length + place
                ]
        at += length + 1
    return found, firsts, lengths


@fused
def pool(answers: Floats, firsts: Places, lengths: Places) -> tuple[Floats, Ids, Floats]:
    """Cut the answers off at zero, in place; the largest of each text, where it stands, and the sum
    by the root of the length.
    """
    texts, filters = len(firsts), answers.shape[1]
    largest, where, total = (
        np.zeros((texts, filters), np.float32),
        np.full((texts, filters), -1, np.int32),
        np.zeros((texts, filters), np.float32),
    )
    for text in range(texts):
        for row in range(firsts[text], firsts[text] + lengths[text]):
            for number in range(filters):
                value = max(answers[row, number], np.float32(0))
                answers[row, number] = value
                total[text, number] += value
                if value > largest[text, number]:
                    largest[text, number], where[text, number] = value, row
        scale = np.float32(1 / np.sqrt(max(lengths[text], 1)))
        for number in range(filters):
            total[text, number] *= scale
    return largest, where, total


@fused
def unpool(
    answers: Floats,
    firsts: Places,
    lengths: Places,
    of_largest: Floats,
    where: Ids,
    of_total: Floats,
) -> Floats:
    """The gradient of the answers before they were cut off."""
    found = np.zeros(answers.shape, np.float32)
    for text in range(len(firsts)):
        scale = np.float32(1 / np.sqrt(max(lengths[text], 1)))
        for row in range(firsts[text], firsts[text] + lengths[text]):
            for number in range(answers.shape[1]):
                if answers[row, number] > 0:
                    found[row, number] = of_total[text, number] * scale
        for number in range(answers.shape[1]):
            if where[text, number] >= 0:
                found[where[text, number], number] += of_largest[text, number]
    return found


@fused
def scatter(pieces: Ids, gradient: Floats, table: Floats, squares: Floats, rate: float) -> None:
    """A step of AdaGrad by rows for each piece of a batch; padding stays as it is."""
    width = table.shape[1]
    for number in range(len(pieces)):
        piece = pieces[number]
        if piece == 0:
            continue
        square = np.float32(0)
        for column in range(width):
            square += gradient[number, column] * gradient[number, column]
        squares[piece] += square / np.float32(width)
        step = np.float32(rate) / np.sqrt(squares[piece])
        for column in range(width):
            table[piece, column] -= step * gradient[number, column]
