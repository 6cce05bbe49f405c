"""Text similarity: cosine of hashed words with inverse document frequencies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.text.tokenizer import tokenise

BUCKETS = 2048
Vectors = npt.NDArray[np.float32]


def vectors(texts: Sequence[str]) -> Vectors:
    """float32 [texts, buckets], each row of length 1, or 0 for a text without words of its own; the
    same texts give the same.
    """
    rows = np.zeros((len(texts), BUCKETS), np.float32)
    tokens = tokenise(texts)
    start = 0
    for row, end in zip(rows, tokens.ends, strict=True):
        # The last bit of a hash is always set, and so says nothing; 0 is what marks the end of a
        # text.
        hashes = tokens.hashes[start:end]
        found, counts = np.unique(
            (hashes[hashes != 0] >> np.uint64(1)) % np.uint64(BUCKETS), return_counts=True
        )
        row[found.astype(np.int64)] = np.sqrt(counts)
        start = end
    rows *= np.log((1 + len(texts)) / (1 + np.count_nonzero(rows, axis=0))) + 0.1
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(lengths > 0, lengths, 1)
    return rows


def nearest(rows: Vectors, others: Vectors) -> npt.NDArray[np.float32]:
    """The cosine of each row with the most alike of ``others``; 0 where there are none."""
    return (rows @ others.T).max(axis=1) if len(others) else np.zeros(len(rows), np.float32)
