"""The student's word pieces: those of multilingual-e5-small in small letters that training texts
use, and their vectors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.lab.judgement.student import prepared
from models.lab.judgement.student.prepared import Floats, Prepared
from models.multilingual import packages
from models.multilingual.e5_file import E5File
from models.student.normalising import FIRST_RATING
from models.student.segmenting import FIRST, LONGEST, Pieces

MARKS = 4
"""Pieces of the tokenizer that stand for no text."""
FEWEST, FEWEST_OF_CHARACTERS = 6, 3
RARE = np.float32(-14)
"""The score of a character that the tokenizer does not have."""
DIMENSIONS = 64
SAMPLE = 3
"""One training text in so many decides which pieces are kept."""


def choose(folder: Path, rows: Prepared, size: int) -> None:
    """Write the vocabulary's pieces of every text and, into ``VECTORS``, float32 [ids, DIMENSIONS]
    for them.
    """
    if (folder / prepared.VECTORS).is_file():
        return
    theirs = json.loads(packages.tokenizer_file().read_text(encoding="utf8"))["model"]["vocab"]
    source, scores = lowered(theirs)
    texts = [
        text
        for text, trains in zip(prepared.texts_of(folder), rows.train.tolist(), strict=True)
        if trains
    ][::SAMPLE]
    often = [
        character
        for character, count in prepared.characters(texts).items()
        if count >= FEWEST_OF_CHARACTERS
    ]
    added = sorted(
        {*often, *(chr(FIRST_RATING + stars) for stars in range(1, 6))}
        - source.keys()
        - {" ", "\n", "\t"}
    )
    pieces = [*source, *added]
    score = np.concatenate([[scores[piece] for piece in source], np.full(len(added), RARE)]).astype(
        np.float32
    )
    origin = np.concatenate([list(source.values()), np.full(len(added), -1)]).astype(np.int32)
    values, _ = prepared.segmented(texts, Pieces.of(pieces, score))
    counts = np.bincount(values, minlength=FIRST + len(pieces))[FIRST:]
    kept = commonest(pieces, counts, size)
    prepared.cut_pieces(folder, rows, [pieces[at] for at in kept], score[kept])
    np.save(folder / prepared.VECTORS, vectors(origin[kept], counts[kept].astype(np.float32)))


def lowered(vocabulary: Sequence[Sequence[object]]) -> tuple[dict[str, int], dict[str, float]]:
    """Of (piece, score) by position: each distinct piece in small letters with its position, its
    own before a capitalised one's, and the best of the scores."""
    source: dict[str, int] = {}
    scores: dict[str, float] = {}
    for at, (piece, score) in enumerate(vocabulary):
        lower = str(piece).lower()
        if at < MARKS or len(lower) > LONGEST or not lower:
            continue
        if lower not in source or piece == lower:
            source[lower] = at
        scores[lower] = max(scores.get(lower, -np.inf), float(str(score)))
    return source, scores


def commonest(
    pieces: Sequence[str], counts: npt.NDArray[np.int64], size: int
) -> npt.NDArray[np.int64]:
    """Positions of the pieces to keep, frequent ones first: all single characters that occur, and
    what else is common.
    """
    single = np.array([len(piece) == 1 for piece in pieces])
    usable = (counts >= FEWEST) | (single & (counts >= 1))
    usable |= np.array(
        [len(piece) == 1 and FIRST_RATING < ord(piece) <= FIRST_RATING + 5 for piece in pieces]
    )
    rank = np.where(usable, counts + np.where(single, counts.max() + 1, 0), -1)
    order = np.argsort(-rank, kind="stable")[: min(size, int(usable.sum()))]
    return order[np.argsort(-counts[order], kind="stable")]


def vectors(origin: npt.NDArray[np.int32], counts: Floats) -> Floats:
    """The first principal components of the encoder's vectors, weighted by the root of how often a
    piece occurs.
    """
    file = E5File.open(packages.e5_file())
    known = origin >= 0
    found, weight = file.vectors(origin[known]), np.sqrt(counts[known])[:, None]
    found = found - (weight * found).sum(0) / weight.sum()
    values, directions = np.linalg.eigh((weight * found).T @ found / weight.sum())
    chosen = np.argsort(-values)[:DIMENSIONS]
    table = np.zeros((FIRST + len(origin), DIMENSIONS), np.float32)
    table[FIRST:][known] = found @ directions[:, chosen] / np.sqrt(values[chosen].mean())
    return table
