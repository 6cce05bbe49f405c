"""Classifier: a loaded model, texts → probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import Artifact
from models.inference.cascade import Cascade
from models.inference.encoder_tier import EncoderTier, named
from models.inference.network_reader import network
from models.inference.scorer import Reader
from models.labels import Judgement

UNKNOWN_LANGUAGE: Final = "und"


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
