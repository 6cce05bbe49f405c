"""Network of the categoriser: means of the vectors of word pieces, a hidden layer, categories.

Compiled loops over one text after another: what is said of a term does not depend on the batch, as
it would with matrix products of a library, which add up in another order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from models.artifact.array_storage import Array
from models.artifact.artifact import Artifact
from models.student import normalising, scanning, segmenting
from models.student.segmenting import FIRST, Pieces
from models.text import vocabulary as words
from models.text.hash_kernels import Places, compiled
from models.text.ngrams import Ids
from schemas.errors import ModelIntegrityError

KIND: Final = "aspect_categories"
"""Of the network and of the encoder in the manifest."""
VOCABULARY, SCORES, VECTORS = "encoder/pieces", "encoder/scores", "vectors"
LAYERS: Final = ("hidden/kernel", "hidden/bias", "out/kernel", "out/bias")
LONGEST: Final = 400
"""Characters that are read of a term or a context at most."""
Floats = npt.NDArray[np.float32]


class Layers(NamedTuple):
    """``hidden`` [2 width, units] and its bias, ``out`` [units, categories] and its bias."""

    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats


@dataclass(frozen=True, slots=True)
class CategoryNetwork:
    """``vectors`` [pieces, width]; ``lengths``: characters of each piece; ``labelled``: languages
    in which it has learnt from labelled terms, in others from example words alone.
    """

    version: str
    categories: tuple[str, ...]
    similarity: float
    labelled: frozenset[str]
    pieces: Pieces = field(repr=False)
    lengths: Places = field(repr=False)
    vectors: Floats = field(repr=False)
    layers: Layers = field(repr=False)

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        """Of an artifact. Raises ``ModelIntegrityError`` where it is of another kind or lacks an
        array.
        """
        if artifact.network.kind != KIND or artifact.encoder.kind != KIND:
            raise ModelIntegrityError(f"{artifact.name} is no categoriser of aspects")
        try:
            return cls._of(artifact, artifact.arrays, artifact.network.config)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise ModelIntegrityError(
                f"{artifact.name}: its arrays are not those of a categoriser of aspects"
            ) from error

    @classmethod
    def _of(
        cls, artifact: Artifact, arrays: Mapping[str, Array], config: Mapping[str, object]
    ) -> Self:
        vocabulary = words.from_array(arrays[VOCABULARY])
        pieces = Pieces.of(vocabulary, np.asarray(arrays[SCORES], np.float32))
        vectors = np.ascontiguousarray(arrays[VECTORS], np.float32)
        layers = Layers(*(np.ascontiguousarray(arrays[name], np.float32) for name in LAYERS))
        categories = tuple(str(name) for name in _listed(config["categories"]))
        units = layers.hidden.shape[1]
        shapes = ((2 * vectors.shape[1], units), (units,), (units, len(categories)))
        if len(vectors) != pieces.size or shapes != tuple(each.shape for each in layers[:3]):
            raise ValueError("arrays that fit each other")
        lengths = np.array([0, 1] + [len(piece) for piece in vocabulary], np.int64)
        return cls(
            artifact.version,
            categories,
            float(str(config["similarity"])),
            frozenset(str(language) for language in _listed(config["labelled"])),
            pieces,
            lengths,
            vectors,
            layers,
        )

    def means(self, texts: Sequence[str]) -> Floats:
        """Of the vectors of each text's pieces, [texts, width]; zeros where it has none."""
        found, ends = self._cut([text[:LONGEST] for text in texts])
        return _means(found, ends, self.vectors)

    def names(self, terms: Floats, contexts: Floats) -> list[str]:
        """The likeliest category of each term by the means of it and of its context."""
        return [self.categories[at] for at in _likeliest(terms, contexts, *self.layers).tolist()]

    def edges(self, run: str) -> frozenset[int] | None:
        """Where the pieces of a run of characters without spaces begin and end; None where
        normalisation changes how many characters there are.
        """
        found, _ = self._cut([run])
        ends = np.cumsum(self.lengths[found]).tolist()
        return frozenset({0, *ends}) if ends and ends[-1] == len(run) else None

    def _cut(self, texts: Sequence[str]) -> tuple[Ids, Places]:
        codes = np.frombuffer(normalising.encoded(texts), np.uint32)
        found = scanning.scan(codes, len(texts), scanning.classes())
        pieces = self.pieces
        return segmenting.all_pieces(*found, pieces.slots, pieces.hashes, pieces.scores)


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list")
    return value


@compiled
def _means(pieces: Ids, ends: Places, vectors: Floats) -> Floats:
    """The mean vector of the pieces of each text; characters in no piece count as none."""
    found = np.zeros((len(ends), vectors.shape[1]), np.float32)
    first = 0
    for text in range(len(ends)):
        count = 0
        for at in range(first, ends[text]):
            if pieces[at] >= FIRST:
                count += 1
                found[text] += vectors[pieces[at]]
        if count:
            found[text] /= np.float32(count)
        first = ends[text]
    return found


@compiled
def _likeliest(
    terms: Floats, contexts: Floats, hidden: Floats, hidden_bias: Floats, out: Floats,
    out_bias: Floats
) -> Places:  # fmt: skip
    """The number of the category with the largest logit of each row."""
    found = np.empty(len(terms), np.int64)
    width = terms.shape[1]
    units, logits = np.empty_like(hidden_bias), np.empty_like(out_bias)
    for row in range(len(terms)):
        units[:] = hidden_bias
        for at in range(width):
            mine, around = terms[row, at], contexts[row, at]
            for unit in range(len(units)):
                units[unit] += mine * hidden[at, unit]
                units[unit] += around * hidden[width + at, unit]
        logits[:] = out_bias
        for unit in range(len(units)):
            if units[unit] > 0:
                for label in range(len(logits)):
                    logits[label] += units[unit] * out[unit, label]
        found[row] = np.argmax(logits)
    return found
