"""Network of the tagger of aspect terms: convolutions over units, tags, and the polarity of terms.

Units of all texts stand in rows one after another. Layers run over tiles of one size: a matrix
product of another shape may add in another order, and what is said of a text must not depend on
its company.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.text.hash_kernels import Places, compiled
from models.text.ngrams import Ids

Floats = npt.NDArray[np.float32]
TILE: Final = 32
FIRST_SPAN, SPAN, STEP = 5, 3, 2
"""Units that the first convolution reads, those that the others do, and how far apart the second
one's are."""
AROUND: Final = 16
"""Units on each side of a term among which its polarity is looked for."""
SLOTS: Final = 2 * AROUND + 1
"""The term itself, the units before it, and those behind."""
HEADS: Final = 4
WITHIN: Final = 8
"""Units of a term that count for its polarity."""
OUTSIDE, BEGIN, INSIDE = range(3)
TAGS: Final = 3


class Layers(NamedTuple):
    """Kernels and biases. A ``span`` of units is one axis in them: [span * width, channels].

    ``first``, ``second``: of all; ``tag``, ``tags``: to tags; ``clause``: to what polarities are
    read from; ``queries``, ``keys_values``, ``distances`` [units, HEADS]: where a term looks;
    ``polarity``, ``polarities``: to labels.
    """

    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    tag: Floats
    tag_bias: Floats
    tags: Floats
    tags_bias: Floats
    transitions: Floats
    clause: Floats
    clause_bias: Floats
    queries: Floats
    keys_values: Floats
    distances: Floats
    polarity: Floats
    polarity_bias: Floats
    polarities: Floats
    polarities_bias: Floats


@compiled
def vectors_of(
    hashed: Ids, pieces: Ids, lasts: Places, of_pieces: Floats, of_hashed: Floats
) -> Floats:
    """[units, width]: the mean of the vectors of a unit's pieces, and the sum of those of its
    hashed features.
    """
    first_width, second_width = of_pieces.shape[1], of_hashed.shape[1]
    vectors = np.zeros((len(lasts), first_width + second_width), np.float32)
    first = 0
    for unit in range(len(lasts)):
        last, vector = lasts[unit], vectors[unit]
        if last > first:
            share = np.float32(1) / np.float32(last - first)
            for place in range(first, last):
                row = of_pieces[pieces[place]]
                for column in range(first_width):
                    vector[column] += row[column] * share
        for number in hashed[unit]:
            if number:
                row = of_hashed[number]
                for column in range(second_width):
                    vector[first_width + column] += row[column]
        first = last
    return vectors


@compiled
def windows_of(vectors: Floats, cuts: Places, span: int, step: int) -> Floats:
    """The units around each unit, zeros beyond its text: [tiles, TILE, span * width]."""
    units, width = vectors.shape
    tiles = -(-units // TILE)
    windows = np.zeros((tiles, TILE, span * width), np.float32)
    flat = windows.reshape(tiles * TILE, span * width)
    first = 0
    for cut in cuts:
        for unit in range(first, cut):
            row = flat[unit]
            for place in range(span):
                at = unit + (place - span // 2) * step
                if first <= at < cut:
                    row[place * width : (place + 1) * width] = vectors[at]
        first = cut
    return windows


@compiled
def tiled(vectors: Floats) -> Floats:
    """[tiles, TILE, width], zeros behind the last."""
    tiles = -(-len(vectors) // TILE)
    found = np.zeros((tiles, TILE, vectors.shape[1]), np.float32)
    found.reshape(tiles * TILE, vectors.shape[1])[: len(vectors)] = vectors
    return found


def layer(tiles: Floats, kernel: Floats, bias: Floats) -> Floats:
    """One layer with rectified answers, [tiles * TILE, channels]."""
    found = tiles @ kernel
    found += bias
    np.maximum(found, 0, out=found)
    return found.reshape(-1, kernel.shape[1])


def read(vectors: Floats, cuts: Places, layers: Layers) -> tuple[Floats, Floats]:
    """Logits of the tags [units, TAGS], and what polarities are read from [units, channels]."""
    units = len(vectors)
    first = layer(windows_of(vectors, cuts, FIRST_SPAN, 1), layers.first, layers.first_bias)[:units]
    second = (
        first
        + layer(windows_of(first, cuts, SPAN, STEP), layers.second, layers.second_bias)[:units]
    )
    windows = windows_of(second, cuts, SPAN, 1)
    tag = second + layer(windows, layers.tag, layers.tag_bias)[:units]
    clause = second + layer(windows, layers.clause, layers.clause_bias)[:units]
    logits = (tiled(tag) @ layers.tags + layers.tags_bias).reshape(-1, TAGS)[:units]
    return logits, clause


@compiled
def terms_of(
    logits: Floats, transitions: Floats, cuts: Places, barred: npt.NDArray[np.bool_], lean: float
) -> Places:
    """Terms by the likeliest tags: rows of text, first and last unit.

    An inner tag follows none outside (Viterbi 1967). ``barred`` units are outside; ``lean`` is
    taken from the logit of that tag elsewhere.
    """
    found = np.empty((len(logits), 3), np.int64)
    back = np.empty((len(logits), TAGS), np.int8)
    score, new = np.empty(TAGS, np.float32), np.empty(TAGS, np.float32)
    far = np.float32(-1e9)
    count, first = 0, 0
    for text in range(len(cuts)):
        cut = cuts[text]
        for unit in range(first, cut):
            for tag in range(TAGS):
                best, came = np.float32(0), 0
                if unit > first:
                    best = far * 2
                    for before in range(TAGS):
                        if tag == INSIDE and before == OUTSIDE:
                            continue
                        total = score[before] + transitions[before, tag]
                        if total > best:
                            best, came = total, before
                elif tag == INSIDE:
                    best = far
                back[unit, tag] = came
                if barred[unit]:
                    own = np.float32(0) if tag == OUTSIDE else far
                else:
                    own = logits[unit, tag] - (
                        np.float32(lean) if tag == OUTSIDE else np.float32(0)
                    )
                new[tag] = best + own
            score[:] = new - new.max()
        if cut > first:
            tag = int(np.argmax(score))
            last, begun = cut - 1, count
            for unit in range(cut - 1, first - 1, -1):
                if tag == BEGIN:
                    found[count, 0], found[count, 1], found[count, 2] = text, unit, last
                    count += 1
                came = back[unit, tag]
                if tag != INSIDE:
                    last = unit - 1
                tag = came
            found[begun:count] = found[begun:count][::-1].copy()
        first = cut
    return found[:count]


@compiled
def means_of(clause: Floats, terms: Places) -> Floats:
    """[terms, channels]: the mean of a term's first units."""
    means = np.zeros((len(terms), clause.shape[1]), np.float32)
    for term in range(len(terms)):
        first, last = terms[term, 1], min(terms[term, 2], terms[term, 1] + WITHIN - 1)
        share = np.float32(1) / np.float32(last - first + 1)
        for unit in range(first, last + 1):
            for channel in range(clause.shape[1]):
                means[term, channel] += clause[unit, channel] * share
    return means


@compiled
def attended(
    queries: Floats, own: Floats, around: Floats, terms: Places, cuts: Places, distances: Floats
) -> Floats:
    """What the heads find in a term and among the units around it in its text, [terms, HEADS *
    size]. ``own`` [terms, 2 * HEADS * size] and ``around`` [units, …]: keys and values.
    """
    width = queries.shape[1]
    size = width // HEADS
    root = np.float32(1) / np.sqrt(np.float32(size))
    found = np.zeros((len(terms), width), np.float32)
    scores, places = np.empty(SLOTS, np.float32), np.empty(SLOTS, np.int64)
    for term in range(len(terms)):
        text, first, last = terms[term]
        begin, cut = cuts[text - 1] if text else 0, cuts[text]
        for head in range(HEADS):
            lower = head * size
            count, top = 0, np.float32(-1e9)
            for slot in range(SLOTS):
                place = first - AROUND - 1 + slot if slot <= AROUND else last - AROUND + slot
                if slot and not begin <= place < cut:
                    continue
                score = np.float32(0)
                for column in range(lower, lower + size):
                    key = own[term, column] if slot == 0 else around[place, column]
                    score += queries[term, column] * key
                scores[count] = score * root + distances[slot, head]
                places[count] = -1 if slot == 0 else place
                top = max(top, scores[count])
                count += 1
            total = np.float32(0)
            for at in range(count):
                scores[at] = np.exp(scores[at] - top)
                total += scores[at]
            for at in range(count):
                share, place = scores[at] / total, places[at]
                for column in range(lower, lower + size):
                    value = (
                        own[term, width + column] if place < 0 else around[place, width + column]
                    )
                    found[term, column] += share * value
    return found


def polarities(clause: Floats, terms: Places, cuts: Places, layers: Layers) -> Floats:
    """Logits of the labels of terms, [terms, 3]."""
    means = means_of(clause, terms)
    around = (tiled(clause) @ layers.keys_values).reshape(-1, layers.keys_values.shape[1])
    pooled = tiled(means)
    own = (pooled @ layers.keys_values).reshape(-1, layers.keys_values.shape[1])
    queries = (pooled @ layers.queries).reshape(-1, layers.queries.shape[1])
    context = attended(queries, own, around, terms, cuts, layers.distances)
    context = np.concatenate([means, context[: len(terms)]], 1)
    hidden = tiled(layer(tiled(context), layers.polarity, layers.polarity_bias))
    logits = hidden @ layers.polarities + layers.polarities_bias
    return np.asarray(logits.reshape(-1, 3)[: len(terms)])
