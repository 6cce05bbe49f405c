"""Texts as bags of the judge's word pieces, and the encoder's vectors of these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from models.artifact import artifact
from models.lab.aspects.categories.fitting import Bags, Floats
from models.lab.judgement.student import prepared, vocabulary
from models.multilingual import packages
from models.multilingual.e5_file import E5File
from models.student import model
from models.student.segmenting import FIRST, Pieces
from models.text import vocabulary as words


@dataclass(frozen=True, slots=True)
class Bagger:
    """Texts → bags. ``vocabulary`` and ``scores``: of the shipped judge's segmentation."""

    vocabulary: tuple[str, ...] = field(repr=False)
    scores: Floats = field(repr=False)
    pieces: Pieces = field(repr=False)

    @classmethod
    def load(cls) -> Bagger:
        """With the shipped judge's pieces. Raises ``ModelNotFound``, ``ModelIntegrityError``."""
        arrays = artifact.load(artifact.JUDGE).arrays
        vocabulary = tuple(words.from_array(arrays[model.VOCABULARY]))
        scores = np.asarray(arrays[model.SCORES], np.float32)
        return cls(vocabulary, scores, Pieces.of(vocabulary, scores))

    def __call__(self, texts: Sequence[str]) -> Bags:
        """The share of each piece among the known ones of a text, [texts, pieces]."""
        values, lengths = prepared.segmented(texts, self.pieces)
        row = np.repeat(np.arange(len(texts)), lengths)
        known = values >= FIRST
        values, row = values[known], row[known]
        count = np.bincount(row, minlength=len(texts))
        share = (1 / np.maximum(count, 1)[row]).astype(np.float32)
        return sparse.csr_matrix((share, (row, values)), (len(texts), self.pieces.size))

    def encoder_vectors(self, often: Floats) -> Floats:
        """Of multilingual-e5-small's table, less their mean by the root of how often a piece
        occurs; zeros for pieces that are not the encoder's.
        """
        file = json.loads(packages.tokenizer_file().read_text(encoding="utf8"))
        source, _ = vocabulary.lowered(file["model"]["vocab"])
        origin = np.array([-1] * FIRST + [source.get(piece, -1) for piece in self.vocabulary])
        known, table = origin >= 0, E5File.open(packages.e5_file())
        found = table.vectors(origin[known].astype(np.int32))
        weight = np.sqrt(often[known])[:, None]
        vectors = np.zeros((len(origin), table.shape.width), np.float32)
        vectors[known] = found - (weight * found).sum(0) / weight.sum()
        return vectors
