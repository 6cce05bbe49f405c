"""Classifier: a loaded model, texts → probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import Artifact
from models.inference import encoders, engines
from models.inference.cascade import Cascade
from models.inference.encoder_tier import EncoderTier, named
from models.inference.encoders import TextEncoder
from models.inference.engines.port import Engine
from models.inference.scorer import Reader
from models.labels import BINARY, Floats, Judgement
from models.text.ngrams import Ids, pad

# Cells of one padded input: what bounds memory when one review in it is very long.
MAX_CELLS = 1 << 18
# Of networks of which a library holds much for each cell: larger batches leave the processor's
# cache, and take half as long again for each review; MiniLM's would take gigabytes besides. Numba's
# loops go text by text.
HEAVY = {
    "minilm": 1 << 12,
    artifacts.ENCODER: 1 << 12,
    "wide_and_deep": 1 << 14,
    "adapted": 1 << 14,
}
# Cells of padding that one more call of an engine is worth: measured, and not sharply, on batches
# of 32 and of 256 reviews.
WORTH_A_CALL = 16_384
UNKNOWN_LANGUAGE: Final = "und"


@dataclass(frozen=True, slots=True)
class Network:
    """``Reader`` of a network that an ``encoder`` feeds, whatever the language. ``max_cells``: of
    one padded input.
    """

    encoder: TextEncoder
    engine: Engine
    max_cells: int = MAX_CELLS

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Classifier.judge``."""
        inputs = self.encoder(texts)
        return Judgement(
            probabilities(self.engine, inputs, self.max_cells), self.encoder.known(inputs)
        )


@dataclass(frozen=True, slots=True)
class Classifier:
    """One version of one model, ready for use. ``languages``: ISO 639-1 codes of the texts it may
    be given; ``any_language``: it judges texts of all others too, less surely.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    reader: Reader
    any_language: bool = False

    @classmethod
    def load(
        cls,
        folder: str | None = None,
        scoring: ScoringSettings | None = None,
        encoder: EncoderTier | None = None,
    ) -> Classifier:
        """The model in ``folder``, by default the one shipped, checked and warmed up. ``encoder``:
        see ``start``.

        Raises ``ModelNotFound`` or ``ModelIntegrityError``.
        """
        return cls.start(
            artifacts.load(Path(folder) if folder else artifacts.PRETRAINED),
            scoring or ScoringSettings(),
            encoder,
        )

    @classmethod
    def start(
        cls, artifact: Artifact, scoring: ScoringSettings, encoder: EncoderTier | None = None
    ) -> Classifier:
        """An artifact on the engine that the settings name; a student has an engine of its own.
        ``encoder``: of a cascade, by default one of its own, from the folder in the settings.

        Raises ``ModelIntegrityError`` for a kind there is not, ``ConfigurationError`` for a
        cascade without an encoder.
        """
        if not artifact.is_student:
            reader: Reader = network(artifact, scoring)
        elif scoring.engine == "cascade":
            encoder = encoder or _encoder(scoring)
            reader = Cascade(_student(artifact), encoder, scoring.cascade_share)
        else:
            reader = _student(artifact)
        return cls(
            artifact.name, artifact.version, artifact.languages, reader, artifact.multilingual
        )

    def without_encoder(self) -> Classifier:
        """The same without the encoder of a cascade. Its answers depend on the text alone, and
        asking it takes nothing from the share of the encoder.
        """
        reader = self.reader
        return replace(self, reader=reader.fast) if isinstance(reader, Cascade) else self

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """Probabilities of each cleaned and masked text, float32 [len(texts), 2 or 3], and whether
        there is evidence. ``languages``: one for each. Raises ``EngineUnavailable``.
        """
        return self.reader.judge(texts, languages)

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The score (see ``models.labels``) of each cleaned and masked text whose language is not
        known, float32 [len(texts)]. Raises ``EngineUnavailable``.
        """
        return self.judge(texts, [UNKNOWN_LANGUAGE] * len(texts)).scores


def network(artifact: Artifact, scoring: ScoringSettings) -> Network:
    """The network of an artifact and its encoder, warmed up. Raises as ``Classifier.start``."""
    encoder = encoders.build(artifact)
    light = engines.chosen(artifact, scoring) == "numba"
    cells = MAX_CELLS if light else HEAVY.get(artifact.network.kind, MAX_CELLS)
    encoder([""])  # which loads what it compiled, or compiles it
    return Network(encoder, engines.start(artifact, scoring), cells)


def _student(artifact: Artifact) -> Reader:
    # some megabytes of compiled loops
    from models.student.adapted import AdaptedStudent
    from models.student.model import Student

    adapted = artifact.network.kind == artifacts.ADAPTED
    student: Reader = AdaptedStudent.of(artifact) if adapted else Student.of(artifact)
    student.judge([""], [UNKNOWN_LANGUAGE])
    return student


def _encoder(scoring: ScoringSettings) -> EncoderTier:
    found = EncoderTier()
    found.load(Path(named(scoring)), scoring)
    return found


def probabilities(
    engine: Engine, inputs: Mapping[str, list[Ids]], max_cells: int = MAX_CELLS
) -> Floats:
    """Of texts as an encoder gives them, float32 [texts, classes], in as few calls as memory and
    padding allow.
    """
    lengths = [max(map(len, rows)) for rows in zip(*inputs.values(), strict=True)]
    found = np.zeros((0, BINARY), np.float32)
    for group in groups(lengths, max_cells):
        batch = {name: [rows[i] for i in group] for name, rows in inputs.items()}
        part = engine.probabilities(
            {name: pad(rows, max(map(len, rows))) for name, rows in batch.items()}
        )
        if not len(found):
            found = np.zeros((len(lengths), part.shape[1]), np.float32)
        found[group] = part
    return found


def groups(lengths: Sequence[int], max_cells: int) -> Iterator[list[int]]:
    """Positions 0 … n-1 in groups of rising and similar length.

    Padded to its longest a group stays within ``max_cells``, or is single, and little of it is
    padding.
    """
    group: list[int] = []
    filled = 0
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[position]
        cells = (len(group) + 1) * length
        if group and (cells > max_cells or cells - length - filled > WORTH_A_CALL):
            yield group
            group, filled = [], 0
        group.append(position)
        filled += length
    if group:
        yield group
