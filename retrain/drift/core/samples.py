"""Samples for detectors: numeric features of reviews, without their texts."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.artifact.calibration import Floats, Labels
from models.labels import Positions, classes, scores
from models.text.tokenizer import tokenise

BITS = 18
"""Words are told apart by so many bits of their hash: of some ten thousands, few share one."""
CHUNK = 256
PUNCTUATION = frozenset(string.punctuation)
DESCRIPTORS = (
    "words",
    "word_length",
    "capitals",
    "digits",
    "punctuation",
    "exclamations",
    "signs",
    "not_ascii",
)
"""Of a text: its words (logarithm), their mean length, and shares of its characters; signs are
those of addresses: @ # / _
"""

Words = Any
"""A sparse matrix of 0 and 1, [reviews, 2**BITS]: SciPy publishes no types."""
Rows = npt.NDArray[np.integer] | npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sample:
    """Reviews as a model scored them. All of length n; ``probabilities`` [n, 3] by
    ``models.labels.LABELS``, of a binary model P(neutral) is 0 unless it abstained;
    ``descriptors`` [n, len(DESCRIPTORS)].

    ``digests``: equal for equal texts only.
    """

    probabilities: Floats = field(repr=False)
    descriptors: Floats = field(repr=False)
    words: Words = field(repr=False)
    digests: npt.NDArray[np.uint64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.probabilities)

    def take(self, rows: Rows) -> Sample:
        """Some of them, by number or by mask."""
        return Sample(
            self.probabilities[rows], self.descriptors[rows], self.words[rows], self.digests[rows]
        )

    @property
    def distinct(self) -> Sample:
        """Each text once."""
        return self.take(np.unique(self.digests, return_index=True)[1])

    @property
    def scores(self) -> Floats:
        """P(positive) + P(neutral) / 2, [n]."""
        return scores(self.probabilities)

    @property
    def labels(self) -> Positions:
        """Position in ``LABELS`` of what the model says, [n]."""
        return classes(self.probabilities)

    @property
    def confidence(self) -> Floats:
        """P(what the model says), [n]."""
        return np.asarray(self.probabilities.max(axis=1, initial=0.0))


@dataclass(frozen=True, slots=True)
class Judged:
    """Reviews whose truth is known, in the order in which it came: P(what the model says) and
    whether it is right, both [n].
    """

    confidence: Floats = field(repr=False)
    right: Labels = field(repr=False)

    def __len__(self) -> int:
        return len(self.confidence)

    @classmethod
    def of(cls, probabilities: Floats, said: Positions, truth: Positions) -> Judged:
        """Of probabilities [n, 3], the emitted labels and the true ones, as positions [n]."""
        return cls(np.take_along_axis(probabilities, said[:, None], 1)[:, 0], said == truth)


NOTHING = Judged(np.zeros(0), np.zeros(0, bool))


@dataclass(frozen=True, slots=True)
class Window:
    """``scored``: reviews written in it. ``judged``: those whose feedback came in it. ``before``:
    the latest before.

    Of a reference, ``judged`` is the first feedback that the champion got, and there is nothing
    before.
    """

    scored: Sample
    judged: Judged = NOTHING
    before: Judged = NOTHING


def sample(texts: Sequence[str], probabilities: Floats) -> Sample:
    """Masked texts and what the model said of them [n, 3]."""
    digests = [
        int.from_bytes(hashlib.blake2b(_bytes(text), digest_size=8).digest(), "little")
        for text in texts
    ]
    descriptors = np.array([_describe(text) for text in texts], np.float64).reshape(
        len(texts), len(DESCRIPTORS)
    )
    return Sample(
        probabilities.astype(np.float64), descriptors, _words(texts), np.array(digests, np.uint64)
    )


def together(first: Sample, second: Sample) -> Sample:
    """One after the other."""
    return Sample(
        np.concatenate([first.probabilities, second.probabilities]),
        np.concatenate([first.descriptors, second.descriptors]),
        sparse.vstack([first.words, second.words], "csr"),
        np.concatenate([first.digests, second.digests]),
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf8", "surrogatepass")


def _describe(text: str) -> tuple[float, ...]:
    words, length = text.split(), max(1, len(text))
    return (
        float(np.log1p(len(words))),
        (length - len(words) + 1) / max(1, len(words)),
        sum(map(str.isupper, text)) / length,
        sum(map(str.isdigit, text)) / length,
        sum(character in PUNCTUATION for character in text) / length,
        text.count("!") / length,
        sum(text.count(sign) for sign in "@#/_") / length,
        sum(character > "\x7f" for character in text) / length,
    )


def _words(texts: Sequence[str]) -> Words:
    """Placeholders of masked personal data are none: how much is masked is not what a review
    says."""
    blocks = [sparse.csr_matrix((0, 2**BITS), dtype=np.float32)]
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        tokens = tokenise(chunk)
        rows = np.repeat(np.arange(len(chunk)), np.diff([0, *tokens.ends]))
        known = tokens.hashes != 0
        cells = np.unique(
            rows[known].astype(np.int64) << BITS
            | (tokens.hashes[known] >> np.uint64(64 - BITS)).astype(np.int64)
        )
        ones = np.ones(len(cells), np.float32)
        blocks.append(
            sparse.csr_matrix(
                (ones, (cells >> BITS, cells & (2**BITS - 1))), shape=(len(chunk), 2**BITS)
            )
        )
    return sparse.vstack(blocks, "csr")
