"""The student ready for use: texts and their languages → P(negative), P(neutral), P(positive)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array
from models.artifact.artifact import Artifact, Part
from models.labels import DOUBT, Flags, Judgement
from models.student import kernels, normalising, scanning
from models.student.kernels import Floats, Read, Rows, Segmentation, Steps, Wide
from models.student.languages import NONE, RELATED, salts
from models.student.mixture import Mixture, log_softmax
from models.student.segmenting import FIRST, MARK, Pieces
from models.student.shape import FEW, FEW_WORDS, HEAD, TAIL
from models.text import vocabulary as words
from models.text.feature_index import KnownIds
from models.text.hash_kernels import Hashes, Places
from schemas.errors import ModelIntegrityError

FOLDER = artifacts.JUDGE
KIND = artifacts.STUDENT
"""Of the network and of the encoder in the manifest."""
KNOWN, VOCABULARY, SCORES = "encoder/known", "encoder/pieces", "encoder/scores"
TABLE, POLARITY = "wide/table", "wide/polarity"
CHUNK = 256
REMEMBERED_BITS = 16
STEPS, TINY = 32_767, 1e-30
ENOUGH = 0.3
"""The share of a text's characters in pieces that mean something from which on the student's own
answer stands alone.
"""
LEAST = 0.1
"""The share below which there is no evidence."""
FEATURES_ADDED = np.array([FEW, FEW_WORDS])


@dataclass(frozen=True, slots=True)
class Deep:
    """The convolution's ``tables`` [pieces, 3, filters] in steps of ``step`` [filters], and the
    layers behind it.
    """

    tables: Steps = field(repr=False)
    step: Floats = field(repr=False)
    layers: Mapping[str, Array] = field(repr=False)

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> Self:
        """Of an artifact's arrays: the convolution worked out for each piece beforehand, at each of
        its three places.
        """
        vectors, kernel = np.array(arrays["deep/vectors"]), arrays["deep/convolution/kernel"]
        vectors[0] = 0
        tables = np.stack([vectors @ place for place in kernel], axis=1)
        tables[1:, 1] += arrays["deep/convolution/bias"]
        step = (np.maximum(np.abs(tables).max((0, 1)), TINY) / STEPS).astype(np.float32)
        return cls(np.round(tables / step).astype(np.int16), step, arrays)

    def logits(self, read: Read) -> Floats:
        """[texts, 3]."""
        largest, total, counts = kernels.pooled(read.pieces, read.ends, self.tables, HEAD, TAIL)
        root = np.sqrt(np.maximum(counts, 1)).astype(np.float32)[:, None]
        pooled = np.concatenate([largest * self.step, total * self.step / root], 1).astype(
            np.float32
        )
        hidden = np.maximum(
            pooled @ self.layers["deep/hidden/kernel"] + self.layers["deep/hidden/bias"], 0
        )
        return np.asarray(hidden @ self.layers["deep/out/kernel"] + self.layers["deep/out/bias"])


@dataclass(slots=True)
class Memory:
    """What words add, by their hash, and a lock: one thread at a time."""

    keys: Hashes = field(
        default_factory=lambda: np.zeros(1 << REMEMBERED_BITS, np.uint64), repr=False
    )
    rows: Rows = field(
        default_factory=lambda: np.zeros((1 << REMEMBERED_BITS, kernels.COLUMNS), np.int32),
        repr=False,
    )
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


@dataclass(frozen=True, slots=True)
class Student:
    """One version of it. ``languages``: those with n-grams of their own; the deep side judges texts
    of any other alone.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    words: int
    wide: Wide = field(repr=False)
    unit: float
    polarity_unit: float
    bias: Floats = field(repr=False)
    pieces: Segmentation = field(repr=False)
    deep: Deep = field(repr=False)
    mixture: Mixture = field(repr=False)
    memory: Memory = field(default_factory=Memory, repr=False)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read, check and compile. Raises ``ModelNotFound`` or ``ModelIntegrityError``."""
        student = cls.of(artifacts.load(folder))
        student.judge(["a"], [student.languages[0]])
        return student

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        """Of an artifact. Raises ``ModelIntegrityError`` where it is of another kind or lacks an
        array.
        """
        if artifact.network.kind != KIND or artifact.encoder.kind != KIND:
            raise ModelIntegrityError(
                f"{artifact.name} is no student but a {artifact.network.kind}"
            )
        arrays = dict(artifact.arrays)
        try:
            table, polarity = (np.asarray(arrays[name], np.float32) for name in (TABLE, POLARITY))
            unit, polarity_unit = (
                float(max(np.abs(weights).max(initial=0), TINY)) / STEPS
                for weights in (table, polarity)
            )
            known = KnownIds.of(arrays[KNOWN])
            shift = np.uint64(64 - artifact.encoder.config["bits"])
            steps = np.zeros((len(table) + 1, 4), np.int16)
            steps[1:, :3], steps[1:, 3] = np.round(table / unit), np.round(polarity / polarity_unit)
            wide = Wide(known.words, known.before, steps, shift)
            if int(known.before[-1]) + int(known.words[-1]).bit_count() != len(table):
                raise ValueError("as many weights as known features")
            made = (
                artifact.encoder.config["words"],
                wide,
                unit,
                polarity_unit,
                np.asarray(arrays["wide/bias"], np.float32),
            )
            return cls(
                artifact.name,
                artifact.version,
                artifact.languages,
                *made,
                _segmentation(arrays),
                Deep.of(arrays),
                Mixture.of(arrays),
            )
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise ModelIntegrityError(
                f"{artifact.name}: its arrays are not those of a student"
            ) from error

    def probabilities(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Float32 [texts, 3] of negative, neutral, positive. ``languages``: ISO 639-1 codes; any
        other string is unserved.
        """
        return self.judge(texts, languages).probabilities

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """Probabilities, and for which texts there is evidence. Texts may be cleaned, masked or
        neither, and empty.
        """
        if len(texts) != len(languages):
            raise ValueError(f"{len(texts)} texts with {len(languages)} languages")
        numbers = {language: number for number, language in enumerate(self.languages)}
        numbers |= {
            code: numbers[related]
            for code, related in RELATED.items()
            if code not in numbers and related in numbers
        }
        language = np.array(
            [numbers.get(code, len(self.languages)) for code in languages], np.int64
        )
        parts = [
            self._judge(texts[at : at + CHUNK], language[at : at + CHUNK])
            for at in range(0, len(texts), CHUNK)
        ]
        if not parts:
            return Judgement(np.zeros((0, kernels.CLASSES), np.float32), np.zeros(0, bool))
        return Judgement(*map(np.concatenate, zip(*parts, strict=True)))

    def _judge(self, texts: Sequence[str], language: Places) -> tuple[Floats, Flags]:
        read = self.read(texts, language)
        sides = (*self.wide_logits(read, language), self.deep.logits(read))
        polarity = (read.polarity * self.polarity_unit).astype(np.float32)
        logits = self.mixture.logits(sides, polarity, lengths(read.ends), language)
        covered = read.covered / np.maximum(read.characters, 1)
        trust = np.minimum(covered / ENOUGH, 1).astype(np.float32)[:, None]
        doubt = (1 - trust) * np.array(DOUBT, np.float32)
        return trust * np.exp(log_softmax(logits)) + doubt, covered >= LEAST

    def read(self, texts: Sequence[str], language: Places) -> Read:
        """What both sides need of the texts."""
        codes = np.frombuffer(normalising.encoded(texts), np.uint32)
        found = scanning.scan(codes, len(texts), scanning.classes())
        salt = np.append(salts(self.languages), NONE)[language]
        with self.memory.lock:
            return Read(
                *kernels.read(
                    *found,
                    salt,
                    self.words,
                    self.wide,
                    self.pieces,
                    self.memory.keys,
                    self.memory.rows,
                )
            )

    def wide_logits(self, read: Read, language: Places) -> tuple[Floats, Floats]:
        """[texts, 3] of n-grams of characters and of words, of no meaning where the language is
        none of ours.
        """
        bias = np.concatenate([self.bias, np.zeros((1, kernels.CLASSES), np.float32)])[language]
        scaled = read.sums * (self.unit / np.sqrt(read.known + FEATURES_ADDED))[:, :, None]
        return np.asarray(scaled[:, 0] + bias, np.float32), np.asarray(scaled[:, 1], np.float32)


def lengths(ends: Places) -> Places:
    """Of parts that end there."""
    return np.diff(ends, prepend=0)


def worth(piece: str) -> int:
    """How many characters of a text a piece vouches for: those of words, of parts of three letters,
    of unspaced scripts, emoji.

    None for punctuation, numbers, single letters: any text holds these.
    """
    body = piece.removeprefix(MARK)
    if not body or not any(character.isalpha() or _speaks(character) for character in body):
        return 0
    enough = len(body) >= (2 if piece[0] == MARK else 3)
    return (
        len(body)
        if enough or any(_speaks(character) or ord(character) >= 0x0900 for character in body)
        else 0
    )


def _speaks(character: str) -> bool:
    """Emoji, and the marks of ratings."""
    code = ord(character)
    return (
        0x2600 <= code <= 0x27BF
        or 0x1F300 <= code <= 0x1FAFF
        or normalising.FIRST_RATING < code <= normalising.FIRST_RATING + 5
    )


def _segmentation(arrays: Mapping[str, Array]) -> Segmentation:
    vocabulary = words.from_array(arrays[VOCABULARY])
    pieces = Pieces.of(vocabulary, np.asarray(arrays[SCORES], np.float32))
    vouched = np.array([0] * FIRST + [worth(piece) for piece in vocabulary], np.int32)
    return Segmentation(pieces.slots, pieces.hashes, pieces.scores, vouched)


def part(bits: int, words: int) -> Part:
    """How a manifest asks for the student's reading of texts."""
    return Part(KIND, {"bits": bits, "words": words})
