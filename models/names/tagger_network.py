"""Tagger network: a sum of feature vectors for each token, and one hidden layer over those around a
candidate.

Candidates are judged in tiles of one size: a matrix product of another shape may add in another
order, and what is said of a text must not depend on its company. A tile is also too small for a
library to wake other threads for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.names.token_features import EDGE, NUMBER, SMALL, Small
from models.text.hash_kernels import Hashes, Numbers, Places, compiled

Floats = npt.NDArray[np.float32]
AROUND = 4
"""Tokens on each side that are looked at."""
WINDOW = 2 * AROUND + 1
TILE = 8
TAGS = ("", "PERSON", "LOCATION")
LEAN = np.float32(3)
"""A place must be so many times as likely as a person to be taken for one: a place called a person
is masked all the same, while a person called a place is not found where only people are to be
masked."""


class Weights(NamedTuple):
    """``table`` [features, size]; ``inner`` [WINDOW * size, hidden], ``inner_bias``; ``outer``
    [hidden, tags], ``outer_bias``.
    """

    table: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats


@compiled
def near(candidates: Places, tokens: int) -> npt.NDArray[np.bool_]:
    """Of so many tokens those that are in the window around a candidate."""
    found = np.zeros(tokens, np.bool_)
    for candidate in candidates:
        found[max(candidate - AROUND, 0) : candidate + AROUND + 1] = True
    return found


@compiled
def vectors_of(
    features: Numbers, lasts: Places, table: Floats, wanted: npt.NDArray[np.bool_]
) -> Floats:
    """A vector for each token that is ``wanted``: its word's, its style's, and the mean of those of
    the groups of its letters. Of the others anything.
    """
    size = table.shape[1]
    vectors = np.empty((len(lasts), size), np.float32)
    groups = np.empty(size, np.float32)
    first = 0
    for token in range(len(lasts)):
        vector, last = vectors[token], lasts[token]
        if not wanted[token]:
            first = last
            continue
        vector[:] = table[features[first]]
        if last > first + 1:
            style = features[first + 1]
            for column in range(size):
                vector[column] += table[style, column]
        if last > first + 2:
            groups[:] = 0
            for place in range(first + 2, last):
                group = features[place]
                for column in range(size):
                    groups[column] += table[group, column]
            share = np.float32(1) / np.float32(last - first - 2)
            for column in range(size):
                vector[column] += groups[column] * share
        first = last
    return vectors


@compiled
def window_of(candidate: int, styles: Small, tokens: Places) -> None:
    """The tokens around a candidate into ``tokens`` [WINDOW]; -1 for what is beyond the text."""
    tokens[AROUND] = candidate
    for side in (-1, 1):
        inside = True
        for step in range(1, AROUND + 1):
            token = candidate + side * step
            inside = inside and 0 <= token < len(styles) and styles[token] != EDGE
            tokens[AROUND + side * step] = token if inside else -1


@compiled
def windows_of(candidates: Places, styles: Small, vectors: Floats, edge: Floats) -> Floats:
    """The vectors around each candidate: [tiles, TILE, WINDOW * size], what is left of the last
    tile 0.
    """
    size, tokens = vectors.shape[1], np.empty(WINDOW, np.int64)
    windows = np.empty((-(-len(candidates) // TILE), TILE, WINDOW * size), np.float32)
    if len(candidates):
        windows[-1] = 0
    for number in range(len(candidates)):
        window_of(candidates[number], styles, tokens)
        tile, row = divmod(number, TILE)
        for place in range(WINDOW):
            token = tokens[place]
            for column in range(size):
                windows[tile, row, place * size + column] = (
                    vectors[token, column] if token >= 0 else edge[column]
                )
    return windows


def probabilities(windows: Floats, count: int, weights: Weights) -> Floats:
    """Of the first ``count`` candidates in the tiles the probabilities of the tags, [count,
    tags]."""
    hidden = np.maximum(windows @ weights.inner + weights.inner_bias, 0)
    logits = (hidden @ weights.outer + weights.outer_bias).reshape(-1, len(TAGS))[:count]
    likely = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(likely / likely.sum(1, keepdims=True))


@compiled
def spans_of(
    candidates: Places, found: Floats, starts: Places, stops: Places, styles: Small, hashes: Hashes,
    cuts: Places, sure: Floats,
    small: Floats, fair: Floats, joint: np.uint64, comma: np.uint64,
) -> tuple[Numbers, Numbers, Numbers, Numbers, Floats]:  # fmt: skip
    """Spans of candidates that follow one another: text, tag, first and last token, score.

    One of them is at least as likely as ``sure`` of its tag, or ``small`` where all are in small
    letters; all others as ``fair``. A full stop behind an initial joins, and in an address a comma.
    """
    most = len(candidates)
    texts, tags = np.empty(most, np.int32), np.empty(most, np.int32)
    firsts, lasts, scores = (
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.float32),
    )
    count, text = 0, 0
    best = np.float32(0)
    numbered, capital = False, False
    for number in range(most):
        token = candidates[number]
        while token >= cuts[text]:
            text += 1
        tag = 1 if LEAN * found[number, 1] >= found[number, 2] else 2
        score = found[number, tag]
        if tag == 1 and found[number, 2] > score:
            score += found[number, 2]
        if score < fair[tag]:
            continue
        joined = False
        if count and texts[count - 1] == text and tags[count - 1] == tag:
            gap = token - lasts[count - 1] - 1
            between = hashes[token - 1]
            if gap == 0 or (
                gap == 1 and between == joint and stops[token - 2] - starts[token - 2] <= 2
            ):
                joined = True
            elif gap == 1 and between == comma and tag == 2:
                joined = numbered or styles[token] == NUMBER
        if not joined:
            if count and best < (sure if capital else small)[tags[count - 1]]:
                count -= 1
            texts[count], tags[count], firsts[count] = text, tag, token
            best, numbered, capital = np.float32(0), False, False
            count += 1
        lasts[count - 1] = token
        best = max(best, score)
        scores[count - 1] = best
        numbered = numbered or styles[token] == NUMBER
        capital = capital or styles[token] != SMALL
    if count and best < (sure if capital else small)[tags[count - 1]]:
        count -= 1
    return texts[:count], tags[:count], firsts[:count], lasts[:count], scores[:count]
