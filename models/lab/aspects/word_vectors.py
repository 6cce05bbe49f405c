"""Vectors of words by the words beside them, in all training texts of the corpus, marked or not.

Shifted positive pointwise mutual information with the commonest words before and behind, and its
first principal directions: Levy & Goldberg 2014,
https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization.
Words of the same use stand together, also those that no set of aspects holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.whole_files import replaced_file
from models.aspects import units as reading
from models.aspects.unit_kernels import AFFIXES
from models.aspects.units import Words
from models.lab.judgement.corpus import LabelledText
from models.student.segmenting import FIRST, Pieces
from models.text.hash_kernels import Places, compiled

FILE: Final = "word_vectors.npz"
CONTEXTS: Final = 2048
"""Words that others are told by, before and behind: the commonest of each language."""
LONGEST: Final = 200
"""Units of a text that are read."""
FEWEST: Final = 5
"""Occurrences below which a word has no vector."""
CHUNK: Final = 5_000
KNOWN: Final = 60_000
POWER: Final = 0.6
Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]


def make(
    labelled: Sequence[LabelledText], path: Path, pieces: Pieces, width: int, say: Say
) -> None:
    """Write the hashes of the words that some texts hold, and their vectors."""
    languages = sorted({text.language for text in labelled})
    of_language = np.array([languages.index(text.language) for text in labelled])
    hashed, cuts = hashes_of_words([text.text for text in labelled], pieces, say)
    of_unit = np.repeat(of_language, np.diff(cuts, prepend=0))
    known, contexts = commonest(hashed, of_unit, len(languages))
    order = np.argsort(known)
    places = np.searchsorted(known[order], hashed)
    places[places == len(known)] = 0
    numbers = np.where(known[order][places] == hashed, order[places], -1)
    say(f"{len(known):,} words known")
    found = vectors(numbers, cuts, len(known), contexts, width, say)
    with replaced_file(path) as file:
        np.savez(file, words=known, vectors=found)


def known_words(path: Path) -> Words:
    """The words of a file that ``make`` wrote."""
    with np.load(path) as file:
        return Words.of(file["words"])


def table_of(path: Path) -> Floats:
    """[rows, width]: the vectors of that file as rows of hashed features."""
    with np.load(path) as file:
        vectors = file["vectors"]
    table = np.zeros((AFFIXES + FIRST + len(vectors), vectors.shape[1]), np.float32)
    table[AFFIXES + FIRST :] = vectors
    return table


def hashes_of_words(
    texts: Sequence[str], pieces: Pieces, say: Say
) -> tuple[npt.NDArray[np.uint32], Places]:
    """The words of all texts, and where those of each end."""
    found, ends, used = [], [], 0
    for start in range(0, len(texts), CHUNK):
        units = reading.units_of(list(texts[start : start + CHUNK]), pieces, None, LONGEST)
        found.append(units.hashed[:, 0].copy().view(np.uint32))
        ends.append(units.cuts + used)
        used += len(units.starts)
        if start % (10 * CHUNK) == 0:
            say(f"words of {start:,} of {len(texts):,} texts")
    return np.concatenate(found), np.concatenate(ends)


def commonest(
    hashed: npt.NDArray[np.uint32], languages: Places, number: int
) -> tuple[npt.NDArray[np.uint32], int]:
    """The words to know, those that others are told by first, and how many these are. Of a language
    with few texts rarer words count.
    """
    keys = (languages.astype(np.uint64) << np.uint64(32)) | hashed
    pairs, counts = np.unique(keys[hashed != 0], return_counts=True)
    theirs, words = (pairs >> np.uint64(32)).astype(np.int64), pairs.astype(np.uint32)
    totals = np.bincount(theirs, counts, number)
    share = np.where(counts >= FEWEST, counts / totals[theirs] ** POWER, 0)
    best, at = np.unique(words, return_inverse=True)
    scores = np.zeros(len(best))
    np.maximum.at(scores, at, share)
    order = np.argsort(-scores, kind="stable")[: min(KNOWN, int((scores > 0).sum()))]
    return best[order], min(CONTEXTS, len(order))


@compiled
def _together(words: Places, cuts: Places, contexts: int, counts: Floats) -> None:
    """Add up, for each word, the words before it, then those behind, the nearest the most."""
    first = 0
    for cut in cuts:
        for at in range(first, cut):
            word = words[at]
            if word < 0:
                continue
            for step in range(1, 4):
                weight = np.float32(1) / np.float32(step)
                if at - step >= first and 0 <= words[at - step] < contexts:
                    counts[word, words[at - step]] += weight
                if at + step < cut and 0 <= words[at + step] < contexts:
                    counts[word, contexts + words[at + step]] += weight
        first = cut


def vectors(words: Places, cuts: Places, size: int, contexts: int, width: int, say: Say) -> Floats:
    """[size, width], of one scale. ``words``: numbers, -1 for unknown ones; the first ``contexts``
    are those that others are told by."""
    table = np.zeros((size, 2 * contexts), np.float32)
    _together(words, cuts, contexts, table)
    say("words counted")
    own, theirs = table.sum(1, keepdims=True), table.sum(0, keepdims=True) ** 0.75
    expected = own * (theirs / max(theirs.sum(), 1e-6))
    np.divide(table, np.maximum(expected, 1e-6), out=table)
    np.log(np.maximum(table, 1), out=table)
    counts = np.bincount(words[words >= 0], minlength=size)
    weight = np.sqrt(np.minimum(counts, 1000)).astype(np.float32)[:, None]
    table -= (weight * table).sum(0) / weight.sum()
    weighed = table * np.sqrt(weight)
    _, directions = np.linalg.eigh(weighed.T @ weighed)
    found = table @ directions[:, ::-1][:, :width]
    found /= np.sqrt(found.std(0) + 1e-6)
    say("directions found")
    return np.asarray(found / (found.std() + 1e-6), np.float32)
