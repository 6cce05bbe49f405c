"""Term tagger: texts → the aspect terms they judge and the polarity of each, by a model on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np

from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array
from models.artifact.artifact import Artifact
from models.aspects import network, second_opinion, units
from models.aspects.network import Floats, Layers
from models.aspects.second_opinion import Judge, SecondOpinion
from models.aspects.unit_kernels import MASKED
from models.aspects.units import Units, Words
from models.labels import DOUBT
from models.student.model import Student
from models.student.segmenting import Pieces
from models.text import vocabulary
from models.text.hash_kernels import Places
from schemas.errors import ModelIntegrityError

SHIPPED: Final = artifacts.FOLDER / "aspects"
NAME: Final = "aspects"
KIND: Final = "aspect_terms"
"""Of the network and of the encoder in the manifest."""
VOCABULARY, SCORES, WORDS = "encoder/pieces", "encoder/scores", "encoder/words"
OF_PIECES, OF_HASHED, STYLES = "vectors/pieces", "vectors/hashed", "vectors/styles"
CHUNK: Final = 64
"""Texts that are read at once: their arrays fit into a processor's cache."""


Span = tuple[int, int]
Probabilities = tuple[float, float, float]


class Term(NamedTuple):
    """Offsets into the text, and P(negative), P(neutral), P(positive)."""

    start: int
    end: int
    probabilities: Probabilities


@dataclass(frozen=True, slots=True)
class TermTagger:
    """Finds aspect terms and how each is judged. ``styles``: the vector of the style in which terms
    are marked, by language, and of all others under ``""``; ``lean``: taken from the logit of units
    outside of terms; ``opinion`` None: polarities are its own alone.

    What it says of a text does not depend on the others in a batch. Safe in many threads.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    lean: float
    pieces: Pieces = field(repr=False)
    words: Words = field(repr=False)
    of_pieces: Floats = field(repr=False)
    of_hashed: Floats = field(repr=False)
    styles: Mapping[str, Floats] = field(repr=False)
    layers: Layers = field(repr=False)
    opinion: SecondOpinion | None = field(default=None, repr=False)

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Self:
        """Read, check and compile, with the shipped judge. Raises ``ModelNotFound`` or
        ``ModelIntegrityError``.
        """
        tagger = cls.of(artifacts.load(folder), Student.load)
        tagger(["A text."], ["en"])
        return tagger

    @classmethod
    def of(cls, artifact: Artifact, judge: Callable[[], Judge]) -> Self:
        """Of an artifact. ``judge``: whom it asks where the artifact holds weights of a second
        opinion. Raises ``ModelIntegrityError`` where it is of another kind or lacks an array.
        """
        if artifact.network.kind != KIND or artifact.encoder.kind != KIND:
            raise ModelIntegrityError(
                f"{artifact.name} tags no aspect terms but is a {artifact.network.kind}"
            )
        arrays, config = artifact.arrays, artifact.network.config
        try:
            pieces = Pieces.of(vocabulary.from_array(arrays[VOCABULARY]), arrays[SCORES])
            return cls(
                artifact.name,
                artifact.version,
                artifact.languages,
                config["lean"],
                pieces,
                Words.of(arrays[WORDS]),
                _blank_first(arrays[OF_PIECES]),
                _blank_first(arrays[OF_HASHED]),
                styles_of(arrays[STYLES], config["styles"]),
                layers_of(arrays),
                SecondOpinion.of(judge(), config["opinions"], arrays)
                if second_opinion.WEIGHTS in arrays
                else None,
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ModelIntegrityError(
                f"{artifact.name} is not whole: {type(error).__name__}"
            ) from error

    def __call__(self, texts: Sequence[str], languages: Sequence[str]) -> list[list[Term]]:
        """The terms of each text, in order; none overlaps another."""
        found: list[list[Term]] = []
        for start in range(0, len(texts), CHUNK):
            part = slice(start, start + CHUNK)
            found += self._terms(list(texts[part]), languages[part])
        return found

    def _terms(self, texts: list[str], languages: Sequence[str]) -> list[list[Term]]:
        found: list[list[Term]] = [[] for _ in texts]
        read = self.read(texts)
        if not len(read.starts):
            return found
        logits, clause = self.logits(read, languages)
        terms = self.spans(read, logits)
        likely = self.polarities(texts, languages, read, clause, terms).tolist()
        for text, span, one in zip(terms[:, 0].tolist(), offsets(read, terms), likely, strict=True):
            found[text].append(Term(*span, _three(one)))
        return found

    def spans(self, read: Units, logits: Floats) -> Places:
        """Terms by the tags: rows of text, first and last unit. A placeholder is in none."""
        barred = (read.shapes & 7) == MASKED
        return network.terms_of(logits, self.layers.transitions, read.cuts, barred, self.lean)

    def judge(
        self, texts: Sequence[str], languages: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[list[Probabilities]]:
        """The polarity of given spans of each text. Of one that touches no unit: of no evidence."""
        found: list[list[Probabilities]] = []
        for start in range(0, len(texts), CHUNK):
            part = slice(start, start + CHUNK)
            found += self._judged(list(texts[part]), languages[part], spans[part])
        return found

    def _judged(
        self, texts: list[str], languages: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[list[Probabilities]]:
        read = self.read(texts)
        rows = [
            (text, *units.units_of_span(read, text, *span))
            for text, its in enumerate(spans)
            for span in its
        ]
        terms = np.array(rows, np.int64).reshape(-1, 3)
        whole = terms[:, 2] >= terms[:, 1]
        likely = np.tile(np.array(DOUBT, np.float32), (len(terms), 1))
        if whole.any():
            _, clause = self.logits(read, languages)
            likely[whole] = self.polarities(texts, languages, read, clause, terms[whole])
        each = iter(likely.tolist())
        return [[_three(next(each)) for _ in its] for its in spans]

    def read(self, texts: list[str]) -> Units:
        """The units of texts."""
        return units.units_of(texts, self.pieces, self.words)

    def logits(self, read: Units, languages: Sequence[str]) -> tuple[Floats, Floats]:
        """See ``network.read``."""
        other = self.styles[""]
        style = np.stack([self.styles.get(language, other) for language in languages])
        vectors = network.vectors_of(
            read.hashed, read.pieces, read.lasts, self.of_pieces, self.of_hashed
        )
        vectors += np.repeat(style, np.diff(read.cuts, prepend=0), axis=0)
        return network.read(vectors, read.cuts, self.layers)

    def polarities(
        self, texts: list[str], languages: Sequence[str], read: Units, clause: Floats, terms: Places
    ) -> Floats:
        """The probabilities of the labels of terms: rows of text, first and last unit."""
        logits = network.polarities(clause, terms, read.cuts, self.layers)
        if self.opinion and len(terms):
            spans = offsets(read, terms)
            logits = self.opinion(logits, texts, languages, terms[:, 0], spans)
        likely = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(likely / likely.sum(1, keepdims=True))


def offsets(read: Units, terms: Places) -> list[Span]:
    """Where terms begin and end in their texts."""
    starts, stops = read.starts[terms[:, 1]], read.stops[terms[:, 2]]
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _three(one: Sequence[float]) -> Probabilities:
    return one[0], one[1], one[2]


def _blank_first(table: Array) -> Floats:
    """Number 0 stands for nothing."""
    table = np.array(table, np.float32)
    table[0] = 0
    return table


def styles_of(table: Array, numbers: Mapping[str, int]) -> dict[str, Floats]:
    """The vector of each language's style."""
    return {language: np.asarray(table[number]) for language, number in numbers.items()}


def layers_of(arrays: Mapping[str, Array]) -> Layers:
    """The layers as the network runs them, of arrays as they were trained."""

    def kernel(name: str) -> Floats:
        array = np.asarray(arrays[f"{name}/kernel"], np.float32)
        return np.ascontiguousarray(array.reshape(-1, array.shape[-1]))

    def both(name: str) -> tuple[Floats, Any]:
        return kernel(name), np.asarray(arrays[f"{name}/bias"], np.float32)

    return Layers(
        *both("first"),
        *both("second"),
        *both("tag"),
        *both("tags"),
        np.asarray(arrays["transitions"], np.float32),
        *both("clause"),
        kernel("queries"),
        np.concatenate([kernel("keys"), kernel("values")], 1),
        np.asarray(arrays["distances"], np.float32),
        *both("polarity"),
        *both("polarities"),
    )
